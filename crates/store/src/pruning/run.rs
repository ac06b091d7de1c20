//! Removes what goes, slice by slice, and gives the space back. One at a time for a history.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use wiretree_model::Timestamp;

use super::apply::Applied;
use super::prepare::{Bounds, SLICE_BYTES, Slice, next};
use super::selection::{Kinds, Selection};
use super::{ClearOrder, Cleared, Pruned, effect};
use crate::error::{Step, from_sqlite};
use crate::log::Queue;
use crate::names::Directory;
use crate::pile::Sizes;
use crate::tables::{extent, policies, snapshots};
use crate::writer::{Command, Ledger};
use crate::{ConnectionId, Found, Policies, Policy, Query, Reader, Scope, StoreError, past};

/// Pages that are given back in one go: some milliseconds of work.
const PAGES: u64 = 512;
/// Free pages that stay when policies are carried out, since what is recorded needs them soon.
const KEPT_PAGES: u64 = 4_096;

/// How many times as long as a step took it makes way after it, where messages wait; but no longer
/// than a person who breaks off should wait.
const MAKES_WAY: u32 = 9;
const LONGEST_WAY: Duration = Duration::from_millis(250);
/// How often it looks whether they still wait.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Hears how far it is, and may end it.
pub(crate) type Word<'a> = dyn FnMut(Pruned) -> ControlFlow<()> + 'a;

/// Whatever removes messages from a history.
#[derive(Debug)]
pub(crate) struct Pruner {
    pub(super) reader: Reader,
    queue: Queue,
    pub(super) directory: Arc<Directory>,
    bounds: Bounds,
    snapshot_messages: u64,
    /// The topics as they were last looked at for policies. Held by whoever removes.
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    policies: Policies,
    kinds: Kinds,
}

impl Pruner {
    pub(crate) fn new(
        reader: Reader,
        queue: Queue,
        directory: Arc<Directory>,
        sizes: Sizes,
    ) -> Self {
        let slice_bytes = sizes.slice_bytes.unwrap_or(SLICE_BYTES);
        let bounds = Bounds { block_bytes: sizes.block_bytes, slice_bytes };
        let snapshot_messages = sizes.snapshot_messages;
        Self { reader, queue, directory, bounds, snapshot_messages, known: Mutex::default() }
    }

    /// Clears what was ordered. The gaps of what is cleared as a whole go too, and so do the topics.
    pub(crate) fn clear(
        &self,
        order: &ClearOrder,
        word: &mut Word<'_>,
    ) -> Result<Cleared, StoreError> {
        let _alone = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let selection = self.reader.read(|file| Selection::of_order(file, order))?;
        let mut cleared = self.remove(&selection, word)?;
        if cleared.is_complete && order.scope == Scope::All {
            for known in self.reader.connections()? {
                if order.connection.is_none_or(|wanted| wanted == known.id) {
                    self.forget_marks(known.id, selection.newest)?;
                    if order.to.is_none() {
                        self.forget_topics(known.id)?;
                    }
                }
            }
        }
        self.give_back(0, &mut cleared, word)?;
        Ok(cleared)
    }

    /// Removes what the policies of the file do not keep at `now`. Says how long that took beside,
    /// without waiting for anybody who removes, or for those who record.
    pub(crate) fn apply_policies(
        &self,
        now: Timestamp,
        word: &mut Word<'_>,
    ) -> Result<(Cleared, Duration), StoreError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        let cleared = self.carry_out(&mut known, now, word)?;
        Ok((cleared, began.elapsed().saturating_sub(cleared.made_way)))
    }

    fn carry_out(
        &self,
        known: &mut Known,
        now: Timestamp,
        word: &mut Word<'_>,
    ) -> Result<Cleared, StoreError> {
        if self.reader.policies()?.keep_everything() {
            return Ok(Cleared { is_complete: true, ..Cleared::default() });
        }
        let selection = self.reader.read(|file| {
            let policies = policies::read(file)?;
            if known.policies != policies {
                *known = Known { policies, kinds: Kinds::default() };
            }
            let Known { policies, kinds } = known;
            effect::select(file, policies, kinds, now)
        })?;
        let mut cleared = self.remove(&selection, word)?;
        if cleared.messages > 0 {
            for connection in self.reader.connections()? {
                if !known.policies.of(connection.id).keeps_everything() {
                    self.forget_marks(connection.id, selection.newest)?;
                }
            }
            self.give_back(KEPT_PAGES, &mut cleared, word)?;
        }
        Ok(cleared)
    }

    /// Sees to it that nothing goes of a connection that has no policy of its own.
    pub(crate) fn spare(&self, connection: ConnectionId) -> Result<(), StoreError> {
        if self.reader.policies()?.of(connection).keeps_everything() {
            return Ok(());
        }
        self.ask(move |ledger| ledger.set_policy(Some(connection), Some(&Policy::default())))
    }

    /// Writes a policy down, and carries it out before anybody else does.
    pub(crate) fn set_policy(
        &self,
        connection: Option<ConnectionId>,
        policy: Option<Policy>,
        now: Timestamp,
        word: &mut Word<'_>,
    ) -> Result<Cleared, StoreError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.ask(move |ledger| ledger.set_policy(connection, policy.as_ref()))?;
        self.carry_out(&mut known, now, word)
    }

    fn remove(&self, selection: &Selection, word: &mut Word<'_>) -> Result<Cleared, StoreError> {
        let total = self.reader.read(|file| extent::total(file))?;
        let mut told = Pruned { total, ..Pruned::default() };
        let mut cleared = Cleared::default();
        let (mut position, mut segment) = (i64::MIN, None);
        while word(told).is_continue() {
            let began = Instant::now();
            let found = self
                .reader
                .read(|file| next(file, selection, &mut segment, position, self.bounds))?;
            let Some(found) = found else {
                cleared.is_complete = true;
                break;
            };
            if let Some(slice) = found.slice {
                let (applied, took) = self.apply(slice)?;
                cleared.longest_slice = cleared.longest_slice.max(took);
                if applied == Applied::Stale {
                    segment = None;
                    continue;
                }
            }
            cleared.made_way += self.make_way(began.elapsed());
            position = found.reached;
            cleared.messages += found.messages;
            cleared.damaged += found.damaged;
            told.messages = cleared.messages;
            told.scanned = told.scanned.saturating_add(found.scanned).min(total);
        }
        if cleared.messages > 0 {
            cleared.made_way += self.mend_snapshots()?;
        }
        Ok(cleared)
    }

    /// Makes anew the snapshots that are still missing after a removal that was interrupted.
    pub(crate) fn mend(&self) -> Result<(), StoreError> {
        let _alone = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.mend_snapshots().map(drop)
    }

    /// Makes the snapshots that went with what was removed anew: the writer leaves that to whoever
    /// removes, since it may take long. Nobody else may remove meanwhile, or what they show is not
    /// what is left. Says for how long it made way.
    fn mend_snapshots(&self) -> Result<Duration, StoreError> {
        let (messages, mut made_way) = (self.snapshot_messages, Duration::ZERO);
        loop {
            let began = Instant::now();
            let found = self.reader.read(|file| {
                let missing = snapshots::missing(file, messages)?;
                missing.map(|last| past::at_segment(file, last).map(|it| (last, it))).transpose()
            })?;
            let Some((last, known)) = found else { return Ok(made_way) };
            self.ask(move |ledger| ledger.add_snapshot(last, &known))?;
            made_way += self.make_way(began.elapsed());
        }
    }

    /// Leaves the processor and the disk to those who record, while more waits for the disk than
    /// usual. Whatever comes, a tenth of the time is left for removing. Says how long it waited.
    pub(crate) fn make_way(&self, worked: Duration) -> Duration {
        let most = worked.saturating_mul(MAKES_WAY).min(LONGEST_WAY);
        let (began, mut waited) = (Instant::now(), Duration::ZERO);
        while self.queue.is_pressed() && waited < most {
            std::thread::sleep(LOOK_EVERY);
            waited = began.elapsed();
        }
        waited
    }

    fn apply(&self, slice: Slice) -> Result<(Applied, Duration), StoreError> {
        self.ask(move |ledger| {
            let began = Instant::now();
            ledger.prune(&slice).map(|applied| (applied, began.elapsed()))
        })
    }

    /// Gives pages back until `keep` are free, and makes the file that much smaller.
    fn give_back(
        &self,
        keep: u64,
        cleared: &mut Cleared,
        word: &mut Word<'_>,
    ) -> Result<(), StoreError> {
        let page = self.reader.read(|file| crate::tables::space::page_size(file))?;
        let mut told = Pruned { messages: cleared.messages, ..Pruned::default() };
        (told.scanned, told.total) = (1, 1);
        loop {
            let (pages, took) = self.ask(move |ledger| {
                let began = Instant::now();
                ledger.give_back(PAGES, keep).map(|pages| (pages, began.elapsed()))
            })?;
            cleared.longest_slice = cleared.longest_slice.max(took);
            cleared.bytes += pages * page;
            told.bytes = cleared.bytes;
            if pages == 0 || word(told).is_break() {
                break;
            }
            cleared.made_way += self.make_way(took);
        }
        if cleared.bytes > 0 {
            self.ask(|ledger| ledger.empty_log())?;
        }
        Ok(())
    }

    /// Gaps and sessions before the first message of a connection are of no use any more.
    fn forget_marks(&self, connection: ConnectionId, newest: i64) -> Result<(), StoreError> {
        let query = Query { connection: Some(connection), ..Query::default() };
        let (mut first, mut came_at) = (newest.saturating_add(1), None);
        self.reader.each(&query, |found| match found {
            Found::Message(stored) => {
                first = first.min(stored.id);
                came_at = Some(stored.message.received_at);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        })?;
        self.ask(move |ledger| ledger.prune_marks(connection, first, came_at))
    }

    /// Has the writer do something between two transactions; refused while writing fails.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = mpsc::sync_channel(1);
        let path = self.reader.path().to_owned();
        let work = move |ledger: Result<&mut Ledger, StoreError>| {
            let in_words = |error: rusqlite::Error| from_sqlite(&path, Step::Write, &error);
            // Who asked may have gone; it is done all the same.
            let _ = reply.send(ledger.and_then(|ledger| work(ledger).map_err(in_words)));
        };
        let command = Command::Work(Box::new(work));
        self.queue.commands.send(command).map_err(|_| StoreError::Closed)?;
        answer.recv().map_err(|_| StoreError::Closed)?
    }
}

#[cfg(test)]
impl Pruner {
    /// Whether somebody removes, or has to be alone for another reason.
    pub(crate) fn is_at_work(&self) -> bool {
        self.known.try_lock().is_err()
    }
}
