//! What the tests share: a history in a folder of its own, sessions that are waited for with a
//! deadline, and short ways to say things.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;
use tokio::time::timeout;
use wiretree_model::{Direction, Publish, QoS, RecordingRules, Subscription, Topic};
use wiretree_session::{
    ConnectOptions, Connection, ConnectionId, Frame, Gesture, History, Limits, Page,
    PublishOutcome, Query, Reader, Row, Scope, Seeding, Session, SessionSpec, State, StoredMessage,
};

/// How long anything may take on a busy machine before it counts as never.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A history and the folder it stands in.
pub(crate) struct Archive {
    pub(crate) folder: TempDir,
    pub(crate) history: Arc<History>,
}

impl Archive {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let history = Arc::new(History::open(&folder.path().join("history.wiretree")).unwrap());
        Self { folder, history }
    }

    /// Closes the history, and opens the file again as the next start of the program does.
    pub(crate) fn reopened(self) -> Self {
        let path = self.history.path().to_owned();
        self.history.close().unwrap();
        drop(self.history);
        Self { folder: self.folder, history: Arc::new(History::open(&path).unwrap()) }
    }

    pub(crate) fn reader(&self) -> Reader {
        self.history.reader()
    }

    /// Opens a session and waits until the broker has answered for all its filters.
    pub(crate) async fn ready(&self, spec: SessionSpec) -> Session {
        let session = self.open(spec).await;
        until(&session, "the subscriptions", |frame| {
            let granted = |state: &wiretree_session::SubscriptionState| {
                state.outcome.as_ref().is_some_and(|outcome| outcome.granted().is_some())
            };
            frame.subscriptions.iter().all(granted).then_some(())
        })
        .await;
        session
    }

    pub(crate) async fn open(&self, spec: SessionSpec) -> Session {
        Session::open(spec, Arc::clone(&self.history)).await.unwrap()
    }

    /// A path for an export, in a folder that holds nothing else.
    pub(crate) fn export(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join("exports");
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }
}

/// A session of the broker at this port, subscribed to everything with QoS 2.
pub(crate) fn spec(port: u16) -> SessionSpec {
    let filter = |text| Subscription::parse(text, QoS::ExactlyOnce).unwrap();
    let subscriptions = vec![filter("#")];
    SessionSpec {
        key: "test".to_owned(),
        name: "Test".to_owned(),
        options: ConnectOptions { port, subscriptions, ..ConnectOptions::default() },
        rules: RecordingRules::default(),
        numbers_after: 0,
        seeding: Seeding::FromHistory,
        limits: Limits::default(),
        tree_seed: 7,
    }
}

/// A session that is refused before it connects, so that nothing ever comes in.
pub(crate) fn unconnected() -> SessionSpec {
    let mut spec = spec(1);
    spec.options.clean_start = false;
    spec
}

/// Waits for a frame that has what is looked for.
pub(crate) async fn until<T>(
    session: &Session,
    what: &str,
    mut pick: impl FnMut(&Frame) -> Option<T>,
) -> T {
    let wait = async {
        loop {
            let frame = session.next_frame().await;
            let frame = frame.unwrap_or_else(|| panic!("the session ended before {what}"));
            if let Some(picked) = pick(&frame) {
                return picked;
            }
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Waits until so many messages have come in.
pub(crate) async fn received(session: &Session, count: u64) -> Frame {
    let enough = |frame: &Frame| (frame.totals.received >= count).then(|| frame.clone());
    until(session, &format!("{count} messages"), enough).await
}

/// Waits for a row of the window.
pub(crate) async fn row(session: &Session, name: &str, fits: impl Fn(&Row) -> bool) -> Row {
    until(session, &format!("the row {name}"), |frame| {
        let mut rows = frame.window.rows.iter();
        rows.find(|row| row.name == name.as_bytes() && fits(row)).cloned()
    })
    .await
}

pub(crate) async fn look(session: &Session, gesture: Gesture) {
    session.look(gesture).await.unwrap();
}

pub(crate) fn message(topic: &str, payload: impl Into<Bytes>) -> Publish {
    Publish { topic: Topic::received(topic), payload: payload.into(), ..Publish::default() }
}

/// Publishes, and waits until the broker has it.
pub(crate) async fn publish(session: &Session, topic: &str, payload: impl Into<Bytes>) {
    let publish = Publish { qos: QoS::AtLeastOnce, ..message(topic, payload) };
    let outcome = timeout(PATIENCE, session.publish(publish).await.finished()).await.unwrap();
    assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
}

pub(crate) fn is_connected(frame: &Frame) -> Option<()> {
    matches!(frame.state, State::Connected { .. }).then_some(())
}

/// The newest messages on a topic.
pub(crate) fn page(reader: &Reader, log: ConnectionId, topic: &str) -> Page {
    let scope = Scope::Topic(Topic::received(topic));
    let query = Query { connection: Some(log), scope, ..Query::default() };
    reader.page(&query, None, 1_000, PATIENCE).unwrap()
}

/// All messages of a history that a broker sent, oldest first.
pub(crate) fn all(reader: &Reader) -> Vec<StoredMessage> {
    let mut stored = both_ways(reader);
    stored.retain(|stored| stored.message.direction == Direction::Received);
    stored
}

/// Bytes that no compression makes fewer.
pub(crate) fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(count).collect()
}

/// Another client, which publishes and records nothing.
pub(crate) fn sender(port: u16) -> Connection {
    let (connection, mut events) =
        wiretree_session::connect(ConnectOptions { port, ..ConnectOptions::default() });
    tokio::spawn(async move { while events.next().await.is_some() {} });
    connection
}

/// Publishes as another client, and waits until the broker has it.
pub(crate) async fn say(sender: &Connection, topic: &str, payload: impl Into<Bytes>) {
    let publish = Publish { qos: QoS::AtLeastOnce, ..message(topic, payload) };
    let outcome = timeout(PATIENCE, sender.publish(publish).await.finished()).await.unwrap();
    assert!(matches!(outcome, PublishOutcome::Acknowledged { .. }), "{outcome:?}");
}

/// All messages of a history, oldest first, what was published from here included.
pub(crate) fn both_ways(reader: &Reader) -> Vec<StoredMessage> {
    let mut items = Vec::new();
    let mut cursor = None;
    loop {
        let page = reader.page(&Query::default(), cursor, 10_000, PATIENCE).unwrap();
        items.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            items.reverse();
            return items;
        }
    }
}
