//! What a session gives to the history, and how far that has come.
//!
//! Promises: every message gets the next number, in order; of a batch it is always known whether it
//! waits, is with the writer, or is lost. A writer that has gone takes nothing any more, and what it
//! had not committed by then is lost. Absent: counting, which is the actor's.

use tokio::sync::watch;
use wiretree_model::{Direction, Message};
use wiretree_mqtt::Incoming;
use wiretree_store::{Log, Permit, Progress, StoreError};

use crate::gaps::Edge;

pub(super) struct Recorder {
    log: Log,
    latest: watch::Receiver<Progress>,
    progress: Progress,
    /// The number of the newest message of the sessions before, committed or not.
    before: u64,
    /// The number of the newest message.
    sequence: u64,
    /// Numbered and counted, but the writer had no room yet.
    unsent: Vec<Message>,
    /// Why nothing can be recorded any more.
    lost: Option<StoreError>,
    gave_up: bool,
}

impl Recorder {
    pub(super) fn new(log: Log) -> Self {
        let latest = log.progress();
        let progress = latest.borrow().clone();
        let before = log.last_sequence();
        Self {
            log,
            latest,
            progress,
            before,
            sequence: before,
            unsent: Vec::new(),
            lost: None,
            gave_up: false,
        }
    }

    /// Numbers what came in.
    pub(super) fn number(&mut self, batch: Vec<Incoming>) -> Vec<Message> {
        let number = |incoming: Incoming| {
            self.sequence += 1;
            Message {
                sequence: self.sequence,
                received_at: incoming.received_at,
                direction: Direction::Received,
                publish: incoming.publish,
            }
        };
        batch.into_iter().map(number).collect()
    }

    /// Gives a batch to the writer, now or when there is [`Recorder::room`]. Says how many messages
    /// are lost by it.
    pub(super) fn offer(&mut self, batch: Vec<Message>) -> u64 {
        if self.gave_up {
            return batch.len() as u64;
        }
        self.unsent = batch;
        match self.log.try_reserve() {
            Ok(None) => 0,
            Ok(Some(permit)) => self.hand_on(Ok(permit)),
            Err(error) => self.hand_on(Err(error)),
        }
    }

    /// Marks in the history where nothing is recorded, behind all that was offered so far.
    pub(super) fn mark(&self, edge: &Edge) {
        // A history that is closed takes nothing; the next session marks what it finds.
        let _ = match edge {
            Edge::Begin { from, cause } => self.log.begin_gap(*from, cause),
            Edge::End { to, session_kept } => self.log.end_gap(*to, *session_kept),
        };
    }

    /// Whether a batch waits for room. Nothing may be offered meanwhile.
    pub(super) fn waits(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Waits for room at the writer. Safe to cancel.
    pub(super) async fn room(&self) -> Result<Permit, StoreError> {
        self.log.reserve().await
    }

    /// Gives the batch that waits to the writer. Says how many messages are lost by it.
    pub(super) fn hand_on(&mut self, room: Result<Permit, StoreError>) -> u64 {
        let batch = std::mem::take(&mut self.unsent);
        let count = batch.len() as u64;
        match room.and_then(|permit| permit.send(batch)) {
            Ok(()) => 0,
            Err(error) => {
                self.lost = Some(error);
                count
            }
        }
    }

    /// Word of the writer; [`Recorder::look`] takes it in.
    pub(super) fn news(&self) -> watch::Receiver<Progress> {
        self.log.progress()
    }

    /// Takes in how far the writer is. Says whether there is trouble that was not there, or none
    /// any more.
    pub(super) fn look(&mut self) -> bool {
        let before = std::mem::replace(&mut self.progress, self.latest.borrow().clone());
        before.problem != self.progress.problem
    }

    /// How many messages of this session are committed.
    pub(super) fn stored(&self) -> u64 {
        // Not what the writer counts: that may include what a session before left in the queue.
        self.progress.committed_sequence.saturating_sub(self.before)
    }

    /// How many edges of gaps are on the disk.
    pub(super) fn marks(&self) -> u64 {
        self.progress.marks
    }

    /// The number of the newest message.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Up to which number everything is committed.
    pub(super) fn committed(&self) -> u64 {
        self.progress.committed_sequence
    }

    /// Why the history cannot be written at present, or any more.
    pub(super) fn problem(&self) -> Option<&StoreError> {
        self.lost.as_ref().or(self.progress.problem.as_ref())
    }

    /// Lets everything go that is not committed, and takes nothing any more.
    pub(super) fn give_up(&mut self) {
        self.unsent.clear();
        self.gave_up = true;
    }

    /// Whether nothing is left to wait for.
    pub(super) fn is_done(&self) -> bool {
        let is_saved = self.unsent.is_empty() && self.stored() >= self.sequence - self.before;
        is_saved || self.gave_up || self.log.try_reserve().is_err()
    }
}
