//! What was subscribed to, and what the broker made of it since the last connect. Pure.

use wiretree_model::Subscription;
use wiretree_mqtt::{State, SubscribeOutcome};

/// A filter that was asked for; the outcome is none until SUBACK has come.
#[derive(Clone, Debug)]
pub struct SubscriptionState {
    /// What was asked for.
    pub subscription: Subscription,
    /// What the broker answered.
    pub outcome: Option<SubscribeOutcome>,
}

#[derive(Default)]
pub(crate) struct Subscriptions(Vec<SubscriptionState>);

impl Subscriptions {
    pub(crate) fn new(wanted: &[Subscription]) -> Self {
        let pending = |subscription: &Subscription| SubscriptionState {
            subscription: subscription.clone(),
            outcome: None,
        };
        Self(wanted.iter().map(pending).collect())
    }

    /// A broker that has kept no session has forgotten the filters, and is asked again: what it
    /// said before no longer holds.
    pub(crate) fn note_state(&mut self, state: &State) {
        if let State::Connected { session_present: false, .. } = state {
            for known in &mut self.0 {
                known.outcome = None;
            }
        }
    }

    /// SUBACK has come. A filter that was asked for twice has one answer: the later replaces the
    /// earlier (MQTT 5 §3.8.4).
    pub(crate) fn note_outcomes(&mut self, outcomes: Vec<SubscribeOutcome>) {
        for outcome in outcomes {
            let mut is_known = false;
            for known in &mut self.0 {
                if known.subscription.filter == outcome.subscription.filter {
                    known.outcome = Some(outcome.clone());
                    is_known = true;
                }
            }
            if !is_known {
                let subscription = outcome.subscription.clone();
                self.0.push(SubscriptionState { subscription, outcome: Some(outcome) });
            }
        }
    }

    pub(crate) fn all(&self) -> Vec<SubscriptionState> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use wiretree_model::{QoS, Timestamp};
    use wiretree_mqtt::{Reason, ServerLimits, Step};

    use super::*;

    fn subscription(filter: &str) -> Subscription {
        Subscription::parse(filter, QoS::AtLeastOnce).unwrap()
    }

    fn granted(filter: &str) -> SubscribeOutcome {
        let reason = Reason { code: 1, name: "Granted QoS 1", text: None };
        SubscribeOutcome { subscription: subscription(filter), reason }
    }

    fn connected(session_present: bool) -> State {
        let (client_id, limits) = (String::new(), ServerLimits::default());
        State::Connected { session_present, client_id, limits, since: Timestamp(0) }
    }

    fn pending(subscriptions: &Subscriptions) -> Vec<bool> {
        subscriptions.all().iter().map(|known| known.outcome.is_none()).collect()
    }

    #[test]
    fn answers_are_found_by_their_filter() {
        let mut subscriptions =
            Subscriptions::new(&[subscription("a/#"), subscription("b"), subscription("a/#")]);
        subscriptions.note_outcomes(vec![granted("a/#")]);
        assert_eq!(pending(&subscriptions), [false, true, false]);
        subscriptions.note_outcomes(vec![granted("c"), granted("b")]);
        assert_eq!(pending(&subscriptions), [false; 4], "one that was added later is listed too");
    }

    #[test]
    fn a_lost_session_makes_them_pending_and_a_kept_one_does_not() {
        let mut subscriptions = Subscriptions::new(&[subscription("a")]);
        subscriptions.note_outcomes(vec![granted("a")]);
        subscriptions.note_state(&State::Connecting { attempt: 2, step: Step::default() });
        subscriptions.note_state(&connected(true));
        assert_eq!(pending(&subscriptions), [false]);
        subscriptions.note_state(&connected(false));
        assert_eq!(pending(&subscriptions), [true]);
    }
}
