//! The file that is imported: opened for reading only, and only if it is a plain file.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use wiretree_transfer::import::{FileKind, HEAD, ImportError, Offset, detect};

const BUFFER: usize = 256 * 1024;

/// A file that can be imported, and what it is. Opened anew whenever it is read.
#[derive(Clone, Debug)]
pub struct ImportFile {
    path: PathBuf,
    kind: FileKind,
    size: u64,
    offset: Offset,
}

impl ImportFile {
    /// Looks at how a file begins. `offset` is for times without a zone.
    ///
    /// # Errors
    /// It is no plain file (a device or a pipe may never end), cannot be read, or is nothing that
    /// can be imported.
    pub fn inspect(path: &Path, offset: Offset) -> Result<Self, ImportError> {
        let (mut file, size) = open(path)?;
        let mut head = Vec::new();
        let most = u64::try_from(HEAD).unwrap_or(u64::MAX);
        (&mut file).take(most).read_to_end(&mut head).map_err(|error| read_error(&error))?;
        let kind = detect(&head)?;
        Ok(Self { path: path.to_owned(), kind, size, offset })
    }

    /// What it is.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// In bytes, when it was looked at.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What times without a zone are read with.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// The same file, with another offset for times without a zone.
    #[must_use]
    pub fn with_offset(self, offset: Offset) -> Self {
        Self { offset, ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the file without its ending.
    pub fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        if stem.is_empty() { "import".to_owned() } else { stem.into_owned() }
    }

    /// What is in it, and how far that has been read.
    pub(super) fn open(&self) -> Result<(BufReader<Counting>, Position), ImportError> {
        let (file, _) = open(&self.path)?;
        let position = Position::default();
        let counting = Counting { file, position: position.clone() };
        Ok((BufReader::with_capacity(BUFFER, counting), position))
    }
}

/// Opens a plain file for reading. Looked at before, since to open a pipe waits for its other end.
fn open(path: &Path) -> Result<(File, u64), ImportError> {
    let words =
        "The path leads to no plain file, but to a folder, a device or a pipe. Choose a file";
    let plain = |metadata: &fs::Metadata| match metadata.is_file() {
        true => Ok(metadata.len()),
        false => Err(ImportError::NotThisForm(words)),
    };
    plain(&fs::metadata(path).map_err(|error| read_error(&error))?)?;
    let file = File::open(path).map_err(|error| read_error(&error))?;
    let size = plain(&file.metadata().map_err(|error| read_error(&error))?)?;
    Ok((file, size))
}

fn read_error(error: &io::Error) -> ImportError {
    ImportError::Read(error.to_string())
}

/// How far a file has been read, in bytes. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Position(Rc<Cell<u64>>);

impl Position {
    pub(super) fn get(&self) -> u64 {
        self.0.get()
    }
}

/// A file that counts what is read from it.
#[derive(Debug)]
pub(super) struct Counting {
    file: File,
    position: Position,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.position.0.set(self.position.0.get() + count as u64);
        Ok(count)
    }
}
