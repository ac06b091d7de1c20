//! Segments: a recording as several histories, one after the other, each complete.
//!
//! Promises: no file is ever replaced; only segments of this recording are ever removed, and only
//! where that was asked for; numbers go on from one segment to the next, also over a restart.

use std::mem::replace;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use wiretree_session::{History, Session, SessionError, Split, StoreError, blocking};

use super::converting::Converter;
use super::names::Names;
use super::{making, numbers, removing, target};
use crate::console::{say, warn};
use crate::error::CliError;

/// After a segment could not be begun.
const PAUSE: Duration = Duration::from_secs(1);

/// What becomes of segments that are finished.
pub(super) enum Finished {
    /// They stay.
    Kept,
    /// So many stay, the one that is recorded into included.
    Newest(usize),
    /// They become Parquet.
    Converted(Converter),
}

/// Begins a segment when the one before is full.
pub(super) struct Segments {
    names: Names,
    split: Split,
    finished: Finished,
    history: Arc<History>,
    began: Instant,
    count: u64,
    /// The one that is about to take over.
    moving: Option<JoinHandle<Result<Arc<History>, SessionError>>>,
    not_before: Instant,
    /// Why the last one could not be begun.
    trouble: Option<String>,
}

impl Segments {
    /// Goes on with the newest one while that is not full, or begins one. Gives the number to go on
    /// behind, too.
    ///
    /// # Errors
    /// The history cannot be made.
    pub(super) async fn begin(
        names: Names,
        split: Split,
        finished: Finished,
        key: String,
    ) -> Result<(Self, u64), CliError> {
        let of = names.clone();
        let files = match &finished {
            Finished::Converted(converter) => Some(converter.folder().to_owned()),
            Finished::Kept | Finished::Newest(_) => None,
        };
        let (after, newest) = blocking(move || {
            making::remove_unfinished(&of);
            Ok((numbers::last(&of, &key), newest(&of, split, files.as_deref())))
        })
        .await?;
        let (history, age) = match newest {
            Some(found) => found,
            None => (first(&names).await?, Duration::ZERO),
        };
        let now = Instant::now();
        let mut segments = Self {
            names,
            split,
            finished,
            history: Arc::new(history),
            began: now.checked_sub(age).unwrap_or(now),
            count: 1,
            moving: None,
            not_before: now,
            trouble: None,
        };
        if let Finished::Converted(converter) = &mut segments.finished {
            converter.add_all_but(segments.history.path());
        }
        segments.tidy().await?;
        Ok((segments, after))
    }

    /// The one that is recorded into.
    pub(super) fn history(&self) -> &Arc<History> {
        &self.history
    }

    /// How many there were in this run.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// How many files of Parquet were written, if any are to be.
    pub(super) fn files(&self) -> Option<u64> {
        match &self.finished {
            Finished::Converted(converter) => Some(converter.files()),
            Finished::Kept | Finished::Newest(_) => None,
        }
    }

    /// Takes a look: begins the next segment if it is time for it.
    pub(super) async fn look(&mut self, session: &Session) -> Result<(), CliError> {
        if let Some(moving) = self.moving.take_if(|moving| moving.is_finished()) {
            match moving.await.unwrap_or(Err(SessionError::Interrupted)) {
                Ok(next) => self.moved(next).await?,
                Err(error) => self.note_trouble(&error),
            }
        }
        let may_begin = self.moving.is_none() && Instant::now() >= self.not_before;
        if may_begin
            && self.is_due()
            && let Some(path) = self.names.next()
        {
            self.moving = Some(tokio::spawn(move_on(session.clone(), path)));
        }
        if let Finished::Converted(converter) = &mut self.finished {
            converter.look().await;
        }
        Ok(())
    }

    /// Closes what is open once the session has ended, and finishes what is due.
    ///
    /// # Errors
    /// Something could not be saved or converted.
    pub(super) async fn end(&mut self) -> Result<(), CliError> {
        let mut saved = Ok(());
        if let Some(moving) = self.moving.take()
            && let Ok(Ok(next)) = moving.await
        {
            saved = self.moved(next).await;
        }
        saved = saved.and(close(Arc::clone(&self.history)).await);
        if let Finished::Converted(converter) = &mut self.finished {
            converter.add(self.history.path().to_owned());
            saved = saved.and(converter.finish().await);
        }
        saved
    }

    fn is_due(&self) -> bool {
        is_full(self.history.path(), self.split, self.began.elapsed())
    }

    async fn moved(&mut self, next: Arc<History>) -> Result<(), CliError> {
        say(format_args!("goes on in the segment {}", next.path().display()));
        let before = replace(&mut self.history, next);
        let path = before.path().to_owned();
        self.began = Instant::now();
        self.count += 1;
        self.trouble = None;
        // All of it was committed before the next took over.
        if let Err(error) = close(before).await {
            warn(error);
        }
        if let Finished::Converted(converter) = &mut self.finished {
            converter.add(path);
        }
        self.tidy().await
    }

    /// Removes what is not to be kept.
    async fn tidy(&self) -> Result<(), CliError> {
        if let Finished::Newest(most) = self.finished {
            let names = self.names.clone();
            blocking(move || {
                removing::remove_beyond(&names, most);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// The same trouble is told once.
    fn note_trouble(&mut self, error: &SessionError) {
        let trouble = error.to_string();
        if self.trouble.as_ref() != Some(&trouble) {
            warn(format_args!(
                "the next segment could not be begun, and is tried again: {trouble}"
            ));
        }
        self.trouble = Some(trouble);
        self.not_before = Instant::now() + PAUSE;
    }
}

/// The newest segment and its age, if it is not full, has no file in that folder, and can be written to.
fn newest(names: &Names, split: Split, files: Option<&Path>) -> Option<(History, Duration)> {
    let path = names.all().pop()?;
    if files.is_some_and(|folder| target::usual(folder, &path).exists()) {
        return None;
    }
    let age = names.age(&path)?;
    let history = if is_full(&path, split, age) { None } else { History::open(&path).ok() };
    history.map(|history| (history, age))
}

async fn first(names: &Names) -> Result<History, SessionError> {
    loop {
        match names.next() {
            Some(path) => return blocking(move || making::make(&path)).await,
            None => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Gives the history that has taken over.
async fn move_on(session: Session, path: PathBuf) -> Result<Arc<History>, SessionError> {
    let history = Arc::new(blocking(move || making::make(&path)).await?);
    match session.move_to(Arc::clone(&history)).await {
        Ok(()) => Ok(history),
        Err(error) => {
            blocking(move || Ok(give_up(&history)?)).await?;
            Err(error)
        }
    }
}

/// A segment that did not take over goes again.
fn give_up(history: &History) -> Result<(), StoreError> {
    let is_empty = history.reader().size()?.messages == 0;
    history.close()?;
    if is_empty {
        // Were it left, the next run would go on with it.
        let _ = removing::remove(history.path());
    }
    Ok(())
}

async fn close(history: Arc<History>) -> Result<(), CliError> {
    Ok(blocking(move || Ok(history.close()?)).await?)
}

/// Whether a segment of this age is to be followed by another. By its size, one without a message
/// never is: a file takes room by itself.
fn is_full(path: &Path, split: Split, age: Duration) -> bool {
    let has_messages = || {
        let size = History::open_read_only(path).and_then(|reader| reader.size());
        size.is_ok_and(|size| size.messages > 0)
    };
    match split {
        Split::Every(seconds) => age >= Duration::from_secs(seconds.into()),
        Split::Size(bytes) => size(path) >= bytes && has_messages(),
        Split::Never | Split::WhenLarge => false,
    }
}

/// Bytes on the disk, what waits in the write-ahead log included.
fn size(path: &Path) -> u64 {
    let size = |path: &Path| path.metadata().map_or(0, |data| data.len());
    size(path) + size(&removing::companion(path, "-wal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_without_a_message_is_not_full() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::of(&folder.path().join("p.wiretree")).unwrap();
        let path = names.next().unwrap();
        let history = making::make(&path).unwrap();
        assert!(size(&path) > 1 && !is_full(&path, Split::Size(1), Duration::ZERO));
        history.close().unwrap();
        let (again, _) = newest(&names, Split::Size(1), None).expect("it is gone on with");
        again.close().unwrap();
    }

    #[test]
    fn a_segment_that_has_its_file_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::of(&folder.path().join("p.wiretree")).unwrap();
        let path = names.next().unwrap();
        making::make(&path).unwrap().close().unwrap();
        let found = |files| newest(&names, Split::Never, files).map(|(history, _)| history);
        found(Some(folder.path())).expect("it has none").close().unwrap();
        std::fs::write(target::usual(folder.path(), &path), b"complete").unwrap();
        assert!(found(Some(folder.path())).is_none());
        found(None).expect("nothing becomes Parquet").close().unwrap();
    }
}
