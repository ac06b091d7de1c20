//! Passwords in the operating system's keychain: Secret Service, Keychain, Credential Manager.
//!
//! A password is valid only for the host, port and user name it was stored for: what has come to
//! run in the page can change a profile, and so must not choose where its password goes.
//!
//! Where there is no keychain, nothing is stored anywhere else; the user is asked each time. Calls
//! block (the system may ask the user to unlock it), so they are made on a thread for that.

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

/// The password of a profile, if one is stored for its address.
fn password(profile: &Profile) -> Result<Option<Secret>, AppError> {
    match entry(&profile.id)?.get_secret() {
        Ok(bytes) => Ok(unbind(profile, &Secret::new(bytes))),
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
            let asked = profile.clone();
            let stored = on_a_thread(move || password(&asked)).await?;
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

/// Stores the password of a profile, for its address.
///
/// # Errors
/// The keychain does not answer, or stays locked.
pub(crate) fn store(profile: &Profile, password: &Secret) -> Result<(), AppError> {
    let stored = entry(&profile.id)?.set_secret(bind(profile, password).expose_bytes());
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

/// Where a password may go: the first line of what stands in the keychain, with its end.
///
/// Debug text quotes and escapes, so it is one line, and no two addresses have the same. If Rust
/// ever comes to escape some letter otherwise, the user is asked once more, and that is all.
pub(crate) fn address(profile: &Profile) -> String {
    let Profile { host, port, username, .. } = profile;
    format!("{:?}\n", (host, port, username))
}

fn bind(profile: &Profile, password: &Secret) -> Secret {
    Secret::new([address(profile).as_bytes(), password.expose_bytes()].concat())
}

fn unbind(profile: &Profile, stored: &Secret) -> Option<Secret> {
    stored.expose_bytes().strip_prefix(address(profile).as_bytes()).map(Secret::new)
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

    #[test]
    fn a_password_is_valid_only_where_it_was_stored_for() {
        let mill = crate::profiles::tests::profile("p");
        let elsewhere = |change: fn(&mut Profile)| {
            let mut changed = mill.clone();
            change(&mut changed);
            changed
        };
        for password in ["", "p4ss", "two\nlines", "(\"127.0.0.1\", 1883, Some(\"ada\"))\n"] {
            let password = Secret::new(password);
            let stored = bind(&mill, &password);
            let renamed = elsewhere(|profile| profile.name = "lathe".to_owned());
            assert_eq!(unbind(&renamed, &stored), Some(password));
            for other in [
                elsewhere(|profile| profile.host = "127.0.0.11".to_owned()),
                elsewhere(|profile| profile.host.clear()),
                elsewhere(|profile| profile.port = 188),
                elsewhere(|profile| profile.port = 18_831),
                elsewhere(|profile| profile.username = Some("ad".to_owned())),
                elsewhere(|profile| profile.username = Some("ada\"))\n".to_owned())),
                elsewhere(|profile| profile.username = Some(String::new())),
                elsewhere(|profile| profile.username = None),
            ] {
                assert_eq!(unbind(&other, &stored), None, "{other:?}");
            }
        }
        assert_eq!(unbind(&mill, &Secret::new("a password alone")), None);
    }
}
