//! Replays of what the history pane shows.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::replaying;
use crate::state::AppState;
use crate::wire::{
    AppError, OutlookExtent, ReplayAct, ReplayEvent, ReplayJob, ReplayOutlook, ReplayRequest,
};

type Answer<T> = Result<T, AppError>;

/// A dry run: what would be sent where, and what has to be confirmed. Ends an earlier one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn replay_outlook(
    state: State<'_, AppState>,
    connection: u32,
    request: ReplayRequest,
    extent: OutlookExtent,
) -> Answer<ReplayOutlook> {
    replaying::look(&state, connection, request, extent).await
}

/// Ends a dry run where it stands.
#[tauri::command]
#[specta::specta]
pub(crate) fn cancel_replay_outlook(state: State<'_, AppState>, connection: u32) -> Answer<()> {
    state.replays.end_look(connection);
    Ok(())
}

/// Begins to send, and tells how it goes on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start_replay(
    app: AppHandle,
    connection: u32,
    request: ReplayRequest,
    events: Channel<ReplayEvent>,
) -> Answer<ReplayJob> {
    replaying::start(app, connection, request, events)
}

/// Pauses a replay, lets it go on, or ends it.
#[tauri::command]
#[specta::specta]
pub(crate) fn steer_replay(state: State<'_, AppState>, job: u32, act: ReplayAct) -> Answer<()> {
    state.replays.steer(job, act);
    Ok(())
}
