//! What carries the bytes of a connection: TCP, WebSocket, Unix socket; TLS; a proxy on the way.
//!
//! Files are named here and read by whoever connects. Passphrases and passwords are no part of it.

use crate::PasswordSource;

/// What carries the bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// TCP, with TLS when that is set.
    #[default]
    Tcp,
    /// WebSocket (MQTT 5 §6), secure when TLS is set.
    WebSocket(WebSocket),
    /// A Unix socket; host and port are not used.
    Unix {
        /// The path of the socket.
        path: String,
    },
}

/// A WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocket {
    /// Path and query of the URL, beginning with `/`.
    pub path: String,
    /// The subprotocol asked for; `mqtt` by the specification, `mqttv3.1` for some old brokers.
    pub subprotocol: String,
    /// More headers for the request, in order.
    pub headers: Vec<(String, String)>,
}

impl Default for WebSocket {
    fn default() -> Self {
        Self { path: "/mqtt".to_owned(), subprotocol: "mqtt".to_owned(), headers: Vec::new() }
    }
}

/// The settings of TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Which certificates are trusted.
    pub trust: Trust,
    /// A file with certificate authorities of one's own, PEM or DER; beside the system's, or alone
    /// (see [`Trust`]).
    pub ca_file: Option<String>,
    /// The certificate that this client shows.
    pub client: Option<ClientCertificate>,
    /// The name asked for and checked, instead of the host (SNI).
    pub server_name: Option<String>,
    /// Protocols offered by ALPN, in order.
    pub alpn: Vec<String>,
    /// The lowest version that is taken.
    pub minimum_version: TlsVersion,
    /// Write the session keys to the file that `SSLKEYLOGFILE` names: whoever has it can read
    /// everything.
    pub key_log: bool,
}

/// Which server certificates are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those of the system's authorities, and of the CA file if there is one.
    #[default]
    System,
    /// Those of the CA file only.
    CaFile,
    /// This one certificate only, by the SHA-256 of its DER bytes, whoever signed it.
    Pinned([u8; 32]),
    /// All: whoever is on the way can read and change everything, the password included.
    Anything,
}

/// A client certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Where they stand.
    pub files: ClientCertificateFiles,
    /// Where the passphrase of the key is to be had.
    pub passphrase: PasswordSource,
}

/// Where a client certificate and its key stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCertificateFiles {
    /// In PEM files: PKCS#8, PKCS#1 or SEC1 keys, PKCS#8 ones maybe encrypted.
    Pem {
        /// The certificate, and the authorities between it and the root.
        certificate: String,
        /// The key; may be the same file.
        key: String,
    },
    /// Together in one PKCS#12 file (`.p12`, `.pfx`).
    Pkcs12 {
        /// The file.
        file: String,
    },
}

/// A version of TLS. Older ones are broken and not offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
    V12,
    /// TLS 1.3.
    V13,
}

/// A proxy on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The user name for it.
    pub username: Option<String>,
    /// Where the password for it is to be had.
    pub password: PasswordSource,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProxyKind {
    /// SOCKS 5 (RFC 1928); the proxy resolves the broker's name.
    #[default]
    Socks5,
    /// HTTP CONNECT (RFC 9110 §9.3.6).
    Http,
}
