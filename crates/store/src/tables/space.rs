//! The pages of the file that nothing stands on, given back to the system; and the table `used`,
//! the highest numbers that were ever given.

use rusqlite::Connection;

/// Pages that nothing stands on.
pub(crate) fn free_pages(database: &Connection) -> rusqlite::Result<u64> {
    database
        .query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}

/// Bytes of a page.
pub(crate) fn page_size(database: &Connection) -> rusqlite::Result<u64> {
    database.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
}

/// Moves what stands on the last pages to free ones, and cuts the file off behind it.
pub(crate) fn give_back(database: &Connection, pages: u64) -> rusqlite::Result<()> {
    let mut statement = database.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = statement.query([])?;
    // Each row is a page.
    while rows.next()?.is_some() {}
    Ok(())
}

/// Copies the write-ahead log to the file, so that this becomes smaller, and empties it; waits for
/// nobody who reads.
pub(crate) fn empty_log(database: &Connection) -> rusqlite::Result<()> {
    database.busy_timeout(std::time::Duration::ZERO)?;
    let emptied = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    database.busy_timeout(crate::file::BUSY)?;
    match emptied {
        // The log stays as it is, and is emptied another time.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Ok(())
        }
        other => other,
    }
}

/// The highest number of a message and of a topic that were noted.
pub(crate) fn used(database: &Connection) -> rusqlite::Result<(i64, i64)> {
    database.query_row("SELECT message, topic FROM used", [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Notes the highest numbers, before what has them may be removed.
pub(crate) fn note_used(database: &Connection, message: i64, topic: i64) -> rusqlite::Result<()> {
    const SQL: &str = "UPDATE used SET message = max(message, ?1), topic = max(topic, ?2)";
    database.prepare_cached(SQL)?.execute((message, topic)).map(drop)
}
