//! Word of a job to the page, which always hears how it ended.

use tauri::ipc::{Channel, IpcResponse};

use crate::wire::{AppError, ExportEvent, ImportEvent, ImportResult, RemovalEvent};

/// News of a job that has an end.
pub(crate) trait JobEvent: IpcResponse {
    /// Whether none comes after it.
    fn is_last(&self) -> bool;
    /// It failed, and nobody knows how far it came.
    fn broken(problem: AppError) -> Self;
}

/// Tells the page the news of one job. Dropped before the last of them, it says that the job failed.
pub(crate) struct Telling<E: JobEvent> {
    events: Channel<E>,
    has_ended: bool,
}

impl<E: JobEvent> Telling<E> {
    pub(crate) fn new(events: Channel<E>) -> Self {
        Self { events, has_ended: false }
    }

    /// The job goes on although nobody listens.
    pub(crate) fn tell(&mut self, event: E) {
        self.has_ended |= event.is_last();
        let _ = self.events.send(event);
    }
}

impl<E: JobEvent> Drop for Telling<E> {
    fn drop(&mut self) {
        if !self.has_ended {
            let words = "It broke off by a fault of this program, and what it has done until then \
                         stays. Try it again";
            let _ = self.events.send(E::broken(AppError::new("job-broken", words)));
        }
    }
}

impl JobEvent for ImportEvent {
    fn is_last(&self) -> bool {
        !matches!(self, Self::Progress { .. })
    }

    fn broken(problem: AppError) -> Self {
        Self::Failed { result: ImportResult::default(), problem }
    }
}

impl JobEvent for ExportEvent {
    fn is_last(&self) -> bool {
        !matches!(self, Self::Progress { .. })
    }

    fn broken(problem: AppError) -> Self {
        Self::Failed { problem }
    }
}

impl JobEvent for RemovalEvent {
    fn is_last(&self) -> bool {
        !matches!(self, Self::Progress { .. })
    }

    fn broken(problem: AppError) -> Self {
        Self::Failed { problem }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::state::lock;

    /// What the page hears of a job with these news.
    fn heard<E: JobEvent>(news: Vec<E>) -> Vec<String> {
        let texts = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&texts);
        let mut telling = Telling::new(Channel::new(move |body| {
            lock(&sink).push(body.deserialize::<serde_json::Value>()?["kind"].to_string());
            Ok(())
        }));
        news.into_iter().for_each(|event| telling.tell(event));
        drop(telling);
        std::mem::take(&mut *lock(&texts))
    }

    #[test]
    fn news_that_end_without_an_ending_get_one() {
        let progress = || ExportEvent::Progress {
            written: 1,
            scanned: 1,
            total: 2,
            bytes: 1,
            milliseconds: 1,
        };
        let cancelled = || ExportEvent::Cancelled { written: 1, path: String::new() };
        assert_eq!(heard(vec![progress()]), ["\"progress\"", "\"failed\""]);
        assert_eq!(heard(vec![progress(), cancelled()]), ["\"progress\"", "\"cancelled\""]);
        assert_eq!(heard::<ImportEvent>(Vec::new()), ["\"failed\""]);
        assert_eq!(heard::<RemovalEvent>(Vec::new()), ["\"failed\""]);
        let finished = RemovalEvent::Finished { messages: 1, bytes: 1, damaged: 0 };
        assert_eq!(heard(vec![finished]), ["\"finished\""]);
    }
}
