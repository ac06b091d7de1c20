//! A connection in the making: what the programs have in common, with remarks on what is changed.

use wiretree_model::{
    Authentication, ClientCertificate, ClientCertificateFiles, PasswordSource, Profile, Secret,
    Subscription, Tls, Transport, Trust, WebSocket,
};

use super::{EmbeddedFile, ImportedConnection, RefusedConnection};

/// The most subscriptions that are taken over from one connection.
const SUBSCRIPTIONS: usize = 1_000;
/// The most remarks on one connection.
const REMARKS: usize = 30;
/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

/// A connection in the making.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) profile: Profile,
    pub(super) password: Option<Secret>,
    pub(super) certificates: Vec<EmbeddedFile>,
    remarks: Vec<String>,
}

impl Draft {
    /// A draft with this name, or that of its host.
    pub(super) fn new(name: Option<String>, host: Option<String>) -> Self {
        let host = host.unwrap_or_default().trim().to_owned();
        let name: String =
            name.unwrap_or_else(|| host.clone()).chars().take(LONGEST_NAME).collect();
        let mut draft = Self::default();
        draft.profile.name = name.trim().to_owned();
        draft.profile.host = host;
        draft
    }

    /// Says what is otherwise than in the program it comes from.
    pub(super) fn remark(&mut self, words: impl Into<String>) {
        if self.remarks.len() < REMARKS {
            self.remarks.push(words.into());
        }
    }

    /// Puts WebSocket below, with this path.
    pub(super) fn web_socket(&mut self, path: Option<String>) {
        let path = path.unwrap_or_default();
        let path = if path.starts_with('/') { path } else { format!("/{path}") };
        self.profile.transport = Transport::WebSocket(WebSocket { path, ..WebSocket::default() });
    }

    /// Puts TLS below. Certificates are checked in any case.
    pub(super) fn tls(&mut self, checked: bool, authority: Option<String>) {
        if !checked {
            self.remark(
                "Certificates were not checked there. They are checked here; if the broker's cannot \
                 be, choose its authority or pin it.",
            );
        }
        let trust = if authority.is_some() { Trust::CaFile } else { Trust::System };
        self.profile.tls = Some(Tls { trust, ca_file: authority, ..Tls::default() });
    }

    /// Adds the certificate that the client shows.
    pub(super) fn client_certificate(&mut self, certificate: Option<String>, key: Option<String>) {
        let Some(tls) = &mut self.profile.tls else { return };
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                let files = ClientCertificateFiles::Pem { certificate, key };
                tls.client = Some(ClientCertificate { files, passphrase: PasswordSource::None });
            }
            (None, None) => {}
            _ => {
                self.remark("The client certificate was left out: one of its two files is missing.")
            }
        }
    }

    /// Sets the client identifier; one that was made up is made up anew for each connection, unless a
    /// session is kept by it.
    pub(super) fn client_id(&mut self, client_id: Option<String>, is_made_up: bool) {
        let client_id = client_id.unwrap_or_default();
        let is_kept = !is_made_up || !self.profile.clean_start;
        self.profile.client_id = if is_kept { client_id } else { String::new() };
        if !self.profile.clean_start && self.profile.client_id.is_empty() {
            self.profile.clean_start = true;
            self.remark(
                "It begins with a clean session: to keep one, give it a client identifier.",
            );
        }
    }

    /// Adds a subscription.
    pub(super) fn subscribe(&mut self, subscription: Result<Subscription, String>) {
        if self.profile.subscriptions.len() >= SUBSCRIPTIONS {
            let words = format!("Only the first {SUBSCRIPTIONS} subscriptions were taken over.");
            if self.remarks.last() != Some(&words) {
                self.remark(words);
            }
            return;
        }
        let checked = subscription.and_then(|subscription| {
            subscription.check().map_err(|error| error.to_string())?;
            Ok(subscription)
        });
        match checked {
            Ok(subscription) => self.profile.subscriptions.push(subscription),
            Err(reason) => self.remark(format!("A subscription was left out: {reason}.")),
        }
    }

    /// The connection, if it can be saved.
    pub(super) fn finish(mut self) -> Result<ImportedConnection, RefusedConnection> {
        self.settle_password();
        let name = self.profile.name.clone();
        match self.profile.check() {
            Ok(()) => Ok(ImportedConnection {
                profile: self.profile,
                password: self.password,
                certificates: self.certificates,
                remarks: self.remarks,
            }),
            Err(error) => Err(RefusedConnection { name, reason: error.to_string() }),
        }
    }

    /// A password is asked for until the caller has put it somewhere safe.
    fn settle_password(&mut self) {
        if self.password.is_some() {
            self.profile.password = PasswordSource::Ask;
        }
        let is_alone =
            self.profile.password != PasswordSource::None && self.profile.username.is_none();
        if is_alone && !self.profile.protocol.has_properties() {
            self.profile.password = PasswordSource::None;
            self.password = None;
            self.remark("The password was left out: MQTT 3.1.1 sends none without a user name.");
        }
        let has_both =
            self.profile.username.is_some() && self.profile.password != PasswordSource::None;
        if self.profile.authentication == Some(Authentication::ScramSha256) && !has_both {
            self.profile.authentication = None;
            self.remark("SCRAM was left out: it needs a user name and a password.");
        }
    }
}
