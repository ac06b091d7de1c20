//! What the session shows: pictures for those who wait for one, and answers in numbers.
//!
//! A picture is made when it is due and something in it has changed, however much came in between.

use std::time::Duration;

use tokio::time::Instant;

use super::Actor;
use crate::clock::now;
use crate::pace::{Change, Pace};
use crate::{Frame, Selection, Summary};

/// Between two looks at the packet trace.
const TRACE: Duration = Duration::from_millis(250);

impl Actor {
    pub(super) fn tick(&mut self) {
        let now = Instant::now();
        if self.patience().is_some_and(|until| until <= now) {
            self.lose_patience(now);
        }
        if self.trace_due().is_some_and(|due| due <= now) {
            self.trace_looked = now;
            if self.trace.extent().next != self.packets_seen {
                self.pace.note(Change::Counters);
            }
        }
        let is_due = |pace: &Pace| pace.due(now).is_some_and(|due| due <= now);
        if self.watchers.is_empty() || !is_due(&self.pace) {
            return;
        }
        if self.pace.change() == Change::Rows && !self.picture.changed() {
            self.pace.out_of_sight(now);
        }
        if is_due(&self.pace) {
            self.show();
        }
    }

    /// When to look whether there are new packets: pings wake nobody here.
    pub(super) fn trace_due(&self) -> Option<Instant> {
        let is_wanted = self.trace.is_recording() && !self.watchers.is_empty();
        is_wanted.then(|| self.trace_looked + TRACE)
    }

    /// Makes a picture for those who wait for one.
    fn show(&mut self) {
        self.counters.show_all();
        self.packets_seen = self.trace.extent().next;
        self.revision += 1;
        let now = now();
        let frame = Frame {
            revision: self.revision,
            now,
            state: self.state.clone(),
            totals: self.counters.totals(now),
            topics: self.picture.tree().topics() as u64,
            undrawn_topics: self.picture.tree().undrawn().topics,
            window: self.picture.window(),
            selection: self.selection(),
            subscriptions: self.subscriptions.all(),
            notice: self.notice.clone(),
            packets: self.packets_seen,
            recording: self.recorder.recording(),
            history_problem: self.recorder.problem().cloned(),
        };
        self.pace.made(Instant::now());
        if self.counters.is_moving() {
            self.pace.note(Change::Counters);
        }
        let mut is_seen = false;
        for watcher in self.watchers.drain(..) {
            is_seen |= watcher.send(frame.clone()).is_ok();
        }
        if !is_seen {
            // Nobody waits any more: the next one who does gets a picture at once.
            self.pace.note(Change::Gesture);
        }
    }

    pub(super) fn selection(&mut self) -> Option<Selection> {
        self.picture.selection(self.recorder.sequence(), self.recorder.committed())
    }

    pub(super) fn summary(&mut self) -> Summary {
        Summary {
            totals: self.counters.totals(now()),
            topics: self.picture.tree().topics() as u64,
            state: self.state.clone(),
            subscriptions: self.subscriptions.all(),
            first_received: self.counters.began(),
            last_stored: self.last_stored,
            history_problem: self.recorder.problem().cloned(),
        }
    }
}
