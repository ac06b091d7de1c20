//! What is published from here: recorded when it is given to the broker's edge, and what became of
//! it noted when that is known.
//!
//! It stands in the history before whatever the broker makes of it, also where it fails at once. The
//! tree does not show it: what a broker sends back comes in like everything else.

use tokio::sync::oneshot;
use wiretree_model::{Properties, Publish, Timestamp, Topic};
use wiretree_mqtt::{PublishOutcome, PublishTicket};
use wiretree_store::{PublishEnding, StoredOutcome};

use super::Actor;
use crate::Gesture;
use crate::clock::now;
use crate::pace::Change;

/// A publish that has ended.
pub(super) struct Sent {
    /// Its number; none: it is not recorded.
    sequence: Option<u64>,
    /// The topic of a retained message, and whether it is one that the broker keeps.
    retained: Option<(Topic, bool)>,
    outcome: PublishOutcome,
    at: Timestamp,
}

impl Actor {
    pub(super) fn publish(&mut self, publish: Publish, reply: oneshot::Sender<PublishTicket>) {
        let sequence = self.record_sent(&publish);
        let retained = publish.retain.then(|| (publish.topic.clone(), !publish.payload.is_empty()));
        let connection = self.connection.clone();
        self.sending.spawn(async move {
            let ticket = connection.publish(publish).await;
            // Who asked may have gone.
            let _ = reply.send(ticket.clone());
            let outcome = ticket.finished().await;
            Sent { sequence, retained, outcome, at: now() }
        });
    }

    /// Gives the history what goes onto the wire; there it may get a packet identifier.
    fn record_sent(&mut self, publish: &Publish) -> Option<u64> {
        let mut publish = Publish { dup: false, packet_id: None, ..publish.clone() };
        if !self.protocol.has_properties() {
            publish.properties = Properties::default();
        }
        match self.recorder.number_sent(publish, now()) {
            Ok(message) => {
                let sequence = message.sequence;
                self.counters.send();
                let lost = self.recorder.offer(vec![message]);
                self.note_lost(lost);
                Some(sequence)
            }
            Err(for_want_of_room) => {
                if for_want_of_room {
                    self.counters.send();
                    self.counters.drop_sent(1);
                    self.pace.note(Change::Facts);
                }
                None
            }
        }
    }

    /// Notes how a publish ended.
    ///
    /// Subscribers get what was published without RETAIN, unless they speak MQTT 5 and ask for it;
    /// so the mark in the tree follows the acknowledgement.
    pub(super) fn note_sent(&mut self, sent: Option<Sent>) {
        let Some(Sent { sequence, retained, outcome, at }) = sent else { return };
        if let (PublishOutcome::Acknowledged { .. }, Some((topic, is_kept))) = (&outcome, retained)
        {
            self.picture.look(Gesture::MarkRetained(topic, is_kept));
            self.pace.note(Change::Gesture);
        }
        if let Some(sequence) = sequence {
            self.recorder.note_outcome(sequence, StoredOutcome { at, ending: ending(outcome) });
        }
    }
}

fn ending(outcome: PublishOutcome) -> PublishEnding {
    match outcome {
        PublishOutcome::Sent => PublishEnding::Sent,
        PublishOutcome::Acknowledged { after, reason, .. } => PublishEnding::Acknowledged {
            after,
            reason_code: reason.code,
            reason: reason.to_string(),
        },
        PublishOutcome::Failed { cause } => PublishEnding::Failed { cause: cause.to_string() },
        PublishOutcome::Unknown { cause } => PublishEnding::Unknown { cause: cause.to_string() },
        // No ticket ends like this.
        PublishOutcome::Queued => PublishEnding::Unknown { cause: String::new() },
    }
}
