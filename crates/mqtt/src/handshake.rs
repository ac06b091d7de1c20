//! CONNECT as the options say it (MQTT 5 §3.1), and what CONNACK says back (§3.2). Pure.
//!
//! Promises: what is not set is not sent; a password goes into no text. With enhanced authentication
//! the password stays out of CONNECT: proving that one knows it without sending it is the point.

use wiretree_model::{Authentication, MqttString, Properties, Property, ProtocolVersion, QoS};
use wiretree_wire::{Auth, ConnAck, Connect, LARGEST_PACKET, Packet, ReasonCode};

use crate::reason::said;
use crate::scram::{self, Scram};
use crate::{ConnectOptions, MqttError, Reason, ServerLimits};

/// The CONNECT packet. With enhanced authentication, whoever sends it adds the first data.
pub(crate) fn connect_packet(options: &ConnectOptions) -> Connect {
    let version = options.protocol;
    let password = options.password.clone().filter(|_| options.authentication.is_none());
    Connect {
        version,
        clean_start: options.clean_start,
        keep_alive: options.keep_alive,
        properties: if version.has_properties() {
            properties(options)
        } else {
            Properties::default()
        },
        client_id: options.client_id.as_str().into(),
        will: options.will.clone(),
        user_name: options.username.as_deref().map(MqttString::from),
        password,
    }
}

fn properties(options: &ConnectOptions) -> Properties {
    use Property as P;
    let chosen = &options.properties;
    let mut list = Vec::new();
    // Zero is what it means when it is left out (§3.1.2.11.2).
    if options.session_expiry > 0 {
        list.push(P::SessionExpiryInterval(options.session_expiry));
    }
    list.extend(chosen.receive_maximum.map(P::ReceiveMaximum));
    // Above what MQTT can express there is no limit to tell.
    if usize::try_from(options.packet_limit).is_ok_and(|limit| limit < LARGEST_PACKET) {
        list.push(P::MaximumPacketSize(options.packet_limit));
    }
    list.extend(chosen.topic_alias_maximum.filter(|most| *most > 0).map(P::TopicAliasMaximum));
    if chosen.request_response_information {
        list.push(P::RequestResponseInformation(1));
    }
    let problems = chosen.request_problem_information;
    list.extend(problems.map(|wanted| P::RequestProblemInformation(wanted.into())));
    let users = chosen.user_properties.iter();
    list.extend(users.map(|(name, value)| P::UserProperty(name.clone(), value.clone())));
    if let Some(Authentication::ScramSha256) = options.authentication {
        list.push(P::AuthenticationMethod(scram::METHOD.into()));
    }
    Properties(list)
}

/// The exchange that proves the password, if the options ask for one.
///
/// # Errors
/// When there is no user name or no password to prove.
pub(crate) fn scram(options: &ConnectOptions) -> Result<Option<Scram>, MqttError> {
    match (options.authentication, &options.username, &options.password) {
        (None, ..) => Ok(None),
        (Some(Authentication::ScramSha256), Some(user), Some(password)) => {
            Scram::new(user, password).map(Some)
        }
        (Some(Authentication::ScramSha256), ..) => {
            Err(MqttError::Authentication("SCRAM needs a user name and a password".to_owned()))
        }
    }
}

/// The AUTH that answers the broker's challenge (MQTT 5 §4.12).
///
/// # Errors
/// A challenge that cannot be answered.
pub(crate) fn answer(challenge: &Auth, scram: &mut Scram) -> Result<Packet, MqttError> {
    let data = scram.answer(data(&challenge.properties).unwrap_or_default())?;
    Ok(Packet::Auth(Auth {
        reason: ReasonCode::CONTINUE_AUTHENTICATION,
        properties: Properties(vec![
            Property::AuthenticationMethod(scram::METHOD.into()),
            Property::AuthenticationData(data),
        ]),
    }))
}

/// Checks the proof in CONNACK, or in the AUTH that ends a re-authentication.
///
/// # Errors
/// When the broker does not know the password.
pub(crate) fn prove(properties: &Properties, scram: &mut Scram) -> Result<(), MqttError> {
    scram.finish(data(properties).unwrap_or_default())
}

/// The authentication data among the properties.
fn data(properties: &Properties) -> Option<&[u8]> {
    properties.iter().find_map(|property| match property {
        Property::AuthenticationData(data) => Some(data.as_ref()),
        _ => None,
    })
}

/// What an accepting CONNACK says, and the identifier the broker assigned; or its refusal.
///
/// # Errors
/// [`MqttError::Refused`].
pub(crate) fn judge(
    connack: &ConnAck,
    version: ProtocolVersion,
) -> Result<(ServerLimits, Option<String>), MqttError> {
    let (limits, assigned) = limits(&connack.properties);
    if connack.reason.0 != 0 {
        let text = said(&connack.properties);
        return Err(MqttError::Refused(Reason::connack(version, connack.reason.0, text)));
    }
    Ok((limits, assigned))
}

/// The limits among the properties (§3.2.2.3), and the assigned client identifier.
fn limits(properties: &Properties) -> (ServerLimits, Option<String>) {
    use Property as P;
    let text = |value: &MqttString| Some(value.to_text().into_owned());
    let mut limits = ServerLimits::default();
    let mut assigned = None;
    for property in properties.iter() {
        match property {
            P::SessionExpiryInterval(seconds) => limits.session_expiry = Some(*seconds),
            P::ReceiveMaximum(most) => limits.receive_maximum = Some(*most),
            P::MaximumQoS(bits) => limits.maximum_qos = QoS::from_bits(*bits),
            P::RetainAvailable(value) => limits.retain_available = Some(*value != 0),
            P::MaximumPacketSize(most) => limits.maximum_packet_size = Some(*most),
            P::AssignedClientIdentifier(name) => assigned = text(name),
            P::TopicAliasMaximum(most) => limits.topic_alias_maximum = Some(*most),
            P::ReasonString(value) => limits.reason_string = text(value),
            P::UserProperty(name, value) => {
                let pair = (name.to_text().into_owned(), value.to_text().into_owned());
                limits.user_properties.push(pair);
            }
            P::WildcardSubscriptionAvailable(value) => {
                limits.wildcard_subscriptions = Some(*value != 0);
            }
            P::SubscriptionIdentifierAvailable(value) => {
                limits.subscription_identifiers = Some(*value != 0);
            }
            P::SharedSubscriptionAvailable(value) => {
                limits.shared_subscriptions = Some(*value != 0)
            }
            P::ServerKeepAlive(seconds) => limits.server_keep_alive = Some(*seconds),
            P::ResponseInformation(value) => limits.response_information = text(value),
            P::ServerReference(value) => limits.server_reference = text(value),
            _ => {}
        }
    }
    (limits, assigned)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wiretree_model::{ConnectProperties, Secret, Topic, Will};
    use wiretree_wire::{decode_frame, encode};

    use super::*;

    fn everything() -> ConnectOptions {
        ConnectOptions {
            client_id: "me".to_owned(),
            username: Some("ada".to_owned()),
            password: Some(Secret::new([0xff, 0])),
            clean_start: false,
            session_expiry: 60,
            packet_limit: 5000,
            will: Some(Will {
                topic: Topic::received("gone"),
                payload: Bytes::from_static(b"\0\x01"),
                qos: QoS::AtLeastOnce,
                retain: true,
                properties: Properties(vec![
                    Property::WillDelayInterval(5),
                    Property::ContentType("x/y".into()),
                ]),
            }),
            properties: ConnectProperties {
                receive_maximum: Some(20),
                topic_alias_maximum: Some(7),
                request_response_information: true,
                request_problem_information: Some(false),
                user_properties: vec![("a".into(), "b".into()), ("a".into(), "c".into())],
            },
            ..ConnectOptions::default()
        }
    }

    /// As a broker would read it.
    fn sent(options: &ConnectOptions) -> Connect {
        let mut bytes = Vec::new();
        encode(&Packet::Connect(Box::new(connect_packet(options))), options.protocol, &mut bytes)
            .unwrap();
        match decode_frame(bytes.into(), options.protocol).unwrap() {
            Packet::Connect(connect) => *connect,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_that_is_set_is_said() {
        use Property as P;
        let options = everything();
        let connect = sent(&options);
        assert_eq!(connect.will, options.will);
        assert_eq!(
            connect.password.unwrap().expose_bytes(),
            [0xff, 0],
            "binary passwords are sent"
        );
        assert_eq!(
            connect.properties.0,
            [
                P::SessionExpiryInterval(60),
                P::ReceiveMaximum(20),
                P::MaximumPacketSize(5000),
                P::TopicAliasMaximum(7),
                P::RequestResponseInformation(1),
                P::RequestProblemInformation(0),
                P::UserProperty("a".into(), "b".into()),
                P::UserProperty("a".into(), "c".into()),
            ]
        );
    }

    #[test]
    fn with_3_1_1_nothing_of_mqtt_5_is_said() {
        for protocol in [ProtocolVersion::V31, ProtocolVersion::V311] {
            let connect = sent(&ConnectOptions { protocol, ..everything() });
            assert_eq!((connect.version, connect.properties.is_empty()), (protocol, true));
            let will = connect.will.unwrap();
            assert!(will.properties.is_empty() && will.retain && will.payload.len() == 2);
        }
    }

    #[test]
    fn user_name_and_password_are_there_exactly_when_they_are_set() {
        for (user, password) in
            [(None, None), (Some("u"), None), (None, Some("p")), (Some(""), Some(""))]
        {
            let connect = sent(&ConnectOptions {
                username: user.map(str::to_owned),
                password: password.map(Secret::new),
                packet_limit: u32::MAX,
                ..ConnectOptions::default()
            });
            assert_eq!(connect.user_name, user.map(MqttString::from));
            assert_eq!(connect.password, password.map(Secret::new));
            assert!(connect.properties.is_empty(), "defaults are left out");
        }
    }

    #[test]
    fn with_scram_the_password_stays_here() {
        let options =
            ConnectOptions { authentication: Some(Authentication::ScramSha256), ..everything() };
        let connect = sent(&options);
        assert_eq!(connect.password, None);
        let method = Property::AuthenticationMethod("SCRAM-SHA-256".into());
        assert_eq!(connect.properties.0.last(), Some(&method));
    }

    #[test]
    fn a_refusal_is_told_with_its_text() {
        let connack = ConnAck {
            reason: ReasonCode(0x87),
            properties: Properties(vec![Property::ReasonString("no!".into())]),
            ..ConnAck::default()
        };
        let Err(MqttError::Refused(reason)) = judge(&connack, ProtocolVersion::V5) else {
            panic!("taken for an acceptance");
        };
        assert_eq!((reason.name, reason.text.as_deref()), ("Not authorized", Some("no!")));
    }
}
