//! From a recorded message to the one that is sent. Pure.

use wiretree_model::{Message, Properties, Property, Publish, Timestamp, Topic};

use super::order::{ReplayDirection, ReplayOrder, ReplayQos, ReplayRetain};
use super::remap::{Refusal, Remap};

/// What becomes of a recorded message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Planned {
    /// It went the other way.
    Skipped,
    /// It cannot be sent.
    Refused(Origin, Refusal),
    /// It is sent.
    Publish(Origin, Publish),
}

/// The recorded message behind one that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Its number in the history.
    pub(crate) message: i64,
    /// When it was recorded.
    pub(crate) received_at: Timestamp,
    /// The topic that it was recorded on.
    pub(crate) topic: Topic,
}

/// The part of an order that says what is sent.
#[derive(Clone, Debug)]
pub(crate) struct Planner {
    direction: ReplayDirection,
    remap: Remap,
    qos: ReplayQos,
    retain: ReplayRetain,
}

impl Planner {
    pub(crate) fn new(order: &ReplayOrder) -> Self {
        let ReplayOrder { direction, qos, retain, .. } = *order;
        Self { direction, remap: order.remap.clone(), qos, retain }
    }

    /// What becomes of the message with this number in the history.
    pub(crate) fn plan(&self, id: i64, message: Message) -> Planned {
        if !self.direction.takes(message.direction) {
            return Planned::Skipped;
        }
        let Publish { topic, payload, qos, retain, mut properties, .. } = message.publish;
        let renamed = self.remap.apply(&topic);
        let origin = Origin { message: id, received_at: message.received_at, topic };
        let topic = match renamed {
            Ok(topic) => topic,
            Err(refusal) => return Planned::Refused(origin, refusal),
        };
        keep_what_clients_may_say(&mut properties);
        let qos = match self.qos {
            ReplayQos::AsRecorded => qos,
            ReplayQos::Force(qos) => qos,
        };
        let retain = match self.retain {
            ReplayRetain::AsRecorded => retain,
            ReplayRetain::Never => false,
            ReplayRetain::Always => true,
        };
        let publish =
            Publish { topic, payload, qos, retain, dup: false, packet_id: None, properties };
        Planned::Publish(origin, publish)
    }
}

/// A subscription identifier is the broker's answer, and a topic alias belongs to one connection
/// (MQTT 5 §3.3.2.3); everything else goes along, in its order.
fn keep_what_clients_may_say(properties: &mut Properties) {
    properties.0.retain(|property| {
        !matches!(property, Property::SubscriptionIdentifier(_) | Property::TopicAlias(_))
    });
}

#[cfg(test)]
mod tests {
    use wiretree_model::{Direction, QoS};
    use wiretree_store::Query;

    use super::super::testing::recorded;
    use super::*;

    fn planned(change: impl FnOnce(&mut ReplayOrder), message: Message) -> Planned {
        let mut order = ReplayOrder::new(Query::default());
        change(&mut order);
        Planner::new(&order).plan(message.sequence as i64, message)
    }

    fn sent(change: impl FnOnce(&mut ReplayOrder), message: Message) -> Publish {
        match planned(change, message) {
            Planned::Publish(_, publish) => publish,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_goes_along_but_what_belongs_to_the_old_connection() {
        let pair = |name: &str, value: &str| Property::UserProperty(name.into(), value.into());
        let mut message = recorded(7, "a/b", "payload");
        message.publish.qos = QoS::ExactlyOnce;
        message.publish.retain = true;
        message.publish.dup = true;
        message.publish.packet_id = Some(9);
        message.publish.properties = Properties(vec![
            pair("k", "2"),
            Property::SubscriptionIdentifier(3),
            Property::MessageExpiryInterval(60),
            Property::TopicAlias(1),
            pair("k", "1"),
            Property::SubscriptionIdentifier(4),
        ]);
        let publish = sent(|_| {}, message);
        assert_eq!(publish.payload, "payload");
        assert_eq!((publish.qos, publish.retain), (QoS::ExactlyOnce, true));
        assert_eq!((publish.dup, publish.packet_id), (false, None));
        let kept = [pair("k", "2"), Property::MessageExpiryInterval(60), pair("k", "1")];
        assert_eq!(publish.properties.0, kept);
    }

    #[test]
    fn qos_retain_and_topic_are_as_ordered() {
        let publish = sent(
            |order| {
                order.qos = ReplayQos::Force(QoS::AtLeastOnce);
                order.retain = ReplayRetain::Always;
                order.remap = Remap::parse(["a/ -> x/"]).unwrap();
            },
            recorded(1, "a/b", ""),
        );
        assert_eq!((publish.qos, publish.retain), (QoS::AtLeastOnce, true));
        assert_eq!(publish.topic, Topic::received("x/b"));
        let mut retained = recorded(1, "a/b", "");
        retained.publish.retain = true;
        assert!(!sent(|order| order.retain = ReplayRetain::Never, retained).retain);
    }

    #[test]
    fn what_went_the_other_way_or_cannot_be_sent_is_told_apart() {
        let mut ours = recorded(1, "a", "");
        ours.direction = Direction::Sent;
        assert_eq!(planned(|_| {}, ours.clone()), Planned::Skipped);
        let both = planned(|order| order.direction = ReplayDirection::Both, ours.clone());
        assert!(matches!(both, Planned::Publish(..)));
        let sent = planned(|order| order.direction = ReplayDirection::Sent, ours);
        assert!(matches!(sent, Planned::Publish(..)));
        let refused = planned(|_| {}, recorded(5, "$SYS/load", ""));
        assert!(
            matches!(&refused, Planned::Refused(Origin { message: 5, .. }, Refusal::System)),
            "{refused:?}"
        );
    }
}
