//! Tries a connection: CONNECT, CONNACK, DISCONNECT, and nothing else.

use std::time::Duration;

use crate::conversation::Conversation;
use crate::{ConnectOptions, MqttError, ServerLimits, TransportFacts};

/// What a broker said to CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// The broker has a session for this client.
    pub session_present: bool,
    /// The identifier in use: the given one, a random one, or the one the broker assigned.
    pub client_id: String,
    /// What the broker said it can do.
    pub limits: ServerLimits,
    /// How long each step took.
    pub timings: Timings,
    /// How the stream was opened.
    pub transport: TransportFacts,
}

/// How long each step of connecting took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Finding the address of the host name.
    pub resolve: Duration,
    /// Making the TCP connection.
    pub tcp_connect: Duration,
    /// From CONNECT until CONNACK was complete.
    pub connack: Duration,
}

/// Connects, and disconnects as soon as the broker has answered. Subscribes to nothing.
///
/// # Errors
/// The step that failed; a refusal has the name of its code.
pub async fn probe(mut options: ConnectOptions) -> Result<ProbeReport, MqttError> {
    options.settle_client_id(rand::random())?;
    let mut transport = TransportFacts::default();
    let mut conversation = Conversation::open(&options, &mut transport, &mut |_| {}).await?;
    let greeted = conversation.greet(&options, &mut |_| {}).await?;
    conversation.leave().await;
    let timings =
        Timings { resolve: transport.resolve, tcp_connect: transport.reach, connack: greeted.took };
    Ok(ProbeReport {
        session_present: greeted.session_present,
        client_id: greeted.client_id,
        limits: greeted.limits,
        timings,
        transport,
    })
}
