//! `replay`: what arrives is what was recorded, where the rules say; and what went wrong is told.

use std::fs;

use serde_json::Value;
use wiretree_testkit::Mosquitto;

use crate::support::{
    Background, Ended, Folder, QuietBroker, cli, export, fields, payload, publish, run,
};

/// A history of what was published in between.
fn recorded(folder: &Folder, count: usize, publishes: impl FnOnce(&str)) -> String {
    let broker = QuietBroker::start();
    let (url, history) = (broker.url(), folder.path("recorded"));
    let count = count.to_string();
    let recorder = Background::recording(&[
        "--broker",
        &url,
        "--history",
        &history,
        "--count",
        &count,
        "--qos",
        "2",
    ]);
    publishes(&url);
    recorder.wait().success();
    history
}

fn three(url: &str) {
    publish(url, "plant/1/status", "{\"on\": true}", &["--qos", "1"]);
    publish(
        url,
        "plant/2/status",
        "\u{fc}",
        &[
            "--qos",
            "2",
            "--content-type",
            "text/plain",
            "--message-user-property",
            "k=2",
            "--message-user-property",
            "a=",
            "--message-user-property",
            "k=1",
        ],
    );
    publish(url, "other", "", &["--qos", "0"]);
}

fn replay(history: &str, url: &str, more: &[&str]) -> Ended {
    let fixed = ["replay", "--history", history, "--broker", url, "--rate", "1000"];
    run(&[&fixed, more].concat())
}

/// The messages that a second client gets while `act` goes on.
fn arriving(folder: &Folder, url: &str, count: usize, act: impl FnOnce()) -> Vec<Value> {
    let history = folder.path("arrived");
    let count = count.to_string();
    let recorder = Background::recording(&[
        "--broker",
        url,
        "--history",
        &history,
        "--count",
        &count,
        "--qos",
        "2",
    ]);
    act();
    recorder.wait().success();
    export(&history, &[])
}

#[test]
fn a_query_chooses_what_is_sent() {
    let folder = Folder::new();
    let history = recorded(&folder, 3, three);
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let chosen = ["--where", "not topic:plant/+/status", "--map", "-> test/", "--dry-run"];
    let report = replay(&history, &url, &chosen).json();
    assert_eq!(report["messages"], 1, "{report}");
    replay(&history, &url, &["--where", "topic:", "--dry-run"]).failure(2);
}

#[test]
fn what_arrives_is_what_was_recorded_under_other_topics() {
    let folder = Folder::new();
    let history = recorded(&folder, 3, three);
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let outcomes = folder.path("outcomes.ndjson");
    let arrived = arriving(&folder, &url, 3, || {
        let rules = ["--map", "plant/+/status -> lab/{1}", "--map", "-> test/"];
        // One at a time: else the broker may deliver QoS 0 before it is through with QoS 2.
        let more = [&rules[..], &["--outcomes", &outcomes, "--in-flight", "1"]].concat();
        let report = replay(&history, &url, &more).json();
        assert_eq!((&report["result"], &report["published"]), (&"finished".into(), &3.into()));
        assert_eq!((&report["acknowledged"], &report["sent"]), (&2.into(), &1.into()));
        assert_eq!(report["failures"], Value::Array(Vec::new()));
    });
    assert_eq!(fields(&arrived, "topic"), ["lab/1", "lab/2", "test/other"]);
    let before = export(&history, &[]);
    for (before, after) in before.iter().zip(&arrived) {
        assert_eq!(payload(before), payload(after));
        for field in ["qos", "properties", "retain"] {
            assert_eq!(before[field], after[field], "{field}");
        }
    }
    let lines = fs::read_to_string(&outcomes).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(fields(&lines, "outcome"), ["acknowledged", "acknowledged", "sent"]);
    assert_eq!(fields(&lines, "sent_to"), ["lab/1", "lab/2", "test/other"]);
    let again = replay(&history, &url, &["--map", "-> x/", "--outcomes", &outcomes]).failure(5);
    assert!(again.contains("exists already"), "{again}");
}

#[test]
fn a_dry_run_says_what_would_be_sent_and_sends_nothing() {
    let folder = Folder::new();
    let history = recorded(&folder, 3, three);
    // Nobody listens there.
    let url = "mqtt://127.0.0.1:1";
    let more = ["--dry-run", "--map", "plant/ -> lab/", "--map", "other ->", "--rate", "2"];
    let fixed = ["replay", "--history", &history, "--broker", url];
    let found = run(&[&fixed[..], &more].concat()).json();
    assert_eq!((&found["messages"], &found["refused"]), (&2.into(), &1.into()));
    assert_eq!((&found["seconds"], &found["unchanged"]), (&0.5.into(), &0.into()));
    assert_eq!(found["topics"][0]["sent_to"], "lab/1/status");
    let reason = found["refusals"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("at least one character"), "{reason}");
    replay(&history, url, &["--map", "-> x/"]).failure(3);
}

#[test]
fn nothing_goes_to_the_recorded_topics_unless_that_is_wanted() {
    let folder = Folder::new();
    let history = recorded(&folder, 3, three);
    let broker = QuietBroker::start();
    for rules in [&[][..], &["--map", "plant/ -> lab/"]] {
        let said = replay(&history, &broker.url(), rules).failure(2);
        assert!(said.contains("--yes"), "{said}");
    }
    let narrowed = ["--filter", "plant/#", "--map", "plant -> lab"];
    assert_eq!(replay(&history, &broker.url(), &narrowed).json()["published"], 2);
    let twice = ["--yes", "--repeat", "2", "--filter", "other"];
    let report = replay(&history, &broker.url(), &twice).json();
    assert_eq!((&report["published"], &report["passes"]), (&2.into(), &2.into()));
}

#[test]
fn a_refusal_of_the_broker_is_told_by_its_exit_code_and_by_name() {
    let folder = Folder::new();
    let history = recorded(&folder, 3, three);
    let lines = ["acl_file {folder}/acl"];
    let acl = ("acl", "topic readwrite lab/#\n");
    let broker = Mosquitto::start_with_files(&lines, &[acl]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let more = ["--map", "plant/1/ -> secret/", "--map", "-> lab/", "--qos", "1"];
    let report = replay(&history, &url, &more).json_with(4);
    assert_eq!((&report["acknowledged"], &report["failed"]), (&2.into(), &1.into()));
    let failure = &report["failures"][0];
    assert_eq!(
        (&failure["topic"], &failure["sent_to"]),
        (&"plant/1/status".into(), &"secret/status".into())
    );
    let reason = failure["reason"].as_str().unwrap();
    assert!(reason.contains("Not authorized"), "{reason}");
}

#[test]
fn it_stops_in_good_order_when_it_is_told_to() {
    let folder = Folder::new();
    let history = recorded(&folder, 3, three);
    let broker = QuietBroker::start();
    let url = broker.url();
    let fixed = ["replay", "--history", &history, "--broker", &url, "--map", "-> x/"];
    let slow = [&fixed[..], &["--rate", "0.01"]].concat();
    let mut running = Background::start(cli(&slow));
    running.wait_for(|line| line.starts_with("replaying: published 1"));
    let report = running.terminate().json_with(1);
    assert_eq!((&report["result"], &report["published"]), (&"stopped".into(), &1.into()));

    let endless = [&fixed[..], &["--rate", "1000", "--loop"]].concat();
    let mut running = Background::start(cli(&endless));
    running.wait_for(|line| line.contains("published ") && !line.contains("published 0"));
    let report = running.terminate().json();
    assert!(report["passes"].as_u64().unwrap() > 1, "{report}");
}
