//! What is on its way to the broker: messages and requests, from the call to the answer.
//!
//! The engine sees none of it. It gets a token for each, and decides when it goes, with which packet
//! identifier of its own, and what is sent again on a resumed session. What really goes onto the
//! wire is made from what is kept here. Pure but for the tickets it ends. Promise: every ticket ends,
//! and a message ends as unknown only if it was written.

mod flights;
mod requests;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::sync::oneshot;
use wiretree_model::{ProtocolVersion, Publish, QoS, Subscription, TopicFilter};
use wiretree_wire::{Ack, Packet, PacketType, SubAck, UnsubAck};

use crate::commands::{Subscribed, Unsubscribed};
use crate::publish::Progress;
use crate::reason::reason_string;
use crate::{Event, MqttError, Reason, ServerLimits};
use flights::{Awaits, Flight, Flights};
use requests::Requests;

pub(crate) use requests::Asking;

/// Names something on its way, for as long as the program runs.
pub(crate) type Token = u64;

/// How many QoS 1 and 2 publishes may be unacknowledged at a time when the broker does not say
/// less. It is the engine's window.
pub(crate) const INFLIGHT: u16 = 1000;
/// A broker of 3.1.1 cannot say how many it takes; Mosquitto, as it is set up by default, hangs up
/// on more QoS 2 than this.
const INFLIGHT_3_1_1: u16 = 20;

/// All of it.
#[derive(Debug)]
pub(crate) struct Outbox {
    version: ProtocolVersion,
    last_token: Token,
    messages: HashMap<Token, Sending>,
    requests: Requests,
    flights: Flights,
    /// What the broker takes at a time (MQTT 5 §3.3.4),
    window: usize,
    /// what it has got on this connection and not acknowledged,
    under_way: usize,
    /// and what has to wait for that.
    held: VecDeque<(Token, u16)>,
}

#[derive(Debug)]
struct Sending {
    publish: Publish,
    /// Who wants to know; nobody for a birth message.
    progress: Option<Progress>,
    /// It was written, maybe on an earlier connection: if it goes again, it is a duplicate.
    sent: bool,
    counted: bool,
}

/// What to do with a packet of the engine.
#[derive(Debug)]
pub(crate) enum Departure {
    /// This goes onto the wire.
    Send(Packet),
    /// Its time comes later.
    Held,
    /// The broker has it: the engine, which does not know yet, is to go on with PUBREL.
    Taken,
    /// Nobody wants it any more: the engine is to think that it was answered.
    Gone,
}

/// What PUBREC means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PubRec {
    /// The engine, which has this identifier for it, goes on with PUBREL.
    Accepted(u16),
    /// The message has ended.
    Refused(u16),
    /// It came twice: PUBREL is to be sent again.
    Again,
    /// What it answers, or PUBREL, is about to be sent.
    Soon,
    /// There is no such message.
    Unknown,
}

impl Outbox {
    /// Packet identifiers count on from `last_id`.
    pub(crate) fn new(version: ProtocolVersion, last_id: u16) -> Self {
        Self {
            version,
            last_token: 0,
            messages: HashMap::new(),
            requests: Requests::default(),
            flights: Flights::counting_from(last_id),
            window: 0,
            under_way: 0,
            held: VecDeque::new(),
        }
    }

    /// A connection has begun.
    pub(crate) fn connected(&mut self, limits: &ServerLimits) {
        self.window = match self.version {
            // To take none is against the protocol, and would stop everything without a word.
            ProtocolVersion::V5 => limits.receive_maximum.unwrap_or(INFLIGHT).clamp(1, INFLIGHT),
            ProtocolVersion::V31 | ProtocolVersion::V311 => INFLIGHT_3_1_1,
        }
        .into();
        // On a resumed session, what waits for PUBCOMP is still under way at the broker.
        for token in self.flights.released() {
            if let Some(sending) = self.messages.get_mut(&token) {
                sending.counted = true;
                self.under_way += 1;
            }
        }
    }

    /// Takes a message.
    pub(crate) fn publish(&mut self, publish: Publish, progress: Option<Progress>) -> Token {
        let token = self.token();
        let sending = Sending { publish, progress, sent: false, counted: false };
        self.messages.insert(token, sending);
        token
    }

    /// Takes a wish to subscribe.
    pub(crate) fn subscribe(
        &mut self,
        subscriptions: Vec<Subscription>,
        reply: Option<oneshot::Sender<Subscribed>>,
        limits: &ServerLimits,
    ) -> Asking {
        let last = &mut self.last_token;
        let next = || {
            *last += 1;
            *last
        };
        self.requests.subscribe(subscriptions, reply, (limits, self.version), next)
    }

    /// Takes a wish to unsubscribe.
    pub(crate) fn unsubscribe(
        &mut self,
        filters: Vec<TopicFilter>,
        reply: oneshot::Sender<Unsubscribed>,
    ) -> Token {
        let token = self.token();
        self.requests.unsubscribe(token, filters, reply);
        token
    }

    fn token(&mut self) -> Token {
        self.last_token += 1;
        self.last_token
    }

    /// Whether no message is on its way.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The engine sends, or sends again, this message.
    pub(crate) fn depart(&mut self, token: Token, engine_id: u16) -> Departure {
        let Some(sending) = self.messages.get_mut(&token) else { return Departure::Gone };
        let mut publish = sending.publish.clone();
        let awaits = match publish.qos {
            QoS::AtMostOnce => return Departure::Send(Packet::Publish(publish)),
            QoS::AtLeastOnce => Awaits::PubAck,
            QoS::ExactlyOnce => Awaits::PubRec,
        };
        if self.flights.is_taken(token, engine_id) {
            return Departure::Taken;
        }
        if self.under_way >= self.window {
            self.held.push_back((token, engine_id));
            return Departure::Held;
        }
        let Some(id) = self.flights.depart(Flight { token, engine_id, awaits }) else {
            self.held.push_back((token, engine_id));
            return Departure::Held;
        };
        self.under_way += 1;
        sending.counted = true;
        publish.packet_id = Some(id);
        publish.dup = sending.sent;
        Departure::Send(Packet::Publish(publish))
    }

    /// A message that was held and may go now.
    pub(crate) fn next_held(&mut self) -> Option<(Token, Packet)> {
        while self.under_way < self.window {
            let (token, engine_id) = self.held.pop_front()?;
            if let Departure::Send(packet) = self.depart(token, engine_id) {
                return Some((token, packet));
            }
        }
        None
    }

    /// A message that cannot be sent ends. Gives the identifier it has in the engine, if any.
    pub(crate) fn refuse(&mut self, token: Token, cause: MqttError) -> Option<(u16, QoS)> {
        let sending = self.messages.remove(&token)?;
        self.under_way -= usize::from(sending.counted);
        if let Some(progress) = &sending.progress {
            progress.failed(cause);
        }
        let engine_id = self.flights.cancel(token)?;
        Some((engine_id, sending.publish.qos))
    }

    /// The engine releases a QoS 2 message: the identifier for PUBREL on the wire.
    pub(crate) fn release(&mut self, engine_id: u16) -> Option<u16> {
        let id = self.flights.on_wire(engine_id)?;
        self.flights.awaiting(id, Awaits::Release)?;
        self.flights.now_awaits(id, Awaits::PubComp);
        Some(id)
    }

    /// The engine sends a request.
    pub(crate) fn depart_request(
        &mut self,
        token: Token,
        engine_id: u16,
        packet: PacketType,
    ) -> Departure {
        let subscribes = packet == PacketType::Subscribe;
        let awaits = if subscribes { Awaits::SubAck } else { Awaits::UnsubAck };
        let Some(id) = self.flights.depart(Flight { token, engine_id, awaits }) else {
            return Departure::Gone;
        };
        let packet = if subscribes {
            self.requests.subscribe_packet(token, id).map(Packet::Subscribe)
        } else {
            self.requests.unsubscribe_packet(token, id).map(Packet::Unsubscribe)
        };
        match packet {
            Some(packet) => Departure::Send(packet),
            None => {
                self.flights.land(id);
                Departure::Gone
            }
        }
    }

    /// A message has been written to its last byte. With QoS 0 that is the end of it.
    pub(crate) fn written(&mut self, token: Token) {
        let Some(sending) = self.messages.get_mut(&token) else { return };
        sending.sent = true;
        if let Some(progress) = &sending.progress {
            progress.sent();
        }
        if sending.publish.qos == QoS::AtMostOnce {
            self.messages.remove(&token);
        }
    }

    /// PUBACK came. Gives the engine's identifier, if there is such a message.
    pub(crate) fn puback(&mut self, ack: &Ack) -> Option<u16> {
        let flight = self.flights.awaiting(ack.packet_id, Awaits::PubAck)?;
        // It goes again first: until then the engine takes no answer.
        self.messages.get(&flight.token).filter(|sending| sending.counted)?;
        self.end(ack, flight);
        Some(flight.engine_id)
    }

    /// PUBREC came.
    pub(crate) fn pubrec(&mut self, ack: &Ack) -> PubRec {
        if self.flights.awaiting(ack.packet_id, Awaits::PubComp).is_some() {
            return PubRec::Again;
        }
        if self.flights.awaiting(ack.packet_id, Awaits::Release).is_some() {
            return PubRec::Soon;
        }
        let Some(flight) = self.flights.awaiting(ack.packet_id, Awaits::PubRec) else {
            return PubRec::Unknown;
        };
        if !self.messages.get(&flight.token).is_some_and(|sending| sending.counted) {
            return PubRec::Soon;
        }
        if ack.reason.is_failure() {
            self.end(ack, flight);
            return PubRec::Refused(flight.engine_id);
        }
        self.flights.now_awaits(ack.packet_id, Awaits::Release);
        PubRec::Accepted(flight.engine_id)
    }

    /// PUBCOMP came. Gives the engine's identifier, if there is such a message.
    pub(crate) fn pubcomp(&mut self, ack: &Ack) -> Option<u16> {
        let flight = self.flights.awaiting(ack.packet_id, Awaits::PubComp)?;
        self.end(ack, flight);
        Some(flight.engine_id)
    }

    fn end(&mut self, ack: &Ack, flight: Flight) {
        self.flights.land(ack.packet_id);
        let Some(sending) = self.messages.remove(&flight.token) else { return };
        self.under_way -= usize::from(sending.counted);
        if let Some(progress) = sending.progress {
            // After PUBREC the message is the broker's; that it no longer knows the identifier
            // only means that it has finished (MQTT 5 §4.3.3).
            let taken = flight.awaits == Awaits::PubComp;
            let reason = Reason::v5(ack.reason.0, reason_string(&ack.properties));
            progress.answered(reason, taken);
        }
    }

    /// SUBACK came. Gives the engine's identifier, and the whole answer if it is complete.
    pub(crate) fn suback(&mut self, suback: &SubAck) -> Option<(u16, Option<Event>)> {
        let flight = self.flights.awaiting(suback.packet_id, Awaits::SubAck)?;
        self.flights.land(suback.packet_id);
        let said = reason_string(&suback.properties);
        let (codes, version) = (&suback.reasons, self.version);
        let event = self.requests.subscribed(flight.token, codes, said.as_deref(), version);
        Some((flight.engine_id, event))
    }

    /// UNSUBACK came. Gives the engine's identifier, and the filters that have ended.
    pub(crate) fn unsuback(&mut self, unsuback: &UnsubAck) -> Option<(u16, Vec<TopicFilter>)> {
        let flight = self.flights.awaiting(unsuback.packet_id, Awaits::UnsubAck)?;
        self.flights.land(unsuback.packet_id);
        let said = reason_string(&unsuback.properties);
        let (codes, version) = (&unsuback.reasons, self.version);
        let ended = self.requests.unsubscribed(flight.token, codes, said.as_deref(), version);
        Some((flight.engine_id, ended))
    }

    /// The connection has ended. Messages of QoS 1 and 2 wait for the session; the rest ends. Gives
    /// the subscriptions that were not answered.
    pub(crate) fn disconnected(&mut self, cause: &MqttError) -> Vec<Subscription> {
        self.under_way = 0;
        self.held.clear();
        self.flights.land_requests();
        self.flights.release_again();
        self.messages.retain(|_, sending| {
            sending.counted = false;
            sending.publish.qos != QoS::AtMostOnce
        });
        self.requests.fail(cause)
    }

    /// The session has ended, and with it everything that waits for an answer. `answer`: the
    /// broker has just closed the connection, and this soon after a message it may be its answer.
    pub(crate) fn session_ended(&mut self, answer: Option<Duration>) {
        self.flights.clear();
        for progress in self.messages.drain().filter_map(|(_, sending)| sending.progress) {
            let answered = answer.is_some_and(|soon| progress.was_sent_within(soon));
            let cause =
                if answered { MqttError::ClosedAfterPublish } else { MqttError::SessionLost };
            progress.lost(cause);
        }
    }
}

#[cfg(test)]
mod tests;
