//! The packets that belong together: those of a QoS 1 or 2 message, a request and its answer, the
//! way in. Pure.
//!
//! A message whose handshake was interrupted goes on with the next connection, under the same packet
//! identifier (MQTT 5 §4.4); everything else ends with its connection.

use std::time::Duration;

use wiretree_model::{Direction, MqttString, ProtocolVersion, QoS, Timestamp};
use wiretree_wire::{PacketType, ReasonCode};

use super::fact::{About, Fact, PacketKind};
use super::index::{Index, opposite};

/// A conversation within the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// What it is, as in `PUBLISH Q2 #41`.
    pub title: String,
    /// Its packets in order.
    pub steps: Vec<HandshakeStep>,
    /// Whether it has come to its end.
    pub is_complete: bool,
    /// What is missing, or what is out of the ordinary.
    pub note: Option<String>,
}

/// One packet of a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeStep {
    /// Its number in the trace.
    pub number: u64,
    /// What to write beside the arrow: the type, and what is special about it.
    pub label: String,
    /// Which way it went.
    pub direction: Direction,
    /// When.
    pub at: Timestamp,
    /// The time since the step before.
    pub since_previous: Option<Duration>,
}

type Step<'a> = (u64, &'a Fact);

/// Which packets may belong to the same conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// A message: whose, and its identifier.
    Message(Direction, u16),
    /// A request that the client made: what it was, where, and its identifier.
    Request(PacketType, u32, Option<u16>),
    /// CONNECT, CONNACK and what authentication there is, also later.
    Way(u32),
}

/// The handshake that the packet with this number is part of.
pub(super) fn find(index: &Index, number: u64) -> Option<Handshake> {
    let family = family(index.fact(number)?)?;
    let mut current: Vec<Step<'_>> = Vec::new();
    for (other, fact) in index.numbered() {
        if self::family(fact) != Some(family) {
            continue;
        }
        if begins(family, &current, fact) {
            if holds(&current, number) {
                break;
            }
            current.clear();
        }
        current.push((other, fact));
    }
    if !holds(&current, number) {
        return None;
    }
    let newest = index.numbered().last().map_or(0, |(_, fact)| fact.connection);
    Some(drawn(family, &current, newest))
}

/// The filters that a SUBACK or UNSUBACK answers, as far as they are in the trace; none for other
/// packets.
pub(super) fn filters_answered(index: &Index, number: u64) -> Vec<MqttString> {
    let is_answer = |fact: &Fact| fact.is(PacketType::SubAck) || fact.is(PacketType::UnsubAck);
    let handshake = match index.fact(number) {
        Some(fact) if is_answer(fact) => find(index, number),
        _ => None,
    };
    let first = handshake.and_then(|handshake| handshake.steps.first().map(|step| step.number));
    match first.and_then(|first| index.fact(first)).map(|fact| &fact.about) {
        Some(About::Filters(filters)) => filters.clone(),
        _ => Vec::new(),
    }
}

fn holds(steps: &[Step<'_>], number: u64) -> bool {
    steps.iter().any(|(other, _)| *other == number)
}

fn family(fact: &Fact) -> Option<Family> {
    use PacketType as T;
    let (PacketKind::Packet(packet), Some(direction)) = (fact.kind, fact.direction) else {
        return None;
    };
    Some(match packet {
        T::Publish | T::PubRel => Family::Message(direction, fact.packet_id?),
        T::PubAck | T::PubRec | T::PubComp => Family::Message(opposite(direction), fact.packet_id?),
        T::Subscribe | T::SubAck => Family::Request(T::Subscribe, fact.connection, fact.packet_id),
        T::Unsubscribe | T::UnsubAck => {
            Family::Request(T::Unsubscribe, fact.connection, fact.packet_id)
        }
        T::PingReq | T::PingResp => Family::Request(T::PingReq, fact.connection, None),
        T::Connect | T::ConnAck | T::Auth => Family::Way(fact.connection),
        T::Disconnect => return None,
    })
}

/// Whether a packet begins the next conversation of its family.
fn begins(family: Family, current: &[Step<'_>], fact: &Fact) -> bool {
    if current.is_empty() {
        return false;
    }
    match family {
        Family::Message(..) => {
            let resumes = fact.dup && !is_end(family, current);
            fact.is(PacketType::Publish) && !resumes
        }
        Family::Request(request, ..) => fact.is(request),
        Family::Way(_) => {
            let asks_again = fact.is(PacketType::Auth) && fact.reason == ReasonCode::REAUTHENTICATE;
            fact.is(PacketType::Connect) || asks_again
        }
    }
}

/// Whether nothing more is to come.
fn is_end(family: Family, steps: &[Step<'_>]) -> bool {
    use PacketType as T;
    let Some((_, last)) = steps.last() else { return false };
    match family {
        Family::Message(..) => {
            let is_refused = last.is(T::PubRec) && last.reason.is_failure();
            last.is(T::PubAck) || last.is(T::PubComp) || is_refused
        }
        Family::Request(request, ..) => !last.is(request),
        Family::Way(_) => {
            last.is(T::ConnAck) || last.is(T::Auth) && last.reason == ReasonCode::SUCCESS
        }
    }
}

fn drawn(family: Family, steps: &[Step<'_>], newest: u32) -> Handshake {
    let is_complete = is_end(family, steps);
    let before = steps.iter().map(|(_, fact)| Some(fact.elapsed));
    let drawn = steps.iter().zip([None].into_iter().chain(before));
    let drawn = drawn.map(|((number, fact), before)| HandshakeStep {
        number: *number,
        label: label(fact),
        direction: fact.direction.unwrap_or_default(),
        at: fact.at,
        since_previous: before.map(|before| fact.elapsed.saturating_sub(before)),
    });
    Handshake {
        title: title(family, steps),
        steps: drawn.collect(),
        is_complete,
        note: note(family, steps, newest, is_complete),
    }
}

fn title(family: Family, steps: &[Step<'_>]) -> String {
    let first = steps.first().map(|(_, fact)| *fact);
    let number = |id: Option<u16>| id.map(|id| format!(" #{id}")).unwrap_or_default();
    match family {
        Family::Message(_, id) => format!("PUBLISH Q{} #{id}", qos(steps).bits()),
        Family::Request(request, _, id) => format!("{request}{}", number(id)),
        Family::Way(_) if first.is_some_and(|first| first.is(PacketType::Auth)) => {
            "AUTH".to_owned()
        }
        Family::Way(_) => "CONNECT".to_owned(),
    }
}

/// The QoS of a message, also where its PUBLISH is not kept any more.
fn qos(steps: &[Step<'_>]) -> QoS {
    let publish = steps.iter().find(|(_, fact)| fact.is(PacketType::Publish));
    match publish {
        Some((_, publish)) => publish.qos,
        None if steps.iter().any(|(_, fact)| fact.is(PacketType::PubAck)) => QoS::AtLeastOnce,
        None => QoS::ExactlyOnce,
    }
}

/// The type, DUP, and a reason that is not plain success.
fn label(fact: &Fact) -> String {
    let mut label = fact.kind.to_string();
    if fact.dup {
        label.push_str(" DUP");
    }
    if let (PacketKind::Packet(packet), true) = (fact.kind, fact.reason != ReasonCode::SUCCESS) {
        let ReasonCode(code) = fact.reason;
        let name = fact.reason.name_in(packet, fact.version);
        label.push_str(&match fact.version {
            ProtocolVersion::V5 => format!(" 0x{code:02x} {name}"),
            ProtocolVersion::V31 | ProtocolVersion::V311 => format!(" {code} {name}"),
        });
    }
    label
}

fn note(family: Family, steps: &[Step<'_>], newest: u32, is_complete: bool) -> Option<String> {
    let (_, first) = steps.first()?;
    let (_, last) = steps.last()?;
    let mut notes = Vec::new();
    let begins = match family {
        Family::Message(..) => first.is(PacketType::Publish),
        Family::Request(request, ..) => first.is(request),
        Family::Way(_) => first.is(PacketType::Connect) || first.is(PacketType::Auth),
    };
    if !begins {
        notes.push("the beginning is not in the trace".to_owned());
    }
    if first.connection != last.connection {
        notes.push("resumed after a reconnect".to_owned());
    }
    if let Some(missing) = missing(family, steps).filter(|_| !is_complete) {
        notes.push(if last.connection < newest {
            format!("the connection ended before {missing}")
        } else {
            format!("waiting for {missing}")
        });
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// What comes next.
fn missing(family: Family, steps: &[Step<'_>]) -> Option<PacketType> {
    use PacketType as T;
    let (_, last) = steps.last()?;
    Some(match family {
        Family::Message(..) if last.is(T::Publish) && last.qos == QoS::ExactlyOnce => T::PubRec,
        Family::Message(..) if last.is(T::Publish) => T::PubAck,
        Family::Message(..) if last.is(T::PubRec) => T::PubRel,
        Family::Message(..) => T::PubComp,
        Family::Request(T::Subscribe, ..) => T::SubAck,
        Family::Request(T::Unsubscribe, ..) => T::UnsubAck,
        Family::Request(..) => T::PingResp,
        Family::Way(_) if steps.iter().any(|(_, fact)| fact.is(T::Connect)) => T::ConnAck,
        Family::Way(_) => T::Auth,
    })
}
