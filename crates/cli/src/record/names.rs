//! How the segments of a recording are named: by the moment they begin, so that their names are in order.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::error::CliError;

const EXTENSION: &str = "wiretree";
const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
/// Behind the name of a segment that is being made.
pub(super) const UNFINISHED: &str = ".new";

/// The names of the segments of a recording.
#[derive(Clone, Debug)]
pub(super) struct Names {
    folder: PathBuf,
    /// What all of them begin with.
    stem: String,
}

impl Names {
    /// Those that belong to a history of this name.
    ///
    /// # Errors
    /// [`CliError::Usage`]: it is not the name of a file.
    pub(super) fn of(history: &Path) -> Result<Self, CliError> {
        let name = history.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| {
            CliError::Usage(format!("--history {} is not the name of a file", history.display()))
        })?;
        let ending = format!(".{EXTENSION}");
        let stem = name.strip_suffix(&ending).unwrap_or(name).to_owned();
        let folder = match history.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self { folder, stem })
    }

    /// The segment that begins at this moment.
    fn at(&self, now: OffsetDateTime) -> PathBuf {
        let (date, time) = (now.date(), now.time());
        let stamp = format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        self.folder.join(format!("{}-{stamp}.{EXTENSION}", self.stem))
    }

    /// The segment to begin now; none while there is one of this second.
    pub(super) fn next(&self) -> Option<PathBuf> {
        let path = self.at(OffsetDateTime::now_utc());
        (!path.exists()).then_some(path)
    }

    /// Where the numbers stand that go on behind segments which are gone.
    pub(super) fn numbers(&self) -> PathBuf {
        self.folder.join(format!("{}-numbers.json", self.stem))
    }

    /// How long ago this segment began, by its name; nothing if that is in the future.
    pub(super) fn age(&self, path: &Path) -> Option<Duration> {
        let began = self.beginning(path.file_name()?.to_str()?)?;
        Some((OffsetDateTime::now_utc() - began).try_into().unwrap_or_default())
    }

    /// The files that were to become segments, and did not.
    pub(super) fn unfinished(&self) -> Vec<PathBuf> {
        self.files(|name| name.strip_suffix(UNFINISHED).is_some_and(|name| self.is_ours(name)))
    }

    /// The segments that are there, oldest first.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        self.files(|name| self.is_ours(name))
    }

    fn files(&self, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        let mut found: Vec<PathBuf> = entries
            .filter(|entry| entry.file_name().to_str().is_some_and(&wanted))
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found
    }

    fn is_ours(&self, name: &str) -> bool {
        self.beginning(name).is_some()
    }

    /// When the segment of this name began, if it is one.
    fn beginning(&self, name: &str) -> Option<OffsetDateTime> {
        let rest = name.strip_prefix(&self.stem)?.strip_prefix('-')?;
        let stamp = rest.strip_suffix(EXTENSION)?.strip_suffix('.')?;
        Some(PrimitiveDateTime::parse(stamp, STAMP).ok()?.assume_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_named_by_their_beginning_and_told_from_other_files() {
        let names = Names::of(Path::new("folder/plant.wiretree")).unwrap();
        let path = names.at(OffsetDateTime::from_unix_timestamp(1_767_323_045).unwrap());
        assert_eq!(path, Path::new("folder/plant-20260102T030405Z.wiretree"));
        assert!(names.is_ours("plant-20260102T030405Z.wiretree"));
        assert!(names.age(&path).unwrap() > Duration::from_secs(3_600));
        assert_eq!(names.age(Path::new("plant-99990102T030405Z.wiretree")), Some(Duration::ZERO));
        for other in [
            "plant.wiretree",
            "plant-20260102T030405Z.wiretree-wal",
            "plant-2026010203040506.wiretree",
            "plants-20260102T030405Z.wiretree",
            "plant-a-20260102T030405Z.wiretree",
            "plant-20260102T030405Zwiretree",
            "plant-20260102T030405Z.damaged.wiretree",
            "plant-numbers.json",
            "plant-20260102T030405Z.wiretree.new",
        ] {
            assert!(!names.is_ours(other), "{other}");
        }
        assert_eq!(Names::of(Path::new("plant")).unwrap().folder, Path::new("."));
        assert!(Names::of(Path::new("/")).is_err());
    }
}
