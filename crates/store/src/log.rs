//! The handle by which a connection records: a queue bounded by bytes, and word of what is saved.
//! Gaps between messages, sessions and the outcomes of publishes are marked through it too.
//!
//! Promises: batches are committed in the order in which they were sent, each whole; a sender
//! waits while too much is queued, and nothing is dropped. Absent: the disk, which is the writer's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, watch};
use wiretree_model::{Message, QoS, Timestamp};

use crate::tables::marks::Mark;
use crate::tables::{gaps, sessions};
use crate::writer::{Batch, Command};
use crate::{ConnectionId, SessionStart, StoreError, StoredConnection, StoredOutcome};

/// The part of the queue, as 1 of so many, that is taken when it counts as pressed.
const PRESSED: usize = 8;

/// How far the messages of one connection have come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Every message up to this sequence number is committed: it outlives the process.
    pub committed_sequence: u64,
    /// Messages committed since the history was opened.
    pub stored: u64,
    /// How many beginnings and ends of gaps and sessions, and how many outcomes, were committed
    /// since the history was opened.
    pub marks: u64,
    /// Why writing does not go on at the moment. What is queued is kept and tried again.
    pub problem: Option<StoreError>,
}

/// Records the messages of one connection. Clones record into the same.
#[derive(Clone, Debug)]
pub struct Log {
    lane: Arc<Lane>,
    queue: Queue,
}

/// Room in the queue, for one batch of whatever size.
#[derive(Debug)]
pub struct Permit {
    lane: Arc<Lane>,
    queue: Queue,
    room: OwnedSemaphorePermit,
}

/// What the handles of one connection and the writer have in common.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) id: ConnectionId,
    /// The highest sequence number sent, committed or not.
    pub(crate) sent: AtomicU64,
    pub(crate) progress: watch::Sender<Progress>,
}

/// The way to the writer: a channel, and a semaphore with a permit for each byte it may hold.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) room: Arc<Semaphore>,
    /// Permits there are when nothing is queued.
    pub(crate) size: usize,
}

impl Queue {
    /// Whether more waits for the disk than usual, so that senders may have to wait soon.
    pub(crate) fn is_pressed(&self) -> bool {
        self.room.available_permits() < self.size - self.size / PRESSED
    }
}

impl Lane {
    pub(crate) fn new(connection: &StoredConnection) -> Self {
        let committed_sequence = connection.last_sequence;
        let progress = Progress { committed_sequence, ..Progress::default() };
        Self {
            id: connection.id,
            sent: AtomicU64::new(committed_sequence),
            progress: watch::Sender::new(progress),
        }
    }
}

impl Log {
    pub(crate) fn new(lane: Arc<Lane>, queue: Queue) -> Self {
        Self { lane, queue }
    }

    /// The connection's number in the file, to ask a [`crate::Reader`] with.
    pub fn id(&self) -> ConnectionId {
        self.lane.id
    }

    /// The highest sequence number so far, in the file or in the queue; 0: none. Numbering goes on
    /// behind it, over all sessions of the connection.
    pub fn last_sequence(&self) -> u64 {
        self.lane.sent.load(Ordering::Acquire)
    }

    /// Waits for room and sends a batch. See [`Log::reserve`] to wait for other things meanwhile.
    ///
    /// # Errors
    /// As with [`Permit::send`].
    pub async fn append(&self, batch: Vec<Message>) -> Result<(), StoreError> {
        self.reserve().await?.send(batch)
    }

    /// Waits until less is queued, over all connections, than the queue may hold. May be dropped at
    /// any point, as `select!` does.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub async fn reserve(&self) -> Result<Permit, StoreError> {
        let room = Arc::clone(&self.queue.room).acquire_owned().await;
        room.map(|room| self.permit(room)).map_err(|_| StoreError::Closed)
    }

    /// Room, if there is some at once.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub fn try_reserve(&self) -> Result<Option<Permit>, StoreError> {
        match Arc::clone(&self.queue.room).try_acquire_owned() {
            Ok(room) => Ok(Some(self.permit(room))),
            Err(TryAcquireError::NoPermits) => Ok(None),
            Err(TryAcquireError::Closed) => Err(StoreError::Closed),
        }
    }

    /// Word of each commit, and of trouble.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.lane.progress.subscribe()
    }

    /// Marks that nothing is recorded from a moment on, behind all that was sent so far, and why;
    /// `None`: since the history last heard of the connection, if it ever did. Changes nothing while
    /// a gap goes on. Waits for no room.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub fn begin_gap(&self, from: Option<Timestamp>, cause: &str) -> Result<(), StoreError> {
        let cause = cause.to_owned();
        self.mark(Mark::Gap(gaps::Mark::Begin { after: self.last_sequence(), from, cause }))
    }

    /// Marks that it is recorded again, and whether the broker had kept the session meanwhile. Without
    /// a gap that goes on, it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub fn end_gap(&self, to: Timestamp, session_kept: bool) -> Result<(), StoreError> {
        self.mark(Mark::Gap(gaps::Mark::End { to, session_kept }))
    }

    /// Marks that a connection is up, behind all that was sent so far. Waits for no room.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub fn begin_session(&self, start: SessionStart) -> Result<(), StoreError> {
        self.mark(Mark::Session(sessions::Mark::Begin { after: self.last_sequence(), start }))
    }

    /// Marks that it is up no more, and why; `None`: since the history last heard of it. Without a
    /// session that goes on, it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub fn end_session(&self, to: Option<Timestamp>, cause: &str) -> Result<(), StoreError> {
        self.mark(Mark::Session(sessions::Mark::End { to, cause: cause.to_owned() }))
    }

    /// Notes what became of the published message with this sequence number. The first word stays.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub fn note_outcome(&self, sequence: u64, outcome: StoredOutcome) -> Result<(), StoreError> {
        self.mark(Mark::Outcome(sequence, outcome))
    }

    fn mark(&self, mark: Mark) -> Result<(), StoreError> {
        let (lane, mark) = (Arc::clone(&self.lane), Some(mark));
        let batch =
            Batch { lane, messages: Vec::new(), last: 0, taken: 0, mark, is_patient: false };
        self.queue.commands.send(Command::Append(batch)).map_err(|_| StoreError::Closed)
    }

    fn permit(&self, room: OwnedSemaphorePermit) -> Permit {
        Permit { lane: Arc::clone(&self.lane), queue: self.queue.clone(), room }
    }
}

impl Permit {
    /// Queues a batch; it becomes one transaction, alone or with its neighbours. Sequence numbers
    /// are the caller's and ascend.
    ///
    /// # Errors
    /// [`StoreError::Closed`]; [`StoreError::Impossible`], since what cannot be written would be
    /// tried again for ever. The batch is lost then.
    pub fn send(self, messages: Vec<Message>) -> Result<(), StoreError> {
        let checked = messages.iter().try_for_each(|message| message.publish.check_limits());
        checked.map_err(StoreError::Impossible)?;
        self.queue(messages)
    }

    /// Queues a batch as it is.
    pub(crate) fn queue(self, messages: Vec<Message>) -> Result<(), StoreError> {
        if messages.is_empty() {
            return Ok(());
        }
        let (mut last, mut weight, mut is_patient) = (0, 0, true);
        for message in &messages {
            last = message.sequence.max(last);
            weight += message.weight();
            is_patient &= message.publish.qos == QoS::AtMostOnce;
        }
        self.room.forget();
        // One permit was taken by reserving. A batch heavier than what is left takes all of it.
        let taken = 1 + self.queue.room.forget_permits(weight.saturating_sub(1));
        self.lane.sent.fetch_max(last, Ordering::AcqRel);
        let batch = Batch { lane: self.lane, messages, last, taken, mark: None, is_patient };
        self.queue.commands.send(Command::Append(batch)).map_err(|_| StoreError::Closed)
    }
}
