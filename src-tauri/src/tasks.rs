//! Work that goes on by itself and can be cancelled at any point by dropping it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tauri::async_runtime::{JoinHandle, spawn};

use crate::state::lock;

/// The tasks that are running, by number. Cloning shares them.
#[derive(Clone, Default)]
pub(crate) struct Tasks(Arc<Mutex<HashMap<u32, JoinHandle<()>>>>);

impl Tasks {
    /// Starts work under a number that no other has.
    pub(crate) fn start(&self, job: u32, work: impl Future<Output = ()> + Send + 'static) {
        let tasks = self.clone();
        // Held until the task is in the list, so that it cannot take itself out before.
        let mut running = lock(&self.0);
        let handle = spawn(async move {
            work.await;
            lock(&tasks.0).remove(&job);
        });
        running.insert(job, handle);
    }

    /// Ends one where it stands. One that has ended already is none.
    pub(crate) fn cancel(&self, job: u32) {
        if let Some(task) = lock(&self.0).remove(&job) {
            task.abort();
        }
    }

    /// Ends all where they stand.
    pub(crate) fn cancel_all(&self) {
        for (_, task) in lock(&self.0).drain() {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tauri::async_runtime::block_on;
    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_cancelled_is_dropped_and_the_rest_goes_on() {
        let tasks = Tasks::default();
        let begin = |job| {
            let (proceed, word) = oneshot::channel::<()>();
            let (done, ended) = oneshot::channel();
            tasks.start(job, async move {
                let told = word.await;
                // Dropped without this, the receiving end hears an error.
                let _ = done.send(told.is_ok());
            });
            (proceed, ended)
        };
        let (_kept, cancelled) = begin(1);
        let (proceed, finished) = begin(2);
        let (_kept_too, swept) = begin(3);
        block_on(async {
            tasks.cancel(1);
            assert!(timeout(PATIENCE, cancelled).await.unwrap().is_err());
            proceed.send(()).unwrap();
            assert_eq!(timeout(PATIENCE, finished).await.unwrap(), Ok(true));
            tasks.cancel_all();
            assert!(timeout(PATIENCE, swept).await.unwrap().is_err());
            tasks.cancel(2);
        });
        assert!(lock(&tasks.0).is_empty());
    }
}
