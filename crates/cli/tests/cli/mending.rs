//! `check`, `salvage` and `upgrade` on whole, damaged and old histories.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Background, Folder, QuietBroker, publish, run};

/// The history of an earlier version that the store's own tests keep.
const OLD: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../store/src/tests/data/foundation.wiretree");

fn recorded(folder: &Folder) -> String {
    let (broker, history) = (QuietBroker::start(), folder.path("history"));
    let url = broker.url();
    let recorder =
        Background::recording(&["--broker", &url, "--history", &history, "--count", "3"]);
    for payload in ["one", "two", "three"] {
        publish(&url, "a/b", payload, &["--qos", "1"]);
    }
    recorder.wait().success();
    history
}

fn ndjson(history: &str) -> String {
    run(&["export", "--history", history, "--format", "ndjson"]).success()
}

#[test]
fn a_history_as_it_was_written_is_whole() {
    let folder = Folder::new();
    let history = recorded(&folder);
    let report = run(&["check", "--history", &history]).json();
    assert_eq!((&report["intact"], &report["damaged"]), (&Value::from(3), &Value::from(0)));
    assert_eq!(
        (&report["stretches"], &report["beside"]),
        (&Value::from([""; 0].as_slice()), &Value::from([""; 0].as_slice()))
    );
}

#[test]
fn a_changed_byte_is_found_and_what_is_intact_is_saved() {
    let folder = Folder::new();
    let history = recorded(&folder);
    let original = ndjson(&history);
    let mut bytes = fs::read(&history).expect("the file");
    let at = bytes.windows(5).position(|window| window == b"three").expect("the payload is there");
    bytes[at] ^= 1;
    fs::write(&history, &bytes).expect("the file");

    let checked = run(&["check", "--history", &history]);
    assert!(checked.stderr.contains("wiretree-cli salvage"), "{}", checked.stderr);
    let report = checked.json_with(5);
    assert_eq!((&report["intact"], &report["damaged"]), (&Value::from(2), &Value::from(1)));

    let report = run(&["salvage", "--history", &history]).json();
    assert_eq!((&report["messages"], &report["lost"]), (&Value::from(2), &Value::from(1)));
    let aside = report["aside"].as_str().expect("a path");
    assert_eq!(fs::read(aside).expect("the damaged file"), bytes);
    let left: Vec<&str> = original.lines().take(2).collect();
    assert_eq!(ndjson(&history).lines().collect::<Vec<_>>(), left);
    run(&["check", "--history", &history]).success();
}

#[test]
fn a_history_of_an_earlier_version_is_written_anew_when_it_is_asked_for() {
    let folder = Folder::new();
    let history = folder.path("history");
    fs::copy(OLD, &history).expect("a copy");
    let old = fs::read(&history).expect("the file");
    let refused = run(&["export", "--history", &history, "--format", "ndjson"]).failure(5);
    assert!(refused.contains("wiretree-cli upgrade"), "{refused}");

    let report = run(&["upgrade", "--history", &history]).json();
    let kept = report["kept"].as_str().expect("a path");
    assert_eq!(fs::read(kept).expect("the old file"), old);
    let messages = report["messages"].as_u64().expect("a number");
    assert!(messages > 0);
    assert_eq!(ndjson(&history).lines().count() as u64, messages);
    let again = run(&["upgrade", "--history", &history]).json();
    assert_eq!((&again["kept"], &again["messages"]), (&Value::Null, &Value::from(messages)));
}

#[test]
fn what_is_not_there_is_not_made() {
    let folder = Folder::new();
    let history = folder.path("nothing");
    for command in ["check", "salvage", "upgrade"] {
        run(&[command, "--history", &history]).failure(5);
        assert!(!Path::new(&history).exists(), "{command}");
    }
}
