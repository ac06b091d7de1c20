//! What `subscribe` and `trace` make of the events of a connection: words for people, and when to
//! end. Pure. The counterpart for `record`, which sees summaries, is `status.rs`.

use wiretree_session::{Event, MqttError, State, SubscribeOutcome};

use crate::error::CliError;
use crate::status::complaint;

/// What was seen so far, so that only news is told.
pub(crate) struct Following {
    /// How many filters were asked for.
    wanted: usize,
    was_connected: bool,
    trouble: Option<MqttError>,
    /// Since the last time that the broker began with a clean session.
    answers: Vec<SubscribeOutcome>,
}

impl Following {
    pub(crate) fn new(wanted: usize) -> Self {
        Self { wanted, was_connected: false, trouble: None, answers: Vec::new() }
    }

    /// Takes an event in, and gives what is new about it.
    ///
    /// # Errors
    /// Why it cannot go on: the first attempt to connect failed, the broker refused, or it denied
    /// every filter.
    pub(crate) fn note(&mut self, event: &Event) -> Result<Vec<String>, CliError> {
        match event {
            Event::State(State::Connected { session_present, .. }) => {
                self.was_connected = true;
                self.trouble = None;
                if !session_present {
                    self.answers.clear();
                }
            }
            Event::State(State::Refused { cause }) => return Err(cause.clone().into()),
            Event::State(State::WaitingToRetry { cause, .. }) if !self.was_connected => {
                return Err(cause.clone().into());
            }
            Event::State(State::WaitingToRetry { cause, .. })
                if self.trouble.as_ref() != Some(cause) =>
            {
                self.trouble = Some(cause.clone());
                return Ok(vec![cause.to_string()]);
            }
            Event::Subscribed(outcomes) => return self.note_answers(outcomes),
            Event::Notice(notice) => return Ok(vec![notice.to_string()]),
            Event::State(_) | Event::Messages(_) => {}
        }
        Ok(Vec::new())
    }

    /// Whether the broker has answered every filter.
    pub(crate) fn is_subscribed(&self) -> bool {
        self.was_connected && self.answers.len() >= self.wanted
    }

    fn note_answers(&mut self, outcomes: &[SubscribeOutcome]) -> Result<Vec<String>, CliError> {
        self.answers.extend_from_slice(outcomes);
        let denied = self.answers.iter().all(|outcome| outcome.granted().is_none());
        if self.wanted > 0 && self.is_subscribed() && denied {
            let complaints: Vec<String> = self.answers.iter().filter_map(complaint).collect();
            return Err(CliError::Denied(complaints.join("; ")));
        }
        Ok(outcomes.iter().filter_map(complaint).collect())
    }
}

#[cfg(test)]
mod tests {
    use wiretree_model::{QoS, Subscription, Timestamp, TopicFilter};
    use wiretree_session::{Reason, ServerLimits};

    use super::*;

    fn connected() -> Event {
        Event::State(State::Connected {
            session_present: false,
            client_id: String::new(),
            limits: ServerLimits::default(),
            since: Timestamp(0),
        })
    }

    fn lost(cause: &str) -> Event {
        let cause = cause.to_owned();
        let cause = MqttError::ConnectionLost { address: "broker:1883".to_owned(), cause };
        let (retry_in, retry_at) = (std::time::Duration::ZERO, Timestamp(0));
        Event::State(State::WaitingToRetry { attempt: 1, retry_in, retry_at, cause })
    }

    fn answer(filter: &str, code: u8) -> Event {
        let filter = TopicFilter::parse(filter).unwrap();
        let subscription = Subscription::new(filter, QoS::AtLeastOnce);
        let reason = Reason { code, name: "Some reason", text: None };
        Event::Subscribed(vec![SubscribeOutcome { subscription, reason }])
    }

    #[test]
    fn a_first_attempt_that_fails_ends_it_and_a_later_loss_does_not() {
        assert_eq!(Following::new(0).note(&lost("reset")).unwrap_err().exit_code(), 3);
        let mut following = Following::new(0);
        assert!(following.note(&connected()).unwrap().is_empty());
        assert_eq!(following.note(&lost("reset")).unwrap().len(), 1);
        assert!(following.note(&lost("reset")).unwrap().is_empty(), "no news");
        following.note(&connected()).unwrap();
        assert_eq!(following.note(&lost("reset")).unwrap().len(), 1, "it was up in between");
    }

    #[test]
    fn it_ends_when_every_filter_is_denied_and_not_before_all_are_answered() {
        let mut following = Following::new(2);
        following.note(&connected()).unwrap();
        assert_eq!(following.note(&answer("a", 0x87)).unwrap().len(), 1);
        assert!(!following.is_subscribed());
        assert_eq!(following.note(&answer("b", 0x80)).unwrap_err().exit_code(), 4);

        let mut following = Following::new(2);
        following.note(&connected()).unwrap();
        following.note(&answer("a", 0x87)).unwrap();
        let news = following.note(&answer("b", 0)).unwrap();
        assert!(news[0].contains("grants QoS 0 for the filter b"), "{news:?}");
        assert!(following.is_subscribed());
    }
}
