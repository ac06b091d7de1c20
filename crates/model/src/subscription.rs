//! What a client subscribes to, and with which options (MQTT 5 §3.8.3.1).

use crate::{ProfileError, QoS, TopicFilter};

/// When retained messages are sent (MQTT 5 §3.8.3.1); the discriminants are the bits on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RetainHandling {
    /// With every SUBSCRIBE.
    #[default]
    Send = 0,
    /// When the subscription did not exist before.
    SendIfNew = 1,
    /// Never.
    DoNotSend = 2,
}

impl RetainHandling {
    /// The handling with these bits; `None` for 3, which is a protocol error.
    pub fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Send),
            1 => Some(Self::SendIfNew),
            2 => Some(Self::DoNotSend),
            _ => None,
        }
    }
}

/// One topic filter to subscribe to, and how. All but the QoS is for MQTT 5; 3.1.1 ignores it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subscription {
    /// Which topics.
    pub filter: TopicFilter,
    /// The maximum QoS at which the broker may send (MQTT 5 §3.8.3.1).
    pub qos: QoS,
    /// Do not send back what this connection published; forbidden with `$share` (§3.8.3.1).
    pub no_local: bool,
    /// Leave the RETAIN flag as it was published.
    pub retain_as_published: bool,
    /// Whether retained messages are sent when subscribing.
    pub retain_handling: RetainHandling,
    /// Comes back with each message that matches, from 1 to 268,435,455 (§3.8.2.1.2).
    pub identifier: Option<u32>,
}

impl Subscription {
    /// A subscription with the options that show most: RETAIN as it was published.
    pub fn new(filter: TopicFilter, qos: QoS) -> Self {
        Self {
            filter,
            qos,
            no_local: false,
            retain_as_published: true,
            retain_handling: RetainHandling::default(),
            identifier: None,
        }
    }

    /// Checks the filter.
    ///
    /// # Errors
    /// [`ProfileError::Filter`] with the rule that the text breaks.
    pub fn parse(filter: &str, qos: QoS) -> Result<Self, ProfileError> {
        match TopicFilter::parse(filter) {
            Ok(filter) => Ok(Self::new(filter, qos)),
            Err(error) => Err(ProfileError::Filter { filter: filter.to_owned(), error }),
        }
    }
}
