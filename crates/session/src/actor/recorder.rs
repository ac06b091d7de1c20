//! What a session gives to the history, and how far that has come.
//!
//! Promises: every message that is recorded gets the next number, in order, whichever way it went;
//! of a batch it is always known whether it waits, is with the writer, or is lost. A writer that has
//! gone takes nothing any more, and what it had not committed by then is lost. While the history
//! cannot be written and its queue is full, what the broker would send again waits here, up to
//! [`HELD`], and what it would not is given up. Absent: counting, which is the actor's.

use tokio::sync::watch;
use wiretree_model::{Direction, Message, Publish, QoS, Recording, RecordingRules, Timestamp};
use wiretree_store::{Log, Permit, Progress, StoreError, StoredOutcome};

use super::settling::{Settling, Tally};
use crate::counters::LeftOut;
use crate::gaps::{Edge, Gaps};

/// The most that waits here, in bytes; then nothing more is read from the broker.
const HELD: usize = 4 * 1024 * 1024;

pub(super) struct Recorder {
    log: Log,
    latest: watch::Receiver<Progress>,
    progress: Progress,
    /// The number of the newest message.
    sequence: u64,
    /// The highest number that the writer has, or had.
    handed: u64,
    /// Up to which number the histories before this one have everything.
    floor: u64,
    settling: Settling,
    /// Numbered and counted, but the writer had no room yet.
    pending: Vec<Message>,
    pending_weight: usize,
    /// Nothing is handed on: another history is about to take over.
    is_moving: bool,
    recording: Recording,
    rules: RecordingRules,
    /// Why nothing can be recorded any more.
    lost: Option<StoreError>,
    gave_up: bool,
}

impl Recorder {
    /// Numbers go on behind those in the history, and behind `after`.
    pub(super) fn new(log: Log, after: u64, rules: RecordingRules) -> Self {
        let latest = log.progress();
        let progress = latest.borrow().clone();
        let sequence = log.last_sequence().max(after);
        Self {
            log,
            latest,
            progress,
            sequence,
            handed: sequence,
            floor: after,
            settling: Settling::default(),
            pending: Vec::new(),
            pending_weight: 0,
            is_moving: false,
            recording: Recording::On,
            rules,
            lost: None,
            gave_up: false,
        }
    }

    pub(super) fn recording(&self) -> Recording {
        self.recording
    }

    pub(super) fn set_recording(&mut self, recording: Recording) {
        self.recording = recording;
    }

    pub(super) fn set_rules(&mut self, rules: RecordingRules) {
        self.rules = rules;
    }

    /// Numbers what came in, as far as it is recorded. Says how many are not, and why.
    pub(super) fn number(&mut self, batch: &mut [Message]) -> LeftOut {
        let mut left_out = LeftOut::default();
        let count = batch.len() as u64;
        for message in batch {
            match self.reason(&message.publish, &mut left_out) {
                Some(reason) => *reason += 1,
                None => {
                    self.sequence += 1;
                    message.sequence = self.sequence;
                }
            }
        }
        let recorded = count - left_out.total();
        self.settling.add(self.sequence, Tally { received: count, recorded, sent: 0 });
        left_out
    }

    /// Why a message that came in is not recorded: the count that it belongs to.
    fn reason<'a>(&self, publish: &Publish, left_out: &'a mut LeftOut) -> Option<&'a mut u64> {
        if self.recording == Recording::Paused {
            return Some(&mut left_out.paused);
        }
        if !self.rules.0.is_empty() && !self.rules.records(&publish.topic) {
            return Some(&mut left_out.by_rule);
        }
        let is_sent_again = publish.qos != QoS::AtMostOnce;
        (self.is_stuck() && !is_sent_again).then_some(&mut left_out.full)
    }

    /// Numbers what is published from here. `Err`: it is not recorded; `true`: for want of room.
    /// What no packet can carry never goes out, and the history cannot hold it either.
    pub(super) fn number_sent(
        &mut self,
        publish: Publish,
        received_at: Timestamp,
    ) -> Result<Message, bool> {
        let is_wanted = self.recording == Recording::On && self.rules.records(&publish.topic);
        if !is_wanted || publish.check_limits().is_err() {
            return Err(false);
        }
        if self.gave_up || self.pending_weight >= HELD {
            return Err(true);
        }
        self.sequence += 1;
        self.settling.add(self.sequence, Tally { sent: 1, ..Tally::default() });
        let direction = Direction::Sent;
        Ok(Message { sequence: self.sequence, received_at, direction, publish })
    }

    /// Gives a batch to the writer, now or when there is [`Recorder::room`]. Says how many messages
    /// of the broker are lost by it.
    pub(super) fn offer(&mut self, batch: Vec<Message>) -> u64 {
        if self.gave_up {
            return received(&batch);
        }
        self.pending_weight += batch.iter().map(Message::weight).sum::<usize>();
        if self.pending.is_empty() {
            self.pending = batch;
        } else {
            self.pending.extend(batch);
        }
        if self.pending.is_empty() || self.is_moving {
            return 0;
        }
        match self.log.try_reserve() {
            Ok(None) => 0,
            Ok(Some(permit)) => self.hand_on(Ok(permit)),
            Err(error) => self.hand_on(Err(error)),
        }
    }

    /// Marks something in the history, behind all that the writer has so far.
    pub(super) fn mark(&self, edge: Edge) {
        // A history that is closed takes nothing; the next session marks what it finds.
        let _ = match edge {
            Edge::GapBegin { from, cause } => self.log.begin_gap(from, &cause),
            Edge::GapEnd { to, session_kept } => self.log.end_gap(to, session_kept),
            Edge::SessionBegin(start) => self.log.begin_session(start),
            Edge::SessionEnd { to, cause } => self.log.end_session(to, &cause),
        };
    }

    /// Notes what became of a message that was published from here.
    pub(super) fn note_outcome(&self, sequence: u64, outcome: StoredOutcome) {
        // A history that is closed takes nothing, and then nobody knows.
        let _ = self.log.note_outcome(sequence, outcome);
    }

    /// Whether a batch waits for room at the writer.
    pub(super) fn waits(&self) -> bool {
        !self.pending.is_empty() && !self.is_moving
    }

    /// Whether the history takes nothing at present, neither at once nor soon.
    fn is_stuck(&self) -> bool {
        !self.pending.is_empty() && self.progress.problem.is_some()
    }

    /// Whether more may be offered. A writer that is only slow is waited for; while it cannot write
    /// at all, the connection has to be served all the same.
    pub(super) fn takes_more(&self) -> bool {
        self.pending.is_empty()
            || (self.pending_weight < HELD && (self.is_moving || self.progress.problem.is_some()))
    }

    /// Waits for room at the writer. Safe to cancel.
    pub(super) async fn room(&self) -> Result<Permit, StoreError> {
        self.log.reserve().await
    }

    /// Gives what waits to the writer. Says how many messages of the broker are lost by it.
    pub(super) fn hand_on(&mut self, room: Result<Permit, StoreError>) -> u64 {
        let batch = std::mem::take(&mut self.pending);
        self.pending_weight = 0;
        let count = received(&batch);
        let last = batch.last().map_or(self.handed, |message| message.sequence);
        match room.and_then(|permit| permit.send(batch)) {
            Ok(()) => {
                self.handed = last;
                0
            }
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

    /// What need not be waited for any more: it is committed, or not to be recorded.
    pub(super) fn settled(&mut self) -> Tally {
        let committed = self.committed();
        self.settling.committed(committed)
    }

    /// How many marks are on the disk.
    pub(super) fn marks(&self) -> u64 {
        self.progress.marks
    }

    /// The number of the newest message.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Up to which number everything is committed.
    pub(super) fn committed(&self) -> u64 {
        self.progress.committed_sequence.max(self.floor)
    }

    /// Why the history cannot be written at present, or any more.
    pub(super) fn problem(&self) -> Option<&StoreError> {
        self.lost.as_ref().or(self.progress.problem.as_ref())
    }

    /// Lets everything go that is not committed, and takes nothing any more.
    pub(super) fn give_up(&mut self) {
        self.pending.clear();
        self.pending_weight = 0;
        self.gave_up = true;
    }

    /// Whether nothing is left to wait for.
    pub(super) fn is_done(&self) -> bool {
        let is_saved = self.pending.is_empty() && self.committed() >= self.sequence;
        is_saved || self.gave_up || self.log.try_reserve().is_err()
    }

    /// Hands nothing on to this history any more. Says whether it has committed what it was given.
    pub(super) fn part(&mut self) -> bool {
        self.is_moving = true;
        self.committed() >= self.handed
    }

    /// Another history takes over, which is told what goes on, and gets what waits. Says how many
    /// messages of the broker are lost by it.
    pub(super) fn move_to(&mut self, log: Log, gaps: &Gaps, now: Timestamp) -> u64 {
        gaps.leave(now).into_iter().for_each(|edge| self.mark(edge));
        self.floor = self.committed();
        self.log = log;
        self.latest = self.log.progress();
        self.look();
        self.is_moving = false;
        Gaps::before().into_iter().chain(gaps.arrive(now)).for_each(|edge| self.mark(edge));
        self.offer(Vec::new())
    }
}

fn received(batch: &[Message]) -> u64 {
    batch.iter().filter(|message| message.direction == Direction::Received).count() as u64
}
