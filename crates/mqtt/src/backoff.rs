//! How long to wait before the next attempt. Pure: time and chance are passed in.
//!
//! A broker that restarts is back within seconds, so the first attempts come quickly: at most about
//! a second apart. One that stays away is asked less and less often, and so, from the first time on, is
//! one that answers that it cannot take us now. The wait varies, so that many clients of one broker do
//! not come back all at once.

use std::time::Duration;

/// The first two waits are shorter than a second: most losses are over at once.
const FIRST: Duration = Duration::from_millis(250);
/// Attempts at a steady pace before the waits grow.
const STEADY_ATTEMPTS: u32 = 20;
/// The steady pace.
const STEADY: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);
/// How far a wait is shortened by chance, at most. Never lengthened: the pace above is a promise.
const JITTER: f64 = 0.25;
/// A connection that ends sooner than this after CONNACK was not worth much.
const SHORT: Duration = Duration::from_secs(5);
/// So many of those in a row are a pattern: another client takes the session over, and we take it
/// back (MQTT 3.1.1 does not say so), or the broker does not like what we do first.
const FLAPPING: u32 = 3;
/// With a client identifier that somebody chose, so many are a fight over it. A broker that restarts
/// also refuses attempts in between.
const CONTESTED: u32 = 5;
/// A connection that has lasted this long counts as good, and the count starts anew.
const STABLE: Duration = Duration::from_secs(30);

/// Counts the attempts since the connection was last stable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    /// Connections in a row that ended right after they were accepted.
    short_lives: u32,
    /// The same, with no attempt in between that failed.
    short_lives_together: u32,
    /// How often the broker has answered that it cannot take us now.
    turned_away: u32,
}

impl Backoff {
    /// The number of the attempt under way, from 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// The broker has answered that it cannot take us now: to ask it every second would not help it.
    /// Stands before the [`failed`](Self::failed) it belongs to.
    pub(crate) fn turned_away(&mut self) {
        self.turned_away = self.turned_away.saturating_add(1);
    }

    /// The attempt failed, or the connection was lost after it had lasted this long. Gives the wait.
    ///
    /// `chance` is from 0 (inclusive) to 1.
    pub(crate) fn failed(&mut self, lasted: Option<Duration>, chance: f64) -> Duration {
        match lasted {
            Some(lasted) if lasted >= STABLE => *self = Self::default(),
            Some(lasted) if lasted < SHORT => {
                self.short_lives = self.short_lives.saturating_add(1);
                self.short_lives_together = self.short_lives_together.saturating_add(1);
            }
            Some(_) => (self.short_lives, self.short_lives_together) = (0, 0),
            None => self.short_lives_together = 0,
        }
        self.failures = self.failures.saturating_add(1);
        let steady = self.steady().max(self.away());
        let wait = if self.flaps() { steady.max(self.flapping()) } else { steady };
        wait.mul_f64(1.0 - JITTER * chance.clamp(0.0, 1.0))
    }

    /// Whether connections end right after they were accepted, again and again.
    pub(crate) fn flaps(&self) -> bool {
        self.short_lives >= FLAPPING
    }

    /// Whether a broker that is there all the time throws us out again and again: two clients that
    /// come back for ever would help neither.
    pub(crate) fn contested(&self) -> bool {
        self.short_lives_together >= CONTESTED
    }

    fn away(&self) -> Duration {
        match self.turned_away {
            0 => Duration::ZERO,
            times => (STEADY * (1 << (times - 1).min(6))).min(LONGEST),
        }
    }

    fn flapping(&self) -> Duration {
        let doublings = (self.short_lives - FLAPPING + 1).min(6);
        (STEADY * (1 << doublings)).min(LONGEST)
    }

    fn steady(&self) -> Duration {
        match self.failures {
            1 => FIRST,
            2 => FIRST * 2,
            failures if failures <= STEADY_ATTEMPTS => STEADY,
            failures => {
                let doublings = (failures - STEADY_ATTEMPTS).min(6);
                (STEADY * (1 << doublings)).min(LONGEST)
            }
        }
    }

    /// Somebody asked for an attempt now: the quick pace starts anew.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(count: usize, chance: f64) -> Vec<Duration> {
        let mut backoff = Backoff::default();
        (0..count).map(|_| backoff.failed(None, chance)).collect()
    }

    #[test]
    fn quick_at_first_then_rarer_up_to_a_minute() {
        let waits = waits(40, 0.0);
        let seconds: Vec<_> = waits.iter().map(Duration::as_secs_f64).collect();
        assert_eq!(seconds[..4], [0.25, 0.5, 1.0, 1.0]);
        assert!(seconds[..20].iter().all(|wait| *wait <= 1.0));
        assert_eq!(seconds[20..27], [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
        assert!(seconds.is_sorted());
        assert_eq!(seconds[39], 60.0);
    }

    #[test]
    fn a_broker_that_is_busy_is_asked_less_and_less_from_the_first_time_on() {
        let mut backoff = Backoff::default();
        let waits = [(); 8].map(|()| {
            backoff.turned_away();
            backoff.failed(None, 0.0).as_secs()
        });
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(backoff.failed(Some(STABLE), 0.0) < STEADY, "it took us for a while");
    }

    #[test]
    fn chance_only_ever_shortens() {
        for (plain, shortened) in waits(40, 0.0).into_iter().zip(waits(40, 1.0)) {
            assert_eq!(shortened, plain.mul_f64(0.75));
        }
    }

    #[test]
    fn a_connection_that_flaps_is_not_a_new_start_and_a_stable_one_is() {
        let mut backoff = Backoff::default();
        for _ in 0..30 {
            backoff.failed(Some(Duration::from_secs(5)), 0.0);
        }
        assert_eq!(backoff.attempt(), 31);
        assert_eq!(backoff.failed(Some(Duration::from_secs(29)), 0.0), Duration::from_secs(60));
        assert_eq!(backoff.failed(Some(STABLE), 0.0), FIRST);
        assert_eq!(backoff.attempt(), 2);
        backoff.reset();
        assert_eq!(backoff.attempt(), 1);
    }

    #[test]
    fn two_clients_that_throw_each_other_out_do_so_less_and_less_often() {
        let mut backoff = Backoff::default();
        let mut seconds = Vec::new();
        for _ in 0..9 {
            seconds.push(backoff.failed(Some(Duration::from_secs(1)), 0.0).as_secs_f64());
        }
        assert_eq!(seconds, [0.25, 0.5, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
        assert!(backoff.flaps());
        backoff.failed(None, 0.0);
        assert!(backoff.flaps(), "an attempt that failed says nothing about it");
        assert_eq!(backoff.failed(Some(SHORT), 0.0), STEADY);
        assert!(!backoff.flaps());
    }

    /// C3-12, where the broker hangs up without a word: the lives of each are the waits of the other.
    #[test]
    fn of_two_clients_with_one_identifier_one_sees_that_it_is_contested() {
        let mut both = [Backoff::default(), Backoff::default()];
        let mut lasted = Duration::from_secs(3600);
        let meetings = (0..20).find(|meeting| {
            let loser = &mut both[meeting % 2];
            let wait = loser.failed(Some(lasted), 0.0);
            let contested = loser.contested();
            lasted = wait;
            contested
        });
        assert!(meetings.is_some_and(|meetings| meetings < 12), "{meetings:?}");
    }

    #[test]
    fn a_broker_that_also_refuses_attempts_is_no_rival() {
        let mut backoff = Backoff::default();
        for _ in 0..20 {
            backoff.failed(Some(Duration::from_secs(1)), 0.0);
            backoff.failed(None, 0.0);
        }
        assert!(backoff.flaps() && !backoff.contested());
    }
}
