//! Finished segments as Parquet: each becomes one file, and is removed once that is on the disk.
//!
//! Promises: a file has its name only when it is complete, and its segment goes only after that, so that
//! a crash at any moment neither loses a message nor leaves it in two files; one segment at a time;
//! memory does not grow with a segment. What fails is told, kept, and tried again after the next one.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::mem::take;
use std::path::{Path, PathBuf};

use tokio::task::JoinHandle;
use wiretree_session::{
    Existing, Export, ExportForm, ExportOrder, Exported, Format, History, Query, Reader,
    SessionError, Split, blocking,
};

use super::names::Names;
use super::target::{self, Writing};
use super::{numbers, removing};
use crate::console::{say, warn};
use crate::error::CliError;

/// Converts what is finished.
pub(super) struct Converter {
    names: Names,
    folder: PathBuf,
    /// Finished segments, the oldest first.
    waiting: VecDeque<PathBuf>,
    /// Those that could not be converted.
    failed: Vec<PathBuf>,
    running: Option<Running>,
    files: u64,
}

/// A segment that is being converted.
struct Running {
    segment: PathBuf,
    work: JoinHandle<Result<Done, CliError>>,
}

/// What has become of a segment.
enum Done {
    /// All of it is in this file.
    Written { path: PathBuf, messages: u64 },
    /// There was nothing in it, or all of it was in a file already.
    Nothing,
    /// What could be read is in the file, and the segment is kept under another name.
    InPart { kept: PathBuf, unreadable: u64 },
}

impl Converter {
    /// Makes the folder.
    ///
    /// # Errors
    /// [`CliError::File`]: the folder cannot be made.
    pub(super) fn new(names: Names, folder: PathBuf) -> Result<Self, CliError> {
        fs::create_dir_all(&folder)
            .map_err(|cause| CliError::File { path: folder.clone(), cause })?;
        let (waiting, failed) = (VecDeque::new(), Vec::new());
        Ok(Self { names, folder, waiting, failed, running: None, files: 0 })
    }

    /// Where the files are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many files were written in this run.
    pub(super) fn files(&self) -> u64 {
        self.files
    }

    /// Takes the segments that an earlier run has left, but for the one that is recorded into.
    pub(super) fn add_all_but(&mut self, current: &Path) {
        let left = self.names.all().into_iter().filter(|path| path != current);
        self.waiting.extend(left);
    }

    /// Takes a finished segment, after those that failed before.
    pub(super) fn add(&mut self, segment: PathBuf) {
        self.waiting.extend(take(&mut self.failed));
        self.waiting.push_back(segment);
    }

    /// Takes a look: goes on with the next one when one is done.
    pub(super) async fn look(&mut self) {
        if self.running.as_ref().is_none_or(|running| running.work.is_finished()) {
            self.go_on().await;
        }
    }

    /// Converts all that is left.
    ///
    /// # Errors
    /// [`CliError::Unconverted`]: some are kept, to be converted by the next run.
    pub(super) async fn finish(&mut self) -> Result<(), CliError> {
        while self.running.is_some() || !self.waiting.is_empty() {
            self.go_on().await;
        }
        match self.failed.len() {
            0 => Ok(()),
            count => Err(CliError::Unconverted { count }),
        }
    }

    /// Waits for the one that is being converted, and begins the next.
    async fn go_on(&mut self) {
        if let Some(Running { segment, work }) = self.running.take() {
            let interrupted = Err(SessionError::Interrupted.into());
            self.note(segment, work.await.unwrap_or(interrupted));
        }
        if let Some(segment) = self.waiting.pop_front() {
            let work = convert(self.names.clone(), segment.clone(), self.folder.clone());
            self.running = Some(Running { segment, work: tokio::spawn(work) });
        }
    }

    fn note(&mut self, segment: PathBuf, ended: Result<Done, CliError>) {
        match ended {
            Ok(Done::Written { path, messages }) => {
                self.files += 1;
                say(format_args!("{messages} messages are in {}", path.display()));
            }
            Ok(Done::Nothing) => {}
            Ok(Done::InPart { kept, unreadable }) => {
                self.files += 1;
                warn(format_args!(
                    "{unreadable} messages of a segment are damaged and could not be converted; it is \
                     kept as {}",
                    kept.display()
                ));
            }
            Err(error) => {
                let segment_name = segment.display();
                warn(format_args!("{segment_name} is kept, and not converted: {error}"));
                self.failed.push(segment);
            }
        }
    }
}

async fn convert(names: Names, segment: PathBuf, folder: PathBuf) -> Result<Done, CliError> {
    if !segment.exists() {
        return Ok(Done::Nothing);
    }
    let (from, to) = (segment.clone(), folder.clone());
    let (history, reader, target, _writing) = blocking(move || {
        // As a writer: a segment that another recorder writes to is refused here, and what a crash
        // has left beside it is taken in.
        let history = History::open(&from)?;
        let reader = history.reader();
        let target = target::find(&to, &from, &reader)?;
        let usual = target::usual(&to, &from);
        let writing = Writing::begin(&to, [&*usual].into_iter().chain(target.as_deref()));
        Ok((history, reader, target, writing))
    })
    .await?;
    let exported = match target {
        Some(path) => Some(export(reader.clone(), path).await?),
        None => None,
    };
    blocking(move || {
        if let Ok(folder) = File::open(&folder) {
            // Where a folder cannot be synced its file system does not need it.
            let _ = folder.sync_all();
        }
        Ok(conclude(&names, &segment, &history, &reader, exported))
    })
    .await?
}

/// A file that was written.
struct Made {
    path: PathBuf,
    messages: u64,
    /// Messages that could not be read.
    unreadable: u64,
}

/// Writes all messages.
async fn export(reader: Reader, path: PathBuf) -> Result<Made, CliError> {
    let form = ExportForm::Messages(Format::Parquet, Split::Never);
    let order = ExportOrder { query: Query::default(), form, path, existing: Existing::Kept };
    let (_export, mut news) = Export::start(reader, order);
    while let Some(exported) = news.next().await {
        match exported {
            Exported::Progress { .. } => {}
            Exported::Finished { written: messages, unreadable, path, .. } => {
                return Ok(Made { path, messages, unreadable });
            }
            Exported::Failed(error) => return Err(error.into()),
            Exported::Cancelled { .. } => break,
        }
    }
    Err(CliError::Interrupted)
}

/// The segment goes, once its numbers are kept; one that could not be read in full gets another name.
fn conclude(
    names: &Names,
    segment: &Path,
    history: &History,
    reader: &Reader,
    exported: Option<Made>,
) -> Result<Done, CliError> {
    numbers::keep(names, reader)?;
    history.close()?;
    match exported {
        Some(Made { unreadable, .. }) if unreadable > 0 => {
            let kept = segment.with_extension("damaged.wiretree");
            fs::rename(segment, &kept)
                .map_err(|cause| CliError::File { path: kept.clone(), cause })?;
            Ok(Done::InPart { kept, unreadable })
        }
        exported => {
            removing::remove(segment)
                .map_err(|cause| CliError::File { path: segment.to_owned(), cause })?;
            Ok(match exported {
                Some(Made { path, messages, .. }) => Done::Written { path, messages },
                None => Done::Nothing,
            })
        }
    }
}

#[cfg(test)]
mod tests;
