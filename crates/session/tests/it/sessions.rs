//! What a session of the broker keeps while its client is away, and what the history says of it.

use wiretree_demo::Broker;
use wiretree_model::{Direction, Publish, QoS};
use wiretree_session::{MqttError, Session, SessionSpec, State};
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, both_ways, message, page, publish, received, spec, until};

/// A client with a session of its own, that goes on where it was or begins anew.
fn keeper(port: u16, clean_start: bool) -> SessionSpec {
    let mut spec = spec(port);
    spec.options.client_id = "keeper".to_owned();
    spec.options.clean_start = clean_start;
    spec.options.session_expiry = 3600;
    spec
}

async fn is_present(session: &Session) -> bool {
    until(session, "the connection", |frame| match &frame.state {
        State::Connected { session_present, .. } => Some(*session_present),
        _ => None,
    })
    .await
}

/// Leaves a session behind, and publishes with each QoS while nobody is there.
async fn leave(archive: &Archive, broker: &Mosquitto) {
    let session = archive.ready(keeper(broker.port(), true)).await;
    publish(&session, "queued", "before").await;
    received(&session, 1).await;
    session.close().await;
    let mut other = spec(broker.port());
    other.key = "other".to_owned();
    other.options.subscriptions = Vec::new();
    let other = archive.open(other).await;
    is_present(&other).await;
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let text = format!("queued with {}", qos.bits());
        other.publish(Publish { qos, ..message("queued", text) }).await.finished().await;
    }
    other.close().await;
}

/// The payloads of the keeper's history of a topic, newest first.
fn recorded(session: &Session) -> Vec<String> {
    let mut items = page(session.reader(), session.log(), "queued").items;
    items.retain(|item| item.message.direction == Direction::Received);
    let text = |payload: &[u8]| String::from_utf8(payload.to_vec()).unwrap();
    items.iter().map(|item| text(&item.message.publish.payload)).collect()
}

/// C3-06, C0-20, C4-08: what was queued comes, QoS 0 was not, and the history has it all.
#[tokio::test]
async fn what_was_queued_while_away_comes_and_is_in_the_history() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    leave(&archive, &broker).await;
    let session = archive.open(keeper(broker.port(), false)).await;
    assert!(is_present(&session).await);
    received(&session, 2).await;
    publish(&session, "queued", "after").await;
    received(&session, 3).await;
    session.close().await;
    let expected = ["after", "queued with 2", "queued with 1", "before"];
    assert_eq!(recorded(&session), expected);
    let gaps = session.reader().gaps(session.log(), 10).unwrap();
    assert!(gaps[0].session_kept && gaps[0].after_sequence == 2, "{gaps:?}");
}

/// C3-07, C4-08: with a clean start nothing survives, and the history has a gap there.
#[tokio::test]
async fn a_clean_start_has_nothing_of_what_came_meanwhile() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    leave(&archive, &broker).await;
    let session = archive.open(keeper(broker.port(), true)).await;
    let present = until(&session, "a new session", |frame| match &frame.state {
        State::Connected { session_present, .. } => {
            frame.subscriptions.iter().all(|one| one.outcome.is_some()).then_some(*session_present)
        }
        _ => None,
    })
    .await;
    assert!(!present);
    publish(&session, "queued", "after").await;
    received(&session, 1).await;
    session.close().await;
    assert_eq!(recorded(&session), ["after", "before"]);
    let gaps = session.reader().gaps(session.log(), 10).unwrap();
    assert!(!gaps[0].session_kept && gaps[0].to.is_some(), "{gaps:?}");
}

/// TB-106: after a close by the broker, filters and history are there and the numbers go on.
#[tokio::test]
async fn after_a_close_by_the_broker_everything_goes_on() {
    let mut broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let session = archive.ready(spec(broker.port())).await;
    let added = wiretree_model::Subscription::parse("$SYS/broker/version", QoS::AtMostOnce);
    session.subscribe(vec![added.unwrap()]).await.unwrap();
    publish(&session, "a", "before").await;
    received(&session, 2).await;
    broker.restart();
    session.retry_now();
    // The version is retained: it comes when its filter was asked for again.
    received(&session, 3).await;
    publish(&session, "a", "after").await;
    received(&session, 4).await;
    session.close().await;
    let stored = both_ways(session.reader());
    let numbers: Vec<u64> = stored.iter().map(|stored| stored.message.sequence).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "four that came, and two of its own");
    let own = page(session.reader(), session.log(), "a").items;
    assert_eq!(own.len(), 4, "before and after in one history, each with its publish");
}

/// C3-12: who is taken over says so, and leaves the session to the other one.
#[tokio::test]
async fn a_second_client_with_the_same_identifier_ends_the_first_for_good() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let first = archive.ready(keeper(broker.address().port(), true)).await;
    let mut same = keeper(broker.address().port(), true);
    same.key = "same".to_owned();
    let second = archive.ready(same).await;
    let cause = until(&first, "the end of the first", |frame| match &frame.state {
        State::Refused { cause } => Some(cause.clone()),
        _ => None,
    })
    .await;
    let MqttError::Disconnected(reason) = &cause else { panic!("{cause:?}") };
    assert_eq!((reason.code, reason.name), (0x8e, "Session taken over"));
    publish(&second, "a", "still here").await;
    received(&second, 1).await;
    first.close().await;
    second.close().await;
}
