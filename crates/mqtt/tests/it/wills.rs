//! Wills: when a broker publishes what a connection left with it, and what others then see.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use wiretree_model::{Birth, Properties, Property, ProtocolVersion, Publish, QoS, Topic, Will};
use wiretree_mqtt::{ConnectOptions, Event, Farewell, PublishOutcome, State};
use wiretree_testkit::Mosquitto;

use crate::common::{Client, VERSIONS, eventually, filter, message, to};

const V5: ProtocolVersion = ProtocolVersion::V5;

/// The template of the form: `offline` by will, `online` after each connect, retained with QoS 1.
fn with_status(options: ConnectOptions) -> ConnectOptions {
    let (topic, qos, retain) = (Topic::received("status"), QoS::AtLeastOnce, true);
    let (offline, online) = (Bytes::from("offline"), Bytes::from("online"));
    let birth = Birth { topic: topic.clone(), payload: online, qos, retain };
    let will = Will { topic, payload: offline, qos, retain, ..Will::default() };
    ConnectOptions { will: Some(will), birth: Some(birth), keep_alive: 1, ..options }
}

fn watching_status(broker: &Mosquitto, version: ProtocolVersion) -> ConnectOptions {
    ConnectOptions {
        subscriptions: vec![filter("status", QoS::AtLeastOnce)],
        ..to(broker, version)
    }
}

/// With a will that is published so many seconds after the connection has ended.
fn delayed(broker: &Mosquitto, name: &str, seconds: u32) -> ConnectOptions {
    let properties = Properties(vec![Property::WillDelayInterval(seconds)]);
    let will = Will {
        topic: Topic::received(name),
        payload: "gone".into(),
        qos: QoS::AtLeastOnce,
        retain: false,
        properties,
    };
    ConnectOptions {
        client_id: name.to_owned(),
        clean_start: false,
        session_expiry: 3600,
        will: Some(will),
        ..to(broker, V5)
    }
}

async fn drop_it(client: &mut Client) {
    client.connection.drop_connection();
    let dropped = client
        .until("a pause", |event| match event {
            Event::State(State::Paused { dropped }) => Some(dropped),
            _ => None,
        })
        .await;
    assert!(dropped);
}

async fn heard(client: &mut Client) -> Bytes {
    client.message().await.payload
}

/// How a connection ends without its client's doing.
#[derive(Clone, Copy, Debug)]
enum End {
    /// The network swallows everything: the broker notices by the keep-alive.
    Silence,
    /// The client seems to send what is no packet.
    Nonsense,
}

/// Passes everything on in both directions until it is told how to end it. Gives its port.
async fn relay(target: u16) -> (u16, tokio::sync::oneshot::Sender<End>, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (end, ends) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut broker = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
        let end = tokio::select! {
            end = ends => end.unwrap(),
            ended = tokio::io::copy_bidirectional(&mut client, &mut broker) => {
                panic!("ended too early: {ended:?}")
            }
        };
        if matches!(end, End::Nonsense) {
            // Type 15 with flags, which 3.1.1 does not know and 5 forbids.
            broker.write_all(&[0xff, 0]).await.unwrap();
        }
        let mut rest = BytesMut::new();
        while broker.read_buf(&mut rest).await.is_ok_and(|count| count > 0) {}
    });
    (port, end, task)
}

/// C4-06: who comes later finds the state as well.
#[tokio::test]
async fn the_status_follows_the_connection_and_stays_to_be_found() {
    let broker = Mosquitto::start(&[]);
    for version in VERSIONS {
        let mut other = Client::ready(watching_status(&broker, version)).await;
        let mut client = Client::open(with_status(to(&broker, version)));
        client.connected().await;
        assert_eq!(heard(&mut other).await, "online");
        drop_it(&mut client).await;
        assert_eq!(heard(&mut other).await, "offline", "{version:?}");
        let mut later = Client::ready(watching_status(&broker, version)).await;
        let found = later.message().await;
        assert_eq!((found.payload.as_ref(), found.retain), (&b"offline"[..], true));

        client.connection.retry_now();
        client.connected().await;
        assert_eq!(heard(&mut other).await, "online", "{version:?}: at each connect");
        let outcome = client.connection.publish(clearing()).await.finished().await;
        assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
        client.close().await;
    }
}

/// Takes the state away, for who comes next.
fn clearing() -> Publish {
    Publish { retain: true, ..message("status", "", QoS::AtLeastOnce) }
}

/// C3-11, C4-07: a missed keep-alive and a protocol error count as a death, too.
#[tokio::test]
async fn a_dead_network_and_a_protocol_error_lead_to_the_will() {
    for version in VERSIONS {
        for end in [End::Silence, End::Nonsense] {
            let broker = Mosquitto::start(&[]);
            let mut other = Client::ready(watching_status(&broker, version)).await;
            let (port, ending, task) = relay(broker.port()).await;
            let client_id = "fragile".to_owned();
            let options = ConnectOptions { port, client_id, ..to(&broker, version) };
            let mut client = Client::open(with_status(options));
            client.connected().await;
            assert_eq!(heard(&mut other).await, "online");
            ending.send(end).unwrap();
            assert_eq!(heard(&mut other).await, "offline", "{version:?}: {end:?}");
            if matches!(end, End::Silence) {
                let said = || broker.log().contains("fragile has exceeded timeout");
                eventually("the broker says why", said).await;
            }
            client.connection.disconnect(Farewell::default());
            task.await.unwrap();
        }
    }
}

/// C1-27: not at once, but then.
#[tokio::test]
async fn a_delayed_will_comes_after_its_delay() {
    let broker = Mosquitto::start(&[]);
    let watching = vec![filter("#", QoS::AtLeastOnce)];
    let options = ConnectOptions { subscriptions: watching, ..to(&broker, V5) };
    let mut other = Client::ready(options).await;
    let mut client = Client::open(delayed(&broker, "late", 2));
    client.connected().await;
    drop_it(&mut client).await;
    eventually("the broker has noticed", || broker.log().contains("Client late closed")).await;
    other.connection.publish(message("meanwhile", "x", QoS::AtLeastOnce)).await;
    assert_eq!(other.message().await.topic.to_text(), "meanwhile");
    assert_eq!(other.message().await.topic.to_text(), "late");
}

/// C1-27: who is back in time has not died. Another one, which stays away, shows that the time is
/// over.
#[tokio::test]
async fn a_delayed_will_does_not_come_when_the_client_is_back_in_time() {
    let broker = Mosquitto::start(&[]);
    let watching = vec![filter("#", QoS::AtLeastOnce)];
    let options = ConnectOptions { subscriptions: watching, ..to(&broker, V5) };
    let mut other = Client::ready(options).await;
    let mut back = Client::open(delayed(&broker, "back", 5));
    let mut away = Client::open(delayed(&broker, "away", 5));
    back.connected().await;
    away.connected().await;
    drop_it(&mut back).await;
    drop_it(&mut away).await;
    back.connection.retry_now();
    assert!(back.connected().await.session_present);
    assert_eq!(other.message().await.topic.to_text(), "away", "and the other one before it");
    assert_eq!(other.close().await, []);
}
