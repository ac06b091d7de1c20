//! What is subscribed to, and what the broker made of it since the last connect. Pure.
//!
//! The list is the user's: an answer that comes late does not bring back what was taken out.

use wiretree_model::{Subscription, TopicFilter};
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

    /// These are being asked for. A filter that is there already gets new options
    /// (MQTT 5 §3.8.4). Gives the list as it was, for [`Subscriptions::restore`].
    pub(crate) fn want(&mut self, subscriptions: Vec<Subscription>) -> Vec<SubscriptionState> {
        let before = self.0.clone();
        for subscription in subscriptions {
            let wanted = SubscriptionState { subscription, outcome: None };
            let filter = &wanted.subscription.filter;
            let first = self.position(filter).unwrap_or(self.0.len());
            self.0.retain(|known| known.subscription.filter != *filter);
            self.0.insert(first.min(self.0.len()), wanted);
        }
        before
    }

    /// Nobody could be asked for these: they are as they were.
    pub(crate) fn restore(&mut self, filters: &[TopicFilter], before: &[SubscriptionState]) {
        self.0.retain_mut(|known| {
            let filter = &known.subscription.filter;
            if !filters.contains(filter) {
                return true;
            }
            match before.iter().find(|old| old.subscription.filter == *filter) {
                Some(old) => {
                    *known = old.clone();
                    true
                }
                None => false,
            }
        });
    }

    fn position(&self, filter: &TopicFilter) -> Option<usize> {
        self.0.iter().position(|known| known.subscription.filter == *filter)
    }

    /// These are over.
    pub(crate) fn remove(&mut self, filters: &[TopicFilter]) {
        self.0.retain(|known| !filters.contains(&known.subscription.filter));
    }

    /// SUBACK has come. A filter that was asked for twice has one answer: the later replaces the
    /// earlier (MQTT 5 §3.8.4).
    pub(crate) fn note_outcomes(&mut self, outcomes: &[SubscribeOutcome]) {
        for outcome in outcomes {
            for known in &mut self.0 {
                if known.subscription.filter == outcome.subscription.filter {
                    known.outcome = Some(outcome.clone());
                }
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
        subscriptions.note_outcomes(&[granted("a/#")]);
        assert_eq!(pending(&subscriptions), [false, true, false]);
        subscriptions.note_outcomes(&[granted("c"), granted("b")]);
        assert_eq!(pending(&subscriptions), [false; 3]);
    }

    #[test]
    fn what_is_asked_for_later_is_listed_once_and_with_its_newest_options() {
        let mut subscriptions =
            Subscriptions::new(&[subscription("a"), subscription("b"), subscription("a")]);
        subscriptions.note_outcomes(&[granted("a"), granted("b")]);
        let lower = Subscription { qos: QoS::AtMostOnce, ..subscription("a") };
        subscriptions.want(vec![lower.clone(), subscription("c")]);
        let wanted: Vec<_> =
            subscriptions.all().into_iter().map(|known| known.subscription).collect();
        assert_eq!(wanted, [lower, subscription("b"), subscription("c")]);
        assert_eq!(pending(&subscriptions), [true, false, true]);
    }

    #[test]
    fn what_nobody_could_be_asked_for_is_as_it_was() {
        let mut subscriptions = Subscriptions::new(&[subscription("a"), subscription("b")]);
        subscriptions.note_outcomes(&[granted("a")]);
        let lower = Subscription { qos: QoS::AtMostOnce, ..subscription("a") };
        let before = subscriptions.want(vec![lower, subscription("c")]);
        let asked = [subscription("a").filter, subscription("c").filter];
        subscriptions.restore(&asked, &before);
        let listed: Vec<_> =
            subscriptions.all().into_iter().map(|known| known.subscription).collect();
        assert_eq!(listed, [subscription("a"), subscription("b")]);
        assert_eq!(pending(&subscriptions), [false, true]);
    }

    #[test]
    fn an_answer_that_comes_late_does_not_bring_back_what_was_taken_out() {
        let mut subscriptions = Subscriptions::new(&[subscription("a")]);
        subscriptions.want(vec![subscription("b")]);
        subscriptions.remove(&[subscription("b").filter]);
        subscriptions.note_outcomes(&[granted("b")]);
        assert_eq!(pending(&subscriptions), [true]);
    }

    #[test]
    fn a_lost_session_makes_them_pending_and_a_kept_one_does_not() {
        let mut subscriptions = Subscriptions::new(&[subscription("a")]);
        subscriptions.note_outcomes(&[granted("a")]);
        subscriptions.note_state(&State::Connecting { attempt: 2, step: Step::default() });
        subscriptions.note_state(&connected(true));
        assert_eq!(pending(&subscriptions), [false]);
        subscriptions.note_state(&connected(false));
        assert_eq!(pending(&subscriptions), [true]);
    }
}
