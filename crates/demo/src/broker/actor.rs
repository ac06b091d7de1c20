//! The actor: the one owner of all that changes in the broker. Everything that can wake it is an
//! [`Event`] or its clock.

use std::collections::HashMap;

use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval};
use wiretree_model::MqttString;
use wiretree_wire::{Connect, Packet, ReasonCode};

use super::limits;
use super::retained::Retained;
use super::session::{Link, Session};
use super::system::Counters;

/// Tells connections apart, also from those a client had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LinkId(pub(super) u64);

/// What happens to the broker.
#[derive(Debug)]
pub(super) enum Event {
    /// A connection has sent its CONNECT.
    Connected { connect: Connect, link: Link },
    /// A connection has sent another packet. The room it takes is free once it is dealt with.
    Received { link: LinkId, packet: Packet, _room: OwnedSemaphorePermit },
    /// A connection has written its batch.
    Written { link: LinkId },
    /// A connection has ended, or has to: then there is a reason to tell the client.
    Lost { link: LinkId, reason: Option<ReasonCode> },
    /// The broker ends.
    Stop,
}

/// All the broker knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) sessions: HashMap<MqttString, Session>,
    /// Whose connection it is.
    pub(super) clients: HashMap<LinkId, MqttString>,
    pub(super) retained: Retained,
    /// Counts messages, so that the members of shared subscriptions take turns.
    pub(super) turn: usize,
    pub(super) counters: Counters,
    /// For the client identifiers that the broker assigns.
    pub(super) assigned: u64,
}

/// Runs until it is told to stop, or all that could send events are gone.
pub(super) async fn run(mut events: mpsc::Receiver<Event>) {
    let mut state = State::new();
    // Before any client, so that the first one finds them retained.
    state.publish_system(Instant::now());
    let mut ticks = interval(limits::TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            count = events.recv_many(&mut batch, limits::EVENTS) => {
                if count == 0 {
                    return;
                }
                for event in batch.drain(..) {
                    if matches!(event, Event::Stop) {
                        return state.stop();
                    }
                    state.handle(event);
                }
            }
            _ = ticks.tick() => state.tick(Instant::now()),
        }
        state.flush();
    }
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            sessions: HashMap::new(),
            clients: HashMap::new(),
            retained: Retained::default(),
            turn: 0,
            counters: Counters::new(Instant::now()),
            assigned: 0,
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Connected { connect, link } => self.connected(connect, link),
            Event::Received { link, packet, .. } => self.received(link, packet),
            Event::Written { link } => {
                if let Some(link) = self.session(link).and_then(|session| session.link.as_mut()) {
                    link.is_writing = false;
                }
            }
            Event::Lost { link, reason } => self.lost(link, reason),
            Event::Stop => {}
        }
    }

    /// The session that has this connection.
    pub(super) fn session(&mut self, link: LinkId) -> Option<&mut Session> {
        self.sessions.get_mut(self.clients.get(&link)?)
    }

    /// Hands each connection that is idle its next batch, and ends those that never read.
    fn flush(&mut self) {
        let mut overrun = Vec::new();
        for session in self.sessions.values_mut() {
            let Some(link) = &mut session.link else { continue };
            if session.outgoing.is_overrun() {
                overrun.push(link.id);
            } else if !link.is_writing {
                let (sent, dropped) = (&mut self.counters.sent, &mut self.counters.dropped);
                let batch =
                    session.outgoing.take_batch(session.version, link.largest, sent, dropped);
                if let Some(batch) = batch {
                    link.write(batch);
                }
            }
        }
        for link in overrun {
            self.lost(link, Some(ReasonCode::QUOTA_EXCEEDED));
        }
    }

    /// Ends what has expired, publishes the wills that are due and the topics under `$SYS`.
    fn tick(&mut self, now: Instant) {
        let is_past = |moment: Option<Instant>| moment.is_some_and(|moment| moment <= now);
        let clients: Vec<_> = self.sessions.keys().cloned().collect();
        for client in clients {
            let Some(session) = self.sessions.get_mut(&client) else { continue };
            let ends = is_past(session.ends);
            if is_past(session.will_due) || ends {
                session.will_due = None;
                let will = session.will.take();
                self.publish_will(&client, will);
            }
            if ends {
                self.sessions.remove(&client);
            }
        }
        self.publish_system(now);
    }

    fn stop(mut self) {
        for session in self.sessions.values_mut() {
            session.close(Some(ReasonCode::SERVER_SHUTTING_DOWN));
        }
    }
}
