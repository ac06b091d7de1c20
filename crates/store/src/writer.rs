//! The one thread that writes: takes what is queued, one transaction a turn, and tells who waits.
//!
//! Promises: nothing taken is dropped while the history is open. When a transaction fails (the disk
//! is full, most often) it is tried again with growing pauses, and meanwhile the queue fills up and
//! its senders wait; who wants something else done with the file hears why that cannot be. Small
//! batches that nobody waits for gather for a moment, so that a stream of them does not cost a
//! transaction each. Absent: any decision about which messages to keep.

mod group;
mod resuming;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use wiretree_model::Message;

pub(crate) use group::{HIGHEST, Ledger};

use crate::StoreError;
use crate::error::{Step, from_sqlite};
use crate::history::Limits;
use crate::log::Lane;
use crate::names::{Directory, Names};
use crate::tables::marks::Mark;
use crate::tables::{connections, topics};

use group::Group;

/// How long the writer hears nothing while messages gather.
const NAP: Duration = Duration::from_millis(5);

/// What the writer can be asked to do; in the order of asking.
pub(crate) enum Command {
    /// Make the connection known, and its topics.
    Open { key: String, name: String, reply: SyncSender<Result<Arc<Lane>, StoreError>> },
    /// Save.
    Append(Batch),
    /// Something else that changes the file, between two transactions.
    Work(Work),
    /// Save what came before this, and end.
    Close,
    /// Lets a test disturb the database from within.
    #[cfg(test)]
    Disturb(Box<dyn FnOnce(&mut rusqlite::Connection) + Send>),
}

/// What is done with the file between two transactions; or why nothing can be: writing fails, and
/// the transaction that is tried again counts on the file as it is.
pub(crate) type Work = Box<dyn FnOnce(Result<&mut Ledger, StoreError>) + Send>;

/// Messages of one connection, to be saved together, and what is to be marked behind them.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) lane: Arc<Lane>,
    pub(crate) messages: Vec<Message>,
    /// The highest sequence number among them.
    pub(crate) last: u64,
    /// How much room in the queue it takes until it is committed.
    pub(crate) taken: usize,
    pub(crate) mark: Option<Mark>,
    /// Whether nobody waits for the commit: all is of QoS 0, which has no acknowledgement.
    pub(crate) is_patient: bool,
}

/// How it ended.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    pub(crate) unsaved: u64,
    pub(crate) problem: Option<StoreError>,
}

/// The state of the thread.
pub(crate) struct Writer {
    path: PathBuf,
    ledger: Ledger,
    directory: Arc<Directory>,
    lanes: HashMap<String, Arc<Lane>>,
    commands: Receiver<Command>,
    /// Batches taken from the channel while a transaction was being tried again.
    backlog: VecDeque<Batch>,
    /// What else is to be done: one of them after each transaction, so that messages go first.
    work: VecDeque<Work>,
    room: Arc<Semaphore>,
    limits: Limits,
    /// When the newest transaction began.
    began: Option<Instant>,
    closing: bool,
}

impl Writer {
    pub(crate) fn new(
        path: PathBuf,
        ledger: Ledger,
        directory: Arc<Directory>,
        commands: Receiver<Command>,
        room: Arc<Semaphore>,
        limits: Limits,
    ) -> Self {
        let (lanes, backlog, work) = (HashMap::new(), VecDeque::new(), VecDeque::new());
        let (began, closing) = (None, false);
        Self {
            path,
            ledger,
            directory,
            lanes,
            commands,
            backlog,
            work,
            room,
            limits,
            began,
            closing,
        }
    }

    /// Writes until the history is closed, or until no handle is left.
    pub(crate) fn run(mut self) -> Ending {
        let mut ending = Ending::default();
        while ending.problem.is_none() {
            self.gather();
            let group = self.next_group();
            if let Some(Err(problem)) = group.as_ref().map(|group| self.save(group)) {
                ending.unsaved = group.map_or(0, |group| group.len());
                ending.problem = Some(problem);
            } else if self.work_once() || group.is_some() {
                continue;
            } else if self.closing {
                break;
            } else {
                match self.commands.recv() {
                    Ok(command) => self.obey(command),
                    Err(mpsc::RecvError) => self.closing = true,
                }
            }
        }
        self.room.close();
        ending.unsaved += self.left_over();
        self.ledger.tidy();
        ending
    }

    /// Waits until what waits is worth a transaction. What comes after a silence is not held up.
    fn gather(&mut self) {
        while self.may_gather() {
            let passed = self.began.map_or(Duration::MAX, |began| began.elapsed());
            let left = self.limits.gather.saturating_sub(passed);
            if left.is_zero() {
                return;
            }
            // Asleep, and not at the channel: to be woken by each batch costs as much as it saves.
            std::thread::sleep(left.min(NAP));
            while let Ok(command) = self.commands.try_recv() {
                self.obey(command);
            }
        }
    }

    fn may_gather(&self) -> bool {
        let messages = self.backlog.iter().map(|batch| batch.messages.len()).sum::<usize>();
        let is_patient = self.backlog.iter().all(|batch| batch.is_patient);
        is_patient && !self.closing && (1..self.limits.enough).contains(&messages)
    }

    /// Does the next of what else is to be done, if there is any; when the history is being closed,
    /// those who wait for it hear that.
    fn work_once(&mut self) -> bool {
        let work = self.work.pop_front().filter(|_| !self.closing);
        work.map(|work| work(Ok(&mut self.ledger))).is_some()
    }

    /// Who waits for something else to be done hears why it is not.
    fn refuse_work(&mut self, problem: &StoreError) {
        for work in self.work.drain(..) {
            work(Err(problem.clone()));
        }
    }

    /// As many of the waiting batches as make a good transaction; none: nothing waits.
    fn next_group(&mut self) -> Option<Group> {
        let mut messages = 0;
        let mut batches = Vec::new();
        while messages < self.limits.transaction {
            let Some(batch) = self.next_batch() else { break };
            messages += batch.messages.len();
            batches.push(batch);
        }
        (!batches.is_empty()).then(|| self.ledger.prepare(batches, &self.directory))
    }

    fn next_batch(&mut self) -> Option<Batch> {
        while self.backlog.is_empty() {
            let command = self.commands.try_recv().ok()?;
            self.obey(command);
        }
        self.backlog.pop_front()
    }

    /// Commits, however often it takes; gives up only when the history is being closed.
    fn save(&mut self, group: &Group) -> Result<(), StoreError> {
        let mut pause = self.limits.first_pause;
        self.began = Some(Instant::now());
        let marked = loop {
            let error = match self.ledger.commit(group) {
                Ok(marked) => break marked,
                Err(error) => error,
            };
            let problem = from_sqlite(&self.path, Step::Write, &error);
            if self.closing {
                return Err(problem);
            }
            self.tell_problem(Some(&problem));
            self.refuse_work(&problem);
            self.wait(pause);
            pause = (pause * 2).min(self.limits.longest_pause);
        };
        self.tell_problem(None);
        for (batch, is_marked) in group.batches.iter().zip(marked) {
            self.room.add_permits(batch.taken);
            batch.lane.progress.send_if_modified(|progress| {
                progress.committed_sequence = progress.committed_sequence.max(batch.last);
                progress.stored += batch.messages.len() as u64;
                progress.marks += u64::from(is_marked);
                !batch.messages.is_empty() || is_marked
            });
        }
        Ok(())
    }

    /// A pause in which commands are still heard; closing ends it.
    fn wait(&mut self, pause: Duration) {
        let end = Instant::now() + pause;
        while !self.closing {
            match self.commands.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => self.closing = true,
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Append(batch) => self.backlog.push_back(batch),
            Command::Work(work) => self.work.push_back(work),
            Command::Close => self.closing = true,
            Command::Open { key, name, reply } => {
                let opened = self.open_lane(key, &name);
                // Who asked may have gone; the connection is open all the same.
                let _ = reply
                    .send(opened.map_err(|error| from_sqlite(&self.path, Step::Write, &error)));
            }
            #[cfg(test)]
            Command::Disturb(disturb) => {
                disturb(&mut self.ledger.connection);
            }
        }
    }

    fn open_lane(&mut self, key: String, name: &str) -> rusqlite::Result<Arc<Lane>> {
        let found = connections::open(&self.ledger.connection, &key, name)?;
        if let Some(lane) = self.lanes.get(&key) {
            return Ok(Arc::clone(lane));
        }
        let mut names = Names::default();
        topics::each_after(&self.ledger.connection, 0, |id, connection, name| {
            if connection == found.id {
                names.add(name, id);
            }
            true
        })?;
        self.directory.put(found.id, names);
        let lane = Arc::new(Lane::new(&found));
        self.lanes.insert(key, Arc::clone(&lane));
        Ok(lane)
    }

    fn tell_problem(&self, problem: Option<&StoreError>) {
        for lane in self.lanes.values() {
            lane.progress.send_if_modified(|progress| {
                let changed = progress.problem.as_ref() != problem;
                progress.problem = problem.cloned();
                changed
            });
        }
    }

    /// Counts what was queued and cannot be saved any more.
    fn left_over(&mut self) -> u64 {
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Append(batch) = command {
                self.backlog.push_back(batch);
            }
        }
        self.backlog.iter().map(|batch| batch.messages.len() as u64).sum()
    }
}

impl Drop for Writer {
    /// However the thread ends, nobody is left waiting for room.
    fn drop(&mut self) {
        self.room.close();
    }
}
