//! `settings.json` of MQTT Explorer: connections by their identifiers, always MQTT 3.1.1.

use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wiretree_model::{ProtocolVersion, QoS, Secret, Subscription};

use super::draft::Draft;
use super::fields::Fields;
use super::{CertificatePart, Collected, EmbeddedFile};

/// The largest embedded file, in bytes; MQTT Explorer itself takes no more than 16,384.
const LARGEST: usize = 64 * 1024;

pub(super) fn read(document: &Value, found: &mut Collected) {
    let document = Fields::of(Some(document));
    for connection in document.inner("ConnectionManager_connections").0.values() {
        if found.take(draft(Fields::of(Some(connection)))) == ControlFlow::Break(()) {
            return;
        }
    }
    let views = document.inner("connection_view_state").0.values();
    if views.map(|view| Fields::of(Some(view)).list("charts").count()).sum::<usize>() > 0 {
        found.remark("Its pinned charts are not taken over.");
    }
}

fn draft(fields: Fields<'_>) -> Draft {
    let mut draft = Draft::new(fields.text("name"), fields.text("host"));
    let profile = &mut draft.profile;
    profile.protocol = ProtocolVersion::V311;
    profile.port = fields.small("port").unwrap_or(1883);
    profile.username = fields.text("username");
    draft.password = fields.text("password").map(Secret::new);
    if fields.text("protocol").as_deref() == Some("ws") {
        draft.web_socket(fields.text("basePath"));
    }
    if fields.is("encryption") {
        let authority = embedded(fields, "selfSignedCertificate", CertificatePart::Authority);
        let certificate = embedded(fields, "clientCertificate", CertificatePart::Certificate);
        let key = embedded(fields, "clientKey", CertificatePart::Key);
        let name = |file: &Option<EmbeddedFile>| file.as_ref().map(|file| file.part.file_name());
        draft.tls(fields.flag("certValidation").unwrap_or(true), name(&authority));
        draft.client_certificate(name(&certificate), name(&key));
        // Half a client certificate has been left out with a remark.
        let both = certificate.zip(key).map(|(certificate, key)| [certificate, key]);
        draft.certificates.extend(authority.into_iter().chain(both.into_iter().flatten()));
    }
    let client_id = fields.text("clientId");
    let is_made_up = client_id.as_deref().is_some_and(is_made_up);
    draft.client_id(client_id, is_made_up);
    for entry in fields.list("subscriptions") {
        draft.subscribe(subscription(entry));
    }
    draft
}

/// `mqtt-explorer-` and eight hex digits.
fn is_made_up(client_id: &str) -> bool {
    client_id
        .strip_prefix("mqtt-explorer-")
        .is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Old files have filters only.
fn subscription(entry: &Value) -> Result<Subscription, String> {
    let fields = Fields::of(Some(entry));
    let (topic, qos) = match entry.as_str() {
        Some(topic) => (topic.to_owned(), QoS::AtMostOnce),
        None => (fields.text("topic").unwrap_or_default(), fields.qos("qos")),
    };
    Subscription::parse(&topic, qos).map_err(|error| error.to_string())
}

fn embedded(fields: Fields<'_>, name: &str, part: CertificatePart) -> Option<EmbeddedFile> {
    let text = fields.inner(name).text("data")?;
    let contents = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() <= LARGEST)?;
    Some(EmbeddedFile { part, contents: Secret::new(contents) })
}

impl CertificatePart {
    /// What such a file is called.
    pub fn file_name(self) -> String {
        let name = match self {
            Self::Authority => "authority.pem",
            Self::Certificate => "certificate.pem",
            Self::Key => "key.pem",
        };
        name.to_owned()
    }
}
