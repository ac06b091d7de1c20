//! Secrets in the operating system's keychain: Secret Service, Keychain, Credential Manager.
//!
//! A secret is valid only for what it was stored for (see [`Held::bound_to`]): what has come to run
//! in the page can change a profile, and so must not choose where a password goes, nor how openly.
//!
//! Where there is no keychain, nothing is stored anywhere else; the user is asked each time. Calls
//! block (the system may ask the user to unlock it), so they are made on a thread for that.

mod held;

use std::time::Duration;

pub(crate) use held::Held;
use keyring::v1::{Entry, Error};
use wiretree_model::{PasswordSource, Profile, Secret};
use wiretree_session::Secrets;

use crate::wire::{AppError, Encoding, GivenSecrets};

/// Under which name the entries stand in the keychain.
const SERVICE: &str = "org.wiretree.desktop";

/// How long the window waits to learn whether there is a keychain. The system may start it on the
/// first call, and there is no end to that by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest password that CONNECT can carry, in bytes (MQTT 5 §3.1.3.6).
const LONGEST: usize = 65_535;

/// Whether the system has a keychain that answers, and does so soon.
pub(crate) async fn is_available() -> bool {
    let looked = tauri::async_runtime::spawn_blocking(answers);
    matches!(tokio::time::timeout(PATIENCE, looked).await, Ok(Ok(true)))
}

fn answers() -> bool {
    Entry::store_status().is_ok()
}

/// A secret as typed, by what people call it. The sentence of an error says nothing of what was typed.
///
/// # Errors
/// `secret-invalid`: it does not stand for bytes, or for too many.
pub(crate) fn typed(name: &str, encoding: Encoding, text: &str) -> Result<Secret, AppError> {
    let refused = |why: &str| {
        AppError::new("secret-invalid", format!("The {name} was not taken: {why}. Type it again"))
    };
    let bytes = encoding.bytes(text).map_err(|_| match encoding {
        Encoding::Base64 => refused("it is not Base64"),
        Encoding::Hex | Encoding::Text => refused("it is not made of pairs of hex digits"),
    })?;
    let fits = bytes.len() <= LONGEST;
    if fits { Ok(Secret::new(bytes)) } else { Err(refused("it has more than 65,535 bytes")) }
}

/// The secrets to connect with: those just given, those stored, and none where the profile needs
/// none.
///
/// # Errors
/// `password-needed`, `passphrase-needed` or `proxy-password-needed`; `secret-invalid`; or the
/// keychain does not answer.
pub(crate) async fn given_or_stored(
    profile: &Profile,
    given: GivenSecrets,
) -> Result<Secrets, AppError> {
    let typed_text = |held: Held, text: Option<String>| {
        text.map(|text| typed(held.name(profile), Encoding::Text, &text)).transpose()
    };
    let name = Held::Password.name(profile);
    let password = given.password.map(|it| typed(name, it.encoding, &it.value));
    Ok(Secrets {
        password: one(profile, Held::Password, password.transpose()?).await?,
        key_passphrase: {
            let given = typed_text(Held::KeyPassphrase, given.key_passphrase)?;
            one(profile, Held::KeyPassphrase, given).await?
        },
        proxy_password: {
            let given = typed_text(Held::ProxyPassword, given.proxy_password)?;
            one(profile, Held::ProxyPassword, given).await?
        },
    })
}

async fn one(
    profile: &Profile,
    held: Held,
    given: Option<Secret>,
) -> Result<Option<Secret>, AppError> {
    match (given, held.source(profile)) {
        (Some(given), _) => Ok(Some(given)),
        (None, PasswordSource::None) => Ok(None),
        (None, PasswordSource::Ask) => Err(held.needed(profile)),
        (None, PasswordSource::Keychain) => {
            let asked = profile.clone();
            let stored = on_a_thread(move || stored(&asked, held)).await?;
            stored.map(Some).ok_or_else(|| held.needed(profile))
        }
    }
}

/// A secret of a profile, if one is stored for where it would go.
fn stored(profile: &Profile, held: Held) -> Result<Option<Secret>, AppError> {
    match entry(profile, held)?.get_secret() {
        Ok(bytes) => Ok(unbind(&held.bound_to(profile), &Secret::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(failed(held.name(profile), "read from", &error)),
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

/// Stores a secret of a profile, for where it may go.
///
/// # Errors
/// The keychain does not answer, or stays locked.
pub(crate) fn store(profile: &Profile, held: Held, secret: &Secret) -> Result<(), AppError> {
    let bound = bind(&held.bound_to(profile), secret);
    let stored = entry(profile, held)?.set_secret(bound.expose_bytes());
    stored.map_err(|error| failed(held.name(profile), "written to", &error))
}

/// Removes a secret of a profile, if there is one.
///
/// # Errors
/// The keychain does not answer, or stays locked.
pub(crate) fn forget(profile: &Profile, held: Held) -> Result<(), AppError> {
    if !answers() {
        return Ok(());
    }
    match entry(profile, held)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(failed(held.name(profile), "removed from", &error)),
    }
}

/// What stands in the keychain: in the first line what the secret is for, and then the secret.
fn bind(bound_to: &str, secret: &Secret) -> Secret {
    Secret::new([bound_to.as_bytes(), secret.expose_bytes()].concat())
}

fn unbind(bound_to: &str, stored: &Secret) -> Option<Secret> {
    stored.expose_bytes().strip_prefix(bound_to.as_bytes()).map(Secret::new)
}

fn entry(profile: &Profile, held: Held) -> Result<Entry, AppError> {
    let name = held.entry_name(&profile.id);
    Entry::new(SERVICE, &name).map_err(|error| failed(held.name(profile), "looked up in", &error))
}

fn failed(name: &str, step: &str, error: &Error) -> AppError {
    let message = format!(
        "The {name} could not be {step} the system's keychain. Unlock the keychain, or have \
         Wiretree ask for the {name} each time"
    );
    AppError { detail: Some(error.to_string()), ..AppError::new("keychain", message) }
}

#[cfg(test)]
mod tests;
