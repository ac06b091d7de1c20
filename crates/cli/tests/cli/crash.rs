//! Crashes lose nothing that the broker sends again: QoS 1, a persistent session, kill -9.

use std::collections::HashSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wiretree_testkit::Mosquitto;

use crate::support::{Background, Folder, export, fields, publish};

const KILLS: u64 = 20;
/// Messages a second.
const RATE: u32 = 2_000;
/// Messages between two looks at the clock.
const BURST: u64 = 10;
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Numbers, published at a steady rate until the value is told to end.
struct Numbers {
    sent: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
    thread: thread::JoinHandle<()>,
}

impl Numbers {
    fn start(port: u16) -> Self {
        let mut command = Command::new("mosquitto_pub");
        let port = port.to_string();
        command.args(["-p", &port, "-V", "mqttv5", "-t", "n", "-q", "1", "-l"]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("mosquitto_pub is installed");
        let mut lines = child.stdin.take().expect("a pipe");
        let (sent, enough) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, end) = (Arc::clone(&sent), Arc::clone(&enough));
        let thread = thread::spawn(move || {
            let began = Instant::now();
            while !end.load(Ordering::Relaxed) {
                let first = count.load(Ordering::Relaxed);
                let burst = (first..first + BURST).map(|number| format!("{number}\n"));
                lines.write_all(burst.collect::<String>().as_bytes()).expect("it reads");
                let sent = count.fetch_add(BURST, Ordering::Relaxed) + BURST;
                let due = Duration::from_secs(sent) / RATE;
                // The rate is the point, so here the clock decides.
                thread::sleep(due.saturating_sub(began.elapsed()));
            }
            drop(lines);
            assert!(child.wait().expect("it ends").success(), "all were acknowledged");
        });
        Self { sent, enough, thread }
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    fn wait_for(&self, count: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.sent() < count {
            assert!(Instant::now() < deadline && !self.thread.is_finished(), "it goes on");
            thread::yield_now();
        }
    }

    /// Ends when the broker has acknowledged all, and says how many there were.
    fn end(self) -> u64 {
        self.enough.store(true, Ordering::Relaxed);
        self.thread.join().expect("no panic");
        self.sent.load(Ordering::Relaxed)
    }
}

#[test]
fn twenty_kills_lose_nothing() {
    let broker = Mosquitto::start(&["max_queued_messages 0"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let folder = Folder::new();
    let history = folder.path("history");
    let fixed = ["--broker", &url, "--history", &history, "--client-id", "recorder"];
    let more = ["--persistent", "--filter", "#", "--qos", "1"];
    let recorder = || Background::recording(&[&fixed[..], &more[..]].concat());

    let mut running = recorder();
    let numbers = Numbers::start(broker.port());
    for kill in 0..KILLS {
        // At another moment each time.
        numbers.wait_for(numbers.sent() + 200 + kill * 37);
        running.signal("-KILL");
        running.wait();
        running = recorder();
    }
    let sent = numbers.end();
    publish(&url, "end", "x", &["--qos", "1"]);
    let deadline = Instant::now() + PATIENCE;
    while export(&history, &["--filter", "end"]).is_empty() {
        assert!(Instant::now() < deadline, "the last message came");
    }
    running.terminate().success();

    let recorded = fields(&export(&history, &["--filter", "n"]), "payload");
    let found: HashSet<u64> = recorded.iter().filter_map(|number| number.parse().ok()).collect();
    let lost: Vec<u64> = (0..sent).filter(|number| !found.contains(number)).collect();
    let (count, again) = (lost.len(), recorded.len() - found.len());
    println!("{sent} sent, {count} lost, {again} recorded again");
    assert!(lost.is_empty(), "{count} of {sent} lost: {:?}", &lost[..count.min(20)]);
}
