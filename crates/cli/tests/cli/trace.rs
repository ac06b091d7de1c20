//! `trace`: every packet, in each of the forms, and no password in any of them.

use std::fs;

use serde_json::Value;
use wiretree_testkit::Mosquitto;

use crate::support::{Background, Folder, QuietBroker, cli, publish, run};

/// Starts `trace` with these arguments, and waits until the broker has taken the filters.
#[track_caller]
fn tracing(arguments: &[&str]) -> Background {
    let mut command = cli(&[&["trace"], arguments].concat());
    command.env("WIRETREE_PASSWORD", "s3cret-word");
    let mut running = Background::start(command);
    running.wait_for(|line| line == "tracing");
    running
}

/// The packet types of lines of text.
fn types(text: &str) -> Vec<&str> {
    let packets = text.lines().filter(|line| line.contains("-->") || line.contains("<--"));
    packets.filter_map(|line| line.split_whitespace().nth(2)).collect()
}

#[test]
fn every_packet_has_a_line() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let fixed = ["--broker", &url, "--filter", "t/#", "--qos", "2", "--username", "ada"];
    let running = tracing(
        &[
            &fixed[..],
            &["--type", "CONNECT,CONNACK,SUBSCRIBE,SUBACK,PUBLISH"],
            &["--type", "PUBREC,PUBREL,PUBCOMP", "--count", "8"],
        ]
        .concat(),
    );
    publish(&url, "t/\u{202e}x", "{\"a\":1}", &["--qos", "2"]);
    let text = running.wait().success();
    assert_eq!(
        types(&text),
        ["CONNECT", "CONNACK", "SUBSCRIBE", "SUBACK", "PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"]
    );
    let line = text.lines().find(|line| line.contains("PUBLISH")).expect("a line");
    assert!(line.contains(" <-- PUBLISH     #1     t/"), "{line}");
    assert!(line.contains("Q2 · 7 B") && line.contains("t/\\u{202E}x"), "{line}");
    let connack = text.lines().find(|line| line.contains("CONNACK")).expect("a line");
    assert!(connack.contains("  +") && connack.ends_with(" ms"), "with its time: {connack}");
    assert!(!text.contains("s3cret-word"), "{text}");
}

#[test]
fn fields_and_bytes_can_be_looked_at_and_a_password_cannot() {
    let broker = QuietBroker::start();
    let url = broker.url();
    let fixed = ["--broker", &url, "--username", "ada", "--client-id", "me", "--count", "1"];
    let text = tracing(&[&fixed[..], &["--verbose", "--type", "connect"]].concat()).wait();
    let text = text.success();
    assert!(text.contains("keep alive: 60"), "{text}");
    assert!(text.contains("§3.1"), "{text}");
    assert!(text.contains("ada") && !text.contains("s3cret"), "{text}");
}

#[test]
fn programs_get_a_line_of_json_for_each_packet() {
    let broker = QuietBroker::start();
    let url = broker.url();
    let folder = Folder::new();
    let file = folder.path("packets.ndjson");
    let fixed = ["--broker", &url, "--filter", "t", "--username", "ada", "--format", "ndjson"];
    let running = tracing(&[&fixed[..], &["--hide-pings", "--out", &file]].concat());
    publish(&url, "t", "x", &[]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !fs::read_to_string(&file).unwrap().contains("PUBLISH") {
        assert!(std::time::Instant::now() < deadline, "it is written as it comes");
        std::thread::yield_now();
    }
    running.terminate().success();
    let text = fs::read_to_string(&file).unwrap();
    let packets: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let types: Vec<&str> = packets.iter().filter_map(|packet| packet["type"].as_str()).collect();
    for wanted in ["CONNECT", "CONNACK", "SUBSCRIBE", "SUBACK", "PUBLISH", "DISCONNECT"] {
        assert!(types.contains(&wanted), "{types:?}");
    }
    let hex: String = b"s3cret-word".iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!text.contains(&hex) && !text.contains("s3cret-word"), "{text}");
    let again = run(&["trace", "--broker", &url, "--out", &file]).failure(5);
    assert!(again.contains("exists already"), "{again}");
}

#[test]
fn wireshark_gets_a_capture() {
    let broker = QuietBroker::start();
    let url = broker.url();
    let running = tracing(&["--broker", &url, "--format", "pcapng", "--wait", "0.5"]);
    let capture = running.wait();
    assert_eq!(capture.code, Some(0), "{}", capture.stderr);
    assert_eq!(capture.stdout.get(..4), Some(&[0x0a, 0x0d, 0x0d, 0x0a][..]), "a section header");
    assert!(capture.stdout.windows(4).any(|bytes| bytes == b"MQTT"), "CONNECT is in it");
}

#[test]
fn what_fails_is_traced_up_to_there() {
    let broker = Mosquitto::start(&["allow_anonymous false"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let ended = run(&["trace", "--broker", &url]);
    assert!(ended.stderr.contains("The broker refused the connection"), "{}", ended.stderr);
    assert_eq!(ended.code, Some(4));
    let text = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(types(&text)[..2], ["CONNECT", "CONNACK"], "{text}");
    run(&["trace", "--broker", &url, "--type", "PUBLISHED"]).failure(2);
    run(&["trace", "--broker", &url, "--format", "ndjson", "--verbose"]).failure(2);
}
