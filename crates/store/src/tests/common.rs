//! A history in a folder of its own, and messages to put into it.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::timeout;
use wiretree_model::{
    Direction, Message, MqttString, Properties, Property, Publish, QoS, Timestamp, Topic,
};

use crate::history::Limits;
use crate::pile::Sizes;
use crate::{Found, History, Log, Progress, Query, Reader, StoredMessage};

/// Far more than anything here takes; only a test that hangs reaches it.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder that goes when the test ends, and the path of a history in it.
pub(super) struct Place {
    pub(super) folder: TempDir,
    pub(super) path: PathBuf,
}

impl Place {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join("history.sqlite3");
        Self { folder, path }
    }

    pub(super) fn open(&self) -> History {
        self.open_with(|_| {})
    }

    pub(super) fn open_with(&self, change: impl FnOnce(&mut Limits)) -> History {
        let mut limits = Limits {
            first_pause: Duration::from_millis(1),
            gather: Duration::ZERO,
            keep_every: None,
            ..Limits::default()
        };
        change(&mut limits);
        History::open_with(&self.path, limits, &mut |_| {}).unwrap()
    }
}

/// Sizes by which a few messages make blocks, segments, and payloads that stand alone.
pub(super) fn small(segment_messages: usize) -> Sizes {
    let snapshot_messages = 2 * segment_messages as u64;
    let slice_bytes = Some(200);
    Sizes { block_bytes: 64, alone_bytes: 16, segment_messages, snapshot_messages, slice_bytes }
}

pub(super) fn message(sequence: u64, topic: &str, payload: impl Into<Bytes>) -> Message {
    let publish =
        Publish { topic: Topic::received(topic), payload: payload.into(), ..Publish::default() };
    let received_at = Timestamp(i64::try_from(sequence).unwrap() * 1_000_000);
    Message { sequence, received_at, direction: Direction::Received, publish }
}

/// Messages numbered from `first` on, on three topics in turn.
pub(super) fn messages(first: u64, count: u64) -> Vec<Message> {
    (first..first + count)
        .map(|sequence| {
            message(sequence, ["a", "a/b", "c"][sequence as usize % 3], format!("{sequence}"))
        })
        .collect()
}

pub(super) fn send(log: &Log, batch: Vec<Message>) {
    log.try_reserve().unwrap().expect("there is room").send(batch).unwrap();
}

/// Sends, and waits until it is committed.
pub(super) fn save(log: &Log, batch: Vec<Message>) {
    let last = batch.last().unwrap().sequence;
    send(log, batch);
    until(log, |progress| progress.committed_sequence >= last);
}

pub(super) fn until(log: &Log, reached: impl FnMut(&Progress) -> bool) -> Progress {
    block_on(wait(log.progress(), reached))
}

pub(super) async fn wait(
    mut progress: watch::Receiver<Progress>,
    reached: impl FnMut(&Progress) -> bool,
) -> Progress {
    let waited = timeout(PATIENCE, progress.wait_for(reached)).await;
    waited.expect("the writer gets there").unwrap().clone()
}

pub(super) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

pub(super) fn everything(reader: &Reader) -> Vec<Message> {
    each(reader, &Query::default()).into_iter().map(|stored| stored.message).collect()
}

pub(super) fn each(reader: &Reader, query: &Query) -> Vec<StoredMessage> {
    let mut all = Vec::new();
    let visit = |found| {
        if let Found::Message(stored) = found {
            all.push(stored);
        }
        std::ops::ControlFlow::Continue(())
    };
    reader.each(query, visit).unwrap();
    all
}

/// What the work comes to, on a thread of its own; `None`: it hangs.
pub(super) fn ended<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, heard) = mpsc::channel();
    std::thread::spawn(move || tell.send(work()));
    heard.recv_timeout(PATIENCE).ok()
}

fn bytes() -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), 0..20).prop_map(Bytes::from)
}

fn text() -> impl Strategy<Value = MqttString> {
    bytes().prop_map(MqttString::from)
}

fn property() -> impl Strategy<Value = Property> {
    prop_oneof![
        any::<u32>().prop_map(Property::MessageExpiryInterval),
        text().prop_map(Property::ContentType),
        bytes().prop_map(Property::CorrelationData),
        (1_u32..268_435_456).prop_map(Property::SubscriptionIdentifier),
        any::<u16>().prop_map(Property::TopicAlias),
        (text(), text()).prop_map(|(name, value)| Property::UserProperty(name, value)),
    ]
}

prop_compose! {
    /// Anything a broker could send.
    pub(super) fn any_message()(
        received_at in any::<i64>(),
        sent in any::<bool>(),
        topic in bytes(),
        payload in bytes(),
        qos in 0_u8..3,
        (retain, dup) in any::<(bool, bool)>(),
        packet_id in any::<Option<u16>>(),
        properties in proptest::collection::vec(property(), 0..6),
    ) -> Message {
        let publish = Publish {
            topic: topic.into(),
            payload,
            qos: QoS::from_bits(qos).unwrap(),
            retain,
            dup,
            packet_id,
            properties: Properties(properties),
        };
        let direction = if sent { Direction::Sent } else { Direction::Received };
        Message { sequence: 0, received_at: Timestamp(received_at), direction, publish }
    }
}
