//! A folder of files that fills with messages: one after the other, each complete before the next.
//!
//! Promises: a file has its name only when it is complete and on the disk, until then it ends in
//! `.part`; no file is ever replaced, those of an earlier run are continued by number; memory does
//! not grow with the number of messages; messages of a file that could not be completed are counted.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wiretree_model::Timestamp;
use wiretree_transfer::{Format, Record, Writer, stamp};

use super::destination::{Counted, Existing, Unfinished, failed};
use super::split::Split;
use crate::SessionError;

/// From here on no file begins for a new period, so that a clock that jumps to and fro, or messages
/// of many years, do not fill a folder without end.
const MOST_FILES: u64 = 100_000;

/// Writes messages to the files of a folder.
///
/// Not to be dropped without [`RecordSink::finish`]: what is not complete is removed then.
pub struct RecordSink {
    folder: PathBuf,
    format: Format,
    split: Split,
    part: Option<Part>,
    /// The number of the newest file.
    number: u64,
    done: Sunk,
    bytes: Arc<AtomicU64>,
}

/// What has become of the messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sunk {
    /// In files that are complete, and on the disk.
    pub completed: u64,
    /// In files that could not be completed.
    pub lost: u64,
    /// Files that are complete.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
    /// The newest complete file.
    pub newest: Option<PathBuf>,
}

/// The file that is being written.
struct Part {
    file: Unfinished,
    writer: Writer<Counted<BufWriter<File>>>,
    size: Arc<AtomicU64>,
    period: i64,
    records: u64,
}

impl RecordSink {
    /// Fills `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn open(folder: &Path, format: Format, split: Split) -> Result<Self, SessionError> {
        let number = fs::create_dir_all(folder)
            .and_then(|()| newest_number(folder))
            .map_err(|error| failed("opened", folder, &error))?;
        Ok(Self {
            folder: folder.to_owned(),
            format,
            split,
            part: None,
            number,
            done: Sunk::default(),
            bytes: Arc::default(),
        })
    }

    /// Adds what is written to this number too.
    pub(super) fn counting(mut self, bytes: Arc<AtomicU64>) -> Self {
        self.bytes = bytes;
        self
    }

    /// Writes a message, to a new file if one is due. It is safe once [`RecordSink::so_far`] counts
    /// it as completed.
    ///
    /// # Errors
    /// The disk takes no more. The file that was being written is removed then, and what it had is
    /// counted as lost; the next message begins a new one.
    pub fn write(&mut self, record: &Record) -> Result<(), SessionError> {
        if self.is_due(record.message.received_at) {
            self.roll()?;
        }
        let mut part = match self.part.take() {
            Some(part) => part,
            None => self.begin(record.message.received_at)?,
        };
        part.records += 1;
        match part.writer.write(record) {
            Ok(()) => {
                self.part = Some(part);
                Ok(())
            }
            Err(error) => {
                self.done.lost += part.records;
                Err(error.into())
            }
        }
    }

    /// Completes the file that is being written, if its period is over or it is full: for a stream
    /// that has fallen silent.
    ///
    /// # Errors
    /// As [`RecordSink::write`].
    pub fn roll_if_due(&mut self, now: Timestamp) -> Result<(), SessionError> {
        if self.is_due(now) { self.roll() } else { Ok(()) }
    }

    /// Completes the file that is being written, if there is one; the next message begins another.
    ///
    /// # Errors
    /// As [`RecordSink::write`].
    pub fn roll(&mut self) -> Result<(), SessionError> {
        let Some(part) = self.part.take() else { return Ok(()) };
        let records = part.records;
        let completed = part.writer.finish().map_err(SessionError::from);
        match completed.and_then(|written| {
            drop(written);
            part.file.finish()
        }) {
            Ok(path) => {
                self.done.completed += records;
                self.done.files += 1;
                self.done.newest = Some(path);
                Ok(())
            }
            Err(error) => {
                self.done.lost += records;
                Err(error)
            }
        }
    }

    /// What has become of the messages so far. Those neither completed nor lost are in the file that
    /// is being written.
    pub fn so_far(&self) -> Sunk {
        Sunk { bytes: self.bytes.load(Ordering::Relaxed), ..self.done.clone() }
    }

    /// Completes the last file. A sink that no message came to makes one without messages.
    ///
    /// # Errors
    /// As [`RecordSink::write`].
    pub fn finish(mut self) -> Result<Sunk, SessionError> {
        if self.part.is_none() && self.done.files == 0 {
            self.part = Some(self.begin(Timestamp(0))?);
        }
        self.roll()?;
        Ok(self.so_far())
    }

    /// Whether the message of this moment begins a new file. One that comes a little late, as
    /// between several connections, does not.
    fn is_due(&self, moment: Timestamp) -> bool {
        let Some(part) = &self.part else { return false };
        let period = self.split.period_of(moment);
        let is_other = period > part.period || period < part.period.saturating_sub(1);
        (is_other && self.number < MOST_FILES)
            || part.size.load(Ordering::Relaxed) >= self.split.most_bytes()
    }

    fn begin(&mut self, moment: Timestamp) -> Result<Part, SessionError> {
        self.number += 1;
        let begin = stamp(self.split.begin_of(moment));
        let name = format!("part-{begin}-{:04}.{}", self.number, self.format.ending());
        let file = Unfinished::create(&self.folder.join(name), Existing::Kept)?;
        let size = Arc::new(AtomicU64::new(0));
        let out = Counted::new(file.open()?, Arc::clone(&size)).and(Arc::clone(&self.bytes));
        let writer = Writer::new(self.format, out)?;
        Ok(Part { file, writer, size, period: self.split.period_of(moment), records: 0 })
    }
}

/// The highest number of a file of ours in the folder; 0: none.
fn newest_number(folder: &Path) -> std::io::Result<u64> {
    let mut newest = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| {
            let (stem, _) = name.strip_prefix("part-")?.split_once('.')?;
            stem.rsplit('-').next()?.parse().ok()
        });
        newest = newest.max(number.unwrap_or(0));
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use wiretree_model::{Direction, Message, Publish, Topic};

    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn record(sequence: u64, received_at: i64) -> Record {
        let publish = Publish {
            topic: Topic::received("t"),
            payload: vec![b'x'; 1_000].into(),
            ..Publish::default()
        };
        let received_at = Timestamp(received_at);
        let message = Message { sequence, received_at, direction: Direction::Received, publish };
        Record { connection: "plant".to_owned(), message }
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn lines(folder: &Path) -> usize {
        names(folder)
            .iter()
            .map(|name| fs::read_to_string(folder.join(name)).unwrap().lines().count())
            .sum()
    }

    #[test]
    fn each_hour_has_its_file_and_late_messages_stay() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new");
        let mut sink = RecordSink::open(&folder, Format::Ndjson, Split::Every(3_600)).unwrap();
        for (sequence, moment) in
            [0, HOUR - 1, HOUR, HOUR - 1, HOUR + 1, 5 * HOUR].iter().enumerate()
        {
            sink.write(&record(sequence as u64, *moment)).unwrap();
        }
        assert_eq!(sink.so_far().completed, 5);
        assert!(names(&folder).last().unwrap().ends_with(".part"), "{:?}", names(&folder));
        let sunk = sink.finish().unwrap();
        assert_eq!((sunk.completed, sunk.lost, sunk.files), (6, 0, 3));
        assert_eq!(
            names(&folder),
            [
                "part-1970-01-01T00-00-00Z-0001.ndjson",
                "part-1970-01-01T01-00-00Z-0002.ndjson",
                "part-1970-01-01T05-00-00Z-0003.ndjson",
            ]
        );
        assert_eq!(lines(&folder), 6);
    }

    #[test]
    fn a_full_file_is_followed_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink =
            RecordSink::open(folder.path(), Format::Ndjson, Split::Size(64 * 1024)).unwrap();
        for sequence in 0..200 {
            sink.write(&record(sequence, 0)).unwrap();
        }
        let sunk = sink.finish().unwrap();
        assert!((3..6).contains(&sunk.files), "{sunk:?}");
        assert_eq!((sunk.completed, lines(folder.path())), (200, 200));
        let size: u64 = names(folder.path())
            .iter()
            .map(|name| folder.path().join(name).metadata().unwrap().len())
            .sum();
        assert_eq!(sunk.bytes, size);
    }

    #[test]
    fn a_silent_stream_ends_its_file_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink =
            RecordSink::open(folder.path(), Format::Parquet, Split::Every(3_600)).unwrap();
        sink.write(&record(1, 0)).unwrap();
        sink.roll_if_due(Timestamp(HOUR - 1)).unwrap();
        assert_eq!(sink.so_far().files, 0);
        sink.roll_if_due(Timestamp(HOUR)).unwrap();
        assert_eq!((sink.so_far().files, sink.so_far().completed), (1, 1));
        assert_eq!(sink.finish().unwrap().files, 1, "and no empty one behind it");
    }

    #[test]
    fn a_second_run_goes_on_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for sequence in 1..=2 {
            let split = Split::Every(3_600);
            let mut sink =
                RecordSink::open(folder.path(), Format::Csv(Default::default()), split).unwrap();
            sink.write(&record(sequence, 0)).unwrap();
            sink.finish().unwrap();
        }
        assert_eq!(
            names(folder.path()),
            ["part-1970-01-01T00-00-00Z-0001.csv", "part-1970-01-01T00-00-00Z-0002.csv"]
        );
    }

    #[test]
    fn what_is_not_finished_leaves_no_half_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = RecordSink::open(folder.path(), Format::Parquet, Split::Never).unwrap();
        sink.write(&record(1, 0)).unwrap();
        drop(sink);
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn messages_of_a_file_that_cannot_be_completed_are_counted() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("gone");
        let mut sink = RecordSink::open(&folder, Format::Ndjson, Split::Never).unwrap();
        sink.write(&record(1, 0)).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(sink.roll().is_err());
        assert_eq!((sink.so_far().lost, sink.so_far().completed), (1, 0));
        assert!(sink.write(&record(2, 0)).is_err(), "there is no folder");
        fs::create_dir(&folder).unwrap();
        sink.write(&record(3, 0)).unwrap();
        assert_eq!(sink.finish().unwrap().completed, 1);
    }
}
