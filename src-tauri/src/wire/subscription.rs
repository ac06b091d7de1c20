//! Subscriptions: what is asked for, and what the broker made of it.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::{self as model, ProfileError, TopicFilter};
use wiretree_session as session;

use super::{Flaws, connect::qos};

/// When retained messages are sent (MQTT 5 §3.8.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RetainHandling {
    Send,
    SendIfNew,
    DoNotSend,
}

/// One filter to subscribe to, as typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionInput {
    /// The topic filter.
    pub filter: String,
    /// 0, 1 or 2.
    pub qos: u8,
    /// Do not send back what this connection publishes.
    pub no_local: bool,
    /// Leave the RETAIN flag as it was published.
    pub retain_as_published: bool,
    /// Whether retained messages are sent when subscribing.
    pub retain_handling: RetainHandling,
    /// Comes back with each message that matches.
    pub identifier: Option<u32>,
}

/// What the broker made of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SubscriptionResult {
    Pending,
    Granted,
    Refused,
}

/// A subscription and its SUBACK.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionState {
    /// The topic filter.
    pub filter: String,
    /// The QoS asked for.
    pub qos: u8,
    /// What this connection publishes is not sent back.
    pub no_local: bool,
    /// The RETAIN flag is left as it was published.
    pub retain_as_published: bool,
    /// Whether retained messages are sent when subscribing.
    pub retain_handling: RetainHandling,
    /// Comes back with each message that matches.
    pub identifier: Option<u32>,
    /// Whether it was granted.
    pub result: SubscriptionResult,
    /// The QoS granted, which may be lower.
    pub granted_qos: Option<u8>,
    /// The SUBACK reason code and its name.
    pub reason: String,
}

impl SubscriptionInput {
    /// As the domain knows it; what is wrong goes into `flaws`, under the path `field`.
    pub(crate) fn to_model(&self, field: &str, flaws: &mut Flaws) -> Option<model::Subscription> {
        // Another filter in place of a wrong one keeps the numbers of those that follow.
        let filter = TopicFilter::parse(&self.filter).or_else(|error| {
            let filter = self.filter.clone();
            flaws.note(&format!("{field}.filter"), ProfileError::Filter { filter, error });
            TopicFilter::parse("+")
        });
        Some(model::Subscription {
            filter: filter.ok()?,
            qos: qos(self.qos, &format!("{field}.qos"), flaws),
            no_local: self.no_local,
            retain_as_published: self.retain_as_published,
            retain_handling: self.retain_handling.into(),
            identifier: self.identifier,
        })
    }

    /// As the page knows it.
    pub(crate) fn from_model(wanted: &model::Subscription) -> Self {
        Self {
            filter: wanted.filter.as_str().to_owned(),
            qos: wanted.qos.bits(),
            no_local: wanted.no_local,
            retain_as_published: wanted.retain_as_published,
            retain_handling: wanted.retain_handling.into(),
            identifier: wanted.identifier,
        }
    }
}

impl SubscriptionState {
    /// A subscription and its answer, for the page.
    pub(crate) fn from_session(state: &session::SubscriptionState) -> Self {
        let granted_qos = state.outcome.as_ref().and_then(|outcome| outcome.granted());
        let result = match (&state.outcome, granted_qos) {
            (None, _) => SubscriptionResult::Pending,
            (Some(_), Some(_)) => SubscriptionResult::Granted,
            (Some(_), None) => SubscriptionResult::Refused,
        };
        let reason = state.outcome.as_ref().map(|outcome| outcome.reason.to_string());
        let wanted = &state.subscription;
        Self {
            filter: wanted.filter.as_str().to_owned(),
            qos: wanted.qos.bits(),
            no_local: wanted.no_local,
            retain_as_published: wanted.retain_as_published,
            retain_handling: wanted.retain_handling.into(),
            identifier: wanted.identifier,
            result,
            granted_qos: granted_qos.map(model::QoS::bits),
            reason: reason.unwrap_or_default(),
        }
    }
}

same_variants!(RetainHandling = model::RetainHandling: Send, SendIfNew, DoNotSend);
