//! The way of one publish: queued, sent, and how it ended.
//!
//! Promise: every ticket ends. Whoever holds the writing end and drops it without a word has thereby
//! said that the message failed.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use wiretree_model::{MqttString, Properties, Property, ProtocolVersion, Publish, QoS, Timestamp};

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

    /// The broker has answered. `taken`: whatever it says now, it has taken the message.
    pub(crate) fn answered(&self, reason: Reason, taken: bool) {
        self.step(if reason.is_failure() && !taken {
            PublishOutcome::Failed { cause: MqttError::Rejected(reason) }
        } else {
            let after = self.sent_at.get().map(Instant::elapsed).unwrap_or_default();
            PublishOutcome::Acknowledged { after, at: now(), reason }
        });
    }

    /// It was not accepted on our side.
    pub(crate) fn failed(&self, cause: MqttError) {
        self.step(PublishOutcome::Failed { cause });
    }

    /// Nobody will answer any more.
    pub(crate) fn lost(&self, cause: MqttError) {
        self.step(match self.sent_at.get() {
            Some(_) => PublishOutcome::Unknown { cause },
            None => PublishOutcome::Failed { cause: MqttError::NotSent },
        });
    }

    /// Whether it was handed to the network this short a time ago.
    pub(crate) fn was_sent_within(&self, time: Duration) -> bool {
        self.sent_at.get().is_some_and(|sent| sent.elapsed() <= time)
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
        self.lost(MqttError::SessionLost);
    }
}

/// The message as it may be sent.
///
/// What only a broker may say is left out, and so is a topic alias: it belongs to one connection,
/// and a message may see several.
///
/// # Errors
/// A topic that cannot be published to, or text that is not UTF-8.
pub(crate) fn prepared(
    mut publish: Publish,
    version: ProtocolVersion,
) -> Result<Publish, MqttError> {
    publish
        .topic
        .check_to_publish()
        .map_err(|error| MqttError::InvalidTopic(format!("The topic cannot be used: {error}")))?;
    publish.dup = false;
    publish.packet_id = None;
    if !version.has_properties() {
        publish.properties = Properties::default();
    }
    let list = &mut publish.properties.0;
    list.retain(is_for_clients);
    list.iter().try_for_each(check_text)?;
    Ok(publish)
}

/// What a client may say with PUBLISH (MQTT 5 §3.3.2.3).
fn is_for_clients(property: &Property) -> bool {
    matches!(
        property,
        Property::PayloadFormatIndicator(_)
            | Property::MessageExpiryInterval(_)
            | Property::ContentType(_)
            | Property::ResponseTopic(_)
            | Property::CorrelationData(_)
            | Property::UserProperty(..)
    )
}

fn check_text(property: &Property) -> Result<(), MqttError> {
    let check = |what, text: &MqttString| match text.as_str() {
        Some(text) if !text.contains('\0') => Ok(()),
        _ => Err(MqttError::InvalidProperty(what)),
    };
    match property {
        Property::ContentType(text) => check("content type", text),
        Property::ResponseTopic(text) => check("response topic", text),
        Property::UserProperty(name, value) => check("name of a user property", name)
            .and_then(|()| check("value of a user property", value)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn success() -> Reason {
        Reason::v5(0, None)
    }

    #[test]
    fn what_a_client_may_say_is_kept_in_order_and_the_rest_is_left_out() {
        let pair = |name: &str, value: &str| Property::UserProperty(name.into(), value.into());
        let kept = vec![
            pair("k", "2"),
            Property::PayloadFormatIndicator(1),
            Property::MessageExpiryInterval(60),
            Property::ContentType("text/plain".into()),
            Property::ResponseTopic("answers/here".into()),
            Property::CorrelationData([0, 255].as_slice().to_vec().into()),
            pair("a", ""),
            pair("k", "1"),
        ];
        let mut list = kept.clone();
        list.insert(1, Property::SubscriptionIdentifier(7));
        list.push(Property::TopicAlias(3));
        let publish = Publish {
            topic: wiretree_model::Topic::received("t"),
            dup: true,
            packet_id: Some(1),
            properties: Properties(list),
            ..Publish::default()
        };
        let sent = prepared(publish.clone(), ProtocolVersion::V5).unwrap();
        assert_eq!((sent.properties.0, sent.dup, sent.packet_id), (kept, false, None));
        let sent = prepared(publish, ProtocolVersion::V311).unwrap();
        assert!(sent.properties.is_empty());
    }

    #[test]
    fn what_no_broker_may_be_sent_is_refused_by_name() {
        let code = |topic: &str, property| {
            let publish = Publish {
                topic: wiretree_model::Topic::received(topic),
                properties: Properties(vec![property]),
                ..Publish::default()
            };
            prepared(publish, ProtocolVersion::V5).map_err(|error| error.code()).err()
        };
        let good = || Property::ContentType("text/plain".into());
        let bad = MqttString::from(bytes::Bytes::from_static(&[0xff]));
        assert_eq!(code("t", good()), None);
        assert_eq!(code("a/+", good()), Some("invalid-topic"));
        assert_eq!(code("t", Property::ContentType(bad)), Some("invalid-property"));
        let null = Property::UserProperty("a".into(), "\0".into());
        assert_eq!(code("t", null), Some("invalid-property"));
    }

    #[tokio::test]
    async fn each_step_is_told_and_the_last_one_stays() {
        let (progress, mut ticket) = Progress::new(QoS::AtLeastOnce, None);
        assert_eq!(ticket.outcome(), PublishOutcome::Queued);
        progress.sent();
        assert_eq!(ticket.changed().await, Some(PublishOutcome::Sent));
        progress.answered(success(), false);
        progress.sent();
        progress.failed(MqttError::Closed);
        drop(progress);
        let last = ticket.changed().await;
        assert!(matches!(last, Some(PublishOutcome::Acknowledged { .. })), "{last:?}");
        assert_eq!(ticket.changed().await, None);
    }

    #[tokio::test]
    async fn qos_0_ends_with_sent() {
        let (progress, ticket) = Progress::new(QoS::AtMostOnce, None);
        progress.sent();
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
        progress.answered(reason.clone(), false);
        drop(progress);
        let cause = MqttError::Rejected(reason);
        assert_eq!(ticket.finished().await, PublishOutcome::Failed { cause });
    }
}
