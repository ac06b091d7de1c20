//! The time of a replay: monotonic, and able to stand still.

use std::time::Duration;

use tokio::time::Instant;

/// Counts from its start, without the times in which it stood still.
pub(super) struct Clock {
    origin: Instant,
    still_since: Option<Instant>,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { origin: Instant::now(), still_since: None }
    }

    pub(super) fn now(&self) -> Duration {
        self.still_since.unwrap_or_else(Instant::now).saturating_duration_since(self.origin)
    }

    /// Stops it, or lets it go on from where it stopped.
    pub(super) fn stand_still(&mut self, is_still: bool) {
        if is_still {
            self.still_since.get_or_insert_with(Instant::now);
        } else if let Some(since) = self.still_since.take() {
            self.origin += since.elapsed();
        }
    }

    /// When it will show this time, if it goes on; what no clock can show is never.
    pub(super) fn moment(&self, time: Duration) -> Option<Instant> {
        self.origin.checked_add(time)
    }
}
