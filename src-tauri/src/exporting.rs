//! Exports: where they go, and word of them to the page.

use std::path::PathBuf;

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;
use wiretree_session::{Export, ExportNews, ExportOrder, Formulas, free_path};

use crate::reading;
use crate::state::AppState;
use crate::wire::{AppError, ExportEvent, ExportJob, ExportRequest};

/// Starts an export of what the history pane shows.
///
/// # Errors
/// The connection is not open, or there is no folder to write to.
pub(crate) fn start(
    app: AppHandle,
    connection: u32,
    request: ExportRequest,
    events: Channel<ExportEvent>,
) -> Result<ExportJob, AppError> {
    let state = app.state::<AppState>();
    let open = state.open(connection)?;
    let folder = folder(&app, request.folder)?;
    let path = free_path(&folder, &request.file_name);
    let formulas = if request.formula_safe { Formulas::Disarmed } else { Formulas::Verbatim };
    let order = ExportOrder {
        query: reading::query(&open, request.query),
        format: request.format.to_session(formulas),
        path: path.clone(),
    };
    let (export, news) = Export::start(open.session.reader().clone(), order);
    let job = state.insert_export(export);
    follow(app.clone(), job, news, events);
    Ok(ExportJob { job, path: path.display().to_string() })
}

/// Lets the user choose a folder.
pub(crate) async fn choose_folder(app: AppHandle) -> Option<String> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    app.dialog().file().pick_folder(move |folder| {
        // The page may have gone meanwhile.
        let _ = reply.send(folder);
    });
    let folder = answer.await.ok().flatten()?.into_path().ok()?;
    let text = folder.to_str()?.to_owned();
    app.state::<AppState>().allow_folder(folder);
    Some(text)
}

/// The folder that the dialog gave, or the downloads folder. No other is taken from the page.
fn folder(app: &AppHandle, chosen: Option<String>) -> Result<PathBuf, AppError> {
    let refused = "This folder was not chosen in the folder dialog. Choose it there";
    match chosen.map(PathBuf::from) {
        Some(folder) if app.state::<AppState>().allows_folder(&folder) => Ok(folder),
        Some(_) => Err(AppError::new("folder-not-chosen", refused)),
        None => app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|_| {
            AppError::new("folder-missing", "There is no downloads folder. Choose another folder")
        }),
    }
}

fn follow(app: AppHandle, job: u32, mut news: ExportNews, events: Channel<ExportEvent>) {
    tauri::async_runtime::spawn(async move {
        while let Some(next) = news.next().await {
            // The export goes on although nobody listens.
            let _ = events.send(ExportEvent::from_session(next));
        }
        app.state::<AppState>().remove_export(job);
    });
}
