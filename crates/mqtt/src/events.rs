//! What comes out of a connection, and the queue it comes through.
//!
//! Promise: everything arrives, in order. The queue is bounded by bytes; when it is full the
//! connection's task waits, reads no more, and so the broker has to wait as well.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use wiretree_model::Message;

use crate::batch::Batch;
use crate::budget::{Budget, Room};
use crate::{State, SubscribeOutcome};

/// The most that waits for the reader, in bytes of messages.
const QUEUE_BYTES: u32 = 16 * 1024 * 1024;
/// The most events that wait for the reader; a batch of messages is one.
const QUEUE_EVENTS: usize = 1024;
/// No more is read from the broker while this many events wait for room in the queue.
const ENOUGH_WAITING: usize = 4;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The connection has another state.
    State(State),
    /// Messages, in the order in which they arrived, not numbered; never none.
    Messages(Vec<Message>),
    /// The answers to one SUBSCRIBE, filter by filter; also to those sent after a reconnect.
    Subscribed(Vec<SubscribeOutcome>),
    /// Something the user should know, and that changes no state.
    Notice(Notice),
}

/// Something worth saying.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// A session was expected, and the broker had none: what it kept for us is gone.
    #[error(
        "The broker no longer had the session of this client: what it kept while the client was away \
         is lost. Its session expiry may be shorter than the absence was"
    )]
    SessionGone,
    /// The broker wants another keep-alive than the one asked for, in seconds.
    #[error("The broker wants a keep-alive of {0} s, and gets it (MQTT 5 §3.2.2.3.14)")]
    KeepAliveChanged(u16),
    /// The broker breaks a rule of the protocol in a way that can be lived with. Told once a
    /// connection for each rule.
    #[error("The broker breaks a rule in a {packet}: {message} ({clause}). It was kept as it came")]
    Deviation {
        /// The packet it stands in.
        packet: &'static str,
        /// The rule.
        clause: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The birth message could not be published.
    #[error("The birth message was not published: {0}")]
    BirthFailed(crate::MqttError),
    /// Subscriptions could not be made; they are made again after the next connect.
    #[error("Subscribing failed: {0}. It is tried again after the next connect")]
    SubscribeFailed(crate::MqttError),
}

impl Notice {
    /// Stays the same whatever the sentence says.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SessionGone => "session-gone",
            Self::KeepAliveChanged(_) => "keep-alive-changed",
            Self::BirthFailed(_) => "birth-failed",
            Self::Deviation { .. } => "deviation",
            Self::SubscribeFailed(_) => "subscribe-failed",
        }
    }
}

impl Event {
    /// What it weighs in the queue, in bytes; only messages count.
    fn weight(&self) -> usize {
        match self {
            Self::Messages(messages) => messages.iter().map(Message::weight).sum(),
            _ => 0,
        }
    }
}

/// The reader's end.
#[derive(Debug)]
pub struct Events {
    queue: mpsc::Receiver<Queued>,
}

#[derive(Debug)]
struct Queued {
    event: Event,
    /// Free again as soon as the reader has the event.
    _room: Option<Room>,
}

impl Events {
    /// The next event; `None` after [`State::Closed`], when the connection has ended.
    ///
    /// Safe to cancel. Whoever reads events must not wait for an answer of the same connection in
    /// between, since the answer may stand behind a full queue.
    pub async fn next(&mut self) -> Option<Event> {
        self.queue.recv().await.map(|queued| queued.event)
    }
}

/// The task's end: what has happened stands here in its order, until there is room in the queue.
#[derive(Debug)]
pub(crate) struct Outlet {
    gate: Gate,
    batch: Batch,
    waiting: VecDeque<Event>,
}

/// The way into the queue.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    queue: mpsc::Sender<Queued>,
    budget: Budget,
}

/// A place in the queue.
pub(crate) struct Place(mpsc::OwnedPermit<Queued>, Option<Room>);

/// The reader was dropped: nobody wants to know any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl Outlet {
    /// A message has come.
    pub(crate) fn message(&mut self, message: Message) {
        self.batch.push(message);
        if self.batch.is_full() {
            self.cut();
        }
    }

    /// Something else has happened, after the messages so far.
    pub(crate) fn event(&mut self, event: Event) {
        self.cut();
        self.waiting.push_back(event);
    }

    /// The connection has another state.
    pub(crate) fn state(&mut self, state: State) {
        self.event(Event::State(state));
    }

    /// Ends the batch.
    pub(crate) fn cut(&mut self) {
        if let Some(messages) = self.batch.take() {
            self.waiting.push_back(Event::Messages(messages));
        }
    }

    /// Whether more may be read: the reader is not far behind.
    pub(crate) fn has_room(&self) -> bool {
        self.waiting.len() < ENOUGH_WAITING
    }

    /// The weight of what waits first; `None` when nothing waits.
    pub(crate) fn first(&self) -> Option<usize> {
        self.waiting.front().map(Event::weight)
    }

    /// The way into the queue, to wait at.
    pub(crate) fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// Moves what waits first to its place.
    pub(crate) fn put(&mut self, place: Place) {
        if let Some(event) = self.waiting.pop_front() {
            place.0.send(Queued { event, _room: place.1 });
        }
    }

    /// Moves what there is room for, without waiting.
    pub(crate) fn put_at_hand(&mut self) -> Result<(), Gone> {
        while let Some(weight) = self.first() {
            match self.gate.at_hand(weight)? {
                Some(place) => self.put(place),
                None => break,
            }
        }
        Ok(())
    }

    /// Waits until nothing waits any more.
    pub(crate) async fn put_all(&mut self) -> Result<(), Gone> {
        self.cut();
        while let Some(weight) = self.first() {
            let place = self.gate.place(weight).await?;
            self.put(place);
        }
        Ok(())
    }
}

impl Gate {
    /// Waits for a place for something of this weight. Safe to cancel.
    pub(crate) async fn place(&self, weight: usize) -> Result<Place, Gone> {
        let room = match weight {
            0 => None,
            weight => tokio::select! {
                room = self.budget.reserve(weight) => room,
                () = self.queue.closed() => return Err(Gone),
            },
        };
        let permit = self.queue.clone().reserve_owned().await.map_err(|_| Gone)?;
        Ok(Place(permit, room))
    }

    fn at_hand(&self, weight: usize) -> Result<Option<Place>, Gone> {
        let room = match weight {
            0 => None,
            weight => match self.budget.reserve_at_hand(weight) {
                Some(room) => Some(room),
                None => return Ok(None),
            },
        };
        match self.queue.clone().try_reserve_owned() {
            Ok(permit) => Ok(Some(Place(permit, room))),
            Err(TrySendError::Full(_)) => Ok(None),
            Err(TrySendError::Closed(_)) => Err(Gone),
        }
    }
}

/// A queue of events.
pub(crate) fn queue() -> (Outlet, Events) {
    let (sender, receiver) = mpsc::channel(QUEUE_EVENTS);
    let gate = Gate { queue: sender, budget: Budget::new(QUEUE_BYTES) };
    let outlet = Outlet { gate, batch: Batch::default(), waiting: VecDeque::new() };
    (outlet, Events { queue: receiver })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wiretree_model::{Publish, Timestamp};

    use super::*;

    fn batch(bytes: usize) -> Event {
        let publish = Publish { payload: Bytes::from(vec![0; bytes]), ..Publish::default() };
        Event::Messages(vec![Message::received(Timestamp(0), publish)])
    }

    #[tokio::test]
    async fn a_slow_reader_stops_the_writer_and_loses_nothing() {
        let (mut outlet, mut events) = queue();
        for _ in 0..40 {
            outlet.event(batch(1_000_000));
            outlet.put_at_hand().map_err(|Gone| "gone").unwrap();
        }
        assert!(!outlet.has_room(), "40 MB do not fit into the queue");
        let writer = tokio::spawn(async move { outlet.put_all().await });
        let mut count = 0;
        while events.next().await.is_some() {
            count += 1;
        }
        assert_eq!((count, writer.await.ok()), (40, Some(Ok(()))));
    }

    #[tokio::test]
    async fn a_message_above_the_bound_passes() {
        let (mut outlet, mut events) = queue();
        let heavy = batch(QUEUE_BYTES as usize + 1);
        outlet.event(heavy.clone());
        outlet.put_all().await.map_err(|Gone| "gone").unwrap();
        assert_eq!(events.next().await, Some(heavy));
    }

    #[test]
    fn properties_weigh_too() {
        let pair = || wiretree_model::Property::UserProperty("k".into(), "v".into());
        let properties = wiretree_model::Properties((0..10_000).map(|_| pair()).collect());
        let publish = Publish { properties, ..Publish::default() };
        let message = Message::received(Timestamp(0), publish);
        let held = 10_000 * size_of::<wiretree_model::Property>();
        assert!(message.weight() >= held, "{} of {held}", message.weight());
    }

    #[tokio::test]
    async fn events_stand_behind_the_messages_before_them() {
        let (mut outlet, mut events) = queue();
        let message = Message::received(Timestamp(0), Publish::default());
        outlet.message(message.clone());
        outlet.state(State::Closed);
        outlet.message(message.clone());
        outlet.put_all().await.map_err(|Gone| "gone").unwrap();
        drop(outlet);
        let mut all = Vec::new();
        while let Some(event) = events.next().await {
            all.push(event);
        }
        let messages = Event::Messages(vec![message]);
        assert_eq!(all, [messages.clone(), Event::State(State::Closed), messages]);
    }

    #[tokio::test]
    async fn a_writer_that_waits_learns_that_the_reader_has_gone() {
        let (mut outlet, events) = queue();
        outlet.event(batch(QUEUE_BYTES as usize));
        outlet.event(batch(1));
        let writer = tokio::spawn(async move { outlet.put_all().await });
        tokio::task::yield_now().await;
        drop(events);
        assert_eq!(writer.await.ok(), Some(Err(Gone)));
    }
}
