//! When each message is due: the recording's pauses or a fixed rate, and the cap upon them.
//!
//! Pure: moments come in as times since the beginning of the replay.

use std::time::Duration;

use wiretree_model::Timestamp;

use super::order::Timing;

/// How far a rate may be caught up with in one go: timers wake up late by a millisecond or so.
const SLACK: Duration = Duration::from_millis(10);

/// Says when a message is due, in the order in which they are sent.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    timing: Timing,
    longest_gap: Option<Duration>,
    last: Option<Timestamp>,
    due: Duration,
    count: u64,
}

impl Schedule {
    pub(crate) fn new(timing: Timing, longest_gap: Option<Duration>) -> Self {
        Self { timing, longest_gap, last: None, due: Duration::ZERO, count: 0 }
    }

    /// When the next message is due, since the beginning; never before the one before it, whatever
    /// the clock did while they were recorded.
    pub(crate) fn next(&mut self, received_at: Timestamp) -> Duration {
        match self.timing {
            Timing::FixedRate(rate) => {
                // From the count, so that nothing adds up over millions of messages.
                self.due = seconds(self.count as f64 / rate);
                self.count = self.count.saturating_add(1);
            }
            Timing::Original { speed } => {
                let last = self.last.replace(received_at).unwrap_or(received_at);
                let gap = received_at.0.saturating_sub(last.0);
                let gap = Duration::from_micros(u64::try_from(gap).unwrap_or(0));
                let gap = self.longest_gap.map_or(gap, |longest| gap.min(longest));
                self.due = self.due.saturating_add(seconds(gap.as_secs_f64() / speed));
            }
        }
        self.due
    }

    /// The next message is the first of another pass: it follows the last without a pause.
    pub(crate) fn again(&mut self) {
        self.last = None;
    }
}

/// Keeps messages from going faster than a rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brake {
    interval: Duration,
    free_at: Duration,
}

impl Brake {
    /// With no rate it holds nothing up.
    pub(crate) fn new(per_second: Option<f64>) -> Self {
        let interval = per_second.map_or(Duration::ZERO, |rate| seconds(1.0 / rate));
        Self { interval, free_at: Duration::ZERO }
    }

    /// When a message may go that is due at `due`.
    pub(crate) fn hold(&self, due: Duration) -> Duration {
        due.max(self.free_at)
    }

    /// A message went at `now`, which is not before it might.
    pub(crate) fn passed(&mut self, now: Duration) {
        self.free_at = self.free_at.max(now.saturating_sub(SLACK)).saturating_add(self.interval);
    }
}

/// As many seconds as a duration can hold.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn due(schedule: &mut Schedule, moments: &[i64]) -> Vec<u64> {
        let due = |moment: &i64| schedule.next(Timestamp(*moment)).as_micros() as u64;
        moments.iter().map(due).collect()
    }

    #[test]
    fn the_pauses_of_the_recording_are_scaled() {
        let moments = [5_000_000, 5_500_000, 5_500_000, 7_500_000];
        for (speed, expected) in [
            (1.0, [0, 500_000, 500_000, 2_500_000]),
            (2.0, [0, 250_000, 250_000, 1_250_000]),
            (0.5, [0, 1_000_000, 1_000_000, 5_000_000]),
        ] {
            let mut schedule = Schedule::new(Timing::Original { speed }, None);
            assert_eq!(due(&mut schedule, &moments), expected, "{speed}");
        }
    }

    #[test]
    fn long_pauses_are_shortened_before_they_are_scaled() {
        let timing = Timing::Original { speed: 2.0 };
        let mut schedule = Schedule::new(timing, Some(Duration::from_secs(1)));
        let moments = [0, 900_000, 3_600_900_000, 3_601_900_000];
        assert_eq!(due(&mut schedule, &moments), [0, 450_000, 950_000, 1_450_000]);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_pause() {
        let mut schedule = Schedule::new(Timing::default(), None);
        let moments = [1_000_000, 500_000, 700_000, i64::MIN, i64::MAX];
        let due = due(&mut schedule, &moments);
        assert_eq!(due[..4], [0, 0, 200_000, 200_000]);
        assert!(due[4] > due[3]);
    }

    #[test]
    fn another_pass_follows_at_once() {
        let mut schedule = Schedule::new(Timing::default(), None);
        assert_eq!(due(&mut schedule, &[0, 1_000]), [0, 1_000]);
        schedule.again();
        assert_eq!(due(&mut schedule, &[0, 1_000]), [1_000, 2_000]);
        let mut schedule = Schedule::new(Timing::FixedRate(4.0), None);
        assert_eq!(due(&mut schedule, &[0, 1_000]), [0, 250_000]);
        schedule.again();
        assert_eq!(due(&mut schedule, &[0, 1_000]), [500_000, 750_000]);
    }

    #[test]
    fn the_brake_lets_late_timers_catch_up_and_no_more() {
        let mut brake = Brake::new(Some(1_000.0));
        let millis = Duration::from_millis;
        assert_eq!(brake.hold(millis(0)), millis(0));
        brake.passed(millis(2));
        assert_eq!(brake.hold(millis(0)), millis(1), "it was late, and catches up");
        brake.passed(millis(500));
        assert_eq!(brake.hold(millis(0)), millis(491), "but not with half a second");
        assert_eq!(brake.hold(millis(600)), millis(600));
    }

    proptest! {
        #[test]
        fn nothing_is_due_before_what_came_before_it(
            moments in proptest::collection::vec(any::<i64>(), 1..50),
            speed in 0.001_f64..10_000.0,
            gap in proptest::option::of(1_u64..1_000_000),
            rate in 0.001_f64..1e6,
        ) {
            for timing in [Timing::Original { speed }, Timing::FixedRate(rate)] {
                let mut schedule = Schedule::new(timing, gap.map(Duration::from_micros));
                let due: Vec<_> = moments.iter().map(|at| schedule.next(Timestamp(*at))).collect();
                prop_assert_eq!(due[0], Duration::ZERO);
                prop_assert!(due.is_sorted());
                if let (Timing::Original { .. }, Some(gap)) = (timing, gap) {
                    let longest = Duration::from_micros(gap).as_secs_f64() / speed;
                    let steps = due.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64());
                    for step in steps {
                        prop_assert!(step <= longest + 1e-6, "{step} {longest}");
                    }
                }
            }
        }

        #[test]
        fn no_more_pass_the_brake_than_the_rate_allows(
            rate in 1.0_f64..10_000.0,
            waits in proptest::collection::vec(0_u64..5_000, 1..200),
        ) {
            let mut brake = Brake::new(Some(rate));
            let mut now = Duration::ZERO;
            let mut passed: Vec<Duration> = Vec::new();
            for wait in waits {
                now += Duration::from_micros(wait);
                now = brake.hold(now);
                brake.passed(now);
                passed.push(now);
            }
            for (at, from) in passed.iter().enumerate() {
                for (count, to) in passed[at..].iter().enumerate() {
                    let allowed = ((*to - *from + SLACK).as_secs_f64() * rate) + 1.0;
                    prop_assert!(count as f64 <= allowed + 1e-3, "{count} > {allowed}");
                }
            }
        }
    }
}
