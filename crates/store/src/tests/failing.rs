//! SQLite fails now and then, anywhere in a transaction: nothing is lost, and the order stays.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wiretree_model::{Message, Timestamp, Topic};

use super::common::{Place, each, ended, everything, message, save, send, small, until};
use crate::pile::Sizes;
use crate::pruning::Keeper;
use crate::{ClearOrder, History, Policy, Query, Scope, StoreError};

const BATCHES: u64 = 200;
const BATCH: u64 = 20;
const TOPICS: u64 = 7;

/// Counts what it is asked, and says yes now and then, each time elsewhere.
#[derive(Clone, Default)]
pub(super) struct Mishaps {
    asked: Arc<AtomicU64>,
    happened: Arc<AtomicU64>,
}

impl Mishaps {
    pub(super) fn one_in(&self, often: u64) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let happens = (asked.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33).is_multiple_of(often);
        self.happened.fetch_add(u64::from(happens), Ordering::Relaxed);
        happens
    }

    pub(super) fn count(&self) -> u64 {
        self.happened.load(Ordering::Relaxed)
    }
}

fn impatient(place: &Place) -> History {
    place.open_with(|limits| {
        limits.longest_pause = Duration::from_millis(1);
        limits.transaction = 100;
        limits.sizes = Sizes { block_bytes: 4_096, alone_bytes: 1_000, ..small(500) };
    })
}

fn numbered(first: u64, count: u64) -> Vec<Message> {
    let one = |sequence| {
        let topic = format!("topic/{}", sequence % TOPICS);
        message(sequence, &topic, format!("{sequence:>300}"))
    };
    (first..first + count).map(one).collect()
}

/// Sends it all, and looks at what the history then holds.
fn all_arrives(history: &History, mishaps: &Mishaps, calm: impl FnOnce(&History)) {
    let log = history.connection("one", "One").unwrap();
    for number in 0..BATCHES {
        send(&log, numbered(number * BATCH + 1, BATCH));
    }
    let all = BATCHES * BATCH;
    let done = until(&log, |progress| progress.stored == all);
    assert_eq!(done.problem, None);
    assert!(mishaps.count() > 0, "something has failed");
    calm(history);
    assert_eq!(everything(&history.reader()), numbered(1, all));
    for number in 0..TOPICS {
        let scope = Scope::Topic(Topic::received(format!("topic/{number}")));
        let query = Query { connection: Some(log.id()), scope, ..Query::default() };
        let found = each(&history.reader(), &query);
        let expected: Vec<u64> = (1..=all).filter(|at| at % TOPICS == number).collect();
        let found: Vec<u64> = found.iter().map(|stored| stored.message.sequence).collect();
        assert_eq!(found, expected, "by topic it is the same");
    }
    history.close().unwrap();
}

#[test]
fn statements_that_fail_anywhere_lose_nothing() {
    let place = Place::new();
    let history = impatient(&place);
    let mishaps = Mishaps::default();
    let ask = mishaps.clone();
    history.disturb(move |database| {
        database.progress_handler(50, Some(move || ask.one_in(60))).unwrap();
    });
    all_arrives(&history, &mishaps, |history| {
        history.disturb(|database| database.progress_handler(0, None::<fn() -> bool>).unwrap());
    });
    let again = place.open();
    assert_eq!(everything(&again.reader()), numbered(1, BATCHES * BATCH));
}

#[test]
fn commits_that_fail_lose_nothing() {
    let place = Place::new();
    let history = impatient(&place);
    let mishaps = Mishaps::default();
    let ask = mishaps.clone();
    history.disturb(move |database| {
        database.commit_hook(Some(move || ask.one_in(3))).unwrap();
    });
    all_arrives(&history, &mishaps, |history| {
        history.disturb(|database| database.commit_hook(None::<fn() -> bool>).unwrap());
    });
}

#[test]
fn what_keeps_failing_is_said_until_it_does_not() {
    let place = Place::new();
    let history = impatient(&place);
    let log = history.connection("one", "One").unwrap();
    history.disturb(|database| database.commit_hook(Some(|| true)).unwrap());
    send(&log, numbered(1, BATCH));
    let stuck = until(&log, |progress| progress.problem.is_some());
    assert_eq!(stuck.problem.as_ref().map(StoreError::code), Some("history-write"));
    assert_eq!(stuck.stored, 0);
    history.disturb(|database| database.commit_hook(None::<fn() -> bool>).unwrap());
    let free = until(&log, |progress| progress.stored == BATCH);
    assert_eq!(free.problem, None);
    assert_eq!(everything(&history.reader()), numbered(1, BATCH));
}

#[test]
fn what_cannot_be_removed_while_writing_fails_is_refused() {
    let place = Place::new();
    let history = Arc::new(impatient(&place));
    let log = history.connection("one", "One").unwrap();
    save(&log, numbered(1, BATCH));
    history.disturb(|database| database.commit_hook(Some(|| true)).unwrap());
    let fresh = vec![message(BATCH + 1, "fresh", "waits")];
    send(&log, fresh.clone());
    until(&log, |progress| progress.problem.is_some());
    let go_on = |_| ControlFlow::Continue(());
    let (other, id) = (Arc::clone(&history), log.id());
    let policy = Policy { max_messages: Some(1), ..Policy::default() };
    let set = ended(move || other.set_policy(Some(id), Some(policy), Timestamp(0), go_on));
    assert_eq!(set.expect("it is answered").unwrap_err().code(), "history-write");
    let other = Arc::clone(&history);
    let cleared = ended(move || other.clear(&ClearOrder::default(), go_on));
    assert_eq!(cleared.expect("it is answered").unwrap_err().code(), "history-write");

    history.disturb(|database| database.commit_hook(None::<fn() -> bool>).unwrap());
    until(&log, |progress| progress.stored == BATCH + 1);
    let all = [numbered(1, BATCH), fresh].concat();
    assert_eq!(everything(&history.reader()), all, "nothing has gone, and topics have names");
    assert!(history.reader().policies().unwrap().keep_everything());
    assert!(history.clear(&ClearOrder::default(), go_on).unwrap().is_complete);
    assert!(everything(&history.reader()).is_empty());
}

#[test]
fn closing_ends_while_writing_fails_and_policies_are_carried_out() {
    let place = Place::new();
    let history = place.open_with(|limits| {
        limits.sizes = small(40);
        limits.first_pause = Duration::from_secs(3_600);
        limits.longest_pause = limits.first_pause;
    });
    let log = history.connection("one", "One").unwrap();
    save(&log, numbered(1, 1_000));
    history.disturb(|database| {
        assert!(database.execute("DELETE FROM snapshots", []).unwrap() > 0);
        database.commit_hook(Some(|| true)).unwrap();
    });
    send(&log, numbered(1_001, BATCH));
    until(&log, |progress| progress.problem.is_some());
    // The first that it does is to ask the writer for the snapshots.
    let keeper = Keeper::start(Arc::clone(&history.pruner), Duration::from_secs(3_600));
    *history.keeper.lock().unwrap() = keeper;
    let closed = ended(move || history.close()).expect("it ends");
    let Err(StoreError::Unsaved { count, cause }) = closed else { panic!("{closed:?}") };
    assert_eq!((count, cause.code()), (BATCH, "history-write"));
}
