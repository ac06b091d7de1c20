//! What is learnt while a stream is opened: how long each step took, and the certificates that were
//! shown. Plain values; nothing here can fail.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use wiretree_model::Timestamp;

use crate::Step;

impl Step {
    /// What is being done, to stand after "during".
    pub(crate) fn doing(self) -> &'static str {
        match self {
            Self::Resolving => "the search for its address",
            Self::Reaching => "the making of the connection",
            Self::Proxy => "the request to the proxy",
            Self::Tls => "the TLS handshake",
            Self::WebSocket => "the WebSocket handshake",
            Self::Connack => "the wait for CONNACK",
            Self::Authenticating => "the authentication",
        }
    }
}

/// How a stream was opened, and how long each step took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransportFacts {
    /// Finding the address.
    pub resolve: Duration,
    /// All addresses that were found; those of the proxy when there is one.
    pub addresses: Vec<IpAddr>,
    /// Who took the connection; none for a Unix socket.
    pub peer: Option<SocketAddr>,
    /// Making the connection.
    pub reach: Duration,
    /// What the proxy needed.
    pub proxy: Option<Duration>,
    /// What TLS agreed on.
    pub tls: Option<TlsFacts>,
    /// The upgrade to a WebSocket.
    pub web_socket: Option<Duration>,
    /// The WebSocket subprotocol that the server confirmed; some confirm none.
    pub subprotocol: Option<String>,
}

/// What TLS agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFacts {
    /// The version, as `TLS 1.3`.
    pub version: String,
    /// The cipher suite by its registered name.
    pub cipher: String,
    /// The protocol agreed by ALPN.
    pub alpn: Option<String>,
    /// The certificates of the server, its own first.
    pub chain: Vec<Certificate>,
    /// How long the handshake took.
    pub handshake: Duration,
    /// Whether the certificate was checked. `false`: somebody on the way could have made it.
    pub verified: bool,
}

/// A certificate to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The host names and addresses it is for (subject alternative names).
    pub names: Vec<String>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// SHA-256 of its DER bytes.
    pub sha256: [u8; 32],
    /// The serial number in hex.
    pub serial: String,
    /// Key and signature algorithm.
    pub algorithm: String,
    /// Whether it may sign other certificates.
    pub is_authority: bool,
}
