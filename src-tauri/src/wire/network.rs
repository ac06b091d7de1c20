//! What carries the bytes of a connection, as its form shows it: transport, TLS, proxy.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model as model;

use super::{Encoding, Flaws, Pair, PasswordSource, hex};

/// What carries the bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Transport {
    Tcp,
    WebSocket {
        /// Path and query of the URL, beginning with `/`.
        path: String,
        /// `mqtt` by the specification.
        subprotocol: String,
        /// More headers for the request.
        headers: Vec<Pair>,
    },
    Unix {
        /// The socket.
        path: String,
    },
}

/// Which server certificates are trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Trust {
    System,
    CaFile,
    Pinned {
        /// SHA-256 of the certificate as hex digits; colons and blanks are skipped.
        fingerprint: String,
    },
    Anything,
}

/// Where a client certificate and its key stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum ClientFiles {
    Pem { certificate: String, key: String },
    Pkcs12 { file: String },
}

/// A client certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientCertificate {
    /// Where it stands.
    pub files: ClientFiles,
    /// Where the passphrase of the key comes from; never the passphrase.
    pub passphrase: PasswordSource,
}

/// The lowest version of TLS that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TlsVersion {
    V12,
    V13,
}

/// The settings of TLS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tls {
    /// Which server certificates are trusted.
    pub trust: Trust,
    /// A file with certificate authorities.
    pub ca_file: Option<String>,
    /// The certificate that this client shows.
    pub client: Option<ClientCertificate>,
    /// The name asked for and checked, instead of the host (SNI).
    pub server_name: Option<String>,
    /// Protocols offered by ALPN, in order.
    pub alpn: Vec<String>,
    /// The lowest version that is taken.
    pub minimum_version: TlsVersion,
    /// Write the session keys to the file that `SSLKEYLOGFILE` names.
    pub key_log: bool,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ProxyKind {
    Socks5,
    Http,
}

/// A proxy on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The user name for it.
    pub username: Option<String>,
    /// Where the password for it comes from; never the password.
    pub password: PasswordSource,
}

impl Transport {
    /// As the domain knows it.
    pub(crate) fn to_model(&self) -> model::Transport {
        match self {
            Self::Tcp => model::Transport::Tcp,
            Self::WebSocket { path, subprotocol, headers } => {
                model::Transport::WebSocket(model::WebSocket {
                    path: path.trim().to_owned(),
                    subprotocol: subprotocol.trim().to_owned(),
                    headers: headers.iter().map(Pair::to_texts).collect(),
                })
            }
            Self::Unix { path } => model::Transport::Unix { path: path.clone() },
        }
    }

    /// As the page knows it.
    pub(crate) fn from_model(transport: &model::Transport) -> Self {
        match transport {
            model::Transport::Tcp => Self::Tcp,
            model::Transport::WebSocket(web_socket) => Self::WebSocket {
                path: web_socket.path.clone(),
                subprotocol: web_socket.subprotocol.clone(),
                headers: web_socket.headers.iter().map(Pair::from_texts).collect(),
            },
            model::Transport::Unix { path } => Self::Unix { path: path.clone() },
        }
    }
}

impl Trust {
    fn to_model(&self, flaws: &mut Flaws) -> model::Trust {
        match self {
            Self::System => model::Trust::System,
            Self::CaFile => model::Trust::CaFile,
            Self::Pinned { fingerprint } => {
                model::Trust::Pinned(flaws.take("tls.trust.fingerprint", sha256(fingerprint)))
            }
            Self::Anything => model::Trust::Anything,
        }
    }

    fn from_model(trust: &model::Trust) -> Self {
        match trust {
            model::Trust::System => Self::System,
            model::Trust::CaFile => Self::CaFile,
            model::Trust::Pinned(digest) => Self::Pinned { fingerprint: hex(digest, ":") },
            model::Trust::Anything => Self::Anything,
        }
    }
}

fn sha256(text: &str) -> Result<[u8; 32], &'static str> {
    let bytes = Encoding::Hex.bytes(text).unwrap_or_default();
    bytes.try_into().map_err(|_| "the fingerprint is a SHA-256, which has 64 hex digits")
}

impl Tls {
    /// As the domain knows it; what is wrong goes into `flaws`.
    pub(crate) fn to_model(&self, flaws: &mut Flaws) -> model::Tls {
        model::Tls {
            trust: self.trust.to_model(flaws),
            ca_file: self.ca_file.clone(),
            client: self.client.as_ref().map(ClientCertificate::to_model),
            server_name: self.server_name.as_ref().map(|name| name.trim().to_owned()),
            alpn: self.alpn.clone(),
            minimum_version: match self.minimum_version {
                TlsVersion::V12 => model::TlsVersion::V12,
                TlsVersion::V13 => model::TlsVersion::V13,
            },
            key_log: self.key_log,
        }
    }

    /// As the page knows it.
    pub(crate) fn from_model(tls: &model::Tls) -> Self {
        Self {
            trust: Trust::from_model(&tls.trust),
            ca_file: tls.ca_file.clone(),
            client: tls.client.as_ref().map(ClientCertificate::from_model),
            server_name: tls.server_name.clone(),
            alpn: tls.alpn.clone(),
            minimum_version: match tls.minimum_version {
                model::TlsVersion::V12 => TlsVersion::V12,
                model::TlsVersion::V13 => TlsVersion::V13,
            },
            key_log: tls.key_log,
        }
    }
}

impl ClientCertificate {
    fn to_model(&self) -> model::ClientCertificate {
        let files = match &self.files {
            ClientFiles::Pem { certificate, key } => model::ClientCertificateFiles::Pem {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            ClientFiles::Pkcs12 { file } => {
                model::ClientCertificateFiles::Pkcs12 { file: file.clone() }
            }
        };
        model::ClientCertificate { files, passphrase: self.passphrase.into() }
    }

    fn from_model(client: &model::ClientCertificate) -> Self {
        let files = match &client.files {
            model::ClientCertificateFiles::Pem { certificate, key } => {
                ClientFiles::Pem { certificate: certificate.clone(), key: key.clone() }
            }
            model::ClientCertificateFiles::Pkcs12 { file } => {
                ClientFiles::Pkcs12 { file: file.clone() }
            }
        };
        Self { files, passphrase: client.passphrase.into() }
    }
}

impl Proxy {
    /// As the domain knows it.
    pub(crate) fn to_model(&self) -> model::Proxy {
        model::Proxy {
            kind: match self.kind {
                ProxyKind::Socks5 => model::ProxyKind::Socks5,
                ProxyKind::Http => model::ProxyKind::Http,
            },
            host: self.host.trim().to_owned(),
            port: self.port,
            username: self.username.clone(),
            password: self.password.into(),
        }
    }

    /// As the page knows it.
    pub(crate) fn from_model(proxy: &model::Proxy) -> Self {
        Self {
            kind: match proxy.kind {
                model::ProxyKind::Socks5 => ProxyKind::Socks5,
                model::ProxyKind::Http => ProxyKind::Http,
            },
            host: proxy.host.clone(),
            port: proxy.port,
            username: proxy.username.clone(),
            password: proxy.password.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_however_it_is_written() {
        let digest: [u8; 32] = std::array::from_fn(|at| at as u8);
        for text in [hex(&digest, ":"), hex(&digest, "").to_lowercase(), hex(&digest, " ")] {
            assert_eq!(sha256(&text), Ok(digest), "{text}");
        }
        for text in ["", "AA:BB", "not hex", &"0".repeat(66)] {
            assert!(sha256(text).is_err(), "{text}");
        }
    }
}
