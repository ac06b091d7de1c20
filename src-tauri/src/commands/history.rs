//! Reading the history and looking into its messages.

use tauri::State;
use tauri::ipc::Response;

use crate::querying;
use crate::reading;
use crate::state::AppState;
use crate::wire::{
    AppError, HistoryPage, HistoryQuery, LinePage, MessageDetail, PayloadView, QueryCompletion,
    QueryProblem, Scope,
};

type Answer<T> = Result<T, AppError>;

/// Some messages, newest first. May come back early with a cursor; to cancel is to ask no more.
#[tauri::command]
#[specta::specta]
pub(crate) async fn history_page(
    state: State<'_, AppState>,
    connection: u32,
    query: HistoryQuery,
    cursor: Option<String>,
    limit: u32,
) -> Answer<HistoryPage> {
    reading::page(state.sight(connection)?, query, cursor, limit).await
}

/// What is wrong with a query, if anything.
#[tauri::command]
#[specta::specta]
pub(crate) fn check_query(text: String, utc_offset_minutes: i32) -> Option<QueryProblem> {
    querying::check(&text, utc_offset_minutes)
}

/// What could stand at the cursor of a query, by what was recorded in the scope.
#[tauri::command]
#[specta::specta]
pub(crate) async fn complete_query(
    state: State<'_, AppState>,
    connection: u32,
    scope: Option<Scope>,
    text: String,
    cursor: u32,
) -> Answer<QueryCompletion> {
    querying::complete(state.sight(connection)?, scope, text, cursor).await
}

/// All of a message but its payload.
#[tauri::command]
#[specta::specta]
pub(crate) async fn message_detail(
    state: State<'_, AppState>,
    connection: u32,
    message: i64,
) -> Answer<MessageDetail> {
    reading::detail(state.sight(connection)?, message).await
}

/// Lines of a payload, marked where they differ from another message.
#[tauri::command]
#[specta::specta]
pub(crate) async fn message_lines(
    state: State<'_, AppState>,
    connection: u32,
    message: i64,
    compare_with: Option<i64>,
    view: PayloadView,
    first: u32,
    count: u32,
) -> Answer<LinePage> {
    reading::lines(state.sight(connection)?, message, compare_with, view, first, count).await
}

/// Two payloads in one list: what went, what came, what stayed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn message_diff(
    state: State<'_, AppState>,
    connection: u32,
    message: i64,
    compare_with: i64,
    first: u32,
    count: u32,
) -> Answer<LinePage> {
    reading::diff(state.sight(connection)?, message, compare_with, first, count).await
}

/// The bytes of a payload, as a raw answer.
#[tauri::command]
pub(crate) async fn message_payload(
    state: State<'_, AppState>,
    connection: u32,
    message: i64,
) -> Answer<Response> {
    reading::payload(state.sight(connection)?, message).await.map(Response::new)
}
