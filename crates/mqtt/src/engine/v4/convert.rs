//! Options, messages and codes of MQTT 3.1.1 between the model and the engine.

use bytes::Bytes;
use rumqttc_v4::{ClientError, ConnectAuth, MqttOptions, QoS as WireQoS, SubscribeReasonCode};
use wiretree_model::{Properties, ProtocolVersion, Publish, QoS, Topic};

use crate::engine::{LARGEST_PACKET, READ_BATCH, REQUEST_BATCH, dial};
use crate::greeting::SharedGreeting;
use crate::{ConnectOptions, MqttError, Reason};

/// How many QoS 1 and 2 publishes may be unacknowledged at a time. A broker of 3.1.1 cannot say how
/// many it takes; Mosquitto, as it is set up by default, hangs up on more QoS 2 than this.
const INFLIGHT: u16 = 20;

pub(super) fn to_engine_options(options: &ConnectOptions, greeting: SharedGreeting) -> MqttOptions {
    let address = (options.bare_host().to_owned(), options.port);
    let mut engine = MqttOptions::new(options.client_id.clone(), address);
    engine
        .set_keep_alive(options.keep_alive)
        .set_clean_session(options.clean_start)
        .set_max_packet_size(LARGEST_PACKET, LARGEST_PACKET)
        .set_inflight(INFLIGHT)
        .set_max_request_batch(REQUEST_BATCH)
        .set_read_batch_size(READ_BATCH)
        .set_auth(to_auth(options));
    let dialled = options.clone();
    engine.set_socket_connector(move |_, _| dial(dialled.clone(), greeting.clone()));
    engine
}

/// 3.1.1 has no password without a user name (MQTT 3.1.1 §3.1.2.9): it is left out then.
pub(super) fn to_auth(options: &ConnectOptions) -> ConnectAuth {
    match (options.username.clone(), &options.password) {
        (None, _) => ConnectAuth::None,
        (Some(username), None) => ConnectAuth::Username { username },
        (Some(username), Some(password)) => ConnectAuth::UsernamePassword {
            username,
            password: Bytes::copy_from_slice(password.expose_bytes()),
        },
    }
}

pub(super) fn from_publish(publish: rumqttc_v4::Publish) -> Publish {
    Publish {
        topic: Topic::from(publish.topic),
        payload: publish.payload,
        qos: from_qos(publish.qos),
        retain: publish.retain,
        dup: publish.dup,
        packet_id: (publish.pkid != 0).then_some(publish.pkid),
        properties: Properties::default(),
    }
}

pub(super) fn from_suback(code: SubscribeReasonCode) -> Reason {
    let code = match code {
        SubscribeReasonCode::Success(qos) => qos as u8,
        SubscribeReasonCode::Failure => 0x80,
    };
    Reason::suback(ProtocolVersion::V311, code, None)
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
