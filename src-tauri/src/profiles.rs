//! Saved connections and their passwords.

use wiretree_model::{PasswordSource, ProfileId, Secret};

use crate::keychain;
use crate::state::AppState;
use crate::wire::{AppError, PasswordInput, Profile, Startup};

/// What the page needs for its first picture. What could not be opened is part of it.
pub(crate) fn startup(state: &AppState) -> Startup {
    let (profiles, profiles_problem) = match list(state) {
        Ok(profiles) => (profiles, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    Startup {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        open_demo: state.open_demo,
        data_folder: state.data_folder.display().to_string(),
        profiles,
        profiles_problem,
        history_problem: state.history().err(),
        keychain_available: keychain::is_available(),
    }
}

/// The saved connections.
///
/// # Errors
/// They cannot be read.
pub(crate) fn list(state: &AppState) -> Result<Vec<Profile>, AppError> {
    let profiles = state.with_profiles(|profiles| Ok(profiles.list()))?;
    Ok(profiles.iter().map(Profile::from_model).collect())
}

/// Saves a connection; a new one gets its identifier here.
///
/// # Errors
/// Something in the form is wrong, or the file or the keychain cannot be written. The password is
/// stored first, so that no profile points to a password that is not there.
pub(crate) async fn save(
    state: &AppState,
    form: Profile,
    password: PasswordInput,
) -> Result<Profile, AppError> {
    let mut profile = form.to_model()?;
    if profile.id.0.is_empty() {
        profile.id = ProfileId(format!("{:032x}", rand::random::<u128>()));
    }
    change_password(&profile.id, profile.password, password).await?;
    state.with_profiles(|profiles| profiles.save(profile.clone()))?;
    Ok(Profile::from_model(&profile))
}

/// Deletes a connection and its password; its history stays.
///
/// # Errors
/// The file or the keychain cannot be written.
pub(crate) async fn delete(state: &AppState, id: String) -> Result<(), AppError> {
    let id = ProfileId(id);
    let known = state.with_profiles(|profiles| Ok(profiles.get(&id).cloned()))?;
    if known.is_some_and(|profile| profile.password == PasswordSource::Keychain) {
        let id = id.clone();
        keychain::on_a_thread(move || keychain::forget(&id)).await?;
    }
    state.with_profiles(|profiles| profiles.delete(&id).map(drop))
}

async fn change_password(
    id: &ProfileId,
    source: PasswordSource,
    input: PasswordInput,
) -> Result<(), AppError> {
    let id = id.clone();
    match (source, input) {
        (PasswordSource::Keychain, PasswordInput::Set { value }) => {
            let secret = Secret::new(value);
            keychain::on_a_thread(move || keychain::store(&id, &secret)).await
        }
        (_, PasswordInput::Clear) => keychain::on_a_thread(move || keychain::forget(&id)).await,
        (_, PasswordInput::Keep | PasswordInput::Set { .. }) => Ok(()),
    }
}
