//! `tree`: the topics as they were, and what differs.

use serde_json::Value;

use crate::support::{Background, Folder, QuietBroker, export, fields, payload, publish, run};

/// A history of a house, and when its messages had come.
fn history(folder: &Folder) -> (String, Vec<String>) {
    let broker = QuietBroker::start();
    let (url, history) = (broker.url(), folder.path("history"));
    let fixed = ["--broker", &url, "--history", &history, "--name", "house", "--count", "6"];
    let recorder = Background::recording(&fixed);
    publish(&url, "house/lamp", "red", &[]);
    publish(&url, "house/heating", "on", &["--retain"]);
    publish(&url, "house", "here", &[]);
    publish(&url, "house/lamp", r#"{"rgb":[0,255,0.10]}"#, &[]);
    publish(&url, "house/heating", "", &["--retain"]);
    publish(&url, "house//door", "open", &[]);
    recorder.wait().success();
    let times = fields(&export(&history, &[]), "ts");
    assert_eq!(times.len(), 6);
    (history, times)
}

fn tree(history: &str, more: &[&str]) -> String {
    run(&[&["tree", "--history", history], more].concat()).success()
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

#[test]
fn the_tree_is_as_it_was() {
    let folder = Folder::new();
    let (history, times) = history(&folder);
    let end = "house = here\n  \"\"\n    door = open\n  heating = (empty)\n  \
               lamp = {\"rgb\":[0,255,0.10]}\n";
    assert_eq!(tree(&history, &[]), end);
    assert_eq!(tree(&history, &["--at", &times[5]]), end, "a moment has the message of that time");
    let early = "house\n  heating [retained] = on\n  lamp = red\n";
    assert_eq!(tree(&history, &["--at", &times[1]]), early);
    assert_eq!(tree(&history, &["--at", "2001-01-01T00:00:00Z"]), "");
    assert_eq!(tree(&history, &["--topic", "+/lamp", "--at", &times[2]]), "house\n  lamp = red\n");
    let lamp = objects(&tree(&history, &["--json", "--topic", "house/lamp"]));
    assert_eq!(lamp.len(), 1);
    assert_eq!((&lamp[0]["messages"], &lamp[0]["retained"]), (&2.into(), &false.into()));
    let exported = export(&history, &["--filter", "house/lamp"]);
    assert_eq!(lamp[0]["last"], exported[1], "the line of export");
}

#[test]
fn what_differs_between_two_moments() {
    let folder = Folder::new();
    let (history, times) = history(&folder);
    assert_eq!(
        tree(&history, &["--diff", &times[1]]),
        "+ house = here\n+ house//door = open\n- house/heating = on -> (empty)\n\
         ~ house/lamp = red -> {\"rgb\":[0,255,0.10]}\n"
    );
    assert_eq!(tree(&history, &["--diff", &times[0], "--at", &times[1]]), "+ house/heating = on\n");
    assert_eq!(tree(&history, &["--diff", &times[5]]), "");
    let changes = objects(&tree(&history, &["--diff", &times[1], "--json"]));
    assert_eq!(fields(&changes, "change"), ["appeared", "appeared", "vanished", "changed"]);
    assert_eq!(changes[0]["before"], Value::Null);
    assert_eq!(payload(&changes[3]["before"]), b"red");
    let backwards = ["tree", "--history", &history, "--diff", &times[1], "--at", &times[0]];
    let said = run(&backwards).failure(2);
    assert!(said.contains("Give the earlier one to --diff"), "{said}");
}

#[test]
fn one_of_several_connections_has_to_be_named() {
    let folder = Folder::new();
    let broker = QuietBroker::start();
    let (url, history) = (broker.url(), folder.path("history"));
    for name in ["one", "two"] {
        let fixed = ["--broker", &url, "--history", &history, "--name", name, "--count", "1"];
        let recorder = Background::recording(&fixed);
        publish(&url, name, "on", &[]);
        recorder.wait().success();
    }
    let said = run(&["tree", "--history", &history]).failure(2);
    assert!(said.contains("Choose one with --connection: one, two"), "{said}");
    assert_eq!(tree(&history, &["--connection", "two"]), "two = on\n");
}
