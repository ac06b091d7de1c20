//! The tree as a person looks at it: selection, history of the selected topic, filters, seeding.

use wiretree_demo::Broker;
use wiretree_model::{Topic, TopicFilter};
use wiretree_session::{Frame, Gesture, Seeding, Selection, Session, SessionSpec, Step};

use crate::common::{Archive, look, message, page, publish, received, spec, until};

async fn select(session: &Session, topic: &str) -> Selection {
    let topic = Topic::received(topic);
    let selection = session.look(Gesture::Reveal(topic)).await.unwrap();
    selection.expect("the topic is known")
}

fn names(frame: &Frame) -> Vec<String> {
    let rows = frame.window.rows.iter();
    rows.map(|row| String::from_utf8_lossy(&row.name).into_owned()).collect()
}

#[tokio::test]
async fn the_selection_stays_while_topics_come_in_above_it() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    publish(&session, "m/n", "1").await;
    received(&session, 1).await;
    look(&session, Gesture::SetWindow { first: 0, count: 50 }).await;
    let before = select(&session, "m/n").await;
    let row = before.row.expect("what is revealed is visible");
    for topic in ["a", "b/c", "c", "d", "z"] {
        publish(&session, topic, "1").await;
    }
    let after = until(&session, "new rows", |frame| {
        (frame.topics >= 6).then(|| frame.selection.clone()).flatten()
    })
    .await;
    assert_eq!((after.node, &after.topic), (before.node, &before.topic));
    assert_eq!(after.row, Some(row + 4), "four rows came in above, one below");

    let up = session.look(Gesture::Step(Step::CollapseOrParent)).await.unwrap();
    assert_eq!(up.map(|selection| selection.topic), Some(Topic::received("m")));
}

#[tokio::test]
async fn the_history_mark_grows_when_the_message_can_be_read() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    publish(&session, "a", "first").await;
    received(&session, 1).await;
    let mut seen = select(&session, "a").await.history_revision;
    // The selection itself has a mark, and the first message may be committed only now.
    seen = until(&session, "a quiet mark", |frame| {
        let selection = frame.selection.as_ref()?;
        let is_quiet = frame.totals.waiting == 0 && selection.history_revision == seen;
        seen = selection.history_revision;
        is_quiet.then_some(seen)
    })
    .await;
    for step in 0..20_usize {
        publish(&session, "a", format!("{step}")).await;
        seen = until(&session, "a mark that grows", |frame| {
            let mark = frame.selection.as_ref()?.history_revision;
            assert!(mark >= seen, "it never goes back");
            (mark > seen).then_some(mark)
        })
        .await;
        let page = page(session.reader(), session.log(), "a");
        let newest = page.items.first().map(|stored| stored.message.publish.payload.clone());
        assert_eq!(newest, Some(format!("{step}").into()), "it is on the disk");
    }
}

#[tokio::test]
async fn the_history_mark_differs_after_another_topic_was_selected() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    for topic in ["a", "b"] {
        publish(&session, topic, "1").await;
    }
    received(&session, 2).await;
    let mut marks = Vec::new();
    for topic in ["a", "b", "a", "b"] {
        let selection = select(&session, topic).await;
        assert_eq!((selection.topic, selection.messages), (Topic::received(topic), 1));
        marks.push(selection.history_revision);
    }
    assert!(marks.windows(2).all(|pair| pair[0] < pair[1]), "{marks:?}");
}

#[tokio::test]
async fn a_filter_shows_what_matches_and_what_comes_in_later() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    for topic in ["plant/line-1/temp", "plant/line-2/speed", "house/TEMP"] {
        publish(&session, topic, "1").await;
    }
    received(&session, 3).await;
    look(&session, Gesture::SetWindow { first: 0, count: 50 }).await;

    filter(&session, Some("temp"), None).await;
    shows(&session, &["house", "TEMP", "plant", "line-1", "temp"]).await;
    publish(&session, "house/temperature", "1").await;
    shows(&session, &["house", "TEMP", "temperature", "plant", "line-1", "temp"]).await;

    filter(&session, None, Some("plant/+/speed")).await;
    shows(&session, &["plant", "line-2", "speed"]).await;
    publish(&session, "plant/line-3/speed", "1").await;
    shows(&session, &["plant", "line-2", "speed", "line-3", "speed"]).await;

    filter(&session, None, None).await;
    shows(&session, &["house", "plant"]).await;
}

async fn filter(session: &Session, text: Option<&str>, topic_filter: Option<&str>) {
    let topic_filter = topic_filter.map(|text| TopicFilter::parse(text).unwrap());
    let text = text.map(str::to_owned);
    look(session, Gesture::SetFilter { text, topic_filter, retained_only: false }).await;
}

async fn shows(session: &Session, expected: &[&str]) {
    until(session, &format!("{expected:?}"), |frame| (names(frame) == expected).then_some(()))
        .await;
}

#[tokio::test]
async fn topics_of_the_history_are_there_before_the_broker_sends_any() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    // More than are taken in at once.
    const TOPICS: u64 = 10_000;
    for topic in 0..TOPICS {
        session.publish(message(&format!("old/{topic}"), "1")).await;
    }
    until(&session, "all topics", |frame| (frame.topics >= TOPICS).then_some(())).await;
    session.close().await;

    let archive = archive.reopened();
    let nobody = spec(wiretree_testkit::free_port());
    let session = archive.open(nobody.clone()).await;
    look(&session, Gesture::SetWindow { first: 0, count: 10 }).await;
    let frame = until(&session, "the topics of before", |frame| {
        (frame.topics >= TOPICS).then(|| frame.clone())
    })
    .await;
    let old = frame.window.rows.iter().find(|row| row.name == b"old").expect("it is drawn");
    assert_eq!((old.topics, old.messages, frame.totals.received), (TOPICS, 0, 0));
    look(&session, Gesture::SetExpanded(old.node, true)).await;
    let seeded = until(&session, "the topics themselves", |frame| {
        frame.window.rows.iter().find(|row| row.depth == 1).map(|row| row.seeded_only)
    })
    .await;
    assert!(seeded);
    session.close().await;

    let unseeded = archive.open(SessionSpec { seeding: Seeding::None, ..nobody }).await;
    assert_eq!(unseeded.close().await.topics, 0, "nobody looks at this tree");
}

#[tokio::test]
async fn a_full_tree_counts_what_it_does_not_draw_and_stores_it() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let mut spec = spec(broker.address().port());
    spec.limits.nodes = 10;
    let session = archive.ready(spec).await;
    for topic in 0..50 {
        publish(&session, &format!("t{topic}"), "1").await;
    }
    let frame = received(&session, 50).await;
    assert!(frame.topics <= 10 && frame.topics + frame.undrawn_topics >= 50, "{frame:?}");
    let totals = session.close().await.totals;
    assert_eq!((totals.stored, totals.dropped), (totals.received, 0));
}
