//! The state of a connection, as it is shown to the user.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wiretree_model::{Publish, QoS, Subscription, Timestamp, TopicFilter};

use crate::{MqttError, Reason};

/// Where a connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// An attempt is under way.
    Connecting {
        /// Counts from 1; starts anew when a connection has stayed up for a while.
        attempt: u32,
        /// How far it has come.
        step: Step,
    },
    /// CONNACK said yes.
    Connected {
        /// The broker still had the session (MQTT 5 §3.2.2.1.1).
        session_present: bool,
        /// The identifier in use: the given one, a random one, or the one the broker assigned.
        client_id: String,
        /// What the broker said it can do.
        limits: ServerLimits,
        /// When CONNACK came.
        since: Timestamp,
    },
    /// DISCONNECT is being sent, after what was given before it.
    Disconnecting,
    /// The connection or the attempt failed; the next attempt comes by itself.
    WaitingToRetry {
        /// The attempt that failed.
        attempt: u32,
        /// How long the wait is.
        retry_in: Duration,
        /// When it ends.
        retry_at: Timestamp,
        /// Why it is needed.
        cause: MqttError,
    },
    /// It will not work until somebody acts: credentials, rights, identifier, taken over.
    /// [`crate::Connection::retry_now`] tries again.
    Refused {
        /// What the broker said.
        cause: MqttError,
    },
    /// Ended by us, and not tried again until [`crate::Connection::retry_now`].
    Paused {
        /// The socket was closed without DISCONNECT, so that the broker publishes the will.
        dropped: bool,
    },
    /// Closed by us; nothing follows.
    Closed,
}

/// The steps of an attempt to connect, in their order. Which of them there are depends on the
/// options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Step {
    /// The address of the name is looked up.
    #[default]
    Resolving,
    /// A TCP connection or a Unix socket is being opened.
    Reaching,
    /// The proxy is asked for the connection.
    Proxy,
    /// TLS is being negotiated.
    Tls,
    /// The WebSocket is being opened.
    WebSocket,
    /// CONNECT has been sent.
    Connack,
    /// AUTH packets go to and fro (MQTT 5 §4.12).
    Authenticating,
}

/// What the broker said about itself in CONNACK (MQTT 5 §3.2.2.3); a 3.1.1 broker says nothing.
///
/// `None` is "not said"; the meaning of that is the default of the specification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerLimits {
    /// How long the broker keeps the session, in seconds, if not what was asked for.
    pub session_expiry: Option<u32>,
    /// How many unacknowledged QoS 1 and 2 publishes it takes at a time.
    pub receive_maximum: Option<u16>,
    /// The highest QoS it takes.
    pub maximum_qos: Option<QoS>,
    /// Whether it keeps retained messages.
    pub retain_available: Option<bool>,
    /// The largest packet it takes, in bytes.
    pub maximum_packet_size: Option<u32>,
    /// How many topic aliases it takes.
    pub topic_alias_maximum: Option<u16>,
    /// Whether filters may have wildcards.
    pub wildcard_subscriptions: Option<bool>,
    /// Whether subscriptions may have identifiers.
    pub subscription_identifiers: Option<bool>,
    /// Whether `$share/…` works.
    pub shared_subscriptions: Option<bool>,
    /// The keep-alive in seconds that replaces the one we asked for.
    pub server_keep_alive: Option<u16>,
    /// Text for people.
    pub reason_string: Option<String>,
    /// Where responses should go (MQTT 5 §3.2.2.3.15).
    pub response_information: Option<String>,
    /// Another server to use.
    pub server_reference: Option<String>,
    /// User properties in their order.
    pub user_properties: Vec<(String, String)>,
}

/// The most a packet can carry behind its fixed header (MQTT 5 §1.5.5).
const LARGEST_REMAINING_LENGTH: u64 = 268_435_455;

impl ServerLimits {
    /// Whether the broker has ruled this message out. Asking here keeps the connection: to send it
    /// would be a protocol error, and the broker would hang up.
    ///
    /// # Errors
    /// The limit that is exceeded.
    pub(crate) fn check(&self, publish: &Publish) -> Result<(), MqttError> {
        if publish.retain && self.retain_available == Some(false) {
            return Err(MqttError::RetainNotSupported);
        }
        if let Some(limit) = self.maximum_qos.filter(|limit| publish.qos > *limit) {
            return Err(MqttError::QosNotSupported(limit));
        }
        self.check_size(packet_size(publish))
    }

    /// Whether an UNSUBSCRIBE for these is too large for the broker.
    ///
    /// # Errors
    /// [`MqttError::TooLarge`].
    pub(crate) fn check_unsubscribe(&self, filters: &[TopicFilter]) -> Result<(), MqttError> {
        self.check_size(REQUEST_HEADERS + filters.iter().map(filter_size).sum::<u64>())
    }

    /// The largest packet that may be sent, in bytes.
    pub(crate) fn largest_packet(&self) -> u64 {
        self.maximum_packet_size.map_or(LARGEST_REMAINING_LENGTH, u64::from)
    }

    fn check_size(&self, size: u64) -> Result<(), MqttError> {
        let limit = self.largest_packet();
        if size > limit { Err(MqttError::TooLarge { size, limit }) } else { Ok(()) }
    }
}

/// Why a subscription cannot be asked for.
const RULED_OUT: &str = "not asked for, because CONNACK has ruled it out";

impl ServerLimits {
    /// The answer to a subscription that the broker has ruled out (MQTT 5 §3.2.2.3.11 to
    /// §3.2.2.3.13): it would take the question for a protocol error, and hang up.
    pub(crate) fn rules_out(&self, wanted: &Subscription) -> Option<Reason> {
        let no = Some(false);
        let filter = wanted.filter.to_string();
        let code = if self.shared_subscriptions == no && filter.starts_with("$share/") {
            0x9e
        } else if self.subscription_identifiers == no && wanted.identifier.is_some() {
            0xa1
        } else if self.wildcard_subscriptions == no && filter.contains(['+', '#']) {
            0xa2
        } else if REQUEST_HEADERS + filter_size(&wanted.filter) > self.largest_packet() {
            0x95
        } else {
            return None;
        };
        Some(Reason::v5(code, Some(RULED_OUT.to_owned())))
    }
}

/// The most bytes of SUBSCRIBE or UNSUBSCRIBE beside its filters: fixed header, identifier, property
/// length, and the subscription identifier.
pub(crate) const REQUEST_HEADERS: u64 = 1 + 4 + 2 + 1 + 5;

/// The size of a filter with its length and its options, in bytes.
pub(crate) fn filter_size(filter: &TopicFilter) -> u64 {
    filter.to_string().len() as u64 + 3
}

/// The size of the PUBLISH packet in bytes, up to three bytes too high.
fn packet_size(publish: &Publish) -> u64 {
    const HEADERS: usize = 1 + 4 + 2 + 2 + 4;
    let mut properties = Vec::new();
    publish.properties.encode(&mut properties);
    let size = HEADERS + publish.topic.as_bytes().len() + publish.payload.len() + properties.len();
    size as u64
}

/// The time of day, as it is written into records.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A moment later by this much.
pub(crate) fn later(moment: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp(moment.0.saturating_add(by))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn what_the_broker_ruled_out_is_refused_by_name() {
        let limits = ServerLimits {
            retain_available: Some(false),
            maximum_qos: Some(QoS::AtLeastOnce),
            maximum_packet_size: Some(100),
            ..ServerLimits::default()
        };
        let check = |publish: Publish| limits.check(&publish).map_err(|error| error.code());
        assert_eq!(check(Publish::default()), Ok(()));
        assert_eq!(
            check(Publish { retain: true, ..Publish::default() }),
            Err("retain-not-supported")
        );
        assert_eq!(
            check(Publish { qos: QoS::ExactlyOnce, ..Publish::default() }),
            Err("qos-not-supported")
        );
        let payload = Bytes::from(vec![0; 90]);
        assert_eq!(check(Publish { payload, ..Publish::default() }), Err("too-large"));
    }

    #[test]
    fn a_broker_that_says_nothing_takes_everything_mqtt_can_express() {
        let limits = ServerLimits::default();
        let publish = Publish {
            retain: true,
            qos: QoS::ExactlyOnce,
            payload: Bytes::from(vec![0; 20_000_000]),
            ..Publish::default()
        };
        assert_eq!(limits.check(&publish), Ok(()));
    }
}
