//! What waits for one client: packets to write next, messages that wait for a free place in the
//! window, and messages that wait for their acknowledgement.
//!
//! Bounded by bytes: a message that does not fit is refused, and the caller counts it. Survives the
//! connection, as the session does (MQTT 5 §4.1).

use std::collections::VecDeque;

use tokio::time::Instant;
use wiretree_model::{ProtocolVersion, Publish, QoS};
use wiretree_wire::{Ack, Packet, ReasonCode, encode};

use super::limits;
use super::message::{Kept, weight};

/// The messages for one client, in order.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// Written next, in this order. Empty while there is no connection.
    ready: VecDeque<Packet>,
    /// QoS 1 and 2, until the window has a place.
    held: VecDeque<Kept>,
    /// QoS 1 and 2, sent and not acknowledged, in the order of sending.
    unacknowledged: VecDeque<Unacknowledged>,
    last_id: u16,
    window: usize,
    /// Of everything in the three lists, in bytes.
    weight: usize,
}

#[derive(Debug)]
struct Unacknowledged {
    packet_id: u16,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// PUBLISH was sent.
    Published(Publish),
    /// QoS 2: PUBREC came and PUBREL was sent.
    Released,
}

impl Outgoing {
    /// The client is back, or there for the first time: what it has not acknowledged is sent again
    /// (MQTT 5 §4.4), in order, before anything else.
    pub(super) fn connected(&mut self, window: u16, now: Instant) {
        self.window = usize::from(window);
        let again: Vec<_> = self.unacknowledged.iter().map(Unacknowledged::again).collect();
        for packet in again {
            self.control(packet);
        }
        self.fill_window(now);
    }

    /// The connection is gone: what was only written to it is, too.
    pub(super) fn disconnected(&mut self) {
        for packet in std::mem::take(&mut self.ready) {
            self.weight -= packet_weight(&packet);
        }
        self.window = 0;
    }

    /// Queues a packet that is not a new message.
    pub(super) fn control(&mut self, packet: Packet) {
        self.weight += packet_weight(&packet);
        self.ready.push_back(packet);
    }

    /// Queues a message. False if there is no room for it. One message is always taken.
    pub(super) fn message(&mut self, publish: Publish, now: Instant) -> bool {
        let weight = weight(&publish);
        if self.weight > 0 && self.weight + weight > limits::QUEUE {
            return false;
        }
        if publish.qos == QoS::AtMostOnce {
            self.control(Packet::Publish(publish));
            return true;
        }
        self.weight += weight;
        self.held.push_back(Kept::new(publish, now));
        self.fill_window(now);
        true
    }

    /// PUBACK, or a PUBREC that says no: the message is done with.
    pub(super) fn acknowledged(&mut self, packet_id: u16, now: Instant) {
        self.remove(packet_id);
        self.fill_window(now);
    }

    /// PUBREC: the message is the client's now, its identifier not yet free (MQTT 5 §4.3.3).
    pub(super) fn received(&mut self, packet_id: u16) {
        let found = self.unacknowledged.iter_mut().find(|entry| entry.packet_id == packet_id);
        let reason = match found {
            None => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
            Some(entry) => {
                if let Phase::Published(publish) = &entry.phase {
                    self.weight -= weight(publish);
                }
                entry.phase = Phase::Released;
                ReasonCode::SUCCESS
            }
        };
        self.control(Packet::PubRel(Ack { packet_id, reason, ..Ack::default() }));
    }

    /// Whether a client lets even its acknowledgements pile up.
    pub(super) fn is_overrun(&self) -> bool {
        self.weight > 2 * limits::QUEUE + limits::PACKET
    }

    /// The bytes to write next, about [`limits::BATCH`] of them; `None` if there is nothing. Counts
    /// in `sent` the messages among them, and in `dropped` those larger than the client takes.
    pub(super) fn take_batch(
        &mut self,
        version: ProtocolVersion,
        largest: usize,
        sent: &mut u64,
        dropped: &mut u64,
    ) -> Option<Vec<u8>> {
        let mut batch = Vec::new();
        while batch.len() < limits::BATCH {
            let Some(packet) = self.ready.pop_front() else { break };
            self.weight -= packet_weight(&packet);
            let before = batch.len();
            let is_encoded = encode(&packet, version, &mut batch).is_ok();
            if is_encoded && batch.len() - before <= largest {
                *sent += u64::from(matches!(packet, Packet::Publish(_)));
                continue;
            }
            // MQTT 5 §3.1.2.11.4: as if it had been sent.
            batch.truncate(before);
            if let Packet::Publish(publish) = packet {
                *dropped += 1;
                if let Some(packet_id) = publish.packet_id {
                    self.acknowledged(packet_id, Instant::now());
                }
            }
        }
        (!batch.is_empty()).then_some(batch)
    }

    fn fill_window(&mut self, now: Instant) {
        while self.unacknowledged.len() < self.window {
            let Some(kept) = self.held.pop_front() else { return };
            self.weight -= kept.weight();
            let Some(mut publish) = kept.at(now) else { continue };
            let packet_id = self.free_id();
            publish.packet_id = Some(packet_id);
            self.weight += weight(&publish);
            let phase = Phase::Published(publish.clone());
            self.unacknowledged.push_back(Unacknowledged { packet_id, phase });
            self.control(Packet::Publish(publish));
        }
    }

    /// There is one: the window is far smaller than the range of identifiers.
    fn free_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if !self.unacknowledged.iter().any(|entry| entry.packet_id == self.last_id) {
                return self.last_id;
            }
        }
    }

    fn remove(&mut self, packet_id: u16) {
        let place = self.unacknowledged.iter().position(|entry| entry.packet_id == packet_id);
        let removed = place.and_then(|place| self.unacknowledged.remove(place));
        if let Some(Unacknowledged { phase: Phase::Published(publish), .. }) = removed {
            self.weight -= weight(&publish);
        }
    }
}

impl Unacknowledged {
    fn again(&self) -> Packet {
        match &self.phase {
            Phase::Published(publish) => Packet::Publish(Publish { dup: true, ..publish.clone() }),
            Phase::Released => Packet::PubRel(Ack { packet_id: self.packet_id, ..Ack::default() }),
        }
    }
}

fn packet_weight(packet: &Packet) -> usize {
    const CONTROL: usize = 256;
    match packet {
        Packet::Publish(publish) => weight(publish),
        Packet::SubAck(suback) => CONTROL + suback.reasons.len(),
        Packet::UnsubAck(unsuback) => CONTROL + unsuback.reasons.len(),
        _ => CONTROL,
    }
}

#[cfg(test)]
mod tests;
