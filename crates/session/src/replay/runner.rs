//! The running of a replay: one task that owns what changes, and one closed enum of what wakes it.
//!
//! Promises: messages go in their order; at most a window of them is on its way; each that was handed
//! over has its outcome counted. A message that was surely not sent, because the connection was lost,
//! goes first when it is back; one that may have arrived is never sent twice. While it is paused or
//! waits for a connection the schedule stands still, so that nothing bunches up behind it.

mod clock;
mod flights;

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout_at};
use wiretree_mqtt::{MqttError, PublishOutcome};

use super::feed::Fed;
use super::log::OutcomeLog;
use super::news::{Board, ReplayEnd, ReplayStage};
use super::order::ReplayOrder;
use super::plan::Planned;
use super::schedule::{Brake, Schedule};
use super::tally::Tally;
use super::target::{Available, Target};
use crate::SessionError;
use clock::Clock;
use flights::{Flight, Flights};

/// Between two words of progress.
const WORD: Duration = Duration::from_millis(100);
/// How long the last answers are waited for when the replay is stopped.
const PATIENCE: Duration = Duration::from_secs(5);

/// What its owner wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Run,
    Pause,
    Stop,
}

/// What the runner is made of.
pub(crate) struct Parts<T> {
    pub(crate) target: T,
    pub(crate) order: ReplayOrder,
    pub(crate) feed: mpsc::Receiver<Fed>,
    pub(crate) wishes: watch::Receiver<Wish>,
    pub(crate) board: Board,
    pub(crate) log: Option<OutcomeLog>,
}

/// Everything that can wake it.
enum Wake {
    Wish,
    Landed(Flight, PublishOutcome),
    Available(Result<(), SessionError>),
    Fed(Option<Fed>),
    Due,
    Tick,
}

struct Runner<T> {
    target: T,
    feed: mpsc::Receiver<Fed>,
    wishes: watch::Receiver<Wish>,
    board: Board,
    log: Option<OutcomeLog>,
    tally: Tally,
    schedule: Schedule,
    brake: Brake,
    clock: Clock,
    ticks: Interval,
    window: usize,
    flights: Flights,
    /// In order; more than one after a loss only.
    waiting: VecDeque<Flight>,
    /// Ready when the connection that was lost is back.
    recovery: Option<Available>,
    is_read: bool,
    pass: u64,
    lag: Duration,
    failure: Option<SessionError>,
}

/// Runs a replay to its end, which is on the board then.
pub(crate) async fn run<T: Target>(parts: Parts<T>) {
    let mut runner = Runner::new(parts);
    while !runner.is_done() {
        runner.note_stage();
        let wake = runner.wake().await;
        runner.take(wake).await;
    }
    runner.finish().await;
}

impl<T: Target> Runner<T> {
    fn new(parts: Parts<T>) -> Self {
        let Parts { target, order, feed, wishes, board, log } = parts;
        let mut ticks = interval(WORD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            target,
            feed,
            wishes,
            board,
            log,
            tally: Tally::default(),
            schedule: Schedule::new(order.timing, order.longest_gap),
            brake: Brake::new(order.cap.per_second),
            clock: Clock::start(),
            ticks,
            window: order.cap.in_flight,
            flights: Flights::default(),
            waiting: VecDeque::new(),
            recovery: None,
            is_read: false,
            pass: 1,
            lag: Duration::ZERO,
            failure: None,
        }
    }

    fn wish(&self) -> Wish {
        *self.wishes.borrow()
    }

    fn is_done(&self) -> bool {
        let is_through = self.is_read && self.waiting.is_empty() && self.flights.is_empty();
        self.failure.is_some() || self.wish() == Wish::Stop || is_through
    }

    /// Lets the schedule stand still, or go on, as the stage wants it.
    fn note_stage(&mut self) {
        let stage = if self.flights.has_unsent() {
            ReplayStage::Waiting
        } else if self.wish() == Wish::Pause {
            ReplayStage::Paused
        } else if self.is_read && self.waiting.is_empty() {
            ReplayStage::Finishing
        } else {
            ReplayStage::Running
        };
        self.clock.stand_still(matches!(stage, ReplayStage::Waiting | ReplayStage::Paused));
        if self.board.stage() != stage {
            self.board.set_stage(stage);
            self.tell();
        }
        if stage == ReplayStage::Waiting && self.flights.are_landed() && self.recovery.is_none() {
            self.recovery = Some(self.target.available());
        }
    }

    async fn wake(&mut self) -> Wake {
        let runs = self.wish() == Wish::Run && !self.flights.has_unsent();
        let reads = runs && self.waiting.is_empty() && !self.is_read;
        let at = self.waiting.front().map(|next| self.brake.hold(next.due));
        let sends = runs && !self.waiting.is_empty() && self.flights.in_the_air() < self.window;
        let at = at.and_then(|at| self.clock.moment(at));
        let Self { wishes, flights, recovery, feed, ticks, .. } = self;
        tokio::select! {
            biased;
            // Cannot fail: the board keeps the other end.
            _ = wishes.changed() => Wake::Wish,
            (flight, outcome) = flights.landed() => Wake::Landed(flight, outcome),
            available = recovered(recovery) => Wake::Available(available),
            _ = ticks.tick() => Wake::Tick,
            () = reached(at), if sends => Wake::Due,
            fed = feed.recv(), if reads => Wake::Fed(fed),
        }
    }

    async fn take(&mut self, wake: Wake) {
        match wake {
            // Whatever it is, it is looked at before the next sleep.
            Wake::Wish => {}
            Wake::Tick => self.tell(),
            Wake::Landed(flight, outcome) => self.landed(flight, outcome).await,
            Wake::Available(result) => self.available(result),
            Wake::Fed(fed) => self.fed(fed).await,
            Wake::Due => self.send().await,
        }
    }

    async fn fed(&mut self, fed: Option<Fed>) {
        match fed {
            None => self.is_read = true,
            Some(Fed::Failed(error)) => self.failure = Some(error),
            Some(Fed::Unreadable(count)) => self.tally.counts.unreadable += count,
            Some(Fed::Again) => {
                self.pass += 1;
                self.schedule.again();
            }
            Some(Fed::Message(Planned::Skipped)) => self.tally.counts.skipped += 1,
            Some(Fed::Message(Planned::Refused(origin, refusal))) => {
                if let Some(log) = &mut self.log {
                    log.refused(&origin, &refusal).await;
                }
                self.tally.refused(&origin, refusal);
            }
            Some(Fed::Message(Planned::Publish(origin, publish))) => {
                let due = self.schedule.next(origin.received_at);
                self.waiting.push_back(Flight { origin, publish, due });
            }
        }
    }

    /// Hands the next message over, unless somebody stops it while there is no room for it.
    async fn send(&mut self) {
        let Some(flight) = self.waiting.pop_front() else { return };
        let now = self.clock.now();
        let handed_over = tokio::select! {
            delivery = self.target.publish(flight.publish.clone()) => Some(delivery),
            _ = self.wishes.wait_for(|wish| *wish == Wish::Stop) => None,
        };
        if let Some(delivery) = handed_over {
            self.lag = now.saturating_sub(flight.due);
            self.brake.passed(now);
            self.tally.counts.in_flight += 1;
            self.flights.add(flight, delivery);
        }
    }

    async fn landed(&mut self, flight: Flight, outcome: PublishOutcome) {
        match outcome {
            PublishOutcome::Failed { cause: MqttError::NotSent | MqttError::NotConnected } => {
                self.tally.counts.in_flight = self.tally.counts.in_flight.saturating_sub(1);
                self.flights.keep_unsent(flight);
            }
            // Nothing comes after that, whatever is tried.
            PublishOutcome::Failed { cause: MqttError::Closed } => {
                self.ended(flight, outcome).await;
                self.failure.get_or_insert(SessionError::Ended);
            }
            outcome => self.ended(flight, outcome).await,
        }
    }

    async fn ended(&mut self, flight: Flight, outcome: PublishOutcome) {
        let Flight { origin, publish, .. } = flight;
        self.tally.ended(&origin, &publish.topic, &outcome);
        if let Some(log) = &mut self.log {
            log.ended(&origin, &publish, &outcome).await;
        }
    }

    /// Those that were not sent go before what comes after them.
    fn available(&mut self, result: Result<(), SessionError>) {
        self.recovery = None;
        match result {
            Ok(()) => {
                for flight in self.flights.take_unsent().rev() {
                    self.waiting.push_front(flight);
                }
            }
            Err(error) => self.failure = Some(error),
        }
    }

    fn tell(&mut self) {
        let problem = self.log.as_ref().and_then(OutcomeLog::problem);
        self.board.tell(&self.tally, self.clock.now(), self.lag, self.pass, problem);
    }

    /// Waits for what is on its way, and says how it ended.
    async fn finish(mut self) {
        self.feed.close();
        self.board.set_stage(ReplayStage::Finishing);
        self.tell();
        let patience = Instant::now() + PATIENCE;
        while let Ok(Some((flight, outcome))) = timeout_at(patience, self.flights.last()).await {
            self.ended(flight, outcome).await;
        }
        for (flight, outcome) in self.flights.give_up() {
            self.tally.counts.in_flight += u64::from(outcome != PublishOutcome::Queued);
            self.ended(flight, outcome).await;
        }
        if let Some(log) = self.log.take() {
            self.board.close_log(log.close().await);
        }
        let end = match self.failure.take() {
            Some(error) => ReplayEnd::Failed(error),
            None if self.wish() == Wish::Stop => ReplayEnd::Stopped,
            None => ReplayEnd::Finished,
        };
        self.tell();
        self.board.end(end);
    }
}

/// Never, without a moment.
async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

/// Never, while nothing was lost.
async fn recovered(recovery: &mut Option<Available>) -> Result<(), SessionError> {
    match recovery {
        Some(recovery) => recovery.as_mut().await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests;
