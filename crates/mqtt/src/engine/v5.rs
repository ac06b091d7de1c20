//! rumqttc for MQTT 5: translates, and nothing else.

mod properties;
mod session;

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use rumqttc_v5::{
    AsyncClient, BrokerSessionResumePolicy, ClientError, ConnAck, ConnectAuth, ConnectionError,
    Event, EventLoop, MqttOptions, Outgoing, Packet, PublishNoticeError, PublishOptions,
    PublishResult, QoS as WireQoS, StateError, SubscribeFilter, SubscribeNoticeError,
    SubscribeReasonCode, UnsubscribeNoticeError,
};
use wiretree_model::{ProtocolVersion, Publish, QoS, Subscription, Topic, TopicFilter};

use super::{
    Accepted, ENGINE_PATIENCE, Engine, INFLIGHT, READ_BATCH, REQUEST_BATCH, Reply, Requests,
    Signal, dial, greeting_fault, hung_up, io_fault, protocol_fault, topic_text,
};
use crate::greeting::SharedGreeting;
use crate::{ConnectOptions, MqttError, Reason, ServerLimits};

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
            SubscribeFilter::new(subscription.filter.to_string(), to_qos(subscription.qos))
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

fn to_engine_options(options: &ConnectOptions, greeting: SharedGreeting) -> MqttOptions {
    let address = (options.bare_host().to_owned(), options.port);
    let mut engine = MqttOptions::new(options.client_id.clone(), address);
    engine
        .set_keep_alive(options.keep_alive)
        .set_clean_start(options.clean_start)
        .set_session_expiry_interval((options.session_expiry > 0).then_some(options.session_expiry))
        .set_unlimited_incoming_packet_size()
        .set_outgoing_inflight_upper_limit(INFLIGHT)
        .set_max_request_batch(REQUEST_BATCH)
        .set_read_batch_size(READ_BATCH)
        .set_connect_timeout(ENGINE_PATIENCE)
        .set_broker_session_resume_policy(BrokerSessionResumePolicy::AllowBrokerOnly)
        .set_auth(to_auth(options));
    if !options.clean_start {
        engine.set_session_store(session::Blank::new(&options.client_id, INFLIGHT));
    }
    let dialled = options.clone();
    engine.set_socket_connector(move |_, _| dial(dialled.clone(), greeting.clone()));
    engine
}

fn to_auth(options: &ConnectOptions) -> ConnectAuth {
    let password =
        options.password.as_ref().map(|secret| Bytes::copy_from_slice(secret.expose_bytes()));
    match (options.username.clone(), password) {
        (None, None) => ConnectAuth::None,
        (None, Some(password)) => ConnectAuth::Password { password },
        (Some(username), None) => ConnectAuth::Username { username },
        (Some(username), Some(password)) => ConnectAuth::UsernamePassword { username, password },
    }
}

fn from_connack(all: rumqttc_v5::ConnAckProperties) -> ServerLimits {
    let flag = |value: Option<u8>| value.map(|value| value != 0);
    ServerLimits {
        session_expiry: all.session_expiry_interval,
        receive_maximum: all.receive_max,
        maximum_qos: all.max_qos.and_then(QoS::from_bits),
        retain_available: flag(all.retain_available),
        maximum_packet_size: all.max_packet_size,
        topic_alias_maximum: all.topic_alias_max,
        wildcard_subscriptions: flag(all.wildcard_subscription_available),
        subscription_identifiers: flag(all.subscription_identifiers_available),
        shared_subscriptions: flag(all.shared_subscription_available),
        server_keep_alive: all.server_keep_alive,
        reason_string: all.reason_string,
        response_information: all.response_information,
        server_reference: all.server_reference,
        user_properties: all.user_properties,
    }
}

fn from_publish(publish: rumqttc_v5::Publish) -> Publish {
    Publish {
        topic: Topic::from(publish.topic),
        payload: publish.payload,
        qos: from_qos(publish.qos),
        retain: publish.retain,
        dup: publish.dup,
        packet_id: (publish.pkid != 0).then_some(publish.pkid),
        properties: publish.properties.map(properties::from_engine).unwrap_or_default(),
    }
}

fn from_publish_result(result: PublishResult) -> Reason {
    match result {
        PublishResult::Qos0Flushed => Reason::v5(0, None),
        PublishResult::Qos1(ack) => {
            Reason::v5(ack.reason as u8, ack.properties.and_then(|all| all.reason_string))
        }
        PublishResult::Qos2Completed(ack) => {
            Reason::v5(ack.reason as u8, ack.properties.and_then(|all| all.reason_string))
        }
        PublishResult::Qos2PubRecRejected(ack) => {
            Reason::v5(ack.reason as u8, ack.properties.and_then(|all| all.reason_string))
        }
    }
}

fn from_suback(code: SubscribeReasonCode, text: Option<String>) -> Reason {
    use SubscribeReasonCode as Code;
    let code = match code {
        Code::Success(qos) => qos as u8,
        Code::Failure | Code::Unspecified => 0x80,
        Code::ImplementationSpecific => 0x83,
        Code::NotAuthorized => 0x87,
        Code::TopicFilterInvalid => 0x8f,
        Code::PkidInUse => 0x91,
        Code::QuotaExceeded => 0x97,
        Code::SharedSubscriptionsNotSupported => 0x9e,
        Code::SubscriptionIdNotSupported => 0xa1,
        Code::WildcardSubscriptionsNotSupported => 0xa2,
    };
    Reason::suback(ProtocolVersion::V5, code, text)
}

fn from_qos(qos: WireQoS) -> QoS {
    match qos {
        WireQoS::AtMostOnce => QoS::AtMostOnce,
        WireQoS::AtLeastOnce => QoS::AtLeastOnce,
        WireQoS::ExactlyOnce => QoS::ExactlyOnce,
    }
}

fn to_qos(qos: QoS) -> WireQoS {
    match qos {
        QoS::AtMostOnce => WireQoS::AtMostOnce,
        QoS::AtLeastOnce => WireQoS::AtLeastOnce,
        QoS::ExactlyOnce => WireQoS::ExactlyOnce,
    }
}

fn request_fault(error: &ClientError) -> MqttError {
    match error {
        ClientError::InvalidRequest(_) => {
            MqttError::InvalidTopic("The engine refused the topic or filter".to_owned())
        }
        ClientError::RequestChannelDisconnected(_) => MqttError::Closed,
        error => MqttError::Engine(error.to_string()),
    }
}
