//! `search`, and `--where` of `export` and `subscribe`: one language, stored and live.

use serde_json::Value;

use crate::support::{Background, Folder, QuietBroker, cli, export, fields, publish, run};

/// A history with five messages, one after the other.
fn history(folder: &Folder) -> String {
    let broker = QuietBroker::start();
    let (url, history) = (broker.url(), folder.path("history"));
    let fixed = ["--broker", &url, "--history", &history, "--name", "plant", "--count", "5"];
    let recorder = Background::recording(&fixed);
    let properties = ["--message-user-property", "site=berlin", "--qos", "1"];
    publish(&url, "line/1", r#"{"values":{"rpm":11840},"state":"on"}"#, &properties);
    publish(&url, "line/2", r#"{"values":{"rpm":9000},"state":"off"}"#, &[]);
    publish(&url, "line/1", r#"{"values":{"rpm":12000}}"#, &["--retain"]);
    publish(&url, "note", "Stopped for lunch", &[]);
    publish(&url, "empty", "", &[]);
    recorder.wait().success();
    history
}

fn search(history: &str, arguments: &[&str]) -> Vec<Value> {
    let fixed = ["search", "--history", history];
    let text = run(&[&fixed, arguments].concat()).success();
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

#[test]
fn what_matches_newest_first() {
    let folder = Folder::new();
    let history = history(&folder);
    for (query, expected) in [
        (&[][..], &["empty", "note", "line/1", "line/2", "line/1"][..]),
        (&["$.values.rpm > 11000"], &["line/1", "line/1"]),
        (&["$.values.rpm", ">", "11000", "has:user"], &["line/1"]),
        (&["topic:line/+ -topic:line/1"], &["line/2"]),
        (&["Stopped or size:0"], &["empty", "note"]),
        (&["i\"STOPPED for\""], &["note"]),
        (&["/lu.ch$/"], &["note"]),
        (&["user.site:berlin"], &["line/1"]),
        (&["from:-1h to:now $.state"], &["line/2", "line/1"]),
        (&["--", "-topic:line/# dir:in"], &["empty", "note"]),
        (&["--topic", "line/#", "not exists($.state)"], &["line/1"]),
        (&["--limit", "2"], &["empty", "note"]),
        (&["--connection", "plant", "lunch"], &["note"]),
        (&["no such text"], &[]),
    ] {
        assert_eq!(fields(&search(&history, query), "topic"), expected, "{query:?}");
    }
    let lossless = search(&history, &["--lossless", "topic:note"]);
    assert_eq!(lossless, export(&history, &["--where", "topic:note"]), "the lines of export");
    let count = run(&["search", "--history", &history, "--count", "$.values"]).success();
    assert_eq!(count, "3\n");
}

#[test]
fn an_error_points_at_the_spot() {
    let said = run(&["search", "--history", "h", "$.rpm > fast"]).failure(2);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[..2], ["$.rpm > fast", "        ^^^^"]);
    assert!(lines[2].contains("Expected: a number, \"text\", true, false or null"), "{said}");
}

#[test]
fn live_messages_are_chosen_by_the_same_language() {
    let broker = QuietBroker::start();
    let url = broker.url();
    let mut running = Background::start(cli(&[
        "subscribe",
        "--broker",
        &url,
        "--filter",
        "#",
        "--count",
        "2",
        "--where",
        "$.rpm > 11000 or topic:note",
    ]));
    running.wait_for(|line| line == "subscribed");
    publish(&url, "a", r#"{"rpm":10999.9}"#, &[]);
    publish(&url, "b", r#"{"rpm":11000.1}"#, &[]);
    publish(&url, "c", "note", &[]);
    publish(&url, "note", "", &[]);
    let lines = running.wait().success();
    let topics: Vec<Value> = lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(fields(&topics, "topic"), ["b", "note"]);
}
