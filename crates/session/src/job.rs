//! Work on a thread of its own that tells how it goes on, ends with how it ended, and can be asked to
//! end before. Absent: what is done, and told.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

/// The most news that waits for its reader; what is beyond is left out, the last never.
const NEWS: usize = 8;

/// News of a job, ending with the one that tells how it ended.
pub struct News<T>(mpsc::Receiver<T>);

impl<T> News<T> {
    /// The next news; none after the last.
    pub async fn next(&mut self) -> Option<T> {
        self.0.recv().await
    }
}

/// The wish that a job ends. Clones are the same wish.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the job to end; its news tell when it has.
    pub(crate) fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a job sees of who has started it.
pub(crate) struct Audience<T> {
    news: mpsc::Sender<T>,
    stop: Stop,
}

impl<T> Audience<T> {
    /// Tells how it goes on. A reader that is slow misses some of it.
    pub(crate) fn tell(&self, news: T) {
        let _ = self.news.try_send(news);
    }

    /// Whether the job is to end.
    pub(crate) fn wants_the_end(&self) -> bool {
        self.stop.0.load(Ordering::Relaxed)
    }

    /// The same, for work that asks in this way.
    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.wants_the_end() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Starts work that gives the last news; to be called within a runtime.
pub(crate) fn start<T: Send + 'static>(
    work: impl FnOnce(&Audience<T>) -> T + Send + 'static,
) -> (Stop, News<T>) {
    let (sender, receiver) = mpsc::channel(NEWS);
    let stop = Stop::default();
    let audience = Audience { news: sender, stop: stop.clone() };
    tokio::task::spawn_blocking(move || {
        let last = work(&audience);
        // Who does not listen any more does not want to know.
        let _ = audience.news.blocking_send(last);
    });
    (stop, News(receiver))
}
