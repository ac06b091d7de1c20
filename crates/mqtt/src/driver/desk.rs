//! The task's desk: it takes requests, gives them to the engine and keeps what they are about.
//!
//! Promise: every request is answered, whatever happens to the connection.

use std::time::Duration;

use wiretree_model::{Publish, Subscription};

use crate::commands::Command;
use crate::engine::{Engine, EngineRequests};
use crate::events::{Event, Notice, Outlet};
use crate::outbox::{Asking, Outbox};
use crate::publish::{Progress, prepared};
use crate::receiver::Receiver;
use crate::tap::{SessionState, Tap};
use crate::{ConnectOptions, MqttError, ServerLimits, handshake};

/// A close this soon after a message was sent is taken for the answer to it.
const SOON: Duration = Duration::from_secs(2);

/// Everything of the task that outlives a connection, but for the engine itself.
pub(super) struct Desk {
    pub(super) options: ConnectOptions,
    pub(super) state: SessionState,
    requests: EngineRequests,
    limits: ServerLimits,
    subscribed_before: bool,
    /// What was asked for and not answered when the connection was lost.
    unanswered: Vec<Subscription>,
}

impl Desk {
    pub(super) fn new(options: ConnectOptions, engine: &Engine) -> Self {
        // 3.1.1 cannot tell the broker of it.
        let receive_maximum =
            options.properties.receive_maximum.filter(|_| options.protocol.has_properties());
        // A session of an earlier run may still hold the identifiers that it used.
        let last_id = if options.clean_start { 0 } else { rand::random() };
        let state = SessionState {
            receiver: Receiver::new(options.acknowledge, receive_maximum),
            outbox: Outbox::new(options.protocol, last_id),
            subscriptions: options.subscriptions.clone(),
        };
        Self {
            options,
            state,
            requests: engine.requests(),
            limits: ServerLimits::default(),
            subscribed_before: false,
            unanswered: Vec::new(),
        }
    }

    /// CONNACK has come: subscribes, if the broker has not kept what we subscribed to, and
    /// publishes the birth message.
    ///
    /// The first time it may have kept something else: the filters may have been edited since.
    pub(super) fn connected(
        &mut self,
        session_present: bool,
        limits: ServerLimits,
        outlet: &mut Outlet,
    ) {
        self.state.receiver.connected(session_present);
        self.state.outbox.connected(&limits);
        self.limits = limits;
        let unanswered = std::mem::take(&mut self.unanswered);
        let wanted = if session_present && self.subscribed_before {
            unanswered
        } else {
            self.state.subscriptions.clone()
        };
        self.subscribed_before = true;
        if !wanted.is_empty() {
            let asking = self.state.outbox.subscribe(wanted, None, &self.limits);
            self.ask(asking, outlet);
        }
        if let Some(birth) = self.options.birth.clone() {
            let (topic, payload, qos, retain) =
                (birth.topic, birth.payload, birth.qos, birth.retain);
            let publish = Publish { topic, payload, qos, retain, ..Publish::default() };
            if let Err(cause) = self.publish(publish, None) {
                outlet.event(Event::Notice(Notice::BirthFailed(cause)));
            }
        }
    }

    /// Acts on a request while connected.
    pub(super) fn take(&mut self, command: Command, tap: &mut Tap, outlet: &mut Outlet) {
        match command {
            Command::Publish { publish, progress } => {
                // The progress is told about every outcome.
                let _ = self.publish(publish, Some(progress));
            }
            Command::Subscribe { subscriptions, reply } => {
                let kept = &mut self.state.subscriptions;
                for wanted in &subscriptions {
                    kept.retain(|kept| kept.filter != wanted.filter);
                    kept.push(wanted.clone());
                }
                let reply = Some(reply);
                let asking = self.state.outbox.subscribe(subscriptions, reply, &self.limits);
                self.ask(asking, outlet);
            }
            Command::Unsubscribe { filters, reply } => {
                if let Err(cause) = self.limits.check_unsubscribe(&filters) {
                    // Whoever asked may have gone.
                    return drop(reply.send(Err(cause)));
                }
                let token = self.state.outbox.unsubscribe(filters, reply);
                // An engine that has gone ends the connection, and that answers.
                let _ = self.requests.unsubscribe(token);
            }
            Command::Ping { reply } => {
                // PINGREQ can always be expressed.
                let _ = tap.ping(Some(reply));
            }
            Command::Reauthenticate { reply } => match handshake::scram(&self.options) {
                Ok(Some(scram)) => tap.reauthenticate(scram, reply),
                Ok(None) => {
                    let cause = "this connection uses no enhanced authentication".to_owned();
                    let _ = reply.send(Err(MqttError::Authentication(cause)));
                }
                Err(cause) => drop(reply.send(Err(cause))),
            },
        }
    }

    fn publish(&mut self, publish: Publish, progress: Option<Progress>) -> Result<(), MqttError> {
        let checked = prepared(publish, self.options.protocol)
            .and_then(|publish| self.limits.check(&publish).map(|()| publish));
        match checked {
            Ok(publish) => {
                let qos = publish.qos;
                let token = self.state.outbox.publish(publish, progress);
                self.requests.publish(token, qos)
            }
            Err(cause) => {
                if let Some(progress) = progress {
                    progress.failed(cause.clone());
                }
                Err(cause)
            }
        }
    }

    fn ask(&mut self, asking: Asking, outlet: &mut Outlet) {
        for token in asking.tokens {
            // An engine that has gone ends the connection, and that answers.
            let _ = self.requests.subscribe(token);
        }
        if let Some(answer) = asking.answer {
            outlet.event(answer);
        }
    }

    /// The connection has ended.
    pub(super) fn disconnected(&mut self, cause: &MqttError, outlet: &mut Outlet) {
        let unanswered = self.state.outbox.disconnected(cause);
        if !unanswered.is_empty() {
            outlet.event(Event::Notice(Notice::SubscribeFailed(cause.clone())));
        }
        self.unanswered.extend(unanswered);
    }

    /// The session has ended: a new engine takes over, which knows nothing of what was on its way.
    /// `cause`: how the connection ended, if it did.
    pub(super) fn session_ended(&mut self, engine: &Engine, cause: Option<&MqttError>) {
        self.requests = engine.requests();
        let closed = matches!(cause, Some(MqttError::ConnectionLost { .. }));
        let says_nothing = !self.options.protocol.has_properties();
        let answer = (closed && says_nothing).then_some(SOON);
        self.state.outbox.session_ended(answer);
    }

    /// Whether nothing is on its way.
    pub(super) fn is_idle(&self) -> bool {
        self.state.outbox.is_empty()
    }
}
