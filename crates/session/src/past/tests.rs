//! A moment against the tree that was fed with the same messages up to it.

use std::sync::Arc;

use tempfile::TempDir;
use wiretree_model::{Message, Publish, Topic};
use wiretree_store::{ChangeKind, History, Log, Scope};
use wiretree_tree::Row;

use super::*;

struct Recorded {
    _folder: TempDir,
    history: Arc<History>,
    log: Log,
    messages: Vec<Message>,
}

/// Topic, payload, RETAIN; a message each second.
const SAID: [(&str, &str, bool); 8] = [
    ("plant/oven/state", "on", true),
    ("plant/oven/rpm", "10", false),
    ("plant/oven/rpm", "20", false),
    ("plant/lamp", "red", true),
    ("plant/oven/state", "", true),
    ("plant/oven/rpm", "20", false),
    ("door", "open", false),
    ("plant/lamp", "a value that is longer than the sixty-four bytes that a row may have", true),
];

async fn record() -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let history = Arc::new(History::open(&folder.path().join("history")).unwrap());
    let log = history.connection("one", "One").unwrap();
    let messages: Vec<Message> = (1..)
        .zip(SAID)
        .map(|(sequence, (topic, payload, retain))| Message {
            sequence,
            received_at: Timestamp(i64::try_from(sequence).unwrap() * 1_000_000),
            direction: wiretree_model::Direction::Received,
            publish: Publish {
                topic: Topic::received(topic),
                payload: payload.into(),
                retain,
                ..Publish::default()
            },
        })
        .collect();
    log.append(messages.clone()).await.unwrap();
    let mut progress = log.progress();
    progress.wait_for(|progress| progress.committed_sequence == 8).await.unwrap();
    Recorded { _folder: folder, history, log, messages }
}

impl Recorded {
    fn past(&self, moment: Moment, outlook: &Outlook) -> Past {
        let of = (self.history.reader(), self.log.id());
        Past::open(of.0, of.1, moment, outlook, (Limits::default(), 7)).unwrap()
    }

    fn live(&self, count: usize, outlook: &Outlook) -> Picture {
        let mut picture = Picture::new(Limits::default(), 7);
        picture.apply(&self.messages[..count]);
        picture.look_as(outlook);
        picture
    }
}

fn everything() -> Outlook {
    let expanded = ["plant", "plant/oven"].map(Topic::received).to_vec();
    Outlook { expanded, selected: Some(Topic::received("plant/oven/rpm")) }
}

const ALL: Gesture = Gesture::SetWindow { first: 0, count: 100 };

/// What a row says; when a level above topics last changed is not kept of a moment.
fn said(row: &Row) -> impl PartialEq + std::fmt::Debug {
    let changed_at = row.changed_at.filter(|_| row.is_topic);
    (row.name.clone(), row.messages, row.retained, row.preview.clone(), changed_at, row.topics)
}

#[tokio::test]
async fn every_moment_is_the_tree_that_was_seen_then() {
    let recorded = record().await;
    for count in 0..=SAID.len() {
        let moment = Moment::At(Timestamp(i64::try_from(count).unwrap() * 1_000_000 + 1));
        let past = recorded.past(moment, &everything());
        past.look(ALL);
        let mut live = recorded.live(count, &everything());
        live.look(ALL);
        let (then, seen) = (past.frame(), live.window());
        assert_eq!(then.problem, None);
        assert_eq!(past.position(), i64::try_from(count).unwrap());
        let then_said: Vec<_> = then.window.rows.iter().map(said).collect();
        let seen_said: Vec<_> = seen.rows.iter().map(said).collect();
        assert_eq!(then_said, seen_said, "after {count} messages");
        let topic = |selection: Option<Selection>| selection.map(|selection| selection.topic);
        assert_eq!(topic(then.selection), topic(live.selection(0, 0)));
    }
}

#[tokio::test]
async fn a_moment_is_found_by_clock_by_message_and_at_the_end() {
    let recorded = record().await;
    let find = |moment: Moment| moment.find(&recorded.history.reader(), recorded.log.id());
    assert_eq!(find(Moment::End).unwrap(), (8, Timestamp(8_000_000)));
    assert_eq!(find(Moment::Message(3)).unwrap(), (3, Timestamp(3_000_000)));
    assert_eq!(find(Moment::At(Timestamp(3_999_999))).unwrap(), (3, Timestamp(3_999_999)));
    assert_eq!(find(Moment::At(Timestamp(0))).unwrap(), (0, Timestamp(0)));
    assert_eq!(find(Moment::Message(99)).unwrap_err().code(), "message-gone");
}

#[tokio::test]
async fn steps_go_from_message_to_message_of_the_scope() {
    let recorded = record().await;
    let rpm = || Scope::Topic(Topic::received("plant/oven/rpm"));
    let beside = |moment, scope, side| {
        recorded.past(moment, &Outlook::default()).beside(scope, side).unwrap()
    };
    assert_eq!(beside(Moment::Message(3), rpm(), Beside::Older), Some(2));
    assert_eq!(beside(Moment::Message(2), rpm(), Beside::Older), None);
    assert_eq!(beside(Moment::Message(3), rpm(), Beside::Newer), Some(6));
    assert_eq!(beside(Moment::Message(6), rpm(), Beside::Newer), None);
    assert_eq!(beside(Moment::Message(6), Scope::All, Beside::Newer), Some(7));
    let between = Moment::At(Timestamp(4_500_000));
    assert_eq!(beside(between, rpm(), Beside::Older), Some(3));
    assert_eq!(beside(Moment::At(Timestamp(0)), rpm(), Beside::Newer), Some(2));
}

#[tokio::test]
async fn what_differs_is_told_with_both_values() {
    let recorded = record().await;
    let reader = recorded.history.reader();
    let found = changes(&reader, recorded.log.id(), (3, 8), None, 100).unwrap();
    let told: Vec<_> = found
        .items
        .iter()
        .map(|item| {
            let text = |value: &Value| {
                let (_, preview) = value.content.as_ref().unwrap();
                String::from_utf8_lossy(&preview.bytes).into_owned()
            };
            let kind = match item.kind {
                ChangeKind::Appeared { .. } => "appeared",
                ChangeKind::Changed { .. } => "changed",
                ChangeKind::Vanished { .. } => "vanished",
            };
            (item.topic.to_text(), kind, item.before.as_ref().map(text), item.after.message)
        })
        .collect();
    let mut expected = [
        ("plant/oven/state".into(), "vanished", Some("on".to_owned()), 5),
        ("plant/lamp".into(), "appeared", None, 8),
        ("door".into(), "appeared", None, 7),
    ];
    let mut told = told;
    told.sort();
    expected.sort();
    assert_eq!(told, expected, "the same value again is no change");
    assert_eq!((found.next, found.compared, found.total), (None, 4, 4));
}
