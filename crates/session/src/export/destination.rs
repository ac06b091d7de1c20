//! Where an export goes: a file that gets its name only when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::SessionError;

/// The longest file name, in bytes; most file systems take 255.
const LONGEST_NAME: usize = 200;

/// A path in `folder` that nothing stands at: `name`, or `name (2)` and so on before the ending.
/// Only the last part of `name` is used, with letters, digits and `._-()` and blanks kept.
pub fn free_path(folder: &Path, name: &str) -> PathBuf {
    let name = safe_name(name);
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem.to_owned(), format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mut path = folder.join(format!("{stem}{ending}"));
    let mut number = 2_u32;
    while path.exists() {
        path = folder.join(format!("{stem} ({number}){ending}"));
        number = number.saturating_add(1);
    }
    path
}

fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |character: char| character.is_alphanumeric() || "._-() ".contains(character);
    let replaced: String =
        last.chars().map(|character| if harmless(character) { character } else { '_' }).collect();
    let trimmed = replaced.trim_matches([' ', '.']);
    let cut = trimmed.char_indices().take_while(|(at, _)| *at < LONGEST_NAME);
    let name: String = cut.map(|(_, character)| character).collect();
    if name.is_empty() { "wiretree-export".to_owned() } else { name }
}

/// A file that is being written beside its final name, and removed unless it is finished.
pub(super) struct Unfinished {
    part: PathBuf,
    path: PathBuf,
}

impl Unfinished {
    /// Begins a new file; one that exists is never touched.
    pub(super) fn create(path: &Path) -> Result<Self, SessionError> {
        if path.exists() {
            let reason = format!("{} exists already; choose another name", path.display());
            return Err(SessionError::Export(reason));
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let made = OpenOptions::new().write(true).create_new(true).open(&part);
        made.map_err(|error| failed("created", path, &error))?;
        Ok(Self { part, path: path.to_owned() })
    }

    /// The file to write to.
    pub(super) fn open(&self) -> Result<BufWriter<File>, SessionError> {
        let file = OpenOptions::new().write(true).open(&self.part);
        file.map(BufWriter::new).map_err(|error| failed("opened", &self.path, &error))
    }

    /// Gives the file its name, unless something stands there by now.
    pub(super) fn finish(self) -> Result<(), SessionError> {
        let linked = fs::hard_link(&self.part, &self.path).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            // A file system without hard links: nothing stood there a moment ago.
            _ => fs::rename(&self.part, &self.path),
        });
        linked.map_err(|error| failed("completed", &self.path, &error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already when the file was finished by renaming.
        let _ = fs::remove_file(&self.part);
    }
}

fn failed(step: &str, path: &Path, error: &io::Error) -> SessionError {
    let path = path.display();
    SessionError::Export(format!("{path} could not be {step} ({error}); choose another folder"))
}

/// Counts the bytes that pass.
pub(super) struct Counted<W> {
    inner: W,
    bytes: Arc<AtomicU64>,
}

impl<W> Counted<W> {
    pub(super) fn new(inner: W, bytes: Arc<AtomicU64>) -> Self {
        Self { inner, bytes }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.bytes.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_made_of_topics_stay_in_their_folder() {
        for (given, expected) in [
            ("../../etc/passwd", "passwd"),
            ("a:b*c?.csv", "a_b_c_.csv"),
            ("..", "wiretree-export"),
            ("", "wiretree-export"),
            ("plant line-1 (2).ndjson", "plant line-1 (2).ndjson"),
        ] {
            assert_eq!(safe_name(given), expected, "{given}");
        }
        assert!(safe_name(&"ä".repeat(60_000)).len() <= LONGEST_NAME + 1);
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_unfinished_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let first = free_path(folder.path(), "a.csv");
        fs::write(&first, "mine").unwrap();
        let second = free_path(folder.path(), "a.csv");
        assert_eq!(second.file_name().unwrap(), "a (2).csv");
        assert!(Unfinished::create(&first).is_err());
        drop(Unfinished::create(&second).unwrap());
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "{names:?}");
        let unfinished = Unfinished::create(&second).unwrap();
        unfinished.open().unwrap().write_all(b"new").unwrap();
        unfinished.finish().unwrap();
        assert_eq!(fs::read(&second).unwrap(), b"new");
        assert_eq!(fs::read(&first).unwrap(), b"mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
