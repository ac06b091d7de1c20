//! The picture of one connection that is sent when something visible changed.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::{Recording, TopicFilter};
use wiretree_session::{self as session, Gesture, SessionError, payload};

use super::{AppError, ConnectionState, SubscriptionState, to_u32};

/// How many characters of a value a row shows.
const PREVIEW: usize = 64;

/// What the foot shows. Sizes in bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counters {
    pub received: u64,
    pub stored: u64,
    pub shown: u64,
    pub dropped: u64,
    /// Received, but not committed yet.
    pub waiting: u64,
    /// Not recorded because recording was paused.
    pub left_out_paused: u64,
    /// Not recorded because a rule says so.
    pub left_out_by_rule: u64,
    pub topics: u64,
    pub messages_per_second: u64,
    pub bytes_per_second: u64,
    /// Beyond the limit of the tree: counted and stored, not drawn.
    pub undrawn_topics: u64,
    pub memory_bytes: u64,
    pub history_bytes: u64,
    pub history_messages: u64,
}

/// A line of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// Names the node while the connection is open.
    pub node: u32,
    /// 0 at the top.
    pub depth: u32,
    /// The level, with what cannot be seen written as escapes.
    pub name: String,
    /// Whether its children are shown.
    pub expanded: bool,
    /// Whether it has any.
    pub has_children: bool,
    /// Whether messages are published to it.
    pub is_topic: bool,
    /// Known from history only: no message in this session yet.
    pub seeded: bool,
    /// Topics at and below it.
    pub topics: u64,
    /// Messages at and below it in this session.
    pub messages: u64,
    /// The last value on one line.
    pub preview: Option<String>,
    /// Whether the last value is a number.
    pub numeric: bool,
    /// Whether the last message was retained.
    pub retained: bool,
    /// When anything at or below it last changed.
    pub changed_at: i64,
    /// Place among its siblings, from 1.
    pub position: u32,
    /// How many siblings there are.
    pub set_size: u32,
}

/// The rows that the window shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TreeWindow {
    /// The index of the first one.
    pub first: u32,
    /// How many there are in all.
    pub total: u32,
    /// The rows.
    pub rows: Vec<Row>,
}

/// The selected topic.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Selection {
    /// Names the node.
    pub node: u32,
    /// Its row; none while a filter or a closed branch hides it.
    pub row: Option<u32>,
    /// The whole topic name.
    pub topic: String,
    /// Whether messages are published to it.
    pub is_topic: bool,
    /// Whether there is something below it.
    pub has_children: bool,
    /// Whether its last message was retained.
    pub retained: bool,
    /// Messages at and below it in this session.
    pub messages: u64,
    /// Grows when messages at or below it have been committed.
    pub history_revision: u64,
}

/// The picture of one connection.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Frame {
    /// Counts the frames.
    pub revision: u64,
    /// When it was made.
    pub now: i64,
    /// Where the connection stands.
    pub state: ConnectionState,
    /// What the foot shows.
    pub counters: Counters,
    /// The rows that the window shows.
    pub tree: TreeWindow,
    /// The selected topic.
    pub selection: Option<Selection>,
    /// What was subscribed to.
    pub subscriptions: Vec<SubscriptionState>,
    /// What the broker's edge last had to say.
    pub notice: Option<AppError>,
    /// Whether recording is paused.
    pub recording_paused: bool,
    /// Why the history cannot be written at present.
    pub history_problem: Option<AppError>,
    /// The number that the next packet gets; it grows while packets are recorded.
    pub packets: u64,
}

/// A key that moves the selection.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Step {
    Up,
    Down,
    PageUp { rows: u32 },
    PageDown { rows: u32 },
    First,
    Last,
    CollapseOrParent,
    ExpandOrChild,
    Toggle,
    ExpandSiblings,
    TypeAhead { text: String },
}

/// How a filter text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FilterMode {
    /// Part of the topic name, whatever the case.
    Text,
    /// An MQTT topic filter.
    Mqtt,
}

/// Which topics to show.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TreeFilter {
    /// Empty: all.
    pub text: String,
    /// How it is meant.
    pub mode: FilterMode,
    /// Only topics whose last message was retained.
    pub retained_only: bool,
}

impl Frame {
    /// The session's picture; the gauges of the shell are still to be filled in.
    pub(crate) fn from_session(frame: session::Frame) -> Self {
        let subscriptions = frame.subscriptions.iter().map(SubscriptionState::from_session);
        Self {
            revision: frame.revision,
            now: frame.now.0,
            counters: Counters::from_session(&frame),
            state: ConnectionState::from_session(frame.state),
            tree: TreeWindow::from_session(&frame.window),
            selection: frame.selection.as_ref().map(Selection::from_session),
            subscriptions: subscriptions.collect(),
            notice: frame.notice.as_ref().map(AppError::from),
            recording_paused: frame.recording == Recording::Paused,
            history_problem: frame.history_problem.as_ref().map(AppError::from),
            packets: frame.packets,
        }
    }
}

impl Counters {
    fn from_session(frame: &session::Frame) -> Self {
        let totals = &frame.totals;
        Self {
            received: totals.received,
            stored: totals.stored,
            shown: totals.shown,
            dropped: totals.dropped,
            waiting: totals.waiting,
            left_out_paused: totals.left_out_paused,
            left_out_by_rule: totals.left_out_by_rule,
            topics: frame.topics,
            messages_per_second: totals.messages_per_second.round() as u64,
            bytes_per_second: totals.bytes_per_second.round() as u64,
            undrawn_topics: frame.undrawn_topics,
            ..Self::default()
        }
    }
}

impl TreeWindow {
    /// Rows for the page.
    pub(crate) fn from_session(window: &session::Window) -> Self {
        Self {
            first: to_u32(window.first),
            total: to_u32(window.total_rows),
            rows: window.rows.iter().map(Row::from_session).collect(),
        }
    }
}

impl Row {
    fn from_session(row: &session::Row) -> Self {
        let name = payload::escaped(&row.name);
        let name = if row.name_truncated { format!("{name}…") } else { name };
        let value = row.preview.as_ref();
        let preview = value.map(|value| {
            if value.truncated {
                payload::preview_of_beginning(&value.bytes, PREVIEW)
            } else {
                payload::preview(&value.bytes, PREVIEW)
            }
        });
        let numeric =
            |value: &session::Preview| !value.truncated && payload::is_number(&value.bytes);
        Self {
            node: row.node.0,
            depth: row.depth,
            name,
            expanded: row.is_expanded,
            has_children: row.has_children,
            is_topic: row.is_topic,
            seeded: row.seeded_only,
            topics: row.topics,
            messages: row.messages,
            preview,
            numeric: value.is_some_and(numeric),
            retained: row.retained,
            changed_at: row.changed_at.map_or(0, |moment| moment.0),
            position: row.position,
            set_size: row.set_size,
        }
    }
}

impl Selection {
    /// The selected topic for the page.
    pub(crate) fn from_session(selection: &session::Selection) -> Self {
        Self {
            node: selection.node.0,
            row: selection.row.map(to_u32),
            topic: selection.topic.to_text().into_owned(),
            is_topic: selection.is_topic,
            has_children: selection.has_children,
            retained: selection.retained,
            messages: selection.messages,
            history_revision: selection.history_revision,
        }
    }
}

impl From<Step> for session::Step {
    fn from(step: Step) -> Self {
        match step {
            Step::Up => Self::Up,
            Step::Down => Self::Down,
            Step::PageUp { rows } => Self::PageUp(rows as usize),
            Step::PageDown { rows } => Self::PageDown(rows as usize),
            Step::First => Self::First,
            Step::Last => Self::Last,
            Step::CollapseOrParent => Self::CollapseOrParent,
            Step::ExpandOrChild => Self::ExpandOrChild,
            Step::Toggle => Self::Toggle,
            Step::ExpandSiblings => Self::ExpandSiblings,
            Step::TypeAhead { text } => Self::TypeAhead(text),
        }
    }
}

impl TreeFilter {
    /// What the session is to do.
    ///
    /// # Errors
    /// The text is not a topic filter.
    pub(crate) fn to_gesture(&self) -> Result<Gesture, AppError> {
        let wanted = (!self.text.is_empty()).then_some(self.text.as_str());
        let (text, topic_filter) = match self.mode {
            FilterMode::Text => (wanted.map(str::to_owned), None),
            FilterMode::Mqtt => {
                (None, wanted.map(TopicFilter::parse).transpose().map_err(SessionError::from)?)
            }
        };
        Ok(Gesture::SetFilter { text, topic_filter, retained_only: self.retained_only })
    }
}
