//! Moments: how messages lie in time, the tree as it was, what differs, and history files.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::state::AppState;
use crate::travelling;
use crate::wire::{
    AppError, Difference, FoundMoment, HistoryFile, OpenedPast, PastFrame, PastMoment, Scope, Side,
    Span, Timeline,
};

type Answer<T> = Result<T, AppError>;

/// How the messages of a scope, or of the whole connection, lie in a stretch of time.
#[tauri::command]
#[specta::specta]
pub(crate) async fn history_timeline(
    state: State<'_, AppState>,
    connection: u32,
    scope: Option<Scope>,
    from: i64,
    to: i64,
    parts: u32,
) -> Answer<Timeline> {
    travelling::timeline(state.sight(connection)?, scope, (from, to), parts).await
}

/// When the first and the last message of a scope, or of the whole connection, came.
#[tauri::command]
#[specta::specta]
pub(crate) async fn history_span(
    state: State<'_, AppState>,
    connection: u32,
    scope: Option<Scope>,
) -> Answer<Option<Span>> {
    travelling::span(state.sight(connection)?, scope).await
}

/// Opens the tree as it was, with the same open and selected as in `connection`, and these rows.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_past(
    state: State<'_, AppState>,
    connection: u32,
    moment: PastMoment,
    first: u32,
    count: u32,
    frames: Channel<PastFrame>,
) -> Answer<OpenedPast> {
    let sight = state.sight(connection)?;
    travelling::travel(&state, sight, moment.into(), (first, count), frames).await
}

/// The message just before or after the moment that is looked at.
#[tauri::command]
#[specta::specta]
pub(crate) async fn past_beside(
    state: State<'_, AppState>,
    connection: u32,
    scope: Option<Scope>,
    side: Side,
) -> Answer<Option<i64>> {
    travelling::beside(state.sight(connection)?, scope, side.into()).await
}

/// Where in the history a moment is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn find_moment(
    state: State<'_, AppState>,
    connection: u32,
    moment: PastMoment,
) -> Answer<FoundMoment> {
    travelling::find(state.sight(connection)?, moment.into()).await
}

/// What became of the topics between two positions of the history, the earlier first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn history_difference(
    state: State<'_, AppState>,
    connection: u32,
    from: i64,
    to: i64,
    cursor: Option<String>,
    limit: u32,
) -> Answer<Difference> {
    travelling::difference(state.sight(connection)?, (from, to), cursor, limit).await
}

/// Lets the user choose a history file in the system's dialog, and opens it for reading.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_history_file(app: AppHandle) -> Answer<Option<HistoryFile>> {
    travelling::choose(&app).await
}

/// Opens the history file that the command line named; none: it named none.
#[tauri::command]
#[specta::specta]
pub(crate) async fn named_history_file(state: State<'_, AppState>) -> Answer<Option<HistoryFile>> {
    match &state.open_file {
        Some(path) => travelling::open_file(&state, path.clone()).await.map(Some),
        None => Ok(None),
    }
}

/// Opens the window's own history for reading: what was imported, or recorded by connections that are
/// closed or deleted, stands there too.
#[tauri::command]
#[specta::specta]
pub(crate) async fn own_history_file(state: State<'_, AppState>) -> Answer<HistoryFile> {
    travelling::open_own(&state).await
}

/// Shows one connection of a history file as of its end.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_history_file(
    state: State<'_, AppState>,
    file: u32,
    key: String,
    frames: Channel<PastFrame>,
) -> Answer<OpenedPast> {
    travelling::show_file(&state, file, key, frames).await
}
