//! One attempt to connect, up to the accepting CONNACK.

use std::time::Duration;

use bytes::BytesMut;

use super::{Driver, Ending, closed, stopped};
use crate::commands::Stop;
use crate::conversation::{Conversation, Greeted};
use crate::events::Outlet;
use crate::trace::Trace;
use crate::transport::{BoxedStream, facts::TransportFacts};
use crate::{ConnectOptions, MqttError, State};

/// A connection that CONNACK has accepted.
pub(super) struct Connected {
    pub(super) greeted: Greeted,
    pub(super) stream: BoxedStream,
    /// What was read behind CONNACK.
    pub(super) rest: BytesMut,
}

impl Driver {
    /// Tries once. Each of its steps has a deadline of its own.
    pub(super) async fn connect(&mut self, attempt: u32) -> Result<Connected, Ending> {
        self.attempts += 1;
        let trace = &self.controls.trace;
        let trying = greet(&self.desk.options, &mut self.outlet, attempt, trace, self.attempts);
        let tried = tokio::select! {
            biased;
            () = closed(&mut self.controls.close) => return Err(Ending::Closed),
            wish = stopped(&mut self.controls.stop) => {
                return Err(Ending::Paused { dropped: matches!(wish, Stop::Drop) });
            }
            tried = trying => tried,
        };
        tried.map_err(|cause| {
            trace.event(self.attempts, || cause.to_string());
            Ending::Failed(cause)
        })
    }
}

/// Notes how the stream was opened, as far as it got.
fn note(facts: &TransportFacts, trace: &Trace, connection: u32) {
    if let Some(peer) = facts.peer {
        trace.event(connection, || format!("connected to {peer} in {}", in_ms(facts.reach)));
    }
    if let Some(took) = facts.proxy {
        trace.event(connection, || format!("the proxy made the connection in {}", in_ms(took)));
    }
    if let Some(tls) = &facts.tls {
        trace.event(connection, || {
            let unverified = if tls.verified { "" } else { ", certificate not verified" };
            let (version, cipher, took) = (&tls.version, &tls.cipher, in_ms(tls.handshake));
            format!("{version}, {cipher} in {took}{unverified}")
        });
    }
    if let Some(took) = facts.web_socket {
        trace.event(connection, || format!("WebSocket opened in {}", in_ms(took)));
    }
}

fn in_ms(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

async fn greet(
    options: &ConnectOptions,
    outlet: &mut Outlet,
    attempt: u32,
    trace: &Trace,
    connection: u32,
) -> Result<Connected, MqttError> {
    let mut steps = |step| {
        outlet.state(State::Connecting { attempt, step });
        // Whether somebody reads it shows soon enough.
        let _ = outlet.put_at_hand();
    };
    let mut facts = TransportFacts::default();
    let opened = Conversation::open(options, &mut facts, &mut steps).await;
    note(&facts, trace, connection);
    let mut conversation = opened?.traced(trace.clone(), connection);
    let greeted = conversation.greet(options, &mut steps).await?;
    let (stream, rest) = conversation.into_parts();
    Ok(Connected { greeted, stream, rest })
}
