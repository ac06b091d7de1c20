//! The history of the data folder, opened beside the window.
//!
//! A large file that has to be written anew, or that is damaged, takes a while; meanwhile the window
//! is there and can show how far it is. Absent: what is shown of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use wiretree_session::{History, Mended, Progressed, StoreError};

/// Between two words of the progress.
const PACE: Duration = Duration::from_millis(100);

/// A history that is being opened, is open, or could not be.
pub(crate) struct Vault {
    stage: watch::Receiver<Stage>,
}

#[derive(Clone)]
enum Stage {
    /// With how far it is, where it takes long.
    Opening(Option<Progressed>),
    Open(Arc<History>, Option<Mended>),
    Failed(StoreError),
}

impl Vault {
    /// Begins to open the history at `path`.
    pub(crate) fn open(path: PathBuf) -> Self {
        let (tell, stage) = watch::channel(Stage::Opening(None));
        let opening = {
            let (tell, path) = (tell.clone(), path.clone());
            move || tell.send_replace(opened(&path, &tell))
        };
        let started = std::thread::Builder::new().name("opening".to_owned()).spawn(opening);
        if let Err(error) = started {
            let reason = error.to_string();
            tell.send_replace(Stage::Failed(StoreError::Open { path, reason }));
        }
        Self { stage }
    }

    /// The history, once it is open.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub(crate) async fn history(&self) -> Result<Arc<History>, StoreError> {
        self.follow(|_| {}).await.map(|(history, _)| history)
    }

    /// The same with what had to be done with the file; hears how far it is.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub(crate) async fn follow(
        &self,
        mut word: impl FnMut(Progressed),
    ) -> Result<(Arc<History>, Option<Mended>), StoreError> {
        let mut stage = self.stage.clone();
        loop {
            let now = stage.borrow_and_update().clone();
            match now {
                Stage::Open(history, mended) => return Ok((history, mended)),
                Stage::Failed(error) => return Err(error),
                Stage::Opening(progressed) => progressed.into_iter().for_each(&mut word),
            }
            if stage.changed().await.is_err() {
                return Err(StoreError::Closed);
            }
        }
    }
}

fn opened(path: &Path, tell: &watch::Sender<Stage>) -> Stage {
    let mut told = Instant::now();
    let word = |progressed| {
        if told.elapsed() >= PACE {
            told = Instant::now();
            tell.send_replace(Stage::Opening(Some(progressed)));
        }
    };
    match History::open_salvaging(path, word) {
        Ok((history, mended)) => Stage::Open(Arc::new(history), mended),
        Err(error) => Stage::Failed(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tauri::async_runtime::block_on;

    use super::*;

    #[test]
    fn a_damaged_file_is_set_aside_and_the_history_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.wiretree");
        fs::write(&path, "no history").unwrap();
        let vault = Vault::open(path.clone());
        let (history, mended) = block_on(vault.follow(|_| {})).unwrap();
        assert_eq!(history.path(), path);
        let Some(Mended::Salvaged(salvaged)) = mended else { panic!("{mended:?}") };
        assert_eq!(fs::read(salvaged.aside).unwrap(), b"no history");
        // Who asks later hears the same.
        assert_eq!(block_on(vault.history()).unwrap().path(), path);
    }

    #[test]
    fn whoever_asks_hears_why_it_cannot_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.wiretree");
        let _other = History::open(&path).unwrap();
        let vault = Vault::open(path);
        assert_eq!(block_on(vault.history()).unwrap_err().code(), "history-in-use");
    }
}
