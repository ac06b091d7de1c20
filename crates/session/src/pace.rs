//! When the next picture is due. Pure: moments come in as arguments.
//!
//! A picture is made only when somebody waits for one and something visible has changed; what a
//! person did is shown at once, what streams in at most once a display tick, and a foot in which
//! only numbers moved a few times a second.

use std::time::Duration;

use tokio::time::Instant;

/// Between two pictures of streaming rows.
const ROWS: Duration = Duration::from_millis(33);
/// Between two pictures in which only counters differ.
const COUNTERS: Duration = Duration::from_millis(250);

/// What has changed since the last picture, in order of hurry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    #[default]
    Nothing,
    Counters,
    Rows,
    Gesture,
}

#[derive(Debug, Default)]
pub(crate) struct Pace {
    last: Option<Instant>,
    change: Change,
}

impl Pace {
    /// Something changed.
    pub(crate) fn note(&mut self, change: Change) {
        self.change = self.change.max(change);
    }

    /// What changed turned out to be outside of the window.
    pub(crate) fn lower_to(&mut self, change: Change) {
        self.change = self.change.min(change);
    }

    /// What has changed since the last picture.
    pub(crate) fn change(&self) -> Change {
        self.change
    }

    /// When the next picture may be made; none: not before something changes.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        let pause = match self.change {
            Change::Nothing => return None,
            Change::Counters => COUNTERS,
            Change::Rows => ROWS,
            Change::Gesture => return Some(now),
        };
        Some(self.last.map_or(now, |last| last + pause))
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
        pace.note(Change::Gesture);
        assert_eq!(pace.due(now), Some(now));
    }

    #[test]
    fn rows_outside_of_the_window_are_no_hurry() {
        let mut pace = Pace::default();
        let now = Instant::now();
        pace.made(now);
        pace.note(Change::Rows);
        pace.lower_to(Change::Counters);
        assert_eq!(pace.due(now), Some(now + COUNTERS));
    }
}
