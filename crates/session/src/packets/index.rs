//! What is known of the packets in a trace, brought up to date as they come. Follows the trace in
//! what it gives up.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use wiretree_model::{Direction, QoS, Topic};
use wiretree_mqtt::{Trace, TraceEntry};
use wiretree_wire::PacketType;

use super::fact::{About, Alias, Fact, PacketKind};
use super::filter::{PacketFilter, Sieve};

/// Entries taken from the trace at a time.
const PIECE: usize = 4_096;

#[derive(Default)]
pub(super) struct Index {
    facts: VecDeque<Fact>,
    /// The number of the first fact.
    first: u64,
    conversation: Conversation,
    found: Option<Found>,
}

/// What matches the filter that was asked for last.
struct Found {
    sieve: Sieve,
    numbers: VecDeque<u64>,
}

/// What one connection has said that later packets refer to.
#[derive(Default)]
struct Conversation {
    connection: u32,
    aliases: HashMap<(Direction, u16), Topic>,
    /// When a packet was seen that has to be answered, by the answer.
    open: HashMap<(PacketType, Direction, Option<u16>), Duration>,
}

impl Index {
    /// Takes in what is new in the trace, and lets go what it has given up.
    pub(super) fn catch_up(&mut self, trace: &Trace) {
        self.forget_before(trace.extent().first);
        loop {
            let entries = trace.read(self.next(), PIECE);
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                self.take(entry);
            }
        }
        self.forget_before(trace.extent().first);
    }

    /// Takes an entry in; entries come in the order of their numbers.
    pub(super) fn take(&mut self, entry: &TraceEntry) {
        if entry.number != self.next() {
            // What lies in between was given up before it was looked at: nothing is known any more
            // of what aliases stand for.
            self.facts.clear();
            self.first = entry.number;
            self.conversation = Conversation::default();
            if let Some(found) = &mut self.found {
                found.numbers.clear();
            }
        }
        let mut fact = Fact::new(entry);
        self.conversation.hear(&mut fact);
        if let Some(found) = self.found.as_mut().filter(|found| found.sieve.passes(&fact)) {
            found.numbers.push_back(entry.number);
        }
        self.facts.push_back(fact);
    }

    /// The numbers of those that match, ascending.
    pub(super) fn matches(&mut self, filter: &PacketFilter) -> &VecDeque<u64> {
        let known = self.found.take().filter(|found| found.sieve.filter() == filter);
        let found = known.unwrap_or_else(|| {
            let sieve = Sieve::new(filter.clone());
            let numbers = self.numbered().filter(|(_, fact)| sieve.passes(fact));
            Found { numbers: numbers.map(|(number, _)| number).collect(), sieve }
        });
        &self.found.insert(found).numbers
    }

    pub(super) fn fact(&self, number: u64) -> Option<&Fact> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.facts.get(at)
    }

    /// All facts with their numbers, ascending.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u64, &Fact)> {
        (self.first..).zip(&self.facts)
    }

    fn next(&self) -> u64 {
        self.first + self.facts.len() as u64
    }

    pub(super) fn forget_before(&mut self, first: u64) {
        while self.first < first && self.facts.pop_front().is_some() {
            self.first += 1;
        }
        if let Some(found) = &mut self.found {
            while found.numbers.front().is_some_and(|number| *number < first) {
                found.numbers.pop_front();
            }
        }
    }
}

impl Conversation {
    /// Fills in what only the packets before can tell.
    fn hear(&mut self, fact: &mut Fact) {
        let (PacketKind::Packet(packet), Some(direction)) = (fact.kind, fact.direction) else {
            return;
        };
        if fact.connection != self.connection || packet == PacketType::Connect {
            *self = Self { connection: fact.connection, ..Self::default() };
        }
        self.resolve(fact, direction);
        let asked = self.open.remove(&(packet, direction, fact.packet_id));
        fact.round_trip = asked.map(|asked| fact.elapsed.saturating_sub(asked));
        if let Some(answer) = answer(packet, fact.qos) {
            let key = (answer, opposite(direction), fact.packet_id);
            self.open.insert(key, fact.elapsed);
        }
    }

    /// MQTT 5 §3.3.2.3.4: each side has aliases of its own, for as long as the connection lasts.
    fn resolve(&mut self, fact: &mut Fact, direction: Direction) {
        let About::Topic(topic) = &mut fact.about else { return };
        match fact.alias {
            Some(Alias::Named(alias)) => {
                self.aliases.insert((direction, alias), topic.clone());
            }
            Some(Alias::Used(alias)) => {
                if let Some(known) = self.aliases.get(&(direction, alias)) {
                    *topic = known.clone();
                }
            }
            _ => {}
        }
    }
}

/// What answers a packet.
fn answer(packet: PacketType, qos: QoS) -> Option<PacketType> {
    use PacketType as T;
    Some(match (packet, qos) {
        (T::Connect, _) => T::ConnAck,
        (T::Publish, QoS::AtLeastOnce) => T::PubAck,
        (T::Publish, QoS::ExactlyOnce) => T::PubRec,
        (T::PubRec, _) => T::PubRel,
        (T::PubRel, _) => T::PubComp,
        (T::Subscribe, _) => T::SubAck,
        (T::Unsubscribe, _) => T::UnsubAck,
        (T::PingReq, _) => T::PingResp,
        _ => return None,
    })
}

pub(super) fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Sent => Direction::Received,
        Direction::Received => Direction::Sent,
    }
}
