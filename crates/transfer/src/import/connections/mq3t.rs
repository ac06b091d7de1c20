//! A connection of MQ3T (`mqtt-connections.json`). It has no settings of TLS at all.

use serde_json::{Map, Value};
use wiretree_model::{ProtocolVersion, Secret, Subscription, Topic, Will};

use super::draft::Draft;
use super::fields::Fields;

pub(super) fn read(fields: &Map<String, Value>) -> Draft {
    let fields = Fields(fields);
    let mut draft = Draft::new(fields.text("name"), fields.text("hostname"));
    let profile = &mut draft.profile;
    profile.port = fields.small("port").unwrap_or(1883);
    profile.protocol = match fields.number("protocolVersion") {
        Some(3) => ProtocolVersion::V31,
        Some(4) => ProtocolVersion::V311,
        _ => ProtocolVersion::V5,
    };
    profile.username = fields.text("username");
    profile.clean_start = fields.flag("clean").unwrap_or(true);
    let timeout = fields.small("connectTimeout").filter(|seconds| *seconds > 0);
    profile.connect_timeout = timeout.unwrap_or(profile.connect_timeout);
    draft.password = fields.text("password").map(Secret::new);
    let protocol = fields.text("protocol").unwrap_or_default();
    if protocol.starts_with("ws") {
        draft.web_socket(fields.text("path"));
    }
    if matches!(protocol.as_str(), "mqtts" | "wss") {
        draft.tls(true, None);
    }
    let client_id = fields.text("clientId");
    let is_made_up = client_id.as_deref().is_some_and(is_made_up);
    draft.client_id(client_id, is_made_up);
    if draft.profile.protocol.has_properties() {
        connect_properties(fields.inner("properties"), &mut draft);
    }
    will(fields.inner("lastWill"), &mut draft);
    for entry in fields.list("subscribedTopics") {
        let entry = Fields::of(Some(entry));
        let parsed =
            Subscription::parse(&entry.text("topic").unwrap_or_default(), entry.qos("qos"));
        draft.subscribe(parsed.map_err(|error| error.to_string()));
    }
    draft
}

/// `mq3t_` and a UUID.
fn is_made_up(client_id: &str) -> bool {
    client_id.strip_prefix("mq3t_").is_some_and(|rest| {
        rest.len() == 36 && rest.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    })
}

fn connect_properties(fields: Fields<'_>, draft: &mut Draft) {
    let profile = &mut draft.profile;
    profile.session_expiry = fields.small("sessionExpiryInterval").unwrap_or(0);
    let limit = fields.small("maximumPacketSize").filter(|limit| *limit > 0);
    profile.packet_limit = limit.unwrap_or(profile.packet_limit);
    let properties = &mut profile.properties;
    properties.receive_maximum = fields.small("receiveMaximum").filter(|count| *count > 0);
    properties.request_response_information = fields.is("requestResponseInformation");
    properties.request_problem_information = fields.flag("requestProblemInformation");
    properties.user_properties = fields.pairs("userProperties");
}

fn will(fields: Fields<'_>, draft: &mut Draft) {
    let Some(topic) = fields.text("topic") else { return };
    match Topic::to_publish(&topic) {
        Ok(topic) => {
            draft.profile.will = Some(Will {
                topic,
                payload: fields.text("payload").unwrap_or_default().into(),
                qos: fields.qos("qos"),
                retain: fields.is("retain"),
                ..Will::default()
            });
        }
        Err(error) => draft.remark(format!("The will was left out: {error}.")),
    }
}
