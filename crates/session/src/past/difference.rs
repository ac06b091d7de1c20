//! What differs between two moments, with the values that a list shows of it.

use wiretree_model::{Timestamp, Topic};
use wiretree_store::{ChangeKind, ConnectionId, Cursor, Reader};
use wiretree_tree::Preview;

use crate::SessionError;

/// Some of the topics that differ.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// May be fewer than asked for, even none, although more will be found; see `next`.
    pub items: Vec<DifferentTopic>,
    /// Where to go on; `None`: everything has been compared.
    pub next: Option<Cursor>,
    /// Topics compared so far.
    pub compared: u64,
    /// Topics to compare in all.
    pub total: u64,
}

/// A topic that differs.
#[derive(Clone, Debug)]
pub struct DifferentTopic {
    /// Which one.
    pub topic: Topic,
    /// How, and by which messages.
    pub kind: ChangeKind,
    /// Its value at the first moment.
    pub before: Option<Value>,
    /// Its value at the second.
    pub after: Value,
}

/// A value on one line.
#[derive(Clone, Debug)]
pub struct Value {
    /// Which message.
    pub message: i64,
    /// When it came, and the beginning of its payload; `None`: it is damaged.
    pub content: Option<(Timestamp, Preview)>,
}

/// What became of the topics between two positions of the history, the earlier one first.
///
/// # Errors
/// The history cannot be read.
pub fn changes(
    reader: &Reader,
    connection: ConnectionId,
    (from, to): (i64, i64),
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Difference, SessionError> {
    let page = reader.changes(connection, from, to, cursor, limit)?;
    let items = page.items.into_iter().map(|change| {
        let (before, after) = match change.kind {
            ChangeKind::Appeared { after } => (None, after),
            ChangeKind::Changed { before, after } | ChangeKind::Vanished { before, after } => {
                (Some(before), after)
            }
        };
        Ok(DifferentTopic {
            topic: change.topic,
            kind: change.kind,
            before: before.map(|id| value(reader, id)).transpose()?,
            after: value(reader, after)?,
        })
    });
    let items = items.collect::<Result<_, SessionError>>()?;
    Ok(Difference { items, next: page.next, compared: page.compared, total: page.total })
}

fn value(reader: &Reader, id: i64) -> Result<Value, SessionError> {
    let found = reader.readable(id)?.map(|stored| stored.message);
    let content = found.map(|found| (found.received_at, Preview::of(&found.publish.payload)));
    Ok(Value { message: id, content })
}
