//! A history that is damaged, or no history at all: it is set aside under a name that says so, and
//! what is intact in it goes into a new one.
//!
//! Promises: the damaged file keeps every byte; what is taken over has the checksum that it was
//! written with, its number and its place. What cannot be read is passed over by halves, so that one
//! bad page costs what is on it, or hangs from it, and no more. Absent: asking, which whoever opens the
//! file does.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row, Statement, Transaction};
use time::OffsetDateTime;

use crate::block::{Head, Opener};
use crate::error::{Step, from_sqlite, in_words};
use crate::file::{self, beside, free_name, keep_as};
use crate::index::Entry;
use crate::pile::{Pile, Sizes};
use crate::tables::alone::{self, too_large};
use crate::tables::blocks::{self, Raw};
use crate::tables::{segments, space, tail, topics};
use crate::upgrade::Word;
use crate::{Progressed, StoreError};

/// Numbers of messages that are given up together where the database cannot be read.
const GRAIN: i64 = 256;
/// The most times that the database may refuse before the rest is given up.
const REFUSALS: u32 = 100_000;

/// What became of a history that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvaged {
    /// Where the file is now, as it was.
    pub aside: PathBuf,
    /// Why it could not be used, as a sentence.
    pub reason: String,
    /// Messages that were taken over into the new history.
    pub messages: u64,
    /// Messages that are known to have been there and could not be read; more may be lost.
    pub lost: u64,
    /// Topics whose names could not be read; their messages stand under names that say so.
    pub nameless: u64,
}

/// Makes a new history of what is intact in the file at `path`, which is set aside.
///
/// # Errors
/// It cannot be set aside, or the new one cannot be written; the file is where it was.
pub(crate) fn run(
    path: &Path,
    reason: String,
    sizes: Sizes,
    word: &mut Word<'_>,
) -> Result<Salvaged, StoreError> {
    let mut salvaged = Salvaged {
        aside: free_name(path, &format!("corrupt-{}", today())),
        reason,
        messages: 0,
        lost: 0,
        nameless: 0,
    };
    let fresh = beside(path, ".new");
    forget(&fresh);
    let made = write_anew(path, &fresh, sizes, &mut salvaged, word).and_then(|()| {
        set_aside(path, &fresh, &salvaged.aside)
            .map_err(|error| StoreError::Aside { path: path.to_owned(), reason: in_words(&error) })
    });
    if made.is_err() {
        // What is left of the attempt is of no use.
        forget(&fresh);
    }
    made.map(|()| salvaged)
}

fn forget(fresh: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(fresh, end));
    }
}

fn write_anew(
    path: &Path,
    fresh: &Path,
    sizes: Sizes,
    salvaged: &mut Salvaged,
    word: &mut Word<'_>,
) -> Result<(), StoreError> {
    let mut new = file::create(fresh)?;
    let in_words = |error: rusqlite::Error| from_sqlite(path, Step::Write, &error);
    // What is not even a database has nothing to take over.
    if let Ok(old) = file::open_damaged(path) {
        let transaction = new.transaction().map_err(in_words)?;
        take_over(&old, &transaction, sizes, salvaged, word).map_err(in_words)?;
        transaction.commit().map_err(in_words)?;
    }
    new.close().map_err(|(_, error)| in_words(error))
}

/// Both names stand for the damaged file before the first is given to the new one.
fn set_aside(path: &Path, fresh: &Path, aside: &Path) -> io::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let there = beside(path, end);
        if there.exists() {
            keep_as(&there, &beside(aside, end))?;
        }
    }
    // They would be taken for those of the new file.
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(path, end));
    }
    File::open(fresh)?.sync_all()?;
    fs::rename(fresh, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// The day in UTC, as in 20261129.
fn today() -> String {
    let today = OffsetDateTime::now_utc().date();
    format!("{:04}{:02}{:02}", today.year(), u8::from(today.month()), today.day())
}

/// Copies what is intact.
fn take_over(
    old: &Connection,
    new: &Transaction<'_>,
    sizes: Sizes,
    salvaged: &mut Salvaged,
    word: &mut Word<'_>,
) -> rusqlite::Result<()> {
    for (table, columns) in TABLES {
        copy_rows(old, new, table, columns)?;
    }
    copy_outcomes(old, new)?;
    copy_rules(old, new)?;
    copy_used(old, new)?;
    let known = copy_topics(old, new)?;
    let mut taking = Taking {
        old,
        new,
        known,
        nameless: HashSet::new(),
        opener: Opener::new().map_err(too_large)?,
        pile: Pile::new(sizes, 0).map_err(too_large)?,
        salvaged,
    };
    taking.blocks(word)?;
    taking.tail()?;
    taking.pile.pack(new)?;
    taking.name_the_nameless()
}

const TABLES: [(&str, &str); 4] = [
    ("connections", "id, key, name, last_sequence, last_at"),
    ("gaps", "id, connection, after_sequence, after_message, from_at, to_at, cause, session_kept"),
    (
        "sessions",
        "id, connection, after_sequence, after_message, from_at, to_at, cause, session_kept, \
         client_id, broker, protocol",
    ),
    ("policies", "connection, max_age, max_messages, max_bytes"),
];

/// Copies what can be read of a table that matters less than the messages.
fn copy_rows(
    old: &Connection,
    new: &Transaction<'_>,
    table: &str,
    columns: &str,
) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT {columns}, rowid AS id FROM {table} WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid"
    );
    copy(old, new, &sql, table, columns)
}

/// Copies what became of the messages that were published.
fn copy_outcomes(old: &Connection, new: &Transaction<'_>) -> rusqlite::Result<()> {
    let columns = "sequence, connection, ended_at, kind, after, reason_code, words";
    let mut connections = new.prepare("SELECT id FROM connections")?;
    let mut ids = connections.query([])?;
    while let Some(row) = ids.next()? {
        let connection: i64 = row.get(0)?;
        let sql = format!(
            "SELECT sequence AS id, connection, ended_at, kind, after, reason_code, words
             FROM outcomes WHERE connection = {connection} AND sequence BETWEEN ?1 AND ?2
             ORDER BY sequence"
        );
        copy(old, new, &sql, "outcomes", columns)?;
    }
    Ok(())
}

/// Copies what happens with the topics of filters: a few rows.
fn copy_rules(old: &Connection, new: &Transaction<'_>) -> rusqlite::Result<()> {
    let sql = "SELECT connection, place, filter, action, seconds, connection AS id FROM rules
        WHERE connection BETWEEN ?1 AND ?2 ORDER BY connection, place";
    copy(old, new, sql, "rules", "connection, place, filter, action, seconds")
}

/// Numbers that were given stay given, whether or not what had them is left.
fn copy_used(old: &Connection, new: &Transaction<'_>) -> rusqlite::Result<()> {
    match space::used(old) {
        Ok((message, topic)) => space::note_used(new, message, topic),
        // What is left says how far it was.
        Err(_) => Ok(()),
    }
}

/// Copies the rows that `sql` gives, as [`sweep`] does, into these columns of the new table.
fn copy(
    old: &Connection,
    new: &Transaction<'_>,
    sql: &str,
    table: &str,
    columns: &str,
) -> rusqlite::Result<()> {
    let count = columns.split(',').count();
    let places = vec!["?"; count].join(", ");
    let into = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})");
    let mut insert = new.prepare(&into)?;
    sweep(old, sql, &mut |row| {
        for at in 0..count {
            let Ok(value) = row.get::<_, rusqlite::types::Value>(at) else { return Ok(()) };
            insert.raw_bind_parameter(at + 1, value)?;
        }
        // A row that does not fit is damaged; the others do.
        let _ = insert.raw_execute();
        Ok(())
    })
    .map(drop)
}

/// Copies the topics whose checksum is right, and gives their numbers.
fn copy_topics(old: &Connection, new: &Transaction<'_>) -> rusqlite::Result<HashSet<i64>> {
    let mut known = HashSet::new();
    let mut insert = topics::Insert::new(new)?;
    sweep(old, topics::BETWEEN, &mut |row| {
        if let Ok(Ok((id, connection, name))) = topics::checked(row)
            && known.insert(id)
        {
            insert.add(id, connection, name)?;
        }
        Ok(())
    })?;
    Ok(known)
}

/// Shows every row that can be read of a table with ascending numbers. `sql` takes the first and the
/// last number. Where the database refuses, the rest is tried by halves.
fn sweep(
    old: &Connection,
    sql: &str,
    visit: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<u32> {
    // No table of this name: a history of a version before it.
    let Ok(mut statement) = old.prepare(sql) else { return Ok(1) };
    let mut ranges = vec![(i64::MIN, i64::MAX)];
    let mut refusals = 0;
    while let Some((low, high)) = ranges.pop() {
        if refusals > REFUSALS {
            break;
        }
        let mut reached = None;
        match read_range(&mut statement, (low, high), &mut reached, visit) {
            Ok(()) => {}
            Err(Stop::Visitor(error)) => return Err(error),
            Err(Stop::Database) => {
                refusals += 1;
                let from = reached.map_or(low, |id: i64| id.saturating_add(1));
                if high.checked_sub(from).is_none_or(|length| length > GRAIN) {
                    let middle = from.midpoint(high);
                    ranges.push((middle.saturating_add(1), high));
                    ranges.push((from, middle));
                }
            }
        }
    }
    Ok(refusals)
}

/// What ends a range early.
enum Stop {
    /// The old file cannot be read there.
    Database,
    /// The new one cannot be written.
    Visitor(rusqlite::Error),
}

fn read_range(
    statement: &mut Statement<'_>,
    range: (i64, i64),
    reached: &mut Option<i64>,
    visit: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), Stop> {
    let database = |_: rusqlite::Error| Stop::Database;
    let mut rows = statement.query(range).map_err(database)?;
    while let Some(row) = rows.next().map_err(database)? {
        let id: i64 = row.get("id").map_err(database)?;
        visit(row).map_err(Stop::Visitor)?;
        *reached = Some(id);
    }
    Ok(())
}

struct Taking<'a> {
    old: &'a Connection,
    new: &'a Transaction<'a>,
    /// Topics that have their names.
    known: HashSet<i64>,
    /// Topics of messages, with their connections, whose names are lost.
    nameless: HashSet<(i64, i64)>,
    opener: Opener,
    pile: Pile,
    salvaged: &'a mut Salvaged,
}

impl Taking<'_> {
    fn blocks(&mut self, word: &mut Word<'_>) -> rusqlite::Result<()> {
        let total = segments::total(self.old).unwrap_or(0);
        let mut newest = 0;
        let old = self.old;
        sweep(old, blocks::BETWEEN, &mut |row| {
            let Ok(block) = Raw::read(row) else { return Ok(()) };
            if block.span.first <= newest || block.span.last < block.span.first {
                return Ok(());
            }
            newest = block.span.last;
            self.block(&block)?;
            word(Progressed { scanned: self.salvaged.messages, total });
            Ok(())
        })
        .map(drop)
    }

    fn block(&mut self, block: &Raw) -> rusqlite::Result<()> {
        let beside = blocks::beside(&block.span);
        let (mut head, mut body) = (Vec::new(), Vec::new());
        let opened = self.opener.open(&beside, &block.head, &mut head);
        let opened = opened.and_then(|()| self.opener.open(&beside, &block.body, &mut body));
        let Ok(head) = opened.and_then(|()| Head::read(&head)) else {
            self.salvaged.lost += block.span.count;
            return Ok(());
        };
        for meta in &head.metas {
            self.note_topic(meta.topic, meta.connection);
            if meta.is_alone() {
                self.alone(meta.id)?;
            }
        }
        let entries: Vec<Entry> = head
            .metas
            .iter()
            .map(|meta| Entry::new(meta.topic, meta.id, meta.flags, meta.size))
            .collect();
        self.salvaged.messages += entries.len() as u64;
        self.pile.take_block(self.new, block, entries)
    }

    /// What stands alone is taken as it is; whether it is whole, whoever reads it finds out.
    fn alone(&mut self, id: i64) -> rusqlite::Result<()> {
        match alone::sealed(self.old, id) {
            Ok(Some(content)) => alone::insert_sealed(self.new, id, &content),
            Ok(None) | Err(_) => {
                self.salvaged.lost += 1;
                Ok(())
            }
        }
    }

    fn tail(&mut self) -> rusqlite::Result<()> {
        let old = self.old;
        sweep(old, tail::BETWEEN, &mut |row| {
            let Ok(kept) = tail::Kept::read(row) else {
                self.salvaged.lost += 1;
                return Ok(());
            };
            if kept.id <= self.pile.packed_to() {
                return Ok(());
            }
            if kept.content.is_none() {
                self.alone(kept.id)?;
            }
            let connection = match topics::name(self.old, kept.topic) {
                Ok(Ok((connection, _))) => connection.0,
                Ok(Err(_)) | Err(_) => 0,
            };
            self.note_topic(kept.topic, connection);
            self.salvaged.messages += 1;
            self.pile.push(self.new, &kept.to_row(connection))
        })
        .map(drop)
    }

    fn note_topic(&mut self, topic: i64, connection: i64) {
        if !self.known.contains(&topic) {
            self.nameless.insert((topic, connection));
        }
    }

    /// Messages on a topic without a name could not be shown at all.
    fn name_the_nameless(&mut self) -> rusqlite::Result<()> {
        let mut insert = topics::Insert::new(self.new)?;
        let mut named = HashSet::new();
        for (topic, connection) in &self.nameless {
            if named.insert(*topic) {
                let name = format!("(name lost)/{topic}");
                insert.add(*topic, crate::ConnectionId(*connection), name.as_bytes())?;
            }
        }
        self.salvaged.nameless = named.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_two_bad_places_is_found() {
        let old = Connection::open_in_memory().unwrap();
        old.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, x)").unwrap();
        for id in 1..=10_000 {
            old.execute("INSERT INTO t VALUES (?1, 1)", [id]).unwrap();
        }
        // Refuses at these, as a bad page would.
        let sql = "SELECT id FROM t WHERE id BETWEEN ?1 AND ?2 AND CASE WHEN id IN (3000, 9000)
            THEN abs(-9223372036854775807 - 1) ELSE 1 END ORDER BY id";
        let mut seen = Vec::new();
        let refusals = sweep(&old, sql, &mut |row| {
            seen.push(row.get::<_, i64>(0)?);
            Ok(())
        })
        .unwrap();
        assert!(refusals > 2 && seen.is_sorted());
        assert!(seen.len() as i64 >= 10_000 - 2 * (GRAIN + 1), "{}", seen.len());
        assert!(seen.contains(&2_000) && seen.contains(&6_000) && seen.contains(&10_000));
    }
}
