//! What `record` makes of each look at the session: words for people, and when to end.
//!
//! Pure: looks come in as summaries, and what is to be said goes out as lines.

use wiretree_model::QoS;
use wiretree_session::{
    MqttError, State, StoreError, SubscribeOutcome, SubscriptionState, Summary,
};

use crate::error::CliError;

/// What was seen so far, so that only news is told.
#[derive(Default)]
pub(crate) struct Status {
    was_connected: bool,
    trouble: Option<MqttError>,
    problem: Option<StoreError>,
    /// What the broker held back of the subscriptions.
    complaints: Vec<String>,
}

impl Status {
    /// Takes a look in, and gives what is new about it.
    ///
    /// # Errors
    /// Why recording cannot go on: the first attempt to connect failed, or the broker refused.
    pub(crate) fn look(&mut self, summary: &Summary) -> Result<Vec<String>, CliError> {
        let mut news = Vec::new();
        match &summary.state {
            State::Connected { .. } => {
                self.was_connected = true;
                self.trouble = None;
            }
            State::Refused { cause } => return Err(cause.clone().into()),
            State::WaitingToRetry { cause, .. } if !self.has_recorded(summary) => {
                return Err(cause.clone().into());
            }
            State::WaitingToRetry { cause, .. } if self.trouble.as_ref() != Some(cause) => {
                self.trouble = Some(cause.clone());
                news.push(cause.to_string());
            }
            _ => {}
        }
        if self.problem != summary.history_problem {
            self.problem.clone_from(&summary.history_problem);
            news.extend(self.problem.as_ref().map(ToString::to_string));
        }
        self.look_at_subscriptions(&summary.subscriptions, &mut news)?;
        Ok(news)
    }

    /// A connection may have come and gone between two looks; its messages tell.
    fn has_recorded(&self, summary: &Summary) -> bool {
        self.was_connected || summary.totals.received > 0
    }

    fn look_at_subscriptions(
        &mut self,
        now: &[SubscriptionState],
        news: &mut Vec<String>,
    ) -> Result<(), CliError> {
        let complaints: Vec<String> =
            now.iter().filter_map(|state| complaint(state.outcome.as_ref()?)).collect();
        let denied = |state: &SubscriptionState| {
            state.outcome.as_ref().is_some_and(|outcome| outcome.granted().is_none())
        };
        if !now.is_empty() && now.iter().all(denied) {
            return Err(CliError::Denied(complaints.join("; ")));
        }
        let fresh = |complaint: &&String| !self.complaints.contains(complaint);
        news.extend(complaints.iter().filter(fresh).cloned());
        self.complaints = complaints;
        Ok(())
    }
}

/// What the broker held back of a subscription, if anything.
pub(crate) fn complaint(outcome: &SubscribeOutcome) -> Option<String> {
    let wanted = &outcome.subscription;
    match outcome.granted() {
        None => Some(format!("The broker denied the filter {}: {}", wanted.filter, outcome.reason)),
        Some(granted) if granted < wanted.qos => Some(format!(
            "The broker grants QoS {} for the filter {}, less than the QoS {} asked for",
            QoS::bits(granted),
            wanted.filter,
            wanted.qos.bits()
        )),
        Some(_) => None,
    }
}

/// Whether the connection is up, and the broker has answered every subscription.
pub(crate) fn is_recording(summary: &Summary) -> bool {
    matches!(summary.state, State::Connected { .. })
        && summary.subscriptions.iter().all(|state| state.outcome.is_some())
}

/// The line of each second.
pub(crate) fn line(summary: &Summary) -> String {
    let state = match &summary.state {
        State::Connecting { attempt, .. } => format!("connecting (attempt {attempt})"),
        State::Connected { .. } if is_recording(summary) => "recording".to_owned(),
        State::Connected { .. } => "subscribing".to_owned(),
        State::WaitingToRetry { retry_in, .. } => {
            format!("connecting again in {:.1} s", retry_in.as_secs_f64())
        }
        State::Disconnecting => "disconnecting".to_owned(),
        State::Refused { .. } => "refused".to_owned(),
        State::Paused { .. } => "disconnected".to_owned(),
        State::Closed => "closed".to_owned(),
    };
    let totals = &summary.totals;
    let left_out = match totals.left_out_by_rule {
        0 => String::new(),
        count => format!(", not recorded {count}"),
    };
    format!(
        "{state}: received {}, stored {}{left_out}, dropped {}, topics {}, {:.0} msg/s",
        totals.received, totals.stored, totals.dropped, summary.topics, totals.messages_per_second
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wiretree_model::{Subscription, Timestamp, TopicFilter};
    use wiretree_session::{Reason, ServerLimits};

    use super::*;

    fn lost(cause: &str) -> MqttError {
        MqttError::ConnectionLost { address: "broker:1883".to_owned(), cause: cause.to_owned() }
    }

    fn waiting(cause: MqttError) -> Summary {
        let (retry_in, retry_at) = (Duration::from_millis(500), Timestamp(0));
        let state = State::WaitingToRetry { attempt: 1, retry_in, retry_at, cause };
        Summary { state, ..Summary::default() }
    }

    fn connected(answers: &[(&str, u8)]) -> Summary {
        let answer = |(filter, code): &(&str, u8)| {
            let filter = TopicFilter::parse(filter).unwrap();
            let subscription = Subscription::new(filter, QoS::AtLeastOnce);
            let reason = Reason { code: *code, name: "Some reason", text: None };
            let outcome = SubscribeOutcome { subscription: subscription.clone(), reason };
            SubscriptionState { subscription, outcome: Some(outcome) }
        };
        let state = State::Connected {
            session_present: false,
            client_id: String::new(),
            limits: ServerLimits::default(),
            since: Timestamp(0),
        };
        let subscriptions = answers.iter().map(answer).collect();
        Summary { state, subscriptions, ..Summary::default() }
    }

    #[test]
    fn a_first_attempt_that_fails_ends_it_and_a_later_loss_does_not() {
        let error = Status::default().look(&waiting(lost("reset"))).unwrap_err();
        assert_eq!(error.exit_code(), 3);

        let mut status = Status::default();
        assert!(status.look(&connected(&[("#", 1)])).unwrap().is_empty());
        assert_eq!(status.look(&waiting(lost("reset"))).unwrap().len(), 1);
        assert!(status.look(&waiting(lost("reset"))).unwrap().is_empty(), "no news");
        assert_eq!(status.look(&waiting(lost("refused"))).unwrap().len(), 1);

        let mut unseen = waiting(lost("reset"));
        unseen.totals.received = 1;
        assert!(Status::default().look(&unseen).is_ok(), "it was connected between two looks");
    }

    #[test]
    fn a_refusal_ends_it_at_any_time() {
        let mut status = Status::default();
        status.look(&connected(&[("#", 1)])).unwrap();
        let reason = Reason { code: 0x8e, name: "Session taken over", text: None };
        let state = State::Refused { cause: MqttError::Disconnected(reason) };
        let error = status.look(&Summary { state, ..Summary::default() }).unwrap_err();
        assert_eq!(error.exit_code(), 4);
    }

    #[test]
    fn what_the_broker_holds_back_is_told_once() {
        let mut status = Status::default();
        let look = connected(&[("a/#", 1), ("b/#", 0), ("c/#", 0x87)]);
        let news = status.look(&look).unwrap();
        assert_eq!(news.len(), 2, "{news:?}");
        assert!(news[0].contains("QoS 0 for the filter b/#"), "{news:?}");
        assert!(news[1].contains("denied the filter c/#: Some reason (0x87)"), "{news:?}");
        assert!(status.look(&look).unwrap().is_empty());
    }

    #[test]
    fn with_every_filter_denied_there_is_nothing_to_wait_for() {
        let error = Status::default().look(&connected(&[("a", 0x87), ("b", 0x80)])).unwrap_err();
        assert_eq!(error.exit_code(), 4);
        let sentence = error.to_string();
        assert!(sentence.contains("filter a") && sentence.contains("filter b"), "{sentence}");
    }
}
