//! What a person does to a connection that is up: ping, disconnect, drop; and what its packets show.

use std::time::Duration;

use wiretree_model::{Publish, QoS, Topic, Will};
use wiretree_session::{Farewell, PacketFilter, PacketKind, PacketType, Session, State};
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, is_connected, message, page, publish, received, spec, until};

async fn paused(session: &Session) -> bool {
    until(session, "the pause", |frame| match frame.state {
        State::Paused { dropped } => Some(dropped),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_ping_has_a_round_trip_and_shows_among_the_packets() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let session = archive.ready(spec(broker.port())).await;
    let before = session.packets().trace().extent().next;
    session.packets().trace().set_recording(true);
    assert!(session.ping().await.unwrap() > Duration::ZERO);
    until(&session, "the ping", |frame| (frame.packets >= before + 2).then_some(())).await;
    let kinds =
        vec![PacketKind::Packet(PacketType::PingReq), PacketKind::Packet(PacketType::PingResp)];
    let filter = PacketFilter { kinds, ..PacketFilter::default() };
    let window = session.packets().window(&filter, None, 10);
    assert_eq!(window.rows.len(), 2, "{window:?}");
    assert!(window.rows[1].round_trip.is_some());
    session.close().await;
}

#[tokio::test]
async fn a_qos_2_message_is_a_whole_handshake() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let session = archive.ready(spec(broker.port())).await;
    session.packets().trace().set_recording(true);
    let wanted = Publish { qos: QoS::ExactlyOnce, ..message("a/b", "x") };
    session.publish(wanted).await.finished().await;
    received(&session, 1).await;
    let filter = PacketFilter { topic: "a/b".to_owned(), ..PacketFilter::default() };
    let rows = session.packets().window(&filter, Some(0), 10).rows;
    let handshake = session.packets().handshake(rows[0].number).unwrap();
    assert!(handshake.is_complete, "{handshake:?}");
    let labels: Vec<_> = handshake.steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(labels, ["PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"]);
    session.close().await;
}

#[tokio::test]
async fn a_password_is_nowhere_in_the_packets() {
    let passwords = Mosquitto::password_file(&[("ann", "correct horse")]);
    let lines = ["allow_anonymous false", "password_file {folder}/passwords"];
    let broker = Mosquitto::start_with_files(&lines, &[("passwords", &passwords)]);
    let archive = Archive::new();
    let mut spec = spec(broker.port());
    spec.options.username = Some("ann".to_owned());
    spec.options.password = Some(wiretree_model::Secret::new("correct horse"));
    let session = archive.ready(spec).await;
    session.packets().trace().set_recording(true);
    session.disconnect(Farewell::default());
    paused(&session).await;
    session.retry_now();
    until(&session, "the connection", is_connected).await;
    let filter = PacketFilter {
        kinds: vec![PacketKind::Packet(PacketType::Connect)],
        ..PacketFilter::default()
    };
    let row = session.packets().window(&filter, None, 1).rows.remove(0);
    let detail = session.packets().detail(row.number).unwrap();
    let shown = format!("{detail:?} {:?}", String::from_utf8_lossy(&detail.bytes));
    assert!(!shown.contains("correct horse") && shown.contains("ann"), "{shown}");
    session.close().await;
}

#[tokio::test]
async fn a_disconnected_session_waits_until_it_is_told_to_go_on() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let session = archive.ready(spec(broker.port())).await;
    session.disconnect(Farewell::default());
    assert!(!paused(&session).await);
    session.retry_now();
    until(&session, "the connection", is_connected).await;
    publish(&session, "a", "x").await;
    received(&session, 1).await;
    session.close().await;
    let gaps = session.reader().gaps(session.log(), 10).unwrap();
    assert!(gaps[0].cause.contains("Disconnected by the user"), "{gaps:?}");
}

#[tokio::test]
async fn a_dropped_connection_lets_the_broker_publish_the_will() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let watcher = archive.ready(spec(broker.port())).await;
    let mut leaving = spec(broker.port());
    leaving.key = "leaving".to_owned();
    let topic = Topic::received("status");
    leaving.options.will = Some(Will { topic, payload: "gone".into(), ..Will::default() });
    let leaving = archive.ready(leaving).await;
    leaving.disconnect(Farewell::default());
    assert!(!paused(&leaving).await);
    publish(&watcher, "canary", "nobody has died").await;
    received(&watcher, 1).await;

    leaving.retry_now();
    until(&leaving, "the connection", is_connected).await;
    leaving.drop_connection();
    assert!(paused(&leaving).await);
    received(&watcher, 2).await;
    leaving.close().await;
    watcher.close().await;
    let will = page(watcher.reader(), watcher.log(), "status");
    assert_eq!(will.items[0].message.publish.payload, "gone");
}
