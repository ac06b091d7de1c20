//! Saved connections.

use tauri::State;

use crate::state::AppState;
use crate::wire::{AppError, Profile, SecretsInput, Startup};
use crate::{opening, profiles};

type Answer<T> = Result<T, AppError>;

/// What the page needs for its first picture. A page that starts anew has no tabs, so what its
/// predecessor had open is closed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn startup(state: State<'_, AppState>) -> Answer<Startup> {
    opening::end_all(&state).await;
    Ok(profiles::startup(&state).await)
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
