//! Small batches of QoS 0 share a transaction; whoever waits for a commit does not wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wiretree_model::{Message, QoS};

use super::common::{Place, everything, messages, save, send, until};
use crate::History;

/// For ever, as far as a test is concerned.
const LONG: Duration = Duration::from_secs(3_600);

fn gathering(place: &Place, enough: usize) -> (History, Arc<AtomicU64>) {
    let history = place.open_with(|limits| {
        limits.gather = LONG;
        limits.enough = enough;
    });
    let commits = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&commits);
    history.disturb(move |database| {
        let hook = move || {
            count.fetch_add(1, Ordering::Relaxed);
            false
        };
        database.commit_hook(Some(hook)).unwrap();
    });
    (history, commits)
}

fn acknowledged(sequence: u64) -> Vec<Message> {
    let mut batch = messages(sequence, 1);
    batch[0].publish.qos = QoS::AtLeastOnce;
    batch
}

#[test]
fn the_first_after_a_silence_is_not_held_up() {
    let place = Place::new();
    let (history, _) = gathering(&place, 1_000);
    save(&history.connection("one", "One").unwrap(), messages(1, 1));
}

#[test]
fn what_is_acknowledged_after_the_commit_takes_along_what_gathers() {
    let place = Place::new();
    let (history, commits) = gathering(&place, 1_000);
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 1));
    let before = commits.load(Ordering::Relaxed);
    for sequence in 2..=30 {
        send(&log, messages(sequence, 1));
    }
    save(&log, acknowledged(31));
    assert_eq!(commits.load(Ordering::Relaxed) - before, 1, "one transaction for all");
    let sequences: Vec<u64> = everything(&history.reader()).iter().map(|m| m.sequence).collect();
    assert_eq!(sequences, (1..=31).collect::<Vec<_>>());
}

#[test]
fn enough_of_them_wait_no_longer() {
    let place = Place::new();
    let (history, _) = gathering(&place, 50);
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 1));
    for first in (2..=51).step_by(10) {
        send(&log, messages(first, 10));
    }
    until(&log, |progress| progress.committed_sequence == 51);
}

#[test]
fn closing_waits_for_none_of_it() {
    let place = Place::new();
    let (history, _) = gathering(&place, 1_000);
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 1));
    send(&log, messages(2, 9));
    history.close().unwrap();
    assert_eq!(everything(&place.open().reader()), messages(1, 10));
}
