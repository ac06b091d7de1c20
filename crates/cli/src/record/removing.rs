//! Segments that are not to be kept any longer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wiretree_session::{History, StoreError};

use super::names::Names;
use crate::console::{say, warn};

/// Removes the oldest segments, so that `most` are left. One that somebody writes to stays.
pub(super) fn remove_beyond(names: &Names, most: usize) {
    let found = names.all();
    for path in found.iter().take(found.len().saturating_sub(most)) {
        if matches!(History::open(path), Err(StoreError::InUse { .. })) {
            continue;
        }
        match remove(path) {
            Ok(()) => say(format_args!("removed the segment {}", path.display())),
            Err(error) => warn(format_args!("{} could not be removed: {error}", path.display())),
        }
    }
}

/// Removes a history and what stands beside it.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = fs::remove_file(path);
    for end in ["-wal", "-shm", "-lock"] {
        // Most often there is none.
        let _ = fs::remove_file(companion(path, end));
    }
    removed
}

/// The path with this behind the name of the file.
pub(super) fn companion(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_oldest_segments_of_this_recording_are_removed_and_none_that_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::of(&folder.path().join("p.wiretree")).unwrap();
        let path = |name: &str| folder.path().join(name);
        for day in 1..=4 {
            History::open(&path(&format!("p-2026010{day}T000000Z.wiretree"))).unwrap();
            fs::write(path(&format!("other-2026010{day}T000000Z.wiretree")), b"x").unwrap();
        }
        fs::write(path("p.wiretree"), b"x").unwrap();
        let busy = History::open(&path("p-20260102T000000Z.wiretree")).unwrap();
        let left = || {
            let mut names: Vec<_> = fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.starts_with('p') && name.ends_with(".wiretree"))
                .collect();
            names.sort();
            names
        };
        let [second, third, fourth] =
            [2, 3, 4].map(|day| format!("p-2026010{day}T000000Z.wiretree"));
        remove_beyond(&names, 2);
        assert_eq!(left(), [&second, &third, &fourth, "p.wiretree"]);
        busy.close().unwrap();
        drop(busy);
        remove_beyond(&names, 2);
        assert_eq!(left(), [&third, &fourth, "p.wiretree"]);
        assert!(!path("p-20260101T000000Z.wiretree-lock").exists());
    }
}
