//! Where an export goes: a file that gets its name only when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::SessionError;

/// The longest file name without number and ending, in bytes; most file systems take 255 in all.
const LONGEST_STEM: usize = 180;
/// The longest ending, in bytes; what is longer is part of the name.
const LONGEST_ENDING: usize = 16;
/// How many unfinished files may stand around a name, left behind by a power cut or in the making.
const MOST_PARTS: u32 = 100;

/// A path in `folder` that nothing stands at, nor is being written to: `name`, or `name (2)` and so
/// on before the ending. Only the last part of `name` is used, with letters, digits and `._-()` and
/// blanks kept.
pub fn free_path(folder: &Path, name: &str) -> PathBuf {
    let (stem, ending) = safe_name(name);
    let mut path = folder.join(format!("{stem}{ending}"));
    let mut number = 2_u32;
    while is_taken(&path) || is_taken(&part_of(&path, 1)) {
        path = folder.join(format!("{stem} ({number}){ending}"));
        number = number.saturating_add(1);
    }
    path
}

/// Whether anything stands there, a link to nowhere included.
fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Where a file is written before it is complete.
fn part_of(path: &Path, number: u32) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(if number == 1 { ".part".to_owned() } else { format!(".part{number}") });
    PathBuf::from(part)
}

/// What stands before the number, and the ending with its dot.
fn safe_name(name: &str) -> (String, String) {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |character: char| character.is_alphanumeric() || "._-() ".contains(character);
    let replaced: String =
        last.chars().map(|character| if harmless(character) { character } else { '_' }).collect();
    let trimmed = replaced.trim_matches([' ', '.']);
    let (stem, ending) = match trimmed.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= LONGEST_ENDING => (stem, format!(".{ending}")),
        _ => (trimmed, String::new()),
    };
    let stem = cut(stem, LONGEST_STEM);
    if stem.is_empty() { ("wiretree-export".to_owned(), ending) } else { (stem.to_owned(), ending) }
}

/// As many whole characters as fit into so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// A file that is being written beside its final name, and removed unless it is finished.
pub(super) struct Unfinished {
    part: PathBuf,
    path: PathBuf,
}

impl Unfinished {
    /// Begins a new file; one that exists is never touched.
    pub(super) fn create(path: &Path) -> Result<Self, SessionError> {
        if is_taken(path) {
            return Err(taken(path));
        }
        let mut number = 1;
        loop {
            let part = part_of(path, number);
            let made = OpenOptions::new().write(true).create_new(true).open(&part);
            match made {
                Ok(_) => return Ok(Self { part, path: path.to_owned() }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && number < MOST_PARTS => {
                    number += 1;
                }
                Err(error) => return Err(failed("created", path, &error)),
            }
        }
    }

    /// The file to write to.
    pub(super) fn open(&self) -> Result<BufWriter<File>, SessionError> {
        let file = OpenOptions::new().write(true).open(&self.part);
        file.map(BufWriter::new).map_err(|error| failed("opened", &self.path, &error))
    }

    /// Gives the file its name, unless something stands there by now. What it holds is on the disk
    /// before, so that a power cut does not leave an empty file under that name.
    pub(super) fn finish(self) -> Result<(), SessionError> {
        let synced =
            OpenOptions::new().write(true).open(&self.part).and_then(|file| file.sync_all());
        let named = synced.and_then(|()| match fs::hard_link(&self.part, &self.path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => self.rename(),
            linked => linked,
        });
        named.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => taken(&self.path),
            _ => failed("completed", &self.path, &error),
        })
    }

    /// For a file system without hard links. Renaming replaces what stands there, so the name is
    /// taken first, by an empty file of ours.
    fn rename(&self) -> io::Result<()> {
        OpenOptions::new().write(true).create_new(true).open(&self.path)?;
        fs::rename(&self.part, &self.path).inspect_err(|_| {
            // The error of the renaming is the one to tell.
            let _ = fs::remove_file(&self.path);
        })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already when the file was finished by renaming.
        let _ = fs::remove_file(&self.part);
    }
}

fn taken(path: &Path) -> SessionError {
    SessionError::Export(format!("{} exists already; choose another name", path.display()))
}

fn failed(step: &str, path: &Path, error: &io::Error) -> SessionError {
    let path = path.display();
    SessionError::Export(format!("{path} could not be {step} ({error}); choose another folder"))
}

/// Counts the bytes that pass.
pub(crate) struct Counted<W> {
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
            ("..\\..\\autoexec.bat", "autoexec.bat"),
            ("a:b*c?.csv", "a_b_c_.csv"),
            ("a\u{202e}vsc.exe", "a_vsc.exe"),
            ("..", "wiretree-export"),
            ("", "wiretree-export"),
            (".csv", "csv"),
            ("plant line-1 (2).ndjson", "plant line-1 (2).ndjson"),
            ("v1.2.line of a topic.json", "v1.2.line of a topic.json"),
        ] {
            let (stem, ending) = safe_name(given);
            assert_eq!(format!("{stem}{ending}"), expected, "{given}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let (stem, ending) = safe_name(&format!("{}.ndjson", "ä".repeat(60_000)));
        assert_eq!((stem.len(), ending.as_str()), (LONGEST_STEM, ".ndjson"));
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
    #[test]
    fn what_a_power_cut_left_behind_does_not_stand_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(part_of(&path, 1), "half").unwrap();
        assert_ne!(free_path(folder.path(), "a.csv"), path, "it may be in the making");
        Unfinished::create(&path).unwrap().finish().unwrap();
        assert!(path.exists());
        assert_eq!(fs::read(part_of(&path, 1)).unwrap(), b"half", "it is not ours to remove");
    }

    #[test]
    fn what_came_in_between_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let unfinished = Unfinished::create(&path).unwrap();
        fs::write(&path, "mine").unwrap();
        assert!(unfinished.rename().is_err());
        let error = unfinished.finish().unwrap_err();
        assert!(error.to_string().contains("exists already"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn without_hard_links_a_file_gets_its_name_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let unfinished = Unfinished::create(&path).unwrap();
        unfinished.open().unwrap().write_all(b"new").unwrap();
        unfinished.rename().unwrap();
        drop(unfinished);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
