//! `export`: what was asked for and nothing else, in the format that was asked for.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Background, Folder, QuietBroker, cli, export, fields, payload, publish, run};

/// A history with four messages, one after the other.
pub(crate) fn history(folder: &Folder) -> String {
    let broker = QuietBroker::start();
    let (url, history) = (broker.url(), folder.path("history"));
    let recorder = Background::recording(&[
        "--broker",
        &url,
        "--history",
        &history,
        "--name",
        "plant",
        "--count",
        "4",
    ]);
    for (topic, payload) in
        [("a/1", "=1+1"), ("a/2", "say \"hello\", please"), ("b", "hello"), ("a", "@SUM(A1)")]
    {
        publish(&url, topic, payload, &[]);
    }
    recorder.wait().success();
    history
}

#[test]
fn only_what_is_asked_for() {
    let folder = Folder::new();
    let history = history(&folder);
    let all = export(&history, &[]);
    assert_eq!(fields(&all, "topic"), ["a/1", "a/2", "b", "a"]);
    let second = all[1]["ts"].as_str().unwrap();
    for (options, expected) in [
        (&["--filter", "a/#"][..], &["a/1", "a/2", "a"][..]),
        (&["--filter", "a/+"], &["a/1", "a/2"]),
        (&["--filter", "nowhere"], &[]),
        (&["--contains", "hello"], &["a/2", "b"]),
        (&["--contains", "HELLO"], &[]),
        (&["--contains", "hello", "--filter", "b"], &["b"]),
        (&["--from", second], &["a/2", "b", "a"]),
        (&["--to", second], &["a/1"]),
        (&["--from", "-1h", "--to", "2100-01-01T00:00:00+02:00"], &["a/1", "a/2", "b", "a"]),
        (&["--to", "-1h"], &[]),
        (&["--connection", "plant"], &["a/1", "a/2", "b", "a"]),
        (&["--connection", "cli:plant"], &["a/1", "a/2", "b", "a"]),
    ] {
        assert_eq!(fields(&export(&history, options), "topic"), expected, "{options:?}");
    }
}

#[test]
fn a_spreadsheet_gets_no_formulas_unless_they_are_asked_for() {
    let folder = Folder::new();
    let history = history(&folder);
    let csv = |more: &[&str]| {
        run(&[&["export", "--history", &history, "--format", "csv"], more].concat()).success()
    };
    let (safe, raw) = (csv(&[]), csv(&["--raw-cells"]));
    assert_eq!(safe.lines().count(), 5, "a line of names, and one for each message");
    assert!(safe.contains(",'=1+1,") && safe.contains(",'@SUM(A1),"), "{safe}");
    assert!(safe.contains(r#","say ""hello"", please","#), "{safe}");
    assert!(raw.contains(",=1+1,") && raw.contains(",@SUM(A1),"), "{raw}");
    let arguments = ["export", "--history", &history, "--format", "json", "--raw-cells"];
    assert!(run(&arguments).failure(2).contains("--format csv"));
}

#[test]
fn json_is_one_array_of_the_same_objects() {
    let folder = Folder::new();
    let history = history(&folder);
    let text = run(&["export", "--history", &history, "--format", "json"]).success();
    let array: Vec<Value> = serde_json::from_str(&text).expect("a JSON array");
    assert_eq!(array, export(&history, &[]));
}

#[test]
fn a_file_is_written_once_and_never_over_another() {
    let folder = Folder::new();
    let (history, file) = (history(&folder), folder.path("messages.ndjson"));
    let arguments = ["export", "--history", &history, "--format", "ndjson", "-o", &file];
    assert_eq!(run(&arguments).success(), "", "nothing on standard output");
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 4);

    let sentence = run(&arguments).failure(5);
    assert!(sentence.contains("exists already and was left as it is"), "{sentence}");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);

    let nowhere = folder.path("no/such/folder");
    run(&[&arguments[..6], &[nowhere.as_str()]].concat()).failure(5);
}

#[test]
fn a_file_is_replaced_when_that_is_asked_for_and_a_folder_never() {
    let folder = Folder::new();
    let (history, file) = (history(&folder), folder.path("messages.csv"));
    fs::write(&file, "mine").unwrap();
    let arguments = ["export", "--history", &history, "--format", "csv", "-o", &file];
    assert!(run(&arguments).failure(5).contains("--overwrite"));
    run(&[&arguments[..], &["--overwrite"]].concat()).success();
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 5);

    let taken = folder.path("taken");
    fs::create_dir(&taken).unwrap();
    let arguments = ["export", "--history", &history, "--format", "csv", "-o", &taken];
    run(&[&arguments[..], &["--overwrite"]].concat()).failure(5);
    assert_eq!(fs::read_dir(&taken).unwrap().count(), 0);
    run(&["export", "--history", &history, "--format", "csv", "--overwrite"]).failure(2);
}

#[test]
fn parquet_is_a_file_or_a_folder_of_files() {
    let folder = Folder::new();
    let (history, file) = (history(&folder), folder.path("messages.parquet"));
    let arguments = ["export", "--history", &history, "--format", "parquet"];
    run(&[&arguments[..], &["-o", &file]].concat()).success();
    let is_parquet = |path: &std::path::Path| {
        let bytes = fs::read(path).unwrap();
        bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1")
    };
    assert!(is_parquet(file.as_ref()));

    run(&[&arguments[..], &["-o", &folder.path("days.parquet"), "--split", "1d"]].concat())
        .success();
    let days = folder.path("days");
    let parts: Vec<_> = fs::read_dir(&days).unwrap().map(|part| part.unwrap().path()).collect();
    assert!(!parts.is_empty() && parts.iter().all(|part| is_parquet(part)), "{parts:?}");
    let again = run(&[&arguments[..], &["-o", &days, "--split", "1d"]].concat()).failure(5);
    assert!(again.contains("exists already"), "{again}");

    let sentence = run(&[&arguments[..], &["--split", "1d"]].concat()).failure(2);
    assert!(sentence.contains("-o"), "{sentence}");
    run(&[&arguments[..], &["-o", "x", "--split", "1"]].concat()).failure(2);
}

#[test]
fn payloads_become_files() {
    let folder = Folder::new();
    let (history, path) = (history(&folder), folder.path("payloads"));
    let arguments = ["export", "--history", &history, "--format", "raw", "-o", &path];
    run(&arguments).success();
    let index = fs::read_to_string(format!("{path}/index.ndjson")).unwrap();
    let of = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        fs::read_to_string(format!("{path}/{}", line["payload"].as_str().unwrap())).unwrap()
    };
    let payloads: Vec<String> = index.lines().map(of).collect();
    assert_eq!(payloads, ["=1+1", "say \"hello\", please", "hello", "@SUM(A1)"]);
    run(&arguments).failure(5);
    run(&arguments[..5]).failure(2);
    run(&[&arguments[..], &["--split", "1h"]].concat()).failure(2);
}

#[test]
fn other_programs_have_their_formats() {
    let folder = Folder::new();
    let history = history(&folder);
    let text = run(&["export", "--history", &history, "--format", "mqttx"]).success();
    let connections: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(connections.as_array().unwrap().len(), 1);
    assert_eq!(connections[0]["name"], "plant");
    let messages = connections[0]["messages"].as_array().unwrap();
    let topics: Vec<_> =
        messages.iter().map(|message| message["topic"].as_str().unwrap()).collect();
    assert_eq!(topics, ["a/1", "a/2", "b", "a"]);

    let text = run(&["export", "--history", &history, "--format", "mosquitto"]).success();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(fields(&lines, "topic"), ["a/1", "a/2", "b", "a"]);
    assert_eq!(lines[0]["payload"], "=1+1");
}

#[test]
fn one_connection_of_several() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, history) = (broker.url(), folder.path("history"));
    publish(&url, "t", "x", &["--retain"]);
    for name in ["north", "south"] {
        let fixed = ["--history", history.as_str(), "--count", "1", "--name", name];
        run(&[&["record", "--broker", &url], &fixed[..]].concat()).success();
    }
    let names = |more: &[&str]| fields(&export(&history, more), "connection");
    assert_eq!(names(&[]), ["north", "south"]);
    assert_eq!(names(&["--connection", "south"]), ["south"]);
    let unknown = ["--history", &history, "--format", "json", "--connection", "west"];
    let sentence = run(&[&["export"], &unknown[..]].concat()).failure(2);
    assert!(sentence.contains("It has: north, south"), "{sentence}");
}

#[test]
fn a_reader_that_has_enough_is_a_success() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, history) = (broker.url(), folder.path("history"));
    let arguments = ["--broker", &url, "--history", &history, "--qos", "1", "--count", "3000"];
    let recorder = Background::recording(&arguments);
    publish(&url, "t", &"x".repeat(1_000), &["--count", "3000", "--qos", "1"]);
    recorder.wait().success();

    // Three megabytes do not fit into any pipe.
    for format in ["ndjson", "csv", "json", "mqttx", "mosquitto"] {
        let mut command = cli(&["export", "--history", &history, "--format", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), said.as_str()), (Some(0), ""), "{format}");
    }
    assert!(export(&history, &[]).iter().all(|message| payload(message).len() == 1_000));
}
