//! A new segment.
//!
//! Promise: a file with the name of a segment is a history at every moment, also when the making of it
//! is broken off: it is made beside its name, and gets that when it is complete.

use std::fs;
use std::path::Path;

use wiretree_session::{History, SessionError, StoreError};

use super::names::{Names, UNFINISHED};
use super::removing::{companion, remove};

/// Makes the segment, and opens it.
///
/// # Errors
/// The history cannot be made or opened.
pub(super) fn make(path: &Path) -> Result<History, SessionError> {
    let new = companion(path, UNFINISHED);
    let history = History::open(&new)?;
    history.close()?;
    // With it the last hold on the file goes, and so does what stands beside it.
    drop(history);
    let named = fs::rename(&new, path);
    // Its lock is left; or all of it.
    let _ = remove(&new);
    let failed = |error: std::io::Error| StoreError::Open {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    named.map_err(failed)?;
    Ok(History::open(path)?)
}

/// Removes what a crash has left of the making of segments.
pub(super) fn remove_unfinished(names: &Names) {
    for path in names.unfinished() {
        if !matches!(History::open(&path), Err(StoreError::InUse { .. })) {
            // It is in nobody's way.
            let _ = remove(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_a_history_alone_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::of(&folder.path().join("p.wiretree")).unwrap();
        let path = names.next().unwrap();
        fs::write(companion(&path, UNFINISHED), b"broken off").unwrap();
        remove_unfinished(&names);
        let files = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files(), 0);
        let history = make(&path).unwrap();
        history.close().unwrap();
        drop(history);
        assert!(History::open_read_only(&path).is_ok());
        remove(&path).unwrap();
        assert_eq!(files(), 0);
    }
}
