//! Opens the history file: the folder, the rights, the lock of the one writer, SQLite's settings.
//!
//! Promises: what is not a history, or is one from a later version, keeps every byte; new files can
//! be read by their owner only. Absent: queries, which stand in `tables`.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::error::{Step, from_sqlite, in_words};
use crate::migrations::{self, Format};
use crate::pile::Sizes;
use crate::upgrade::{self, Word};

/// The page caches in KiB. The writer reads next to nothing again but the tail, which is small.
const WRITER_CACHE: i64 = 8 * 1024;
const READER_CACHE: i64 = 4 * 1024;
/// Pages in the write-ahead log before they are copied to the file. The tail changes the same pages
/// again and again, so copying them seldom saves writes.
const CHECKPOINT_PAGES: i64 = 8_000;
const LOG_BYTES_KEPT: i64 = 64 * 1024 * 1024;
/// Only a checkpoint at closing or another program's lock can make a statement wait.
pub(crate) const BUSY: Duration = Duration::from_secs(2);

/// The one connection that writes, and the lock that keeps it the only one.
#[derive(Debug)]
pub(crate) struct Writable {
    pub(crate) connection: Connection,
    /// Held for as long as the writer lives; the system lets it go when the process dies.
    pub(crate) lock: File,
    /// The file as it was, where it had to be written anew.
    pub(crate) kept: Option<PathBuf>,
}

/// Opens a history for writing, makes it where there is none, and brings it to the newest format,
/// which may take a while for a large one: `word` hears how far that is.
pub(crate) fn open_writable(
    path: &Path,
    sizes: Sizes,
    word: &mut Word<'_>,
) -> Result<Writable, StoreError> {
    create_folder(path)?;
    let lock = lock(path)?;
    create_private(path).map_err(|error| open_error(path, &error))?;
    let kept = match inspect_untouched(path)? {
        Format::Rows => Some(upgrade::run(path, sizes, word)?),
        Format::Known | Format::Empty => None,
    };
    let connection = create(path)?;
    Ok(Writable { connection, lock, kept })
}

/// Makes a new history where there is no file, for whoever holds its lock.
pub(crate) fn create(path: &Path) -> Result<Connection, StoreError> {
    create_private(path).map_err(|error| open_error(path, &error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    configure_writer(path, flags).map_err(|error| from_sqlite(path, Step::Open, &error))
}

/// Opens a connection that cannot write, to a file that [`open_writable`] or [`inspect_untouched`]
/// has seen.
pub(crate) fn open_readable(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        distrust(&connection)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -READER_CACHE)?;
        Ok(connection)
    };
    open().map_err(|error| from_sqlite(path, Step::Open, &error))
}

/// Opens a file that is damaged to read what can be read of it.
pub(crate) fn open_damaged(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    distrust(&connection)?;
    // Else SQLite would refuse a file that was cut short as a whole. Nothing can be written by it.
    connection.pragma_update(None, "writable_schema", true)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Keeps SQLite from running what the schema of a file says: no view and no trigger of it is, and no
/// function with effects.
pub(crate) fn distrust(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    Ok(())
}

/// Refuses what is not a history of ours without writing a byte to it.
pub(crate) fn inspect_untouched(path: &Path) -> Result<Format, StoreError> {
    migrations::inspect(&open_readable(path)?, path)
}

/// Makes the folder of a file, for its owner only; one that is there stays as it is.
pub(crate) fn create_folder(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| StoreError::Folder { path: folder.to_owned(), reason: in_words(&error) })
}

/// Options for a file that only its owner may read; the rights count when it is created.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The history's companions (`-wal`, `-shm`) take over the rights of the file itself.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    match private().create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// The path with this behind the name of the file.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// A name beside a file that no file has yet: with `.end` behind it, and a number where need be.
pub(crate) fn free_name(path: &Path, end: &str) -> PathBuf {
    let numbered = (2_u32..).map(|number| beside(path, &format!(".{end}-{number}")));
    let mut names = std::iter::once(beside(path, &format!(".{end}"))).chain(numbered);
    names.find(|name| !name.exists()).unwrap_or_else(|| beside(path, end))
}

/// Gives a file a second name, or makes a copy where the file system has no such names.
pub(crate) fn keep_as(path: &Path, kept: &Path) -> io::Result<()> {
    if fs::hard_link(path, kept).is_err() {
        fs::copy(path, kept)?;
        File::open(kept)?.sync_all()?;
    }
    Ok(())
}

/// Gives a new file the name of an old one, which is kept under another. What was in the old one's
/// write-ahead log has to be in what is kept: beside the new file it would be taken for its own.
pub(crate) fn put_in_place(fresh: &Path, path: &Path) -> io::Result<()> {
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

/// The writer's memory of the topics is the authority, so a second writer would do damage that
/// SQLite's own locks, which last for one transaction, cannot prevent.
pub(crate) fn lock(path: &Path) -> Result<File, StoreError> {
    let file = private()
        .create(true)
        .truncate(false)
        .open(beside(path, "-lock"))
        .map_err(|error| open_error(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(open_error(path, &error)),
    }
}

fn configure_writer(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    distrust(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // So that the space of what is deleted can be given back. It has to be said before there is
    // anything in the file, and would be written down again each time.
    if connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))? == 0 {
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    migrations::run(&mut connection)?;
    Ok(connection)
}

fn open_error(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Open { path: path.to_owned(), reason: in_words(error) }
}
