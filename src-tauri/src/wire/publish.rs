//! The publish form and what becomes of a publish.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::QoS;
use wiretree_session as session;

use super::{AppError, MessageProperties, microseconds};

/// The payload as typed, or bytes that were staged before.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum PayloadInput {
    Text { text: String },
    Json { text: String },
    Hex { text: String },
    Base64 { text: String },
    Staged { handle: String },
}

/// What to publish.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishInput {
    /// The topic name.
    pub topic: String,
    /// The payload.
    pub payload: PayloadInput,
    /// 0, 1 or 2.
    pub qos: u8,
    /// RETAIN.
    pub retain: bool,
    /// What goes with it in MQTT 5; none: nothing.
    pub properties: Option<MessageProperties>,
}

/// The packet that ended a publish.
#[derive(Clone, Copy, Debug, Serialize, Type)]
pub(crate) enum AcknowledgedBy {
    #[serde(rename = "PUBACK")]
    PubAck,
    #[serde(rename = "PUBCOMP")]
    PubComp,
}

/// How far a publish has come; `failed`, `acknowledged`, `unknown` (sent, and the answer never came)
/// and, with QoS 0, `sent` are final.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum PublishOutcome {
    Queued,
    Sent,
    Acknowledged { microseconds: u64, at: i64, reason: String, packet: AcknowledgedBy },
    Failed { problem: AppError },
    Unknown { cause: AppError },
}

impl PublishOutcome {
    /// How far a publish has come, for the page; QoS 2 ends with PUBCOMP.
    pub(crate) fn from_session(outcome: &session::PublishOutcome, qos: QoS) -> Self {
        use session::PublishOutcome as Outcome;
        match outcome {
            Outcome::Queued => Self::Queued,
            Outcome::Sent => Self::Sent,
            Outcome::Acknowledged { after, at, reason } => Self::Acknowledged {
                microseconds: microseconds(*after),
                at: at.0,
                reason: reason.to_string(),
                packet: match qos {
                    QoS::ExactlyOnce => AcknowledgedBy::PubComp,
                    QoS::AtMostOnce | QoS::AtLeastOnce => AcknowledgedBy::PubAck,
                },
            },
            Outcome::Failed { cause } => Self::Failed { problem: AppError::from(cause) },
            Outcome::Unknown { cause } => Self::Unknown { cause: AppError::from(cause) },
        }
    }
}
