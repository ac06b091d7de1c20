//! Carries the policies out now and then, for as long as the history is open; and what a history can
//! be asked to keep or to clear.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use wiretree_model::Timestamp;

use super::run::Pruner;
use super::{ClearOrder, Cleared, Pruned};
use crate::{ConnectionId, History, Policy, StoreError};

/// How many times as long as it worked it rests.
const RESTS: u32 = 50;

/// The thread that carries the policies out.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// Ends its rest.
    awake: mpsc::Sender<()>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Keeper {
    /// Begins at once, and looks again after `every`, or later where one look took long: so it takes
    /// a fiftieth of a core at most. Without a thread nothing is carried out.
    pub(crate) fn start(pruner: Arc<Pruner>, every: Duration) -> Option<Self> {
        let (awake, ended) = mpsc::channel::<()>();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("keeping".to_owned()).spawn(move || {
            // What a crash in the middle of removing has left undone.
            let _ = pruner.mend();
            while !stopped.load(Ordering::Relaxed) {
                let mut word = |_| match stopped.load(Ordering::Relaxed) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                };
                // What fails now is tried again; who asks for it by hand hears why it fails.
                let took = pruner
                    .apply_policies(now(), &mut word)
                    .map_or(Duration::ZERO, |(_, took)| took);
                let rest = every.max(took.saturating_mul(RESTS));
                match ended.recv_timeout(rest) {
                    Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        });
        Some(Self { awake, stop, thread: thread.ok()? })
    }

    /// Has it end after the slice that it is at.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        // An error means that it has ended already.
        let _ = self.awake.send(());
    }

    /// Waits until it has ended. The writer may have to end before: only then is nobody left who
    /// waits for it.
    pub(crate) fn join(self) {
        let _ = self.thread.join();
    }
}

impl History {
    /// Removes the messages that an order means, and gives their space back. Blocks; tells `word`
    /// how far it is, and stops after a slice when that breaks off: what is gone by then stays gone.
    ///
    /// # Errors
    /// The file cannot be read or written, or the history is closed.
    pub fn clear(
        &self,
        order: &ClearOrder,
        mut word: impl FnMut(Pruned) -> ControlFlow<()>,
    ) -> Result<Cleared, StoreError> {
        self.pruner.clear(order, &mut word)
    }

    /// Gives a connection a policy of its own by which nothing of it goes, if something would by the
    /// one that is for all. For what comes with times of long ago, and would go at once.
    ///
    /// # Errors
    /// Like [`History::clear`].
    pub fn spare(&self, connection: ConnectionId) -> Result<(), StoreError> {
        self.pruner.spare(connection)
    }

    /// Gives a connection a policy of its own, or with `None` for the connection all those that have
    /// none; `None` for the policy takes it away. Removes what the policies then do not keep at
    /// `now`, like [`History::clear`], and each minute from then on; what is not gone when `word`
    /// breaks off goes then.
    ///
    /// # Errors
    /// Like [`History::clear`].
    pub fn set_policy(
        &self,
        connection: Option<ConnectionId>,
        policy: Option<Policy>,
        now: Timestamp,
        mut word: impl FnMut(Pruned) -> ControlFlow<()>,
    ) -> Result<Cleared, StoreError> {
        self.pruner.set_policy(connection, policy, now, &mut word)
    }
}

#[cfg(test)]
impl History {
    /// Removes what its policies do not keep at `now`, as happens by itself each minute.
    pub(crate) fn apply_policies(
        &self,
        now: Timestamp,
        mut word: impl FnMut(Pruned) -> ControlFlow<()>,
    ) -> Result<Cleared, StoreError> {
        self.pruner.apply_policies(now, &mut word).map(|(cleared, _)| cleared)
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
