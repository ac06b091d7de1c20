//! A disk that is full, and has room again: the connection stays, nothing is silent, and it resumes
//! by itself. On a file system of four megabytes, where the system lets one be mounted.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiretree_model::{Acknowledge, Publish, QoS};
use wiretree_session::{Frame, History, Seeding, Session, State};
use wiretree_testkit::Mosquitto;

use crate::common::{all, message, noise, say, sender, spec, until};

/// Bytes of messages that may wait for the disk.
const ROOM: usize = 256 * 1024;
const ROUNDS: u64 = 20;
/// How soon recording has to go on when there is room again (F17).
const SOON: Duration = Duration::from_secs(5);

/// A small file system, unmounted with its value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder.path());
        let mounted = command.output().is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: this system does not let the test mount a small file system");
        }
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.path().join("ballast")).unwrap();
        let piece = [0; 4_096];
        while std::io::Write::write_all(&mut file, &piece).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

async fn recorder(disk: &SmallDisk, port: u16) -> (Arc<History>, Session) {
    let path = disk.path().join("history.wiretree");
    let history = Arc::new(History::open_with_room(&path, ROOM).unwrap());
    let mut spec = spec(port);
    spec.options.client_id = "recorder".to_owned();
    spec.options.clean_start = false;
    spec.options.session_expiry = 3600;
    spec.options.acknowledge = Acknowledge::AfterCommit;
    spec.options.keep_alive = 1;
    spec.seeding = Seeding::None;
    let session = Session::open(spec, Arc::clone(&history)).await.unwrap();
    until(&session, "the subscription", |frame| {
        frame.subscriptions.iter().all(|it| it.outcome.is_some()).then_some(())
    })
    .await;
    (history, session)
}

fn is_up(frame: &Frame) -> bool {
    matches!(frame.state, State::Connected { .. })
}

#[tokio::test]
async fn twenty_full_disks_lose_nothing_that_the_broker_sends_again() {
    let Some(disk) = SmallDisk::mount() else { return };
    let broker = Mosquitto::start(&["max_queued_messages 0"]);
    let (history, session) = recorder(&disk, broker.port()).await;
    let others = sender(broker.port());
    let mut sent = 0;
    for round in 0..ROUNDS {
        disk.fill();
        // More than the file has pages left for, and less than would end the queue.
        for _ in 0..10 {
            say(&others, &format!("r/{round}"), noise(sent, 8_000)).await;
            sent += 1;
        }
        until(&session, "trouble", |frame| frame.history_problem.as_ref().map(drop)).await;
        disk.free();
        let freed = Instant::now();
        until(&session, "the commits", |frame| {
            assert!(is_up(frame), "the connection stays: {:?}", frame.state);
            (frame.totals.stored == sent && frame.history_problem.is_none()).then_some(())
        })
        .await;
        // A bound that the house promises; the wait before it has no other.
        assert!(freed.elapsed() < SOON, "round {round}: {:?}", freed.elapsed());
    }
    let totals = session.close().await.totals;
    assert_eq!((totals.received, totals.stored, totals.dropped), (sent, sent, 0));
    assert_eq!(all(&history.reader()).len() as u64, sent);
    history.close().unwrap();
}

#[tokio::test]
async fn what_cannot_be_kept_is_counted_and_the_connection_is_served() {
    let Some(disk) = SmallDisk::mount() else { return };
    let broker = Mosquitto::start(&[]);
    let (history, session) = recorder(&disk, broker.port()).await;
    let others = sender(broker.port());
    say(&others, "before", "x").await;
    until(&session, "the commit", |frame| (frame.totals.stored == 1).then_some(())).await;
    disk.fill();
    let flood = async |count| {
        for at in 0..count {
            let publish = Publish { qos: QoS::AtMostOnce, ..message("flood", noise(at, 16_000)) };
            others.publish(publish).await.finished().await;
        }
    };
    // Twice what the queue has room for.
    flood(40).await;
    let dropped = until(&session, "drops", |frame| {
        (frame.totals.dropped_full > 0).then_some(frame.totals.dropped_full)
    })
    .await;
    // What is acknowledged waits for the disk, and the connection for nothing.
    say(&others, "kept", "kept").await;
    flood(5).await;
    until(&session, "more drops", |frame| (frame.totals.dropped_full >= dropped + 5).then_some(()))
        .await;
    session.ping().await.expect("it is served");
    let frame = until(&session, "the topics", |frame| {
        (frame.topics == 3 && is_up(frame)).then(|| frame.clone())
    })
    .await;
    assert_eq!(frame.history_problem.map(|problem| problem.code()), Some("disk-full"));
    assert!(frame.totals.waiting > 0, "{:?}", frame.totals);

    disk.free();
    let totals = until(&session, "the commits", |frame| {
        (frame.totals.waiting == 0 && frame.history_problem.is_none()).then_some(frame.totals)
    })
    .await;
    assert_eq!(totals.received, totals.stored + totals.dropped, "{totals:?}");
    assert_eq!(totals.dropped, totals.dropped_full);
    say(&others, "after", "x").await;
    until(&session, "the commit", |frame| (frame.totals.stored == totals.stored + 1).then_some(()))
        .await;
    session.close().await;
    let stored = all(&history.reader());
    let sequences: Vec<_> = stored.iter().map(|it| it.message.sequence).collect();
    assert_eq!(sequences, (1..=totals.stored + 1).collect::<Vec<_>>());
    assert!(stored.iter().any(|it| it.message.publish.payload.as_ref() == b"kept"));
    let gaps = history.reader().gaps(session.log(), 10).unwrap();
    assert!(gaps.iter().any(|gap| gap.cause.contains("could not be written")), "{gaps:?}");
    history.close().unwrap();
}
