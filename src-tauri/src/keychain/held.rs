//! Which secrets a profile has, and what each of them is for.

use wiretree_model::{
    Authentication, ClientCertificateFiles, PasswordSource, Profile, ProfileId, Proxy, Tls,
    Transport, Trust,
};

use crate::wire::AppError;

/// A secret that the keychain may hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Held {
    /// The password for the broker.
    Password,
    /// The passphrase of the client certificate's key.
    KeyPassphrase,
    /// The password for the proxy.
    ProxyPassword,
}

impl Held {
    pub(crate) const ALL: [Self; 3] = [Self::Password, Self::KeyPassphrase, Self::ProxyPassword];

    /// What people call it.
    pub(crate) fn name(self, profile: &Profile) -> &'static str {
        match self {
            Self::Password if profile.access_token => "access token",
            Self::Password => "password",
            Self::KeyPassphrase => "passphrase of the key",
            Self::ProxyPassword => "password of the proxy",
        }
    }

    /// Where a profile says it comes from.
    pub(crate) fn source(self, profile: &Profile) -> PasswordSource {
        let source = match self {
            Self::Password => Some(profile.password),
            Self::KeyPassphrase => {
                let client = profile.tls.as_ref().and_then(|tls| tls.client.as_ref());
                client.map(|client| client.passphrase)
            }
            Self::ProxyPassword => profile.proxy.as_ref().map(|proxy| proxy.password),
        };
        source.unwrap_or_default()
    }

    /// CONNECT, TLS or the proxy needs it, and nobody has given it yet.
    pub(crate) fn needed(self, profile: &Profile) -> AppError {
        let name = &profile.name;
        match self {
            Self::Password => {
                let what = self.name(profile);
                AppError::new("password-needed", format!("Enter the {what} for {name}"))
            }
            Self::KeyPassphrase => {
                let message = format!("Enter the passphrase of the client certificate for {name}");
                AppError::new("passphrase-needed", message)
            }
            Self::ProxyPassword => {
                let message = format!("Enter the password of the proxy for {name}");
                AppError::new("proxy-password-needed", message)
            }
        }
    }

    /// The name of its entry. Identifiers of profiles are hex digits, so no two are the same.
    pub(super) fn entry_name(self, profile: &ProfileId) -> String {
        match self {
            Self::Password => profile.0.clone(),
            Self::KeyPassphrase => format!("{}:key-passphrase", profile.0),
            Self::ProxyPassword => format!("{}:proxy-password", profile.0),
        }
    }

    /// Where it may go, and how openly: a line with its end. A profile in which this differs does
    /// not get the secret, and the user is asked again.
    ///
    /// Debug text quotes and escapes, so it is one line, and no two ways have the same. If Rust
    /// ever comes to escape some letter otherwise, the user is asked once more, and that is all.
    pub(crate) fn bound_to(self, profile: &Profile) -> String {
        match self {
            // As a user name it is shown to more people than a password is.
            Self::Password if profile.access_token => format!("token {}", way(profile)),
            Self::Password => way(profile),
            Self::KeyPassphrase => {
                let client = profile.tls.as_ref().and_then(|tls| tls.client.as_ref());
                let file = client.map(|client| match &client.files {
                    ClientCertificateFiles::Pem { key, .. } => key,
                    ClientCertificateFiles::Pkcs12 { file } => file,
                });
                format!("{file:?}\n")
            }
            Self::ProxyPassword => match &profile.proxy {
                Some(Proxy { kind, host, port, username, .. }) => {
                    format!("{:?}\n", (kind, host, port, username))
                }
                None => "no proxy\n".to_owned(),
            },
        }
    }
}

/// The way to the broker. Plain TCP, which was all there was at first, has its short form.
fn way(profile: &Profile) -> String {
    let Profile { host, port, username, .. } = profile;
    let address = (host, port, username);
    let carrier = match &profile.transport {
        Transport::Tcp => "tcp",
        Transport::WebSocket(_) => "web-socket",
        Transport::Unix { path } => return format!("unix {:?}\n", (path, username)),
    };
    let scram = profile.authentication == Some(Authentication::ScramSha256);
    let proxy = profile.proxy.as_ref().map(|Proxy { kind, host, port, .. }| (kind, host, port));
    if carrier == "tcp" && profile.tls.is_none() && proxy.is_none() && !scram {
        return format!("{address:?}\n");
    }
    format!("{carrier} {:?}\n", (address, profile.tls.as_ref().map(trust), proxy, scram))
}

/// What keeps others from reading along.
fn trust(tls: &Tls) -> String {
    let Tls { ca_file, server_name, .. } = tls;
    match &tls.trust {
        Trust::System => format!("{:?}", ("system", ca_file, server_name)),
        Trust::CaFile => format!("{:?}", ("file", ca_file, server_name)),
        Trust::Pinned(digest) => format!("pinned {digest:?}"),
        Trust::Anything => "anything".to_owned(),
    }
}
