//! rumqttc for MQTT 3.1.1: translates, and nothing else.

mod convert;

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use rumqttc_v4::{
    AsyncClient, ConnectionError, Event, EventLoop, NetworkOptions, Outgoing, Packet,
    PublishNoticeError, PublishOptions, StateError, SubscribeFilter, SubscribeNoticeError,
    UnsubscribeNoticeError,
};
use wiretree_model::{ProtocolVersion, Publish, Subscription, TopicFilter};

use super::{
    Accepted, ENGINE_PATIENCE, Engine, Reply, Requests, Signal, greeting_fault, hung_up, io_fault,
    protocol_fault, topic_text,
};
use crate::greeting::SharedGreeting;
use crate::{ConnectOptions, MqttError, Reason, ServerLimits};
use convert::{from_publish, from_suback, request_fault, to_engine_options, to_qos};

/// The engine for MQTT 3.1.1.
pub(crate) struct EngineV4 {
    events: EventLoop,
    client: AsyncClient,
    greeting: SharedGreeting,
    address: String,
    /// Publishes written and not yet acknowledged: to be told from those written again.
    on_wire: HashSet<u16>,
    /// What was read before the connection was lost, and the loss: told in this order.
    last_words: VecDeque<Result<Signal, MqttError>>,
}

/// Requests for MQTT 3.1.1.
#[derive(Clone)]
pub(crate) struct RequestsV4(AsyncClient);

impl Engine for EngineV4 {
    type Requests = RequestsV4;

    fn new(options: &ConnectOptions, greeting: SharedGreeting) -> Result<Self, MqttError> {
        let engine_options = to_engine_options(options, greeting.clone());
        let (client, mut events) = AsyncClient::builder(engine_options)
            .unbounded()
            .try_build()
            .map_err(|error| MqttError::Engine(error.to_string()))?;
        let mut network = NetworkOptions::new();
        network.set_connection_timeout(ENGINE_PATIENCE.as_secs());
        events.set_network_options(network);
        Ok(Self {
            events,
            client,
            greeting,
            address: options.address(),
            on_wire: HashSet::new(),
            last_words: VecDeque::new(),
        })
    }

    fn requests(&self) -> RequestsV4 {
        RequestsV4(self.client.clone())
    }

    async fn poll(&mut self) -> Result<Signal, MqttError> {
        if let Some(word) = self.last_words.pop_front() {
            return word;
        }
        match self.events.poll().await {
            Ok(event) => Ok(self.signal(event)),
            Err(error) => {
                let fault = self.fault(&error);
                // The engine would tell these only after the next CONNACK.
                let unread: Vec<_> = self.events.state.events.drain(..).collect();
                for event in unread {
                    let signal = self.signal(event);
                    self.last_words.push_back(Ok(signal));
                }
                self.last_words.push_back(Err(fault));
                self.last_words.pop_front().unwrap_or(Ok(Signal::Other))
            }
        }
    }
}

impl EngineV4 {
    fn signal(&mut self, event: Event) -> Signal {
        match event {
            Event::Incoming(Packet::Publish(publish)) => Signal::Message(from_publish(publish)),
            Event::Incoming(Packet::ConnAck(connack)) => {
                if !connack.session_present {
                    self.on_wire.clear();
                }
                Signal::Connected(Accepted {
                    session_present: connack.session_present,
                    assigned_client_id: None,
                    limits: ServerLimits::default(),
                })
            }
            Event::Incoming(Packet::PubAck(ack)) => self.acknowledged(ack.pkid),
            Event::Incoming(Packet::PubComp(ack)) => self.acknowledged(ack.pkid),
            Event::Outgoing(Outgoing::Publish(packet_id))
                if packet_id != 0 && self.on_wire.insert(packet_id) =>
            {
                Signal::Sent
            }
            _ => Signal::Other,
        }
    }

    fn acknowledged(&mut self, packet_id: u16) -> Signal {
        self.on_wire.remove(&packet_id);
        Signal::Other
    }

    fn fault(&self, error: &ConnectionError) -> MqttError {
        let address = &self.address;
        if let Some(fault) = greeting_fault(&self.greeting, address, ProtocolVersion::V311) {
            return fault;
        }
        match error {
            ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
                io_fault(address, error)
            }
            ConnectionError::MqttState(StateError::Deserialization(rumqttc_v4::Error::Io(
                error,
            ))) => io_fault(address, error),
            ConnectionError::MqttState(StateError::ConnectionAborted) => hung_up(address),
            ConnectionError::MqttState(StateError::AwaitPingResp) => {
                MqttError::KeepAlive { address: address.clone() }
            }
            ConnectionError::NetworkTimeout | ConnectionError::FlushTimeout => {
                MqttError::ConnectionLost {
                    address: address.clone(),
                    cause: "it took nothing any more".to_owned(),
                }
            }
            ConnectionError::RequestsDone | ConnectionError::DisconnectTimeout => MqttError::Closed,
            error => protocol_fault(address, error),
        }
    }
}

impl Requests for RequestsV4 {
    fn publish(&self, publish: Publish) -> Result<Reply<Reason>, MqttError> {
        let topic = topic_text(&publish.topic)?;
        let how = PublishOptions::new(to_qos(publish.qos)).retain(publish.retain);
        let notice = self
            .0
            .try_publish_tracked(topic, publish.payload, how)
            .map_err(|error| request_fault(&error))?;
        Ok(Box::pin(async move {
            match notice.wait_async().await {
                // 3.1.1 acknowledges without a code.
                Ok(_) => Ok(Reason::v5(0, None)),
                Err(PublishNoticeError::Qos0NotFlushed) => Err(MqttError::NotSent),
                Err(PublishNoticeError::Recv | PublishNoticeError::SessionReset) => {
                    Err(MqttError::SessionLost)
                }
                Err(error) => Err(MqttError::Engine(error.to_string())),
            }
        }))
    }

    fn subscribe(&self, subscriptions: &[Subscription]) -> Result<Reply<Vec<Reason>>, MqttError> {
        let filters = subscriptions.iter().map(|subscription| {
            SubscribeFilter::new(subscription.filter.to_string(), to_qos(subscription.qos))
        });
        let notice =
            self.0.try_subscribe_many_tracked(filters).map_err(|error| request_fault(&error))?;
        Ok(Box::pin(async move {
            match notice.wait_async().await {
                Ok(suback) => Ok(suback.return_codes.into_iter().map(from_suback).collect()),
                Err(SubscribeNoticeError::Recv | SubscribeNoticeError::SessionReset) => {
                    Err(MqttError::SessionLost)
                }
                Err(error) => Err(MqttError::Engine(error.to_string())),
            }
        }))
    }

    fn unsubscribe(&self, filters: &[TopicFilter]) -> Result<Reply<Vec<Reason>>, MqttError> {
        let count = filters.len();
        let notice = self
            .0
            .try_unsubscribe_many_tracked(filters.iter().map(ToString::to_string))
            .map_err(|error| request_fault(&error))?;
        Ok(Box::pin(async move {
            match notice.wait_async().await {
                Ok(_) => Ok(vec![Reason::v5(0, None); count]),
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
