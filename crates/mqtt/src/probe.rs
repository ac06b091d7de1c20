//! Tries a connection: CONNECT, CONNACK, DISCONNECT, and nothing else.

use std::time::Duration;

use tokio::time::timeout;
use wiretree_model::ProtocolVersion;

use crate::engine::{Accepted, Engine, Requests, Signal, v4, v5};
use crate::greeting::SharedGreeting;
use crate::{ConnectOptions, MqttError, ServerLimits};

/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

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
}

/// How long each step of connecting took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Finding the address of the host name.
    pub resolve: Duration,
    /// Making the TCP connection.
    pub tcp_connect: Duration,
    /// From there until CONNACK was complete.
    pub connack: Duration,
}

/// Connects, and disconnects as soon as the broker has answered. Subscribes to nothing.
///
/// # Errors
/// The step that failed; a refusal has the name of its code.
pub async fn probe(mut options: ConnectOptions) -> Result<ProbeReport, MqttError> {
    options.settle_client_id(rand::random())?;
    match options.protocol {
        ProtocolVersion::V31 | ProtocolVersion::V311 => try_once::<v4::EngineV4>(options).await,
        ProtocolVersion::V5 => try_once::<v5::EngineV5>(options).await,
    }
}

async fn try_once<E: Engine>(options: ConnectOptions) -> Result<ProbeReport, MqttError> {
    let greeting = SharedGreeting::default();
    let mut engine = E::new(&options, greeting.clone())?;
    let accepted = timeout(options.connect_timeout * 2, accepted(&mut engine)).await;
    let Accepted { session_present, assigned_client_id, limits } = accepted.map_err(|_| {
        let seconds = options.connect_timeout.as_secs();
        MqttError::NoAnswer { address: options.address(), seconds }
    })??;
    let timings = greeting.with(|slot| Timings {
        resolve: slot.resolve,
        tcp_connect: slot.tcp_connect,
        connack: slot.connack.unwrap_or_default(),
    });
    engine.requests().disconnect(GOODBYE)?;
    // The answer is known; that the goodbye fails would change nothing about it.
    let _ = timeout(GOODBYE, async { while engine.poll().await.is_ok() {} }).await;
    let client_id = assigned_client_id.unwrap_or(options.client_id);
    Ok(ProbeReport { session_present, client_id, limits, timings })
}

async fn accepted<E: Engine>(engine: &mut E) -> Result<Accepted, MqttError> {
    loop {
        if let Signal::Connected(accepted) = engine.poll().await? {
            return Ok(accepted);
        }
    }
}
