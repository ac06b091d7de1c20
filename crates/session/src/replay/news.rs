//! How a replay goes on, as its owner sees it: always the newest state, never a queue of old ones.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use wiretree_mqtt::MqttError;

use super::runner::Wish;
use super::tally::{ReplayCounts, ReplayFailure, Speedometer, Tally};
use crate::SessionError;

/// What a replay is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplayStage {
    /// It sends, or waits for the next message to be due.
    #[default]
    Running,
    /// It was told to pause.
    Paused,
    /// It waits for the connection to the broker.
    Waiting,
    /// All is sent; the last answers are waited for.
    Finishing,
}

/// How a replay ended.
#[derive(Clone, Debug)]
pub enum ReplayEnd {
    /// Everything was sent, as the counts say.
    Finished,
    /// It was told to stop.
    Stopped,
    /// It could not go on.
    Failed(SessionError),
}

/// Where a replay stands.
#[derive(Clone, Debug, Default)]
pub struct ReplayProgress {
    /// What it is doing.
    pub stage: ReplayStage,
    /// How it ended, once it has.
    pub end: Option<ReplayEnd>,
    /// What became of the messages.
    pub counts: ReplayCounts,
    /// The first failures, at most a hundred.
    pub failures: Arc<Vec<ReplayFailure>>,
    /// Why the first message that was not delivered for sure was not.
    pub first_cause: Option<MqttError>,
    /// Messages a second, over the last three.
    pub per_second: f64,
    /// Since the beginning, without pauses and waits.
    pub took: Duration,
    /// How much later than planned the newest message went.
    pub lag: Duration,
    /// Messages in all, over all passes; none: not counted yet, or it goes on for ever.
    pub total: Option<u64>,
    /// How long it goes on; none: not known.
    pub left: Option<Duration>,
    /// The pass through the selection, from 1 on.
    pub pass: u64,
    /// Why the outcomes are not all in their file.
    pub log_problem: Option<String>,
}

/// How much there is to send, over all passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    pub(crate) messages: u64,
    pub(crate) duration: Duration,
}

/// Where the runner writes how it goes on.
pub(crate) struct Board {
    progress: watch::Sender<ReplayProgress>,
    /// Told once they are counted.
    totals: Arc<OnceLock<Totals>>,
    speedometer: Speedometer,
    stage: ReplayStage,
    log_problem: Option<String>,
    /// Held, so that a handle that is dropped says nothing.
    _wishes: Arc<watch::Sender<Wish>>,
}

/// Word of a replay; see [`ReplayNews::next`].
pub struct ReplayNews {
    progress: watch::Receiver<ReplayProgress>,
    has_ended: bool,
}

impl ReplayNews {
    /// Waits until something has changed, and tells how it stands now; none after the end has been
    /// told, which never is left out. Safe to give up.
    pub async fn next(&mut self) -> Option<ReplayProgress> {
        if self.has_ended {
            return None;
        }
        let broke_off = self.progress.changed().await.is_err();
        let mut progress = self.progress.borrow_and_update().clone();
        if broke_off && progress.end.is_none() {
            // The runner went away before it told of the end: by a fault of ours.
            progress.end = Some(ReplayEnd::Failed(SessionError::BrokeOff));
        }
        self.has_ended = progress.end.is_some();
        Some(progress)
    }
}

impl Board {
    pub(crate) fn new(
        wishes: Arc<watch::Sender<Wish>>,
        totals: Arc<OnceLock<Totals>>,
    ) -> (Self, ReplayNews) {
        let (sender, progress) = watch::channel(ReplayProgress::default());
        let board = Self {
            progress: sender,
            totals,
            speedometer: Speedometer::new(),
            stage: ReplayStage::default(),
            log_problem: None,
            _wishes: wishes,
        };
        (board, ReplayNews { progress, has_ended: false })
    }

    pub(crate) fn stage(&self) -> ReplayStage {
        self.stage
    }

    pub(crate) fn set_stage(&mut self, stage: ReplayStage) {
        self.stage = stage;
    }

    /// How the file with the outcomes ended.
    pub(crate) fn close_log(&mut self, problem: Option<String>) {
        self.log_problem = problem;
    }

    pub(crate) fn tell(
        &mut self,
        tally: &Tally,
        now: Duration,
        lag: Duration,
        pass: u64,
        log_problem: Option<String>,
    ) {
        let counts = tally.counts;
        let per_second = self.speedometer.look(now, counts.published());
        let totals = self.totals.get().copied();
        let left = totals.and_then(|totals| left(totals, counts.published(), now, per_second));
        self.progress.send_replace(ReplayProgress {
            stage: self.stage,
            end: None,
            counts,
            failures: tally.failures(),
            first_cause: tally.first_cause(),
            per_second,
            took: now,
            lag,
            total: totals.map(|totals| totals.messages),
            left,
            pass,
            log_problem: log_problem.or_else(|| self.log_problem.clone()),
        });
    }

    pub(crate) fn end(self, end: ReplayEnd) {
        self.progress.send_modify(|progress| progress.end = Some(end));
    }
}

/// What the schedule says, or what the rate says where that is slower.
fn left(totals: Totals, published: u64, now: Duration, per_second: f64) -> Option<Duration> {
    let scheduled = totals.duration.saturating_sub(now);
    let missing = totals.messages.saturating_sub(published);
    if missing == 0 {
        return Some(Duration::ZERO);
    }
    if !scheduled.is_zero() || per_second <= 0.0 {
        return (!scheduled.is_zero()).then_some(scheduled);
    }
    // It is late, so only the rate tells.
    Duration::try_from_secs_f64(missing as f64 / per_second).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_runner_that_goes_away_without_a_word_has_failed() {
        let (wishes, _) = watch::channel(Wish::Run);
        let (board, mut news) = Board::new(Arc::new(wishes), Arc::default());
        drop(board);
        let last = news.next().await.unwrap();
        assert!(matches!(last.end, Some(ReplayEnd::Failed(SessionError::BrokeOff))), "{last:?}");
        assert!(news.next().await.is_none());
    }

    #[test]
    fn the_time_left_is_that_of_the_schedule_and_of_the_rate_once_it_is_late() {
        let totals = Totals { messages: 100, duration: Duration::from_secs(10) };
        let seconds = Duration::from_secs;
        assert_eq!(left(totals, 10, seconds(4), 1.0), Some(seconds(6)));
        assert_eq!(left(totals, 90, seconds(12), 5.0), Some(seconds(2)));
        assert_eq!(left(totals, 90, seconds(12), 0.0), None);
        assert_eq!(left(totals, 100, seconds(12), 0.0), Some(Duration::ZERO));
    }
}
