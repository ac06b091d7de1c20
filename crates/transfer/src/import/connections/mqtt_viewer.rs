//! A connection of mqtt-viewer, from its database. Its passwords are sealed with a key of the
//! machine, so they have to be given again.

use serde_json::{Map, Value};
use wiretree_model::{PasswordSource, ProtocolVersion, Subscription};

use super::draft::Draft;
use super::fields::Fields;

pub(super) fn read(fields: &Map<String, Value>) -> Draft {
    let fields = Fields(fields);
    let mut draft = Draft::new(fields.text("name"), fields.text("host"));
    let profile = &mut draft.profile;
    profile.port = fields.small("port").unwrap_or(1883);
    profile.protocol = match fields.text("mqtt_version").as_deref() {
        Some("3") => ProtocolVersion::V311,
        _ => ProtocolVersion::V5,
    };
    profile.username = fields.text("username");
    if fields.has("password") && fields.text("password").is_some() {
        profile.password = PasswordSource::Ask;
        draft.remark("Its password cannot be read outside mqtt-viewer. Give it when connecting.");
    }
    let protocol = fields.text("protocol").unwrap_or_default();
    if protocol.starts_with("ws") {
        draft.web_socket(fields.text("websocket_path"));
    }
    if matches!(protocol.as_str(), "mqtts" | "wss") {
        let has_own = fields.is("is_certs_enabled");
        let file = |name| fields.text(name).filter(|_| has_own);
        draft.tls(!fields.is("skip_cert_verification"), file("cert_ca"));
        draft.client_certificate(file("cert_client"), file("cert_client_key"));
    }
    let is_own = fields.is("has_custom_client_id");
    draft.client_id(fields.text("client_id").filter(|_| is_own), false);
    if fields.is("is_proto_enabled") {
        draft.remark("Its Protobuf schemas are not taken over.");
    }
    for entry in fields.list("subscriptions") {
        let entry = Fields::of(Some(entry));
        let parsed =
            Subscription::parse(&entry.text("topic").unwrap_or_default(), entry.qos("qo_s"));
        draft.subscribe(parsed.map_err(|error| error.to_string()));
    }
    draft
}
