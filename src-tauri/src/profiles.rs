//! Saved connections and their passwords.

use wiretree_model::{self as model, PasswordSource, ProfileId, Secret};

use crate::keychain;
use crate::state::AppState;
use crate::wire::{AppError, PasswordInput, Profile, Startup};

/// What the page needs for its first picture. What could not be opened is part of it.
pub(crate) async fn startup(state: &AppState) -> Startup {
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
        keychain_available: keychain::is_available().await,
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
    let before = state.with_profiles(|profiles| Ok(profiles.get(&profile.id).cloned()))?;
    if before.is_none() {
        // An identifier names a history and a password, so it is never taken from the page.
        profile.id = ProfileId(format!("{:032x}", rand::random::<u128>()));
    }
    let change = password_change(before.as_ref(), &profile, password);
    let changed = profile.clone();
    keychain::on_a_thread(move || match change {
        PasswordChange::None => Ok(()),
        PasswordChange::Store(password) => keychain::store(&changed, &password),
        PasswordChange::Forget => keychain::forget(&changed.id),
    })
    .await?;
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

/// What is to happen in the keychain when a profile is saved.
#[derive(Debug, PartialEq)]
enum PasswordChange {
    None,
    Store(Secret),
    Forget,
}

/// A password stays only if it is to be kept for the address it was stored for. Without it the
/// user is asked, as in the copy of another profile.
fn password_change(
    before: Option<&model::Profile>,
    after: &model::Profile,
    input: PasswordInput,
) -> PasswordChange {
    let in_keychain = |profile: &model::Profile| profile.password == PasswordSource::Keychain;
    let wanted = in_keychain(after);
    let stays = |before| wanted && keychain::address(before) == keychain::address(after);
    match (input, before.filter(|before| in_keychain(before))) {
        (PasswordInput::Set { value }, _) if wanted && !value.is_empty() => {
            PasswordChange::Store(Secret::new(value))
        }
        (_, None) => PasswordChange::None,
        (PasswordInput::Keep, Some(before)) if stays(before) => PasswordChange::None,
        (_, Some(_)) => PasswordChange::Forget,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A profile with nothing wrong in it.
    pub(crate) fn profile(id: &str) -> model::Profile {
        model::Profile {
            id: ProfileId(id.to_owned()),
            name: "mill".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 1883,
            protocol: model::ProtocolVersion::V311,
            client_id: "window".to_owned(),
            username: Some("ada".to_owned()),
            password: PasswordSource::Ask,
            keep_alive: 30,
            clean_start: false,
            session_expiry: 60,
            subscriptions: vec![
                model::Subscription::parse("a/#", model::QoS::AtLeastOnce).unwrap(),
            ],
            ..model::Profile::default()
        }
    }

    fn saved(state: &AppState, form: Profile) -> Result<Profile, AppError> {
        tauri::async_runtime::block_on(save(state, form, PasswordInput::Keep))
    }

    #[test]
    fn profiles_are_saved_changed_and_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let state = AppState::new(folder.path(), false);
        let mut first = saved(&state, Profile::from_model(&profile(""))).unwrap();
        assert_eq!(first.id.len(), 32, "{}", first.id);
        first.name = "lathe".to_owned();
        assert_eq!(saved(&state, first.clone()).unwrap(), first);
        assert_eq!(list(&state).unwrap(), [first.clone()]);
        let again = AppState::new(folder.path(), false);
        assert_eq!(list(&again).unwrap(), [first.clone()]);
        tauri::async_runtime::block_on(delete(&state, first.id)).unwrap();
        assert!(list(&state).unwrap().is_empty());
    }

    #[test]
    fn the_page_cannot_choose_an_identifier() {
        let folder = tempfile::tempdir().unwrap();
        let state = AppState::new(folder.path(), false);
        let form = Profile::from_model(&profile(crate::demo::KEY));
        assert_ne!(saved(&state, form).unwrap().id, crate::demo::KEY);
    }

    #[test]
    fn a_stored_password_does_not_go_along_to_another_address() {
        use PasswordChange::{Forget, None as Nothing, Store};
        let keep = || PasswordInput::Keep;
        let set = |value: &str| PasswordInput::Set { value: value.to_owned() };
        let ask = profile("p");
        let kept = model::Profile { password: PasswordSource::Keychain, ..profile("p") };
        let renamed = model::Profile { name: "lathe".to_owned(), ..kept.clone() };
        let moved = model::Profile { host: "10.0.0.7".to_owned(), ..kept.clone() };
        let other_port = model::Profile { port: 1884, ..kept.clone() };
        let other_user = model::Profile { username: None, ..kept.clone() };
        for (before, after, input, wanted) in [
            (None, &kept, set("x"), Store(Secret::new("x"))),
            (None, &kept, set(""), Nothing),
            (None, &kept, keep(), Nothing),
            (Some(&kept), &renamed, keep(), Nothing),
            (Some(&kept), &moved, keep(), Forget),
            (Some(&kept), &other_port, keep(), Forget),
            (Some(&kept), &other_user, keep(), Forget),
            (Some(&kept), &moved, set("x"), Store(Secret::new("x"))),
            (Some(&kept), &moved, set(""), Forget),
            (Some(&kept), &ask, keep(), Forget),
            (Some(&kept), &ask, PasswordInput::Clear, Forget),
            (Some(&ask), &kept, keep(), Nothing),
            (Some(&ask), &moved, keep(), Nothing),
            (Some(&ask), &ask, set("x"), Nothing),
            (Some(&kept), &kept, PasswordInput::Clear, Forget),
        ] {
            let name = format!("{before:?} {after:?}");
            assert_eq!(password_change(before, after, input), wanted, "{name}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_form_is_said_and_nothing_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let state = AppState::new(folder.path(), false);
        let good = Profile::from_model(&profile(""));
        for form in [
            Profile { name: " ".to_owned(), ..good.clone() },
            Profile { host: "mqtt://ada:secret@host".to_owned(), ..good.clone() },
            Profile { port: 0, ..good.clone() },
            Profile { client_id: String::new(), ..good.clone() },
        ] {
            assert_eq!(saved(&state, form).unwrap_err().code, "profile-invalid");
        }
        assert!(list(&state).unwrap().is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_and_can_be_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("profiles.json"), "{").unwrap();
        let state = AppState::new(folder.path(), false);
        assert_eq!(list(&state).unwrap_err().code, "profiles-malformed");
        state.set_aside_profiles().unwrap();
        assert!(list(&state).unwrap().is_empty());
        let aside = folder.path().join("profiles.json.damaged-1");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "{");
    }
}
