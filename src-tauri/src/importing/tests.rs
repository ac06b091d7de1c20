//! What is imported from a file of MQTT Explorer, and what is not.

use std::fs;
use std::path::PathBuf;

use tauri::async_runtime::block_on;
use tempfile::TempDir;

use super::*;
use crate::profiles;
use crate::wire::{PasswordSource, Profile, Trust};

const SETTINGS: &str = r##"{"ConnectionManager_connections": {
    "1": {"id": "1", "name": "mill", "host": "mill.example", "port": 8883, "protocol": "mqtt",
        "encryption": true, "certValidation": false, "username": "ada", "password": "s3cret-mill",
        "selfSignedCertificate": {"name": "ca.crt", "data": "Y2EgY2VydGlmaWNhdGU="},
        "clientCertificate": {"name": "c", "data": "Y2xpZW50"},
        "clientKey": {"name": "k", "data": "c2VjcmV0IGtleQ=="},
        "clientId": "mqtt-explorer-0a1b2c3d", "subscriptions": [{"topic": "#", "qos": 1}]},
    "2": {"id": "2", "name": "mill", "host": "other.example", "port": 1883, "protocol": "mqtt",
        "encryption": false, "subscriptions": ["a/#"]},
    "3": {"id": "3", "name": "no host"}}}"##;

struct Place {
    folder: TempDir,
    state: AppState,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let state = AppState::new(&folder.path().join("data"), false);
    Place { folder, state }
}

impl Place {
    fn file(&self, text: &str) -> u32 {
        let path = self.folder.path().join("settings.json");
        fs::write(&path, text).unwrap();
        offer(&self.state, &path)
    }

    fn preview(&self, handle: u32) -> Result<wire::ImportPreview, AppError> {
        block_on(preview(&self.state, handle, 0))
    }

    /// Everything that was written, but the history.
    fn written(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.state.data_folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let is_history = path.to_string_lossy().contains("history.wiretree");
                match path.is_dir() {
                    true => folders.push(path),
                    false if !is_history => found.push((path.clone(), fs::read(path).unwrap())),
                    false => {}
                }
            }
        }
        found
    }
}

#[test]
fn a_preview_tells_all_and_writes_nothing() {
    let place = place();
    let handle = place.file(SETTINGS);
    let preview = place.preview(handle).unwrap();
    assert_eq!(
        (preview.what.as_str(), preview.connections.len()),
        ("settings of MQTT Explorer", 2)
    );
    assert_eq!(preview.refused[0].name, "no host");
    let mill = &preview.connections[0];
    assert_eq!(mill.address, "mqtts://mill.example:8883");
    assert!(mill.has_password && mill.certificates == 3);
    assert!(mill.remarks.iter().any(|words| words.contains("not checked there")));
    assert_eq!(preview.connections[1].becomes, "mill (2)", "two have one name");
    assert_eq!(place.written(), []);
    let text = serde_json::to_string(&preview).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn what_is_chosen_is_saved_with_checks_on_and_without_its_password() {
    let place = place();
    let handle = place.file(SETTINGS);
    place.preview(handle).unwrap();
    let saved = block_on(save(&place.state, handle, &[0])).unwrap();
    assert_eq!(saved.problem, None);
    let [mill] = &saved.profiles[..] else { panic!("{saved:?}") };
    assert_eq!(profiles::list(&place.state).unwrap(), std::slice::from_ref(mill));
    assert!(!mill.auto_connect && mill.password != PasswordSource::None);
    let tls = mill.tls.as_ref().unwrap();
    assert_eq!(tls.trust, Trust::CaFile);
    let authority = PathBuf::from(tls.ca_file.clone().unwrap());
    assert_eq!(fs::read(&authority).unwrap(), b"ca certificate");
    for (path, contents) in place.written() {
        let text = String::from_utf8_lossy(&contents).into_owned();
        assert!(!text.contains("s3cret-mill"), "{}", path.display());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = authority.with_file_name("key.pem");
        let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((rights(&key), rights(key.parent().unwrap())), (0o600, 0o700));
    }
    block_on(profiles::delete(&place.state, mill.id.clone())).unwrap();
    assert!(!authority.exists(), "they go with the connection");
}

#[test]
fn names_that_are_taken_get_a_number() {
    let place = place();
    let handle = place.file(SETTINGS);
    place.preview(handle).unwrap();
    let saved = block_on(save(&place.state, handle, &[0, 1])).unwrap();
    let names: Vec<_> = saved.profiles.iter().map(|profile| profile.name.as_str()).collect();
    assert_eq!(names, ["mill", "mill (2)"]);
    let preview = place.preview(handle).unwrap();
    assert_eq!(preview.connections[0].becomes, "mill (3)");
}

#[test]
fn only_the_chosen_file_is_looked_at() {
    let place = place();
    let first = place.file(SETTINGS);
    let second = place.file(SETTINGS);
    assert_eq!(place.preview(first).unwrap_err().code, "import-gone");
    assert_eq!(block_on(save(&place.state, second, &[0])).unwrap_err().code, "import-gone");
    place.preview(second).unwrap();
    assert_eq!(block_on(save(&place.state, second, &[2])).unwrap_err().code, "import-gone");
    let zip = place.file("PK\u{3}\u{4}");
    assert_eq!(place.preview(zip).unwrap_err().code, "import-unknown");
    assert!(profiles::list(&place.state).unwrap().is_empty());
}

#[test]
fn a_connection_that_cannot_be_saved_leaves_nothing_behind() {
    let place = place();
    let handle = place.file(SETTINGS);
    place.preview(handle).unwrap();
    fs::write(place.state.data_folder.join("certificates"), "in the way").unwrap();
    let saved = block_on(save(&place.state, handle, &[0])).unwrap();
    assert_eq!(saved.problem.unwrap().code, "import-certificates");
    assert_eq!(saved.profiles, Vec::<Profile>::new());
    assert!(profiles::list(&place.state).unwrap().is_empty());
}
