//! Removing messages from the history as a job: with progress, and to be cancelled; and what it would
//! remove. What the broker retains is never touched by it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiretree_model::RecordingRules;
use wiretree_store::{
    ClearOrder, Cleared, ConnectionId, Effect, History, Policy, Pruned, Reader, Removal,
};

use crate::SessionError;
use crate::clock::now;
use crate::job::{self, News, Stop};

/// What to remove from a history that is open for writing.
#[derive(Clone, Debug)]
pub enum RemovalOrder {
    /// These messages.
    Clear(ClearOrder),
    /// What its policies do not keep, once this one is among them; see [`History::set_policy`].
    SetPolicy(Option<ConnectionId>, Option<Policy>),
}

/// How removing goes on.
#[derive(Clone, Debug)]
pub enum Removed {
    /// It is under way.
    Progress(Pruned, Duration),
    /// It has ended, maybe since it was cancelled: what is gone stays gone.
    Ended(Cleared),
    /// It failed. What is gone stays gone.
    Failed(SessionError),
}

/// Removing that goes on; to drop it changes nothing.
#[derive(Clone, Debug)]
pub struct RemovalJob {
    stop: Stop,
}

/// News of it.
pub type RemovalNews = News<Removed>;

impl RemovalJob {
    /// Starts to remove, on a thread of its own.
    pub fn start(history: Arc<History>, order: RemovalOrder) -> (Self, RemovalNews) {
        let (stop, news) = job::start(move |audience| {
            let began = Instant::now();
            let word = |pruned| {
                audience.tell(Removed::Progress(pruned, began.elapsed()));
                audience.flow()
            };
            let ended = match order {
                RemovalOrder::Clear(order) => history.clear(&order, word),
                RemovalOrder::SetPolicy(connection, policy) => {
                    history.set_policy(connection, policy, now(), word)
                }
            };
            ended.map_or_else(|error| Removed::Failed(error.into()), Removed::Ended)
        });
        (Self { stop }, news)
    }

    /// Asks it to end; the news tell when it has.
    pub fn cancel(&self) {
        self.stop.ask();
    }
}

/// What is recorded of the connection with this key, by its policy. Blocks.
///
/// # Errors
/// The history cannot be read, or is damaged.
pub fn rules_of(reader: &Reader, key: &str) -> Result<RecordingRules, SessionError> {
    let policies = reader.policies()?;
    let known = reader.connection(key)?;
    let policy = known.map_or(&policies.general, |known| policies.of(known.id));
    Ok(policy.rules.clone())
}

/// What removing would remove now. Blocks.
///
/// # Errors
/// The history cannot be read, or is damaged.
pub fn effect_of(
    reader: &Reader,
    removal: &Removal,
    word: impl FnMut(wiretree_store::Progressed) -> ControlFlow<()>,
) -> Result<Effect, SessionError> {
    Ok(reader.effect(removal, now(), word)?)
}
