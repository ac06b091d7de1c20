//! What comes out of a connection, and the queue it comes through.
//!
//! Promise: everything arrives, in order. The queue is bounded by bytes; when it is full the
//! connection's task waits, reads no more, and so the broker has to wait as well.

use tokio::sync::mpsc;
use wiretree_model::{Publish, Timestamp};

use crate::budget::{Budget, Room};
use crate::{State, SubscribeOutcome};

/// The most that waits for the reader, in bytes of messages.
const QUEUE_BYTES: u32 = 16 * 1024 * 1024;
/// The most events that wait for the reader; a batch of messages is one.
const QUEUE_EVENTS: usize = 1024;
/// What a message costs beside its topic and payload.
const OVERHEAD: usize = 128;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The connection has another state.
    State(State),
    /// Messages, in the order in which they arrived; never none.
    Messages(Vec<Incoming>),
    /// The answers to one SUBSCRIBE, filter by filter; also to those sent after a reconnect.
    Subscribed(Vec<SubscribeOutcome>),
    /// Something the user should know, and that changes no state.
    Notice(Notice),
}

/// A message from the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// When it was read from the connection.
    pub received_at: Timestamp,
    /// What it carried.
    pub publish: Publish,
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
            Self::SubscribeFailed(_) => "subscribe-failed",
        }
    }
}

impl Incoming {
    /// What it weighs in a queue, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.publish.topic.as_bytes().len() + self.publish.payload.len() + OVERHEAD
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

/// The task's end.
#[derive(Debug)]
pub(crate) struct Outlet {
    queue: mpsc::Sender<Queued>,
    budget: Budget,
}

/// The reader was dropped: nobody wants to know any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl Outlet {
    /// Waits for room and puts the event in.
    pub(crate) async fn put(&self, event: Event) -> Result<(), Gone> {
        let room = match &event {
            Event::Messages(messages) => {
                self.budget.reserve(messages.iter().map(Incoming::weight).sum()).await
            }
            _ => None,
        };
        self.queue.send(Queued { event, _room: room }).await.map_err(|_| Gone)
    }

    /// Puts a state in.
    pub(crate) async fn state(&self, state: State) -> Result<(), Gone> {
        self.put(Event::State(state)).await
    }
}

/// A queue of events.
pub(crate) fn queue() -> (Outlet, Events) {
    let (sender, receiver) = mpsc::channel(QUEUE_EVENTS);
    (Outlet { queue: sender, budget: Budget::new(QUEUE_BYTES) }, Events { queue: receiver })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn batch(bytes: usize) -> Event {
        let publish = Publish { payload: Bytes::from(vec![0; bytes]), ..Publish::default() };
        Event::Messages(vec![Incoming { received_at: Timestamp(0), publish }])
    }

    #[tokio::test]
    async fn a_slow_reader_stops_the_writer_and_loses_nothing() {
        let (outlet, mut events) = queue();
        let writer = tokio::spawn(async move {
            for _ in 0..40 {
                outlet.put(batch(1_000_000)).await.map_err(|Gone| "gone").unwrap();
            }
        });
        tokio::task::yield_now().await;
        assert!(!writer.is_finished(), "40 MB do not fit into the queue");
        let mut count = 0;
        while events.next().await.is_some() {
            count += 1;
        }
        assert_eq!(count, 40);
    }

    #[tokio::test]
    async fn a_message_above_the_bound_passes() {
        let (outlet, mut events) = queue();
        let heavy = batch(QUEUE_BYTES as usize + 1);
        outlet.put(heavy.clone()).await.map_err(|Gone| "gone").unwrap();
        assert_eq!(events.next().await, Some(heavy));
    }

    #[tokio::test]
    async fn a_writer_that_waits_learns_that_the_reader_has_gone() {
        let (outlet, events) = queue();
        outlet.put(batch(QUEUE_BYTES as usize)).await.map_err(|Gone| "gone").unwrap();
        let writer = tokio::spawn(async move { outlet.put(batch(1)).await });
        tokio::task::yield_now().await;
        drop(events);
        assert_eq!(writer.await.ok(), Some(Err(Gone)));
    }
}
