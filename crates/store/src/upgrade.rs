//! Brings a history of the first formats, with a row for each message, to the one with blocks.
//!
//! Everything is written into a new file, in one transaction; only when that is whole and on the
//! disk does it take the place of the old one, which stays beside it under another name. Promises:
//! whatever interrupts it, the file under the name is a whole history, the old or the new; every
//! message keeps its number, and so its place between gaps. Absent: the steps that only add, which
//! stand in `migrations`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction};

use crate::block::flag;
use crate::error::{Step, from_sqlite, in_words};
use crate::file::{beside, create_private, free_name, keep_as, put_in_place};
use crate::pile::{Pile, Sizes};
use crate::tables::alone::{self, too_large};
use crate::tables::topics;
use crate::writer::HIGHEST;
use crate::{ConnectionId, Progressed, StoreError, migrations};

/// Messages between two words of the progress.
pub(crate) const WORD: u64 = 8_192;

/// Messages of the old format with numbers from `?1` to `?2`, for [`old_row`] and [`content`].
pub(crate) const BETWEEN: &str =
    "SELECT id, topic, received_at, sequence, flags, packet_id, properties, payload
    FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id";

/// Hears how far it is.
pub(crate) type Word<'a> = dyn FnMut(Progressed) + 'a;

/// Writes the history at `path` anew, and gives the name of the copy that is kept.
///
/// # Errors
/// The old file is damaged, or cannot be read, or the new one not be written; the old one is where it
/// was.
pub(crate) fn run(path: &Path, sizes: Sizes, word: &mut Word<'_>) -> Result<PathBuf, StoreError> {
    let fresh = beside(path, ".new");
    let written = write_anew(path, &fresh, sizes, word);
    let put = written.and_then(|version| {
        let kept = free_name(path, &format!("format-{version}"));
        let replaced = replace(path, &fresh, &kept).map(|()| kept);
        replaced.map_err(|error| refused(path, in_words(&error)))
    });
    if put.is_err() {
        // What is left of the attempt is of no use.
        let _ = fs::remove_file(&fresh);
    }
    put
}

fn refused(path: &Path, reason: String) -> StoreError {
    StoreError::Upgrade { path: path.to_owned(), reason }
}

/// What was wrong: the old file, which trying again does not help, or something around it.
fn sentence(path: &Path, error: &rusqlite::Error) -> StoreError {
    let fits = !matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::NotADatabase)
    );
    match from_sqlite(path, Step::Open, error) {
        damaged @ StoreError::Damaged { .. } => damaged,
        other if fits => refused(path, other.to_string()),
        _ => StoreError::Damaged { path: path.to_owned(), reason: error.to_string() },
    }
}

/// Both names stand for the old file before the first is given to the new one.
fn replace(path: &Path, fresh: &Path, kept: &Path) -> std::io::Result<()> {
    keep_as(path, kept)?;
    put_in_place(fresh, path)
}

/// Writes all of the old file into a new one. Gives the format of the old one.
fn write_anew(
    path: &Path,
    fresh: &Path,
    sizes: Sizes,
    word: &mut Word<'_>,
) -> Result<i64, StoreError> {
    let sql = |error: rusqlite::Error| sentence(path, &error);
    let old = open_old(path).map_err(sql)?;
    let _ = fs::remove_file(fresh);
    create_private(fresh).map_err(|error| refused(path, in_words(&error)))?;
    let mut new = open_new(fresh).map_err(sql)?;
    let version = old.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sql)?;
    let transaction = new.transaction().map_err(sql)?;
    copy(&old, &transaction, version, sizes, word).map_err(sql)?;
    transaction.commit().map_err(sql)?;
    new.close().map_err(|(_, error)| sql(error))?;
    Ok(version)
}

/// Everything that was in the write-ahead log is in the file afterwards.
fn open_old(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let old = Connection::open_with_flags(path, flags)?;
    old.busy_timeout(crate::file::BUSY)?;
    crate::file::distrust(&old)?;
    let busy: bool = old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(busy, None));
    }
    old.pragma_update(None, "query_only", true)?;
    Ok(old)
}

/// Until it is whole nobody needs it, so it need not survive a crash.
fn open_new(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut new = Connection::open_with_flags(path, flags)?;
    new.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    new.pragma_update(None, "journal_mode", "OFF")?;
    new.pragma_update(None, "synchronous", "OFF")?;
    migrations::run(&mut new)?;
    Ok(new)
}

fn copy(
    old: &Connection,
    new: &Transaction<'_>,
    version: i64,
    sizes: Sizes,
    word: &mut Word<'_>,
) -> rusqlite::Result<()> {
    let connections: &[&str] = match version {
        1 => &["id", "key", "name", "last_sequence"],
        _ => &["id", "key", "name", "last_sequence", "last_at"],
    };
    copy_table(old, new, "connections", connections)?;
    if version > 1 {
        let columns = ["id", "connection", "after_sequence", "after_message", "from_at", "to_at"];
        let columns: Vec<&str> = columns.into_iter().chain(["cause", "session_kept"]).collect();
        copy_table(old, new, "gaps", &columns)?;
    }
    let mut owners = HashMap::new();
    let mut insert = topics::Insert::new(new)?;
    let mut statement = old.prepare("SELECT id, connection, name FROM topics ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, connection) = (row.get(0)?, row.get(1)?);
        insert.add(id, ConnectionId(connection), row.get_ref(2)?.as_blob()?)?;
        owners.insert(id, connection);
    }
    copy_messages(old, new, &owners, sizes, word)
}

/// Copies rows as they are; names of tables and columns are ours.
fn copy_table(
    old: &Connection,
    new: &Transaction<'_>,
    table: &str,
    columns: &[&str],
) -> rusqlite::Result<()> {
    let names = columns.join(", ");
    let places = vec!["?"; columns.len()].join(", ");
    let mut insert = new.prepare(&format!("INSERT INTO {table} ({names}) VALUES ({places})"))?;
    let mut statement = old.prepare(&format!("SELECT {names} FROM {table}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for at in 0..columns.len() {
            insert.raw_bind_parameter(at + 1, row.get::<_, Value>(at)?)?;
        }
        insert.raw_execute()?;
    }
    Ok(())
}

/// How many messages there are in the old format.
pub(crate) fn total(old: &Connection) -> rusqlite::Result<u64> {
    old.query_row("SELECT count(*) FROM messages", [], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}

fn copy_messages(
    old: &Connection,
    new: &Transaction<'_>,
    owners: &HashMap<i64, i64>,
    sizes: Sizes,
    word: &mut Word<'_>,
) -> rusqlite::Result<()> {
    let mut progress = Progressed { scanned: 0, total: total(old)? };
    let mut pile = Pile::new(sizes, 0).map_err(too_large)?;
    let mut sealer = crate::block::Sealer::new().map_err(too_large)?;
    let mut statement = old.prepare(BETWEEN)?;
    let mut rows = statement.query((i64::MIN, i64::MAX))?;
    let mut newest = 0_i64;
    while let Some(row) = rows.next()? {
        let message = old_row(row, |topic| owners.get(&topic).copied(), sizes)?;
        if !(newest.saturating_add(1)..HIGHEST).contains(&message.id) {
            // In a table that is whole they ascend.
            return Err(crate::block::Damage::Number.into());
        }
        newest = message.id;
        if message.content.is_none() {
            let (properties, payload) = content(row)?;
            alone::insert(new, &mut sealer, message.id, properties, payload)?;
        }
        pile.push(new, &message)?;
        progress.scanned += 1;
        if progress.scanned.is_multiple_of(WORD) {
            // Segments are made within this one transaction, and stay made.
            pile.go_on();
            word(progress);
        }
    }
    pile.pack(new)?;
    word(progress);
    Ok(())
}

/// A message as a block takes it; `owner` is the connection of its topic.
pub(crate) fn old_row<'a>(
    row: &'a Row<'_>,
    owner: impl FnOnce(i64) -> Option<i64>,
    sizes: Sizes,
) -> rusqlite::Result<crate::block::Row<'a>> {
    let (properties, payload) = content(row)?;
    let topic = row.get(1)?;
    let connection = owner(topic).ok_or(crate::block::Damage::Missing)?;
    let is_large = properties.len() + payload.len() > sizes.alone_bytes;
    Ok(crate::block::Row {
        id: row.get(0)?,
        topic,
        connection,
        received_at: row.get(2)?,
        sequence: row.get::<_, i64>(3)?.cast_unsigned(),
        // The bits were the same.
        flags: row.get::<_, u8>(4)? & (flag::QOS | flag::RETAIN | flag::DUP | flag::SENT),
        packet_id: row.get(5)?,
        size: payload.len() as u64,
        content: (!is_large).then_some((properties, payload)),
    })
}

/// Properties and payload.
pub(crate) fn content<'a>(row: &'a Row<'_>) -> rusqlite::Result<(&'a [u8], &'a [u8])> {
    let properties = match row.get_ref(6)? {
        ValueRef::Null => &[][..],
        value => value.as_blob()?,
    };
    Ok((properties, row.get_ref(7)?.as_blob()?))
}
