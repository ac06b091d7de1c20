//! The tree as people read it: a line a level, below each other as they belong.

use wiretree_model::escaped;
use wiretree_session::{Change, ChangeKind, StoredMessage, TopicState, payload};

/// How many characters of a value a line has; what is longer ends with an ellipsis.
const LONGEST: usize = 120;

/// The levels that the last line stood below.
#[derive(Default)]
pub(super) struct Branches(Vec<Vec<u8>>);

impl Branches {
    /// A topic with its value, and the levels above it that are new. Topics come level by level.
    pub(super) fn state(
        &mut self,
        out: &mut Vec<u8>,
        state: &TopicState,
        last: Option<&StoredMessage>,
    ) {
        let levels: Vec<Vec<u8>> = state.topic.levels().map(<[u8]>::to_vec).collect();
        let shared = self.0.iter().zip(&levels).take_while(|(one, other)| one == other).count();
        let depth = levels.len().saturating_sub(1);
        for (at, level) in levels.iter().enumerate().skip(shared.min(depth)) {
            line(out, &format!("{}{}", "  ".repeat(at), name(level)), at < depth);
        }
        let mark = if state.retained { " [retained]" } else { "" };
        line(out, &format!("{mark} = {}", value(last)), true);
        self.0 = levels;
    }
}

/// How a topic differs, and its values.
pub(super) fn change(
    out: &mut Vec<u8>,
    change: &Change,
    before: Option<&StoredMessage>,
    after: Option<&StoredMessage>,
) {
    let topic = escaped(change.topic.as_bytes());
    let after = value(after);
    let told = match change.kind {
        ChangeKind::Appeared { .. } => format!("+ {topic} = {after}"),
        ChangeKind::Changed { .. } => format!("~ {topic} = {} -> {after}", value(before)),
        ChangeKind::Vanished { .. } => format!("- {topic} = {} -> {after}", value(before)),
    };
    line(out, &told, true);
}

fn line(out: &mut Vec<u8>, text: &str, ends: bool) {
    out.extend_from_slice(text.as_bytes());
    if ends {
        out.push(b'\n');
    }
}

fn name(level: &[u8]) -> String {
    if level.is_empty() { "\"\"".to_owned() } else { escaped(level) }
}

fn value(message: Option<&StoredMessage>) -> String {
    match message.map(|stored| &stored.message.publish.payload) {
        None => "(damaged)".to_owned(),
        Some(payload) if payload.is_empty() => "(empty)".to_owned(),
        Some(payload) => payload::preview(payload, LONGEST),
    }
}
