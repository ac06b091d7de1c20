//! rumqttc for MQTT 5: translates, and nothing else.

mod convert;
mod properties;
mod session;

use std::collections::HashSet;
use std::time::Duration;

use rumqttc_v5::{
    AsyncClient, ConnAck, ConnectionError, Event, EventLoop, Outgoing, Packet, PublishNoticeError,
    PublishOptions, StateError, SubscribeFilter, SubscribeNoticeError, UnsubscribeNoticeError,
};
use wiretree_model::{ProtocolVersion, Publish, Subscription, TopicFilter};

use super::{
    Accepted, Engine, Reply, Requests, Signal, greeting_fault, hung_up, io_fault, protocol_fault,
    topic_text,
};
use crate::greeting::SharedGreeting;
use crate::{ConnectOptions, MqttError, Reason};
use convert::{
    from_connack, from_publish, from_publish_result, from_suback, request_fault, to_engine_options,
    to_qos,
};

/// The engine for MQTT 5.
pub(crate) struct EngineV5 {
    events: EventLoop,
    client: AsyncClient,
    greeting: SharedGreeting,
    address: String,
    /// Publishes written and not yet acknowledged: to be told from those written again.
    on_wire: HashSet<u16>,
}

/// Requests for MQTT 5.
#[derive(Clone)]
pub(crate) struct RequestsV5(AsyncClient);

impl Engine for EngineV5 {
    type Requests = RequestsV5;

    fn new(options: &ConnectOptions, greeting: SharedGreeting) -> Result<Self, MqttError> {
        let engine_options = to_engine_options(options, greeting.clone());
        let (client, events) = AsyncClient::builder(engine_options)
            .unbounded()
            .try_build()
            .map_err(|error| MqttError::Engine(error.to_string()))?;
        let address = options.address();
        Ok(Self { events, client, greeting, address, on_wire: HashSet::new() })
    }

    fn requests(&self) -> RequestsV5 {
        RequestsV5(self.client.clone())
    }

    async fn poll(&mut self) -> Result<Signal, MqttError> {
        match self.events.poll().await {
            Ok(event) => Ok(self.signal(event)),
            Err(error) => Err(self.fault(&error)),
        }
    }
}

impl EngineV5 {
    fn signal(&mut self, event: Event) -> Signal {
        match event {
            Event::Incoming(Packet::Publish(publish)) => Signal::Message(from_publish(publish)),
            Event::Incoming(Packet::ConnAck(connack)) => self.connected(connack),
            Event::Incoming(Packet::PubAck(ack)) => self.acknowledged(ack.pkid),
            Event::Incoming(Packet::PubComp(ack)) => self.acknowledged(ack.pkid),
            Event::Incoming(Packet::PubRec(ack)) if ack.reason as u8 >= 0x80 => {
                self.acknowledged(ack.pkid)
            }
            Event::Outgoing(Outgoing::Publish(packet_id))
                if packet_id != 0 && self.on_wire.insert(packet_id) =>
            {
                Signal::Sent
            }
            _ => Signal::Other,
        }
    }

    fn connected(&mut self, connack: ConnAck) -> Signal {
        if !connack.session_present {
            self.on_wire.clear();
        }
        // From here on the engine has a session of its own, and writing down each step of it for
        // nobody would cost time.
        self.events.options.clear_session_store();
        let session_present = connack.session_present;
        let assigned_client_id =
            connack.properties.as_ref().and_then(|all| all.assigned_client_identifier.clone());
        let limits = connack.properties.map(from_connack).unwrap_or_default();
        Signal::Connected(Accepted { session_present, assigned_client_id, limits })
    }

    fn acknowledged(&mut self, packet_id: u16) -> Signal {
        self.on_wire.remove(&packet_id);
        Signal::Other
    }

    fn fault(&self, error: &ConnectionError) -> MqttError {
        let address = &self.address;
        if let Some(fault) = greeting_fault(&self.greeting, address, ProtocolVersion::V5) {
            return fault;
        }
        match error {
            ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
                io_fault(address, error)
            }
            ConnectionError::MqttState(StateError::Deserialization(rumqttc_v5::Error::Io(
                error,
            ))) => io_fault(address, error),
            ConnectionError::MqttState(StateError::ServerDisconnect {
                reason_code,
                reason_string,
            }) => MqttError::Disconnected(Reason::v5(*reason_code as u8, reason_string.clone())),
            ConnectionError::MqttState(StateError::ConnectionAborted) => hung_up(address),
            ConnectionError::MqttState(StateError::AwaitPingResp) => {
                MqttError::KeepAlive { address: address.clone() }
            }
            ConnectionError::RequestsDone | ConnectionError::DisconnectTimeout => MqttError::Closed,
            error => protocol_fault(address, error),
        }
    }
}

impl Requests for RequestsV5 {
    fn publish(&self, publish: Publish) -> Result<Reply<Reason>, MqttError> {
        let topic = topic_text(&publish.topic)?;
        let mut how = PublishOptions::new(to_qos(publish.qos)).retain(publish.retain);
        if let Some(properties) = properties::to_engine(&publish.properties)? {
            how = how.properties(properties);
        }
        let notice = self
            .0
            .try_publish_tracked(topic, publish.payload, how)
            .map_err(|error| request_fault(&error))?;
        Ok(Box::pin(async move {
            match notice.wait_async().await {
                Ok(result) => Ok(from_publish_result(result)),
                Err(PublishNoticeError::Qos0NotFlushed) => Err(MqttError::NotSent),
                Err(PublishNoticeError::RetainNotSupported) => Err(MqttError::RetainNotSupported),
                Err(PublishNoticeError::Recv | PublishNoticeError::SessionReset) => {
                    Err(MqttError::SessionLost)
                }
                Err(error) => Err(MqttError::Engine(error.to_string())),
            }
        }))
    }

    fn subscribe(&self, subscriptions: &[Subscription]) -> Result<Reply<Vec<Reason>>, MqttError> {
        let filters = subscriptions.iter().map(|subscription| {
            let filter = subscription.filter.to_string();
            // Retain As Published (MQTT 5 §3.8.3.1): else a live message comes without its flag.
            SubscribeFilter {
                preserve_retain: true,
                ..SubscribeFilter::new(filter, to_qos(subscription.qos))
            }
        });
        let notice =
            self.0.try_subscribe_many_tracked(filters).map_err(|error| request_fault(&error))?;
        Ok(Box::pin(async move {
            match notice.wait_async().await {
                Ok(suback) => {
                    let text = suback.properties.and_then(|properties| properties.reason_string);
                    let reason = |code| from_suback(code, text.clone());
                    Ok(suback.return_codes.into_iter().map(reason).collect())
                }
                Err(SubscribeNoticeError::Recv | SubscribeNoticeError::SessionReset) => {
                    Err(MqttError::SessionLost)
                }
                Err(error) => Err(MqttError::Engine(error.to_string())),
            }
        }))
    }

    fn unsubscribe(&self, filters: &[TopicFilter]) -> Result<Reply<Vec<Reason>>, MqttError> {
        let notice = self
            .0
            .try_unsubscribe_many_tracked(filters.iter().map(ToString::to_string))
            .map_err(|error| request_fault(&error))?;
        Ok(Box::pin(async move {
            match notice.wait_async().await {
                Ok(unsuback) => {
                    let text = unsuback.properties.and_then(|properties| properties.reason_string);
                    let reason = |code| Reason::v5(code as u8, text.clone());
                    Ok(unsuback.reasons.into_iter().map(reason).collect())
                }
                Err(UnsubscribeNoticeError::Recv | UnsubscribeNoticeError::SessionReset) => {
                    Err(MqttError::SessionLost)
                }
                Err(error) => Err(MqttError::Engine(error.to_string())),
            }
        }))
    }

    fn disconnect(&self, patience: Duration) -> Result<(), MqttError> {
        self.0.try_disconnect_with_timeout(patience).map_err(|error| request_fault(&error))
    }
}
