//! What becomes of messages and requests, step by step, without an engine.

use bytes::Bytes;
use wiretree_model::{Properties, Topic};
use wiretree_wire::ReasonCode;

use super::*;
use crate::publish::PublishTicket;
use crate::{PublishOutcome, SubscribeOutcome};

fn outbox(version: ProtocolVersion, receive_maximum: Option<u16>) -> Outbox {
    let mut outbox = Outbox::new(version, 0);
    outbox.connected(&ServerLimits { receive_maximum, ..ServerLimits::default() });
    outbox
}

fn give(outbox: &mut Outbox, qos: QoS) -> (Token, PublishTicket) {
    let (progress, ticket) = Progress::new(qos, None);
    let publish =
        Publish { topic: Topic::received("t"), payload: Bytes::new(), qos, ..Publish::default() };
    (outbox.publish(publish, Some(progress)), ticket)
}

/// The identifier and the DUP flag with which it goes.
fn sent(departure: Departure) -> (Option<u16>, bool) {
    match departure {
        Departure::Send(Packet::Publish(publish)) => (publish.packet_id, publish.dup),
        other => panic!("{other:?}"),
    }
}

fn ack(packet_id: u16, code: u8) -> Ack {
    Ack { packet_id, reason: ReasonCode(code), properties: Properties::default() }
}

#[test]
fn each_message_ends_as_its_acknowledgement_says() {
    use QoS::{AtLeastOnce as One, ExactlyOnce as Two};
    type Answers = &'static [(PacketType, u8)];
    let cases: [(QoS, Answers, &str); 7] = [
        (One, &[(PacketType::PubAck, 0)], "acknowledged 0x00"),
        (One, &[(PacketType::PubAck, 0x10)], "acknowledged 0x10"),
        (One, &[(PacketType::PubAck, 0x87)], "rejected"),
        (Two, &[(PacketType::PubRec, 0), (PacketType::PubComp, 0)], "acknowledged 0x00"),
        (Two, &[(PacketType::PubRec, 0x97)], "rejected"),
        (Two, &[(PacketType::PubRec, 0), (PacketType::PubComp, 0x92)], "acknowledged 0x92"),
        (One, &[(PacketType::PubRec, 0), (PacketType::PubComp, 0)], "sent"),
    ];
    for (qos, answers, expected) in cases {
        let mut outbox = outbox(ProtocolVersion::V5, None);
        let (token, ticket) = give(&mut outbox, qos);
        let (id, _) = sent(outbox.depart(token, 5));
        outbox.written(token);
        for (packet, code) in answers {
            let ack = ack(id.unwrap(), *code);
            match packet {
                PacketType::PubAck => drop(outbox.puback(&ack)),
                PacketType::PubRec => {
                    outbox.pubrec(&ack);
                    outbox.release(5);
                }
                _ => drop(outbox.pubcomp(&ack)),
            }
        }
        let outcome = match ticket.outcome() {
            PublishOutcome::Acknowledged { reason, .. } => {
                format!("acknowledged 0x{:02x}", reason.code)
            }
            PublishOutcome::Failed { cause } => cause.code().to_owned(),
            PublishOutcome::Sent => "sent".to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(outcome, expected, "{qos:?} {answers:?}");
    }
}

#[test]
fn no_more_is_under_way_than_the_broker_takes() {
    let mut outbox = outbox(ProtocolVersion::V5, Some(2));
    let tokens: Vec<_> = (0..4).map(|_| give(&mut outbox, QoS::AtLeastOnce).0).collect();
    assert_eq!(sent(outbox.depart(tokens[0], 1)), (Some(1), false));
    assert_eq!(sent(outbox.depart(tokens[1], 2)), (Some(2), false));
    assert!(matches!(outbox.depart(tokens[2], 3), Departure::Held));
    assert!(matches!(outbox.depart(tokens[3], 4), Departure::Held));
    let (at_most_once, _) = give(&mut outbox, QoS::AtMostOnce);
    assert_eq!(sent(outbox.depart(at_most_once, 0)), (None, false), "QoS 0 does not count");
    assert!(outbox.next_held().is_none());
    assert_eq!(outbox.puback(&ack(2, 0)), Some(2));
    let (token, _) = outbox.next_held().unwrap();
    assert_eq!(token, tokens[2], "in their order");
    assert!(outbox.next_held().is_none());
}

#[test]
fn on_a_resumed_session_what_was_sent_goes_again_as_a_duplicate() {
    let mut outbox = outbox(ProtocolVersion::V5, Some(2));
    let (written, first) = give(&mut outbox, QoS::AtLeastOnce);
    let (queued, second) = give(&mut outbox, QoS::ExactlyOnce);
    let (lost, third) = give(&mut outbox, QoS::AtMostOnce);
    sent(outbox.depart(written, 1));
    outbox.written(written);
    sent(outbox.depart(queued, 2));
    sent(outbox.depart(lost, 0));
    outbox.disconnected(&MqttError::NotConnected);
    let cause = MqttError::NotSent;
    assert_eq!(third.outcome(), PublishOutcome::Failed { cause }, "QoS 0 has no session");
    // Fewer at a time than before: the second has to wait now.
    outbox.connected(&ServerLimits { receive_maximum: Some(1), ..ServerLimits::default() });
    assert_eq!(sent(outbox.depart(written, 1)), (Some(1), true), "the same identifier");
    assert!(matches!(outbox.depart(queued, 2), Departure::Held));
    assert!(matches!(outbox.depart(lost, 0), Departure::Gone));
    outbox.puback(&ack(1, 0));
    assert!(matches!(first.outcome(), PublishOutcome::Acknowledged { .. }));
    let (_, packet) = outbox.next_held().unwrap();
    assert_eq!(sent(Departure::Send(packet)), (Some(2), false), "it was never written");
    assert_eq!(second.outcome(), PublishOutcome::Queued);
}

#[test]
fn what_waits_for_pubcomp_still_counts_on_a_resumed_session() {
    let mut outbox = outbox(ProtocolVersion::V5, Some(1));
    let (first, _) = give(&mut outbox, QoS::ExactlyOnce);
    let (second, _) = give(&mut outbox, QoS::ExactlyOnce);
    sent(outbox.depart(first, 1));
    assert_eq!(outbox.pubrec(&ack(1, 0)), PubRec::Accepted(1));
    outbox.disconnected(&MqttError::NotConnected);
    outbox.connected(&ServerLimits { receive_maximum: Some(1), ..ServerLimits::default() });
    assert_eq!(outbox.release(1), Some(1), "PUBREL goes again");
    assert!(matches!(outbox.depart(second, 2), Departure::Held));
    assert_eq!(outbox.pubrec(&ack(1, 0)), PubRec::Again);
    assert_eq!(outbox.pubcomp(&ack(1, 0)), Some(1));
    assert!(outbox.next_held().is_some());
}

#[test]
fn without_the_session_what_was_written_is_unknown_and_the_rest_was_not_sent() {
    for (answer, cause) in [
        (None, MqttError::SessionLost),
        (Some(Duration::from_secs(60)), MqttError::ClosedAfterPublish),
    ] {
        let mut outbox = outbox(ProtocolVersion::V311, None);
        let (written, first) = give(&mut outbox, QoS::AtLeastOnce);
        let (_, second) = give(&mut outbox, QoS::AtLeastOnce);
        sent(outbox.depart(written, 1));
        outbox.written(written);
        outbox.disconnected(&MqttError::NotConnected);
        assert_eq!(first.outcome(), PublishOutcome::Sent, "there is still hope");
        outbox.session_ended(answer);
        assert_eq!(first.outcome(), PublishOutcome::Unknown { cause });
        let cause = MqttError::NotSent;
        assert_eq!(second.outcome(), PublishOutcome::Failed { cause });
        assert!(outbox.is_empty());
    }
}

#[test]
fn answers_to_nothing_are_told_from_others() {
    let mut outbox = outbox(ProtocolVersion::V5, None);
    assert_eq!(outbox.puback(&ack(1, 0)), None);
    assert_eq!(outbox.pubcomp(&ack(1, 0)), None);
    assert_eq!(outbox.pubrec(&ack(1, 0)), PubRec::Unknown);
    assert!(outbox.suback(&SubAck { packet_id: 1, ..SubAck::default() }).is_none());
    assert!(outbox.unsuback(&UnsubAck { packet_id: 1, ..UnsubAck::default() }).is_none());
    let (token, _) = give(&mut outbox, QoS::AtLeastOnce);
    sent(outbox.depart(token, 1));
    assert_eq!(outbox.pubcomp(&ack(1, 0)), None, "PUBCOMP is no answer to QoS 1");
}

fn wanted(filter: &str, identifier: Option<u32>) -> Subscription {
    Subscription { identifier, ..Subscription::parse(filter, QoS::AtLeastOnce).unwrap() }
}

fn outcomes(event: Option<Event>) -> Vec<(String, u8)> {
    let Some(Event::Subscribed(outcomes)) = event else { panic!("{event:?}") };
    let pair =
        |SubscribeOutcome { subscription, reason }| (subscription.filter.to_string(), reason.code);
    outcomes.into_iter().map(pair).collect()
}

#[test]
fn one_subscribe_for_each_identifier_and_one_answer_for_all() {
    let mut outbox = outbox(ProtocolVersion::V5, None);
    let (reply, mut answer) = oneshot::channel();
    let filters = [wanted("a", Some(1)), wanted("b", None), wanted("c", Some(1))];
    let asking = outbox.subscribe(filters.to_vec(), Some(reply), &ServerLimits::default());
    assert_eq!((asking.tokens.len(), asking.answer), (2, None));
    let mut packets = Vec::new();
    for (token, engine_id) in asking.tokens.into_iter().zip(1..) {
        match outbox.depart_request(token, engine_id, PacketType::Subscribe) {
            Departure::Send(Packet::Subscribe(packet)) => packets.push(packet),
            other => panic!("{other:?}"),
        }
    }
    let filters = |at: usize| {
        packets[at].filters.iter().map(|entry| entry.filter.to_text()).collect::<Vec<_>>()
    };
    assert_eq!((filters(0), filters(1)), (vec!["a".into(), "c".into()], vec!["b".into()]));
    assert_eq!(packets[0].properties.0, [wiretree_model::Property::SubscriptionIdentifier(1)]);
    let suback = |packet_id, codes: &[u8]| SubAck {
        packet_id,
        reasons: codes.iter().copied().map(ReasonCode).collect(),
        ..SubAck::default()
    };
    let (_, event) = outbox.suback(&suback(packets[1].packet_id, &[1])).unwrap();
    assert_eq!(event, None, "the other half is missing");
    let (_, event) = outbox.suback(&suback(packets[0].packet_id, &[0x87])).unwrap();
    let all = [("a".to_owned(), 0x87), ("b".to_owned(), 1), ("c".to_owned(), 0x80)];
    assert_eq!(outcomes(event), all, "what the broker left out is a failure");
    assert_eq!(answer.try_recv().unwrap().unwrap().len(), 3);
}

#[test]
fn what_connack_ruled_out_is_not_asked_for() {
    let mut outbox = outbox(ProtocolVersion::V5, None);
    let no = Some(false);
    let limits = ServerLimits {
        wildcard_subscriptions: no,
        shared_subscriptions: no,
        subscription_identifiers: no,
        ..ServerLimits::default()
    };
    let filters = vec![wanted("a/#", None), wanted("$share/g/a", None), wanted("a", Some(7))];
    let asking = outbox.subscribe(filters.clone(), None, &limits);
    assert!(asking.tokens.is_empty());
    let codes: Vec<_> = outcomes(asking.answer).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, [0xa2, 0x9e, 0xa1]);
    let asking = outbox.subscribe([filters, vec![wanted("b", None)]].concat(), None, &limits);
    assert_eq!((asking.tokens.len(), asking.answer), (1, None), "the rest is asked for");
}

#[test]
fn a_lost_connection_answers_requests_and_tells_what_to_ask_again() {
    let mut outbox = outbox(ProtocolVersion::V311, None);
    let (reply, mut subscribed) = oneshot::channel();
    let filters = vec![wanted("a", None), wanted("b", None)];
    let asking = outbox.subscribe(filters.clone(), Some(reply), &ServerLimits::default());
    let (reply, mut unsubscribed) = oneshot::channel();
    let token = outbox.unsubscribe(vec![TopicFilter::parse("c").unwrap()], reply);
    outbox.depart_request(asking.tokens[0], 1, PacketType::Subscribe);
    outbox.depart_request(token, 2, PacketType::Unsubscribe);
    assert_eq!(outbox.disconnected(&MqttError::NotConnected), filters);
    assert!(subscribed.try_recv().unwrap().is_err());
    assert!(unsubscribed.try_recv().unwrap().is_err());
    let again = outbox.depart_request(asking.tokens[0], 1, PacketType::Subscribe);
    assert!(matches!(again, Departure::Gone), "the engine sends it again, and nobody waits");
}

/// A broker may hold a QoS 2 identifier of the session that ended for us, and would take a new
/// message with it for that one.
#[test]
fn after_the_session_identifiers_are_not_used_again_soon() {
    let mut outbox = outbox(ProtocolVersion::V5, None);
    let (first, _) = give(&mut outbox, QoS::ExactlyOnce);
    assert_eq!(sent(outbox.depart(first, 1)), (Some(1), false));
    outbox.disconnected(&MqttError::NotConnected);
    outbox.session_ended(None);
    let (second, _) = give(&mut outbox, QoS::ExactlyOnce);
    assert_eq!(sent(outbox.depart(second, 1)), (Some(2), false));
}
