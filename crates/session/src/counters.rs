//! What was received, stored, shown and dropped, and how fast it comes.
//!
//! Pure: the moment is an argument. A loss that is not counted here did not happen by the rules of
//! the house, so every path that gives a message up ends in [`Counters::drop_messages`] or one of its like.

use std::collections::VecDeque;

use wiretree_model::Timestamp;

/// How far back the rates look, in microseconds.
const WINDOW: i64 = 2_000_000;
/// The width of one bucket of the rates, in microseconds.
const BUCKET: i64 = 100_000;

/// Totals since the session was opened; sizes in bytes, rates for each second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Messages that came in.
    pub received: u64,
    /// Messages committed to the history.
    pub stored: u64,
    /// Messages that came marked as sent before (DUP, MQTT 5 §3.3.1.1); they count as received too.
    pub duplicates: u64,
    /// Messages that the tree on screen has taken in.
    pub shown: u64,
    /// Messages given up without being stored.
    pub dropped: u64,
    /// Of those, messages of QoS 0 that came while the history could not be written and its queue
    /// was full.
    pub dropped_full: u64,
    /// Messages not recorded because recording was paused.
    pub left_out_paused: u64,
    /// Messages not recorded because a rule says so.
    pub left_out_by_rule: u64,
    /// Received, but neither committed nor dropped nor left out.
    pub waiting: u64,
    /// Messages published from here that were to be recorded.
    pub sent: u64,
    /// Of those, messages that could not be recorded.
    pub sent_dropped: u64,
    /// Messages that came in during the last seconds, for each second.
    pub messages_per_second: f64,
    /// Payload and topic bytes that came in during the last seconds, for each second.
    pub bytes_per_second: f64,
}

/// How many messages of a batch are not recorded, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Recording is paused.
    pub(crate) paused: u64,
    /// A rule says so.
    pub(crate) by_rule: u64,
    /// The history cannot be written, and its queue is full.
    pub(crate) full: u64,
}

impl LeftOut {
    pub(crate) fn total(self) -> u64 {
        self.paused + self.by_rule + self.full
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    received: u64,
    duplicates: u64,
    stored: u64,
    shown: u64,
    dropped: u64,
    left_out: LeftOut,
    sent: u64,
    sent_dropped: u64,
    recent: VecDeque<Bucket>,
    began: Option<Timestamp>,
    /// Since when the rates are counted: since the beginning, or since the clock was set back.
    since: Timestamp,
}

#[derive(Debug)]
struct Bucket {
    start: i64,
    messages: u64,
    bytes: u64,
}

impl Counters {
    /// Counts a batch that came in at `now`.
    pub(crate) fn receive(&mut self, messages: u64, bytes: u64, now: Timestamp) {
        self.received += messages;
        if self.began.is_none() {
            (self.began, self.since) = (Some(now), now);
        }
        self.forget_before(now);
        let start = now.0 - now.0.rem_euclid(BUCKET);
        match self.recent.back_mut() {
            Some(bucket) if bucket.start == start => {
                bucket.messages += messages;
                bucket.bytes += bytes;
            }
            _ => self.recent.push_back(Bucket { start, messages, bytes }),
        }
    }

    /// Of those that came in, so many were marked as sent before.
    pub(crate) fn note_duplicates(&mut self, messages: u64) {
        self.duplicates += messages;
    }

    /// Of those that came in, so many are not recorded.
    pub(crate) fn leave_out(&mut self, more: LeftOut) {
        self.dropped += more.full;
        self.left_out.paused += more.paused;
        self.left_out.by_rule += more.by_rule;
        self.left_out.full += more.full;
    }

    /// A message was published from here, and is to be recorded.
    pub(crate) fn send(&mut self) {
        self.sent += 1;
    }

    /// Messages published from here will not be recorded.
    pub(crate) fn drop_sent(&mut self, messages: u64) {
        self.sent_dropped += messages;
    }

    /// How many messages published from here are neither among these committed ones nor dropped.
    pub(crate) fn sent_beyond(&self, committed: u64) -> u64 {
        self.sent.saturating_sub(committed + self.sent_dropped)
    }

    /// The history says how many messages of this session it has committed. Says whether there
    /// are more of them than before.
    pub(crate) fn set_stored(&mut self, stored: u64) -> bool {
        let before = std::mem::replace(&mut self.stored, stored);
        stored > before
    }

    /// A picture was made that contains all that was received so far.
    pub(crate) fn show_all(&mut self) {
        self.shown = self.received;
    }

    /// Gives `messages` up.
    pub(crate) fn drop_messages(&mut self, messages: u64) {
        self.dropped += messages;
    }

    /// Whether the rates are above nothing, so that they will change by themselves.
    pub(crate) fn is_moving(&self) -> bool {
        !self.recent.is_empty()
    }

    /// When the first message came in.
    pub(crate) fn began(&self) -> Option<Timestamp> {
        self.began
    }

    /// The totals at `now`.
    pub(crate) fn totals(&mut self, now: Timestamp) -> Totals {
        self.forget_before(now);
        let messages: u64 = self.recent.iter().map(|bucket| bucket.messages).sum();
        let bytes: u64 = self.recent.iter().map(|bucket| bucket.bytes).sum();
        let seconds = self.span(now);
        Totals {
            received: self.received,
            duplicates: self.duplicates,
            stored: self.stored,
            shown: self.shown,
            dropped: self.dropped,
            dropped_full: self.left_out.full,
            left_out_paused: self.left_out.paused,
            left_out_by_rule: self.left_out.by_rule,
            waiting: self.received.saturating_sub(self.accounted()),
            sent: self.sent,
            sent_dropped: self.sent_dropped,
            messages_per_second: messages as f64 / seconds,
            bytes_per_second: bytes as f64 / seconds,
        }
    }

    /// How many of those received are stored, dropped or left out.
    fn accounted(&self) -> u64 {
        self.stored + self.dropped + self.left_out.paused + self.left_out.by_rule
    }

    /// How many seconds the buckets stand for: the window, or less when the session is younger.
    fn span(&self, now: Timestamp) -> f64 {
        now.0.saturating_sub(self.since.0).clamp(BUCKET * 5, WINDOW) as f64 / 1e6
    }

    fn forget_before(&mut self, now: Timestamp) {
        // Of a clock that was set back, what is ahead would count for ever.
        if self.recent.back().is_some_and(|bucket| bucket.start > now.0) {
            self.recent.clear();
            self.since = now;
        }
        let old = |bucket: &Bucket| bucket.start + WINDOW <= now.0;
        while self.recent.front().is_some_and(old) {
            self.recent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_steady_stream_shows_its_rate() {
        let mut counters = Counters::default();
        for step in 0..100 {
            counters.receive(20, 2_000, Timestamp(step * SECOND / 10));
        }
        let totals = counters.totals(Timestamp(99 * SECOND / 10 + 1));
        assert_eq!(totals.received, 2_000);
        assert!((totals.messages_per_second - 200.0).abs() < 11.0, "{totals:?}");
        assert!((totals.bytes_per_second - 20_000.0).abs() < 1_100.0, "{totals:?}");
    }

    #[test]
    fn rates_fall_to_nothing_when_the_stream_ends() {
        let mut counters = Counters::default();
        counters.receive(5, 500, Timestamp(0));
        assert!(counters.is_moving());
        let totals = counters.totals(Timestamp(10 * SECOND));
        assert_eq!(totals.messages_per_second, 0.0);
        assert!(!counters.is_moving());
    }

    #[test]
    fn what_is_neither_stored_nor_dropped_is_waiting() {
        let mut counters = Counters::default();
        counters.receive(10, 0, Timestamp(0));
        counters.set_stored(6);
        counters.drop_messages(1);
        assert_eq!(counters.totals(Timestamp(0)).waiting, 3);
    }

    #[test]
    fn what_is_left_out_is_counted_by_its_cause_and_not_waited_for() {
        let mut counters = Counters::default();
        counters.receive(10, 0, Timestamp(0));
        counters.leave_out(LeftOut { paused: 1, by_rule: 2, full: 3 });
        counters.set_stored(2);
        let totals = counters.totals(Timestamp(0));
        assert_eq!((totals.left_out_paused, totals.left_out_by_rule), (1, 2));
        assert_eq!((totals.dropped_full, totals.dropped, totals.waiting), (3, 3, 2));
    }

    #[test]
    fn what_was_sent_again_counts_as_received_and_as_such() {
        let mut counters = Counters::default();
        counters.receive(5, 0, Timestamp(0));
        counters.note_duplicates(2);
        let totals = counters.totals(Timestamp(0));
        assert_eq!((totals.received, totals.duplicates), (5, 2));
    }

    #[test]
    fn a_clock_that_jumps_back_loses_no_count_and_shows_the_rate_from_then_on() {
        let mut counters = Counters::default();
        counters.receive(3, 0, Timestamp(100 * SECOND));
        for step in 0..100 {
            counters.receive(20, 0, Timestamp(10 * SECOND + step * SECOND / 10));
        }
        let totals = counters.totals(Timestamp(20 * SECOND - 1));
        assert_eq!(totals.received, 2_003);
        assert!((totals.messages_per_second - 200.0).abs() < 11.0, "{totals:?}");
        counters.totals(Timestamp(0));
        assert!(!counters.is_moving(), "nothing came since the clock was set back again");
    }
}
