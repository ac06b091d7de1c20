//! Opening: what is made, what is refused, and that what is refused keeps every byte.

use std::fs;

use super::common::{Place, everything, messages, save};
use crate::{History, Mended, StoreError};

/// Neither way of opening takes the file, and neither changes it.
fn refused(content: &[u8]) -> StoreError {
    let place = Place::new();
    fs::create_dir(place.path.parent().unwrap()).unwrap();
    fs::write(&place.path, content).unwrap();
    let error = History::open(&place.path).unwrap_err();
    assert_eq!(History::open_read_only(&place.path).unwrap_err(), error);
    assert_eq!(fs::read(&place.path).unwrap(), content, "the file is as it was");
    assert!(error.to_string().contains("history.sqlite3"), "{error}");
    error
}

/// The bytes of a database made by `script`.
fn database(script: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made");
    rusqlite::Connection::open(&path).unwrap().execute_batch(script).unwrap();
    fs::read(path).unwrap()
}

#[test]
fn a_file_of_something_else_is_refused_untouched() {
    let other = database("CREATE TABLE bookmarks (url TEXT)");
    let numbered = database("PRAGMA user_version = 1");
    for content in
        [&b"hello"[..], &[b'x'; 5_000], b"SQLite format 3\0 but no more", &other, &numbered]
    {
        assert_eq!(refused(content).code(), "history-not-a-history");
    }
}

#[test]
fn a_file_from_a_later_version_is_refused_untouched() {
    let place = Place::new();
    drop(place.open());
    rusqlite::Connection::open(&place.path)
        .unwrap()
        .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99")
        .unwrap();
    let error = refused(&fs::read(&place.path).unwrap());
    assert!(matches!(error, StoreError::NewerHistory { found: 99, known: 3.., .. }), "{error:?}");
    assert!(error.to_string().contains("newer Wiretree"), "{error}");
}

#[test]
fn an_empty_file_becomes_a_history() {
    let place = Place::new();
    fs::create_dir(place.path.parent().unwrap()).unwrap();
    fs::write(&place.path, b"").unwrap();
    place.open().close().unwrap();
    History::open_read_only(&place.path).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let place = Place::new();
    let file = place.folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = History::open(&file.join("deeper").join("history.sqlite3")).unwrap_err();
    assert_eq!(error.code(), "store-folder");
    assert!(error.to_string().contains("choose a folder"), "{error}");
}

#[test]
fn a_folder_in_place_of_the_file_is_refused() {
    let place = Place::new();
    fs::create_dir_all(&place.path).unwrap();
    assert_eq!(History::open(&place.path).unwrap_err().code(), "history-open");
}

#[test]
fn there_is_nothing_to_read_where_there_is_no_file() {
    let place = Place::new();
    assert_eq!(History::open_read_only(&place.path).unwrap_err().code(), "history-missing");
    assert!(!place.path.exists(), "looking does not make one");
}

#[test]
fn a_history_has_one_writer_and_any_number_of_readers() {
    let place = Place::new();
    let history = place.open();
    save(&history.connection("one", "One").unwrap(), messages(1, 3));
    assert_eq!(History::open(&place.path).unwrap_err().code(), "history-in-use");
    let reader = History::open_read_only(&place.path).unwrap();
    assert_eq!(everything(&reader).len(), 3);
    history.close().unwrap();
    place.open();
}

#[test]
fn after_closing_one_file_has_it_all() {
    let place = Place::new();
    let history = place.open();
    save(&history.connection("one", "One").unwrap(), messages(1, 500));
    assert_eq!(everything(&history.reader()).len(), 500, "with a reader still open");
    history.close().unwrap();
    let copy = place.folder.path().join("copy.sqlite3");
    fs::copy(&place.path, &copy).unwrap();
    assert_eq!(everything(&History::open_read_only(&copy).unwrap()).len(), 500);
}

#[cfg(unix)]
#[test]
fn what_is_made_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let history = place.open();
    save(&history.connection("one", "One").unwrap(), messages(1, 3));
    let folder = place.path.parent().unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_was_there_keeps_its_rights() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let folder = place.path.parent().unwrap();
    fs::create_dir(folder).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    place.open();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_file_whose_schema_would_be_run_is_not_read() {
    const CASES: [&str; 4] = [
        "DROP TABLE connections;
         CREATE VIEW connections AS WITH RECURSIVE c(x) AS
             (SELECT 1 UNION ALL SELECT x + 1 FROM c)
             SELECT x AS id, 'k' || x AS key, 'name' AS name, 0 AS last_sequence FROM c;",
        "CREATE TRIGGER t AFTER INSERT ON tail BEGIN DELETE FROM tail; END;",
        "DROP TABLE connections;
         CREATE VIRTUAL TABLE connections USING fts5(key, name, last_sequence);",
        "ALTER TABLE connections ADD COLUMN more TEXT AS (hex(zeroblob(100000000)));",
    ];
    for case in CASES {
        let place = Place::new();
        let history = place.open();
        save(&history.connection("one", "One").unwrap(), messages(1, 3));
        history.close().unwrap();
        rusqlite::Connection::open(&place.path).unwrap().execute_batch(case).unwrap();
        let error = History::open_read_only(&place.path).unwrap_err();
        assert_eq!(error.code(), "history-damaged");
        assert!(error.to_string().contains("never has"), "{error}");
        assert_eq!(History::open(&place.path).unwrap_err(), error);
        let (history, mended) = History::open_salvaging(&place.path, |_| {}).unwrap();
        let Some(Mended::Salvaged(salvaged)) = mended else { panic!("{mended:?}") };
        assert_eq!(everything(&history.reader()).len() as u64, salvaged.messages);
        let is_computed = case.contains("VIRTUAL") || case.contains("COLUMN");
        assert_eq!(salvaged.messages, if is_computed { 0 } else { 3 }, "{case}");
    }
}

#[test]
fn a_view_that_comes_later_is_not_run_either() {
    let place = Place::new();
    place.open().close().unwrap();
    let reader = History::open_read_only(&place.path).unwrap();
    rusqlite::Connection::open(&place.path)
        .unwrap()
        .execute_batch(
            "DROP TABLE connections;
             CREATE VIEW connections AS SELECT 1 AS id, 'k' AS key, 'n' AS name, 0 AS last_sequence;",
        )
        .unwrap();
    assert!(reader.connections().unwrap_err().to_string().contains("prohibited"));
}
