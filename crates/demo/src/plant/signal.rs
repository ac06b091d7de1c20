//! Numbers that move as measured ones do: a slow wave, a faster one, and noise from a seed.

use std::f64::consts::TAU;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The moment a value is for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moment {
    /// Seconds since the plant was started; what the values follow.
    pub(super) seconds: f64,
    /// Milliseconds since 1970, as devices write it.
    pub(super) unix_ms: u128,
}

impl Moment {
    pub(super) fn now(since_start: Duration) -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { seconds: since_start.as_secs_f64(), unix_ms: since_1970.as_millis() }
    }
}

/// A source of values; the same seed gives the same ones.
#[derive(Debug)]
pub(super) struct Signal {
    random: StdRng,
    /// Where in its wave it begins, so that machines do not move in step.
    phase: f64,
}

impl Signal {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let phase = random.random_range(0.0..TAU);
        Self { random, phase }
    }

    /// Around `middle`, most of the time within `swing` of it, with a wave of `period` seconds.
    pub(super) fn value(&mut self, moment: Moment, middle: f64, swing: f64, period: f64) -> f64 {
        let slow = (moment.seconds * TAU / period + self.phase).sin();
        let fast = (moment.seconds * TAU * 7.3 / period + 2.0 * self.phase).sin();
        let noise: f64 = self.random.random_range(-1.0..1.0);
        middle + swing * (0.7 * slow + 0.15 * fast + 0.15 * noise)
    }

    /// A whole number from 0 to `below`, exclusive.
    pub(super) fn pick(&mut self, below: usize) -> usize {
        self.random.random_range(0..below.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_values_within_the_swing() {
        let values = |seed| {
            let mut signal = Signal::new(seed);
            (0..1000)
                .map(|step| {
                    let moment = Moment { seconds: f64::from(step) * 0.1, unix_ms: 0 };
                    signal.value(moment, 50.0, 10.0, 60.0)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(values(1), values(1));
        assert_ne!(values(1), values(2));
        assert!(values(3).iter().all(|value| (40.0..=60.0).contains(value)));
    }
}
