//! `import`: what was exported comes back as it was, other programs' files come in, and what is no
//! such file is refused with a sentence.

use std::fs;

use serde_json::Value;

use crate::support::{Background, Folder, QuietBroker, export, fields, publish, run};

/// Two connections in one history, messages of all kinds, in turns.
fn recorded(folder: &Folder) -> String {
    let (broker, history) = (QuietBroker::start(), folder.path("history"));
    let url = broker.url();
    for (name, payload) in [("plant", "{\"t\": 1.50}"), ("mill", "grün"), ("plant", "")] {
        let recorder = Background::recording(&[
            "--broker",
            &url,
            "--history",
            &history,
            "--name",
            name,
            "--protocol",
            "5",
            "--count",
            "1",
        ]);
        publish(&url, "a/b", payload, &["--qos", "1", "--user-property", "k=v"]);
        recorder.wait().success();
    }
    history
}

fn ndjson(history: &str) -> String {
    run(&["export", "--history", history, "--format", "ndjson"]).success()
}

fn written(folder: &Folder, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.path(name);
    fs::write(&path, text).expect("a file");
    path
}

#[test]
fn an_export_comes_back_byte_for_byte() {
    let folder = Folder::new();
    let original = ndjson(&recorded(&folder));
    for (format, name) in [("ndjson", "again-1"), ("json", "again-2")] {
        let source = folder.path("recorded.txt");
        let exported = run(&["export", "--history", &folder.path("history"), "--format", format]);
        fs::write(&source, exported.stdout).expect("a file");
        let history = folder.path(name);
        let report = run(&["import", "--history", &history, &source]).json();
        assert_eq!((&report["imported"], &report["bad"]), (&Value::from(3), &Value::from(0)));
        assert_eq!(report["renumbered"], 0, "{report}");
        assert_eq!(ndjson(&history), original, "{format}");
    }
}

#[test]
fn what_is_imported_again_stands_beside_what_is_there() {
    let folder = Folder::new();
    let history = recorded(&folder);
    let original = ndjson(&history);
    let source = written(&folder, "source.ndjson", &original);
    for _ in 0..2 {
        run(&["import", "--history", &history, &source]).success();
    }
    assert_eq!(ndjson(&history), original.repeat(3));
    let first = export(&history, &["--connection", "import:1"]);
    assert_eq!(fields(&first, "connection"), ["plant", "plant"]);
    let report = run(&["import", "--history", &history, "--name", "all of it", &source]).json();
    let key = report["connections"][0]["key"].as_str().expect("a key").to_owned();
    let renamed = export(&history, &["--connection", &key]);
    assert_eq!(fields(&renamed, "connection"), vec!["all of it"; 3]);
    let numbers: Vec<_> = renamed.iter().filter_map(|message| message["seq"].as_u64()).collect();
    assert_eq!(numbers, [1, 2, 3], "they ascend, whosever they were");
}

#[test]
fn lines_of_mosquitto_sub_come_in_and_bad_ones_are_named() {
    let folder = Folder::new();
    let good = r#"{"tst":"2026-01-31T13:00:00.000001Z+0100","topic":"a","qos":1,"retain":1,"payloadlen":3,"mid":7,"payload":"abc"}"#;
    let source = written(&folder, "cool room.log", format!("{good}\nnonsense\n{good}\n"));
    let history = folder.path("history");
    let ended = run(&["import", "--history", &history, &source]);
    assert!(ended.stderr.contains("line 2: "), "{}", ended.stderr);
    let report = ended.json();
    assert_eq!((&report["imported"], &report["bad"]), (&Value::from(2), &Value::from(1)));
    let messages = export(&history, &[]);
    assert_eq!(messages[0]["ts"], "2026-01-31T12:00:00.000001Z");
    assert_eq!((&messages[0]["mid"], &messages[0]["retain"]), (&7.into(), &true.into()));
    assert_eq!(fields(&messages, "connection"), vec!["cool room"; 2], "the name of the file");
    assert_eq!(messages[1]["seq"], 2);
}

const MQTTX: &str = r#"[{"clientId":"mqttx_1","name":"plant","host":"h","port":1883,"messages":[
    {"createAt":"2026-01-31 14:00:00:123","out":true,"topic":"a","payload":"1","qos":0},
    {"createAt":"2026-01-31 14:00:01:123","out":false,"topic":"b","payload":"2","qos":2}]}]"#;

#[test]
fn times_without_a_zone_need_one() {
    let folder = Folder::new();
    let (source, history) = (written(&folder, "x", MQTTX), folder.path("history"));
    let refused = run(&["import", "--history", &history, &source]).failure(2);
    assert!(refused.contains("--utc-offset"), "{refused}");
    assert!(!fs::exists(&history).expect("the folder can be read"), "nothing was begun");
    run(&["import", "--history", &history, &source, "--utc-offset", "+02:00"]).success();
    let messages = export(&history, &[]);
    assert_eq!(messages[0]["ts"], "2026-01-31T12:00:00.123000Z");
    assert_eq!(fields(&messages, "dir"), ["out", "in"]);
    assert_eq!(fields(&messages, "connection"), ["plant", "plant"]);
}

#[test]
fn a_dry_run_describes_and_changes_nothing() {
    let folder = Folder::new();
    let source = written(&folder, "x", MQTTX);
    let told = run(&["import", "--dry-run", &source, "--utc-offset", "Z"]).success();
    for words in [
        "backup of MQTTX",
        "2 messages on 2 topics",
        "connection plant",
        "2026-01-31T14:00:00.123Z",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(run(&["import", "--dry-run", &source]).success().contains("no zone"));
    let settings = r#"{"ConnectionManager_connections": {"a": {"name": "factory", "host": "h",
        "port": 8883, "encryption": true, "certValidation": false, "username": "ada",
        "password": "s3cret", "subscriptions": ["a/#"]}, "b": {"name": "bare"}}}"#;
    let told = run(&["import", "--dry-run", &written(&folder, "settings", settings)]).success();
    for words in
        ["factory to h:8883, 1 subscriptions", "not checked there", "bare cannot be imported"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("s3cret"), "{told}");
}

#[test]
fn what_cannot_be_imported_is_refused_and_nothing_is_written() {
    let folder = Folder::new();
    let history = folder.path("history");
    let good = written(&folder, "good", MQTTX);
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    let device = folder.path("link");
    std::os::unix::fs::symlink("/dev/zero", &device).expect("a link");
    for (bad, words) in [
        (written(&folder, "zip", b"PK\x03\x04 and more"), "ZIP"),
        (written(&folder, "noise", [0xff; 4096]), "nothing that can be imported"),
        (written(&folder, "empty", ""), "is empty"),
        (written(&folder, "settings", r#"{"ConnectionManager_connections":{}}"#), "Connections"),
        (folder.path("missing"), "No such file"),
        (folder.path("."), "no plain file"),
        (pipe, "no plain file"),
        (device, "no plain file"),
    ] {
        let arguments = ["import", "--history", &history, "--utc-offset", "Z", &good, &bad];
        let said = run(&arguments).failure(5);
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!fs::exists(&history).expect("the folder can be read"));
}
