//! What is published from here stands in the history, with what became of it.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use wiretree_model::{Direction, Properties, Property, ProtocolVersion, Publish, QoS};
use wiretree_session::{PublishEnding, PublishOutcome, Session, StoredMessage, StoredOutcome};
use wiretree_testkit::Mosquitto;

use crate::common::{
    Archive, PATIENCE, both_ways, message, publish, received, spec, unconnected, until,
};

/// The messages of a history, once every one that was sent has its outcome, and those.
async fn settled(archive: &Archive, count: usize) -> Vec<(StoredMessage, Option<StoredOutcome>)> {
    let reader = archive.reader();
    let wait = async {
        loop {
            let stored = both_ways(&reader);
            let outcomes = reader.outcomes(&stored).unwrap();
            let is_sent = |stored: &StoredMessage| stored.message.direction == Direction::Sent;
            let open =
                stored.iter().zip(&outcomes).filter(|(it, end)| is_sent(it) && end.is_none());
            if open.count() == 0 && stored.len() >= count {
                return stored.into_iter().zip(outcomes).collect();
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, wait).await.expect("everything is written down")
}

fn directions(stored: &[(StoredMessage, Option<StoredOutcome>)]) -> Vec<(u64, Direction)> {
    stored.iter().map(|(it, _)| (it.message.sequence, it.message.direction)).collect()
}

async fn send(session: &Session, qos: QoS) {
    let publish = Publish { qos, ..message("a", "x") };
    timeout(PATIENCE, session.publish(publish).await.finished()).await.unwrap();
}

#[tokio::test]
async fn they_stand_in_the_timeline_before_what_comes_back_with_their_outcome() {
    let broker = Mosquitto::start(&[]);
    for protocol in [ProtocolVersion::V311, ProtocolVersion::V5] {
        let archive = Archive::new();
        let mut spec = spec(broker.port());
        spec.options.protocol = protocol;
        let session = archive.ready(spec).await;
        for (qos, count) in [(QoS::AtMostOnce, 1), (QoS::AtLeastOnce, 2), (QoS::ExactlyOnce, 3)] {
            send(&session, qos).await;
            received(&session, count).await;
        }
        let stored = settled(&archive, 6).await;
        let expected: Vec<_> = (1..=6)
            .map(|at| (at, [Direction::Received, Direction::Sent][at as usize % 2]))
            .collect();
        assert_eq!(directions(&stored), expected, "each before its echo");
        let endings: Vec<_> = stored.iter().filter_map(|(_, end)| end.as_ref()).collect();
        assert_eq!((endings.len(), &endings[0].ending), (3, &PublishEnding::Sent));
        for outcome in &endings[1..] {
            let is_taken =
                matches!(outcome.ending, PublishEnding::Acknowledged { reason_code: 0, .. });
            assert!(is_taken, "{outcome:?}");
        }
        let totals = session.close().await.totals;
        assert_eq!((totals.received, totals.stored, totals.sent), (3, 3, 3));
        assert_eq!((totals.dropped, totals.sent_dropped), (0, 0));
    }
}

#[tokio::test]
async fn the_tree_shows_only_what_the_broker_sends() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let mut spec = spec(broker.port());
    spec.options.subscriptions = Vec::new();
    let session = archive.ready(spec).await;
    send(&session, QoS::AtLeastOnce).await;
    assert_eq!(settled(&archive, 1).await.len(), 1);
    let summary = session.close().await;
    assert_eq!((summary.topics, summary.totals.received, summary.totals.sent), (0, 0, 1));
}

#[tokio::test]
async fn one_that_fails_at_once_is_recorded_as_that() {
    let archive = Archive::new();
    let session = archive.open(unconnected()).await;
    send(&session, QoS::AtLeastOnce).await;
    let stored = settled(&archive, 1).await;
    let outcome = stored[0].1.clone().unwrap();
    assert!(matches!(&outcome.ending, PublishEnding::Failed { cause } if !cause.is_empty()));
    session.close().await;
}

#[tokio::test]
async fn one_that_no_packet_can_carry_fails_and_stops_no_recording() {
    let archive = Archive::new();
    let session = archive.open(unconnected()).await;
    let properties = Properties(vec![Property::ContentType("x".repeat(70_000).into())]);
    let publish = Publish { properties, qos: QoS::AtLeastOnce, ..message("a", "x") };
    let ended = timeout(PATIENCE, session.publish(publish).await.finished()).await.unwrap();
    assert!(matches!(ended, PublishOutcome::Failed { .. }), "{ended:?}");
    send(&session, QoS::AtLeastOnce).await;
    let stored = settled(&archive, 1).await;
    assert_eq!(directions(&stored), [(1, Direction::Sent)], "only the other one");
    session.close().await;
}

#[tokio::test]
async fn one_that_is_never_answered_ends_as_unknown_with_the_session() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let archive = Archive::new();
    let mut spec = spec(listener.local_addr().unwrap().port());
    spec.options.subscriptions = Vec::new();
    let session = archive.open(spec).await;
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = [0; 1_000];
    assert!(stream.read(&mut bytes).await.unwrap() > 0, "CONNECT");
    stream.write_all(&[0x20, 3, 0, 0, 0]).await.unwrap();
    until(&session, "the connection", crate::common::is_connected).await;
    session.publish(Publish { qos: QoS::AtLeastOnce, ..message("a", "x") }).await;
    assert!(stream.read(&mut bytes).await.unwrap() > 0, "PUBLISH");
    drop((stream, listener));
    assert_eq!(session.close().await.totals.sent_dropped, 0);
    let stored = settled(&archive, 1).await;
    let outcome = stored[0].1.clone().unwrap();
    assert!(matches!(&outcome.ending, PublishEnding::Unknown { cause } if !cause.is_empty()));
}

/// Acknowledging is by counting what came in; own publishes have numbers too.
#[tokio::test]
async fn what_comes_in_between_is_acknowledged_and_no_more() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let mut keeping = spec(broker.port());
    keeping.options.client_id = "keeps-its-session".to_owned();
    keeping.options.clean_start = false;
    keeping.options.session_expiry = 3600;
    keeping.options.acknowledge = wiretree_model::Acknowledge::AfterCommit;
    let session = archive.ready(keeping.clone()).await;
    for _ in 0..20 {
        publish(&session, "a", "own").await;
    }
    let totals =
        until(&session, "the commits", |frame| (frame.totals.stored == 20).then_some(frame.totals))
            .await;
    assert_eq!((totals.sent, totals.waiting), (20, 0));
    archive.history.close().unwrap();
    for _ in 0..5 {
        publish(&session, "a", "lost").await;
    }
    received(&session, 25).await;
    session.close().await;
    drop(session);

    let archive = archive.reopened();
    let session = archive.ready(keeping).await;
    let totals = received(&session, 5).await.totals;
    publish(&session, "canary", "1").await;
    assert_eq!(received(&session, 6).await.totals.duplicates, 5, "{totals:?}");
    session.close().await;
    drop(Arc::clone(&archive.history));
}
