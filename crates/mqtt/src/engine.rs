//! The engine: rumqttc. It decides when a message goes, holds it until it is acknowledged, and sends
//! it again on a resumed session. Nothing outside of this file knows that it is rumqttc.
//!
//! It speaks MQTT 5 into a pipe, whatever goes over the wire: the tap at the other end of the pipe
//! translates. It sees no content: a message is a stub with a token for its payload, a request is
//! one filter that is a token. It has no keep-alive, no limits and no incoming messages: those are
//! the tap's. Promise: it is never polled by two, and it makes no connection of its own.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rumqttc_v5::{AsyncClient, EventLoop, MqttOptions, PublishOptions, QoS as EngineQoS};
use tokio::io::DuplexStream;
use wiretree_model::QoS;

use crate::MqttError;
use crate::outbox::{INFLIGHT, Token};

/// Requests written with one flush.
const REQUEST_BATCH: usize = 64;
/// Packets read in one go. The engine allows 128.
const READ_BATCH: usize = 128;
/// The pipe answers at once; the engine's own deadline must only never come first.
const ENGINE_PATIENCE: Duration = Duration::from_secs(3600);
/// The topic of every stub.
const STUB: &str = "stub";

/// Session state for outgoing messages, and the queue in front of it.
pub(crate) struct Engine {
    events: EventLoop,
    requests: EngineRequests,
    pipe: Arc<Mutex<Option<DuplexStream>>>,
}

/// Takes requests at any time, without waiting.
#[derive(Clone, Debug)]
pub(crate) struct EngineRequests(AsyncClient);

impl Engine {
    /// A new engine, without any session state.
    ///
    /// # Errors
    /// When it does not take the options, which are always the same.
    pub(crate) fn new() -> Result<Self, MqttError> {
        let mut options = MqttOptions::new("wiretree", ("pipe", 1));
        // What the broker is asked for says the tap; the engine always has a session to come back
        // to, and is told when there is none.
        options
            .set_keep_alive(0)
            .set_clean_start(false)
            .set_session_expiry_interval(Some(u32::MAX))
            .set_unlimited_incoming_packet_size()
            .set_outgoing_inflight_upper_limit(INFLIGHT)
            .set_max_request_batch(REQUEST_BATCH)
            .set_read_batch_size(READ_BATCH)
            .set_connect_timeout(ENGINE_PATIENCE);
        let pipe = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&pipe);
        options.set_socket_connector(move |_, _| {
            let taken = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            async move { taken.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected)) }
        });
        let (client, events) = AsyncClient::builder(options)
            .unbounded()
            .try_build()
            .map_err(|error| MqttError::Engine(error.to_string()))?;
        Ok(Self { events, requests: EngineRequests(client), pipe })
    }

    /// Where requests go.
    pub(crate) fn requests(&self) -> EngineRequests {
        self.requests.clone()
    }

    /// Works on this pipe until it is closed at the other end. Says how it ended.
    pub(crate) async fn run(&mut self, pipe: DuplexStream) -> MqttError {
        *self.pipe.lock().unwrap_or_else(PoisonError::into_inner) = Some(pipe);
        loop {
            if let Err(error) = self.events.poll().await {
                return MqttError::Engine(error.to_string());
            }
        }
    }
}

impl EngineRequests {
    /// Queues a message.
    ///
    /// # Errors
    /// When the engine has gone.
    pub(crate) fn publish(&self, token: Token, qos: QoS) -> Result<(), MqttError> {
        let qos = match qos {
            QoS::AtMostOnce => EngineQoS::AtMostOnce,
            QoS::AtLeastOnce => EngineQoS::AtLeastOnce,
            QoS::ExactlyOnce => EngineQoS::ExactlyOnce,
        };
        let how = PublishOptions::new(qos);
        let queued = self.0.try_publish(STUB, token.to_be_bytes().to_vec(), how);
        queued.map_err(|error| MqttError::Engine(error.to_string()))
    }

    /// Queues a SUBSCRIBE.
    ///
    /// # Errors
    /// When the engine has gone.
    pub(crate) fn subscribe(&self, token: Token) -> Result<(), MqttError> {
        let queued = self.0.try_subscribe(token.to_string(), EngineQoS::AtMostOnce);
        queued.map_err(|error| MqttError::Engine(error.to_string()))
    }

    /// Queues an UNSUBSCRIBE.
    ///
    /// # Errors
    /// When the engine has gone.
    pub(crate) fn unsubscribe(&self, token: Token) -> Result<(), MqttError> {
        let queued = self.0.try_unsubscribe(token.to_string());
        queued.map_err(|error| MqttError::Engine(error.to_string()))
    }
}
