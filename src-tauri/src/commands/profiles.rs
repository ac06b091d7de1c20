//! Saved connections.

use tauri::State;
use tauri::ipc::Channel;

use crate::state::AppState;
use crate::wire::{AppError, HistoryOpening, Profile, SecretsInput, Startup};
use crate::{opening, profiles};

type Answer<T> = Result<T, AppError>;

/// What the page needs for its first picture, once the history is open; hears how far that is, where
/// it takes long. A page that starts anew has no tabs, so what its predecessor had open is closed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn startup(
    state: State<'_, AppState>,
    progress: Channel<HistoryOpening>,
) -> Answer<Startup> {
    opening::end_all(&state).await;
    Ok(profiles::startup(&state, &progress).await)
}

/// The saved connections.
#[tauri::command]
#[specta::specta]
pub(crate) fn list_profiles(state: State<'_, AppState>) -> Answer<Vec<Profile>> {
    profiles::list(&state)
}

/// Saves a connection and gives it back with its identifier.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_profile(
    state: State<'_, AppState>,
    profile: Profile,
    secrets: SecretsInput,
) -> Answer<Profile> {
    profiles::save(&state, profile, secrets).await
}

/// Deletes a connection and its secrets; its history stays.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_profile(state: State<'_, AppState>, id: String) -> Answer<()> {
    profiles::delete(&state, id).await
}

/// Moves a profiles file that cannot be read out of the way and starts with none.
#[tauri::command]
#[specta::specta]
pub(crate) fn set_aside_profiles(state: State<'_, AppState>) -> Answer<Vec<Profile>> {
    state.set_aside_profiles()?;
    profiles::list(&state)
}
