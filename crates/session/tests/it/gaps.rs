//! Where nothing was recorded, the history says so: since when, until when, why, and whether the
//! broker kept the session.

use std::time::Duration;

use wiretree_session::{Gap, Session, SessionSpec, State};
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, PATIENCE, is_connected, publish, received, spec, until};

/// A client that keeps its session.
fn keeping(port: u16) -> SessionSpec {
    let mut spec = spec(port);
    spec.options.client_id = "keeps-its-session".to_owned();
    spec.options.clean_start = false;
    spec.options.session_expiry = 3600;
    spec
}

async fn lost(session: &Session) -> String {
    until(session, "the loss", |frame| match &frame.state {
        State::WaitingToRetry { cause, .. } => Some(cause.to_string()),
        _ => None,
    })
    .await
}

async fn back(session: &Session) {
    session.retry_now();
    until(session, "the connection", is_connected).await;
}

/// The gaps of a session, once there are so many and the last of them has ended or not.
async fn gaps(session: &Session, count: usize, has_ended: bool) -> Vec<Gap> {
    let wait = async {
        loop {
            let found = session.reader().gaps(session.log(), 100).unwrap();
            if found.len() == count && found.last().is_none_or(|gap| gap.to.is_some() == has_ended)
            {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the gaps are written down")
}

#[tokio::test]
async fn a_lost_connection_without_a_session_leaves_a_gap_with_its_cause() {
    let mut broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let session = archive.ready(spec(broker.port())).await;
    assert!(gaps(&session, 0, true).await.is_empty(), "before the first connect there is nothing");
    publish(&session, "a", "before").await;
    let before = received(&session, 1).await.now;
    broker.stop();
    let cause = lost(&session).await;
    let open = gaps(&session, 1, false).await;
    assert_eq!((open[0].cause.as_str(), open[0].after_sequence), (cause.as_str(), 2));
    assert!(open[0].from >= before, "{open:?}");

    broker.restart();
    back(&session).await;
    let ended = gaps(&session, 1, true).await;
    assert!(ended[0].to > Some(ended[0].from) && !ended[0].session_kept, "{ended:?}");
    assert_eq!(ended[0].from, open[0].from);
    session.close().await;
}

#[tokio::test]
async fn a_session_that_was_kept_is_told_apart() {
    let mut broker = Mosquitto::start(&["persistence true"]);
    let archive = Archive::new();
    let session = archive.ready(keeping(broker.port())).await;
    broker.stop();
    lost(&session).await;
    broker.restart();
    back(&session).await;
    assert!(gaps(&session, 1, true).await[0].session_kept);
    session.close().await;
}

#[tokio::test]
async fn the_time_between_two_runs_is_a_gap() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let session = archive.ready(spec(broker.port())).await;
    publish(&session, "a", "1").await;
    received(&session, 1).await;
    session.close().await;

    let archive = archive.reopened();
    let session = archive.ready(spec(broker.port())).await;
    let found = gaps(&session, 1, true).await;
    assert_eq!((found[0].after_sequence, found[0].session_kept), (2, false));
    assert!(found[0].cause.contains("closed"), "{found:?}");
    session.close().await;
}
