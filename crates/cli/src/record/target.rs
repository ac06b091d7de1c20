//! The Parquet file of a segment: whether all of the segment is in it already, or where to write it.
//!
//! Promise: a file counts as that of a segment only if it has as many messages, of the same time;
//! another of that name stays, and the segment gets the name with a number.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use wiretree_session::{Query, Reader, StoreError, TableExtent};

use super::removing::companion;

/// The file that a segment becomes, unless the name is taken.
pub(super) fn usual(folder: &Path, segment: &Path) -> PathBuf {
    folder.join(Path::new(segment.file_stem().unwrap_or_default())).with_extension("parquet")
}

/// Where to write a segment that is open. None: there is nothing in it, or all of it is in a file
/// already.
///
/// # Errors
/// The segment cannot be read.
pub(super) fn find(
    folder: &Path,
    segment: &Path,
    reader: &Reader,
) -> Result<Option<PathBuf>, StoreError> {
    let messages = reader.size()?.messages;
    if messages == 0 {
        return Ok(None);
    }
    let usual = usual(folder, segment);
    let mut path = usual.clone();
    let mut number = 2;
    while path.symlink_metadata().is_ok() {
        // Where its times are damaged it cannot be told, and is written again.
        let span = reader.span(&Query::default()).unwrap_or_default();
        let all = span.map(|(from, to)| TableExtent { messages, from, to });
        let there = File::open(&path).ok().and_then(|file| TableExtent::read(&file));
        if all.is_some() && there == all {
            return Ok(None);
        }
        let stem = usual.file_stem().unwrap_or_default().to_string_lossy();
        path = usual.with_file_name(format!("{stem} ({number}).parquet"));
        number += 1;
    }
    Ok(Some(path))
}

/// While somebody holds this, nobody removes what is unfinished in the folder.
pub(super) struct Writing {
    _lock: Option<File>,
}

impl Writing {
    /// Removes what a crash has left of these files first, if nobody writes in the folder. Where a
    /// folder cannot be locked it stays.
    pub(super) fn begin<'a>(folder: &Path, files: impl IntoIterator<Item = &'a Path>) -> Self {
        let Ok(lock) = File::open(folder) else { return Self { _lock: None } };
        if lock.try_lock().is_ok() {
            for file in files {
                // Most often there is none.
                let _ = fs::remove_file(companion(file, ".part"));
            }
            // Others may write at the same time.
            let _ = lock.unlock();
        }
        Self { _lock: lock.lock_shared().is_ok().then_some(lock) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unfinished_goes_only_while_nobody_writes_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("p.parquet");
        let part = companion(&target, ".part");
        fs::write(&part, b"left by a crash").unwrap();
        let writing = Writing::begin(folder.path(), [&*target]);
        assert!(!part.exists());
        fs::write(&part, b"being written").unwrap();
        let other = Writing::begin(folder.path(), [&*target]);
        assert!(part.exists(), "it is somebody's");
        drop((writing, other));
        drop(Writing::begin(folder.path(), [&*target]));
        assert!(!part.exists());
    }
}
