//! Crashes in the middle of writing: what is left is a beginning of what was sent, in whole batches.

use std::fs;
use std::path::Path;
use std::sync::mpsc;

use wiretree_model::Message;

use super::common::{Place, everything, message, save, send, small, until};
use crate::History;
use crate::pile::Sizes;

/// Times at which the machine stops, and lengths at which the log of each is cut.
const STOPS: u64 = 10;
const CUTS: u64 = 10;
const BATCHES_A_STOP: u64 = 12;

/// The same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}

fn log_of(path: &Path) -> String {
    format!("{}-wal", path.display())
}

/// Batches of any size, of messages of any size, on topics of which some are new.
fn batch(random: &mut Random, first: u64) -> Vec<Message> {
    let count = 1 + random.below(60);
    (first..first + count)
        .map(|sequence| {
            let topic = format!("line/{}/value", random.below(sequence / 4 + 1));
            let mut payload = format!("{sequence}:").into_bytes();
            payload.resize(payload.len() + random.below(400) as usize, b'x');
            message(sequence, &topic, payload)
        })
        .collect()
}

/// The files as they stand between two transactions. The writer itself copies them, so that it does
/// not go on meanwhile.
pub(super) fn stop(history: &History, from: &Place) -> Place {
    let stopped = Place::new();
    fs::create_dir_all(stopped.path.parent().unwrap()).unwrap();
    let (here, there) = (from.path.clone(), stopped.path.clone());
    let (done, copied) = mpsc::channel();
    history.disturb(move |_| {
        fs::copy(&here, &there).unwrap();
        fs::copy(log_of(&here), log_of(&there)).unwrap();
        done.send(()).unwrap();
    });
    copied.recv().unwrap();
    stopped
}

pub(super) fn integrity(history: &History) -> String {
    let (reply, answer) = mpsc::channel();
    history.disturb(move |database| {
        let said = database.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        reply.send(said.unwrap()).unwrap();
    });
    answer.recv().unwrap()
}

#[test]
fn a_log_that_is_cut_anywhere_leaves_a_beginning_in_whole_batches() {
    let place = Place::new();
    let history = place.open_with(|limits| {
        limits.transaction = 1;
        limits.sizes = Sizes { block_bytes: 4_096, ..small(500) };
    });
    let log = history.connection("one", "One").unwrap();
    let mut random = Random(4);
    let mut sent = Vec::new();
    let mut ends = vec![0];
    let mut shortest = u64::MAX;
    for number in 0..STOPS {
        if number == STOPS / 2 {
            // From here on, part of it stands in the file itself.
            history.disturb(|database| {
                let empty = "PRAGMA wal_checkpoint(TRUNCATE)";
                database.query_row(empty, [], |_| Ok(())).unwrap();
            });
        }
        let safe = if number < STOPS / 2 { 0 } else { ends[(STOPS / 2 * BATCHES_A_STOP) as usize] };
        for _ in 0..BATCHES_A_STOP {
            let batch = batch(&mut random, sent.len() as u64 + 1);
            send(&log, batch.clone());
            sent.extend(batch);
            ends.push(sent.len() as u64);
        }
        // Some of it may not be written yet: that is what a crash is like.
        let stopped = stop(&history, &place);
        let whole = fs::read(log_of(&stopped.path)).unwrap();
        let file = fs::read(&stopped.path).unwrap();
        for _ in 0..CUTS {
            let crashed = Place::new();
            fs::create_dir_all(crashed.path.parent().unwrap()).unwrap();
            fs::write(&crashed.path, &file).unwrap();
            let length = random.below(whole.len() as u64 + 1);
            fs::write(log_of(&crashed.path), &whole[..length as usize]).unwrap();
            let kept = opens_whole(&crashed, &sent, &ends);
            assert!(kept >= safe, "{kept} of {safe} that stood in the file");
            shortest = shortest.min(kept);
        }
    }
    until(&log, |progress| progress.committed_sequence == sent.len() as u64);
    assert_eq!(everything(&history.reader()), sent);
    assert!(shortest < sent.len() as u64, "the cuts cut something off");
}

/// Opens what a crash has left, and goes on in it. Says how many messages were left.
fn opens_whole(crashed: &Place, sent: &[Message], ends: &[u64]) -> u64 {
    let history = crashed.open();
    assert_eq!(integrity(&history), "ok");
    let found = everything(&history.reader());
    let count = found.len();
    assert!(ends.contains(&(count as u64)), "{count} is the end of no batch");
    assert_eq!(found, sent[..count], "a beginning of what was sent");
    let log = history.connection("one", "One").unwrap();
    assert_eq!(log.last_sequence(), count as u64);
    save(&log, vec![message(count as u64 + 1, "after", "the crash")]);
    assert_eq!(everything(&history.reader()).len(), count + 1);
    count as u64
}
