//! The one task that owns what changes in a session: tree, counters, windows.
//!
//! Everything that can wake it is one of [`Wake`]. It holds no lock, decodes nothing and never
//! touches the disk: it numbers what comes in, hands it to the history's writer, and makes a
//! picture when somebody waits for one. While the writer has no room it takes nothing more from
//! the broker's edge, so that TCP pushes back, but it goes on answering the window.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use wiretree_model::{Direction, Message, Timestamp, Topic};
use wiretree_mqtt::{Connection, Event, Events, Incoming, State, SubscribeOutcome};
use wiretree_store::{Log, Permit, Progress, Reader, StoreError};

use crate::clock::now;
use crate::counters::Counters;
use crate::frame::SubscriptionState;
use crate::pace::{Change, Pace};
use crate::picture::{Gesture, Picture};
use crate::{Frame, Seeding, Selection, SessionSpec, Summary};

/// How long a closing session waits for a history that cannot be written.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many calls may wait; the doors wait when there are more.
const COMMANDS: usize = 64;

/// What a door may ask of the session.
pub(crate) enum Command {
    NextFrame(oneshot::Sender<Frame>),
    Look(Gesture, oneshot::Sender<Option<Selection>>),
    Summary(oneshot::Sender<Summary>),
    Close(oneshot::Sender<Summary>),
}

/// What the actor is made of.
pub(crate) struct Parts {
    pub(crate) spec: SessionSpec,
    pub(crate) log: Log,
    pub(crate) reader: Reader,
    pub(crate) events: Events,
    pub(crate) connection: Connection,
}

/// Everything that can wake the session.
enum Wake {
    Command(Option<Command>),
    Broker(Option<Event>),
    Room(Result<Permit, StoreError>),
    Progress,
    Known(Vec<Topic>),
    Tick,
}

struct Actor {
    picture: Picture,
    counters: Counters,
    pace: Pace,
    state: State,
    subscriptions: Vec<SubscriptionState>,
    log: Log,
    /// The sequence number of the newest message.
    sequence: u64,
    /// Numbered and counted, but the writer had no room yet.
    unsent: Vec<Message>,
    progress: Progress,
    /// What had been stored before this session, since the history was opened.
    stored_before: u64,
    /// When the history last told of a commit.
    last_stored: Option<Timestamp>,
    watcher: Option<oneshot::Sender<Frame>>,
    revision: u64,
    connection: Connection,
    closing: Option<Closing>,
}

/// A session that ends: it waits for the broker's edge to end, and then for the writer.
struct Closing {
    replies: Vec<oneshot::Sender<Summary>>,
    /// When it stops waiting for a history that cannot be written.
    until: Instant,
    edge_ended: bool,
}

/// Starts the task; it ends when it is told to close or when nobody holds the sender any more.
pub(crate) fn start(parts: Parts) -> mpsc::Sender<Command> {
    let (sender, receiver) = mpsc::channel(COMMANDS);
    tokio::spawn(run(parts, receiver));
    sender
}

async fn run(parts: Parts, mut commands: mpsc::Receiver<Command>) {
    let Parts { spec, log, reader, mut events, connection } = parts;
    let mut progress = log.progress();
    let mut known = known_topics(&spec, &log, reader);
    let mut actor = Actor::new(&spec, log, connection, progress.borrow_and_update().clone());
    while !actor.has_ended() {
        let due = actor.due();
        let wake = tokio::select! {
            command = commands.recv(), if actor.listens() => Wake::Command(command),
            event = events.next(), if actor.takes_messages() => Wake::Broker(event),
            room = actor.log.reserve(), if !actor.unsent.is_empty() => Wake::Room(room),
            topics = known.recv(), if !known.is_closed() => Wake::Known(topics.unwrap_or_default()),
            Ok(()) = progress.changed() => Wake::Progress,
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Wake::Tick,
        };
        match wake {
            Wake::Command(Some(command)) => actor.obey(command),
            Wake::Command(None) => actor.begin_closing(None),
            Wake::Broker(Some(event)) => actor.take_in(event),
            Wake::Broker(None) => actor.edge_ended(),
            Wake::Room(room) => actor.hand_on(room),
            Wake::Progress => actor.note_progress(progress.borrow_and_update().clone()),
            Wake::Known(topics) => {
                known.close();
                actor.picture.seed(&topics);
                actor.pace.note(Change::Rows);
            }
            Wake::Tick => actor.tick(),
        }
    }
    actor.end();
}

/// Reads the topics that the history knows, beside everything else: a million take a second.
fn known_topics(spec: &SessionSpec, log: &Log, reader: Reader) -> mpsc::Receiver<Vec<Topic>> {
    let (sender, receiver) = mpsc::channel(1);
    if spec.seeding == Seeding::FromHistory {
        let (id, limit) = (log.id(), spec.limits.nodes);
        tokio::task::spawn_blocking(move || {
            // Without them the tree grows from what comes in; reading fails again, visibly, when
            // somebody looks at the history.
            let topics = reader.topics(id, limit).unwrap_or_default();
            let _ = sender.blocking_send(topics);
        });
    }
    receiver
}

impl Actor {
    fn new(spec: &SessionSpec, log: Log, connection: Connection, progress: Progress) -> Self {
        let wanted = |subscription: &wiretree_model::Subscription| SubscriptionState {
            subscription: subscription.clone(),
            outcome: None,
        };
        let mut pace = Pace::default();
        pace.note(Change::Gesture);
        Self {
            picture: Picture::new(spec.limits, spec.tree_seed),
            counters: Counters::default(),
            pace,
            state: State::Connecting { attempt: 1 },
            subscriptions: spec.options.subscriptions.iter().map(wanted).collect(),
            sequence: log.last_sequence(),
            log,
            unsent: Vec::new(),
            stored_before: progress.stored,
            last_stored: None,
            progress,
            watcher: None,
            revision: 0,
            connection,
            closing: None,
        }
    }

    /// While the writer has no room, nothing more is taken from the broker's edge.
    fn takes_messages(&self) -> bool {
        self.unsent.is_empty() && !self.closing.as_ref().is_some_and(|closing| closing.edge_ended)
    }

    /// Whether there can still be a door that asks.
    fn listens(&self) -> bool {
        self.closing.as_ref().is_none_or(|closing| !closing.replies.is_empty())
    }

    /// When there is something to do by the clock.
    fn due(&self) -> Option<Instant> {
        if let Some(closing) = &self.closing {
            return Some(closing.until);
        }
        self.watcher.as_ref().and_then(|_| self.pace.due(Instant::now()))
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::NextFrame(watcher) => self.watcher = Some(watcher),
            Command::Look(gesture, reply) => {
                self.picture.look(gesture);
                self.pace.note(Change::Gesture);
                // The caller may have gone; the gesture is done all the same.
                let _ = reply.send(self.selection());
            }
            Command::Summary(reply) => {
                let _ = reply.send(self.summary());
            }
            Command::Close(reply) => self.begin_closing(Some(reply)),
        }
    }

    fn take_in(&mut self, event: Event) {
        match event {
            Event::Messages(batch) => self.receive(batch),
            Event::State(state) => {
                self.state = state;
                self.pace.note(Change::Rows);
            }
            Event::Subscribed(outcomes) => self.note_outcomes(outcomes),
            Event::Notice(_) => self.pace.note(Change::Counters),
        }
    }

    /// Numbers a batch, counts it, shows it to the tree and queues it for the writer.
    fn receive(&mut self, batch: Vec<Incoming>) {
        let number = |incoming: Incoming| {
            self.sequence += 1;
            Message {
                sequence: self.sequence,
                received_at: incoming.received_at,
                direction: Direction::Received,
                publish: incoming.publish,
            }
        };
        let batch: Vec<Message> = batch.into_iter().map(number).collect();
        let size = |message: &Message| {
            (message.publish.topic.as_bytes().len() + message.publish.payload.len()) as u64
        };
        self.counters.receive(batch.len() as u64, batch.iter().map(size).sum(), now());
        self.picture.apply(&batch);
        self.pace.note(Change::Rows);
        self.unsent = batch;
        match self.log.try_reserve() {
            Ok(None) => {}
            Ok(Some(permit)) => self.hand_on(Ok(permit)),
            Err(error) => self.hand_on(Err(error)),
        }
    }

    /// Gives what is queued to the writer. A writer that is gone loses it: counted, and shown.
    fn hand_on(&mut self, room: Result<Permit, StoreError>) {
        let batch = std::mem::take(&mut self.unsent);
        let count = batch.len() as u64;
        if let Err(error) = room.and_then(|permit| permit.send(batch)) {
            self.counters.drop_messages(count);
            self.progress.problem = Some(error);
        }
    }

    fn note_outcomes(&mut self, outcomes: Vec<SubscribeOutcome>) {
        for outcome in outcomes {
            let same = |known: &&mut SubscriptionState| {
                known.subscription.filter == outcome.subscription.filter
            };
            match self.subscriptions.iter_mut().find(same) {
                Some(known) => known.outcome = Some(outcome),
                None => self.subscriptions.push(SubscriptionState {
                    subscription: outcome.subscription.clone(),
                    outcome: Some(outcome),
                }),
            }
        }
        self.pace.note(Change::Rows);
    }

    fn note_progress(&mut self, progress: Progress) {
        let trouble = progress.problem != self.progress.problem;
        if progress.stored != self.progress.stored {
            self.last_stored = Some(now());
        }
        self.progress = progress;
        self.counters.set_stored(self.progress.stored - self.stored_before);
        self.pace.note(if trouble { Change::Rows } else { Change::Counters });
    }

    fn tick(&mut self) {
        if self.pace.change() == Change::Rows && !self.picture.changed() {
            self.pace.lower_to(Change::Counters);
        }
        let now = Instant::now();
        if self.pace.due(now).is_some_and(|due| due <= now) {
            self.show();
        }
    }

    /// Makes a picture for whoever waits for one.
    fn show(&mut self) {
        let Some(watcher) = self.watcher.take() else { return };
        self.counters.show_all();
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
            subscriptions: self.subscriptions.clone(),
            history_problem: self.progress.problem.clone(),
        };
        self.pace.made(Instant::now());
        if self.counters.is_moving() {
            self.pace.note(Change::Counters);
        }
        // Nobody waits any more: the next one who does gets a picture at once.
        if watcher.send(frame).is_err() {
            self.pace.note(Change::Gesture);
        }
    }

    fn selection(&mut self) -> Option<Selection> {
        self.picture.selection(self.sequence, self.progress.committed_sequence)
    }

    fn summary(&mut self) -> Summary {
        Summary {
            totals: self.counters.totals(now()),
            topics: self.picture.tree().topics() as u64,
            state: self.state.clone(),
            subscriptions: self.subscriptions.clone(),
            first_received: self.counters.began(),
            last_stored: self.last_stored,
            history_problem: self.progress.problem.clone(),
        }
    }

    fn begin_closing(&mut self, reply: Option<oneshot::Sender<Summary>>) {
        if self.closing.is_none() {
            let connection = self.connection.clone();
            tokio::spawn(async move { connection.close().await });
        }
        let until = Instant::now() + PATIENCE;
        let closing = Closing { replies: Vec::new(), until, edge_ended: false };
        self.closing.get_or_insert(closing).replies.extend(reply);
    }

    fn edge_ended(&mut self) {
        self.begin_closing(None);
        if let Some(closing) = &mut self.closing {
            closing.edge_ended = true;
            closing.until = Instant::now() + PATIENCE;
        }
    }

    /// All is over when the edge has ended and everything is committed, or when the history has
    /// been in trouble for too long.
    fn has_ended(&self) -> bool {
        let Some(closing) = &self.closing else { return false };
        let committed = self.progress.committed_sequence >= self.sequence;
        let gave_up = self.progress.problem.is_some() && Instant::now() >= closing.until;
        closing.edge_ended && ((self.unsent.is_empty() && committed) || gave_up)
    }

    /// Tells those who wait for the end. What is not committed by now is counted as dropped.
    fn end(&mut self) {
        let waiting = self.counters.totals(now()).waiting;
        self.counters.drop_messages(waiting);
        self.state = State::Closed;
        let summary = self.summary();
        for reply in self.closing.take().into_iter().flat_map(|closing| closing.replies) {
            let _ = reply.send(summary.clone());
        }
    }
}
