//! Where a recording goes: one history, or segments.

use std::path::PathBuf;
use std::sync::Arc;

use wiretree_session::{History, Session, Split, blocking};

use super::converting::Converter;
use super::names::Names;
use super::segments::{Finished, Segments};
use crate::error::CliError;

/// The size of segments that become Parquet, unless it is given: an hour.
const USUAL: Split = Split::Every(3_600);

/// Segments, if any are wanted, and what becomes of them.
#[derive(clap::Args)]
#[command(next_help_heading = "Segments")]
pub(super) struct Rotation {
    /// Begin a new history file, a segment, when one has this size or age: 1GiB, 1h. No message is lost
    /// or doubled by it. Segments are named after --history with the time in UTC, as in
    /// plant-20260102T030405Z.wiretree; each is a complete history. A recording that begins again goes on
    /// with the newest while that is not full
    #[arg(long, value_name = "SIZE|TIME", value_parser = parse_rotation)]
    rotate: Option<Split>,
    /// Remove the oldest segments, so that N stay with the one that is recorded into
    #[arg(long, value_name = "N", requires = "rotate", conflicts_with = "parquet", value_parser = clap::value_parser!(u32).range(1..))]
    keep_segments: Option<u32>,
    /// Turn each finished segment into a Parquet file of the same name in this folder, and remove it
    /// then. Until a file is complete its messages are in the segment, so a crash loses nothing that
    /// was committed: what is left is converted when the recording begins again. With segments of 1h
    /// unless --rotate is given. The files have the messages; when the connection was down is only in
    /// segments
    #[arg(long, value_name = "FOLDER")]
    parquet: Option<PathBuf>,
}

fn parse_rotation(text: &str) -> Result<Split, String> {
    match text.parse() {
        Ok(split @ (Split::Every(_) | Split::Size(_))) => Ok(split),
        Ok(Split::Never | Split::WhenLarge) => {
            Err("write a period such as 1h, or a size such as 1GiB".to_owned())
        }
        Err(error) => Err(error.to_string().replace(", or never", "")),
    }
}

/// Where a recording goes.
pub(super) enum Place {
    One(Arc<History>),
    Segments(Box<Segments>),
}

impl Place {
    /// Opens it. Gives the number to go on behind, too; a single history knows that by itself.
    ///
    /// # Errors
    /// The history, or the folder for Parquet, cannot be made.
    pub(super) async fn open(
        path: PathBuf,
        rotation: Rotation,
        key: String,
    ) -> Result<(Self, u64), CliError> {
        let usual = rotation.parquet.is_some().then_some(USUAL);
        let Some(split) = rotation.rotate.or(usual) else {
            let history = blocking(move || Ok(History::open(&path)?)).await?;
            return Ok((Self::One(Arc::new(history)), 0));
        };
        let names = Names::of(&path)?;
        let finished = match (rotation.parquet, rotation.keep_segments) {
            (Some(folder), _) => Finished::Converted(Converter::new(names.clone(), folder)?),
            (None, Some(most)) => Finished::Newest(most as usize),
            (None, None) => Finished::Kept,
        };
        let (segments, after) = Segments::begin(names, split, finished, key).await?;
        Ok((Self::Segments(Box::new(segments)), after))
    }

    /// The history that is recorded into.
    pub(super) fn history(&self) -> &Arc<History> {
        match self {
            Self::One(history) => history,
            Self::Segments(segments) => segments.history(),
        }
    }

    /// Does what is due.
    ///
    /// # Errors
    /// Segments cannot be tidied up.
    pub(super) async fn look(&mut self, session: &Session) -> Result<(), CliError> {
        match self {
            Self::One(_) => Ok(()),
            Self::Segments(segments) => segments.look(session).await,
        }
    }

    /// Saves what is left, once the session has ended.
    ///
    /// # Errors
    /// Something could not be saved, or not be converted.
    pub(super) async fn close(&mut self) -> Result<(), CliError> {
        match self {
            Self::One(history) => {
                let history = Arc::clone(history);
                Ok(blocking(move || Ok(history.close()?)).await?)
            }
            Self::Segments(segments) => segments.end().await,
        }
    }

    /// How many segments there were.
    pub(super) fn segments(&self) -> Option<u64> {
        match self {
            Self::One(_) => None,
            Self::Segments(segments) => Some(segments.count()),
        }
    }

    /// How many files of Parquet were written.
    pub(super) fn files(&self) -> Option<u64> {
        match self {
            Self::One(_) => None,
            Self::Segments(segments) => segments.files(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_have_a_size_or_an_age() {
        assert_eq!(parse_rotation("1h"), Ok(Split::Every(3_600)));
        assert_eq!(parse_rotation("1GiB"), Ok(Split::Size(1 << 30)));
        for text in ["never", "large", "", "1", "5s"] {
            let refusal = parse_rotation(text).unwrap_err();
            assert!(refusal.contains("1h") && !refusal.contains("never"), "{text}: {refusal}");
        }
    }
}
