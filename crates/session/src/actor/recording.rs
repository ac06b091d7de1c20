//! From the broker's edge to the history: what is recorded, what is not, and what is settled by it.

use tokio::sync::{oneshot, watch};
use wiretree_model::{Message, Recording};
use wiretree_store::{Log, Progress};

use super::Actor;
use crate::claim::Claim;
use crate::clock::now;
use crate::gaps::Edge;
use crate::pace::Change;

/// Another history, which is to take over.
pub(crate) struct Move {
    pub(crate) log: Log,
    pub(crate) claim: Claim,
    /// Told when it has.
    pub(crate) done: oneshot::Sender<()>,
}

impl Actor {
    /// Numbers a batch, counts it, shows it to the tree and queues it for the writer.
    pub(super) fn receive(&mut self, mut batch: Vec<Message>) {
        let left_out = self.recorder.number(&mut batch);
        let (mut bytes, mut duplicates) = (0, 0);
        for Message { publish, .. } in &batch {
            bytes += (publish.topic.as_bytes().len() + publish.payload.len()) as u64;
            duplicates += u64::from(publish.dup);
        }
        let now = now();
        self.counters.receive(batch.len() as u64, bytes, now);
        self.counters.note_duplicates(duplicates);
        self.picture.apply(&batch);
        self.pace.note(Change::Rows);
        if left_out.total() > 0 {
            self.counters.leave_out(left_out);
            batch.retain(|message| message.sequence > 0);
        }
        if left_out.full > 0 {
            let edge = self.gaps.set_full(true, now);
            self.mark(edge);
            self.pace.note(Change::Facts);
        }
        let lost = self.recorder.offer(batch);
        self.note_lost(lost);
        if left_out.total() > 0 {
            self.settle();
        }
    }

    pub(super) fn note_lost(&mut self, count: u64) {
        if count > 0 {
            self.counters.drop_messages(count);
            self.pace.note(Change::Facts);
        }
    }

    /// What waited for room has found it.
    pub(super) fn note_room(&mut self) {
        let edge = self.gaps.set_full(false, now());
        self.mark(edge);
    }

    pub(super) fn note_progress(&mut self) {
        let marks = self.recorder.marks();
        let is_other_trouble = self.recorder.look();
        let is_marked = self.recorder.marks() != marks;
        if is_marked {
            self.picture.note_gap();
        }
        self.settle();
        let is_urgent =
            is_other_trouble || is_marked || self.picture.awaits(self.recorder.committed());
        self.pace.note(if is_urgent { Change::Facts } else { Change::Counters });
    }

    /// Lets the broker know what need not be sent again.
    fn settle(&mut self) {
        let settled = self.recorder.settled();
        if self.counters.set_stored(settled.recorded) {
            self.last_stored = Some(now());
        }
        // What is lost never gets into this count, and so is never acknowledged: the broker sends
        // it again.
        self.connection.recorded(settled.received);
    }

    pub(super) fn set_recording(&mut self, recording: Recording) {
        self.recorder.set_recording(recording);
        let edge = self.gaps.set_paused(recording == Recording::Paused, now());
        self.mark(edge);
        self.pace.note(Change::Facts);
    }

    /// Lets the other history take over as soon as the one before has all that it was given. Gives
    /// its word of progress.
    pub(super) fn move_on(&mut self) -> Option<watch::Receiver<Progress>> {
        if self.moving.is_none() || !self.recorder.part() {
            return None;
        }
        let Move { log, claim, done } = *self.moving.take()?;
        let lost = self.recorder.move_to(log, &self.gaps, now());
        self.note_lost(lost);
        self.claim = claim;
        // Who asked may have gone.
        let _ = done.send(());
        Some(self.recorder.news())
    }

    fn mark(&mut self, edge: Option<Edge>) {
        if let Some(edge) = edge {
            self.recorder.mark(edge);
        }
    }
}
