//! A history that is damaged, or no history at all: it is set aside under a name that says so, and
//! what is intact in it goes into a new one.
//!
//! Promises: the damaged file keeps every byte; what is taken over has the checksum that it was
//! written with, where its format has any, its number and its place. Messages are looked for on every
//! page of the file, so that a bad one costs what begins on it or goes on there, and no more; what
//! has no checksum is read as SQLite finds it, and passed over by halves where it does not. Absent:
//! asking, which whoever opens the file does.

mod beside;
mod cells;
mod found;
mod pages;
mod rows;
mod sweep;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction};
use time::OffsetDateTime;

use crate::block::{Head, MOST_MESSAGES, Opener};
use crate::error::{Step, from_sqlite, in_words};
use crate::file::{self, free_name, keep_as, put_in_place};
use crate::index::Entry;
use crate::pile::{Pile, Sizes};
use crate::tables::alone::{self, too_large};
use crate::tables::blocks::{self, Raw};
use crate::tables::{segments, tail, topics};
use crate::upgrade::Word;
use crate::writer::HIGHEST;
use crate::{Progressed, StoreError, migrations};

use found::{Found, Table};
use pages::Pages;

/// Pages between two words of how far it is.
const PAGES: u64 = 1_024;

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
    let fresh = file::beside(path, ".new");
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
        let _ = fs::remove_file(file::beside(fresh, end));
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
    // What cannot even be read has nothing to take over, and what is made up is not taken over.
    let old = file::open_damaged(path).ok().filter(migrations::is_plain);
    if let Some((old, pages)) = old.zip(Pages::open(path).ok()) {
        let transaction = new.transaction().map_err(in_words)?;
        take_over(&old, pages, &transaction, sizes, salvaged, word).map_err(in_words)?;
        transaction.commit().map_err(in_words)?;
    }
    new.close().map_err(|(_, error)| in_words(error))
}

/// Both names stand for the damaged file before the first is given to the new one.
fn set_aside(path: &Path, fresh: &Path, aside: &Path) -> io::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let there = file::beside(path, end);
        if there.exists() {
            keep_as(&there, &file::beside(aside, end))?;
        }
    }
    put_in_place(fresh, path)
}

/// The day in UTC, as in 20261129.
fn today() -> String {
    let today = OffsetDateTime::now_utc().date();
    format!("{:04}{:02}{:02}", today.year(), u8::from(today.month()), today.day())
}

/// Copies what is intact.
fn take_over(
    old: &Connection,
    pages: Pages,
    new: &Transaction<'_>,
    sizes: Sizes,
    salvaged: &mut Salvaged,
    word: &mut Word<'_>,
) -> rusqlite::Result<()> {
    beside::copy_all(old, new)?;
    // To find the rows and to take them over are a half of the work each.
    let total = segments::total(old).unwrap_or(0);
    let found = &Found::look(pages, new, |seen, of| {
        if seen.is_multiple_of(PAGES) {
            let share = u128::from(total) * u128::from(seen) / u128::from(of.max(1)) / 2;
            word(Progressed { scanned: u64::try_from(share).unwrap_or(total), total });
        }
    })?;
    let known = copy_topics(found, new)?;
    let mut newest = beside::connections(new)?;
    for connection in known.values() {
        newest.entry(*connection).or_default();
    }
    let mut taking = Taking {
        old,
        found,
        new,
        known,
        nameless: HashMap::new(),
        newest,
        unknown: None,
        opener: Opener::new().map_err(too_large)?,
        pile: Pile::new(sizes, 0).map_err(too_large)?,
        salvaged,
    };
    taking.blocks(total, word)?;
    taking.rows(sizes, word)?;
    taking.tail()?;
    taking.pile.pack(new)?;
    taking.name_the_nameless()?;
    beside::add_lost(new, &taking.newest)?;
    beside::copy_outcomes(old, new)
}

/// Copies the topics whose checksum is right, and gives the connection of each.
fn copy_topics(found: &Found<'_>, new: &Transaction<'_>) -> rusqlite::Result<HashMap<i64, i64>> {
    let mut known = HashMap::new();
    let mut insert = topics::Insert::new(new)?;
    found.each(Table::Topics, &mut |row| {
        if let Ok(Ok((id, connection, name))) = topics::checked(row)
            && (1..HIGHEST).contains(&id)
            && known.insert(id, connection.0).is_none()
        {
            insert.add(id, connection, name)?;
        }
        Ok(())
    })?;
    Ok(known)
}

struct Taking<'a> {
    old: &'a Connection,
    found: &'a Found<'a>,
    new: &'a Transaction<'a>,
    /// Topics that have their names, with their connections.
    known: HashMap<i64, i64>,
    /// Topics of messages whose names are lost, with their connections.
    nameless: HashMap<i64, i64>,
    /// The highest sequence number of each connection that anything is of.
    newest: BTreeMap<i64, u64>,
    /// The connection of what is of nobody knows which.
    unknown: Option<i64>,
    opener: Opener,
    pile: Pile,
    salvaged: &'a mut Salvaged,
}

impl Taking<'_> {
    fn blocks(&mut self, total: u64, word: &mut Word<'_>) -> rusqlite::Result<()> {
        let mut newest = 0_i64;
        let found = self.found;
        found.each(Table::Blocks, &mut |row| {
            let Ok(block) = Raw::read(row) else { return Ok(()) };
            let is_numbered = (newest.saturating_add(1)..HIGHEST).contains(&block.span.first)
                && block.span.last < HIGHEST;
            if is_numbered && self.block(&block)? {
                newest = block.span.last;
            }
            word(Progressed { scanned: total / 2 + self.salvaged.messages / 2, total });
            Ok(())
        })
    }

    /// Takes a block over, if it is whole: says whether it is.
    fn block(&mut self, block: &Raw) -> rusqlite::Result<bool> {
        let beside = blocks::beside(&block.span);
        let (mut head, mut body) = (Vec::new(), Vec::new());
        let opened = self.opener.open_head(&beside, &block.head, &mut head);
        let opened = opened.and_then(|()| self.opener.open(&beside, &block.body, &mut body));
        let head = opened.and_then(|()| Head::read(&head)).ok();
        let Some(head) = head.filter(|head| blocks::is_head_of(&block.span, head)) else {
            let most = u64::from(MOST_MESSAGES);
            self.salvaged.lost = self.salvaged.lost.saturating_add(block.span.count.min(most));
            return Ok(false);
        };
        for meta in &head.metas {
            self.note(meta.topic, meta.connection, meta.sequence);
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
        self.pile.take_block(self.new, block, entries)?;
        Ok(true)
    }

    /// What stands alone is taken as it is; whether it is whole, whoever reads it finds out. Of
    /// several copies a whole one is taken.
    fn alone(&mut self, id: i64) -> rusqlite::Result<()> {
        let mut raw = Vec::new();
        let opener = &mut self.opener;
        let mut is_whole = |sealed: &[u8]| opener.open(&[id], sealed, &mut raw).is_ok();
        match self.found.alone(id, &mut is_whole)? {
            Some(content) => alone::insert_sealed(self.new, id, &content),
            None => {
                self.salvaged.lost += 1;
                Ok(())
            }
        }
    }

    fn tail(&mut self) -> rusqlite::Result<()> {
        let (found, mut newest) = (self.found, self.pile.packed_to());
        found.each(Table::Tail, &mut |row| {
            let Ok(kept) = tail::Kept::read(row) else {
                self.salvaged.lost += 1;
                return Ok(());
            };
            if !(newest.saturating_add(1)..HIGHEST).contains(&kept.id) {
                return Ok(());
            }
            newest = kept.id;
            if kept.content.is_none() {
                self.alone(kept.id)?;
            }
            let connection = self.connection_of(kept.topic);
            self.note(kept.topic, connection, kept.marks.sequence);
            self.salvaged.messages += 1;
            self.pile.push(self.new, &kept.to_row(connection))
        })
    }

    /// Notes whose a message is.
    fn note(&mut self, topic: i64, connection: i64, sequence: u64) {
        let newest = self.newest.entry(connection).or_default();
        *newest = sequence.max(*newest);
        if !self.known.contains_key(&topic) {
            let noted = self.nameless.entry(topic).or_insert(connection);
            if *noted == 0 {
                *noted = connection;
            }
        }
    }

    /// The connection of a topic, as far as that is known when all blocks were looked at.
    fn connection_of(&mut self, topic: i64) -> i64 {
        let noted = || self.nameless.get(&topic).filter(|connection| **connection != 0);
        if let Some(connection) = self.known.get(&topic).or_else(noted) {
            return *connection;
        }
        let highest = self.newest.last_key_value().map_or(0, |(connection, _)| *connection);
        *self.unknown.get_or_insert(highest.max(0).saturating_add(1))
    }

    /// Messages on a topic without a name could not be shown at all.
    fn name_the_nameless(&mut self) -> rusqlite::Result<()> {
        let mut insert = topics::Insert::new(self.new)?;
        for (topic, connection) in &self.nameless {
            let name = format!("(name lost)/{topic}");
            insert.add(*topic, crate::ConnectionId(*connection), name.as_bytes())?;
        }
        self.salvaged.nameless = self.nameless.len() as u64;
        Ok(())
    }
}
