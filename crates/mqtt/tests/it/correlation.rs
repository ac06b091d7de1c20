//! Each request gets the answer that was meant for it, in whatever order the answers come.

use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiretree_model::{ProtocolVersion, Publish, QoS, TopicFilter};
use wiretree_mqtt::{ConnectOptions, MqttError, PublishOutcome};
use wiretree_wire::{Ack, ConnAck, Packet, ReasonCode, SubAck, UnsubAck, decode, encode};

use crate::common::{Client, filter, message};

const REQUESTS: usize = 20_000;
/// Answers of the peer are held until so many wait, and then sent in any order.
const HELD: usize = 40;

/// The code that goes with a number, so that a wrong answer is found out.
fn code(number: usize) -> u8 {
    [0x00, 0x10, 0x80, 0x87, 0x97][number % 5]
}

fn number(text: &str) -> usize {
    text.rsplit('/').next().unwrap().parse().unwrap()
}

fn ack(packet_id: u16, code: u8) -> Ack {
    Ack { packet_id, reason: ReasonCode(code), ..Ack::default() }
}

/// The answer to a packet, if it wants one.
fn answer(packet: Packet, open: &mut std::collections::HashMap<u16, u8>) -> Option<Packet> {
    Some(match packet {
        Packet::Publish(Publish { qos: QoS::AtMostOnce, .. }) => return None,
        Packet::Publish(publish) => {
            let (id, code) = (publish.packet_id.unwrap(), code(number(&publish.topic.to_text())));
            assert!(open.insert(id, code).is_none(), "identifier {id} is in use");
            match publish.qos {
                QoS::AtLeastOnce => {
                    open.remove(&id);
                    Packet::PubAck(ack(id, code))
                }
                // What is refused at once ends here.
                _ if code >= 0x80 => {
                    open.remove(&id);
                    Packet::PubRec(ack(id, code))
                }
                _ => Packet::PubRec(ack(id, 0)),
            }
        }
        Packet::PubRel(release) => {
            let code = open.remove(&release.packet_id).expect("a PUBLISH came before it");
            Packet::PubComp(ack(release.packet_id, code))
        }
        Packet::Subscribe(request) => {
            let number = number(&request.filters[0].filter.to_text());
            let reasons = vec![ReasonCode(if code(number) == 0x10 { 1 } else { code(number) })];
            Packet::SubAck(SubAck { packet_id: request.packet_id, reasons, ..SubAck::default() })
        }
        Packet::Unsubscribe(request) => {
            let reasons = vec![ReasonCode(code(number(&request.filters[0].to_text())))];
            let packet_id = request.packet_id;
            Packet::UnsubAck(UnsubAck { packet_id, reasons, ..UnsubAck::default() })
        }
        _ => return None,
    })
}

/// Answers in any order. Notes the most messages that were unanswered at a time.
async fn shuffle(mut stream: TcpStream, receive_maximum: u16, most: Arc<Mutex<usize>>) {
    let version = ProtocolVersion::V5;
    let mut random = StdRng::seed_from_u64(7);
    let mut received = BytesMut::new();
    let mut open = std::collections::HashMap::new();
    let mut answers = Vec::new();
    let mut under_way = 0_usize;
    let mut out = Vec::new();
    loop {
        while let Some(packet) = decode(&mut received, version, usize::MAX).unwrap() {
            if let Packet::Connect(_) = packet {
                let limit = wiretree_model::Property::ReceiveMaximum(receive_maximum);
                let properties = wiretree_model::Properties(vec![limit]);
                let connack = Packet::ConnAck(ConnAck { properties, ..ConnAck::default() });
                encode(&connack, version, &mut out).unwrap();
            }
            let is_message = matches!(&packet, Packet::Publish(one) if one.qos != QoS::AtMostOnce);
            under_way += usize::from(is_message);
            let mut most = most.lock().unwrap();
            *most = under_way.max(*most);
            answers.extend(answer(packet, &mut open));
        }
        answers.shuffle(&mut random);
        // What is held back is answered when nothing else comes.
        let keep = if random.random_bool(0.5) { HELD.min(answers.len()) } else { 0 };
        for packet in answers.drain(keep..) {
            let ends = match &packet {
                Packet::PubAck(_) | Packet::PubComp(_) => true,
                Packet::PubRec(ack) => ack.reason.is_failure(),
                _ => false,
            };
            under_way -= usize::from(ends);
            encode(&packet, version, &mut out).unwrap();
        }
        if stream.write_all(&std::mem::take(&mut out)).await.is_err() {
            return;
        }
        let read = stream.read_buf(&mut received);
        if answers.is_empty() {
            if !read.await.is_ok_and(|length| length > 0) {
                return;
            }
        } else if let Some(read) = futures_util::FutureExt::now_or_never(read)
            && !read.is_ok_and(|length| length > 0)
        {
            return;
        } else {
            tokio::task::yield_now().await;
        }
    }
}

fn check(number: usize, qos: QoS, outcome: &PublishOutcome) {
    let code = code(number);
    match outcome {
        PublishOutcome::Sent => assert_eq!(qos, QoS::AtMostOnce, "{number}"),
        PublishOutcome::Acknowledged { reason, .. } => assert_eq!(reason.code, code, "{number}"),
        PublishOutcome::Failed { cause: MqttError::Rejected(reason) } => {
            assert_eq!(reason.code, code, "{number}");
        }
        other => panic!("{number}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_mixed_requests_get_their_own_answers() {
    for receive_maximum in [5, 500] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let most = Arc::new(Mutex::new(0));
        let noted = Arc::clone(&most);
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            shuffle(stream, receive_maximum, noted).await;
        });
        let mut client = Client::open(ConnectOptions { port, ..ConnectOptions::default() });
        client.connected().await;
        let connection = client.connection.clone();
        let drain = tokio::spawn(async move {
            // Nobody else reads the answers to SUBSCRIBE.
            client.until("the end", |_| None::<()>).await
        });
        let mut tickets = Vec::new();
        let mut requests = tokio::task::JoinSet::new();
        for number in 0..REQUESTS {
            let topic = format!("topic/{number}");
            let connection = connection.clone();
            match number % 8 {
                6 => drop(requests.spawn(async move {
                    let wanted = vec![filter(&topic, QoS::AtLeastOnce)];
                    let outcomes = connection.subscribe(wanted).await.unwrap();
                    let expected = if code(number) == 0x10 { 1 } else { code(number) };
                    assert_eq!(outcomes[0].reason.code, expected, "{number}");
                })),
                7 => drop(requests.spawn(async move {
                    let wanted = vec![TopicFilter::parse(&topic).unwrap()];
                    let outcomes = connection.unsubscribe(wanted).await.unwrap();
                    assert_eq!(outcomes[0].reason.code, code(number), "{number}");
                })),
                kind => {
                    let qos = QoS::from_bits(kind as u8 % 3).unwrap();
                    let ticket = connection.publish(message(&topic, "x", qos)).await;
                    tickets.push((number, qos, ticket));
                }
            }
        }
        for (number, qos, ticket) in tickets {
            check(number, qos, &ticket.finished().await);
        }
        while let Some(answered) = requests.join_next().await {
            answered.unwrap();
        }
        drain.abort();
        let most = *most.lock().unwrap();
        assert!(most <= receive_maximum.into(), "{most} were under way at a time");
    }
}
