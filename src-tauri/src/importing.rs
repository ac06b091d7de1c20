//! Imports: the file that the user chose, what would come of it, and what has come of it.
//!
//! Promises: only a file from the system's dialog, or one named on the command line, is ever looked
//! at; nothing is written before the user says so; passwords go to the keychain or nowhere. What was
//! shown is what is saved: the connections of the preview are kept until another file is chosen.

mod certificates;
mod connections;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use wiretree_session::{
    Import, ImportFile, ImportNews, ImportOffset, ImportOrder, ImportPreview, ImportedConnection,
    Naming, blocking,
};

pub(crate) use certificates::forget as forget_certificates;
pub(crate) use connections::{free_name, save};

use crate::choosing;
use crate::ending::Telling;
use crate::state::{AppState, lock};
use crate::wire::{self, AppError, ImportEvent, ImportRequest};

/// The chosen file, and the imports that are running.
#[derive(Default)]
pub(crate) struct Imports {
    chosen: Mutex<Option<Chosen>>,
    /// The file that the command line named, until a page has asked for it.
    named: Mutex<Option<u32>>,
    jobs: Mutex<HashMap<u32, Import>>,
}

/// A file that may be looked at, and what was found in it.
struct Chosen {
    handle: u32,
    path: PathBuf,
    connections: Vec<ImportedConnection>,
}

impl Imports {
    /// The file that the command line named, once.
    pub(crate) fn take_named(&self) -> Option<u32> {
        lock(&self.named).take()
    }

    /// Asks an import to end.
    pub(crate) fn cancel(&self, job: u32) {
        if let Some(import) = lock(&self.jobs).get(&job) {
            import.cancel();
        }
    }

    /// Asks all imports to end.
    pub(crate) fn cancel_all(&self) {
        lock(&self.jobs).values().for_each(Import::cancel);
    }

    fn path(&self, handle: u32) -> Result<PathBuf, AppError> {
        let chosen = lock(&self.chosen);
        let found = chosen.as_ref().filter(|chosen| chosen.handle == handle);
        found.map(|chosen| chosen.path.clone()).ok_or_else(gone)
    }

    fn keep(&self, handle: u32, connections: Vec<ImportedConnection>) {
        if let Some(chosen) = lock(&self.chosen).as_mut().filter(|known| known.handle == handle) {
            chosen.connections = connections;
        }
    }

    /// The connections with these places in the preview.
    fn chosen(&self, handle: u32, wanted: &[u32]) -> Result<Vec<ImportedConnection>, AppError> {
        let chosen = lock(&self.chosen);
        let known = chosen.as_ref().filter(|chosen| chosen.handle == handle).ok_or_else(gone)?;
        let wanted = wanted.iter().map(|index| known.connections.get(*index as usize).cloned());
        wanted.collect::<Option<_>>().ok_or_else(gone)
    }
}

fn gone() -> AppError {
    AppError::new("import-gone", "The file is not at hand any more. Choose it again")
}

/// Makes a file the chosen one, and gives its handle.
pub(crate) fn offer(state: &AppState, path: &Path) -> u32 {
    let handle = state.number();
    let chosen = Chosen { handle, path: path.to_owned(), connections: Vec::new() };
    *lock(&state.imports.chosen) = Some(chosen);
    handle
}

/// Makes the file that the command line names the chosen one.
pub(crate) fn name(state: &AppState, path: &Path) {
    let handle = offer(state, path);
    *lock(&state.imports.named) = Some(handle);
}

/// Lets the user choose a file.
pub(crate) async fn choose(app: &AppHandle) -> Option<u32> {
    let path = choosing::import(app).await?;
    Some(offer(&app.state::<AppState>(), &path))
}

/// What is in the chosen file; times without a zone are read as so many minutes east of UTC.
///
/// # Errors
/// It is not the chosen one, cannot be read, or is nothing that can be imported.
pub(crate) async fn preview(
    state: &AppState,
    handle: u32,
    utc_offset: i16,
) -> Result<wire::ImportPreview, AppError> {
    let path = state.imports.path(handle)?;
    let offset = offset(utc_offset)?;
    let file = blocking(move || Ok(ImportFile::inspect(&path, offset)?)).await?;
    let looked = file.clone();
    let found: ImportPreview = blocking(move || looked.preview()).await?;
    let names = Names::of(state).await?;
    state.imports.keep(handle, found.connections.connections.clone());
    Ok(wire::ImportPreview::from_session(handle, &file, &found, &names))
}

fn offset(minutes: i16) -> Result<ImportOffset, AppError> {
    ImportOffset::from_minutes(minutes).ok_or_else(|| {
        let message = "An offset from UTC is less than a day. Choose it again";
        AppError::new("offset-invalid", message)
    })
}

/// Names that are taken already.
pub(crate) struct Names {
    /// Of saved connections.
    pub saved: Vec<String>,
    /// Of connections in the history.
    pub recorded: Vec<String>,
}

impl Names {
    async fn of(state: &AppState) -> Result<Self, AppError> {
        // Where one of the two cannot be read, that is told elsewhere.
        let saved = state.with_profiles(|profiles| Ok(profiles.list())).unwrap_or_default();
        let recorded = match state.history().await {
            Ok(history) => blocking(move || Ok(history.reader().connections()?)).await?,
            Err(_) => Vec::new(),
        };
        Ok(Self {
            saved: saved.into_iter().map(|profile| profile.name).collect(),
            recorded: recorded.into_iter().map(|known| known.name).collect(),
        })
    }
}

/// Starts to import the messages of the chosen file, and tells how it goes on.
///
/// # Errors
/// It is not the chosen one, cannot be read, has no messages, or the history cannot be written.
pub(crate) async fn start(
    app: AppHandle,
    request: ImportRequest,
    events: Channel<ImportEvent>,
) -> Result<u32, AppError> {
    let state = app.state::<AppState>();
    let (path, offset) = (state.imports.path(request.handle)?, offset(request.utc_offset)?);
    let history = state.history().await?;
    let file = blocking(move || Ok(ImportFile::inspect(&path, offset)?)).await?;
    let naming = match request.name.map(|name| name.trim().to_owned()) {
        Some(name) if !name.is_empty() => Naming::One(name),
        _ => Naming::AsWritten { otherwise: file.stem() },
    };
    let (import, news) = Import::start(history, ImportOrder { file, naming });
    let job = state.number();
    lock(&state.imports.jobs).insert(job, import);
    follow(app.clone(), job, news, events);
    Ok(job)
}

/// Tells the page how it goes on, until it has ended.
fn follow(app: AppHandle, job: u32, mut news: ImportNews, events: Channel<ImportEvent>) {
    let mut telling = Telling::new(events);
    tauri::async_runtime::spawn(async move {
        while let Some(next) = news.next().await {
            telling.tell(ImportEvent::from_session(next));
        }
        lock(&app.state::<AppState>().imports.jobs).remove(&job);
    });
}

#[cfg(test)]
mod tests;
