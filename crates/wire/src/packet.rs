//! The packets as values (MQTT 5 §3). What a PUBLISH carries is `model`'s, since it is recorded.
//!
//! Fields that only MQTT 5 has are empty, false or zero in packets of MQTT 3.1.1.

use std::fmt;

use wiretree_model::{
    MqttString, Properties, ProtocolVersion, Publish, QoS, RetainHandling, Secret, Will,
};

use crate::ReasonCode;

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub enum Packet {
    /// Apart, since it is by far the largest, and comes once: packets are moved about a lot.
    Connect(Box<Connect>),
    ConnAck(ConnAck),
    /// With a topic alias, the topic is as on the wire, so maybe empty (MQTT 5 §3.3.2.3.4).
    Publish(Publish),
    PubAck(Ack),
    PubRec(Ack),
    PubRel(Ack),
    PubComp(Ack),
    Subscribe(Subscribe),
    SubAck(SubAck),
    Unsubscribe(Unsubscribe),
    UnsubAck(UnsubAck),
    PingReq,
    PingResp,
    Disconnect(Disconnect),
    Auth(Auth),
}

/// The kind of a packet; the discriminants are the bits on the wire (MQTT 5 §2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub enum PacketType {
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
    Auth = 15,
}

/// CONNECT (MQTT 5 §3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connect {
    /// The version it asks for; it is encoded with this version, whatever else was agreed.
    pub version: ProtocolVersion,
    /// Clean Start, in MQTT 3.1.1 Clean Session.
    pub clean_start: bool,
    /// Keep Alive in seconds; 0 turns it off.
    pub keep_alive: u16,
    /// The properties of the connection.
    pub properties: Properties,
    /// The client identifier; empty asks the server for one.
    pub client_id: MqttString,
    /// What the server publishes when the connection ends without DISCONNECT.
    pub will: Option<Will>,
    /// The user name.
    pub user_name: Option<MqttString>,
    /// The password, which may stand without a user name in MQTT 5 only.
    pub password: Option<Secret>,
}

/// CONNACK (MQTT 5 §3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnAck {
    /// Whether the server has kept the session.
    pub session_present: bool,
    /// The reason code, or the return code of MQTT 3.1.1 (see [`ReasonCode::name_in`]).
    pub reason: ReasonCode,
    /// The limits of the server, among others.
    pub properties: Properties,
}

/// PUBACK, PUBREC, PUBREL and PUBCOMP (MQTT 5 §3.4 to §3.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ack {
    /// The packet identifier of the PUBLISH it belongs to.
    pub packet_id: u16,
    /// How it went; success where the packet leaves it out.
    pub reason: ReasonCode,
    /// The properties.
    pub properties: Properties,
}

/// SUBSCRIBE (MQTT 5 §3.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscribe {
    /// The packet identifier.
    pub packet_id: u16,
    /// The properties; a Subscription Identifier holds for all filters.
    pub properties: Properties,
    /// The filters in their order.
    pub filters: Vec<SubscribeFilter>,
}

/// One topic filter of a SUBSCRIBE. Its text is not checked against the grammar of filters: an
/// invalid one is answered, not a reason to close the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscribeFilter {
    /// The topic filter as sent.
    pub filter: MqttString,
    /// The options.
    pub options: SubscriptionOptions,
}

/// Subscription options (MQTT 5 §3.8.3.1); MQTT 3.1.1 has the QoS only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionOptions {
    /// The highest QoS with which the server may send.
    pub qos: QoS,
    /// Do not send back what this connection published.
    pub no_local: bool,
    /// Leave the RETAIN flag as it was published.
    pub retain_as_published: bool,
    /// Whether retained messages are sent when subscribing.
    pub retain_handling: RetainHandling,
}

/// SUBACK (MQTT 5 §3.9).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubAck {
    /// The packet identifier of the SUBSCRIBE.
    pub packet_id: u16,
    /// The properties.
    pub properties: Properties,
    /// One for each filter, in their order.
    pub reasons: Vec<ReasonCode>,
}

/// UNSUBSCRIBE (MQTT 5 §3.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsubscribe {
    /// The packet identifier.
    pub packet_id: u16,
    /// The properties.
    pub properties: Properties,
    /// The filters in their order, as sent.
    pub filters: Vec<MqttString>,
}

/// UNSUBACK (MQTT 5 §3.11).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnsubAck {
    /// The packet identifier of the UNSUBSCRIBE.
    pub packet_id: u16,
    /// The properties.
    pub properties: Properties,
    /// One for each filter, in their order; none in MQTT 3.1.1.
    pub reasons: Vec<ReasonCode>,
}

/// DISCONNECT (MQTT 5 §3.14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disconnect {
    /// Why.
    pub reason: ReasonCode,
    /// The properties.
    pub properties: Properties,
}

/// AUTH (MQTT 5 §3.15).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auth {
    /// Where in the exchange it stands.
    pub reason: ReasonCode,
    /// The properties; the authentication data among them.
    pub properties: Properties,
}

impl Packet {
    /// Which packet it is.
    pub fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }
}

impl PacketType {
    /// The packet with these four bits; `None` for 0, which is reserved.
    pub fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The name as the specification writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }

    /// The low four bits of the first byte, where the specification fixes them (MQTT 5 §2.1.3):
    /// everywhere but in PUBLISH.
    pub(crate) fn fixed_flags(self) -> u8 {
        match self {
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0,
        }
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
