//! What comes in is numbered, counted and stored.

use wiretree_demo::{Broker, Plant};
use wiretree_model::{Direction, Topic};
use wiretree_session::{Gesture, SessionSpec};

use crate::common::{Archive, all, both_ways, look, publish, received, spec};

#[tokio::test]
async fn all_that_came_in_is_stored_when_the_session_is_closed() {
    let broker = Broker::start(None).unwrap();
    let _plant = Plant::start(&broker, 5_000.0).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    received(&session, 3_000).await;
    let summary = session.close().await;
    let totals = summary.totals;
    assert!(totals.received >= 3_000);
    assert_eq!((totals.stored, totals.dropped, totals.waiting), (totals.received, 0, 0));
    assert!(summary.topics > 50 && summary.first_received <= summary.last_stored, "{summary:?}");

    let stored = all(&archive.reader());
    assert_eq!(stored.len() as u64, totals.received);
    for (expected, stored) in (1..).zip(&stored) {
        assert_eq!(stored.message.sequence, expected, "numbers have no gaps");
        assert_eq!(
            (stored.connection, stored.message.direction),
            (session.log(), Direction::Received)
        );
    }
}

#[tokio::test]
async fn counters_add_up_in_every_frame() {
    let broker = Broker::start(None).unwrap();
    let _plant = Plant::start(&broker, 2_000.0).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    // With rows on screen that change all the time.
    look(&session, Gesture::SetWindow { first: 0, count: 50 }).await;
    let mut before = session.next_frame().await.unwrap();
    for _ in 0..30 {
        let frame = session.next_frame().await.unwrap();
        let totals = frame.totals;
        assert_eq!(totals.received, totals.stored + totals.dropped + totals.waiting, "{totals:?}");
        assert_eq!((totals.shown, totals.dropped), (totals.received, 0));
        assert!(totals.received >= before.totals.received && totals.stored >= before.totals.stored);
        assert_eq!(frame.revision, before.revision + 1);
        assert!(frame.history_problem.is_none());
        before = frame;
    }
    assert!(before.totals.messages_per_second > 0.0 && before.totals.bytes_per_second > 0.0);
}

#[tokio::test]
async fn numbers_go_on_after_the_history_is_opened_again() {
    let broker = Broker::start(None).unwrap();
    let spec = spec(broker.address().port());
    let mut archive = Archive::new();
    for run in 0..3 {
        // Twice in one history, and once in the file opened again.
        if run == 2 {
            archive = archive.reopened();
        }
        let session = archive.ready(spec.clone()).await;
        for step in 0..4 {
            publish(&session, "a/b", format!("{run} {step}")).await;
        }
        received(&session, 4).await;
        let totals = session.close().await.totals;
        assert_eq!((totals.received, totals.stored, totals.dropped), (4, 4, 0), "run {run}");
    }
    let stored = all(&archive.reader());
    let numbers: Vec<u64> = stored.iter().map(|stored| stored.message.sequence).collect();
    let expected: Vec<_> = (1..=12).map(|at| at * 2).collect();
    assert_eq!(numbers, expected, "each behind its own publish");
    let payloads: Vec<_> = stored.iter().map(|stored| &stored.message.publish.payload).collect();
    assert_eq!((payloads[0].as_ref(), payloads[11].as_ref()), (b"0 0".as_ref(), b"2 3".as_ref()));
    assert!(stored.iter().all(|stored| stored.message.publish.topic == Topic::received("a/b")));
}

#[tokio::test]
async fn two_connections_record_side_by_side_each_with_its_own_numbers() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let spec = spec(broker.address().port());
    let one = archive.ready(spec.clone()).await;
    let other = SessionSpec { key: "other".to_owned(), ..spec };
    let other = archive.ready(other).await;
    for step in 0..5 {
        publish(&one, "a", format!("{step}")).await;
    }
    received(&one, 5).await;
    received(&other, 5).await;
    let totals = [one.close().await.totals, other.close().await.totals];
    assert!(totals.iter().all(|totals| totals.stored == totals.received && totals.dropped == 0));
    let stored = both_ways(&archive.reader());
    for (log, totals) in [one.log(), other.log()].into_iter().zip(totals) {
        let own = stored.iter().filter(|stored| stored.connection == log);
        let numbers: Vec<u64> = own.map(|stored| stored.message.sequence).collect();
        assert_eq!(numbers, (1..=totals.received + totals.sent).collect::<Vec<_>>());
    }
}
