//! From one moment to the one before or after, message by message.

use std::ops::ControlFlow;

use wiretree_model::Timestamp;
use wiretree_store::{Cursor, Query, Reader, Scope, StoredMessage};

use super::{BUDGET, Past};
use crate::SessionError;

/// In which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// To the message before.
    Older,
    /// To the message after.
    Newer,
}

impl Past {
    /// The message within a scope that came just before or after the moment; `None`: there is none.
    /// The one before is the last that belongs to the moment, unless the moment is its own.
    ///
    /// # Errors
    /// The history cannot be read.
    pub fn beside(&self, scope: Scope, side: Beside) -> Result<Option<i64>, SessionError> {
        let query = Query { connection: Some(self.connection), scope, ..Query::default() };
        match side {
            Beside::Older => {
                let before = Cursor::up_to(self.position.saturating_sub(1));
                let found = newest(&self.reader, &query, Some(before), 1)?;
                Ok(found.first().map(|found| found.id))
            }
            Beside::Newer => next(&self.reader, query, self.position, self.moment),
        }
    }
}

/// The newest messages of a query from a place on, `count` at most.
pub(super) fn newest(
    reader: &Reader,
    query: &Query,
    mut cursor: Option<Cursor>,
    count: usize,
) -> Result<Vec<StoredMessage>, SessionError> {
    loop {
        let page = reader.page(query, cursor, count, BUDGET)?;
        match page.next {
            Some(next) if page.items.is_empty() => cursor = Some(next),
            _ => return Ok(page.items),
        }
    }
}

/// The first message behind a position. Its time says where to begin to look, which passes over one
/// that came while the clock was set back.
fn next(
    reader: &Reader,
    query: Query,
    position: i64,
    moment: Timestamp,
) -> Result<Option<i64>, SessionError> {
    let mut found = None;
    let query = Query { from: Some(moment), ..query };
    reader.each(&query, |each| match each {
        wiretree_store::Found::Message(message) if message.id > position => {
            found = Some(message.id);
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    })?;
    Ok(found)
}
