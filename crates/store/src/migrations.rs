//! Brings a history file to the newest format: numbered steps, forward only, each in a transaction.
//!
//! A step that was released is never edited. A file from a later version is refused, and so is a
//! database of another program; neither is touched. Absent: copies before a step, which steps that
//! only add do not need, and the way from rows to blocks, see `upgrade`.

use std::path::Path;

use rusqlite::Connection;

use crate::StoreError;
use crate::error::{Step, from_sqlite};

/// Marks the file as ours ("WTre"), so that another program's database is never written to.
const APPLICATION: i64 = 0x5754_7265;

const STEPS: &[&str] = &[
    include_str!("migrations/0001_history.sql"),
    include_str!("migrations/0002_gaps.sql"),
    include_str!("migrations/0003_blocks.sql"),
    include_str!("migrations/0004_sessions.sql"),
    include_str!("migrations/0005_keeping.sql"),
];

/// The first format that keeps messages by the block.
const BLOCKS: i64 = 3;

/// How many views and triggers a database has.
const ACTIVE: &str = "SELECT count(*) FROM sqlite_schema WHERE type IN ('view', 'trigger')";

/// How many tables of it are computed, by the schema as SQLite takes it.
const VIRTUAL: &str = "SELECT count(*) FROM pragma_table_list
    WHERE schema = 'main' AND type IN ('virtual', 'shadow')";

/// How many columns of its tables are computed.
const GENERATED: &str = "SELECT count(*)
    FROM pragma_table_list AS tables, pragma_table_xinfo(tables.name) AS columns
    WHERE tables.schema = 'main' AND tables.type = 'table' AND columns.hidden <> 0";

/// What makes a file none that was written by a history.
const NOT_PLAIN: &str =
    "it has views, triggers, virtual tables or generated columns, which a history never has";

/// What a file is before anything was written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Nothing in it yet.
    Empty,
    /// A history with a row for each message, which has to be written anew.
    Rows,
    /// A history that this version can bring up to date.
    Known,
}

/// Looks at a file through a connection that need not be able to write.
pub(crate) fn inspect(connection: &Connection, path: &Path) -> Result<Format, StoreError> {
    let read = |sql: &str| -> Result<i64, StoreError> {
        connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|error| from_sqlite(path, Step::Open, &error))
    };
    let found = read("PRAGMA user_version")?;
    let application = read("PRAGMA application_id")?;
    if application == APPLICATION {
        let known = newest();
        if found > known {
            return Err(StoreError::NewerHistory { path: path.to_owned(), found, known });
        }
        if read(ACTIVE)? + read(VIRTUAL)? + read(GENERATED)? > 0 {
            let reason = NOT_PLAIN.to_owned();
            return Err(StoreError::Damaged { path: path.to_owned(), reason });
        }
        return Ok(if found < BLOCKS { Format::Rows } else { Format::Known });
    }
    let empty = read("SELECT count(*) FROM sqlite_schema")? == 0;
    match (empty, found, application) {
        (true, 0, 0) => Ok(Format::Empty),
        _ => Err(StoreError::NotAHistory { path: path.to_owned() }),
    }
}

/// Whether only cells are read when tables of a database are, as far as its schema can be read.
pub(crate) fn is_plain(connection: &Connection) -> bool {
    let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or(0);
    count(VIRTUAL) + count(GENERATED) == 0
}

/// Runs the steps that the file lacks.
pub(crate) fn run(connection: &mut Connection) -> rusqlite::Result<()> {
    run_steps(connection, STEPS)
}

fn run_steps(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(found).unwrap_or(0);
    for (number, step) in (1_i64..).zip(steps).skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(connection: &Connection) -> i64 {
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn only_the_steps_that_lack_are_run() {
        let mut connection = Connection::open_in_memory().unwrap();
        run_steps(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        run_steps(&mut connection, &["CREATE TABLE a (x)", "CREATE TABLE b (x)"]).unwrap();
        assert_eq!(version(&connection), 2);
        run_steps(&mut connection, &["CREATE TABLE a (x)", "CREATE TABLE b (x)"]).unwrap();
        assert_eq!(version(&connection), 2, "nothing is run twice");
    }

    #[test]
    fn a_step_that_fails_leaves_no_trace() {
        let mut connection = Connection::open_in_memory().unwrap();
        let steps = ["CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE a (x)"];
        run_steps(&mut connection, &steps).unwrap_err();
        assert_eq!(version(&connection), 1, "the step before it stays");
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'b'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0, "half a step was rolled back");
    }

    #[test]
    fn every_released_step_applies_to_an_empty_file() {
        let mut connection = Connection::open_in_memory().unwrap();
        let path = Path::new("x");
        assert_eq!(inspect(&connection, path), Ok(Format::Empty));
        run(&mut connection).unwrap();
        assert_eq!(inspect(&connection, path), Ok(Format::Known));
        assert_eq!(version(&connection), newest());
    }
}
