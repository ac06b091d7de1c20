//! What stands beside the messages: connections, gaps, sessions, outcomes, policies.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, Transaction};

use super::sweep::sweep;
use crate::tables::space;
use crate::writer::HIGHEST;

const TABLES: [(&str, &str); 5] = [
    ("connections", "id, key, name, last_sequence, last_at"),
    // What the first format had of them.
    ("connections", "id, key, name, last_sequence"),
    ("gaps", "id, connection, after_sequence, after_message, from_at, to_at, cause, session_kept"),
    (
        "sessions",
        "id, connection, after_sequence, after_message, from_at, to_at, cause, session_kept, \
         client_id, broker, protocol",
    ),
    ("policies", "connection, max_age, max_messages, max_bytes"),
];

/// Copies what can be read of these tables, which matter less than the messages. What became of
/// messages waits for [`add_lost`].
///
/// # Errors
/// The new file cannot be written.
pub(super) fn copy_all(old: &Connection, new: &Transaction<'_>) -> rusqlite::Result<()> {
    for (table, columns) in TABLES {
        copy_rows(old, new, table, columns)?;
    }
    copy_rules(old, new)?;
    copy_used(old, new)
}

/// Copies what can be read of a table.
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

/// The connections that anything copied is of, and up to which sequence number.
pub(super) fn connections(new: &Transaction<'_>) -> rusqlite::Result<BTreeMap<i64, u64>> {
    const SQL: &str = "SELECT connection, max(sequence) FROM (
            SELECT id AS connection, last_sequence AS sequence FROM connections
            UNION ALL SELECT connection, after_sequence FROM gaps
            UNION ALL SELECT connection, after_sequence FROM sessions
            UNION ALL SELECT connection, 0 FROM policies
            UNION ALL SELECT connection, 0 FROM rules)
        GROUP BY connection";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.max(0).cast_unsigned()));
    new.prepare(SQL)?.query_map([], read)?.collect()
}

/// Makes connections for what is of some that are lost, so that none which is opened later gets
/// their numbers, and with these their messages.
pub(super) fn add_lost(new: &Transaction<'_>, newest: &BTreeMap<i64, u64>) -> rusqlite::Result<()> {
    const SQL: &str =
        "INSERT OR IGNORE INTO connections (id, key, name, last_sequence) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = new.prepare(SQL)?;
    // What is of the connection 0 is of all.
    for (id, sequence) in newest.range(1..) {
        let (key, name) = (format!("lost:{id}"), format!("(connection lost) {id}"));
        insert.execute((id, key, name, i64::try_from(*sequence).unwrap_or(i64::MAX)))?;
    }
    Ok(())
}

/// Copies what became of the messages that were published.
pub(super) fn copy_outcomes(old: &Connection, new: &Transaction<'_>) -> rusqlite::Result<()> {
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
        Ok((message, topic)) if message.max(topic) < HIGHEST => {
            space::note_used(new, message, topic)
        }
        // What is left says how far it was.
        Ok(_) | Err(_) => Ok(()),
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
