//! Subscriptions that change while connected.

use wiretree_model::{QoS, Subscription};
use wiretree_session::{Frame, SessionError};
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, publish, received, spec, unconnected, until};

fn subscription(filter: &str, qos: QoS) -> Subscription {
    Subscription::parse(filter, qos).unwrap()
}

/// The filters with the QoS granted; -1: denied, -2: not answered.
fn listed(frame: &Frame) -> Vec<(String, i16)> {
    let entry = |state: &wiretree_session::SubscriptionState| {
        let granted = state.outcome.as_ref().map(|outcome| outcome.granted());
        let granted = granted.map_or(-2, |granted| granted.map_or(-1, |qos| qos.bits().into()));
        (state.subscription.filter.as_str().to_owned(), granted)
    };
    frame.subscriptions.iter().map(entry).collect()
}

async fn until_listed(session: &wiretree_session::Session, expected: &[(&str, i16)]) {
    let expected: Vec<_> =
        expected.iter().map(|(filter, qos)| ((*filter).to_owned(), *qos)).collect();
    until(session, &format!("{expected:?}"), |frame| (listed(frame) == expected).then_some(()))
        .await;
}

#[tokio::test]
async fn a_subscription_added_while_connected_is_answered_listed_and_delivers() {
    let broker = Mosquitto::start(&["max_qos 1"]);
    let archive = Archive::new();
    let mut spec = spec(broker.port());
    spec.options.subscriptions = vec![subscription("a", QoS::AtMostOnce)];
    let session = archive.ready(spec).await;
    let asked = vec![subscription("b/#", QoS::ExactlyOnce)];
    let answered = session.subscribe(asked.clone()).await.unwrap();
    assert_eq!(answered[0].subscription, asked[0]);
    let granted = answered[0].outcome.as_ref().unwrap().granted();
    assert_eq!(granted, Some(QoS::AtLeastOnce), "less than was asked for");
    until_listed(&session, &[("a", 0), ("b/#", 1)]).await;
    publish(&session, "b/1", "x").await;
    received(&session, 1).await;

    session.subscribe(vec![subscription("a", QoS::AtLeastOnce)]).await.unwrap();
    until_listed(&session, &[("a", 1), ("b/#", 1)]).await;
    let ended = session.unsubscribe(vec![asked[0].filter.clone()]).await.unwrap();
    assert!(!ended[0].reason.is_failure());
    until_listed(&session, &[("a", 1)]).await;
    session.close().await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_listed() {
    let archive = Archive::new();
    let session = archive.open(unconnected()).await;
    let asked = vec![subscription("b", QoS::AtMostOnce), subscription("#", QoS::AtMostOnce)];
    let refused = session.subscribe(asked).await.unwrap_err();
    assert!(matches!(refused, SessionError::Mqtt(_)), "{refused}");
    until_listed(&session, &[("#", -2)]).await;
    session.close().await;
}
