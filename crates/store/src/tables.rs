//! SQL, a file a table: the statements, and rows turned into values. No SQL stands elsewhere.

use rusqlite::Connection;

pub(crate) mod alone;
pub(crate) mod blocks;
pub(crate) mod connections;
pub(crate) mod extent;
pub(crate) mod gaps;
pub(crate) mod marks;
pub(crate) mod outcomes;
pub(crate) mod policies;
pub(crate) mod segments;
pub(crate) mod sessions;
pub(crate) mod snapshots;
pub(crate) mod space;
pub(crate) mod tail;
pub(crate) mod topics;

/// Whether the file has this table: one that is only read may be older than it.
fn exists(database: &Connection, table: &str) -> rusqlite::Result<bool> {
    const SQL: &str = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    database.prepare_cached(SQL)?.exists([table])
}
