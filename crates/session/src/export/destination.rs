//! Where an export goes: a file or a folder that gets its name only when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::names::part_of;
use crate::SessionError;

/// How many unfinished files may stand around a name, left behind by a power cut or in the making.
const MOST_PARTS: u32 = 100;

/// What becomes of a file that stands where an export would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the export is refused.
    #[default]
    Kept,
    /// It is replaced once the export is complete; a folder never is. A link is replaced, and not
    /// followed.
    Replaced,
}

/// A file that is being written beside its final name, and removed unless it is finished.
pub(super) struct Unfinished {
    part: PathBuf,
    path: PathBuf,
    existing: Existing,
}

impl Unfinished {
    /// Begins a new file; one that exists is not touched.
    pub(super) fn create(path: &Path, existing: Existing) -> Result<Self, SessionError> {
        check(path, existing)?;
        let part = make_part(path, |part| {
            OpenOptions::new().write(true).create_new(true).open(part).map(drop)
        })?;
        Ok(Self { part, path: path.to_owned(), existing })
    }

    /// The file to write to.
    pub(super) fn open(&self) -> Result<BufWriter<File>, SessionError> {
        let file = OpenOptions::new().write(true).open(&self.part);
        file.map(BufWriter::new).map_err(|error| failed("opened", &self.path, &error))
    }

    /// Gives the file its name, unless something stands there by now that is to be kept. What it
    /// holds is on the disk before, so that a power cut does not leave an empty file under that name.
    pub(super) fn finish(self) -> Result<PathBuf, SessionError> {
        let synced =
            OpenOptions::new().write(true).open(&self.part).and_then(|file| file.sync_all());
        let named = synced.and_then(|()| match self.existing {
            Existing::Kept => name_file(&self.part, &self.path),
            Existing::Replaced => fs::rename(&self.part, &self.path),
        });
        match named {
            Ok(()) => Ok(self.path.clone()),
            Err(error) => Err(not_named(&self.path, &error)),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already when the file was finished by renaming.
        let _ = fs::remove_file(&self.part);
    }
}

/// A folder that is being filled beside its final name, and removed unless it is finished.
pub(super) struct UnfinishedFolder {
    part: PathBuf,
    path: PathBuf,
}

impl UnfinishedFolder {
    /// Begins a new folder; whatever exists is not touched.
    pub(super) fn create(path: &Path) -> Result<Self, SessionError> {
        check(path, Existing::Kept)?;
        let part = make_part(path, |part| fs::create_dir(part))?;
        Ok(Self { part, path: path.to_owned() })
    }

    /// Where to put files until then.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// Gives the folder its name, unless something stands there by now.
    pub(super) fn finish(self) -> Result<PathBuf, SessionError> {
        check(&self.path, Existing::Kept)?;
        match fs::rename(&self.part, &self.path) {
            Ok(()) => Ok(self.path.clone()),
            Err(error) => Err(not_named(&self.path, &error)),
        }
    }

    /// Takes one complete file out of it and gives that a name; the folder is removed.
    pub(super) fn finish_as_file(
        self,
        name: &Path,
        path: &Path,
        existing: Existing,
    ) -> Result<PathBuf, SessionError> {
        check(path, existing)?;
        let named = match existing {
            Existing::Kept => name_file(&self.part.join(name), path),
            Existing::Replaced => fs::rename(self.part.join(name), path),
        };
        named.map(|()| path.to_owned()).map_err(|error| not_named(path, &error))
    }
}

impl Drop for UnfinishedFolder {
    fn drop(&mut self) {
        // Gone already when the folder was finished. It is ours: nobody else makes such a name.
        let _ = fs::remove_dir_all(&self.part);
    }
}

/// Makes what is written to until it is complete, under a name that nothing stands at.
fn make_part(path: &Path, make: impl Fn(&Path) -> io::Result<()>) -> Result<PathBuf, SessionError> {
    let mut number = 1;
    loop {
        let part = part_of(path, number);
        match make(&part) {
            Ok(()) => return Ok(part),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < MOST_PARTS => {
                number += 1;
            }
            Err(error) => return Err(failed("created", path, &error)),
        }
    }
}

/// Names a file as nothing is named yet.
fn name_file(part: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(part, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => rename(part, path),
        linked => linked,
    }
}

/// For a file system without hard links. Renaming replaces what stands there, so the name is taken
/// first, by an empty file of ours.
fn rename(part: &Path, path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?;
    fs::rename(part, path).inspect_err(|_| {
        // The error of the renaming is the one to tell.
        let _ = fs::remove_file(path);
    })
}

/// Refuses a place where something stands that is to be kept.
pub(super) fn check(path: &Path, existing: Existing) -> Result<(), SessionError> {
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(found) if found.is_dir() && existing == Existing::Replaced => {
            Err(SessionError::Export(format!(
                "{} is a folder, and a folder is never replaced; choose another name",
                path.display()
            )))
        }
        Ok(_) if existing == Existing::Replaced => Ok(()),
        Ok(_) => Err(taken(path)),
    }
}

fn not_named(path: &Path, error: &io::Error) -> SessionError {
    match error.kind() {
        ErrorKind::AlreadyExists => taken(path),
        _ => failed("completed", path, error),
    }
}

fn taken(path: &Path) -> SessionError {
    SessionError::Exists(path.display().to_string())
}

pub(super) fn failed(step: &str, path: &Path, error: &io::Error) -> SessionError {
    let path = path.display();
    SessionError::Export(format!("{path} could not be {step} ({error}); choose another folder"))
}

/// Counts the bytes that pass.
pub(crate) struct Counted<W> {
    inner: W,
    bytes: Arc<AtomicU64>,
    all: Arc<AtomicU64>,
}

impl<W> Counted<W> {
    pub(super) fn new(inner: W, bytes: Arc<AtomicU64>) -> Self {
        Self { inner, bytes, all: Arc::default() }
    }

    /// Counts for `all` too, which others may count for.
    pub(super) fn and(self, all: Arc<AtomicU64>) -> Self {
        Self { all, ..self }
    }

    pub(super) fn get_ref(&self) -> &W {
        &self.inner
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.bytes.fetch_add(written as u64, Ordering::Relaxed);
        self.all.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::names::free_path;

    #[test]
    fn nothing_is_overwritten_and_nothing_unfinished_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let first = free_path(folder.path(), "a.csv");
        fs::write(&first, "mine").unwrap();
        let second = free_path(folder.path(), "a.csv");
        assert_eq!(second.file_name().unwrap(), "a (2).csv");
        assert!(Unfinished::create(&first, Existing::Kept).is_err());
        drop(Unfinished::create(&second, Existing::Kept).unwrap());
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "{names:?}");
        let unfinished = Unfinished::create(&second, Existing::Kept).unwrap();
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
        Unfinished::create(&path, Existing::Kept).unwrap().finish().unwrap();
        assert!(path.exists());
        assert_eq!(fs::read(part_of(&path, 1)).unwrap(), b"half", "it is not ours to remove");
    }

    #[test]
    fn what_came_in_between_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let unfinished = Unfinished::create(&path, Existing::Kept).unwrap();
        fs::write(&path, "mine").unwrap();
        assert!(rename(&unfinished.part, &path).is_err());
        let error = unfinished.finish().unwrap_err();
        assert!(error.to_string().contains("exists already"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn without_hard_links_a_file_gets_its_name_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let unfinished = Unfinished::create(&path, Existing::Kept).unwrap();
        unfinished.open().unwrap().write_all(b"new").unwrap();
        rename(&unfinished.part, &path).unwrap();
        drop(unfinished);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_replaced_only_on_request_and_only_when_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "mine").unwrap();
        drop(Unfinished::create(&path, Existing::Replaced).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"mine", "not complete");
        let unfinished = Unfinished::create(&path, Existing::Replaced).unwrap();
        unfinished.open().unwrap().write_all(b"new").unwrap();
        assert_eq!(unfinished.finish().unwrap(), path);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.csv"), folder.path().join("other"));
        fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(Unfinished::create(&path, Existing::Kept).is_err());
        let unfinished = Unfinished::create(&path, Existing::Replaced).unwrap();
        unfinished.open().unwrap().write_all(b"new").unwrap();
        unfinished.finish().unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"mine");
        assert!(path.symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn a_folder_is_never_replaced_and_appears_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let unfinished = UnfinishedFolder::create(&path).unwrap();
        fs::write(unfinished.part().join("1"), "x").unwrap();
        assert!(!path.exists());
        unfinished.finish().unwrap();
        assert_eq!(fs::read(path.join("1")).unwrap(), b"x");
        assert!(UnfinishedFolder::create(&path).is_err());
        assert!(Unfinished::create(&path, Existing::Replaced).is_err());
        drop(UnfinishedFolder::create(&folder.path().join("b")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
