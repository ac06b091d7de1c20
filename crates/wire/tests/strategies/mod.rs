//! Packets that are valid in a version, of every type, for the property tests.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use wiretree_model::{
    MqttString, Properties, Property, ProtocolVersion, Publish, QoS, Secret, Topic,
};
use wiretree_wire::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketType, ReasonCode, RetainHandling,
    SubAck, Subscribe, SubscribeFilter, SubscriptionOptions, UnsubAck, Unsubscribe, Will,
};

pub(crate) const VERSIONS: [ProtocolVersion; 3] =
    [ProtocolVersion::V31, ProtocolVersion::V311, ProtocolVersion::V5];

/// Any packet of any version.
pub(crate) fn any_packet() -> impl Strategy<Value = (ProtocolVersion, Packet)> {
    prop::sample::select(&VERSIONS[..]).prop_flat_map(|version| (Just(version), packet(version)))
}

/// The bytes of a packet that can be expressed.
pub(crate) fn encoded(packet: &Packet, version: ProtocolVersion) -> Bytes {
    let mut bytes = Vec::new();
    assert_eq!(wiretree_wire::encode(packet, version, &mut bytes), Ok(()));
    bytes.into()
}

/// Any packet of this version.
pub(crate) fn packet(version: ProtocolVersion) -> BoxedStrategy<Packet> {
    let common = prop_oneof![
        connect(version).prop_map(|connect| Packet::Connect(connect.into())),
        connack(version).prop_map(Packet::ConnAck),
        publish(version).prop_map(Packet::Publish),
        ack(version, PacketType::PubAck).prop_map(Packet::PubAck),
        ack(version, PacketType::PubRec).prop_map(Packet::PubRec),
        ack(version, PacketType::PubRel).prop_map(Packet::PubRel),
        ack(version, PacketType::PubComp).prop_map(Packet::PubComp),
        subscribe(version).prop_map(Packet::Subscribe),
        suback(version).prop_map(Packet::SubAck),
        unsubscribe(version).prop_map(Packet::Unsubscribe),
        unsuback(version).prop_map(Packet::UnsubAck),
        Just(Packet::PingReq),
        Just(Packet::PingResp),
    ];
    match version {
        ProtocolVersion::V31 | ProtocolVersion::V311 => {
            prop_oneof![13 => common, 1 => Just(Packet::Disconnect(Disconnect::default()))].boxed()
        }
        ProtocolVersion::V5 => {
            let outcome = |place| (reason(place, version), properties(version, Some(place)));
            prop_oneof![
                13 => common,
                1 => outcome(PacketType::Disconnect).prop_map(|(reason, properties)| {
                    Packet::Disconnect(Disconnect { reason, properties })
                }),
                1 => outcome(PacketType::Auth)
                    .prop_map(|(reason, properties)| Packet::Auth(Auth { reason, properties })),
            ]
            .boxed()
        }
    }
}

fn text() -> impl Strategy<Value = MqttString> {
    "[^\\x00]{0,12}".prop_map(MqttString::from)
}

fn topic() -> impl Strategy<Value = Topic> {
    "[^\\x00+#]{1,12}".prop_map(|text| Topic::received(text.as_str()))
}

fn binary() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..300).prop_map(Bytes::from)
}

fn qos() -> impl Strategy<Value = QoS> {
    prop_oneof![Just(QoS::AtMostOnce), Just(QoS::AtLeastOnce), Just(QoS::ExactlyOnce)]
}

/// A reason code that the specification lists for the packet.
fn reason(packet: PacketType, version: ProtocolVersion) -> impl Strategy<Value = ReasonCode> {
    let listed = (0..=u8::MAX).map(ReasonCode).filter(|code| code.is_listed_in(packet, version));
    prop::sample::select(listed.collect::<Vec<_>>())
}

fn packet_id() -> impl Strategy<Value = u16> {
    1..=u16::MAX
}

/// User properties, repeated or not, and any of the properties that belong to this place.
fn properties(
    version: ProtocolVersion,
    place: Option<PacketType>,
) -> impl Strategy<Value = Properties> {
    let user = vec(user_property(), 0..3);
    let others: Vec<_> =
        special(place).into_iter().map(|one| prop::option::weighted(0.3, one)).collect();
    (user, others).prop_flat_map(move |(user, others)| match version {
        ProtocolVersion::V31 | ProtocolVersion::V311 => Just(Properties::default()).boxed(),
        ProtocolVersion::V5 => {
            let list: Vec<_> = user.into_iter().chain(others.into_iter().flatten()).collect();
            Just(list).prop_shuffle().prop_map(Properties).boxed()
        }
    })
}

fn user_property() -> impl Strategy<Value = Property> {
    (text(), text()).prop_map(|(name, value)| Property::UserProperty(name, value))
}

/// All that may stand in this place, `None` being the will; user properties apart.
fn special(place: Option<PacketType>) -> Vec<BoxedStrategy<Property>> {
    use PacketType as T;
    use Property as P;
    let message = vec![
        (0..=1_u8).prop_map(P::PayloadFormatIndicator).boxed(),
        any::<u32>().prop_map(P::MessageExpiryInterval).boxed(),
        text().prop_map(P::ContentType).boxed(),
        topic().prop_map(|topic| P::ResponseTopic(topic.to_text().as_ref().into())).boxed(),
        binary().prop_map(P::CorrelationData).boxed(),
    ];
    let limits = vec![
        any::<u32>().prop_map(P::SessionExpiryInterval).boxed(),
        (1..=u16::MAX).prop_map(P::ReceiveMaximum).boxed(),
        (1..=u32::MAX).prop_map(P::MaximumPacketSize).boxed(),
        any::<u16>().prop_map(P::TopicAliasMaximum).boxed(),
    ];
    let authentication = vec![
        text().prop_map(P::AuthenticationMethod).boxed(),
        binary().prop_map(P::AuthenticationData).boxed(),
    ];
    let identifier = (1..=268_435_455_u32).prop_map(P::SubscriptionIdentifier).boxed();
    let reason = text().prop_map(P::ReasonString).boxed();
    let reference = text().prop_map(P::ServerReference).boxed();
    match place {
        None => [message, vec![any::<u32>().prop_map(P::WillDelayInterval).boxed()]].concat(),
        Some(T::Connect) => {
            let requests = vec![
                (0..=1_u8).prop_map(P::RequestProblemInformation).boxed(),
                (0..=1_u8).prop_map(P::RequestResponseInformation).boxed(),
            ];
            [limits, authentication, requests].concat()
        }
        Some(T::ConnAck) => {
            [limits, authentication, connack_only(), vec![reason, reference]].concat()
        }
        Some(T::Publish) => {
            let alias = (1..=u16::MAX).prop_map(P::TopicAlias).boxed();
            [message, vec![alias, identifier.clone(), identifier.clone(), identifier]].concat()
        }
        Some(T::Subscribe) => vec![identifier],
        Some(T::Unsubscribe) => Vec::new(),
        Some(T::Disconnect) => {
            vec![any::<u32>().prop_map(P::SessionExpiryInterval).boxed(), reason, reference]
        }
        Some(T::Auth) => [authentication, vec![reason]].concat(),
        Some(_) => vec![reason],
    }
}

fn connack_only() -> Vec<BoxedStrategy<Property>> {
    use Property as P;
    let flags: [fn(u8) -> P; 5] = [
        P::MaximumQoS,
        P::RetainAvailable,
        P::WildcardSubscriptionAvailable,
        P::SubscriptionIdentifierAvailable,
        P::SharedSubscriptionAvailable,
    ];
    let mut list: Vec<_> =
        flags.into_iter().map(|flag| (0..=1_u8).prop_map(flag).boxed()).collect();
    list.push(text().prop_map(P::AssignedClientIdentifier).boxed());
    list.push(any::<u16>().prop_map(P::ServerKeepAlive).boxed());
    list.push(text().prop_map(P::ResponseInformation).boxed());
    list
}

fn connect(version: ProtocolVersion) -> impl Strategy<Value = Connect> {
    let head = (any::<bool>(), any::<u16>(), properties(version, Some(PacketType::Connect)));
    let login = option::of((text(), option::of(binary())));
    (head, text(), option::of(will(version)), login).prop_map(
        move |((clean_start, keep_alive, properties), client_id, will, login)| {
            let (user_name, password) = login.map_or((None, None), |(name, secret)| {
                (Some(name), secret.map(|secret| Secret::new(secret.to_vec())))
            });
            Connect {
                version,
                clean_start,
                keep_alive,
                properties,
                client_id,
                will,
                user_name,
                password,
            }
        },
    )
}

fn will(version: ProtocolVersion) -> impl Strategy<Value = Will> {
    (topic(), binary(), qos(), any::<bool>(), properties(version, None)).prop_map(
        |(topic, payload, qos, retain, properties)| Will {
            topic,
            payload,
            qos,
            retain,
            properties,
        },
    )
}

fn connack(version: ProtocolVersion) -> impl Strategy<Value = ConnAck> {
    (
        any::<bool>(),
        reason(PacketType::ConnAck, version),
        properties(version, Some(PacketType::ConnAck)),
    )
        .prop_map(|(session_present, reason, properties)| ConnAck {
            session_present,
            reason,
            properties,
        })
}

fn publish(version: ProtocolVersion) -> impl Strategy<Value = Publish> {
    let flags = (qos(), any::<bool>(), any::<bool>(), packet_id());
    (topic(), binary(), flags, properties(version, Some(PacketType::Publish))).prop_map(
        |(topic, payload, (qos, retain, dup, packet_id), properties)| {
            let acknowledged = qos != QoS::AtMostOnce;
            Publish {
                topic,
                payload,
                qos,
                retain,
                dup: dup && acknowledged,
                packet_id: acknowledged.then_some(packet_id),
                properties,
            }
        },
    )
}

fn ack(version: ProtocolVersion, place: PacketType) -> impl Strategy<Value = Ack> {
    (packet_id(), reason(place, version), properties(version, Some(place))).prop_map(
        move |(packet_id, reason, properties)| match version {
            ProtocolVersion::V31 | ProtocolVersion::V311 => Ack { packet_id, ..Ack::default() },
            ProtocolVersion::V5 => Ack { packet_id, reason, properties },
        },
    )
}

fn options(version: ProtocolVersion) -> impl Strategy<Value = SubscriptionOptions> {
    let handling = prop_oneof![
        Just(RetainHandling::Send),
        Just(RetainHandling::SendIfNew),
        Just(RetainHandling::DoNotSend),
    ];
    (qos(), any::<bool>(), any::<bool>(), handling).prop_map(
        move |(qos, no_local, retain_as_published, retain_handling)| match version {
            ProtocolVersion::V31 | ProtocolVersion::V311 => {
                SubscriptionOptions { qos, ..SubscriptionOptions::default() }
            }
            ProtocolVersion::V5 => {
                SubscriptionOptions { qos, no_local, retain_as_published, retain_handling }
            }
        },
    )
}

fn subscribe(version: ProtocolVersion) -> impl Strategy<Value = Subscribe> {
    let filter = (text(), options(version))
        .prop_map(|(filter, options)| SubscribeFilter { filter, options });
    (packet_id(), properties(version, Some(PacketType::Subscribe)), vec(filter, 1..4))
        .prop_map(|(packet_id, properties, filters)| Subscribe { packet_id, properties, filters })
}

fn suback(version: ProtocolVersion) -> impl Strategy<Value = SubAck> {
    let reasons = vec(reason(PacketType::SubAck, version), 1..4);
    (packet_id(), properties(version, Some(PacketType::SubAck)), reasons)
        .prop_map(|(packet_id, properties, reasons)| SubAck { packet_id, properties, reasons })
}

fn unsubscribe(version: ProtocolVersion) -> impl Strategy<Value = Unsubscribe> {
    (packet_id(), properties(version, Some(PacketType::Unsubscribe)), vec(text(), 1..4))
        .prop_map(|(packet_id, properties, filters)| Unsubscribe { packet_id, properties, filters })
}

fn unsuback(version: ProtocolVersion) -> impl Strategy<Value = UnsubAck> {
    let reasons = vec(reason(PacketType::UnsubAck, ProtocolVersion::V5), 1..4);
    (packet_id(), properties(version, Some(PacketType::UnsubAck)), reasons).prop_map(
        move |(packet_id, properties, reasons)| match version {
            ProtocolVersion::V31 | ProtocolVersion::V311 => {
                UnsubAck { packet_id, ..UnsubAck::default() }
            }
            ProtocolVersion::V5 => UnsubAck { packet_id, properties, reasons },
        },
    )
}
