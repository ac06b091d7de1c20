//! Frames on their way to the page: one at a time, the next when the page has drawn the last.
//!
//! The channel to the page has no back-pressure of its own, so this loop waits for word from the
//! page; meanwhile the session makes no frame, and the next one holds all that has changed.

use std::time::{Duration, Instant};

use tauri::ipc::Channel;
use wiretree_session::{Reader, SessionError, Usage, blocking};

use crate::sights::Sight;
use crate::state::Open;
use crate::wire::{Frame, PastFrame};

/// How old the figures of the recorder may be.
const GAUGE_PERIOD: Duration = Duration::from_secs(2);

/// How much is in the history, looked up now and then.
#[derive(Default)]
struct Gauge {
    looked: Option<Instant>,
    bytes: u64,
    messages: u64,
}

/// Sends frames to the page until the session or the page ends.
pub(crate) fn start(open: Open, frames: Channel<Frame>) {
    tauri::async_runtime::spawn(async move {
        let mut gauge = Gauge::default();
        while let Some(frame) = open.session.next_frame().await {
            gauge.look(open.session.reader()).await;
            let mut frame = Frame::from_session(frame);
            frame.counters.history_bytes = gauge.bytes;
            frame.counters.history_messages = gauge.messages;
            frame.counters.memory_bytes = Usage::now().resident_bytes.unwrap_or_default();
            if frames.send(frame).is_err() {
                break;
            }
            open.shown.notified().await;
        }
    });
}

/// Sends pictures of a moment whenever somebody has looked elsewhere, until it or the page ends.
pub(crate) fn start_past(sight: Sight, frames: Channel<PastFrame>) {
    let Some(open) = sight.moment().cloned() else { return };
    tauri::async_runtime::spawn(async move {
        while !open.is_closed() {
            let of = std::sync::Arc::clone(&open);
            let Ok(frame) = blocking(move || Ok(of.past.frame())).await else { break };
            let frame = PastFrame::from_session(&frame, open.past.moment());
            if frames.send(frame).is_err() {
                break;
            }
            sight.shown.notified().await;
            open.changed.notified().await;
        }
    });
}

impl Gauge {
    async fn look(&mut self, reader: &Reader) {
        if self.looked.is_some_and(|looked| looked.elapsed() < GAUGE_PERIOD) {
            return;
        }
        self.looked = Some(Instant::now());
        let reader = reader.clone();
        let size = blocking(move || reader.size().map_err(SessionError::from)).await;
        // Trouble with the history has its own place in the frame.
        if let Ok(size) = size {
            self.bytes = size.bytes;
            self.messages = size.messages;
        }
    }
}
