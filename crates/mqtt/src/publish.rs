//! The way of one publish: queued, sent, and how it ended.
//!
//! Promise: every ticket ends. Whoever holds the writing end and drops it without a word has thereby
//! said that the message failed.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use wiretree_model::{QoS, Timestamp};

use crate::budget::Room;
use crate::state::now;
use crate::{MqttError, Reason};

/// How far a publish has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    /// It waits to be written.
    Queued,
    /// It was handed to the network. With QoS 0 this is the end: nobody will say more.
    Sent,
    /// The broker has taken it: PUBACK with QoS 1, PUBCOMP with QoS 2.
    Acknowledged {
        /// The time from sending to the acknowledgement.
        after: Duration,
        /// When it came.
        at: Timestamp,
        /// Success, or a remark such as "No matching subscribers"; 3.1.1 knows only success.
        reason: Reason,
    },
    /// It was not sent, or the broker did not take it.
    Failed {
        /// Why.
        cause: MqttError,
    },
    /// It was sent, and the connection or the session ended before the answer came: the broker may
    /// have taken it or not. To send it again may mean to send it twice.
    Unknown {
        /// What ended.
        cause: MqttError,
    },
}

/// Tells how a publish goes on. To drop it changes nothing for the message.
#[derive(Clone, Debug)]
pub struct PublishTicket {
    outcome: watch::Receiver<PublishOutcome>,
}

impl PublishTicket {
    /// Where it stands now.
    pub fn outcome(&self) -> PublishOutcome {
        self.outcome.borrow().clone()
    }

    /// Waits for the next step. A slow reader may miss one in the middle, never the last.
    /// `None`: the last has been told. Safe to cancel.
    pub async fn changed(&mut self) -> Option<PublishOutcome> {
        self.outcome.changed().await.ok()?;
        Some(self.outcome.borrow_and_update().clone())
    }

    /// Waits for the end: [`PublishOutcome::Sent`] with QoS 0, otherwise acknowledged,
    /// failed or unknown.
    pub async fn finished(mut self) -> PublishOutcome {
        while self.changed().await.is_some() {}
        self.outcome()
    }

    /// A ticket that has ended before it began.
    pub(crate) fn failed(cause: MqttError) -> Self {
        let (_, outcome) = watch::channel(PublishOutcome::Failed { cause });
        Self { outcome }
    }
}

/// The writing end of a ticket.
#[derive(Debug)]
pub(crate) struct Progress {
    outcome: watch::Sender<PublishOutcome>,
    qos: QoS,
    sent_at: OnceLock<Instant>,
    _room: Option<Room>,
}

impl Progress {
    /// A ticket and its writing end. `room` is given back when the message has ended.
    pub(crate) fn new(qos: QoS, room: Option<Room>) -> (Self, PublishTicket) {
        let (sender, outcome) = watch::channel(PublishOutcome::Queued);
        let progress = Self { outcome: sender, qos, sent_at: OnceLock::new(), _room: room };
        (progress, PublishTicket { outcome })
    }

    /// It has been handed to the network.
    pub(crate) fn sent(&self) {
        let _ = self.sent_at.set(Instant::now());
        self.step(PublishOutcome::Sent);
    }

    /// It has ended.
    pub(crate) fn finish(&self, result: Result<Reason, MqttError>) {
        self.step(match result {
            // With QoS 0 the engine reports the flush, which is all there will ever be.
            Ok(_) if self.qos == QoS::AtMostOnce => PublishOutcome::Sent,
            Ok(reason) if reason.is_failure() => {
                PublishOutcome::Failed { cause: MqttError::Rejected(reason) }
            }
            Ok(reason) => {
                let after = self.sent_at.get().map(Instant::elapsed).unwrap_or_default();
                PublishOutcome::Acknowledged { after, at: now(), reason }
            }
            Err(MqttError::SessionLost) if self.sent_at.get().is_none() => {
                PublishOutcome::Failed { cause: MqttError::NotSent }
            }
            Err(MqttError::SessionLost) => {
                PublishOutcome::Unknown { cause: MqttError::SessionLost }
            }
            Err(cause) => PublishOutcome::Failed { cause },
        });
    }

    fn step(&self, next: PublishOutcome) {
        self.outcome.send_if_modified(|outcome| {
            let goes_on = !self.is_final(outcome) && *outcome != next;
            if goes_on {
                *outcome = next;
            }
            goes_on
        });
    }

    fn is_final(&self, outcome: &PublishOutcome) -> bool {
        match outcome {
            PublishOutcome::Queued => false,
            PublishOutcome::Sent => self.qos == QoS::AtMostOnce,
            PublishOutcome::Acknowledged { .. }
            | PublishOutcome::Failed { .. }
            | PublishOutcome::Unknown { .. } => true,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // Only takes effect when nothing final was said before.
        self.finish(Err(MqttError::SessionLost));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn success() -> Reason {
        Reason::v5(0, None)
    }

    #[tokio::test]
    async fn each_step_is_told_and_the_last_one_stays() {
        let (progress, mut ticket) = Progress::new(QoS::AtLeastOnce, None);
        assert_eq!(ticket.outcome(), PublishOutcome::Queued);
        progress.sent();
        assert_eq!(ticket.changed().await, Some(PublishOutcome::Sent));
        progress.finish(Ok(success()));
        progress.sent();
        progress.finish(Err(MqttError::Closed));
        drop(progress);
        let last = ticket.changed().await;
        assert!(matches!(last, Some(PublishOutcome::Acknowledged { .. })), "{last:?}");
        assert_eq!(ticket.changed().await, None);
    }

    #[tokio::test]
    async fn qos_0_ends_with_sent() {
        let (progress, ticket) = Progress::new(QoS::AtMostOnce, None);
        progress.finish(Ok(success()));
        drop(progress);
        assert_eq!(ticket.finished().await, PublishOutcome::Sent);
    }

    #[tokio::test]
    async fn a_writer_that_vanishes_leaves_a_cause() {
        let (progress, ticket) = Progress::new(QoS::ExactlyOnce, None);
        drop(progress);
        let cause = MqttError::NotSent;
        assert_eq!(ticket.finished().await, PublishOutcome::Failed { cause });

        let (progress, ticket) = Progress::new(QoS::ExactlyOnce, None);
        progress.sent();
        drop(progress);
        let cause = MqttError::SessionLost;
        assert_eq!(ticket.finished().await, PublishOutcome::Unknown { cause });
    }

    #[tokio::test]
    async fn a_refusing_acknowledgement_is_a_failure() {
        let (progress, ticket) = Progress::new(QoS::AtLeastOnce, None);
        let reason = Reason::v5(0x87, None);
        progress.finish(Ok(reason.clone()));
        drop(progress);
        let cause = MqttError::Rejected(reason);
        assert_eq!(ticket.finished().await, PublishOutcome::Failed { cause });
    }
}
