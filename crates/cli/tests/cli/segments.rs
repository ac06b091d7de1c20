//! `record --rotate`, `--parquet` and `--share`: nothing is lost and nothing doubled at a switch of
//! segments, between recorders of a group, or by a crash in the middle of it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wiretree_testkit::Mosquitto;

use crate::support::{Background, Folder, export, fields, publish, run};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// A line of so many bytes fills a segment of 64 KiB soon, although it is compressed.
const LINE: usize = 1_500;

/// Lines that hardly get smaller, each beginning with its number.
fn line(number: u64) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = format!("{number} ");
    while text.len() < LINE {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text
}

/// Publishes these lines with QoS 1, until the broker has acknowledged all.
fn publish_lines(port: u16, numbers: std::ops::Range<u64>) {
    let mut command = Command::new("mosquitto_pub");
    command.args(["-p", &port.to_string(), "-V", "mqttv5", "-t", "n", "-q", "1", "-l"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("mosquitto_pub is installed");
    let mut lines = child.stdin.take().expect("a pipe");
    for number in numbers {
        writeln!(lines, "{}", line(number)).expect("it reads");
    }
    drop(lines);
    assert!(child.wait().expect("it ends").success(), "all were acknowledged");
}

/// The files in a folder that end like this, in the order of their names.
fn files(folder: &Folder, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.path("")).expect("a folder");
    let mut found: Vec<String> = entries
        .map(|entry| entry.expect("an entry").path().display().to_string())
        .filter(|path| path.ends_with(ending))
        .collect();
    found.sort();
    found
}

/// The numbers on the topic `n` in these histories, one after the other.
fn numbers(histories: &[String]) -> Vec<u64> {
    let numbers = |history: &String| fields(&export(history, &["--filter", "n"]), "payload");
    let first = |text: String| text.split(' ').next().unwrap().parse().expect("a number");
    histories.iter().flat_map(numbers).map(first).collect()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
    }
}

#[test]
fn segments_follow_each_other_without_loss_or_repeat() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    let history = folder.path("plant.wiretree");
    let fixed = ["--broker", &url, "--history", &history, "--qos", "1", "--rotate", "64KiB"];
    let sent = 2_000;
    let count = ["--count", "2000"];
    let mut recorder = Background::recording(&[&fixed[..], &count].concat());
    for first in (0..sent).step_by(400) {
        publish_lines(broker.port(), first..first + 400);
        if first + 400 < sent {
            recorder.wait_for(|line| line.starts_with("goes on in the segment"));
        }
    }
    let report = recorder.wait().json();
    assert_eq!((&report["received"], &report["stored"]), (&sent.into(), &sent.into()), "{report}");
    let segments = files(&folder, ".wiretree");
    assert!(segments.len() >= 5, "{segments:?}");
    assert_eq!(report["segments"], segments.len(), "{report}");
    assert!(numbers(&segments).into_iter().eq(0..sent), "all of them, in order");
    // Each is a history of its own, and the numbers of the connection go on, also after a restart.
    let again = Background::recording(&[&fixed[..], &["--count", "1"]].concat());
    publish_lines(broker.port(), sent..sent + 1);
    again.wait().success();
    let sequence: Vec<u64> = files(&folder, ".wiretree")
        .iter()
        .flat_map(|history| export(history, &[]))
        .filter_map(|message| message["seq"].as_u64())
        .collect();
    assert!(sequence.into_iter().eq(1..=sent + 1), "the numbers go on");
}

#[test]
fn a_recording_that_begins_again_goes_on_with_the_newest_segment() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    let history = folder.path("plant.wiretree");
    let fixed = ["--broker", &url, "--history", &history, "--rotate", "1h", "--count", "1"];
    for number in 0..2 {
        let recorder = Background::recording(&fixed);
        publish_lines(broker.port(), number..number + 1);
        assert_eq!(recorder.wait().json()["segments"], 1);
    }
    let segments = files(&folder, ".wiretree");
    assert_eq!((segments.len(), numbers(&segments)), (1, vec![0, 1]));
}

#[test]
fn only_the_newest_segments_stay() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    let history = folder.path("plant.wiretree");
    let fixed = ["--broker", &url, "--history", &history, "--rotate", "64KiB"];
    let more = ["--qos", "1", "--keep-segments", "2", "--count", "1200"];
    let mut recorder = Background::recording(&[&fixed[..], &more].concat());
    for round in 0..3 {
        publish_lines(broker.port(), round * 400..(round + 1) * 400);
        if round < 2 {
            recorder.wait_for(|line| line.starts_with("goes on in the segment"));
        }
    }
    recorder.wait().success();
    let segments = files(&folder, ".wiretree");
    assert_eq!(segments.len(), 2, "{segments:?}");
    let kept = numbers(&segments);
    let first = 1_200 - kept.len() as u64;
    assert!(first > 0 && kept.into_iter().eq(first..1_200), "the newest ones, from {first} on");
}

#[test]
fn a_kill_at_a_switch_loses_nothing() {
    let broker = Mosquitto::start(&["max_queued_messages 0"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    let history = folder.path("plant.wiretree");
    let fixed = ["--broker", &url, "--history", &history, "--rotate", "64KiB"];
    let more = ["--client-id", "recorder", "--persistent", "--filter", "#", "--qos", "1"];
    let recorder = || Background::recording(&[&fixed[..], &more].concat());
    let mut running = recorder();
    let port = broker.port();
    let mut publishers = Vec::new();
    for part in 0..4 {
        // The next segment is there and may not have taken over yet.
        let before = files(&folder, ".wiretree").len();
        let lines = part * 1_500..(part + 1) * 1_500;
        publishers.push(std::thread::spawn(move || publish_lines(port, lines)));
        wait_until("a segment begins", || files(&folder, ".wiretree").len() > before);
        running.signal("-KILL");
        running.wait();
        running = recorder();
    }
    for publisher in publishers {
        publisher.join().expect("all were acknowledged");
    }
    publish(&url, "end", "x", &["--qos", "1"]);
    let has_end = |history: &String| {
        // One that has only just begun may not be a history yet.
        let fixed = ["export", "--history", history, "--format", "ndjson", "--filter", "end"];
        !run(&fixed).stdout.is_empty()
    };
    wait_until("the last message came", || {
        files(&folder, ".wiretree").iter().rev().take(2).any(has_end)
    });
    running.terminate().success();
    let recorded = numbers(&files(&folder, ".wiretree"));
    let found: HashSet<u64> = recorded.iter().copied().collect();
    let lost: Vec<u64> = (0..6_000).filter(|number| !found.contains(number)).collect();
    println!("{} recorded again", recorded.len() - found.len());
    assert!(lost.is_empty(), "{} lost: {:?}", lost.len(), &lost[..lost.len().min(20)]);
    let messages = files(&folder, ".wiretree").into_iter().flat_map(|path| export(&path, &[]));
    let mut used = HashSet::new();
    let again = messages.filter(|message| !used.insert(message["seq"].as_u64())).count();
    assert_eq!(again, 0, "no number is given twice");
}

#[test]
fn recorders_of_a_group_have_every_message_once_between_them() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    let histories = ["a.wiretree", "b.wiretree"].map(|name| folder.path(name));
    let [mut one, mut other] = histories.each_ref().map(|history| {
        Background::recording(&[
            "--broker",
            &url,
            "--history",
            history,
            "--qos",
            "1",
            "--share",
            "recorders",
        ])
    });
    publish_lines(broker.port(), 0..2_000);
    // Both have work.
    for (recorder, history) in [(&mut one, &histories[0]), (&mut other, &histories[1])] {
        recorder.wait_for(|_| numbers(std::slice::from_ref(history)).len() > 100);
    }
    let total = || numbers(&histories).len();
    wait_until("all messages are stored", || total() >= 2_000);
    one.terminate().success();
    other.terminate().success();
    let mut counts = HashMap::<u64, u32>::new();
    numbers(&histories).into_iter().for_each(|number| *counts.entry(number).or_default() += 1);
    let not_once: Vec<u64> = (0..2_000).filter(|number| counts.get(number) != Some(&1)).collect();
    assert!(
        not_once.is_empty(),
        "{} not once: {:?}",
        not_once.len(),
        &not_once[..not_once.len().min(20)]
    );
    let topics: HashSet<String> =
        fields(&export(&histories[0], &[]), "topic").into_iter().collect();
    assert_eq!(topics, HashSet::from(["n".to_owned()]));
}

#[test]
fn segments_become_parquet_and_what_a_kill_left_does_too() {
    let broker = Mosquitto::start(&["max_queued_messages 0"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    let (history, parquet) = (folder.path("plant.wiretree"), folder.path("parquet"));
    let fixed = ["--broker", &url, "--history", &history, "--rotate", "64KiB"];
    let more = ["--parquet", &parquet, "--client-id", "r", "--persistent", "--qos", "1"];
    let recorder = || Background::recording(&[&fixed[..], &more].concat());
    let mut running = recorder();
    publish_lines(broker.port(), 0..400);
    running.wait_for(|line| line.contains(" messages are in "));
    publish_lines(broker.port(), 400..800);
    running.signal("-KILL");
    running.wait();
    assert!(!files(&folder, ".wiretree").is_empty(), "the journal of what is not Parquet yet");

    let running = recorder();
    publish_lines(broker.port(), 800..801);
    let report = running.terminate().json();
    assert!(report["parquet_files"].as_u64().unwrap() >= 2, "{report}");
    assert_eq!(files(&folder, ".wiretree"), [""; 0], "all are converted");
    let written: Vec<_> =
        fs::read_dir(&parquet).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(written.len() >= 3, "{written:?}");
    for path in &written {
        let bytes = fs::read(path).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{}", path.display());
    }
    let known = fs::read_to_string(folder.path("plant-numbers.json")).unwrap();
    let known: HashMap<String, u64> = serde_json::from_str(&known).unwrap();
    assert!(known.values().all(|last| *last >= 801), "{known:?}");
}

#[test]
fn what_does_not_go_together_is_said() {
    for (options, words) in [
        (&["--keep-segments", "2"][..], "--rotate"),
        (&["--rotate", "1h", "--keep-segments", "2", "--parquet", "x"], "--parquet"),
        (&["--rotate", "5s"], "1h"),
        (&["--share", "a/b"], "a name without / + #"),
    ] {
        let fixed = ["record", "--broker", "mqtt://127.0.0.1:9", "--history", "never"];
        let sentence = run(&[&fixed[..], options].concat()).failure(2);
        assert!(sentence.contains(words), "{sentence}");
    }
}
