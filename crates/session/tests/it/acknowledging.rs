//! What is acknowledged is on the disk, and what is not on the disk comes again.

use wiretree_model::Acknowledge;
use wiretree_session::SessionSpec;
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, all, publish, received, spec};

/// A client that keeps its session.
fn keeping(port: u16, acknowledge: Acknowledge) -> SessionSpec {
    let mut spec = spec(port);
    spec.options.client_id = "keeps-its-session".to_owned();
    spec.options.clean_start = false;
    spec.options.session_expiry = 3600;
    spec.options.acknowledge = acknowledge;
    spec
}

/// Another client, which only publishes.
fn publisher(port: u16) -> SessionSpec {
    let mut spec = spec(port);
    spec.key = "publisher".to_owned();
    spec.options.subscriptions = Vec::new();
    spec
}

/// Records three messages, loses three more because the history has gone, and starts again with the
/// file. Gives what was lost, what came in the second run, and how much of it was marked DUP.
async fn crash(acknowledge: Acknowledge) -> (u64, u64, u64) {
    let broker = Mosquitto::start(&[]);
    let others = Archive::new();
    let sender = others.ready(publisher(broker.port())).await;
    let archive = Archive::new();
    let session = archive.ready(keeping(broker.port(), acknowledge)).await;
    for step in 0..3 {
        publish(&sender, "a", format!("kept {step}")).await;
    }
    crate::common::until(&session, "the commit", |frame| (frame.totals.stored == 3).then_some(()))
        .await;
    archive.history.close().unwrap();
    for step in 0..3 {
        publish(&sender, "a", format!("lost {step}")).await;
    }
    received(&session, 6).await;
    let lost = session.close().await.totals.dropped;
    drop(session);

    let archive = archive.reopened();
    let session = archive.ready(keeping(broker.port(), acknowledge)).await;
    publish(&sender, "canary", "").await;
    let count = received(&session, 1).await.totals.received;
    let count = if acknowledge == Acknowledge::AfterCommit {
        received(&session, 4).await.totals.received
    } else {
        count
    };
    let totals = session.close().await.totals;
    sender.close().await;
    let payloads: Vec<_> =
        all(&archive.reader()).into_iter().map(|stored| stored.message.publish.payload).collect();
    assert_eq!(payloads[..3], ["kept 0", "kept 1", "kept 2"]);
    (lost, count, totals.duplicates)
}

#[tokio::test]
async fn what_could_not_be_recorded_is_not_acknowledged_and_comes_again() {
    let (lost, again, duplicates) = crash(Acknowledge::AfterCommit).await;
    assert_eq!((lost, again, duplicates), (3, 4, 3), "the lost ones and the canary");
}

#[tokio::test]
async fn acknowledged_on_receipt_it_is_lost() {
    let (lost, again, duplicates) = crash(Acknowledge::OnReceipt).await;
    assert_eq!((lost, again, duplicates), (3, 1, 0), "the canary only");
}
