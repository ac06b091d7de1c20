//! What to export, in which form and where to; and doing it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use wiretree_store::{Query, Reader};
use wiretree_transfer::Format;

use super::destination::{Counted, Existing, Unfinished, UnfinishedFolder, check};
use super::names::{free_path_where, is_taken};
use super::payloads::PayloadFiles;
use super::sink::RecordSink;
use super::split::Split;
use super::walk::{Walked, each_record, write};
use super::{Made, Word};
use crate::SessionError;

/// What an export consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportForm {
    /// A file in this format, or several.
    Messages(Format, Split),
    /// A folder in which each payload has a file, with an index beside them.
    PayloadFiles,
}

/// What to export, and where to.
#[derive(Clone, Debug)]
pub struct ExportOrder {
    /// Which messages.
    pub query: Query,
    /// How they are written.
    pub form: ExportForm,
    /// The file. A folder has this name without the ending of the format.
    pub path: PathBuf,
    /// What becomes of a file that stands there.
    pub existing: Existing,
}

impl ExportForm {
    /// Where it comes to stand: a file, a folder, or either.
    fn places(self, path: &Path) -> Vec<PathBuf> {
        match self {
            Self::Messages(_, Split::Never) => vec![path.to_owned()],
            Self::Messages(format, Split::WhenLarge) => {
                vec![path.to_owned(), folder_path(path, format.ending())]
            }
            Self::Messages(format, _) => vec![folder_path(path, format.ending())],
            Self::PayloadFiles => vec![path.to_owned()],
        }
    }

    /// A path in `folder` where nothing is in its way; see [`super::free_path`].
    pub fn free_path(self, folder: &Path, name: &str) -> PathBuf {
        free_path_where(folder, name, |path| self.places(path))
    }

    /// The first that stands in its way, if it goes to this path.
    pub fn in_the_way(self, path: &Path) -> Option<PathBuf> {
        self.places(path).into_iter().find(|place| is_taken(place))
    }
}

/// The path without the ending of the format, if it has that.
fn folder_path(path: &Path, ending: &str) -> PathBuf {
    match path.extension() {
        Some(own) if own == ending => path.with_extension(""),
        _ => path.to_owned(),
    }
}

impl ExportOrder {
    /// Writes what is ordered, beside its final place.
    pub(super) fn carry_out(
        self,
        reader: &Reader,
        bytes: &Arc<AtomicU64>,
        word: &mut Word<'_>,
    ) -> Result<Made, SessionError> {
        match self.form {
            ExportForm::Messages(format, Split::Never) => {
                self.make_file(reader, format, bytes, word)
            }
            ExportForm::Messages(format, split) => {
                self.make_files(reader, (format, split), bytes, word)
            }
            ExportForm::PayloadFiles => self.make_payload_files(reader, bytes, word),
        }
    }

    fn make_file(
        self,
        reader: &Reader,
        format: Format,
        bytes: &Arc<AtomicU64>,
        word: &mut Word<'_>,
    ) -> Result<Made, SessionError> {
        let file = Unfinished::create(&self.path, self.existing)?;
        let destination = Counted::new(file.open()?, Arc::clone(bytes));
        let walked = write(reader, &self.query, format, destination, word)?;
        Ok(Made { walked, name: Box::new(|| file.finish()) })
    }

    fn make_files(
        self,
        reader: &Reader,
        (format, split): (Format, Split),
        bytes: &Arc<AtomicU64>,
        word: &mut Word<'_>,
    ) -> Result<Made, SessionError> {
        let Self { query, path, existing, .. } = self;
        if split == Split::WhenLarge {
            check(&path, existing)?;
        }
        let folder = UnfinishedFolder::create(&folder_path(&path, format.ending()))?;
        let mut sink = RecordSink::open(folder.part(), format, split)?.counting(Arc::clone(bytes));
        let walked = each_record(reader, &query, format, word, |record| sink.write(record))?;
        let sunk = sink.finish()?;
        let only = sunk.newest.filter(|_| split == Split::WhenLarge && sunk.files == 1);
        let name: Box<dyn FnOnce() -> Result<PathBuf, SessionError>> = match only {
            Some(file) => Box::new(move || folder.finish_as_file(&file, &path, existing)),
            None => Box::new(move || folder.finish()),
        };
        let walked = Walked { written: sunk.completed, ..walked };
        Ok(Made { walked, name })
    }

    fn make_payload_files(
        self,
        reader: &Reader,
        bytes: &Arc<AtomicU64>,
        word: &mut Word<'_>,
    ) -> Result<Made, SessionError> {
        let folder = UnfinishedFolder::create(&self.path)?;
        let mut files = PayloadFiles::create(folder.part(), Arc::clone(bytes))?;
        let write = |record: &_| files.write(record);
        let walked = each_record(reader, &self.query, Format::Ndjson, word, write)?;
        let walked = Walked { written: files.finish()?, ..walked };
        Ok(Made { walked, name: Box::new(|| folder.finish()) })
    }
}
