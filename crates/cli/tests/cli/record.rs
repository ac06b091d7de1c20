//! `record`: what comes in is in the history, whatever ends the recording.

use std::fs;

use wiretree_testkit::Mosquitto;

use crate::support::{
    Background, Folder, QuietBroker, cli, export, fixture, payload, publish, run,
};

const VERSIONS: [&str; 2] = ["3.1.1", "5"];

/// Publishes payloads of real devices and takes them out of the history again.
fn round_trip(url: &str) {
    let folder = Folder::new();
    for version in VERSIONS {
        let history = folder.path(version);
        let common = ["--broker", url, "--protocol", version];
        let fixed = ["--filter", "t/#", "--qos", "2", "--history", &history, "--count", "4"];
        let recorder = Background::recording(&[common.as_slice(), &fixed].concat());
        let files = ["binary_random.bin", "text_latin1.bin", "json_bigint.json", "empty.bin"];
        for (qos, file) in ["0", "1", "2", "1"].into_iter().zip(files) {
            let (topic, path) = (format!("t/{file}"), fixture(file).display().to_string());
            let fixed = ["--topic", &topic, "--file", &path, "--qos", qos];
            run(&[&["publish"], common.as_slice(), &fixed].concat()).success();
        }

        let report = recorder.wait().json();
        assert_eq!(report["received"], 4, "{report}");
        assert_eq!(report["stored"], 4, "{report}");
        assert_eq!(report["dropped"], 0, "{report}");
        assert_eq!(report["topics"], 4, "{report}");
        assert!(report["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{report}");
        assert!(report["cpu_seconds"].as_f64().is_some(), "{report}");
        assert!(report["peak_rss_bytes"].as_u64().is_some_and(|bytes| bytes > 1 << 20), "{report}");

        let messages = export(&history, &[]);
        assert_eq!(messages.len(), 4);
        for ((message, file), qos) in messages.iter().zip(files).zip([0, 1, 2, 1]) {
            assert_eq!(message["topic"], format!("t/{file}"));
            assert_eq!(message["qos"], qos, "{message}");
            assert_eq!(payload(message), fs::read(fixture(file)).unwrap(), "{file}, {version}");
        }
    }
}

#[test]
fn what_the_demo_broker_sends_comes_out_of_the_history_unchanged() {
    round_trip(&QuietBroker::start().url());
}

#[test]
fn what_mosquitto_sends_comes_out_of_the_history_unchanged() {
    let broker = Mosquitto::start(&[]);
    round_trip(&format!("mqtt://127.0.0.1:{}", broker.port()));
}

#[test]
fn a_signal_ends_it_with_everything_committed() {
    for signal in ["-TERM", "-INT"] {
        let (mut demo, url) = crate::demo::start(&["--rate", "2000"]);
        let folder = Folder::new();
        let history = folder.path("history");
        let mut recorder = Background::recording(&["--broker", &url, "--history", &history]);
        recorder.wait_for(|line| received(line) > 1_000);
        assert!(!export(&history, &[]).is_empty(), "it can be read while it is written");
        recorder.signal(signal);
        let report = recorder.wait().json();
        let stored = report["stored"].as_u64().unwrap();
        assert!(stored > 1_000 && report["received"] == stored, "{report}");
        assert_eq!(report["dropped"], 0, "{report}");

        let messages = export(&history, &[]);
        let sequence: Vec<u64> =
            messages.iter().filter_map(|message| message["seq"].as_u64()).collect();
        assert_eq!(sequence, (1..=stored).collect::<Vec<_>>(), "all of them, in order");
        demo.kill();
    }
}

/// The number of messages that a status line tells.
fn received(line: &str) -> u64 {
    let number = line.split("received ").nth(1).and_then(|rest| rest.split(',').next());
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[test]
fn a_broker_that_restarts_is_connected_to_again() {
    let mut broker = Mosquitto::start(&["persistence true"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    for version in VERSIONS {
        let (history, client) = (folder.path(version), format!("recorder-{version}"));
        let common = ["--broker", &url, "--protocol", version, "--history", &history];
        let fixed = ["--client-id", &client, "--persistent", "--filter", "r/#", "--qos", "1"];
        let mut recorder = Background::recording(&[common.as_slice(), &fixed].concat());
        publish(&url, "r/1", "before", &["--qos", "1"]);
        recorder.wait_for(|line| line.contains("topics 1,"));
        broker.restart();
        // The broker keeps it for the persistent session, should that not be back yet.
        publish(&url, "r/2", "after", &["--qos", "1"]);
        recorder.wait_for(|line| line.contains("topics 2,"));
        let report = recorder.terminate().json();
        assert_eq!(report["received"], report["stored"], "{report}");

        let mut messages = export(&history, &[]);
        // What was acknowledged while the broker went down is sent again, marked as such.
        messages.retain(|message| message["dup"] == false);
        let texts: Vec<_> = messages.iter().map(payload).collect();
        assert_eq!(texts, [b"before".to_vec(), b"after".to_vec()], "MQTT {version}");
    }
}

#[test]
fn a_history_is_continued() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, history) = (broker.url(), folder.path("history"));
    publish(&url, "kept", "1", &["--retain"]);
    for _ in 0..2 {
        let arguments = ["record", "--broker", &url, "--history", &history, "--count", "1"];
        // The demo broker has no topics of its own outside of $SYS.
        assert_eq!(run(&arguments).json()["received"], 1);
    }
    let messages = export(&history, &[]);
    assert_eq!(messages.len(), 2);
    assert_eq!((&messages[0]["seq"], &messages[1]["seq"]), (&1.into(), &2.into()));
    assert_eq!(messages[0]["retain"], true);
}

#[test]
fn each_filter_is_recorded_with_its_own_qos() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, history) = (broker.url(), folder.path("history"));
    let recorder = Background::recording(&[
        "--broker",
        &url,
        "--history",
        &history,
        "--count",
        "2",
        "--filter",
        "a/#",
        "--qos",
        "1",
        "--filter",
        "b/#",
    ]);
    for topic in ["c/1", "a/1", "b/1"] {
        publish(&url, topic, "x", &["--qos", "2"]);
    }
    recorder.wait().json();
    let messages = export(&history, &[]);
    let found: Vec<_> = messages.iter().map(|m| (m["topic"].as_str(), m["qos"].as_u64())).collect();
    assert_eq!(found, [(Some("a/1"), Some(1)), (Some("b/1"), Some(0))]);
}

#[test]
fn the_time_may_be_limited() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, history) = (broker.url(), folder.path("history"));
    let arguments = ["record", "--broker", &url, "--history", &history, "--for", "0.3"];
    let report = run(&arguments).json();
    assert_eq!((&report["received"], &report["stored"]), (&0.into(), &0.into()));
}

#[test]
fn a_password_in_the_environment_opens_and_a_wrong_one_is_a_refusal() {
    let passwords = Mosquitto::password_file(&[("ada", "right")]);
    let lines = ["allow_anonymous false", "password_file {folder}/passwords"];
    let broker = Mosquitto::start_with_files(&lines, &[("passwords", &passwords)]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    for version in VERSIONS {
        let record = |password: &str| {
            let history = folder.path(&format!("{version}-{password}"));
            let mut command = cli(&[
                "record",
                "--broker",
                &url,
                "--protocol",
                version,
                "--username",
                "ada",
                "--history",
                &history,
                "--for",
                "0.5",
            ]);
            command.env("WIRETREE_PASSWORD", password);
            Background::start(command).wait()
        };
        record("right").success();
        let sentence = record("wr0ng").failure(4);
        assert!(sentence.contains("The broker refused the connection: "), "{sentence}");
        assert!(sentence.contains("Check the user name and the password"), "{sentence}");
        assert!(!sentence.contains("wr0ng"), "{sentence}");
    }
}

#[test]
fn what_is_left_out_is_counted_and_not_recorded() {
    let (broker, folder) = (QuietBroker::start(), Folder::new());
    let (url, history) = (broker.url(), folder.path("history"));
    let fixed = ["--broker", &url, "--history", &history, "--count", "3"];
    let recorder = Background::recording(&[&fixed[..], &["--not", "noise/#"]].concat());
    for topic in ["a", "noise/1", "b"] {
        publish(&url, topic, "x", &["--qos", "1"]);
    }
    let report = recorder.wait().json();
    assert_eq!((&report["stored"], &report["not_recorded"]), (&2.into(), &1.into()), "{report}");
    assert_eq!(crate::support::fields(&export(&history, &[]), "topic"), ["a", "b"]);
}
