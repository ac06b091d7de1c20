//! The rows that stand on the pages of a damaged file, whether or not SQLite still finds them: where
//! each is, in an order, so that they can be read one after the other.
//!
//! Each has a checksum, which whoever reads it compares. Where they are is kept in a table beside the
//! new history for as long as that is made, since there may be millions.

use std::cell::RefCell;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::cells::{Types, cell, cells, values};
use super::pages::{Pages, SIZE};

const TABLE: &str = "CREATE TEMP TABLE found (
    kind INTEGER NOT NULL, id INTEGER NOT NULL, page INTEGER NOT NULL, cell INTEGER NOT NULL,
    PRIMARY KEY (kind, id, page, cell)) WITHOUT ROWID";
const NOTE: &str = "INSERT INTO temp.found (kind, id, page, cell) VALUES (?1, ?2, ?3, ?4)";
const IN_ORDER: &str =
    "SELECT page, cell FROM temp.found WHERE kind = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id";
/// How many times as much as the file has is read of it at the most: rows of a hostile one may all
/// go on in the same place, or lead from page to page and back.
const OFTEN: u64 = 16;

/// The tables whose rows carry a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Topics,
    Blocks,
    Tail,
    Alone,
}

impl Table {
    /// Which one a row with these columns is of, if any.
    fn of(types: &Types) -> Option<Self> {
        let is_number = |code: u64| (1..=6).contains(&code) || code == 8 || code == 9;
        let is_blob = |code: u64| code >= 12 && code.is_multiple_of(2);
        let is_none = |code: u64| code == 0;
        match *types.as_slice() {
            [0, content] if is_blob(content) => Some(Self::Alone),
            [0, connection, name, checksum]
                if is_number(connection) && is_blob(name) && is_number(checksum) =>
            {
                Some(Self::Topics)
            }
            [0, ref numbers @ .., head, body]
                if numbers.len() == 4
                    && numbers.iter().all(|code| is_number(*code))
                    && is_blob(head)
                    && is_blob(body) =>
            {
                Some(Self::Blocks)
            }
            [0, ref numbers @ .., properties, payload]
                if numbers.len() == 7
                    && numbers.iter().all(|code| is_number(*code) || is_none(*code))
                    && (is_blob(properties) || is_none(properties))
                    && (is_blob(payload) || is_none(payload)) =>
            {
                Some(Self::Tail)
            }
            _ => None,
        }
    }

    /// Gives the number of a row (`?1`) and its other columns as those who read the table expect them.
    fn row(self) -> &'static str {
        match self {
            Self::Topics => "SELECT ?1, ?2, ?3, ?4",
            Self::Blocks => "SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?7",
            Self::Tail => "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10",
            Self::Alone => "SELECT ?2",
        }
    }
}

/// The rows of a damaged file.
pub(super) struct Found<'a> {
    pages: Pages,
    beside: &'a Connection,
    reading: RefCell<Reading>,
}

struct Reading {
    /// Bytes that may still be read.
    budget: u64,
    /// The page that was read last.
    page: (u32, Option<Vec<u8>>),
}

impl<'a> Found<'a> {
    /// Looks all pages through. `word` hears how many of how many have been.
    ///
    /// # Errors
    /// Where they are cannot be written down.
    pub(super) fn look(
        pages: Pages,
        beside: &'a Connection,
        word: impl FnMut(u64, u64),
    ) -> rusqlite::Result<Self> {
        beside.execute_batch(TABLE)?;
        let mut note = beside.prepare(NOTE)?;
        let visit = |number: u32, page: &[u8]| {
            for (at, cell) in cells(number, page) {
                if let Some(table) = cell.types().as_ref().and_then(Table::of) {
                    note.execute((table as i64, cell.id, number, at))?;
                }
            }
            Ok::<_, rusqlite::Error>(())
        };
        pages.each(visit, word)?;
        drop(note);
        let budget = pages.bytes().saturating_mul(OFTEN);
        Ok(Self { pages, beside, reading: RefCell::new(Reading { budget, page: (0, None) }) })
    }

    /// Shows the rows of a table that are whole in themselves, by number.
    ///
    /// # Errors
    /// Those of `visit`.
    pub(super) fn each(
        &self,
        table: Table,
        visit: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        self.between(table, (i64::MIN, i64::MAX), visit)
    }

    /// What stands alone for a message, still sealed: of several copies one that is whole, if there
    /// is any.
    pub(super) fn alone(
        &self,
        id: i64,
        is_whole: &mut dyn FnMut(&[u8]) -> bool,
    ) -> rusqlite::Result<Option<Vec<u8>>> {
        let mut best: Option<Vec<u8>> = None;
        self.between(Table::Alone, (id, id), &mut |row| {
            if !best.as_deref().is_some_and(&mut *is_whole) {
                best = Some(row.get(0)?);
            }
            Ok(())
        })?;
        Ok(best)
    }

    fn between(
        &self,
        table: Table,
        (first, last): (i64, i64),
        visit: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let mut places = self.beside.prepare_cached(IN_ORDER)?;
        let mut places = places.query((table as i64, first, last))?;
        let mut as_row = self.beside.prepare_cached(table.row())?;
        while let Some(place) = places.next()? {
            let Some((id, record)) = self.record(place.get(0)?, place.get(1)?) else { continue };
            let Some(values) = values(&record) else { continue };
            as_row.raw_bind_parameter(1, id)?;
            for (at, value) in values.iter().enumerate().skip(1) {
                match *value {
                    ValueRef::Integer(value) => as_row.raw_bind_parameter(at + 1, value)?,
                    ValueRef::Blob(value) => as_row.raw_bind_parameter(at + 1, value)?,
                    _ => as_row.raw_bind_parameter(at + 1, rusqlite::types::Null)?,
                }
            }
            let mut rows = as_row.raw_query();
            if let Some(row) = rows.next()? {
                visit(row)?;
            }
        }
        Ok(())
    }

    fn record(&self, number: u32, at: u16) -> Option<(i64, Vec<u8>)> {
        let mut reading = self.reading.borrow_mut();
        let Reading { budget, page } = &mut *reading;
        if page.0 != number {
            *budget = budget.checked_sub(SIZE as u64)?;
            *page = (number, self.pages.read(number));
        }
        let found = cell(number, page.1.as_ref()?, at)?;
        Some((found.id, found.record(&self.pages, budget)?))
    }
}
