//! When to send PINGREQ, and when the other side counts as dead (MQTT 5 §3.1.2.10). Pure: time is
//! passed in.
//!
//! Any byte that comes counts as life, so a large message through a thin line does not end the
//! connection, and neither does a broker that never answers PINGREQ but goes on sending. From the
//! last sign of life to the verdict it takes one and a half times the keep-alive.

use std::time::Duration;

use tokio::time::Instant;

/// The clock of one connection.
#[derive(Debug)]
pub(crate) struct KeepAlive {
    interval: Option<Duration>,
    /// When bytes were last written,
    sent: Instant,
    /// and read.
    received: Instant,
    /// When the PINGREQ that is not answered yet was written.
    asked: Option<Instant>,
    /// Since when something waits to be written and nothing goes.
    stalled: Option<Instant>,
}

/// What the clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing before then.
    Later(Option<Instant>),
    /// PINGREQ.
    Ping,
    /// The other side is gone.
    Dead,
}

impl KeepAlive {
    /// `seconds` is what the broker wants, or else what was asked for; 0 is never.
    pub(crate) fn new(seconds: u16, now: Instant) -> Self {
        let interval = (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        Self { interval, sent: now, received: now, asked: None, stalled: None }
    }

    /// Bytes were written; `more` of them wait.
    pub(crate) fn wrote(&mut self, now: Instant, more: bool) {
        self.sent = now;
        self.stalled = more.then_some(now);
    }

    /// Something waits that the stream does not take.
    pub(crate) fn waits(&mut self, now: Instant) {
        self.stalled.get_or_insert(now);
    }

    /// Bytes were read.
    pub(crate) fn read(&mut self, now: Instant) {
        self.received = now;
    }

    /// A PINGREQ was written.
    pub(crate) fn asked(&mut self, now: Instant) {
        self.asked.get_or_insert(now);
    }

    /// PINGRESP came, and none is missing now.
    pub(crate) fn answered(&mut self) {
        self.asked = None;
    }

    /// Reading begins again: what was not read in between says nothing about the other side.
    pub(crate) fn resumed(&mut self, now: Instant) {
        self.received = now;
        self.asked = self.asked.map(|_| now);
    }

    /// What is due. `asking`: a PINGREQ is on its way, written or not. `reading`: whether it could
    /// be noticed that the other side lives.
    pub(crate) fn due(&self, now: Instant, asking: bool, reading: bool) -> Due {
        let Some(interval) = self.interval else { return Due::Later(None) };
        let long = interval * 3 / 2;
        let silence = self.asked.map(|asked| (asked + interval / 2).max(self.received + long));
        let silence = silence.filter(|_| reading);
        let stall = self.stalled.map(|since| since + long);
        if silence.is_some_and(|at| at <= now) || stall.is_some_and(|at| at <= now) {
            return Due::Dead;
        }
        // The broker has to hear something in each interval, and so do we.
        let ping = match (asking, self.asked) {
            (false, _) if reading => Some(self.sent.min(self.received) + interval),
            (false, _) | (true, Some(_)) => Some(self.sent + interval),
            (true, None) => None,
        };
        if ping.is_some_and(|at| at <= now) {
            return Due::Ping;
        }
        Due::Later([silence, stall, ping].into_iter().flatten().min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn zero_switches_it_off() {
        let start = Instant::now();
        let clock = KeepAlive::new(0, start);
        assert_eq!(clock.due(start + 100_000 * SECOND, false, true), Due::Later(None));
    }

    #[test]
    fn a_silent_peer_is_asked_after_one_interval_and_dead_half_an_interval_later() {
        let start = Instant::now();
        let mut clock = KeepAlive::new(10, start);
        assert_eq!(clock.due(start, false, true), Due::Later(Some(start + 10 * SECOND)));
        let asked = start + 10 * SECOND;
        assert_eq!(clock.due(asked, false, true), Due::Ping);
        clock.wrote(asked, false);
        clock.asked(asked);
        assert_eq!(clock.due(asked, true, true), Due::Later(Some(asked + 5 * SECOND)));
        assert_eq!(clock.due(asked + 5 * SECOND, true, true), Due::Dead);
    }

    #[test]
    fn any_byte_is_life_and_pings_go_on_without_an_answer() {
        let start = Instant::now();
        let mut clock = KeepAlive::new(10, start);
        clock.wrote(start, false);
        clock.asked(start);
        for tick in 1..5 {
            let now = start + tick * 9 * SECOND;
            clock.read(now);
            clock.wrote(now, false);
            assert!(matches!(clock.due(now, true, true), Due::Later(_)));
        }
        let last = start + 36 * SECOND;
        assert_eq!(clock.due(last + 10 * SECOND, true, true), Due::Ping);
        assert_eq!(clock.due(last + 15 * SECOND, true, true), Due::Dead);
    }

    #[test]
    fn the_peer_is_asked_when_we_send_and_hear_nothing() {
        let start = Instant::now();
        let mut clock = KeepAlive::new(10, start);
        clock.wrote(start + 9 * SECOND, false);
        assert_eq!(clock.due(start + 10 * SECOND, false, true), Due::Ping);
    }

    #[test]
    fn while_nothing_is_read_nobody_is_dead_but_the_broker_hears_of_us() {
        let start = Instant::now();
        let mut clock = KeepAlive::new(10, start);
        clock.wrote(start, false);
        clock.asked(start);
        assert_eq!(
            clock.due(start + 9 * SECOND, true, false),
            Due::Later(Some(start + 10 * SECOND))
        );
        assert_eq!(clock.due(start + 10 * SECOND, true, false), Due::Ping);
        let resumed = start + 100 * SECOND;
        clock.wrote(resumed, false);
        clock.resumed(resumed);
        assert_eq!(clock.due(resumed, true, true), Due::Later(Some(resumed + 10 * SECOND)));
        assert_eq!(clock.due(resumed + 15 * SECOND, true, true), Due::Dead);
    }

    #[test]
    fn a_peer_that_takes_nothing_is_dead_after_one_and_a_half_intervals() {
        let start = Instant::now();
        let mut clock = KeepAlive::new(10, start);
        clock.wrote(start, true);
        clock.waits(start + SECOND);
        clock.read(start + 14 * SECOND);
        assert!(matches!(clock.due(start + 14 * SECOND, true, true), Due::Later(_)));
        assert_eq!(clock.due(start + 15 * SECOND, true, true), Due::Dead);
        clock.wrote(start + 15 * SECOND, true);
        assert!(matches!(clock.due(start + 16 * SECOND, true, true), Due::Later(_)));
    }
}
