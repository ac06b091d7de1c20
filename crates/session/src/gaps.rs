//! When a connection is up and when it records, told from its states, from pauses and from a disk
//! that is full. Pure: moments come in as arguments.
//!
//! Promises: between two ends of a gap there is one beginning, with the cause that was heard first;
//! between two ends of a session there is one beginning.

use wiretree_model::{ProtocolVersion, Timestamp};
use wiretree_mqtt::State;
use wiretree_store::SessionStart;

/// The cause of a gap that began while nobody was there to see it.
pub(crate) const NOT_RUNNING: &str = "Wiretree was not recording this connection.";
/// The end of a session that nobody saw.
pub(crate) const KILLED: &str = "Wiretree was ended without closing the connection.";
/// The cause of a gap that the user began.
pub(crate) const CLOSED: &str = "The connection was closed in Wiretree.";
/// The end of a session in a history that is not the last.
pub(crate) const GOES_ON: &str = "It goes on in the next history.";

const PAUSED: &str = "Recording was paused.";
const FULL: &str = "The history could not be written: messages of QoS 0 were not kept.";
const DISCONNECTED: &str = "Disconnected by the user.";
const DROPPED: &str = "Dropped without DISCONNECT by the user.";

/// A beginning or an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// `None`: since the history last heard of the connection.
    GapBegin {
        from: Option<Timestamp>,
        cause: String,
    },
    GapEnd {
        to: Timestamp,
        session_kept: bool,
    },
    SessionBegin(SessionStart),
    /// `None`: when the history last heard of the connection.
    SessionEnd {
        to: Option<Timestamp>,
        cause: String,
    },
}

/// Remembers whether the connection is up, and whether it records.
#[derive(Debug)]
pub(crate) struct Gaps {
    broker: String,
    protocol: ProtocolVersion,
    /// How the session began that is up.
    session: Option<SessionStart>,
    is_paused: bool,
    is_full: bool,
    /// Why nothing is recorded, while that is so.
    cause: Option<String>,
}

impl Gaps {
    /// Nothing is recorded before the first connect.
    pub(crate) fn new(broker: String, protocol: ProtocolVersion) -> Self {
        let cause = Some(NOT_RUNNING.to_owned());
        Self { broker, protocol, session: None, is_paused: false, is_full: false, cause }
    }

    /// What a history is told first: how the time before it ended.
    pub(crate) fn before() -> [Edge; 2] {
        [
            Edge::SessionEnd { to: None, cause: KILLED.to_owned() },
            Edge::GapBegin { from: None, cause: NOT_RUNNING.to_owned() },
        ]
    }

    /// Takes the next state in.
    pub(crate) fn note(&mut self, state: &State, now: Timestamp) -> Vec<Edge> {
        match state {
            // What comes in before DISCONNECT has been sent is recorded like everything else.
            State::Disconnecting => Vec::new(),
            State::Connected { session_present, client_id, since, .. } => {
                if self.session.is_some() {
                    return Vec::new();
                }
                let start = SessionStart {
                    from: *since,
                    session_kept: *session_present,
                    client_id: client_id.clone(),
                    broker: self.broker.clone(),
                    protocol: self.protocol,
                };
                self.session = Some(start.clone());
                let end = self.end(*since, *session_present);
                [Edge::SessionBegin(start)].into_iter().chain(end).collect()
            }
            _ => {
                if self.session.take().is_none() {
                    return Vec::new();
                }
                let end = Edge::SessionEnd { to: Some(now), cause: cause(state) };
                [end].into_iter().chain(self.begin(now, &cause(state))).collect()
            }
        }
    }

    /// Recording is paused, or goes on.
    pub(crate) fn set_paused(&mut self, is_paused: bool, now: Timestamp) -> Option<Edge> {
        self.is_paused = is_paused;
        if is_paused { self.begin(now, PAUSED) } else { self.end(now, false) }
    }

    /// The history takes no more, or takes messages again.
    pub(crate) fn set_full(&mut self, is_full: bool, now: Timestamp) -> Option<Edge> {
        if self.is_full == is_full {
            return None;
        }
        self.is_full = is_full;
        if is_full { self.begin(now, FULL) } else { self.end(now, false) }
    }

    /// What the history that is left is told,
    pub(crate) fn leave(&self, now: Timestamp) -> Option<Edge> {
        let end = Edge::SessionEnd { to: Some(now), cause: GOES_ON.to_owned() };
        self.session.as_ref().map(|_| end)
    }

    /// and what the one that comes next is told.
    pub(crate) fn arrive(&self, now: Timestamp) -> Vec<Edge> {
        let session = self.session.clone().map(Edge::SessionBegin);
        let from = Some(now);
        let gap = self.cause.clone().map(|cause| Edge::GapBegin { from, cause });
        session.into_iter().chain(gap).collect()
    }

    fn begin(&mut self, now: Timestamp, cause: &str) -> Option<Edge> {
        if self.cause.is_some() {
            return None;
        }
        self.cause = Some(cause.to_owned());
        Some(Edge::GapBegin { from: Some(now), cause: cause.to_owned() })
    }

    fn end(&mut self, to: Timestamp, session_kept: bool) -> Option<Edge> {
        if self.session.is_none() || self.is_paused || self.is_full {
            return None;
        }
        self.cause.take().map(|_| Edge::GapEnd { to, session_kept })
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

    fn gaps() -> Gaps {
        Gaps::new("broker:1883".to_owned(), ProtocolVersion::V5)
    }

    fn connected(session_present: bool, since: i64) -> State {
        let (client_id, limits) = ("me".to_owned(), ServerLimits::default());
        State::Connected { session_present, client_id, limits, since: Timestamp(since) }
    }

    fn lost(cause: MqttError) -> State {
        let (attempt, retry_in, retry_at) = (1, std::time::Duration::ZERO, Timestamp(0));
        State::WaitingToRetry { attempt, retry_in, retry_at, cause }
    }

    fn session(session_kept: bool, from: i64) -> Edge {
        Edge::SessionBegin(SessionStart {
            from: Timestamp(from),
            session_kept,
            client_id: "me".to_owned(),
            broker: "broker:1883".to_owned(),
            protocol: ProtocolVersion::V5,
        })
    }

    fn session_end(to: i64, cause: &str) -> Edge {
        Edge::SessionEnd { to: Some(Timestamp(to)), cause: cause.to_owned() }
    }

    fn begin(from: i64, cause: &str) -> Edge {
        Edge::GapBegin { from: Some(Timestamp(from)), cause: cause.to_owned() }
    }

    fn end(to: i64, session_kept: bool) -> Edge {
        Edge::GapEnd { to: Timestamp(to), session_kept }
    }

    #[test]
    fn a_gap_lasts_from_the_loss_to_the_next_connect_whatever_fails_in_between() {
        let mut gaps = gaps();
        let mut note = |state: State, now| gaps.note(&state, Timestamp(now));
        assert_eq!(note(lost(MqttError::Closed), 0), [], "nothing was recorded yet");
        assert_eq!(note(connected(false, 5), 6), [session(false, 5), end(5, false)]);
        let cause = MqttError::SessionLost;
        let words = cause.to_string();
        assert_eq!(note(lost(cause), 9), [session_end(9, &words), begin(9, &words)]);
        assert_eq!(note(lost(MqttError::Closed), 10), []);
        assert_eq!(note(State::Refused { cause: MqttError::Closed }, 11), []);
        assert_eq!(note(connected(true, 20), 21), [session(true, 20), end(20, true)]);
        assert_eq!(note(State::Disconnecting, 29), [], "messages may still come");
        assert_eq!(note(State::Closed, 30), [session_end(30, CLOSED), begin(30, CLOSED)]);
    }

    #[test]
    fn a_pause_is_a_gap_that_a_reconnect_does_not_end() {
        let mut gaps = gaps();
        gaps.note(&connected(false, 1), Timestamp(1));
        assert_eq!(gaps.set_paused(true, Timestamp(2)), Some(begin(2, PAUSED)));
        assert_eq!(gaps.set_full(true, Timestamp(3)), None, "it goes on already");
        let words = MqttError::Closed.to_string();
        let lost = gaps.note(&lost(MqttError::Closed), Timestamp(4));
        assert_eq!(lost, [session_end(4, &words)]);
        assert_eq!(gaps.set_full(false, Timestamp(5)), None);
        assert_eq!(gaps.note(&connected(true, 6), Timestamp(6)), [session(true, 6)]);
        assert_eq!(gaps.set_paused(false, Timestamp(7)), Some(end(7, false)));
        assert_eq!(gaps.set_paused(false, Timestamp(8)), None);
    }

    #[test]
    fn a_pause_before_the_first_connect_ends_with_the_connect_after_it() {
        let mut gaps = gaps();
        assert_eq!(gaps.set_paused(true, Timestamp(1)), None, "nothing is recorded anyhow");
        assert_eq!(gaps.set_paused(false, Timestamp(2)), None, "and not yet");
        let edges = gaps.note(&connected(false, 3), Timestamp(3));
        assert_eq!(edges, [session(false, 3), end(3, false)]);
    }

    #[test]
    fn the_next_history_begins_with_what_goes_on() {
        let mut gaps = gaps();
        gaps.note(&connected(false, 1), Timestamp(1));
        assert_eq!(gaps.leave(Timestamp(5)), Some(session_end(5, GOES_ON)));
        assert_eq!(gaps.arrive(Timestamp(5)), [session(false, 1)]);
        gaps.set_paused(true, Timestamp(6));
        assert_eq!(gaps.arrive(Timestamp(7)), [session(false, 1), begin(7, PAUSED)]);
        gaps.note(&State::Closed, Timestamp(8));
        assert_eq!((gaps.leave(Timestamp(9)), gaps.arrive(Timestamp(9)).len()), (None, 1));
    }
}
