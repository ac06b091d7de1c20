//! When a connection was up, as whom, and why it ended.

use std::time::Duration;

use wiretree_model::ProtocolVersion;
use wiretree_session::{Session, StoredSession};
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, PATIENCE, publish, received, spec, until};

/// The sessions of a connection, once there are so many and the last has ended or not.
async fn sessions(session: &Session, count: usize, has_ended: bool) -> Vec<StoredSession> {
    let wait = async {
        loop {
            let found = session.reader().sessions(session.log(), 100).unwrap();
            if found.len() == count && found.last().is_none_or(|it| it.to.is_some() == has_ended) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the sessions are written down")
}

#[tokio::test]
async fn each_time_online_is_written_down_with_its_client_and_its_end() {
    let mut broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let mut spec = spec(broker.port());
    spec.options.client_id = "an-inspector".to_owned();
    spec.options.protocol = ProtocolVersion::V311;
    let session = archive.ready(spec).await;
    publish(&session, "a", "1").await;
    received(&session, 1).await;
    let open = sessions(&session, 1, false).await;
    assert_eq!((open[0].to, open[0].after_sequence), (None, 0));
    let start = &open[0].start;
    assert_eq!((start.client_id.as_str(), start.session_kept), ("an-inspector", false));
    assert_eq!(start.broker, format!("127.0.0.1:{}", broker.port()));
    assert_eq!(start.protocol, ProtocolVersion::V311);

    broker.stop();
    let ended = sessions(&session, 1, true).await;
    assert!(ended[0].to >= Some(start.from) && ended[0].cause.is_some(), "{ended:?}");
    broker.restart();
    session.retry_now();
    until(&session, "the connection", crate::common::is_connected).await;
    let again = sessions(&session, 2, false).await;
    assert_eq!(again[1].after_sequence, 2, "its own publish, and what came back");
    session.close().await;
    let closed = sessions(&session, 2, true).await;
    assert!(closed[1].cause.as_ref().is_some_and(|cause| cause.contains("closed")), "{closed:?}");
}
