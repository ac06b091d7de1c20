//! A packet in one line, for lists of packets. Control characters and direction marks are escaped;
//! the password is not in it.

use wiretree_model::{Properties, Property, ProtocolVersion, Publish, QoS};

use crate::{ConnAck, Connect, Packet, PacketType, ReasonCode, SubscribeFilter, show};

/// Between the parts of a line.
const SEPARATOR: &str = " · ";

/// The packet in one line, without its type and its packet identifier; empty for pings.
pub fn summary(packet: &Packet, version: ProtocolVersion) -> String {
    let packet_type = packet.packet_type();
    let parts = match packet {
        Packet::Connect(connect) => connect_parts(connect),
        Packet::ConnAck(connack) => connack_parts(connack, version),
        Packet::Publish(publish) => publish_parts(publish),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            outcome_parts(ack.reason, &ack.properties, packet_type, version)
        }
        Packet::Subscribe(subscribe) => {
            subscribe.filters.iter().flat_map(|filter| filter_parts(filter, version)).collect()
        }
        Packet::SubAck(suback) => {
            let mut parts: Vec<_> =
                suback.reasons.iter().map(|reason| granted(*reason, version)).collect();
            parts.extend(reason_string(&suback.properties));
            parts
        }
        Packet::Unsubscribe(unsubscribe) => {
            unsubscribe.filters.iter().map(|filter| show::text(filter.as_bytes())).collect()
        }
        Packet::UnsubAck(unsuback) => {
            let named = |reason: &ReasonCode| show::reason(*reason, packet_type, version);
            unsuback.reasons.iter().map(named).chain(reason_string(&unsuback.properties)).collect()
        }
        Packet::PingReq | Packet::PingResp => Vec::new(),
        Packet::Disconnect(disconnect) => {
            outcome_parts(disconnect.reason, &disconnect.properties, packet_type, version)
        }
        Packet::Auth(auth) => outcome_parts(auth.reason, &auth.properties, packet_type, version),
    };
    parts.join(SEPARATOR)
}

fn connect_parts(connect: &Connect) -> Vec<String> {
    let version = match connect.version {
        ProtocolVersion::V31 => "v3.1",
        ProtocolVersion::V311 => "v3.1.1",
        ProtocolVersion::V5 => "v5",
    };
    let mut parts = vec![version.to_owned(), show::text(connect.client_id.as_bytes())];
    match (connect.clean_start, connect.version.has_properties()) {
        (true, true) => parts.push("clean start".to_owned()),
        (true, false) => parts.push("clean session".to_owned()),
        (false, _) => {}
    }
    parts.push(format!("keep alive {} s", connect.keep_alive));
    parts.extend(
        connect.user_name.as_ref().map(|name| format!("user {}", show::text(name.as_bytes()))),
    );
    parts.extend(connect.password.as_ref().map(|_| "password •••".to_owned()));
    let will = connect.will.as_ref();
    parts.extend(will.map(|will| format!("will {}", show::text(will.topic.as_bytes()))));
    parts
}

fn connack_parts(connack: &ConnAck, version: ProtocolVersion) -> Vec<String> {
    let mut parts = vec![
        show::reason(connack.reason, PacketType::ConnAck, version),
        format!("session present {}", u8::from(connack.session_present)),
    ];
    parts.extend(connack.properties.iter().filter_map(limit));
    parts
}

/// A property of CONNACK that a line has room for.
fn limit(property: &Property) -> Option<String> {
    use Property as P;
    let name = match property {
        P::ReceiveMaximum(_) => "receive max",
        P::TopicAliasMaximum(_) => "topic alias max",
        P::MaximumQoS(_) => "max QoS",
        P::MaximumPacketSize(_) => "max packet",
        P::ServerKeepAlive(_) => "keep alive",
        P::SessionExpiryInterval(_) => "session expiry",
        P::AssignedClientIdentifier(_) => "client id",
        P::RetainAvailable(0) => return Some("no retain".to_owned()),
        P::WildcardSubscriptionAvailable(0) => return Some("no wildcards".to_owned()),
        P::SubscriptionIdentifierAvailable(0) => {
            return Some("no subscription identifiers".to_owned());
        }
        P::SharedSubscriptionAvailable(0) => return Some("no shared subscriptions".to_owned()),
        P::ServerReference(_) => "server",
        P::ReasonString(text) => return Some(show::text(text.as_bytes())),
        _ => return None,
    };
    Some(format!("{name} {}", show::property(property)))
}

fn publish_parts(publish: &Publish) -> Vec<String> {
    let alias = publish.properties.topic_alias();
    let mut parts = Vec::new();
    if !publish.topic.as_bytes().is_empty() || alias.is_none() {
        parts.push(show::text(publish.topic.as_bytes()));
    }
    parts.extend(alias.map(|alias| format!("alias {alias}")));
    parts.push(format!("Q{}", publish.qos.bits()));
    if publish.retain {
        parts.push("RETAIN".to_owned());
    }
    if publish.dup {
        parts.push("DUP".to_owned());
    }
    parts.push(show::size(publish.payload.len()));
    parts
}

fn filter_parts(entry: &SubscribeFilter, version: ProtocolVersion) -> Vec<String> {
    let options = entry.options;
    let filter = show::text(entry.filter.as_bytes());
    let mut parts = vec![format!("{filter} QoS {}", options.qos.bits())];
    if version.has_properties() {
        parts.push(format!("no local {}", u8::from(options.no_local)));
        parts.push(format!("retain as published {}", u8::from(options.retain_as_published)));
        parts.push(format!("retain handling {}", options.retain_handling as u8));
    }
    parts
}

fn granted(reason: ReasonCode, version: ProtocolVersion) -> String {
    match QoS::from_bits(reason.0) {
        Some(qos) => format!("granted QoS {}", qos.bits()),
        None => show::reason(reason, PacketType::SubAck, version),
    }
}

/// The reason, which MQTT 3.1.1 does not have, and what the properties add to it.
fn outcome_parts(
    reason: ReasonCode,
    properties: &Properties,
    packet: PacketType,
    version: ProtocolVersion,
) -> Vec<String> {
    if !version.has_properties() {
        return Vec::new();
    }
    let mut parts = vec![show::reason(reason, packet, version)];
    parts.extend(properties.iter().filter_map(|property| match property {
        Property::AuthenticationMethod(method) => Some(show::text(method.as_bytes())),
        Property::ServerReference(server) => {
            Some(format!("server {}", show::text(server.as_bytes())))
        }
        Property::SessionExpiryInterval(_) => {
            Some(format!("session expiry {}", show::property(property)))
        }
        _ => None,
    }));
    parts.extend(reason_string(properties));
    parts
}

fn reason_string(properties: &Properties) -> Option<String> {
    properties.reason_string().map(|text| show::text(text.as_bytes()))
}
