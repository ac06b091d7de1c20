//! Exports of what the history pane shows.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::exporting;
use crate::state::AppState;
use crate::wire::{AppError, ExportEstimate, ExportEvent, ExportJob, ExportRequest, HistoryQuery};

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

/// About how many messages an export will have.
#[tauri::command]
#[specta::specta]
pub(crate) async fn estimate_export(
    app: AppHandle,
    connection: u32,
    query: HistoryQuery,
) -> Answer<ExportEstimate> {
    exporting::estimate(app, connection, query).await
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
