//! Where the connection stands, and what the broker made of the filters.

use wiretree_model::Secret;
use wiretree_session::{MqttError, State, SubscriptionState};
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, is_connected, publish, received, spec, until};

fn is_granted(state: &SubscriptionState) -> bool {
    state.outcome.as_ref().is_some_and(|outcome| outcome.granted().is_some())
}

#[tokio::test]
async fn a_refused_login_is_told_with_what_to_do() {
    let passwords = Mosquitto::password_file(&[("ann", "right")]);
    let lines = ["allow_anonymous false", "password_file {folder}/passwords"];
    let broker = Mosquitto::start_with_files(&lines, &[("passwords", &passwords)]);
    let archive = Archive::new();
    let mut spec = spec(broker.port());
    spec.options.username = Some("ann".to_owned());
    spec.options.password = Some(Secret::new("wrong"));
    let session = archive.open(spec.clone()).await;
    let cause = until(&session, "the refusal", |frame| match &frame.state {
        State::Refused { cause } => Some(cause.clone()),
        _ => None,
    })
    .await;
    let sentence = cause.to_string();
    assert!(matches!(cause, MqttError::Refused(_)), "{cause:?}");
    assert!(sentence.contains("Check the user name and the password"), "{sentence}");
    assert!(!sentence.contains("wrong") && !format!("{spec:?}").contains("wrong"), "{sentence}");
    session.close().await;

    spec.options.password = Some(Secret::new("right"));
    archive.ready(spec).await.close().await;
}

#[tokio::test]
async fn after_a_restart_of_the_broker_it_is_all_there_again() {
    let mut broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let session = archive.ready(spec(broker.port())).await;
    publish(&session, "a", "before").await;
    received(&session, 1).await;

    broker.stop();
    let cause = until(&session, "the wait", |frame| match &frame.state {
        State::WaitingToRetry { cause, .. } => Some(cause.clone()),
        _ => None,
    })
    .await;
    assert!(!cause.to_string().is_empty());
    broker.restart();
    session.retry_now();
    let frame = until(&session, "the filters granted anew", |frame| {
        is_connected(frame)?;
        frame.subscriptions.iter().all(is_granted).then(|| frame.clone())
    })
    .await;
    assert_eq!(frame.subscriptions.len(), 1, "each is listed once");

    publish(&session, "a", "after").await;
    let totals = received(&session, 2).await.totals;
    assert_eq!(totals.dropped, 0);
    let totals = session.close().await.totals;
    assert_eq!((totals.received, totals.stored), (2, 2));
}

#[tokio::test]
async fn a_session_that_the_broker_forgot_is_told() {
    // Without persistence, a broker forgets its sessions when it ends.
    let mut broker = Mosquitto::start(&["persistence false"]);
    let archive = Archive::new();
    let mut spec = spec(broker.port());
    spec.options.client_id = "keeps-its-session".to_owned();
    spec.options.clean_start = false;
    spec.options.session_expiry = 3600;
    let session = archive.ready(spec).await;
    broker.stop();
    until(&session, "the wait", |frame| {
        matches!(frame.state, State::WaitingToRetry { .. }).then_some(())
    })
    .await;
    broker.restart();
    session.retry_now();
    let notice = until(&session, "word of the loss", |frame| frame.notice.clone()).await;
    assert_eq!(notice.code(), "session-gone");
    session.close().await;
}
