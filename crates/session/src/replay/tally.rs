//! What has become of the messages of a replay, in figures and with the first failures by name.
//!
//! Promise: every message that the history gave is in exactly one of the counts, and the memory for
//! failures is bounded.

use std::sync::Arc;
use std::time::Duration;

use wiretree_model::{Timestamp, Topic};
use wiretree_mqtt::{MqttError, PublishOutcome};

use super::plan::Origin;
use super::remap::Refusal;

/// The most failures that are kept by name; the counts know all.
const FAILURES: usize = 100;

/// Messages by what became of them, over all passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplayCounts {
    /// Not to be read, since the history is damaged there; they may be more than were asked for.
    pub unreadable: u64,
    /// Left out, since they went the other way.
    pub skipped: u64,
    /// Not sent, since nobody may publish to their topic.
    pub refused: u64,
    /// On their way: no answer yet.
    pub in_flight: u64,
    /// Sent with QoS 0, for which there is no acknowledgement.
    pub sent: u64,
    /// Acknowledged by the broker.
    pub acknowledged: u64,
    /// Not taken by the broker, or not sent.
    pub failed: u64,
    /// Sent, and the answer never came: the broker may have them or not.
    pub unknown: u64,
}

/// A message that was not delivered for sure.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayFailure {
    /// Its number in the history.
    pub message: i64,
    /// When it was recorded.
    pub received_at: Timestamp,
    /// The topic that it was recorded on.
    pub from: Topic,
    /// Where it was sent; none: nowhere.
    pub to: Option<Topic>,
    /// Why.
    pub cause: ReplayCause,
}

/// Why a message was not delivered for sure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplayCause {
    /// It was never sent: nobody may publish to its topic.
    #[error("Not sent: {0}")]
    Refused(Refusal),
    /// It was not sent, or the broker did not take it.
    #[error("{0}")]
    Failed(MqttError),
    /// It was sent, and the answer never came.
    #[error("It may have arrived or not: {0}")]
    Unknown(MqttError),
    /// It was sent, and the replay ended before the answer came.
    #[error("It may have arrived or not: the replay was ended before the broker answered")]
    Unanswered,
}

impl ReplayCounts {
    /// Messages that were handed to the connection.
    pub fn published(&self) -> u64 {
        self.in_flight + self.sent + self.acknowledged + self.failed + self.unknown
    }

    /// Messages that came out of the history.
    pub fn read(&self) -> u64 {
        self.skipped + self.refused + self.published()
    }

    /// Whether every message was read and sent, and none failed.
    pub fn is_clean(&self) -> bool {
        self.unreadable + self.refused + self.failed + self.unknown == 0
    }
}

/// Keeps the counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: ReplayCounts,
    failures: Arc<Vec<ReplayFailure>>,
    first_cause: Option<MqttError>,
}

impl Tally {
    pub(crate) fn refused(&mut self, origin: &Origin, refusal: Refusal) {
        self.counts.refused += 1;
        self.keep(origin, None, ReplayCause::Refused(refusal));
    }

    /// A message has ended; gives why it failed, if it did.
    pub(crate) fn ended(&mut self, origin: &Origin, to: &Topic, outcome: &PublishOutcome) {
        self.counts.in_flight = self.counts.in_flight.saturating_sub(1);
        match outcome {
            PublishOutcome::Acknowledged { .. } => self.counts.acknowledged += 1,
            PublishOutcome::Sent => self.counts.sent += 1,
            PublishOutcome::Failed { cause } => {
                self.counts.failed += 1;
                self.first_cause.get_or_insert_with(|| cause.clone());
                self.keep(origin, Some(to), ReplayCause::Failed(cause.clone()));
            }
            PublishOutcome::Unknown { cause } => {
                self.counts.unknown += 1;
                self.first_cause.get_or_insert_with(|| cause.clone());
                self.keep(origin, Some(to), ReplayCause::Unknown(cause.clone()));
            }
            // Only a ticket that was given up on ends here.
            PublishOutcome::Queued => {
                self.counts.unknown += 1;
                self.keep(origin, Some(to), ReplayCause::Unanswered);
            }
        }
    }

    /// The failures so far, the first ones.
    pub(crate) fn failures(&self) -> Arc<Vec<ReplayFailure>> {
        Arc::clone(&self.failures)
    }

    /// Why the first message that failed did.
    pub(crate) fn first_cause(&self) -> Option<MqttError> {
        self.first_cause.clone()
    }

    fn keep(&mut self, origin: &Origin, to: Option<&Topic>, cause: ReplayCause) {
        if self.failures.len() < FAILURES {
            let Origin { message, received_at, topic } = origin.clone();
            let failure =
                ReplayFailure { message, received_at, from: topic, to: to.cloned(), cause };
            Arc::make_mut(&mut self.failures).push(failure);
        }
    }
}

/// Messages a second, over the last few seconds.
#[derive(Debug)]
pub(crate) struct Speedometer {
    marks: std::collections::VecDeque<(Duration, u64)>,
}

impl Speedometer {
    /// How long it looks back.
    const SPAN: Duration = Duration::from_secs(3);

    pub(crate) fn new() -> Self {
        Self { marks: [(Duration::ZERO, 0)].into() }
    }

    /// So many in all were sent by `now`; gives messages a second.
    pub(crate) fn look(&mut self, now: Duration, published: u64) -> f64 {
        self.marks.push_back((now, published));
        while self.marks.get(1).is_some_and(|(at, _)| *at + Self::SPAN <= now) {
            self.marks.pop_front();
        }
        let (since, before) = self.marks.front().copied().unwrap_or_default();
        let span = now.saturating_sub(since).as_secs_f64();
        if span > 0.0 { published.saturating_sub(before) as f64 / span } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        let topic = Topic::received("a");
        Origin { message: 1, received_at: Timestamp(0), topic }
    }

    #[test]
    fn every_end_is_counted_once_and_the_failures_are_bounded() {
        let mut tally = Tally::default();
        let to = Topic::received("b");
        let failed = PublishOutcome::Failed { cause: MqttError::NotSent };
        let unknown = PublishOutcome::Unknown { cause: MqttError::SessionLost };
        tally.counts.in_flight = 4 + 300;
        for outcome in [PublishOutcome::Sent, failed.clone(), unknown, PublishOutcome::Queued] {
            tally.ended(&origin(), &to, &outcome);
        }
        (0..300).for_each(|_| tally.ended(&origin(), &to, &failed));
        tally.refused(&origin(), Refusal::System);
        let counts = tally.counts;
        assert_eq!((counts.sent, counts.failed, counts.unknown), (1, 301, 2));
        assert_eq!((counts.in_flight, counts.published(), counts.read()), (0, 304, 305));
        assert!(!counts.is_clean());
        assert_eq!(tally.failures().len(), FAILURES);
        assert_eq!(tally.first_cause(), Some(MqttError::NotSent));
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut rate = Speedometer::new();
        assert_eq!(rate.look(Duration::ZERO, 0), 0.0);
        assert_eq!(rate.look(Duration::from_secs(1), 100), 100.0);
        for second in 2..=10 {
            rate.look(Duration::from_secs(second), 100);
        }
        assert_eq!(rate.look(Duration::from_secs(11), 100), 0.0);
    }
}
