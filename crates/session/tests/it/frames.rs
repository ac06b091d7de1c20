//! When there is a picture, and when there is none. Where time matters, the clock of the tests runs
//! by itself as soon as nothing else is to be done.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use wiretree_demo::Broker;
use wiretree_session::{Gesture, NodeId, Session, State};

use crate::common::{Archive, PATIENCE, look, publish, row, spec, unconnected, until};

const HOUR: Duration = Duration::from_secs(3_600);

async fn refused(archive: &Archive) -> Session {
    let session = archive.open(unconnected()).await;
    until(&session, "the refusal", |frame| {
        matches!(frame.state, State::Refused { .. }).then_some(())
    })
    .await;
    session
}

#[tokio::test]
async fn the_first_picture_comes_whatever_the_broker_does() {
    let archive = Archive::new();
    // Nobody listens there.
    let session = archive.open(spec(wiretree_testkit::free_port())).await;
    let frame = timeout(PATIENCE, session.next_frame()).await.unwrap().unwrap();
    assert_eq!((frame.revision, frame.totals.received, frame.topics), (1, 0, 0));
    assert_eq!(frame.subscriptions.len(), 1);
    assert!(frame.subscriptions.iter().all(|state| state.outcome.is_none()), "it waits");
}

#[tokio::test(start_paused = true)]
async fn nothing_new_means_no_picture_and_a_gesture_gives_one_at_once() {
    let archive = Archive::new();
    let session = refused(&archive).await;
    let silent = timeout(HOUR, session.next_frame()).await;
    assert!(silent.is_err(), "nothing has changed, but there is {silent:?}");

    for _ in 0..3 {
        let began = Instant::now();
        look(&session, Gesture::SetWindow { first: 0, count: 10 }).await;
        let frame = timeout(HOUR, session.next_frame()).await.unwrap();
        assert!(frame.is_some());
        assert_eq!(began.elapsed(), Duration::ZERO, "a person does not wait for the next tick");
    }
    assert!(timeout(HOUR, session.next_frame()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_get_the_picture() {
    let archive = Archive::new();
    let session = refused(&archive).await;
    let other = session.clone();
    let (one, other, _) = tokio::join!(
        timeout(HOUR, session.next_frame()),
        timeout(HOUR, other.next_frame()),
        look(&session, Gesture::Select(None))
    );
    assert!(matches!((one, other), (Ok(Some(_)), Ok(Some(_)))));
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_nobody_took_is_made_again() {
    let archive = Archive::new();
    let session = refused(&archive).await;
    let gone = timeout(HOUR, session.next_frame()).await;
    assert!(gone.is_err());
    look(&session, Gesture::Select(None)).await;
    let frame = timeout(HOUR, session.next_frame()).await;
    assert!(matches!(frame, Ok(Some(_))), "{frame:?}");
}

#[tokio::test]
async fn a_window_shows_its_rows_and_follows_them() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    publish(&session, "plant/line", "1").await;
    look(&session, Gesture::SetWindow { first: 0, count: 10 }).await;
    let plant = row(&session, "plant", |row| row.messages == 1).await;
    assert!((plant.depth, plant.has_children, plant.is_expanded) == (0, true, false));

    look(&session, Gesture::SetExpanded(plant.node, true)).await;
    let line = row(&session, "line", |_| true).await;
    assert_eq!(line.preview.map(|preview| preview.bytes), Some(b"1".to_vec()));
    publish(&session, "plant/line", "2").await;
    let line = row(&session, "line", |row| row.messages == 2).await;
    assert_eq!(line.preview.map(|preview| preview.bytes), Some(b"2".to_vec()));

    look(&session, Gesture::SetWindow { first: 1, count: 1 }).await;
    let window = until(&session, "the second row alone", |frame| {
        (frame.window.first == 1).then(|| frame.window.clone())
    })
    .await;
    assert_eq!(window.rows.len(), 1);
}

#[tokio::test]
async fn a_window_is_bounded_whatever_is_asked_for() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    for topic in 0..400 {
        session.publish(crate::common::message(&format!("t{topic}"), "1")).await;
    }
    look(&session, Gesture::SetWindow { first: 0, count: usize::MAX }).await;
    let window = until(&session, "400 rows", |frame| {
        (frame.window.total_rows >= 400).then(|| frame.window.clone())
    })
    .await;
    assert!(window.rows.len() <= 256, "{} rows in one frame", window.rows.len());
    look(&session, Gesture::SetWindow { first: usize::MAX, count: 5 }).await;
    until(&session, "the end", |frame| frame.window.rows.is_empty().then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_does_not_exist_is_answered_as_nothing() {
    let archive = Archive::new();
    let session = refused(&archive).await;
    for node in [NodeId(0), NodeId(1), NodeId(u32::MAX)] {
        look(&session, Gesture::SetExpanded(node, true)).await;
        assert_eq!(session.look(Gesture::Select(Some(node))).await.unwrap(), None);
    }
}
