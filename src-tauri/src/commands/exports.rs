//! Exports of what the history pane shows.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::exporting;
use crate::state::AppState;
use crate::wire::{AppError, ExportEvent, ExportJob, ExportRequest};

type Answer<T> = Result<T, AppError>;

/// Starts an export, and tells how it goes on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_export(
    app: AppHandle,
    connection: u32,
    request: ExportRequest,
    events: Channel<ExportEvent>,
) -> Answer<ExportJob> {
    exporting::start(app, connection, request, events)
}

/// Ends an export; what was written so far is removed.
#[tauri::command]
#[specta::specta]
pub(crate) fn cancel_export(state: State<'_, AppState>, job: u32) -> Answer<()> {
    state.cancel_export(job);
    Ok(())
}

/// Lets the user choose a folder in the system's dialog.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_export_folder(app: AppHandle) -> Answer<Option<String>> {
    Ok(exporting::choose_folder(app).await)
}
