//! What is deliberately not recorded: paused, or by a rule. It is counted, shown and acknowledged.

use wiretree_model::{Acknowledge, Keep, Recording, RecordingRule, RecordingRules, TopicFilter};
use wiretree_session::{Session, SessionSpec};
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, all, publish, received, spec, until};

fn keeping(port: u16) -> SessionSpec {
    let mut spec = spec(port);
    spec.options.client_id = "keeps-its-session".to_owned();
    spec.options.clean_start = false;
    spec.options.session_expiry = 3600;
    spec.options.acknowledge = Acknowledge::AfterCommit;
    spec
}

fn publisher(port: u16) -> SessionSpec {
    let mut spec = spec(port);
    spec.key = "publisher".to_owned();
    spec.options.subscriptions = Vec::new();
    spec
}

fn texts(archive: &Archive) -> Vec<String> {
    let text = |payload: &[u8]| String::from_utf8_lossy(payload).into_owned();
    all(&archive.reader()).iter().map(|it| text(&it.message.publish.payload)).collect()
}

async fn paused(session: &Session, recording: Recording) {
    session.set_recording(recording).await;
    until(session, "the switch", |frame| (frame.recording == recording).then_some(())).await;
}

#[tokio::test]
async fn a_pause_keeps_the_tree_live_stores_nothing_and_leaves_a_gap() {
    let broker = Mosquitto::start(&[]);
    let others = Archive::new();
    let sender = others.ready(publisher(broker.port())).await;
    let archive = Archive::new();
    let session = archive.ready(keeping(broker.port())).await;
    publish(&sender, "a", "before").await;
    received(&session, 1).await;
    paused(&session, Recording::Paused).await;
    publish(&sender, "b", "left out").await;
    publish(&session, "c", "own, left out").await;
    let frame = received(&session, 3).await;
    assert_eq!((frame.totals.left_out_paused, frame.topics, frame.totals.sent), (2, 3, 0));
    paused(&session, Recording::On).await;
    publish(&sender, "a", "after").await;
    let totals =
        until(&session, "the commits", |frame| (frame.totals.stored == 2).then_some(frame.totals))
            .await;
    assert_eq!((totals.received, totals.waiting, totals.dropped), (4, 0, 0));
    session.close().await;
    drop(session);

    assert_eq!(texts(&archive), ["before", "after"]);
    let sequences: Vec<_> = all(&archive.reader()).iter().map(|it| it.message.sequence).collect();
    assert_eq!(sequences, [1, 2], "what is not recorded takes no number");
    let archive = archive.reopened();
    let session = archive.ready(keeping(broker.port())).await;
    let gaps = session.reader().gaps(session.log(), 10).unwrap();
    assert_eq!((gaps[0].cause.as_str(), gaps[0].after_sequence), ("Recording was paused.", 1));
    assert!(gaps[0].to >= Some(gaps[0].from), "{gaps:?}");
    publish(&sender, "canary", "canary").await;
    let totals = received(&session, 1).await.totals;
    assert_eq!(totals.duplicates, 0, "what was left out was acknowledged");
    session.close().await;
    sender.close().await;
}

#[tokio::test]
async fn a_rule_leaves_topics_out_and_the_broker_is_told_that_they_are_settled() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let rule =
        |filter: &str, keep| RecordingRule { filter: TopicFilter::parse(filter).unwrap(), keep };
    let rules = RecordingRules(vec![
        rule("noise/but-this", Keep::Record),
        rule("noise/#", Keep::DontRecord),
    ]);
    let mut spec = keeping(broker.port());
    spec.rules = rules;
    let others = Archive::new();
    let sender = others.ready(publisher(broker.port())).await;
    let session = archive.ready(spec).await;
    for topic in ["noise/1", "a", "noise/but-this", "noise/2"] {
        publish(&sender, topic, topic).await;
    }
    let totals = until(&session, "the commits", |frame| {
        (frame.totals.stored == 2 && frame.totals.received == 4).then_some(frame.totals)
    })
    .await;
    assert_eq!((totals.left_out_by_rule, totals.waiting), (2, 0));
    session.set_rules(RecordingRules::default()).await;
    publish(&sender, "noise/3", "noise/3").await;
    until(&session, "the commit", |frame| (frame.totals.stored == 3).then_some(())).await;
    session.close().await;
    assert_eq!(texts(&archive), ["a", "noise/but-this", "noise/3"]);
    sender.close().await;
}
