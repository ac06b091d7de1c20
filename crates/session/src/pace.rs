//! When the next picture is due. Pure: moments come in as arguments.
//!
//! A picture is made only when somebody waits for one and something visible has changed; what a
//! person did is shown at once, what streams in at most once a display tick, and a foot in which
//! only numbers moved a few times a second. Whether rows on screen have changed is looked at no more
//! often than a picture of them could be made.

use std::time::Duration;

use tokio::time::Instant;

/// Between two pictures of streaming rows, or of the connection's state.
const ROWS: Duration = Duration::from_millis(33);
/// Between two pictures in which only counters differ.
const COUNTERS: Duration = Duration::from_millis(250);

/// What has changed since the last picture, in order of hurry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    #[default]
    Nothing,
    Counters,
    /// Rows somewhere in the tree, on screen or not.
    Rows,
    /// What stands beside the tree: connection, subscriptions, trouble, the selected topic's
    /// history.
    Facts,
    Gesture,
}

#[derive(Debug, Default)]
pub(crate) struct Pace {
    last: Option<Instant>,
    /// When rows were last found to be out of sight.
    looked: Option<Instant>,
    change: Change,
}

impl Pace {
    /// Something changed.
    pub(crate) fn note(&mut self, change: Change) {
        self.change = self.change.max(change);
    }

    /// The rows that changed turned out to be outside of the window; only their number shows.
    pub(crate) fn out_of_sight(&mut self, now: Instant) {
        self.looked = Some(now);
        self.change = self.change.min(Change::Counters);
    }

    /// What has changed since the last picture.
    pub(crate) fn change(&self) -> Change {
        self.change
    }

    /// When the next picture may be made; none: not before something changes.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        let (last, pause) = match self.change {
            Change::Nothing => return None,
            Change::Counters => (self.last, COUNTERS),
            Change::Rows => (self.last.max(self.looked), ROWS),
            Change::Facts => (self.last, ROWS),
            Change::Gesture => return Some(now),
        };
        Some(last.map_or(now, |last| last + pause))
    }

    /// A picture was made.
    pub(crate) fn made(&mut self, now: Instant) {
        self.last = Some(now);
        self.change = Change::Nothing;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_new_means_no_picture() {
        let mut pace = Pace::default();
        let now = Instant::now();
        assert_eq!(pace.due(now), None);
        pace.note(Change::Rows);
        pace.made(now);
        assert_eq!(pace.due(now + COUNTERS), None, "nothing has changed since");
    }

    #[test]
    fn what_hurries_most_decides() {
        let mut pace = Pace::default();
        let now = Instant::now();
        pace.made(now);
        pace.note(Change::Counters);
        assert_eq!(pace.due(now), Some(now + COUNTERS));
        pace.note(Change::Rows);
        pace.note(Change::Counters);
        assert_eq!(pace.due(now), Some(now + ROWS));
        pace.note(Change::Facts);
        assert_eq!(pace.due(now), Some(now + ROWS));
        pace.note(Change::Gesture);
        assert_eq!(pace.due(now), Some(now));
    }

    #[test]
    fn rows_outside_of_the_window_are_no_hurry() {
        let mut pace = Pace::default();
        let now = Instant::now();
        pace.made(now);
        pace.note(Change::Rows);
        let looked = now + ROWS;
        pace.out_of_sight(looked);
        assert_eq!(pace.due(looked), Some(now + COUNTERS));
        pace.note(Change::Rows);
        assert_eq!(pace.due(looked), Some(looked + ROWS), "not with every message");
        pace.note(Change::Facts);
        assert_eq!(pace.due(looked), Some(now + ROWS), "what is in sight does not wait for it");
    }
}
