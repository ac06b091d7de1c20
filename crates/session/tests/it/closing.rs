//! The end of a session: everything committed, or counted as lost; and nobody left waiting.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::timeout;
use wiretree_demo::Broker;
use wiretree_model::Topic;
use wiretree_session::{Gesture, PublishOutcome, Session, SessionError, SessionSpec, State};

use crate::common::{Archive, PATIENCE, all, noise, publish, received, say, sender, spec, until};

#[tokio::test]
async fn a_connection_is_recorded_by_one_session_at_a_time() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let spec = spec(broker.address().port());
    let session = archive.ready(spec.clone()).await;
    let second = Session::open(spec.clone(), Arc::clone(&archive.history)).await;
    let error = second.err().expect("it is refused");
    assert!(matches!(error, SessionError::AlreadyOpen(_)));
    assert_eq!(error.to_string(), "Test is open already. Go on there, or close it first");

    let elsewhere = Archive::new();
    elsewhere.open(spec.clone()).await.close().await;
    session.close().await;
    archive.ready(spec).await.close().await;
}

#[tokio::test]
async fn every_caller_of_close_gets_the_same_summary_and_later_calls_an_end() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    publish(&session, "a", "1").await;
    received(&session, 1).await;
    let waiting = tokio::spawn({
        let session = session.clone();
        async move { while session.next_frame().await.is_some() {} }
    });
    let (one, other) = tokio::join!(session.close(), session.close());
    let late = session.close().await;
    for summary in [one, other, late] {
        assert_eq!((summary.totals.received, summary.totals.stored), (1, 1));
        assert_eq!(summary.state, State::Closed);
    }
    timeout(PATIENCE, waiting).await.expect("who waits for a frame learns of the end").unwrap();
    assert!(session.next_frame().await.is_none());
    let asked = session.look(Gesture::Select(None)).await;
    assert_eq!(asked.unwrap_err().code(), "session-ended");
    assert_eq!(session.summary().await.unwrap_err().code(), "session-ended");
}

/// The claim is given back at the very end, so opening again tells that it has come.
async fn ended(archive: &Archive, spec: &SessionSpec) -> Session {
    let opened = async {
        loop {
            match Session::open(spec.clone(), Arc::clone(&archive.history)).await {
                Ok(session) => return session,
                Err(SessionError::AlreadyOpen(_)) => yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    timeout(PATIENCE, opened).await.expect("the session before ends")
}

#[tokio::test]
async fn a_session_that_nobody_holds_ends_and_loses_nothing() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let spec = spec(broker.address().port());
    let session = archive.ready(spec.clone()).await;
    for step in 0..100 {
        publish(&session, "a", format!("{step}")).await;
    }
    let came = received(&session, 100).await.totals.received;
    drop(session);
    let next = ended(&archive, &spec).await;
    assert!(all(&archive.reader()).len() as u64 >= came);
    // And so does one whose caller has given up waiting for the end.
    tokio::select! {
        biased;
        _ = next.close() => panic!("the end takes a moment"),
        () = std::future::ready(()) => {}
    }
    drop(next);
    ended(&archive, &spec).await.close().await;
}

#[tokio::test]
async fn an_acknowledgement_that_never_comes_does_not_keep_a_session_open() {
    // It takes connections and says nothing; what is published meanwhile waits.
    let mute = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let archive = Archive::new();
    let mut spec = spec(mute.local_addr().unwrap().port());
    spec.options.connect_timeout = Duration::from_secs(3_600);
    let session = archive.open(spec.clone()).await;
    let ticket = session.clear_retained(Topic::received("a")).await;
    assert_eq!(ticket.outcome(), PublishOutcome::Queued);
    drop(session);
    ended(&archive, &spec).await.close().await;
    let outcome = timeout(PATIENCE, ticket.finished()).await.expect("the ticket ends too");
    assert!(matches!(outcome, PublishOutcome::Failed { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_history_that_is_closed_first_is_trouble_that_is_told_and_counted() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    publish(&session, "a", "kept").await;
    until(&session, "the first message on the disk", |frame| {
        (frame.totals.stored == 1).then_some(())
    })
    .await;
    archive.history.close().unwrap();
    publish(&session, "a", "lost").await;
    let frame = received(&session, 2).await;
    assert_eq!(frame.history_problem.map(|problem| problem.code()), Some("history-closed"));
    assert_eq!(frame.totals.dropped, 1);
    let summary =
        timeout(PATIENCE, session.close()).await.expect("it does not wait for the writer");
    let totals = summary.totals;
    assert_eq!((totals.received, totals.stored, totals.dropped, totals.waiting), (2, 1, 1, 0));
    assert_eq!(all(&archive.reader()).len(), 1);
}

/// A process of its own, whose files may not grow beyond a megabyte: the shell sees to that, and
/// that writing more gives an error and not a signal.
#[test]
fn a_full_disk_is_told_counted_and_does_not_hold_up_the_end() {
    let itself = std::env::current_exe().unwrap();
    let test = "closing::in_a_process_whose_files_cannot_grow";
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" --exact \"$1\" --ignored"])
        .arg(itself)
        .arg(test)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "started by the test above, in a process whose files cannot grow"]
async fn in_a_process_whose_files_cannot_grow() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    publish(&session, "a", "kept").await;
    until(&session, "a commit", |frame| (frame.totals.stored == 1).then_some(())).await;
    // More than the queue of the writer holds, so that the session has to wait for room.
    let others = sender(broker.address().port());
    let flood = tokio::spawn(async move {
        for step in 0..80 {
            say(&others, "flood", noise(step, 1 << 20)).await;
        }
    });
    let frame =
        until(&session, "trouble", |frame| frame.history_problem.is_some().then(|| frame.clone()))
            .await;
    assert_eq!(frame.history_problem.map(|problem| problem.code()), Some("history-write"));
    // 32 MiB take 32 of them, and 4 MiB wait: the broker would send them again.
    until(&session, "a full queue", |frame| (frame.totals.waiting == 36).then_some(())).await;
    // The session goes on answering.
    session.look(Gesture::SetWindow { first: 0, count: 10 }).await.unwrap();
    until(&session, "rows", |frame| (!frame.window.rows.is_empty()).then_some(())).await;

    flood.abort();
    // Nothing else is to be waited for from here on, so the clock may run by itself.
    tokio::time::pause();
    let summary = timeout(PATIENCE, session.close()).await.expect("it gives the history up");
    let totals = summary.totals;
    assert_eq!(totals.received, totals.stored + totals.dropped);
    assert!(totals.stored >= 1 && totals.dropped >= 36 && totals.waiting == 0, "{totals:?}");
    assert!(summary.history_problem.is_some());
    assert_eq!(all(&archive.reader()).len() as u64, totals.stored);
}
