//! Advice on what is being typed, and files to choose.

use tauri::{AppHandle, State};

use crate::state::AppState;
use crate::wire::{AppError, FieldProblem, FilePurpose, FilterTest, LintFinding, Profile};
use crate::{checking, choosing, linting};

type Answer<T> = Result<T, AppError>;

/// What is wrong with the connection form, and what is unwise.
#[tauri::command]
#[specta::specta]
pub(crate) fn check_profile(
    state: State<'_, AppState>,
    profile: Profile,
) -> Answer<Vec<FieldProblem>> {
    // Where the saved ones cannot be read, that is told elsewhere.
    let saved = state.with_profiles(|profiles| Ok(profiles.list())).unwrap_or_default();
    Ok(checking::check(&profile, &saved))
}

/// Lets the user choose a file in the system's dialog.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_file(app: AppHandle, purpose: FilePurpose) -> Answer<Option<String>> {
    Ok(choosing::file(&app, purpose).await)
}

/// What to say about a message before it is published; with a connection, by its broker's rules.
#[tauri::command]
#[specta::specta]
pub(crate) async fn lint_publish(
    state: State<'_, AppState>,
    connection: Option<u32>,
    topic: String,
    qos: u8,
    retain: bool,
    empty_payload: bool,
) -> Answer<Vec<LintFinding>> {
    let open = connection.map(|connection| state.open(connection)).transpose()?;
    linting::publish(open, &topic, qos, retain, empty_payload).await
}

/// What to say about subscribing to a filter beside others.
#[tauri::command]
#[specta::specta]
pub(crate) fn lint_filter(filter: String, others: Vec<String>) -> Answer<Vec<LintFinding>> {
    Ok(linting::filter(&filter, &others))
}

/// Whether a filter matches a topic, and why.
#[tauri::command]
#[specta::specta]
pub(crate) fn test_filter(filter: String, topic: String) -> Answer<FilterTest> {
    linting::test(&filter, &topic)
}
