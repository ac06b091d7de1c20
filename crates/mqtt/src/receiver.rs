//! The receiving side of QoS 1 and 2 (MQTT 5 §4.3): what is delivered, and what is acknowledged when.
//!
//! Pure. Promises: a QoS 2 message is delivered once, also over reconnects that find the session
//! again; nothing is acknowledged before it is recorded, when that is asked for; acknowledgements
//! leave in the order of the messages (§4.6). What was not acknowledged when the connection ended is
//! forgotten here: the broker sends it again.

use std::collections::{HashMap, VecDeque};

use wiretree_model::{Acknowledge, QoS};

/// An acknowledgement that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// Ends a QoS 1 message.
    PubAck(u16),
    /// Answers a QoS 2 message; PUBREL and PUBCOMP follow.
    PubRec(u16),
}

/// What to do with a PUBLISH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Hand it on.
    Deliver,
    /// It has been handed on before.
    Duplicate,
    /// More than we said may be under way (§3.3.4).
    TooMany,
}

/// A QoS 2 message between PUBLISH and PUBREL.
#[derive(Clone, Copy, Debug)]
struct Unreleased {
    number: u64,
    counted: bool,
}

/// The state of the receiving side.
#[derive(Debug)]
pub(crate) struct Receiver {
    after_commit: bool,
    receive_maximum: usize,
    /// How many messages have been handed on since the opening,
    delivered: u64,
    /// and how many of those, from the first on, are safe.
    recorded: u64,
    /// QoS 2 messages between PUBLISH and PUBREL.
    exactly_once: HashMap<u16, Unreleased>,
    /// How many of those came on this connection: the broker counts anew on each (MQTT 5 §4.9).
    counted_qos2: usize,
    /// Receipts that wait for the message of this number to be recorded.
    waiting: VecDeque<(u64, Receipt)>,
    /// How many of those are for QoS 1.
    waiting_qos1: usize,
}

impl Receiver {
    /// `receive_maximum` is what CONNECT says; none is the largest there can be.
    pub(crate) fn new(acknowledge: Acknowledge, receive_maximum: Option<u16>) -> Self {
        Self {
            after_commit: acknowledge == Acknowledge::AfterCommit,
            receive_maximum: receive_maximum.unwrap_or(u16::MAX).into(),
            delivered: 0,
            recorded: 0,
            exactly_once: HashMap::new(),
            counted_qos2: 0,
            waiting: VecDeque::new(),
            waiting_qos1: 0,
        }
    }

    /// A connection has begun.
    pub(crate) fn connected(&mut self, session_present: bool) {
        self.waiting.clear();
        self.waiting_qos1 = 0;
        self.counted_qos2 = 0;
        if !session_present {
            self.exactly_once.clear();
        }
        self.exactly_once.values_mut().for_each(|message| message.counted = false);
    }

    /// A message came in. The receipt for it is due at once or later.
    pub(crate) fn publish(&mut self, qos: QoS, packet_id: Option<u16>) -> Verdict {
        match (qos, packet_id) {
            (QoS::AtLeastOnce, Some(id)) => {
                if self.under_way() >= self.receive_maximum {
                    return Verdict::TooMany;
                }
                self.delivered += 1;
                self.waiting_qos1 += 1;
                self.waiting.push_back((self.delivered, Receipt::PubAck(id)));
            }
            (QoS::ExactlyOnce, Some(id)) => {
                if let Some(message) = self.exactly_once.get_mut(&id) {
                    self.counted_qos2 += usize::from(!message.counted);
                    message.counted = true;
                    let number = message.number;
                    self.again(number, id);
                    return Verdict::Duplicate;
                }
                if self.under_way() >= self.receive_maximum {
                    return Verdict::TooMany;
                }
                self.delivered += 1;
                self.counted_qos2 += 1;
                let message = Unreleased { number: self.delivered, counted: true };
                self.exactly_once.insert(id, message);
                self.waiting.push_back((self.delivered, Receipt::PubRec(id)));
            }
            _ => self.delivered += 1,
        }
        Verdict::Deliver
    }

    /// The receipt for a duplicate stands where its number belongs, unless it stands there already.
    fn again(&mut self, number: u64, id: u16) {
        let at = self.waiting.partition_point(|(other, _)| *other < number);
        if self.waiting.get(at).is_none_or(|(other, _)| *other != number) {
            self.waiting.insert(at, (number, Receipt::PubRec(id)));
        }
    }

    fn under_way(&self) -> usize {
        self.waiting_qos1 + self.counted_qos2
    }

    /// PUBREL came. Says whether the message it releases is known.
    pub(crate) fn release(&mut self, packet_id: u16) -> bool {
        let released = self.exactly_once.remove(&packet_id);
        self.counted_qos2 -= usize::from(released.is_some_and(|message| message.counted));
        released.is_some()
    }

    /// The first `messages` that were handed on are safe.
    pub(crate) fn recorded(&mut self, messages: u64) {
        self.recorded = self.recorded.max(messages);
    }

    /// The next receipt that may be sent now.
    pub(crate) fn due(&mut self) -> Option<Receipt> {
        let safe = if self.after_commit { self.recorded } else { u64::MAX };
        let (_, receipt) = self.waiting.pop_front_if(|(number, _)| *number <= safe)?;
        if let Receipt::PubAck(_) = receipt {
            self.waiting_qos1 -= 1;
        }
        Some(receipt)
    }

    /// Whether receipts wait for messages to be recorded.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QOS1: QoS = QoS::AtLeastOnce;
    const QOS2: QoS = QoS::ExactlyOnce;

    fn receiver(acknowledge: Acknowledge, receive_maximum: Option<u16>) -> Receiver {
        Receiver::new(acknowledge, receive_maximum)
    }

    fn due(receiver: &mut Receiver) -> Vec<Receipt> {
        std::iter::from_fn(|| receiver.due()).collect()
    }

    #[test]
    fn on_receipt_everything_is_acknowledged_at_once() {
        let mut receiver = receiver(Acknowledge::OnReceipt, None);
        assert_eq!(receiver.publish(QoS::AtMostOnce, None), Verdict::Deliver);
        assert_eq!(receiver.publish(QOS1, Some(1)), Verdict::Deliver);
        assert_eq!(receiver.publish(QOS2, Some(2)), Verdict::Deliver);
        assert_eq!(due(&mut receiver), [Receipt::PubAck(1), Receipt::PubRec(2)]);
    }

    #[test]
    fn after_commit_nothing_leaves_before_it_is_recorded_and_all_in_order() {
        let mut receiver = receiver(Acknowledge::AfterCommit, None);
        receiver.publish(QOS1, Some(7));
        receiver.publish(QoS::AtMostOnce, None);
        receiver.publish(QOS2, Some(5));
        receiver.publish(QOS1, Some(6));
        assert_eq!(due(&mut receiver), []);
        receiver.recorded(2);
        assert_eq!(due(&mut receiver), [Receipt::PubAck(7)]);
        receiver.recorded(1);
        assert_eq!(due(&mut receiver), [], "a count never goes back");
        receiver.recorded(4);
        assert_eq!(due(&mut receiver), [Receipt::PubRec(5), Receipt::PubAck(6)]);
        assert!(!receiver.is_waiting());
    }

    #[test]
    fn a_qos_2_message_is_delivered_once_until_it_is_released() {
        let mut receiver = receiver(Acknowledge::OnReceipt, None);
        assert_eq!(receiver.publish(QOS2, Some(9)), Verdict::Deliver);
        assert_eq!(receiver.publish(QOS2, Some(9)), Verdict::Duplicate);
        assert_eq!(due(&mut receiver), [Receipt::PubRec(9)]);
        assert_eq!(receiver.publish(QOS2, Some(9)), Verdict::Duplicate);
        assert_eq!(due(&mut receiver), [Receipt::PubRec(9)], "each one is answered");
        receiver.connected(true);
        assert_eq!(receiver.publish(QOS2, Some(9)), Verdict::Duplicate, "also when it is resumed");
        assert!(receiver.release(9));
        assert!(!receiver.release(9));
        assert_eq!(receiver.publish(QOS2, Some(9)), Verdict::Deliver);
        receiver.connected(false);
        assert_eq!(receiver.publish(QOS2, Some(9)), Verdict::Deliver, "another session");
    }

    #[test]
    fn a_duplicate_is_not_acknowledged_before_the_first_is_recorded() {
        let mut receiver = receiver(Acknowledge::AfterCommit, None);
        receiver.publish(QOS2, Some(9));
        receiver.publish(QOS1, Some(1));
        receiver.connected(true);
        assert_eq!(receiver.publish(QOS1, Some(1)), Verdict::Deliver, "QoS 1 may come twice");
        assert_eq!(receiver.publish(QOS2, Some(9)), Verdict::Duplicate);
        assert_eq!(due(&mut receiver), []);
        receiver.recorded(3);
        assert_eq!(due(&mut receiver), [Receipt::PubRec(9), Receipt::PubAck(1)]);
    }

    #[test]
    fn more_than_we_allowed_is_noticed() {
        let mut receiver = receiver(Acknowledge::AfterCommit, Some(2));
        receiver.publish(QOS1, Some(1));
        receiver.publish(QOS2, Some(2));
        assert_eq!(receiver.publish(QOS1, Some(3)), Verdict::TooMany);
        assert_eq!(receiver.publish(QOS2, Some(3)), Verdict::TooMany);
        assert_eq!(receiver.publish(QOS2, Some(2)), Verdict::Duplicate, "is under way already");
        assert_eq!(receiver.publish(QoS::AtMostOnce, None), Verdict::Deliver);
        receiver.recorded(2);
        due(&mut receiver);
        assert_eq!(receiver.publish(QOS1, Some(3)), Verdict::Deliver);
        assert_eq!(receiver.publish(QOS1, Some(4)), Verdict::TooMany, "until PUBREL and PUBCOMP");
    }

    #[test]
    fn what_may_be_under_way_is_counted_anew_on_each_connection() {
        let mut receiver = receiver(Acknowledge::OnReceipt, Some(2));
        receiver.publish(QOS2, Some(1));
        receiver.publish(QOS2, Some(2));
        receiver.connected(true);
        // MQTT 5 §4.9: the broker begins with its full quota, and may have forgotten those.
        assert_eq!(receiver.publish(QOS2, Some(3)), Verdict::Deliver);
        assert_eq!(receiver.publish(QOS2, Some(1)), Verdict::Duplicate);
        assert_eq!(receiver.publish(QOS1, Some(4)), Verdict::TooMany);
        receiver.release(2);
        assert_eq!(receiver.publish(QOS1, Some(4)), Verdict::TooMany, "it did not count here");
        receiver.release(1);
        assert_eq!(receiver.publish(QOS1, Some(4)), Verdict::Deliver);
    }

    proptest! {
        #[test]
        fn every_message_gets_its_receipt_once_and_in_order(
            qos in proptest::collection::vec(0_u8..3, 0..60),
            commits in proptest::collection::vec(0_u64..60, 0..10),
        ) {
            let mut receiver = receiver(Acknowledge::AfterCommit, None);
            let mut expected = Vec::new();
            for (id, bits) in (1_u16..).zip(&qos) {
                let qos = QoS::from_bits(*bits).unwrap();
                receiver.publish(qos, (*bits > 0).then_some(id));
                expected.extend(match bits {
                    1 => Some(Receipt::PubAck(id)),
                    2 => Some(Receipt::PubRec(id)),
                    _ => None,
                });
            }
            let mut given = Vec::new();
            for commit in commits.into_iter().chain([u64::MAX]) {
                receiver.recorded(commit);
                given.extend(due(&mut receiver));
            }
            prop_assert_eq!(given, expected);
        }
    }
}
