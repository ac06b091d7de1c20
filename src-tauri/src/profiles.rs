//! Saved connections and their secrets.

use tauri::ipc::Channel;
use wiretree_model::{self as model, PasswordSource, ProfileId, Secret};

use crate::importing;
use crate::keychain::{self, Held};
use crate::state::AppState;
use crate::wire::{
    AppError, HistoryMended, HistoryOpening, PasswordInput, Profile, SecretsInput, Startup,
};

/// What the page needs for its first picture. What could not be opened is part of it.
pub(crate) async fn startup(state: &AppState, progress: &Channel<HistoryOpening>) -> Startup {
    let (profiles, profiles_problem) = match list(state) {
        Ok(profiles) => (profiles, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let opened = state.vault.follow(|progressed| {
        // The history is opened whether somebody listens or not.
        let _ = progress.send(HistoryOpening::from_session(progressed));
    });
    let (history_problem, history_mended) = match opened.await {
        Ok((_, mended)) => (None, mended.as_ref().map(HistoryMended::from_session)),
        Err(problem) => (Some(AppError::from(problem)), None),
    };
    Startup {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        open_demo: state.open_demo,
        import: state.imports.take_named(),
        data_folder: state.data_folder.display().to_string(),
        profiles,
        profiles_problem,
        history_problem,
        history_mended,
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
/// Something in the form is wrong, or the file or the keychain cannot be written. Secrets are stored
/// first, so that no profile points to one that is not there.
pub(crate) async fn save(
    state: &AppState,
    form: Profile,
    secrets: SecretsInput,
) -> Result<Profile, AppError> {
    let mut profile = form.to_model()?;
    let before = state.with_profiles(|profiles| Ok(profiles.get(&profile.id).cloned()))?;
    if before.is_none() {
        // An identifier names a history and secrets, so it is never taken from the page.
        profile.id = new_id();
    }
    let changes = changes(before.as_ref(), &profile, secrets)?;
    let changed = profile.clone();
    keychain::on_a_thread(move || {
        changes.into_iter().try_for_each(|(held, change)| match change {
            Change::None => Ok(()),
            Change::Store(secret) => keychain::store(&changed, held, &secret),
            Change::Forget => keychain::forget(&changed, held),
        })
    })
    .await?;
    state.with_profiles(|profiles| profiles.save(profile.clone()))?;
    Ok(Profile::from_model(&profile))
}

/// An identifier that no profile has.
pub(crate) fn new_id() -> ProfileId {
    ProfileId(format!("{:032x}", rand::random::<u128>()))
}

/// Deletes a connection and its secrets; its history stays.
///
/// # Errors
/// The file or the keychain cannot be written.
pub(crate) async fn delete(state: &AppState, id: String) -> Result<(), AppError> {
    let id = ProfileId(id);
    let known = state.with_profiles(|profiles| Ok(profiles.get(&id).cloned()))?;
    if let Some(known) = known {
        keychain::on_a_thread(move || {
            let mut stored = Held::ALL.into_iter().filter(|held| is_stored(&known, *held));
            stored.try_for_each(|held| keychain::forget(&known, held))
        })
        .await?;
    }
    state.with_profiles(|profiles| profiles.delete(&id).map(drop))?;
    importing::forget_certificates(&state.data_folder, &id);
    Ok(())
}

/// What is to happen to a secret in the keychain when a profile is saved.
#[derive(Debug, PartialEq)]
enum Change {
    None,
    Store(Secret),
    Forget,
}

fn changes(
    before: Option<&model::Profile>,
    after: &model::Profile,
    secrets: SecretsInput,
) -> Result<[(Held, Change); 3], AppError> {
    let change = |held, input| Ok::<_, AppError>((held, change(held, before, after, input)?));
    Ok([
        change(Held::Password, secrets.password)?,
        change(Held::KeyPassphrase, secrets.key_passphrase)?,
        change(Held::ProxyPassword, secrets.proxy_password)?,
    ])
}

/// A secret stays only if it is to be kept for what it was stored for. Without it the user is
/// asked, as in the copy of another profile.
fn change(
    held: Held,
    before: Option<&model::Profile>,
    after: &model::Profile,
    input: PasswordInput,
) -> Result<Change, AppError> {
    let wanted = is_stored(after, held);
    let stays = |before| wanted && held.bound_to(before) == held.bound_to(after);
    Ok(match (input, before.filter(|before| is_stored(before, held))) {
        (PasswordInput::Set { value, encoding }, _) if wanted && !value.is_empty() => {
            Change::Store(keychain::typed(held.name(after), encoding, &value)?)
        }
        (_, None) => Change::None,
        (PasswordInput::Keep, Some(before)) if stays(before) => Change::None,
        (_, Some(_)) => Change::Forget,
    })
}

fn is_stored(profile: &model::Profile, held: Held) -> bool {
    held.source(profile) == PasswordSource::Keychain
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::wire::Encoding;

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

    fn keep() -> SecretsInput {
        let keep = || PasswordInput::Keep;
        SecretsInput { password: keep(), key_passphrase: keep(), proxy_password: keep() }
    }

    fn saved(state: &AppState, form: Profile) -> Result<Profile, AppError> {
        tauri::async_runtime::block_on(save(state, form, keep()))
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
        use Change::{Forget, None as Nothing, Store};
        let keep = || PasswordInput::Keep;
        let set =
            |value: &str| PasswordInput::Set { value: value.to_owned(), encoding: Encoding::Text };
        let ask = profile("p");
        let kept = model::Profile { password: PasswordSource::Keychain, ..profile("p") };
        let renamed = model::Profile { name: "lathe".to_owned(), ..kept.clone() };
        let moved = model::Profile { host: "10.0.0.7".to_owned(), ..kept.clone() };
        let other_port = model::Profile { port: 1884, ..kept.clone() };
        let other_user = model::Profile { username: None, ..kept.clone() };
        let secured = model::Profile { tls: Some(model::Tls::default()), ..kept.clone() };
        for (before, after, input, wanted) in [
            (None, &kept, set("x"), Store(Secret::new("x"))),
            (None, &kept, set(""), Nothing),
            (None, &kept, keep(), Nothing),
            (Some(&kept), &renamed, keep(), Nothing),
            (Some(&kept), &moved, keep(), Forget),
            (Some(&kept), &other_port, keep(), Forget),
            (Some(&kept), &other_user, keep(), Forget),
            (Some(&secured), &kept, keep(), Forget),
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
            let found = change(Held::Password, before, after, input).unwrap();
            assert_eq!(found, wanted, "{name}");
        }
    }

    #[test]
    fn each_secret_is_changed_by_itself() {
        use Change::{Forget, None as Nothing, Store};
        let files = model::ClientCertificateFiles::Pkcs12 { file: "/c.p12".to_owned() };
        let source = PasswordSource::Keychain;
        let client = Some(model::ClientCertificate { files, passphrase: source });
        let with_client = model::Profile {
            tls: Some(model::Tls { client, ..model::Tls::default() }),
            password: source,
            ..profile("p")
        };
        let set = PasswordInput::Set { value: "00 ff".to_owned(), encoding: Encoding::Hex };
        let input = SecretsInput { key_passphrase: set, ..keep() };
        let found = changes(Some(&with_client), &with_client, input).unwrap();
        assert_eq!(
            found.map(|(_, change)| change),
            [Nothing, Store(Secret::new([0, 0xff])), Nothing]
        );
        let without = model::Profile { tls: None, ..with_client.clone() };
        let found = changes(Some(&with_client), &without, keep()).unwrap();
        assert_eq!(found.map(|(_, change)| change), [Forget, Forget, Nothing]);
        let set = PasswordInput::Set { value: "0g".to_owned(), encoding: Encoding::Hex };
        let refused = changes(None, &with_client, SecretsInput { password: set, ..keep() });
        assert_eq!(refused.unwrap_err().code, "secret-invalid");
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
