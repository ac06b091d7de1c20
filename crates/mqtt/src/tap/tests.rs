//! The tap between a scripted broker and a real engine, in memory.

use std::future::poll_fn;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wiretree_model::{Acknowledge, ConnectProperties, Properties, Property, Publish, QoS, Topic};
use wiretree_wire::{Ack, Auth, Disconnect, Packet, decode, encode};

use super::*;
use crate::engine::{Engine, EngineRequests};
use crate::events::{self, Event, Events, Notice};
use crate::scram::tests::Server;
use crate::{Farewell, Traced};

/// A connection that is up, its broker, and what came out of it.
struct Bench {
    tap: Option<Tap>,
    broker: Broker,
    state: SessionState,
    outlet: Outlet,
    events: Events,
    requests: EngineRequests,
    trace: Trace,
}

/// The other side.
struct Broker {
    stream: DuplexStream,
    received: BytesMut,
    version: ProtocolVersion,
}

impl Broker {
    async fn send(&mut self, packet: &Packet) {
        let mut bytes = Vec::new();
        encode(packet, self.version, &mut bytes).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
    }

    /// The next packet; none when the connection was closed.
    async fn next(&mut self) -> Option<Packet> {
        loop {
            if let Some(packet) = decode(&mut self.received, self.version, usize::MAX).unwrap() {
                return Some(packet);
            }
            if self.stream.read_buf(&mut self.received).await.unwrap() == 0 {
                return None;
            }
        }
    }
}

fn bench(options: &ConnectOptions, limits: &ServerLimits) -> Bench {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let version = options.protocol;
    let trace = Trace::default();
    trace.set_recording(true);
    let rest = BytesMut::new();
    let beginning =
        Beginning { stream: Box::new(near), rest, resumes: false, limits, connection: 1 };
    let (tap, pipe) = Tap::new(options, beginning, trace.clone());
    let mut engine = Engine::new().unwrap();
    let requests = engine.requests();
    tokio::spawn(async move { engine.run(pipe).await });
    let (outlet, events) = events::queue();
    let mut state = SessionState {
        receiver: Receiver::new(options.acknowledge, options.properties.receive_maximum),
        outbox: Outbox::new(version, 0),
        subscriptions: Vec::new(),
    };
    state.outbox.connected(limits);
    let broker = Broker { stream: far, received: BytesMut::new(), version };
    Bench { tap: Some(tap), broker, state, outlet, events, requests, trace }
}

impl Bench {
    /// Lets the tap work until this has happened.
    async fn while_working<T>(&mut self, act: impl AsyncFnOnce(&mut Broker) -> T) -> T {
        let Self { tap, state, outlet, broker, .. } = self;
        let tap = tap.as_mut().unwrap();
        let work = async {
            loop {
                let worked = poll_fn(|context| tap.poll(context, state, outlet)).await;
                worked.unwrap_or_else(|fault| panic!("{fault:?}"));
            }
        };
        tokio::select! {
            acted = act(broker) => acted,
            () = work => unreachable!("it works until it is dropped"),
        }
    }

    /// Lets the tap work until the connection ends.
    async fn fault(&mut self) -> Fault {
        let Self { tap, state, outlet, .. } = self;
        let tap = tap.as_mut().unwrap();
        loop {
            if let Err(fault) = poll_fn(|context| tap.poll(context, state, outlet)).await {
                return fault;
            }
        }
    }

    async fn handed_on(&mut self) -> Vec<Event> {
        self.outlet.put_all().await.map_err(|_| "gone").unwrap();
        let mut all = Vec::new();
        while let Some(Some(event)) = futures_util::FutureExt::now_or_never(self.events.next()) {
            all.push(event);
        }
        all
    }

    async fn messages(&mut self) -> Vec<Publish> {
        let batches = self.handed_on().await.into_iter().filter_map(|event| match event {
            Event::Messages(batch) => Some(batch),
            _ => None,
        });
        batches.flatten().map(|message| message.publish).collect()
    }
}

fn options(version: ProtocolVersion) -> ConnectOptions {
    ConnectOptions { protocol: version, ..ConnectOptions::default() }
}

fn publish(qos: QoS, id: u16) -> Packet {
    let packet_id = (qos != QoS::AtMostOnce).then_some(id);
    let topic = Topic::received("t");
    Packet::Publish(Publish { topic, qos, packet_id, ..Publish::default() })
}

fn alias(topic: &str, alias: u16) -> Packet {
    let properties = Properties(vec![Property::TopicAlias(alias)]);
    Packet::Publish(Publish { topic: Topic::received(topic), properties, ..Publish::default() })
}

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::V311, ProtocolVersion::V5];

#[tokio::test]
async fn messages_are_handed_on_once_and_answered_as_their_qos_says() {
    for version in VERSIONS {
        let mut bench = bench(&options(version), &ServerLimits::default());
        bench
            .while_working(async |broker| {
                broker.send(&publish(QoS::AtMostOnce, 0)).await;
                broker.send(&publish(QoS::AtLeastOnce, 7)).await;
                broker.send(&publish(QoS::ExactlyOnce, 8)).await;
                broker.send(&publish(QoS::ExactlyOnce, 8)).await;
                let ack = |packet_id| Ack { packet_id, ..Ack::default() };
                assert_eq!(broker.next().await, Some(Packet::PubAck(ack(7))));
                assert_eq!(broker.next().await, Some(Packet::PubRec(ack(8))));
                broker.send(&Packet::PubRel(ack(8))).await;
                let mut answer = broker.next().await;
                if answer == Some(Packet::PubRec(ack(8))) {
                    // The duplicate may have been read later than the first.
                    answer = broker.next().await;
                }
                assert_eq!(answer, Some(Packet::PubComp(ack(8))));
            })
            .await;
        assert_eq!(bench.messages().await.len(), 3, "{version:?}");
    }
}

#[tokio::test]
async fn an_unknown_pubrel_is_answered() {
    for (version, code) in VERSIONS.into_iter().zip([0, 0x92]) {
        let mut bench = bench(&options(version), &ServerLimits::default());
        let answer = bench.while_working(async |broker| {
            broker.send(&Packet::PubRel(Ack { packet_id: 3, ..Ack::default() })).await;
            broker.next().await
        });
        let Some(Packet::PubComp(ack)) = answer.await else { panic!("no PUBCOMP") };
        assert_eq!((ack.packet_id, ack.reason.0), (3, code));
    }
}

#[tokio::test]
async fn after_commit_nothing_is_acknowledged_before_it_is_recorded() {
    let options =
        ConnectOptions { acknowledge: Acknowledge::AfterCommit, ..options(ProtocolVersion::V5) };
    let mut bench = bench(&options, &ServerLimits::default());
    bench
        .while_working(async |broker| {
            broker.send(&publish(QoS::AtLeastOnce, 1)).await;
            broker.send(&publish(QoS::ExactlyOnce, 2)).await;
            broker.send(&Packet::PubRel(Ack { packet_id: 9, ..Ack::default() })).await;
            let first = broker.next().await;
            assert!(matches!(first, Some(Packet::PubComp(_))), "before those: {first:?}");
        })
        .await;
    bench.state.receiver.recorded(2);
    bench
        .while_working(async |broker| {
            let ack = |packet_id| Ack { packet_id, ..Ack::default() };
            assert_eq!(broker.next().await, Some(Packet::PubAck(ack(1))));
            assert_eq!(broker.next().await, Some(Packet::PubRec(ack(2))));
        })
        .await;
}

#[tokio::test]
async fn aliases_are_resolved_and_an_unknown_one_ends_the_connection() {
    let properties =
        ConnectProperties { topic_alias_maximum: Some(5), ..ConnectProperties::default() };
    let options = ConnectOptions { properties, ..options(ProtocolVersion::V5) };
    let mut bench = bench(&options, &ServerLimits::default());
    for packet in [alias("a/b", 1), alias("", 1), alias("", 2)] {
        bench.broker.send(&packet).await;
    }
    let fault = bench.fault().await;
    assert_eq!(fault.goodbye, Some(ReasonCode::TOPIC_ALIAS_INVALID));
    let topics: Vec<_> =
        bench.messages().await.iter().map(|one| one.topic.to_text().into_owned()).collect();
    assert_eq!(topics, ["a/b", "a/b"], "what came before it is kept");
}

#[tokio::test]
async fn what_cannot_be_lived_with_ends_the_connection_with_its_reason() {
    let large = Packet::Publish(Publish {
        topic: Topic::received("t"),
        payload: Bytes::from(vec![0; 2000]),
        ..Publish::default()
    });
    let mut too_large = Vec::new();
    encode(&large, ProtocolVersion::V5, &mut too_large).unwrap();
    let cases: [(&[u8], &str, Option<u8>); 10] = [
        // QoS 3, and a topic that ends behind the packet.
        (&[0x36, 6, 0, 1, b't', 0, 1, 0], "protocol", Some(0x81)),
        (&[0x30, 3, 0, 9, b't'], "protocol", Some(0x81)),
        (&too_large[..4], "packet-too-large", Some(0x95)),
        (&[0x30, 0xff, 0xff, 0xff, 0xff], "protocol", Some(0x81)),
        (&[0x00, 0], "protocol", Some(0x81)),
        (&[0x32, 5, 0, 1, b't', 0, 0], "protocol", Some(0x82)),
        (&[0xc0, 0], "protocol", Some(0x82)),
        (&[0x20, 3, 0, 0, 0], "protocol", Some(0x82)),
        (&[0xf0, 2, 0x18, 0], "protocol", Some(0x82)),
        (&[0xe0, 1, 0x8b], "disconnected", None),
    ];
    for (bytes, code, goodbye) in cases {
        let options = ConnectOptions { packet_limit: 1000, ..options(ProtocolVersion::V5) };
        let mut bench = bench(&options, &ServerLimits::default());
        bench.broker.send(&publish(QoS::AtMostOnce, 0)).await;
        bench.broker.stream.write_all(bytes).await.unwrap();
        let fault = bench.fault().await;
        assert_eq!(fault.error.code(), code, "{bytes:02x?}: {}", fault.error);
        assert_eq!(fault.goodbye.map(|reason| reason.0), goodbye, "{bytes:02x?}");
        assert_eq!(bench.messages().await.len(), 1, "what came before it is kept");
        if let Some(reason) = fault.goodbye {
            let tap = bench.tap.take().unwrap();
            let told = async {
                let told = bench.broker.next().await;
                drop(bench.broker);
                told
            };
            let ((), told) = tokio::join!(tap.leave_because(reason), told);
            let expected = Disconnect { reason, ..Disconnect::default() };
            assert_eq!(told, Some(Packet::Disconnect(expected)));
        }
    }
}

#[tokio::test]
async fn what_can_be_lived_with_is_kept_and_told_once() {
    let mut bench = bench(&options(ProtocolVersion::V5), &ServerLimits::default());
    // A topic that is not UTF-8, twice.
    let odd = [0x30, 4, 0, 1, 0xff, 0];
    bench
        .while_working(async |broker| {
            broker.stream.write_all(&[odd, odd].concat()).await.unwrap();
            broker.send(&Packet::PubAck(Ack { packet_id: 77, ..Ack::default() })).await;
            broker.send(&Packet::PubRel(Ack { packet_id: 3, ..Ack::default() })).await;
            assert!(matches!(broker.next().await, Some(Packet::PubComp(_))), "it goes on");
        })
        .await;
    let mut told = Vec::new();
    let mut topics = Vec::new();
    for event in bench.handed_on().await {
        match event {
            Event::Messages(batch) => {
                topics.extend(batch.into_iter().map(|one| one.publish.topic.as_bytes().to_vec()));
            }
            Event::Notice(Notice::Deviation { packet, .. }) => told.push(packet),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((topics, told), (vec![vec![0xff]; 2], vec!["PUBLISH", "PUBACK"]));
}

#[tokio::test]
async fn while_nobody_takes_messages_nothing_is_read_and_pings_go_on() {
    let options = ConnectOptions { packet_limit: u32::MAX, ..options(ProtocolVersion::V5) };
    let mut bench = bench(&options, &ServerLimits::default());
    // More batches than may wait, with nobody to take them.
    let heavy = Packet::Publish(Publish {
        topic: Topic::received("t"),
        payload: Bytes::from(vec![0; 300_000]),
        ..Publish::default()
    });
    let Bench { tap, state, outlet, broker, .. } = &mut bench;
    let flood = async {
        loop {
            broker.send(&heavy).await;
        }
    };
    let work = async {
        while outlet.has_room() {
            let tap = tap.as_mut().unwrap();
            poll_fn(|context| tap.poll(context, state, outlet)).await.unwrap();
            assert!(tap.output.waiting() < 4 << 20, "it has to stop some time");
        }
    };
    tokio::select! {
        () = flood => unreachable!("it never ends"),
        () = work => {}
    }
    let (reply, answer) = oneshot::channel();
    bench.tap.as_mut().unwrap().ping(Some(reply)).unwrap();
    bench
        .while_working(async |broker| {
            assert_eq!(broker.next().await, Some(Packet::PingReq), "writing goes on");
        })
        .await;
    drop(bench);
    assert_eq!(answer.await.unwrap(), Err(MqttError::NotConnected), "nobody waits for ever");
}

#[tokio::test]
async fn each_packet_is_traced_both_ways() {
    let mut bench = bench(&options(ProtocolVersion::V5), &ServerLimits::default());
    let (reply, answer) = oneshot::channel();
    bench.tap.as_mut().unwrap().ping(Some(reply)).unwrap();
    bench
        .while_working(async |broker| {
            assert_eq!(broker.next().await, Some(Packet::PingReq));
            broker.send(&Packet::PingResp).await;
            assert!(answer.await.unwrap().is_ok());
            broker.send(&publish(QoS::AtLeastOnce, 5)).await;
            broker.next().await
        })
        .await;
    let tap = bench.tap.take().unwrap();
    drop(bench.broker);
    tap.leave(&Farewell::default()).await;
    let first_bytes: Vec<_> = bench
        .trace
        .read(0, 100)
        .into_iter()
        .filter_map(|entry| match entry.content {
            Traced::Packet { direction, bytes, .. } => Some((direction, bytes[0])),
            Traced::Event(_) => None,
        })
        .collect();
    use wiretree_model::Direction::{Received, Sent};
    let expected = [(Sent, 0xc0), (Received, 0xd0), (Received, 0x32), (Sent, 0x40), (Sent, 0xe0)];
    assert_eq!(first_bytes, expected);
}

#[tokio::test]
async fn what_is_published_carries_everything_and_an_alias_where_it_may() {
    let options = ConnectOptions { send_topic_aliases: true, ..options(ProtocolVersion::V5) };
    let limits = ServerLimits { topic_alias_maximum: Some(1), ..ServerLimits::default() };
    let mut bench = bench(&options, &limits);
    let pair = |name: &str| Property::UserProperty(name.into(), "v".into());
    let properties = Properties(vec![pair("b"), Property::ContentType("x/y".into()), pair("a")]);
    let message = Publish {
        topic: Topic::received("a/b"),
        payload: Bytes::from_static(&[0, 0xff]),
        retain: true,
        properties,
        ..Publish::default()
    };
    for _ in 0..2 {
        let token = bench.state.outbox.publish(message.clone(), None);
        bench.requests.publish(token, QoS::AtMostOnce).unwrap();
    }
    let (first, second) =
        bench.while_working(async |broker| (broker.next().await, broker.next().await)).await;
    let with_alias = |topic: &str| {
        let mut sent = Publish { topic: Topic::received(topic), ..message.clone() };
        sent.properties.0.push(Property::TopicAlias(1));
        Some(Packet::Publish(sent))
    };
    assert_eq!((first, second), (with_alias("a/b"), with_alias("")));
}

/// With this keep-alive, in seconds.
fn keeping_alive(seconds: u16) -> Bench {
    let options = ConnectOptions { keep_alive: seconds, ..options(ProtocolVersion::V5) };
    bench(&options, &ServerLimits::default())
}

#[tokio::test(start_paused = true)]
async fn a_silent_broker_is_given_up_after_one_and_a_half_keep_alives() {
    let mut bench = keeping_alive(10);
    let started = Instant::now();
    let fault = bench.fault().await;
    assert_eq!((fault.error.code(), started.elapsed().as_secs()), ("keep-alive", 15));
    assert_eq!(bench.broker.next().await, Some(Packet::PingReq), "it was asked before");
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_takes_nothing_is_given_up_as_well() {
    let mut bench = keeping_alive(10);
    let payload = Bytes::from(vec![0; 1_000_000]);
    let large = Publish { topic: Topic::received("t"), payload, ..Publish::default() };
    let token = bench.state.outbox.publish(large, None);
    bench.requests.publish(token, QoS::AtMostOnce).unwrap();
    let started = Instant::now();
    let fault = bench.fault().await;
    assert_eq!((fault.error.code(), started.elapsed().as_secs()), ("keep-alive", 15));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_trickles_in_is_a_sign_of_life() {
    let mut bench = keeping_alive(10);
    let mut bytes = Vec::new();
    encode(&publish(QoS::AtMostOnce, 0), ProtocolVersion::V5, &mut bytes).unwrap();
    bench
        .while_working(async |broker| {
            for byte in &bytes {
                tokio::time::sleep(Duration::from_secs(9)).await;
                broker.stream.write_all(&[*byte]).await.unwrap();
            }
            // It is seen when the next thing is.
            broker.send(&Packet::PubRel(Ack { packet_id: 1, ..Ack::default() })).await;
            while !matches!(broker.next().await, Some(Packet::PubComp(_))) {}
        })
        .await;
    assert_eq!(bench.messages().await.len(), 1, "after a minute");
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_answers_is_asked_once_in_each_keep_alive() {
    let mut bench = keeping_alive(10);
    let pings = bench.while_working(async |broker| {
        let mut pings = 0;
        let answering = async {
            while let Some(Packet::PingReq) = broker.next().await {
                pings += 1;
                broker.send(&Packet::PingResp).await;
            }
        };
        let hour = Duration::from_secs(3605);
        assert!(tokio::time::timeout(hour, answering).await.is_err(), "it stays up");
        pings
    });
    assert_eq!(pings.await, 360);
}

#[tokio::test(start_paused = true)]
async fn without_a_keep_alive_nobody_is_asked_and_the_brokers_wish_counts() {
    let off = ServerLimits { server_keep_alive: Some(0), ..ServerLimits::default() };
    let mut silent = bench(&options(ProtocolVersion::V5), &off);
    let day = Duration::from_secs(86_400);
    silent.while_working(async |_| tokio::time::sleep(day).await).await;
    let short = ServerLimits { server_keep_alive: Some(3), ..ServerLimits::default() };
    let mut bench = bench(&options(ProtocolVersion::V5), &short);
    let started = Instant::now();
    bench.while_working(async |broker| broker.next().await).await;
    assert_eq!(started.elapsed().as_secs(), 3);
}

fn authentication_data(packet: Option<Packet>) -> (ReasonCode, Bytes) {
    let Some(Packet::Auth(auth)) = packet else { panic!("{packet:?}") };
    let data = auth.properties.iter().find_map(|property| match property {
        Property::AuthenticationData(data) => Some(data.clone()),
        _ => None,
    });
    (auth.reason, data.unwrap())
}

fn auth(reason: ReasonCode, data: String) -> Packet {
    let properties = Properties(vec![
        Property::AuthenticationMethod("SCRAM-SHA-256".into()),
        Property::AuthenticationData(data.into()),
    ]);
    Packet::Auth(Auth { reason, properties })
}

#[tokio::test]
async fn both_sides_prove_the_password_anew() {
    let mut bench = bench(&options(ProtocolVersion::V5), &ServerLimits::default());
    let scram = || Scram::new("ada", &wiretree_model::Secret::new("right")).unwrap();
    let (reply, answer) = oneshot::channel();
    let tap = bench.tap.as_mut().unwrap();
    tap.reauthenticate(scram(), reply);
    let (second, refused) = oneshot::channel();
    tap.reauthenticate(scram(), second);
    assert!(refused.await.unwrap().is_err(), "one at a time");
    bench
        .while_working(async |broker| {
            let (reason, first) = authentication_data(broker.next().await);
            assert_eq!(reason, ReasonCode::REAUTHENTICATE);
            let server = Server::greet(&first);
            let goes_on = ReasonCode::CONTINUE_AUTHENTICATION;
            broker.send(&auth(goes_on, server.challenge.clone())).await;
            let (reason, last) = authentication_data(broker.next().await);
            assert_eq!(reason, goes_on);
            let proof = server.prove(&last, "right").unwrap();
            broker.send(&auth(ReasonCode::SUCCESS, proof)).await;
            assert_eq!(answer.await.unwrap(), Ok(()));
        })
        .await;
    let (reply, answer) = oneshot::channel();
    bench.tap.as_mut().unwrap().reauthenticate(scram(), reply);
    bench.broker.send(&auth(ReasonCode::SUCCESS, "v=AAAA".to_owned())).await;
    let fault = bench.fault().await;
    assert_eq!(fault.goodbye, Some(ReasonCode::NOT_AUTHORIZED), "it did not know the password");
    assert!(answer.await.unwrap().is_err());
}

#[tokio::test]
async fn a_flood_of_questions_whose_answers_nobody_takes_is_not_read_for_ever() {
    flood(0).await;
    // Behind a message of ours, too.
    flood(200_000).await;
}

async fn flood(ours: usize) {
    let mut bench = bench(&options(ProtocolVersion::V5), &ServerLimits::default());
    let Bench { tap, state, outlet, broker, .. } = &mut bench;
    let tap = tap.as_mut().unwrap();
    tap.output.end().extend(vec![0; ours]);
    tap.output.mark(Mark::Ping);
    let flood = async {
        loop {
            broker.send(&Packet::PubRel(Ack { packet_id: 1, ..Ack::default() })).await;
        }
    };
    let work = async {
        while tap.output.has_room() {
            poll_fn(|context| tap.poll(context, state, outlet)).await.unwrap();
        }
    };
    tokio::select! {
        () = flood => unreachable!("it never ends"),
        () = work => {}
    }
    let before = tap.output.waiting();
    let more = poll_fn(|context| Poll::Ready(tap.poll(context, state, outlet).is_ready())).await;
    assert!(!more && tap.output.waiting() == before, "it waits for the broker to read");
}

#[tokio::test]
async fn an_answer_before_the_question_is_none() {
    let mut bench = bench(&options(ProtocolVersion::V5), &ServerLimits::default());
    let Bench { tap, state, outlet, .. } = &mut bench;
    let tap = tap.as_mut().unwrap();
    while poll_fn(|context| Poll::Ready(tap.poll(context, state, outlet).is_ready())).await {}
    let (reply, mut answer) = oneshot::channel();
    tap.ping(Some(reply)).unwrap();
    bench.broker.send(&Packet::PingResp).await;
    bench
        .while_working(async |broker| {
            assert_eq!(broker.next().await, Some(Packet::PingReq));
            assert!(
                answer.try_recv().is_err_and(|none| none == oneshot::error::TryRecvError::Empty)
            );
            broker.send(&Packet::PingResp).await;
            assert!((&mut answer).await.unwrap().is_ok());
        })
        .await;
}
