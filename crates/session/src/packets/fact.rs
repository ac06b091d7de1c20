//! What is remembered of an entry of the trace: enough to filter it, and to find what belongs to it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use wiretree_model::{Direction, MqttString, ProtocolVersion, QoS, Timestamp, Topic};
use wiretree_mqtt::{TraceEntry, Traced};
use wiretree_wire::{Packet, PacketType, ReasonCode, decode_lenient, summary};

/// What an entry of the trace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PacketKind {
    /// A packet of this type.
    Packet(PacketType),
    /// Bytes of a type that MQTT does not have (§2.1.2).
    Reserved,
    /// Something that happened below MQTT.
    Event,
}

/// What an entry is about, as far as filters ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    Nothing,
    Topic(Topic),
    Filters(Vec<MqttString>),
}

/// What is remembered of an entry.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) kind: PacketKind,
    pub(super) direction: Option<Direction>,
    pub(super) connection: u32,
    pub(super) at: Timestamp,
    pub(super) elapsed: Duration,
    pub(super) version: ProtocolVersion,
    pub(super) packet_id: Option<u16>,
    pub(super) qos: QoS,
    pub(super) dup: bool,
    pub(super) reason: ReasonCode,
    pub(super) about: About,
    /// The alias in a PUBLISH, and whether it stands for the topic or names it.
    pub(super) alias: Option<Alias>,
    pub(super) size: usize,
    pub(super) round_trip: Option<Duration>,
    pub(super) problems: usize,
}

/// A topic alias (MQTT 5 §3.3.2.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alias {
    /// The topic stands beside it.
    Named(u16),
    /// It stands for a topic that was named before.
    Used(u16),
}

impl PacketKind {
    /// The name in the specification, as in `PUBLISH`; `event` for what happened below MQTT.
    pub fn name(self) -> &'static str {
        match self {
            Self::Packet(packet) => packet.name(),
            Self::Reserved => "reserved",
            Self::Event => "event",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let packets = (1..=15).filter_map(PacketType::from_bits).map(Self::Packet);
        packets.chain([Self::Reserved, Self::Event]).find(|kind| kind.name() == name)
    }
}

impl fmt::Display for PacketKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Fact {
    pub(super) fn new(entry: &TraceEntry) -> Self {
        let mut fact = Self {
            kind: PacketKind::Event,
            direction: None,
            connection: entry.connection,
            at: entry.at,
            elapsed: entry.elapsed,
            version: ProtocolVersion::default(),
            packet_id: None,
            qos: QoS::AtMostOnce,
            dup: false,
            reason: ReasonCode::SUCCESS,
            about: About::Nothing,
            alias: None,
            size: 0,
            round_trip: None,
            problems: 0,
        };
        if let Traced::Packet { direction, version, bytes } = &entry.content {
            let kind = bytes.first().and_then(|first| PacketType::from_bits(first >> 4));
            fact.kind = kind.map_or(PacketKind::Reserved, PacketKind::Packet);
            fact.direction = Some(*direction);
            fact.version = *version;
            fact.size = bytes.len();
            match decode_lenient(bytes.clone(), *version) {
                Ok(read) => {
                    fact.problems = read.problems.len();
                    fact.take(read.packet);
                }
                Err(_) => fact.problems = 1,
            }
        }
        fact
    }

    fn take(&mut self, packet: Packet) {
        match packet {
            Packet::Publish(publish) => {
                self.packet_id = publish.packet_id;
                self.qos = publish.qos;
                self.dup = publish.dup;
                let is_named = !publish.topic.as_bytes().is_empty();
                self.alias = publish
                    .properties
                    .topic_alias()
                    .map(|alias| if is_named { Alias::Named(alias) } else { Alias::Used(alias) });
                // Not a slice of the packet, which would keep all of it in memory.
                let topic = Bytes::copy_from_slice(publish.topic.as_bytes());
                self.about = About::Topic(topic.into());
            }
            Packet::PubAck(ack)
            | Packet::PubRec(ack)
            | Packet::PubRel(ack)
            | Packet::PubComp(ack) => {
                self.packet_id = Some(ack.packet_id);
                self.reason = ack.reason;
            }
            Packet::Subscribe(subscribe) => {
                self.packet_id = Some(subscribe.packet_id);
                let filters = subscribe.filters.iter().map(|entry| &entry.filter);
                self.about = About::Filters(filters.map(copied).collect());
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.packet_id = Some(unsubscribe.packet_id);
                self.about = About::Filters(unsubscribe.filters.iter().map(copied).collect());
            }
            Packet::SubAck(suback) => self.packet_id = Some(suback.packet_id),
            Packet::UnsubAck(unsuback) => self.packet_id = Some(unsuback.packet_id),
            Packet::ConnAck(connack) => self.reason = connack.reason,
            Packet::Disconnect(disconnect) => self.reason = disconnect.reason,
            Packet::Auth(auth) => self.reason = auth.reason,
            Packet::Connect(_) | Packet::PingReq | Packet::PingResp => {}
        }
    }

    pub(super) fn is(&self, packet: PacketType) -> bool {
        self.kind == PacketKind::Packet(packet)
    }

    /// The topic that was filled in for an alias.
    pub(super) fn topic_behind_alias(&self) -> Option<&Topic> {
        match (&self.alias, &self.about) {
            (Some(Alias::Used(_)), About::Topic(topic)) if !topic.as_bytes().is_empty() => {
                Some(topic)
            }
            _ => None,
        }
    }

    /// The packet in one line.
    pub(super) fn summary(&self, bytes: &Bytes, version: ProtocolVersion) -> String {
        match decode_lenient(bytes.clone(), version) {
            Ok(read) => {
                let mut packet = read.packet;
                if let (Packet::Publish(publish), Some(topic)) =
                    (&mut packet, self.topic_behind_alias())
                {
                    publish.topic = topic.clone();
                }
                summary(&packet, version)
            }
            Err(error) => format!("cannot be read: {error}"),
        }
    }
}

fn copied(text: &MqttString) -> MqttString {
    Bytes::copy_from_slice(text.as_bytes()).into()
}
