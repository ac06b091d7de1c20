//! When a connection records and when it does not, told from its states. Pure: moments come in as
//! arguments. Promise: between two ends there is one beginning, with the cause that was heard first.

use wiretree_model::Timestamp;
use wiretree_mqtt::State;

/// The cause of a gap that began while nobody was there to see it.
pub(crate) const NOT_RUNNING: &str = "Wiretree was not recording this connection.";
/// The cause of a gap that the user began.
pub(crate) const CLOSED: &str = "The connection was closed in Wiretree.";

const DISCONNECTED: &str = "Disconnected by the user.";
const DROPPED: &str = "Dropped without DISCONNECT by the user.";

/// A beginning or an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// `None`: since the history last heard of the connection.
    Begin {
        from: Option<Timestamp>,
        cause: String,
    },
    End {
        to: Timestamp,
        session_kept: bool,
    },
}

/// Remembers whether the connection records.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    is_recording: bool,
}

impl Gaps {
    /// Takes the next state in.
    pub(crate) fn note(&mut self, state: &State, now: Timestamp) -> Option<Edge> {
        // What comes in before DISCONNECT has been sent is recorded like everything else.
        if *state == State::Disconnecting {
            return None;
        }
        let was_recording = self.is_recording;
        self.is_recording = matches!(state, State::Connected { .. });
        match state {
            State::Connected { session_present, since, .. } if !was_recording => {
                Some(Edge::End { to: *since, session_kept: *session_present })
            }
            State::Connected { .. } => None,
            _ if was_recording => Some(Edge::Begin { from: Some(now), cause: cause(state) }),
            _ => None,
        }
    }
}

fn cause(state: &State) -> String {
    match state {
        State::WaitingToRetry { cause, .. } | State::Refused { cause } => cause.to_string(),
        State::Paused { dropped: true } => DROPPED.to_owned(),
        State::Paused { dropped: false } => DISCONNECTED.to_owned(),
        State::Closed => CLOSED.to_owned(),
        State::Connecting { .. } | State::Connected { .. } | State::Disconnecting => {
            "The connection was made anew.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use wiretree_mqtt::{MqttError, ServerLimits};

    use super::*;

    fn connected(session_present: bool, since: i64) -> State {
        let (client_id, limits) = (String::new(), ServerLimits::default());
        State::Connected { session_present, client_id, limits, since: Timestamp(since) }
    }

    fn lost(cause: MqttError) -> State {
        let (attempt, retry_in, retry_at) = (1, std::time::Duration::ZERO, Timestamp(0));
        State::WaitingToRetry { attempt, retry_in, retry_at, cause }
    }

    #[test]
    fn a_gap_lasts_from_the_loss_to_the_next_connect_whatever_fails_in_between() {
        let mut gaps = Gaps::default();
        let mut note = |state: State, now| gaps.note(&state, Timestamp(now));
        assert_eq!(note(lost(MqttError::Closed), 0), None, "nothing was recorded yet");
        let first = Edge::End { to: Timestamp(5), session_kept: false };
        assert_eq!(note(connected(false, 5), 6), Some(first));
        let cause = MqttError::SessionLost;
        let begin = Edge::Begin { from: Some(Timestamp(9)), cause: cause.to_string() };
        assert_eq!(note(lost(cause), 9), Some(begin));
        assert_eq!(note(lost(MqttError::Closed), 10), None);
        assert_eq!(note(State::Refused { cause: MqttError::Closed }, 11), None);
        let kept = Edge::End { to: Timestamp(20), session_kept: true };
        assert_eq!(note(connected(true, 20), 21), Some(kept));
        assert_eq!(note(State::Disconnecting, 29), None, "messages may still come");
        let closed = Edge::Begin { from: Some(Timestamp(30)), cause: CLOSED.to_owned() };
        assert_eq!(note(State::Closed, 30), Some(closed));
    }
}
