//! Reading: pages for a window, everything for an export, single messages.
//!
//! Calls block and belong on a thread that may; each looks at one consistent state of the file and
//! does not hold up the writer. Absent: decoding of payloads.

mod check;
mod density;
mod matching;
mod moments;
mod noting;
mod places;
mod pool;
mod region;
mod scan;
mod scope;
mod walk;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction};
use wiretree_model::{Direction, Topic};

use crate::names::Directory;
use crate::query::{
    ConnectionId, Cursor, Damaged, Found, Gap, Page, Query, Scope, Size, StoredConnection,
    StoredMessage,
};
use crate::tables::{connections, extent, gaps, outcomes, sessions, topics};
use crate::{StoreError, StoredOutcome, StoredSession, error};

pub use check::Checked;
use pool::Pool;
use scope::Scopes;
use walk::{Bounds, Order, Stretch, Walk};

/// Bytes of payload after which a page is full, however few messages it has.
const PAGE_BYTES: usize = 16 * 1024 * 1024;
/// Messages that [`Reader::each`] takes from the file at a time.
const STRIDE: usize = 4_096;
/// The most gaps of a page.
const GAPS: usize = 1_000;
/// How long [`Reader::each`] looks before it gives word of its progress.
const WORD: Duration = Duration::from_millis(100);

/// Reads a history. Clones share a few connections to the file.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: Arc<Pool>,
    scopes: Arc<Scopes>,
}

impl Reader {
    /// For a file that was looked at; `directory` knows the topics while a writer is at work.
    pub(crate) fn new(path: &Path, directory: Option<Arc<Directory>>) -> Self {
        Self { pool: Arc::new(Pool::new(path)), scopes: Arc::new(Scopes::new(directory)) }
    }

    /// The connections that ever recorded, in the order in which they first did.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn connections(&self) -> Result<Vec<StoredConnection>, StoreError> {
        self.read(|file| connections::all(file))
    }

    /// The connection of the profile with this identifier.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn connection(&self, key: &str) -> Result<Option<StoredConnection>, StoreError> {
        self.read(|file| connections::find(file, key))
    }

    /// Up to `limit` messages, newest first, from `cursor` on. Comes back early, with what it has
    /// and a cursor, when `budget` is spent: so a search shows what it finds, and to cancel it is
    /// to ask no more. Order is that of arrival, whatever the clock did.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn page(
        &self,
        query: &Query,
        cursor: Option<Cursor>,
        limit: usize,
        budget: Duration,
    ) -> Result<Page, StoreError> {
        let deadline = Instant::now().checked_add(budget);
        self.read(|file| {
            let start = cursor.map_or(i64::MAX, |cursor| cursor.0);
            let stretch = self.stretch(file, query, Order::NewestFirst, start, limit, deadline)?;
            let searched_to = match stretch.stopped_at {
                Some(id) => extent::received_at(file, id)?,
                None => None,
            };
            let gaps = page_gaps(file, query, start, &stretch)?;
            let scanned = scanned(file, start, stretch.stopped_at)?;
            let next = stretch.stopped_at.map(Cursor);
            let sessions = page_sessions(file, query, start, &stretch)?;
            let (items, damaged) = (stretch.items, stretch.damaged);
            Ok(Page { items, next, searched_to, scanned, gaps, sessions, damaged })
        })
    }

    /// Shows `visit` every message that was there when it began, oldest first, and now and then how
    /// far it has come; [`ControlFlow::Break`] ends it. Holds no lock while it visits.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn each(
        &self,
        query: &Query,
        mut visit: impl FnMut(Found) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let end = self.read(|file| extent::last_id(file))?;
        let mut position = Some(0);
        while let Some(start) = position {
            let deadline = Instant::now().checked_add(WORD);
            let order = Order::OldestFirst { end };
            let (stretch, progress) = self.read(|file| {
                let stretch = self.stretch(file, query, order, start, STRIDE, deadline)?;
                let reached = stretch.stopped_at.unwrap_or(end);
                Ok((stretch, extent::progressed(file, reached, end)?))
            })?;
            let found = stretch.items.into_iter().map(Found::Message);
            let damaged = stretch.damaged.into_iter().map(Found::Damaged);
            for found in found.chain(damaged).chain([Found::Progress(progress)]) {
                if visit(found).is_break() {
                    return Ok(());
                }
            }
            position = stretch.stopped_at;
        }
        Ok(())
    }

    /// The message with this number.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn message(&self, id: i64) -> Result<Option<StoredMessage>, StoreError> {
        self.read(|file| walk::message(file, id))
    }

    /// The message before this one on the same topic of the same connection.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn previous(&self, id: i64) -> Result<Option<StoredMessage>, StoreError> {
        let Some(found) = self.message(id)? else { return Ok(None) };
        self.newest(found.connection, found.message.publish.topic, Some(Cursor(id)))
    }

    /// The newest message on a topic.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn latest(
        &self,
        connection: ConnectionId,
        topic: &Topic,
    ) -> Result<Option<StoredMessage>, StoreError> {
        self.newest(connection, topic.clone(), None)
    }

    /// The topics of a connection, those that were first seen first, at most `limit`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn topics(&self, connection: ConnectionId, limit: usize) -> Result<Vec<Topic>, StoreError> {
        self.read(|file| {
            let mut found = Vec::new();
            topics::each_after(file, 0, |_, of, name| {
                if of == connection && found.len() < limit {
                    found.push(Topic::from(bytes::Bytes::copy_from_slice(name)));
                }
                found.len() < limit
            })?;
            Ok(found)
        })
    }

    /// When a connection recorded nothing: the newest `limit` gaps, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn gaps(&self, connection: ConnectionId, limit: usize) -> Result<Vec<Gap>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|file| gaps::between(file, Some(connection), (0, i64::MAX), limit))
    }

    /// Damage as an error, for those who cannot go on without the messages.
    pub fn damage(&self, damaged: &Damaged) -> StoreError {
        let Damaged { messages, first, last, .. } = damaged;
        let reason =
            format!("{messages} messages, numbers {first} to {last}: {}", damaged.reason());
        StoreError::Damaged { path: self.pool.path().to_owned(), reason }
    }

    /// When a connection was up: the newest `limit` times, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn sessions(
        &self,
        connection: ConnectionId,
        limit: usize,
    ) -> Result<Vec<StoredSession>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|file| sessions::between(file, Some(connection), (0, i64::MAX), limit))
    }

    /// What became of each of these messages, in their order; `None` for those that were received,
    /// and while it is not known.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn outcomes(
        &self,
        messages: &[StoredMessage],
    ) -> Result<Vec<Option<StoredOutcome>>, StoreError> {
        let was_sent = |stored: &StoredMessage| stored.message.direction == Direction::Sent;
        // Most pages have nothing of our own, and need not ask.
        if !messages.iter().any(was_sent) {
            return Ok(vec![None; messages.len()]);
        }
        self.read(|file| {
            let knows = outcomes::are_kept(file)?;
            let find = |stored: &StoredMessage| match knows && was_sent(stored) {
                true => outcomes::find(file, stored.connection, stored.message.sequence),
                false => Ok(None),
            };
            messages.iter().map(find).collect()
        })
    }

    /// How much there is.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn size(&self) -> Result<Size, StoreError> {
        let messages = self.read(|file| extent::total(file))?;
        Ok(Size { bytes: self.pool.bytes_on_disk(), messages })
    }

    fn newest(
        &self,
        connection: ConnectionId,
        topic: Topic,
        before: Option<Cursor>,
    ) -> Result<Option<StoredMessage>, StoreError> {
        let (connection, scope) = (Some(connection), Scope::Topic(topic));
        let query = Query { connection, scope, ..Query::default() };
        let page = self.page(&query, before, 1, Duration::MAX)?;
        Ok(page.items.into_iter().next())
    }

    fn stretch(
        &self,
        file: &Connection,
        query: &Query,
        order: Order,
        start: i64,
        limit: usize,
        deadline: Option<Instant>,
    ) -> rusqlite::Result<Stretch> {
        let wanted = self.scopes.resolve(file, query)?;
        let bounds = Bounds { items: limit.max(1), bytes: PAGE_BYTES, deadline };
        Walk::new(file, query, &wanted, order, bounds)?.run(start)
    }

    pub(crate) fn path(&self) -> &Path {
        self.pool.path()
    }

    /// Lends a connection, and shows one state of the file for as long as `read` takes.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut lent = self.pool.lend()?;
        let result = lent.transaction().and_then(|file| read(&file));
        self.pool.give_back(lent);
        result.map_err(|error| self.sentence(&error))
    }

    pub(crate) fn sentence(&self, problem: &rusqlite::Error) -> StoreError {
        let path = self.pool.path();
        match problem {
            rusqlite::Error::QueryReturnedNoRows => StoreError::Damaged {
                path: path.to_owned(),
                reason: "a message has a topic without a name".to_owned(),
            },
            _ => error::from_sqlite(path, error::Step::Read, problem),
        }
    }
}

/// How many messages lie between `start` and where the way newest first has stopped.
fn scanned(file: &Connection, start: i64, stopped_at: Option<i64>) -> rusqlite::Result<u64> {
    let last = extent::last_id(file)?;
    let older = |id: i64| Ok(extent::progressed(file, id.saturating_sub(1), last)?.scanned);
    let rest = stopped_at.map_or(Ok(0), older)?;
    older(start).map(|from| from.saturating_sub(rest))
}

/// The gaps behind the messages that were looked at for a page, `start` not included. Where the way
/// ended, so does the history: what stands before its first message belongs there too.
fn page_gaps(
    file: &Connection,
    query: &Query,
    start: i64,
    stretch: &Stretch,
) -> rusqlite::Result<Vec<Gap>> {
    let (places, limit) = page_places(start, stretch);
    let mut found = gaps::between(file, query.connection, places, limit)?;
    let is_wanted = |gap: &Gap| {
        query.from.is_none_or(|from| gap.to.is_none_or(|to| to >= from))
            && query.to.is_none_or(|to| gap.from < to)
    };
    found.retain(is_wanted);
    for gap in &mut found {
        gap.after_message = newest_older(stretch, gap.after_message);
    }
    Ok(found)
}

/// The sessions that begin behind the messages that were looked at for a page.
fn page_sessions(
    file: &Connection,
    query: &Query,
    start: i64,
    stretch: &Stretch,
) -> rusqlite::Result<Vec<StoredSession>> {
    let (places, limit) = page_places(start, stretch);
    let mut found = sessions::between(file, query.connection, places, limit)?;
    let is_wanted = |session: &StoredSession| {
        query.from.is_none_or(|from| session.start.from >= from)
            && query.to.is_none_or(|to| session.start.from < to)
    };
    found.retain(is_wanted);
    for session in &mut found {
        session.after_message = newest_older(stretch, session.after_message);
    }
    Ok(found)
}

/// Which places in the file belong to a page, and how many marks at most.
fn page_places(start: i64, stretch: &Stretch) -> ((i64, i64), i64) {
    let last = start.saturating_sub(if start == i64::MAX { 0 } else { 1 });
    let first = stretch.stopped_at.unwrap_or(0);
    ((first, last), i64::try_from(GAPS).unwrap_or(i64::MAX))
}

/// The newest item of a page that a mark stands behind.
fn newest_older(stretch: &Stretch, place: Option<i64>) -> Option<i64> {
    let position = place.unwrap_or(0);
    stretch.items.iter().find(|item| item.id <= position).map(|item| item.id)
}
