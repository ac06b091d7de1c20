//! What to replay, and how: plain values, checked once before anything is sent.

use std::time::Duration;

use wiretree_model::{Direction, QoS};
use wiretree_store::Query;

use super::remap::{Remap, RuleError};

/// The slowest and the fastest that a recording can be played, as a multiple of its own speed.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.001..=10_000.0;
/// The lowest and the highest rate, in messages a second.
const RATES: std::ops::RangeInclusive<f64> = 0.001..=1_000_000.0;
/// The most messages that may be on their way to the broker at a time.
const WINDOWS: std::ops::RangeInclusive<usize> = 1..=10_000;

/// When the messages are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timing {
    /// With the pauses of the recording, divided by `speed`: 2 is twice as fast, 0.5 half as fast.
    Original {
        /// From 0.001 to 10,000.
        speed: f64,
    },
    /// Evenly, whatever the recording says, in messages a second.
    FixedRate(f64),
}

/// What the replay never exceeds, whatever its timing asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cap {
    /// Messages a second; none: no bound.
    pub per_second: Option<f64>,
    /// Messages that wait for the broker's acknowledgement at a time, from 1 to 10,000.
    pub in_flight: usize,
}

/// With which QoS the messages are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplayQos {
    /// With the one that was recorded.
    #[default]
    AsRecorded,
    /// All with this one.
    Force(QoS),
}

/// Whether the broker is asked to keep the messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplayRetain {
    /// Those that were recorded with RETAIN.
    #[default]
    AsRecorded,
    /// None.
    Never,
    /// All.
    Always,
}

/// Which of the messages are sent, by the way that they went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplayDirection {
    /// Those that came from the broker. What we published ourselves and were subscribed to came back
    /// as well, and would otherwise go out twice.
    #[default]
    Received,
    /// Those that we published.
    Sent,
    /// All.
    Both,
}

/// How often the selection is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// So many times, at least once.
    Times(u32),
    /// Until it is stopped.
    Forever,
}

/// A replay as it was asked for.
///
/// Properties go along as recorded, apart from those that only a broker may say and the topic alias
/// (MQTT 5 §3.3.2.3); DUP and packet identifiers are made anew.
#[derive(Clone, Debug)]
pub struct ReplayOrder {
    /// Which messages; none that is received after the replay began.
    pub query: Query,
    /// By the way that they went.
    pub direction: ReplayDirection,
    /// When they are sent.
    pub timing: Timing,
    /// Pauses of the recording that are longer than this are made this long.
    pub longest_gap: Option<Duration>,
    /// What is never exceeded.
    pub cap: Cap,
    /// Where they are sent to.
    pub remap: Remap,
    /// With which QoS.
    pub qos: ReplayQos,
    /// Whether the broker is to keep them.
    pub retain: ReplayRetain,
    /// How often.
    pub repeat: Repeat,
}

/// Why a replay was not begun.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// A rule that is not one.
    #[error("the rule for topics {0}")]
    Rule(#[from] RuleError),
    /// A speed out of range.
    #[error("the speed {0} is not between 0.001 and 10000 times that of the recording")]
    Speed(f64),
    /// A rate out of range.
    #[error("the rate {0} is not between 0.001 and 1000000 messages a second")]
    Rate(f64),
    /// A window out of range.
    #[error("{0} messages at a time are not between 1 and 10000")]
    Window(usize),
    /// A pause of no length would be no pause.
    #[error("the longest pause has no length")]
    Gap,
    /// Nothing would be sent.
    #[error("it is to be sent no times at all")]
    Repeat,
}

impl Default for Timing {
    fn default() -> Self {
        Self::Original { speed: 1.0 }
    }
}

impl Default for Cap {
    fn default() -> Self {
        Self { per_second: None, in_flight: 100 }
    }
}

impl ReplayOrder {
    /// A replay of these messages as they were recorded, once, under the same topics.
    pub fn new(query: Query) -> Self {
        Self {
            query,
            direction: ReplayDirection::default(),
            timing: Timing::default(),
            longest_gap: None,
            cap: Cap::default(),
            remap: Remap::default(),
            qos: ReplayQos::default(),
            retain: ReplayRetain::default(),
            repeat: Repeat::Times(1),
        }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// The first that is out of range.
    pub fn check(&self) -> Result<(), ReplayError> {
        match self.timing {
            Timing::Original { speed } if !SPEEDS.contains(&speed) => {
                return Err(ReplayError::Speed(speed));
            }
            Timing::FixedRate(rate) => check_rate(rate)?,
            Timing::Original { .. } => {}
        }
        self.cap.per_second.map_or(Ok(()), check_rate)?;
        if !WINDOWS.contains(&self.cap.in_flight) {
            return Err(ReplayError::Window(self.cap.in_flight));
        }
        if self.longest_gap.is_some_and(|gap| gap.is_zero()) {
            return Err(ReplayError::Gap);
        }
        if self.repeat == Repeat::Times(0) {
            return Err(ReplayError::Repeat);
        }
        Ok(())
    }
}

fn check_rate(rate: f64) -> Result<(), ReplayError> {
    if RATES.contains(&rate) { Ok(()) } else { Err(ReplayError::Rate(rate)) }
}

impl ReplayDirection {
    pub(crate) fn takes(self, direction: Direction) -> bool {
        match self {
            Self::Both => true,
            Self::Received => direction == Direction::Received,
            Self::Sent => direction == Direction::Sent,
        }
    }
}

impl Repeat {
    /// Whether there is another pass after `done` of them.
    pub(crate) fn goes_on(self, done: u64) -> bool {
        match self {
            Self::Times(times) => done < u64::from(times),
            Self::Forever => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_refused_by_name() {
        let usual = || ReplayOrder::new(Query::default());
        assert_eq!(usual().check(), Ok(()));
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY, 10_001.0] {
            let timing = Timing::Original { speed };
            let refused = ReplayOrder { timing, ..usual() }.check();
            assert!(matches!(refused, Err(ReplayError::Speed(_))), "{speed}");
        }
        for rate in [0.0, -1.0, f64::NAN, 1_000_001.0] {
            let timing = Timing::FixedRate(rate);
            let refused = ReplayOrder { timing, ..usual() }.check();
            assert!(matches!(refused, Err(ReplayError::Rate(_))), "{rate}");
            let cap = Cap { per_second: Some(rate), ..Cap::default() };
            let refused = ReplayOrder { cap, ..usual() }.check();
            assert!(matches!(refused, Err(ReplayError::Rate(_))), "{rate}");
        }
        let cap = Cap { in_flight: 0, ..Cap::default() };
        assert_eq!(ReplayOrder { cap, ..usual() }.check(), Err(ReplayError::Window(0)));
        let longest_gap = Some(Duration::ZERO);
        assert_eq!(ReplayOrder { longest_gap, ..usual() }.check(), Err(ReplayError::Gap));
        let repeat = Repeat::Times(0);
        assert_eq!(ReplayOrder { repeat, ..usual() }.check(), Err(ReplayError::Repeat));
    }
}
