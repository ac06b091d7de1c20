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

/// Any packet of this version.
pub(crate) fn packet(version: ProtocolVersion) -> BoxedStrategy<Packet> {
    let common = prop_oneof![
        connect(version).prop_map(Packet::Connect),
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
            let outcome = |place| (reason(), properties(version, Some(place)));
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

fn reason() -> impl Strategy<Value = ReasonCode> {
    any::<u8>().prop_map(ReasonCode)
}

fn packet_id() -> impl Strategy<Value = u16> {
    1..=u16::MAX
}

/// User properties, repeated or not, and one property that belongs to this place.
fn properties(
    version: ProtocolVersion,
    place: Option<PacketType>,
) -> impl Strategy<Value = Properties> {
    let user =
        vec((text(), text()).prop_map(|(name, value)| Property::UserProperty(name, value)), 0..3);
    (user, option::of(special(place))).prop_map(move |(user, special)| match version {
        ProtocolVersion::V31 | ProtocolVersion::V311 => Properties::default(),
        ProtocolVersion::V5 => Properties(user.into_iter().chain(special).collect()),
    })
}

fn special(place: Option<PacketType>) -> BoxedStrategy<Property> {
    use Property as P;
    match place {
        None => prop_oneof![
            any::<u32>().prop_map(P::WillDelayInterval),
            text().prop_map(P::ContentType),
        ]
        .boxed(),
        Some(PacketType::Connect) => prop_oneof![
            any::<u32>().prop_map(P::SessionExpiryInterval),
            (1..=u16::MAX).prop_map(P::ReceiveMaximum),
            (0..=1_u8).prop_map(P::RequestProblemInformation),
            binary().prop_map(P::AuthenticationData),
        ]
        .boxed(),
        Some(PacketType::ConnAck) => prop_oneof![
            text().prop_map(P::AssignedClientIdentifier),
            any::<u16>().prop_map(P::ServerKeepAlive),
            (1..=u32::MAX).prop_map(P::MaximumPacketSize),
            (0..=1_u8).prop_map(P::MaximumQoS),
        ]
        .boxed(),
        Some(PacketType::Publish) => prop_oneof![
            any::<u32>().prop_map(P::MessageExpiryInterval),
            binary().prop_map(P::CorrelationData),
            (1..=u16::MAX).prop_map(P::TopicAlias),
            (1..=268_435_455_u32).prop_map(P::SubscriptionIdentifier),
        ]
        .boxed(),
        Some(PacketType::Subscribe) => {
            (1..=268_435_455_u32).prop_map(P::SubscriptionIdentifier).boxed()
        }
        Some(PacketType::Unsubscribe) => {
            (text(), text()).prop_map(|(name, value)| P::UserProperty(name, value)).boxed()
        }
        Some(_) => text().prop_map(P::ReasonString).boxed(),
    }
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
    (any::<bool>(), reason(), properties(version, Some(PacketType::ConnAck))).prop_map(
        |(session_present, reason, properties)| ConnAck { session_present, reason, properties },
    )
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
    (packet_id(), reason(), properties(version, Some(place))).prop_map(
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
    (packet_id(), properties(version, Some(PacketType::SubAck)), vec(reason(), 1..4))
        .prop_map(|(packet_id, properties, reasons)| SubAck { packet_id, properties, reasons })
}

fn unsubscribe(version: ProtocolVersion) -> impl Strategy<Value = Unsubscribe> {
    (packet_id(), properties(version, Some(PacketType::Unsubscribe)), vec(text(), 1..4))
        .prop_map(|(packet_id, properties, filters)| Unsubscribe { packet_id, properties, filters })
}

fn unsuback(version: ProtocolVersion) -> impl Strategy<Value = UnsubAck> {
    (packet_id(), properties(version, Some(PacketType::UnsubAck)), vec(reason(), 1..4)).prop_map(
        move |(packet_id, properties, reasons)| match version {
            ProtocolVersion::V31 | ProtocolVersion::V311 => {
                UnsubAck { packet_id, ..UnsubAck::default() }
            }
            ProtocolVersion::V5 => UnsubAck { packet_id, properties, reasons },
        },
    )
}
