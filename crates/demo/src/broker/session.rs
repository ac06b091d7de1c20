//! A session: what the broker knows about one client, connected or not (MQTT 5 §4.1).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wiretree_model::{Property, ProtocolVersion, Publish, QoS, Topic, TopicFilter};
use wiretree_wire::{Disconnect, Packet, ReasonCode, SubscriptionOptions, Will, encode};

use super::actor::LinkId;
use super::outgoing::Outgoing;

/// The connection of a session, seen from the actor. Dropping it closes the connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    batches: mpsc::Sender<Vec<u8>>,
    /// Dropped with the link, which tells a writer that is stuck.
    _closing: oneshot::Sender<()>,
    /// A batch is with the connection; the next one goes when it is written.
    pub(super) is_writing: bool,
    /// The largest packet the client takes, in bytes.
    pub(super) largest: usize,
    /// The topics the client's aliases stand for.
    pub(super) aliases: HashMap<u16, Topic>,
}

/// One subscription of a session.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) filter: TopicFilter,
    pub(super) options: SubscriptionOptions,
    pub(super) identifier: Option<u32>,
}

/// One client.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) version: ProtocolVersion,
    pub(super) link: Option<Link>,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) outgoing: Outgoing,
    /// QoS 2: identifiers of messages that were taken and not released yet.
    pub(super) unreleased: HashSet<u16>,
    pub(super) will: Option<Will>,
    /// Session Expiry Interval in seconds; `u32::MAX` is for ever (MQTT 5 §3.1.2.11.2).
    pub(super) expiry: u32,
    /// When it ends, if the client does not come back.
    pub(super) ends: Option<Instant>,
    /// When its will is published, if the client does not come back.
    pub(super) will_due: Option<Instant>,
}

impl Link {
    pub(super) fn new(
        id: LinkId,
        batches: mpsc::Sender<Vec<u8>>,
        closing: oneshot::Sender<()>,
    ) -> Self {
        let (largest, aliases) = (usize::MAX, HashMap::new());
        Self { id, batches, _closing: closing, is_writing: false, largest, aliases }
    }

    /// Hands a batch over. Only when none is being written, and at the very end.
    pub(super) fn write(&mut self, batch: Vec<u8>) {
        // The channel has a place for the one batch and one for the end; if it is closed, the
        // connection is gone and says so itself.
        self.is_writing = self.batches.try_send(batch).is_ok();
    }

    /// Writes one last packet and closes.
    pub(super) fn end_with(mut self, packet: &Packet, version: ProtocolVersion) {
        let mut bytes = Vec::new();
        if encode(packet, version, &mut bytes).is_ok() {
            self.write(bytes);
        }
    }
}

impl Subscription {
    pub(super) fn is_shared(&self) -> bool {
        self.filter.as_str().starts_with("$share/")
    }

    /// A message as this subscription alone would get it.
    pub(super) fn copy(&self, publish: &Publish) -> Publish {
        copy(publish, &[self]).unwrap_or_default()
    }
}

impl Session {
    /// The message as this client gets it; `None` if it has not subscribed to it. One copy, however
    /// many of its filters match (MQTT 5 §3.3.4).
    pub(super) fn copy_of(&self, publish: &Publish, is_own: bool) -> Option<Publish> {
        let matching: Vec<_> = self
            .subscriptions
            .iter()
            .filter(|one| !one.is_shared())
            .filter(|one| !(is_own && one.options.no_local))
            .filter(|one| one.filter.matches(&publish.topic))
            .collect();
        copy(publish, &matching)
    }

    /// Queues a message for the client. False if it was dropped; with QoS 0 nothing waits for a
    /// client that is not there.
    pub(super) fn deliver(&mut self, publish: Publish, now: Instant) -> bool {
        if self.link.is_none() && publish.qos == QoS::AtMostOnce {
            return true;
        }
        self.outgoing.message(publish, now)
    }

    /// Closes the connection and tells an MQTT 5 client why.
    pub(super) fn close(&mut self, reason: Option<ReasonCode>) {
        self.outgoing.disconnected();
        let Some(link) = self.link.take() else { return };
        if let (Some(reason), ProtocolVersion::V5) = (reason, self.version) {
            let packet = Packet::Disconnect(Disconnect { reason, ..Disconnect::default() });
            link.end_with(&packet, self.version);
        }
    }

    /// How long the will waits: not longer than the session lasts (MQTT 5 §3.1.3.2.2).
    pub(super) fn will_delay(&self) -> Duration {
        let delay = self.will.as_ref().and_then(|will| {
            will.properties.iter().find_map(|property| match property {
                Property::WillDelayInterval(seconds) => Some(*seconds),
                _ => None,
            })
        });
        Duration::from_secs(u64::from(delay.unwrap_or_default().min(self.expiry)))
    }
}

fn copy(publish: &Publish, matching: &[&Subscription]) -> Option<Publish> {
    let qos = matching.iter().map(|one| one.options.qos).max()?;
    let keeps_retain = matching.iter().any(|one| one.options.retain_as_published);
    let mut copy = publish.clone();
    copy.qos = qos.min(publish.qos);
    copy.retain = publish.retain && keeps_retain;
    copy.dup = false;
    copy.packet_id = None;
    let identifiers = matching.iter().filter_map(|one| one.identifier);
    copy.properties.0.extend(identifiers.map(Property::SubscriptionIdentifier));
    Some(copy)
}
