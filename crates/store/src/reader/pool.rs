//! Connections that only read, kept to be used again. Taking one never waits: where none is idle,
//! one more is opened, and those beyond a few are closed when they come back.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::{StoreError, file};

/// Idle connections that are kept; each has a page cache of its own.
const KEPT: usize = 3;

#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::default() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn lend(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| file::open_readable(&self.path), Ok)
    }

    pub(crate) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }

    /// The file and its write-ahead log. What cannot be looked at counts nothing.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        [self.path.clone(), PathBuf::from(log)]
            .iter()
            .filter_map(|path| path.metadata().ok())
            .map(|data| data.len())
            .sum()
    }
}
