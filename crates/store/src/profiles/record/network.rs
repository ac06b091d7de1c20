//! What carries the bytes of a connection, as it is written: transport, TLS, proxy. Files are named,
//! and of secrets it says only where they are to be had.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use wiretree_model::{
    ClientCertificate, ClientCertificateFiles, Proxy, ProxyKind, Tls, TlsVersion, Transport, Trust,
    WebSocket,
};

use super::Source;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub(super) enum TransportRecord {
    #[default]
    Tcp,
    WebSocket {
        path: String,
        subprotocol: String,
        #[serde(default)]
        headers: Vec<(String, String)>,
    },
    Unix {
        path: String,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct TlsRecord {
    #[serde(default)]
    trust: TrustRecord,
    #[serde(default)]
    ca_file: Option<String>,
    #[serde(default)]
    client: Option<ClientRecord>,
    #[serde(default)]
    server_name: Option<String>,
    #[serde(default)]
    alpn: Vec<String>,
    #[serde(default)]
    minimum_version: VersionRecord,
    #[serde(default)]
    key_log: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
enum TrustRecord {
    #[default]
    System,
    CaFile,
    Pinned {
        sha256: Fingerprint,
    },
    Anything,
}

/// The SHA-256 of a certificate, as 64 hex digits.
struct Fingerprint([u8; 32]);

#[derive(Serialize, Deserialize)]
struct ClientRecord {
    files: FilesRecord,
    #[serde(default)]
    passphrase_source: Source,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
enum FilesRecord {
    Pem { certificate: String, key: String },
    Pkcs12 { file: String },
}

#[derive(Default, Serialize, Deserialize)]
enum VersionRecord {
    #[default]
    #[serde(rename = "1.2")]
    V12,
    #[serde(rename = "1.3")]
    V13,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ProxyRecord {
    kind: ProxyKindRecord,
    host: String,
    port: u16,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password_source: Source,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ProxyKindRecord {
    Socks5,
    Http,
}

impl TransportRecord {
    pub(super) fn new(transport: &Transport) -> Self {
        match transport {
            Transport::Tcp => Self::Tcp,
            Transport::WebSocket(socket) => Self::WebSocket {
                path: socket.path.clone(),
                subprotocol: socket.subprotocol.clone(),
                headers: socket.headers.clone(),
            },
            Transport::Unix { path } => Self::Unix { path: path.clone() },
        }
    }

    pub(super) fn into_transport(self) -> Transport {
        match self {
            Self::Tcp => Transport::Tcp,
            Self::WebSocket { path, subprotocol, headers } => {
                Transport::WebSocket(WebSocket { path, subprotocol, headers })
            }
            Self::Unix { path } => Transport::Unix { path },
        }
    }
}

impl TlsRecord {
    pub(super) fn new(tls: &Tls) -> Self {
        Self {
            trust: match tls.trust {
                Trust::System => TrustRecord::System,
                Trust::CaFile => TrustRecord::CaFile,
                Trust::Pinned(sha256) => TrustRecord::Pinned { sha256: Fingerprint(sha256) },
                Trust::Anything => TrustRecord::Anything,
            },
            ca_file: tls.ca_file.clone(),
            client: tls.client.as_ref().map(ClientRecord::new),
            server_name: tls.server_name.clone(),
            alpn: tls.alpn.clone(),
            minimum_version: match tls.minimum_version {
                TlsVersion::V12 => VersionRecord::V12,
                TlsVersion::V13 => VersionRecord::V13,
            },
            key_log: tls.key_log,
        }
    }

    pub(super) fn into_tls(self) -> Tls {
        Tls {
            trust: match self.trust {
                TrustRecord::System => Trust::System,
                TrustRecord::CaFile => Trust::CaFile,
                TrustRecord::Pinned { sha256 } => Trust::Pinned(sha256.0),
                TrustRecord::Anything => Trust::Anything,
            },
            ca_file: self.ca_file,
            client: self.client.map(ClientRecord::into_client),
            server_name: self.server_name,
            alpn: self.alpn,
            minimum_version: match self.minimum_version {
                VersionRecord::V12 => TlsVersion::V12,
                VersionRecord::V13 => TlsVersion::V13,
            },
            key_log: self.key_log,
        }
    }
}

impl ClientRecord {
    fn new(client: &ClientCertificate) -> Self {
        let files = match &client.files {
            ClientCertificateFiles::Pem { certificate, key } => {
                FilesRecord::Pem { certificate: certificate.clone(), key: key.clone() }
            }
            ClientCertificateFiles::Pkcs12 { file } => FilesRecord::Pkcs12 { file: file.clone() },
        };
        Self { files, passphrase_source: Source::new(client.passphrase) }
    }

    fn into_client(self) -> ClientCertificate {
        let files = match self.files {
            FilesRecord::Pem { certificate, key } => {
                ClientCertificateFiles::Pem { certificate, key }
            }
            FilesRecord::Pkcs12 { file } => ClientCertificateFiles::Pkcs12 { file },
        };
        ClientCertificate { files, passphrase: self.passphrase_source.into_source() }
    }
}

impl ProxyRecord {
    pub(super) fn new(proxy: &Proxy) -> Self {
        Self {
            kind: match proxy.kind {
                ProxyKind::Socks5 => ProxyKindRecord::Socks5,
                ProxyKind::Http => ProxyKindRecord::Http,
            },
            host: proxy.host.clone(),
            port: proxy.port,
            username: proxy.username.clone(),
            password_source: Source::new(proxy.password),
        }
    }

    pub(super) fn into_proxy(self) -> Proxy {
        Proxy {
            kind: match self.kind {
                ProxyKindRecord::Socks5 => ProxyKind::Socks5,
                ProxyKindRecord::Http => ProxyKind::Http,
            },
            host: self.host,
            port: self.port,
            username: self.username,
            password: self.password_source.into_source(),
        }
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| {
            de::Error::custom("the fingerprint of a certificate is written as 64 hex digits")
        })
    }
}
