//! Passwords in the operating system's keychain: Secret Service, Keychain, Credential Manager.
//!
//! Where there is none, nothing is stored anywhere else; the user is asked each time. Calls block
//! (the system may ask the user to unlock it), so they are made on a thread for that.

use std::time::Duration;

use keyring::v1::{Entry, Error};
use wiretree_model::{PasswordSource, Profile, ProfileId, Secret};

use crate::wire::AppError;

/// Under which name the entries stand in the keychain.
const SERVICE: &str = "org.wiretree.desktop";

/// How long the window waits to learn whether there is a keychain. The system may start it on the
/// first call, and there is no end to that by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the system has a keychain that answers, and does so soon.
pub(crate) async fn is_available() -> bool {
    let looked = tauri::async_runtime::spawn_blocking(answers);
    matches!(tokio::time::timeout(PATIENCE, looked).await, Ok(Ok(true)))
}

fn answers() -> bool {
    Entry::store_status().is_ok()
}

/// The password of a profile, if one is stored.
///
/// # Errors
/// The keychain does not answer, or stays locked.
pub(crate) fn password(profile: &ProfileId) -> Result<Option<Secret>, AppError> {
    match entry(profile)?.get_secret() {
        Ok(bytes) => Ok(Some(Secret::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(failed("read from", &error)),
    }
}

/// The password to connect with: the one just given, or the one stored, or none if the profile
/// needs none.
///
/// # Errors
/// `password-needed`, or the keychain does not answer.
pub(crate) async fn given_or_stored(
    profile: &Profile,
    given: Option<String>,
) -> Result<Option<Secret>, AppError> {
    match (given, profile.password) {
        (Some(given), _) => Ok(Some(Secret::new(given))),
        (None, PasswordSource::None) => Ok(None),
        (None, PasswordSource::Ask) => Err(AppError::password_needed(&profile.name)),
        (None, PasswordSource::Keychain) => {
            let id = profile.id.clone();
            let stored = on_a_thread(move || password(&id)).await?;
            stored.map(Some).ok_or_else(|| AppError::password_needed(&profile.name))
        }
    }
}

/// Runs a call that blocks while the system asks the user to unlock the keychain.
///
/// # Errors
/// What the call gives.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let done = tauri::async_runtime::spawn_blocking(call).await;
    done.unwrap_or_else(|_| {
        Err(AppError::new("keychain", "The keychain did not answer. Try again"))
    })
}

/// Stores the password of a profile.
///
/// # Errors
/// The keychain does not answer, or stays locked.
pub(crate) fn store(profile: &ProfileId, password: &Secret) -> Result<(), AppError> {
    let stored = entry(profile)?.set_secret(password.expose_bytes());
    stored.map_err(|error| failed("written to", &error))
}

/// Removes the password of a profile, if there is one.
///
/// # Errors
/// The keychain does not answer, or stays locked.
pub(crate) fn forget(profile: &ProfileId) -> Result<(), AppError> {
    if !answers() {
        return Ok(());
    }
    match entry(profile)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(failed("removed from", &error)),
    }
}

fn entry(profile: &ProfileId) -> Result<Entry, AppError> {
    Entry::new(SERVICE, &profile.0).map_err(|error| failed("looked up in", &error))
}

fn failed(step: &str, error: &Error) -> AppError {
    let message = format!(
        "The password could not be {step} the system's keychain. Unlock the keychain, or have \
         Wiretree ask for the password each time"
    );
    AppError { detail: Some(error.to_string()), ..AppError::new("keychain", message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(source: PasswordSource, given: Option<&str>) -> Result<Option<Secret>, String> {
        let name = "mill".to_owned();
        let profile = Profile { name, password: source, ..crate::profiles::tests::profile("p") };
        let answer = given_or_stored(&profile, given.map(str::to_owned));
        tauri::async_runtime::block_on(answer).map_err(|error| error.code)
    }

    #[test]
    fn a_password_is_asked_for_unless_it_was_given_or_none_is_needed() {
        let given = Ok(Some(Secret::new("x")));
        assert_eq!(asked(PasswordSource::Ask, None), Err("password-needed".to_owned()));
        assert_eq!(asked(PasswordSource::Ask, Some("x")), given);
        assert_eq!(asked(PasswordSource::None, None), Ok(None));
        assert_eq!(asked(PasswordSource::Keychain, Some("x")), given, "no look into the keychain");
    }
}
