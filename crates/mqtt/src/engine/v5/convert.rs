//! Options, messages and codes of MQTT 5 between the model and the engine.

use bytes::Bytes;
use rumqttc_v5::{
    BrokerSessionResumePolicy, ClientError, ConnectAuth, MqttOptions, PublishResult,
    QoS as WireQoS, SubscribeReasonCode,
};
use wiretree_model::{ProtocolVersion, Publish, QoS, Topic};

use super::{properties, session};
use crate::engine::{ENGINE_PATIENCE, READ_BATCH, REQUEST_BATCH, dial};
use crate::greeting::SharedGreeting;
use crate::{ConnectOptions, MqttError, Reason, ServerLimits};

/// How many QoS 1 and 2 publishes may be unacknowledged at a time, if the broker's Receive Maximum
/// is not less. The engine keeps a slot for each, so it is not the 65,535 of the specification.
const INFLIGHT: u16 = 1000;

pub(super) fn to_engine_options(options: &ConnectOptions, greeting: SharedGreeting) -> MqttOptions {
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

pub(super) fn to_auth(options: &ConnectOptions) -> ConnectAuth {
    let password =
        options.password.as_ref().map(|secret| Bytes::copy_from_slice(secret.expose_bytes()));
    match (options.username.clone(), password) {
        (None, None) => ConnectAuth::None,
        (None, Some(password)) => ConnectAuth::Password { password },
        (Some(username), None) => ConnectAuth::Username { username },
        (Some(username), Some(password)) => ConnectAuth::UsernamePassword { username, password },
    }
}

pub(super) fn from_connack(all: rumqttc_v5::ConnAckProperties) -> ServerLimits {
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

pub(super) fn from_publish(publish: rumqttc_v5::Publish) -> Publish {
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

pub(super) fn from_publish_result(result: PublishResult) -> Reason {
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

pub(super) fn from_suback(code: SubscribeReasonCode, text: Option<String>) -> Reason {
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

pub(super) fn from_qos(qos: WireQoS) -> QoS {
    match qos {
        WireQoS::AtMostOnce => QoS::AtMostOnce,
        WireQoS::AtLeastOnce => QoS::AtLeastOnce,
        WireQoS::ExactlyOnce => QoS::ExactlyOnce,
    }
}

pub(super) fn to_qos(qos: QoS) -> WireQoS {
    match qos {
        QoS::AtMostOnce => WireQoS::AtMostOnce,
        QoS::AtLeastOnce => WireQoS::AtLeastOnce,
        QoS::ExactlyOnce => WireQoS::ExactlyOnce,
    }
}

pub(super) fn request_fault(error: &ClientError) -> MqttError {
    match error {
        ClientError::InvalidRequest(_) => {
            MqttError::InvalidTopic("The engine refused the topic or filter".to_owned())
        }
        ClientError::RequestChannelDisconnected(_) => MqttError::Closed,
        error => MqttError::Engine(error.to_string()),
    }
}
