//! What the broker answered to each topic filter.

use wiretree_model::{QoS, Subscription, TopicFilter};

use crate::Reason;

/// The broker's answer to one filter of a SUBSCRIBE (MQTT 5 §3.9.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeOutcome {
    /// What was asked for.
    pub subscription: Subscription,
    /// What was answered.
    pub reason: Reason,
}

impl SubscribeOutcome {
    /// The QoS that was granted, which may be lower than asked for; `None`: denied.
    pub fn granted(&self) -> Option<QoS> {
        QoS::from_bits(self.reason.code)
    }
}

/// The broker's answer to one filter of an UNSUBSCRIBE (MQTT 5 §3.11.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubscribeOutcome {
    /// What was to end.
    pub filter: TopicFilter,
    /// What was answered; 3.1.1 knows only success.
    pub reason: Reason,
}
