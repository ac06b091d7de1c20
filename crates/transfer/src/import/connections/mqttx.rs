//! A connection of MQTTX, from a backup or from its database (where the columns of MQTT 5 stand
//! beside the others, and flags are numbers).

use serde_json::{Map, Value};
use wiretree_model::{
    Authentication, Property, ProtocolVersion, RetainHandling, Secret, Subscription, Topic, Will,
};

use super::draft::Draft;
use super::fields::Fields;

pub(super) fn read(fields: &Map<String, Value>) -> Draft {
    let fields = Fields(fields);
    let mut draft = Draft::new(fields.text("name"), fields.text("host"));
    address(fields, &mut draft);
    identity(fields, &mut draft);
    if draft.profile.protocol.has_properties() {
        // A database has them beside the others.
        let properties = fields.inner("properties");
        let properties = if properties.is_empty() { fields } else { properties };
        connect_properties(properties, &mut draft);
    }
    will(fields.inner("will"), &mut draft);
    for entry in fields.list("subscriptions") {
        subscribe(Fields::of(Some(entry)), &mut draft);
    }
    draft
}

fn address(fields: Fields<'_>, draft: &mut Draft) {
    draft.profile.port = fields.small("port").unwrap_or(1883);
    let timeout = fields.small("connectTimeout").filter(|seconds| *seconds > 0);
    draft.profile.connect_timeout = timeout.unwrap_or(draft.profile.connect_timeout);
    let protocol = fields.text("protocol").unwrap_or_default();
    if protocol.starts_with("ws") {
        draft.web_socket(fields.text("path"));
    }
    // Old backups have no protocol.
    let is_secure = matches!(protocol.as_str(), "mqtts" | "wss") || fields.is("ssl");
    if !is_secure {
        return;
    }
    let has_own = fields.text("certType").as_deref() == Some("self");
    let file = |name| fields.text(name).filter(|_| has_own);
    draft.tls(fields.flag("rejectUnauthorized").unwrap_or(true), file("ca"));
    draft.client_certificate(file("cert"), file("key"));
    let alpn = fields.text("ALPNProtocols").unwrap_or_default();
    let names = alpn.trim().trim_start_matches('[').trim_end_matches(']').split(',');
    let names = names.map(|name| name.trim().trim_matches(['"', '\'']).to_owned());
    if let Some(tls) = &mut draft.profile.tls {
        tls.alpn = names.filter(|name| !name.is_empty()).collect();
    }
}

fn identity(fields: Fields<'_>, draft: &mut Draft) {
    let profile = &mut draft.profile;
    profile.protocol = match fields.text("mqttVersion").unwrap_or_default().as_str() {
        "3.1" => ProtocolVersion::V31,
        "3.1.1" => ProtocolVersion::V311,
        _ => ProtocolVersion::V5,
    };
    profile.keep_alive = fields.small("keepalive").unwrap_or(profile.keep_alive);
    profile.clean_start = fields.flag("clean").unwrap_or(true);
    profile.username = fields.text("username");
    draft.password = fields.text("password").map(Secret::new);
    let client_id = fields.text("clientId");
    let has_time = fields.is("clientIdWithTime");
    let is_made_up = has_time || client_id.as_deref().is_some_and(is_made_up);
    draft.client_id(client_id, is_made_up);
    if has_time {
        draft.remark("MQTTX added the time to the client identifier, which is not done here.");
    }
}

/// `mqttx_` and up to eight hex digits.
fn is_made_up(client_id: &str) -> bool {
    client_id.strip_prefix("mqttx_").is_some_and(|rest| {
        (1..=8).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn connect_properties(fields: Fields<'_>, draft: &mut Draft) {
    let profile = &mut draft.profile;
    profile.session_expiry = fields.small("sessionExpiryInterval").unwrap_or(0);
    let limit = fields.small("maximumPacketSize").filter(|limit| *limit > 0);
    profile.packet_limit = limit.unwrap_or(profile.packet_limit);
    let properties = &mut profile.properties;
    properties.receive_maximum = fields.small("receiveMaximum").filter(|count| *count > 0);
    properties.topic_alias_maximum = fields.small("topicAliasMaximum");
    properties.request_response_information = fields.is("requestResponseInformation");
    properties.request_problem_information = fields.flag("requestProblemInformation");
    properties.user_properties = fields.pairs("userProperties");
    match fields.text("authenticationMethod").as_deref() {
        None => {}
        Some("SCRAM-SHA-256") => profile.authentication = Some(Authentication::ScramSha256),
        Some(_) => draft.remark(
            "Its enhanced authentication was left out: only SCRAM-SHA-256 is offered here.",
        ),
    }
}

fn will(fields: Fields<'_>, draft: &mut Draft) {
    let Some(topic) = fields.text("lastWillTopic") else { return };
    let topic = match Topic::to_publish(&topic) {
        Ok(topic) => topic,
        Err(error) => return draft.remark(format!("The will was left out: {error}.")),
    };
    let mut will = Will {
        topic,
        payload: fields.text("lastWillPayload").unwrap_or_default().into(),
        qos: fields.qos("lastWillQos"),
        retain: fields.is("lastWillRetain"),
        ..Will::default()
    };
    if draft.profile.protocol.has_properties() {
        let properties = fields.inner("properties");
        let properties = if properties.is_empty() { fields } else { properties };
        will.properties.0 = will_properties(properties);
    }
    draft.profile.will = Some(will);
}

fn will_properties(fields: Fields<'_>) -> Vec<Property> {
    let number = |name| fields.small::<u32>(name).filter(|seconds| *seconds > 0);
    let mut list = Vec::new();
    list.extend(number("willDelayInterval").map(Property::WillDelayInterval));
    if fields.is("payloadFormatIndicator") {
        list.push(Property::PayloadFormatIndicator(1));
    }
    list.extend(number("messageExpiryInterval").map(Property::MessageExpiryInterval));
    let text = |name| fields.text(name);
    list.extend(text("contentType").map(|text| Property::ContentType(text.into())));
    let response = text("responseTopic").filter(|topic| Topic::to_publish(topic).is_ok());
    list.extend(response.map(|text| Property::ResponseTopic(text.into())));
    list.extend(text("correlationData").map(|text| Property::CorrelationData(text.into())));
    let pairs = fields.pairs("userProperties").into_iter();
    list.extend(pairs.map(|(name, value)| Property::UserProperty(name, value)));
    list
}

fn subscribe(fields: Fields<'_>, draft: &mut Draft) {
    let topic = fields.text("topic").unwrap_or_default();
    if fields.is("disabled") {
        return draft
            .remark(format!("The subscription to {topic} was left out: it is switched off."));
    }
    let has_options = draft.profile.protocol.has_properties();
    if !fields.pairs("userProperties").is_empty() {
        draft.remark(format!("The user properties of the subscription to {topic} were left out."));
    }
    let parsed = Subscription::parse(&topic, fields.qos("qos"));
    let read = parsed.map_err(|error| error.to_string()).map(|plain| match has_options {
        true => with_options(fields, plain),
        false => plain,
    });
    draft.subscribe(read);
}

fn with_options(fields: Fields<'_>, plain: Subscription) -> Subscription {
    let handling = fields.small("rh").and_then(RetainHandling::from_bits);
    let is_shared = plain.filter.as_str().starts_with("$share/");
    Subscription {
        // Not allowed with a shared subscription (MQTT 5 §3.8.3.1).
        no_local: fields.is("nl") && !is_shared,
        retain_as_published: fields.flag("rap").unwrap_or(plain.retain_as_published),
        retain_handling: handling.unwrap_or_default(),
        identifier: fields.small("subscriptionIdentifier").filter(|number| *number > 0),
        ..plain
    }
}
