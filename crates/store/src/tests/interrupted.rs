//! Removing that is interrupted: whatever stops it, only what was meant has gone, and asking again
//! removes the rest.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use wiretree_model::{Message, Topic};

use super::common::{Place, each, message, save, small};
use super::crashes::{integrity, stop};
use super::failing::Mishaps;
use crate::pile::Sizes;
use crate::{ClearOrder, History, Query, Scope, StoredMessage};

const MESSAGES: u64 = 3_000;

fn open(place: &Place) -> History {
    place.open_with(|limits| {
        limits.sizes = Sizes {
            block_bytes: 4_096,
            alone_bytes: 1_000,
            slice_bytes: Some(3_000),
            ..small(300)
        };
    })
}

fn numbered() -> Vec<Message> {
    let one = |sequence: u64| {
        let long = if sequence.is_multiple_of(50) { 1_500 } else { 100 };
        message(sequence, ["noise/a", "noise/b", "kept"][sequence as usize % 3], "x".repeat(long))
    };
    (1..=MESSAGES).map(one).collect()
}

fn filled(place: &Place) -> (History, Vec<StoredMessage>) {
    let history = open(place);
    let log = history.connection("one", "One").unwrap();
    save(&log, numbered());
    let all = each(&history.reader(), &Query::default());
    assert_eq!(all.len() as u64, MESSAGES);
    (history, all)
}

fn noise() -> ClearOrder {
    ClearOrder { scope: Scope::Subtree(Topic::received("noise")), ..ClearOrder::default() }
}

fn is_kept(stored: &StoredMessage) -> bool {
    stored.message.publish.topic.as_bytes() == b"kept"
}

/// Everything that should stay is there, as it was, and what else is left too.
fn nothing_else_went(history: &History, all: &[StoredMessage]) {
    let left = each(&history.reader(), &Query::default());
    let ids: BTreeSet<i64> = left.iter().map(|stored| stored.id).collect();
    let expected: Vec<_> =
        all.iter().filter(|stored| is_kept(stored) || ids.contains(&stored.id)).collect();
    assert!(left.iter().eq(expected));
    assert_eq!(history.reader().size().unwrap().messages, left.len() as u64);
}

fn finish(history: &History, all: &[StoredMessage]) {
    let cleared = history.clear(&noise(), |_| ControlFlow::Continue(())).unwrap();
    assert!(cleared.is_complete);
    let left = each(&history.reader(), &Query::default());
    assert!(left.iter().eq(all.iter().filter(|stored| is_kept(stored))));
}

#[test]
fn a_crash_between_two_slices_leaves_a_whole_history() {
    let place = Place::new();
    let (history, all) = filled(&place);
    let mut crashed = Vec::new();
    history
        .clear(&noise(), |_| {
            crashed.push(stop(&history, &place));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(crashed.len() > 10, "{} slices", crashed.len());
    for place in crashed.iter().step_by(3) {
        let again = open(place);
        assert_eq!(integrity(&again), "ok");
        nothing_else_went(&again, &all);
        finish(&again, &all);
        assert_eq!(integrity(&again), "ok");
    }
}

#[test]
fn statements_that_fail_remove_nothing_else() {
    let place = Place::new();
    let (history, all) = filled(&place);
    let mishaps = Mishaps::default();
    let ask = mishaps.clone();
    history.disturb(move |database| {
        database.progress_handler(50, Some(move || ask.one_in(60))).unwrap();
    });
    let mut failures = 0;
    while let Err(error) = history.clear(&noise(), |_| ControlFlow::Continue(())) {
        assert_eq!(error.code(), "history-write");
        failures += 1;
        nothing_else_went(&history, &all);
    }
    assert!(failures > 0 && mishaps.count() > 0, "something has failed");
    history.disturb(|database| database.progress_handler(0, None::<fn() -> bool>).unwrap());
    finish(&history, &all);
    drop(history);
    nothing_else_went(&open(&place), &all);
}

#[test]
fn commits_that_fail_remove_nothing() {
    let place = Place::new();
    let (history, all) = filled(&place);
    history.disturb(|database| database.commit_hook(Some(|| true)).unwrap());
    let failed = history.clear(&noise(), |_| ControlFlow::Continue(()));
    assert_eq!(failed.unwrap_err().code(), "history-write");
    assert_eq!(each(&history.reader(), &Query::default()), all);
    history.disturb(|database| database.commit_hook(None::<fn() -> bool>).unwrap());
    finish(&history, &all);
}
