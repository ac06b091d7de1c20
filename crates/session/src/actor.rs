//! The one task that owns what changes in a session: tree, counters, windows.
//!
//! Everything that can wake it is one of [`Wake`]. It holds no lock, decodes nothing and never
//! touches the disk: it numbers what comes in, hands it to the history's writer, and makes a
//! picture when somebody waits for one. While the writer has no room it takes nothing more from
//! the broker's edge, so that TCP pushes back, but it goes on answering the window.

mod closing;
mod ending;
mod recorder;
mod recording;
mod seeding;
mod sending;
mod settling;
mod showing;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use wiretree_model::{
    ProtocolVersion, Publish, Recording, RecordingRules, Subscription, Timestamp, Topic,
    TopicFilter,
};
use wiretree_mqtt::{
    Connection, Event, Events, Notice, PublishTicket, State, Step, SubscribeOutcome, Trace,
};
use wiretree_store::{Log, Permit, Reader, StoreError};
use wiretree_tree::Outlook;

use crate::claim::Claim;
use crate::clock::now;
use crate::counters::Counters;
use crate::gaps::Gaps;
use crate::pace::{Change, Pace};
use crate::picture::{Gesture, Picture};
use crate::subscriptions::Subscriptions;
use crate::{Frame, Selection, SessionSpec, SubscriptionState, Summary};
use closing::Closing;
use recorder::Recorder;
pub(crate) use recording::Move;
use sending::Sent;

/// How many calls may wait; the doors wait when there are more.
const COMMANDS: usize = 64;

/// What a door may ask of the session.
pub(crate) enum Command {
    NextFrame(oneshot::Sender<Frame>),
    Look(Gesture, oneshot::Sender<Option<Selection>>),
    Outlook(oneshot::Sender<Outlook>),
    Summary(oneshot::Sender<Summary>),
    /// Answered when they are in the list.
    Want(Vec<Subscription>, oneshot::Sender<Before>),
    Restore(Vec<TopicFilter>, Vec<SubscriptionState>),
    Subscribed(Vec<SubscribeOutcome>),
    Unsubscribed(Vec<TopicFilter>),
    /// Answered when there is room for the message.
    Publish(Publish, oneshot::Sender<PublishTicket>),
    SetRecording(Recording),
    SetRules(RecordingRules),
    /// Answered when the history so far has everything, and another one has taken over.
    Move(Box<Move>),
    Close,
}

/// How it was before subscriptions were asked for.
pub(crate) struct Before {
    pub(crate) listed: Vec<SubscriptionState>,
    /// Whether there was a broker to ask.
    pub(crate) is_connected: bool,
}

/// What the actor is made of.
pub(crate) struct Parts {
    pub(crate) spec: SessionSpec,
    pub(crate) claim: Claim,
    pub(crate) log: Log,
    pub(crate) reader: Reader,
    pub(crate) events: Events,
    pub(crate) connection: Connection,
}

/// The doors' ends of a running actor.
pub(crate) struct Doors {
    /// To ask. The session ends when the last of these is gone.
    pub(crate) commands: mpsc::Sender<Command>,
    /// What was left to say, once it has ended.
    pub(crate) ended: watch::Receiver<Option<Summary>>,
}

/// Everything that can wake the session.
enum Wake {
    Command(Option<Command>),
    Broker(Option<Event>),
    Room(Result<Permit, StoreError>),
    Progress,
    Known(Option<Vec<Topic>>),
    /// A publish has ended; none if it was not seen.
    Sent(Option<Sent>),
    Tick,
}

struct Actor {
    picture: Picture,
    counters: Counters,
    pace: Pace,
    state: State,
    subscriptions: Subscriptions,
    /// What the broker's edge last had to say, until the next attempt to connect.
    notice: Option<Notice>,
    recorder: Recorder,
    gaps: Gaps,
    /// What was published and has not ended.
    sending: JoinSet<Sent>,
    protocol: ProtocolVersion,
    /// The history that is to take over.
    moving: Option<Box<Move>>,
    claim: Claim,
    /// When the history last told of a commit.
    last_stored: Option<Timestamp>,
    /// Those who wait for a picture; they get the same one.
    watchers: Vec<oneshot::Sender<Frame>>,
    revision: u64,
    trace: Trace,
    /// The number of the next packet when the last picture was made.
    packets_seen: u64,
    trace_looked: Instant,
    connection: Connection,
    closing: Option<Closing>,
    /// Nobody can ask any more.
    is_alone: bool,
    seeding: bool,
}

/// Starts the task; it ends when it is told to close or when nobody holds the doors any more.
pub(crate) fn start(parts: Parts) -> Doors {
    let (commands, receiver) = mpsc::channel(COMMANDS);
    let (farewell, ended) = watch::channel(None);
    tokio::spawn(async move {
        let Parts { spec, claim, log, reader, events, connection } = parts;
        let known = seeding::start(&spec, log.id(), reader);
        let actor = Actor::new(&spec, log, connection, claim);
        // Whoever hears of the end may open the connection again: the claim has gone by then.
        let summary = actor.run(receiver, events, known).await;
        farewell.send_replace(Some(summary));
    });
    Doors { commands, ended }
}

impl Actor {
    fn new(spec: &SessionSpec, log: Log, connection: Connection, claim: Claim) -> Self {
        let mut pace = Pace::default();
        pace.note(Change::Gesture);
        Self {
            picture: Picture::new(spec.limits, spec.tree_seed),
            counters: Counters::default(),
            pace,
            state: State::Connecting { attempt: 1, step: Step::default() },
            subscriptions: Subscriptions::new(&spec.options.subscriptions),
            notice: None,
            recorder: Recorder::new(log, spec.numbers_after, spec.rules.clone()),
            gaps: Gaps::new(spec.options.address(), spec.options.protocol),
            sending: JoinSet::new(),
            protocol: spec.options.protocol,
            moving: None,
            claim,
            last_stored: None,
            watchers: Vec::new(),
            revision: 0,
            trace: connection.trace(),
            packets_seen: 0,
            trace_looked: Instant::now(),
            connection,
            closing: None,
            is_alone: false,
            seeding: true,
        }
    }

    async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut events: Events,
        mut known: mpsc::Receiver<Vec<Topic>>,
    ) -> Summary {
        Gaps::before().into_iter().for_each(|edge| self.recorder.mark(edge));
        let mut news = self.recorder.news();
        while !self.has_ended() {
            let due = self.due();
            let wake = tokio::select! {
                command = commands.recv(), if !self.is_alone => Wake::Command(command),
                event = events.next(), if self.takes_events() => Wake::Broker(event),
                room = self.recorder.room(), if self.recorder.waits() => Wake::Room(room),
                topics = known.recv(), if self.seeding => Wake::Known(topics),
                Ok(()) = news.changed() => Wake::Progress,
                Some(sent) = self.sending.join_next() => Wake::Sent(sent.ok()),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Wake::Tick,
            };
            self.serve(wake);
            if let Some(other) = self.move_on() {
                news = other;
            }
        }
        self.end()
    }

    fn serve(&mut self, wake: Wake) {
        let is_sign_of_life = matches!(wake, Wake::Broker(_) | Wake::Room(_) | Wake::Progress);
        match wake {
            Wake::Command(Some(command)) => self.obey(command),
            Wake::Command(None) => {
                self.is_alone = true;
                self.begin_closing();
            }
            Wake::Broker(Some(event)) => self.take_in(event),
            Wake::Broker(None) => self.edge_ended(),
            Wake::Room(room) => {
                let lost = self.recorder.hand_on(room);
                self.note_lost(lost);
                self.note_room();
            }
            Wake::Sent(sent) => self.note_sent(sent),
            Wake::Progress => self.note_progress(),
            Wake::Known(topics) => self.seed(topics),
            Wake::Tick => self.tick(),
        }
        if let Some(closing) = self.closing.as_mut().filter(|_| is_sign_of_life) {
            closing.sign_of_life(Instant::now());
        }
    }

    /// While the writer has no room, nothing more is taken from the broker's edge.
    fn takes_events(&self) -> bool {
        self.recorder.takes_more() && !self.closing.as_ref().is_some_and(Closing::has_edge_ended)
    }

    /// When there is something to do by the clock.
    fn due(&self) -> Option<Instant> {
        let picture = if self.watchers.is_empty() { None } else { self.pace.due(Instant::now()) };
        picture.into_iter().chain(self.patience()).chain(self.trace_due()).min()
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::NextFrame(watcher) => {
                // Those who do not wait any more would only add up.
                self.watchers.retain(|watcher| !watcher.is_closed());
                self.watchers.push(watcher);
            }
            Command::Look(gesture, reply) => {
                self.picture.look(gesture);
                self.pace.note(Change::Gesture);
                // The caller may have gone; the gesture is done all the same.
                let _ = reply.send(self.selection());
            }
            Command::Outlook(reply) => {
                let _ = reply.send(self.picture.outlook());
            }
            Command::Summary(reply) => {
                let _ = reply.send(self.summary());
            }
            Command::Want(subscriptions, reply) => {
                let listed = self.subscriptions.want(subscriptions);
                let is_connected = matches!(self.state, State::Connected { .. });
                self.pace.note(Change::Facts);
                // Who asked may have gone; they are wanted all the same.
                let _ = reply.send(Before { listed, is_connected });
            }
            Command::Restore(filters, before) => {
                self.subscriptions.restore(&filters, &before);
                self.pace.note(Change::Facts);
            }
            Command::Subscribed(outcomes) => {
                self.subscriptions.note_outcomes(&outcomes);
                self.pace.note(Change::Facts);
            }
            Command::Unsubscribed(filters) => {
                self.subscriptions.remove(&filters);
                self.pace.note(Change::Facts);
            }
            Command::Publish(publish, reply) => self.publish(publish, reply),
            Command::SetRecording(recording) => self.set_recording(recording),
            Command::SetRules(rules) => self.recorder.set_rules(rules),
            Command::Move(order) => self.moving = Some(order),
            Command::Close => self.begin_closing(),
        }
    }

    fn take_in(&mut self, event: Event) {
        match event {
            Event::Messages(batch) => self.receive(batch),
            Event::State(state) => {
                self.subscriptions.note_state(&state);
                if matches!(state, State::Connecting { .. }) {
                    self.notice = None;
                }
                let edges = self.gaps.note(&state, now());
                edges.into_iter().for_each(|edge| self.recorder.mark(edge));
                self.state = state;
                self.pace.note(Change::Facts);
            }
            Event::Subscribed(outcomes) => {
                self.subscriptions.note_outcomes(&outcomes);
                self.pace.note(Change::Facts);
            }
            Event::Notice(notice) => {
                self.notice = Some(notice);
                self.pace.note(Change::Facts);
            }
        }
    }

    fn seed(&mut self, topics: Option<Vec<Topic>>) {
        match topics {
            Some(topics) => {
                self.picture.seed(&topics);
                self.pace.note(Change::Rows);
            }
            None => self.seeding = false,
        }
    }
}
