//! What the desktop shell holds while it runs: the files, the open connections, the demo, jobs.
//!
//! Everything here is a handle; what changes has its owner elsewhere. The locks are held for a look
//! into a map, never across a wait.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use wiretree_session::{Export, History, Inspector, Profiles, Session, StoreError};

use crate::demo::DemoPlant;
use crate::importing::Imports;
use crate::keeping::Removals;
use crate::replaying::Replays;
use crate::sights::{Sight, Sights};
use crate::staging::Staging;
use crate::tasks::Tasks;
use crate::vault::Vault;
use crate::wire::AppError;

/// The history's file in the data folder.
const HISTORY: &str = "history.wiretree";
/// The profiles' file in the data folder.
const PROFILES: &str = "profiles.json";

/// What kind of connection is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Connected to the demo, which it keeps alive.
    Demo,
    /// Somebody's production: read-only until it is unlocked.
    Production,
    /// Any other.
    Usual,
}

/// What a connection is called, and where its broker is.
pub(crate) struct Place<'a> {
    pub name: &'a str,
    pub host: &'a str,
    pub address: &'a str,
}

/// An open connection.
#[derive(Clone)]
pub(crate) struct Open {
    /// It is connected to the demo, which it keeps alive.
    pub is_demo: bool,
    /// It is somebody's production, locked or not.
    pub is_production: bool,
    /// What it is called.
    pub name: Arc<str>,
    /// The host of its broker.
    pub host: Arc<str>,
    /// Its broker as people write it.
    pub address: Arc<str>,
    /// The session behind it.
    pub session: Session,
    /// Decodes its messages for the page.
    pub inspector: Arc<Inspector>,

    /// The page has drawn the last frame and wants the next.
    pub shown: Arc<Notify>,
    /// It is somebody's production, and nobody has unlocked it.
    locked: Arc<AtomicBool>,
}

impl Open {
    /// Lets it send.
    pub(crate) fn unlock(&self) {
        self.locked.store(false, Ordering::Relaxed);
    }
}

/// The shell's state.
pub(crate) struct AppState {
    /// Where the files are.
    pub data_folder: PathBuf,
    /// Whether the command line asked for the demo.
    pub open_demo: bool,
    /// The history file that the command line named.
    pub open_file: Option<PathBuf>,
    /// Moments that are looked at, and history files.
    pub sights: Sights,
    /// Bytes that the page has handed over for publishing.
    pub staging: Staging,
    /// Messages that are being sent again.
    pub replays: Replays,
    /// Connections that are being tried out.
    pub doctors: Tasks,
    /// The file to import from, and the imports that are running.
    pub imports: Imports,
    /// What is being removed from the history.
    pub removals: Removals,
    /// The demo broker, while somebody is connected to it.
    pub demo: DemoPlant,
    /// The history of all connections.
    pub vault: Vault,
    profiles: Mutex<Result<Profiles, StoreError>>,
    open: Mutex<HashMap<u32, Open>>,
    exports: Mutex<HashMap<u32, Export>>,
    /// Told whenever an export has been taken out.
    export_ended: Notify,
    folders: Mutex<HashSet<PathBuf>>,
    next: AtomicU32,
}

impl AppState {
    /// Opens the files in `data_folder`, the history beside everything else. What cannot be opened is
    /// remembered and shown.
    pub(crate) fn new(data_folder: &Path, open_demo: bool) -> Self {
        Self {
            data_folder: data_folder.to_owned(),
            open_demo,
            open_file: None,
            sights: Sights::default(),
            staging: Staging::default(),
            replays: Replays::default(),
            doctors: Tasks::default(),
            imports: Imports::default(),
            removals: Removals::default(),
            demo: DemoPlant::default(),
            vault: Vault::open(data_folder.join(HISTORY)),
            profiles: Mutex::new(Profiles::open(&data_folder.join(PROFILES))),
            open: Mutex::default(),
            exports: Mutex::default(),
            export_ended: Notify::new(),
            folders: Mutex::default(),
            next: AtomicU32::new(1),
        }
    }

    /// The history, once it is open.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub(crate) async fn history(&self) -> Result<Arc<History>, AppError> {
        self.vault.history().await.map_err(AppError::from)
    }

    /// Does something with the profiles.
    ///
    /// # Errors
    /// Why they could not be read, or what `action` gives.
    pub(crate) fn with_profiles<T>(
        &self,
        action: impl FnOnce(&mut Profiles) -> Result<T, StoreError>,
    ) -> Result<T, AppError> {
        match &mut *lock(&self.profiles) {
            Ok(profiles) => Ok(action(profiles)?),
            Err(error) => Err(AppError::from(&*error)),
        }
    }

    /// Moves a profiles file that cannot be read out of the way and starts with none.
    ///
    /// # Errors
    /// It could not be moved.
    pub(crate) fn set_aside_profiles(&self) -> Result<(), AppError> {
        let path = self.data_folder.join(PROFILES);
        let mut profiles = lock(&self.profiles);
        if profiles.is_err() {
            Profiles::set_aside(&path)?;
            *profiles = Profiles::open(&path);
        }
        Ok(())
    }

    /// Takes a session in and gives it its number.
    pub(crate) fn insert(&self, kind: Kind, place: &Place<'_>, session: Session) -> (u32, Open) {
        let inspector = Arc::new(Inspector::new(session.reader().clone()));
        let is_production = kind == Kind::Production;
        let open = Open {
            is_demo: kind == Kind::Demo,
            is_production,
            name: place.name.into(),
            host: place.host.into(),
            address: place.address.into(),
            session,
            inspector,
            shown: Arc::default(),
            locked: Arc::new(AtomicBool::new(is_production)),
        };
        let connection = self.number();
        lock(&self.open).insert(connection, open.clone());
        (connection, open)
    }

    /// An open connection.
    ///
    /// # Errors
    /// It is not open.
    pub(crate) fn open(&self, connection: u32) -> Result<Open, AppError> {
        lock(&self.open).get(&connection).cloned().ok_or_else(AppError::not_open)
    }

    /// An open connection, or a moment of one, to look at.
    ///
    /// # Errors
    /// It is not open.
    pub(crate) fn sight(&self, connection: u32) -> Result<Sight, AppError> {
        match lock(&self.open).get(&connection) {
            Some(open) => Ok(Sight::live(open)),
            None => self.sights.get(connection).ok_or_else(AppError::not_open),
        }
    }

    /// An open connection, to send something by it that cannot be taken back.
    ///
    /// # Errors
    /// It is not open, or it is read-only.
    pub(crate) fn open_to_write(&self, connection: u32) -> Result<Open, AppError> {
        let open = self.open(connection)?;
        if open.locked.load(Ordering::Relaxed) { Err(AppError::read_only()) } else { Ok(open) }
    }

    /// Takes a connection out; its session is still to be closed.
    pub(crate) fn remove(&self, connection: u32) -> Option<Open> {
        lock(&self.open).remove(&connection)
    }

    /// Every open connection.
    pub(crate) fn all(&self) -> Vec<Open> {
        lock(&self.open).values().cloned().collect()
    }

    /// Takes all connections out.
    pub(crate) fn remove_all(&self) -> Vec<Open> {
        lock(&self.open).drain().map(|(_, open)| open).collect()
    }

    /// Takes a running export in and gives it its number.
    pub(crate) fn insert_export(&self, export: Export) -> u32 {
        let job = self.number();
        lock(&self.exports).insert(job, export);
        job
    }

    /// Takes an export out that has ended.
    pub(crate) fn remove_export(&self, job: u32) {
        lock(&self.exports).remove(&job);
        self.export_ended.notify_waiters();
    }

    /// Asks all exports to end, and waits until each has removed what it had not finished.
    pub(crate) async fn end_exports(&self) {
        loop {
            let ended = self.export_ended.notified();
            {
                let exports = lock(&self.exports);
                if exports.is_empty() {
                    return;
                }
                exports.values().for_each(Export::cancel);
            }
            ended.await;
        }
    }

    /// Asks an export to end.
    pub(crate) fn cancel_export(&self, job: u32) {
        if let Some(export) = lock(&self.exports).get(&job) {
            export.cancel();
        }
    }

    /// The user chose this folder in the system's dialog.
    pub(crate) fn allow_folder(&self, folder: PathBuf) {
        lock(&self.folders).insert(folder);
    }

    /// Whether the user chose this folder in the system's dialog.
    pub(crate) fn allows_folder(&self, folder: &Path) -> bool {
        lock(&self.folders).contains(folder)
    }

    /// A number that no connection and no job has.
    pub(crate) fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// A lock that a panic elsewhere has not made useless: the maps are valid between two calls.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tauri::async_runtime::{block_on, spawn};
    use wiretree_session::{Existing, ExportForm, ExportOrder, Exported, Query};

    use super::*;

    #[test]
    fn exports_that_are_told_to_end_leave_nothing_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        let state = Arc::new(AppState::new(&folder.path().join("data"), false));
        let path = folder.path().join("all");
        let query = Query::default();
        block_on(async {
            let form = ExportForm::PayloadFiles;
            let order = ExportOrder { query, form, path: path.clone(), existing: Existing::Kept };
            let reader = state.history().await.unwrap().reader();
            let (export, mut news) = Export::start(reader, order);
            let job = state.insert_export(export);
            let of_task = Arc::clone(&state);
            let last = spawn(async move {
                let mut last = None;
                while let Some(next) = news.next().await {
                    last = Some(next);
                }
                of_task.remove_export(job);
                last
            });
            state.end_exports().await;
            let finished = matches!(last.await.unwrap(), Some(Exported::Finished { .. }));
            assert_eq!(path.exists(), finished);
            let names = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(names, 1 + usize::from(finished), "only the data folder and what is whole");
        });
    }
}
