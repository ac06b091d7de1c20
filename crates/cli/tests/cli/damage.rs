//! A history that is damaged in one place: everything else is exported and replayed, and what is
//! missing is counted and told.

use std::fs;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wiretree_testkit::Mosquitto;

use crate::support::{Folder, run};

const MESSAGES: u64 = 600;

/// A kilobyte that no compression changes, another one for each number.
fn noise(number: u64) -> Vec<u8> {
    let mut state = number;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb).to_le_bytes()
    };
    (0..128).flat_map(|_| next()).collect()
}

/// A history of noise, with one bit of the message in the middle changed on the disk.
fn damaged(folder: &Folder) -> String {
    let (source, history) = (folder.path("source.ndjson"), folder.path("history"));
    let line = |number: u64| {
        let payload = BASE64_STANDARD.encode(noise(number));
        json!({"ts": "2026-01-02T03:04:05.000001Z", "connection": "plant", "seq": number, "dir": "in",
            "topic": format!("a/{}", number % 7), "qos": 1, "retain": false, "dup": false,
            "encoding": "base64", "payload": payload})
        .to_string()
    };
    let lines: Vec<String> = (1..=MESSAGES).map(line).collect();
    fs::write(&source, lines.join("\n")).expect("a file");
    run(&["import", "--history", &history, &source]).success();
    let mut bytes = fs::read(&history).expect("a history");
    let wanted = &noise(MESSAGES / 2)[500..532];
    let place = bytes.windows(32).position(|window| window == wanted).expect("the payload");
    bytes[place] ^= 1;
    fs::write(&history, bytes).expect("a file");
    history
}

fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

#[test]
fn an_export_has_all_the_rest_and_says_how_many_are_missing() {
    let folder = Folder::new();
    let history = damaged(&folder);
    for (format, name) in [("ndjson", "rest.ndjson"), ("mqttx", "rest.json"), ("raw", "rest")] {
        let path = folder.path(name);
        let ended = run(&["export", "--history", &history, "--format", format, "-o", &path]);
        assert!(fs::exists(&path).unwrap(), "{format}");
        let told = ended.failure(5);
        let missing = told.split_once(" messages in this history are damaged").expect(&told).0;
        let missing: u64 = missing.rsplit([' ', '\n']).next().unwrap().parse().unwrap();
        assert!((1..MESSAGES / 2).contains(&missing), "{told}");
        let written = format!("{} messages were written to", MESSAGES - missing);
        assert!(told.contains(&written), "{told}");
    }
    let lines = fs::read_to_string(folder.path("rest.ndjson")).unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["seq"], MESSAGES, "it goes on behind the damage");
    let piped = run(&["export", "--history", &history, "--format", "ndjson"]);
    assert_eq!(piped.stdout, lines.into_bytes());
    piped.failure(5);
}

#[test]
fn a_replay_sends_all_the_rest_and_says_how_many_are_missing() {
    let folder = Folder::new();
    let history = damaged(&folder);
    let broker = Mosquitto::start(&["allow_anonymous true"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let fixed = ["replay", "--history", &history, "--broker", &url, "--rate", "100000"];
    let outlook = run(&[&fixed[..], &["--map", "-> test/", "--dry-run"]].concat()).json();
    let missing = count(&outlook["unreadable"]);
    assert!((1..MESSAGES / 2).contains(&missing), "{outlook}");
    assert_eq!(count(&outlook["messages"]), MESSAGES - missing);

    let report = run(&[&fixed[..], &["--map", "-> test/"]].concat()).json_with(5);
    assert_eq!(report["result"], "finished");
    assert_eq!(count(&report["unreadable"]), missing);
    assert_eq!(count(&report["acknowledged"]), MESSAGES - missing);
}
