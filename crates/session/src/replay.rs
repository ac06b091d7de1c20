//! Replays: recorded messages sent to a broker again, with their own timing or another.
//!
//! Promises: memory does not grow with the number of messages; every message that is handed over has
//! its outcome counted; nothing that may have arrived is sent twice; what is recorded after the replay
//! began is not part of it, so that it cannot feed on itself. What to send, where and when is pure
//! (`order`, `remap`, `plan`, `schedule`); `runner` is the one part that moves.

mod feed;
mod log;
mod news;
mod order;
mod outlook;
mod plan;
mod remap;
mod runner;
mod schedule;
mod tally;
mod target;
#[cfg(test)]
mod testing;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;
use wiretree_store::Reader;

use crate::SessionError;
use crate::clock::now;
use log::OutcomeLog;
use news::{Board, Totals};
use runner::{Parts, Wish};

pub use news::{ReplayEnd, ReplayNews, ReplayProgress, ReplayStage};
pub use order::{
    Cap, Repeat, ReplayDirection, ReplayError, ReplayOrder, ReplayQos, ReplayRetain, Timing,
};
pub use outlook::{Outlook, RefusalOutlook, TopicOutlook, outlook};
pub use remap::{Refusal, Remap, RemapRule, RuleError};
pub use tally::{ReplayCause, ReplayCounts, ReplayFailure};
pub use target::{Available, Delivery, ReplayLine, Target};

/// A running replay; to drop it changes nothing. Clones act on the same one.
#[derive(Clone, Debug)]
pub struct Replay {
    wishes: Arc<watch::Sender<Wish>>,
}

impl Replay {
    /// Begins to send. With `outcomes` what became of each message is written there; see
    /// [`wiretree_transfer::outcomes`].
    ///
    /// # Errors
    /// The order is not valid, or the file for the outcomes exists already or cannot be made.
    pub fn start(
        reader: Reader,
        order: ReplayOrder,
        target: impl Target,
        outcomes: Option<&Path>,
    ) -> Result<(Self, ReplayNews), SessionError> {
        order.check()?;
        let log = outcomes.map(OutcomeLog::create).transpose()?;
        let order = bounded(order);
        let (wishes, wish) = watch::channel(Wish::Run);
        let wishes = Arc::new(wishes);
        let totals = Arc::new(OnceLock::new());
        let (board, news) = Board::new(Arc::clone(&wishes), Arc::clone(&totals));
        let feed = feed::start(reader.clone(), order.clone());
        let parts = Parts { target, order: order.clone(), feed, wishes: wish, board, log };
        let done = Arc::new(AtomicBool::new(false));
        let survey = Arc::clone(&done);
        tokio::task::spawn_blocking(move || count(&reader, &order, &survey, &totals));
        tokio::spawn(async move {
            runner::run(parts).await;
            done.store(true, Ordering::Relaxed);
        });
        Ok((Self { wishes }, news))
    }

    /// Sends nothing more until it is resumed; the schedule stands still.
    pub fn pause(&self) {
        self.wish(Wish::Pause);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.wish(Wish::Run);
    }

    /// Sends nothing more, waits a few seconds for the answers that are due, and ends.
    pub fn stop(&self) {
        self.wish(Wish::Stop);
    }

    fn wish(&self, wish: Wish) {
        // To stop is for good.
        self.wishes.send_if_modified(|current| {
            let is_new = *current != Wish::Stop && *current != wish;
            if is_new {
                *current = wish;
            }
            is_new
        });
    }
}

/// What is recorded from now on is not part of it: the target may be recorded into the same history. By
/// its time it is passed over unread; `feed` leaves out what a clock that was set back lets through.
fn bounded(mut order: ReplayOrder) -> ReplayOrder {
    let now = now();
    order.query.to = Some(order.query.to.map_or(now, |to| to.min(now)));
    order
}

/// Counts what there is to send, beside the sending.
fn count(reader: &Reader, order: &ReplayOrder, done: &AtomicBool, totals: &OnceLock<Totals>) {
    let Repeat::Times(times) = order.repeat else { return };
    // An error is one of the feed too, and told there.
    let Ok(found) = outlook(reader, order, done, None) else { return };
    if let (true, Some(duration)) = (found.is_complete, found.duration) {
        let messages = found.messages.saturating_mul(u64::from(times));
        let _ = totals.set(Totals { messages, duration });
    }
}
