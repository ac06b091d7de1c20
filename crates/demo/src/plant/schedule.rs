//! When messages are due, and whose turn it is.

use std::time::Duration;

/// How many messages are due, at a rate. Reads no clock.
#[derive(Debug)]
pub(super) struct Pace {
    rate: f64,
    last: Duration,
    /// Due and not given out, as a fraction of a message.
    rest: f64,
}

impl Pace {
    pub(super) fn new(rate: f64) -> Self {
        Self { rate, last: Duration::ZERO, rest: 0.0 }
    }

    /// How many are due at `elapsed` that were not due before. At most one second of them: after a
    /// sleep of the machine nobody wants what was missed.
    pub(super) fn due(&mut self, elapsed: Duration) -> usize {
        let passed = elapsed.saturating_sub(self.last).min(Duration::from_secs(1));
        self.last = elapsed.max(self.last);
        let due = self.rest + passed.as_secs_f64() * self.rate;
        self.rest = due.fract();
        due.trunc() as usize
    }
}

/// The order in which sources take turns, each as often as its weight says, evenly spread.
#[derive(Debug)]
pub(super) struct Round {
    order: Vec<usize>,
    next: usize,
}

impl Round {
    /// `weights` by source: how often each has its turn in one round.
    pub(super) fn new(weights: &[usize]) -> Self {
        let mut turns: Vec<(f64, usize)> = Vec::new();
        for (source, weight) in weights.iter().enumerate() {
            let place = |turn: usize| (turn as f64 + 0.5) / *weight as f64;
            turns.extend((0..*weight).map(|turn| (place(turn), source)));
        }
        turns.sort_by(|one, other| one.0.total_cmp(&other.0));
        Self { order: turns.into_iter().map(|(_, source)| source).collect(), next: 0 }
    }

    /// The source whose turn it is; `None` if there are none.
    pub(super) fn turn(&mut self) -> Option<usize> {
        let source = self.order.get(self.next).or_else(|| self.order.first()).copied();
        self.next = if self.next >= self.order.len() { 1 } else { self.next + 1 };
        source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_due_as_the_rate_says_however_often_one_asks() {
        for rate in [0.0, 0.5, 1.0, 200.0, 12_345.6] {
            for step in [1, 7, 20, 333] {
                let mut pace = Pace::new(rate);
                let steps = 60_000 / step;
                let due: usize =
                    (1..=steps).map(|count| pace.due(Duration::from_millis(count * step))).sum();
                let expected = rate * (steps * step) as f64 / 1000.0;
                assert!((due as f64 - expected).abs() <= 1.0, "{rate} by {step}: {due}");
            }
        }
    }

    #[test]
    fn what_was_slept_through_is_not_made_up_for() {
        let mut pace = Pace::new(100.0);
        assert_eq!(pace.due(Duration::from_secs(3600)), 100);
        assert_eq!(pace.due(Duration::from_secs(3601)), 100);
    }

    #[test]
    fn each_source_has_its_turns_and_none_waits_for_another() {
        let mut round = Round::new(&[6, 3, 1]);
        let mut one_round = || (0..10).filter_map(|_| round.turn()).collect::<Vec<_>>();
        let first = one_round();
        for (source, weight) in [(0, 6), (1, 3), (2, 1)] {
            assert_eq!(first.iter().filter(|turn| **turn == source).count(), weight);
        }
        assert!(first.windows(4).all(|turns| turns.contains(&0)), "{first:?}");
        assert_eq!(one_round(), first, "and then again");
        assert_eq!(Round::new(&[]).turn(), None);
    }
}
