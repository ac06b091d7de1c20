//! Subscriptions as they are written, checked while the place in the file is known.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use wiretree_model::{QoS, RetainHandling, Subscription, TopicFilter};

#[derive(Serialize, Deserialize)]
pub(super) struct SubscriptionRecord {
    filter: FilterRecord,
    qos: QosRecord,
    #[serde(default, skip_serializing_if = "is_false")]
    no_local: bool,
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    retain_as_published: bool,
    #[serde(default, skip_serializing_if = "RetainRecord::is_default")]
    retain_handling: RetainRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identifier: Option<u32>,
}

/// A filter that holds what MQTT 5 §4.7 asks of it.
struct FilterRecord(TopicFilter);

/// 0, 1 or 2.
#[derive(Default)]
pub(super) struct QosRecord(QoS);

#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RetainRecord {
    #[default]
    Send,
    SendIfNew,
    DoNotSend,
}

impl SubscriptionRecord {
    pub(super) fn new(subscription: &Subscription) -> Self {
        Self {
            filter: FilterRecord(subscription.filter.clone()),
            qos: QosRecord::new(subscription.qos),
            no_local: subscription.no_local,
            retain_as_published: subscription.retain_as_published,
            retain_handling: match subscription.retain_handling {
                RetainHandling::Send => RetainRecord::Send,
                RetainHandling::SendIfNew => RetainRecord::SendIfNew,
                RetainHandling::DoNotSend => RetainRecord::DoNotSend,
            },
            identifier: subscription.identifier,
        }
    }

    pub(super) fn into_subscription(self) -> Subscription {
        Subscription {
            filter: self.filter.0,
            qos: self.qos.into_qos(),
            no_local: self.no_local,
            retain_as_published: self.retain_as_published,
            retain_handling: match self.retain_handling {
                RetainRecord::Send => RetainHandling::Send,
                RetainRecord::SendIfNew => RetainHandling::SendIfNew,
                RetainRecord::DoNotSend => RetainHandling::DoNotSend,
            },
            identifier: self.identifier,
        }
    }
}

impl RetainRecord {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl QosRecord {
    pub(super) fn new(qos: QoS) -> Self {
        Self(qos)
    }

    pub(super) fn into_qos(self) -> QoS {
        self.0
    }
}

pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_true(flag: &bool) -> bool {
    *flag
}

fn yes() -> bool {
    true
}

impl Serialize for FilterRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for FilterRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let checked = Subscription::parse(&text, QoS::default()).map_err(de::Error::custom)?;
        Ok(Self(checked.filter))
    }
}

impl Serialize for QosRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0.bits())
    }
}

impl<'de> Deserialize<'de> for QosRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = u8::deserialize(deserializer)?;
        let checked = QoS::from_bits(bits).map(Self);
        checked.ok_or_else(|| de::Error::custom(format!("QoS is 0, 1 or 2, not {bits}")))
    }
}
