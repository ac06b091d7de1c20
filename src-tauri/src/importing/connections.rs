//! Chosen connections become saved ones: a new identifier, a name of their own, secrets put away.

use wiretree_model::{PasswordSource, Profile as ModelProfile, Secret};
use wiretree_session::ImportedConnection;

use super::certificates;
use crate::keychain::{self, Held};
use crate::profiles::new_id;
use crate::state::AppState;
use crate::wire::{AppError, ImportedProfiles, Profile};

/// Saves those of the chosen file's connections that are wanted, by their places in the preview.
///
/// # Errors
/// The file is not the chosen one any more. What goes wrong later is part of the answer, beside what
/// has been saved before.
pub(crate) async fn save(
    state: &AppState,
    handle: u32,
    wanted: &[u32],
) -> Result<ImportedProfiles, AppError> {
    let connections = state.imports.chosen(handle, wanted)?;
    let has_keychain = keychain::is_available().await;
    let mut saved = ImportedProfiles::default();
    for connection in connections {
        match one(state, connection, has_keychain, &mut saved.remarks).await {
            Ok(profile) => saved.profiles.push(Profile::from_model(&profile)),
            Err(problem) => {
                saved.problem = Some(problem);
                break;
            }
        }
    }
    Ok(saved)
}

async fn one(
    state: &AppState,
    connection: ImportedConnection,
    has_keychain: bool,
    remarks: &mut Vec<String>,
) -> Result<ModelProfile, AppError> {
    let ImportedConnection { mut profile, password, certificates: files, .. } = connection;
    profile.id = new_id();
    // Opening is for the user to say, whatever the file wants.
    profile.auto_connect = false;
    let saved = state.with_profiles(|profiles| Ok(profiles.list()))?;
    let names: Vec<_> = saved.iter().map(|known| known.name.as_str()).collect();
    profile.name = free_name(&profile.name, &names);
    certificates::write(&state.data_folder, &mut profile, &files)?;
    if let Some(secret) = password.filter(|_| has_keychain) {
        profile.password = PasswordSource::Keychain;
        if let Err(problem) = store(&profile, secret).await {
            profile.password = PasswordSource::Ask;
            remarks.push(format!("{}: {}", profile.name, problem.message));
        }
    }
    let written = state.with_profiles(|profiles| profiles.save(profile.clone()));
    if let Err(problem) = written {
        undo(state, profile).await;
        return Err(problem);
    }
    Ok(profile)
}

async fn store(profile: &ModelProfile, secret: Secret) -> Result<(), AppError> {
    let profile = profile.clone();
    keychain::on_a_thread(move || keychain::store(&profile, Held::Password, &secret)).await
}

/// A connection that could not be saved leaves nothing behind.
async fn undo(state: &AppState, profile: ModelProfile) {
    certificates::forget(&state.data_folder, &profile.id);
    // The problem to tell is why it could not be saved.
    let _ = keychain::on_a_thread(move || keychain::forget(&profile, Held::Password)).await;
}

/// The name, or the first of `name (2)` and so on that nobody has.
pub(crate) fn free_name(name: &str, taken: &[&str]) -> String {
    let mut free = name.to_owned();
    let mut number = 2_u32;
    while taken.contains(&free.as_str()) {
        free = format!("{name} ({number})");
        number = number.saturating_add(1);
    }
    free
}
