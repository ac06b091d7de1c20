//! Gaps: where they stand, what begins and ends them, and that older files get to know them.

use std::fs;
use std::time::Duration;

use wiretree_model::Timestamp;

use super::common::{Place, everything, message, messages, save, until};
use crate::{Gap, History, Log, Query, Reader};

/// Waits until what was marked is in the file: messages go the same way, behind it.
fn marked(log: &Log) {
    let next = log.last_sequence() + 1;
    save(log, vec![message(next, "later", "")]);
}

fn gaps(reader: &Reader, log: &Log) -> Vec<Gap> {
    reader.gaps(log.id(), 100).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp(second * 1_000_000)
}

#[test]
fn a_gap_stands_behind_what_was_sent_before_it() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let other = history.connection("other", "Other").unwrap();
    save(&other, messages(1, 2));
    save(&log, messages(1, 3));
    log.begin_gap(Some(at(3)), "the broker closed the connection").unwrap();
    save(&other, messages(3, 2));
    log.begin_gap(Some(at(99)), "the same gap, heard of twice").unwrap();
    log.end_gap(at(7), true).unwrap();
    log.end_gap(at(8), false).unwrap();
    until(&log, |progress| progress.marks == 2);
    let expected = Gap {
        connection: log.id(),
        after_message: Some(5),
        after_sequence: 3,
        from: at(3),
        to: Some(at(7)),
        cause: "the broker closed the connection".to_owned(),
        session_kept: true,
    };
    let reader = history.reader();
    assert_eq!(gaps(&reader, &log), [expected]);
    assert!(gaps(&reader, &other).is_empty());
}

#[test]
fn a_gap_without_an_end_goes_on_over_a_restart_until_it_is_ended() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 3));
    log.begin_gap(Some(at(5)), "closed").unwrap();
    history.close().unwrap();

    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let before = gaps(&history.reader(), &log);
    assert_eq!((before[0].from, before[0].to), (at(5), None));
    log.begin_gap(None, "not running").unwrap();
    log.end_gap(at(9), false).unwrap();
    marked(&log);
    let after = gaps(&history.reader(), &log);
    assert_eq!(after, [Gap { to: Some(at(9)), ..before[0].clone() }]);
}

#[test]
fn whoever_was_killed_left_off_with_the_newest_message_or_the_last_gap() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    log.begin_gap(None, "not running").unwrap();
    save(&log, messages(1, 3));
    assert!(gaps(&history.reader(), &log).is_empty(), "nothing was recorded before");
    drop(history);

    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    log.begin_gap(None, "not running").unwrap();
    log.end_gap(at(100), false).unwrap();
    history.close().unwrap();
    // Connected, and nothing came.
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    log.begin_gap(None, "not running").unwrap();
    log.end_gap(at(200), false).unwrap();
    marked(&log);
    let found = gaps(&history.reader(), &log);
    let times: Vec<_> = found.iter().map(|gap| (gap.from, gap.to.unwrap())).collect();
    assert_eq!(times, [(at(3), at(100)), (at(100), at(200))]);
}

#[test]
fn each_gap_is_in_one_page_behind_the_newest_older_message_of_that_page() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    log.begin_gap(Some(at(0)), "before the first").unwrap();
    log.end_gap(at(1), false).unwrap();
    for first in [1, 11, 21] {
        save(&log, messages(first, 10));
        log.begin_gap(Some(at(first as i64)), "lost").unwrap();
        log.end_gap(at(first as i64 + 1), false).unwrap();
    }
    marked(&log);
    let reader = history.reader();
    let connection = Some(log.id());
    for limit in [1, 3, 7, 1_000] {
        let (mut cursor, mut seen) = (None, Vec::new());
        loop {
            let query = Query { connection, ..Query::default() };
            let page = reader.page(&query, cursor, limit, Duration::MAX).unwrap();
            for gap in page.gaps.into_iter().rev() {
                let id = gap.after_message.unwrap_or(0);
                assert!(id == 0 || page.items.iter().any(|item| item.id == id), "in this page");
                seen.push((gap.after_sequence, id));
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [(30, 30), (20, 20), (10, 10), (0, 0)], "pages of {limit}");
    }
}

#[test]
fn between_messages_that_are_left_out_a_gap_keeps_its_place() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    save(&log, vec![message(1, "a", "x"), message(2, "b", "y")]);
    log.begin_gap(Some(at(2)), "lost").unwrap();
    log.end_gap(at(3), false).unwrap();
    save(&log, vec![message(3, "b", "y"), message(4, "a", "x")]);
    let page = |query: Query| {
        let query = Query { connection: Some(log.id()), ..query };
        history.reader().page(&query, None, 10, Duration::MAX).unwrap().gaps
    };
    let contains = |text: &str| Query { contains: Some(text.into()), ..Query::default() };
    assert_eq!(page(contains("x"))[0].after_message, Some(1));
    assert_eq!(page(contains("y"))[0].after_message, Some(2));
    let later = Query { from: Some(at(4)), ..Query::default() };
    assert!(page(later).is_empty(), "it was over by then");
    let earlier = Query { to: Some(at(2)), ..Query::default() };
    assert!(page(earlier).is_empty(), "it had not begun");
}

#[test]
fn a_history_of_the_first_version_is_brought_up_to_date_when_it_is_written() {
    let place = Place::new();
    fs::create_dir(place.path.parent().unwrap()).unwrap();
    let file = rusqlite::Connection::open(&place.path).unwrap();
    file.execute_batch(include_str!("../migrations/0001_history.sql")).unwrap();
    file.execute_batch(
        "INSERT INTO connections VALUES (1, 'one', 'One', 2);
         INSERT INTO topics VALUES (1, 1, CAST('a' AS BLOB));
         INSERT INTO messages VALUES (1, 1, 1000000, 1, 0, NULL, NULL, CAST('x' AS BLOB));
         INSERT INTO messages VALUES (2, 1, 2000000, 2, 1, 7, NULL, CAST('y' AS BLOB));
         PRAGMA application_id = 0x57547265; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(file);
    let read_only = History::open_read_only(&place.path).unwrap_err();
    assert_eq!(read_only.code(), "history-older");

    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    assert_eq!(log.last_sequence(), 2);
    log.begin_gap(None, "not running").unwrap();
    save(&log, messages(3, 1));
    log.begin_gap(Some(at(3)), "lost").unwrap();
    marked(&log);
    assert_eq!(everything(&history.reader()).len(), 4);
    let found = gaps(&history.reader(), &log);
    assert_eq!(found.len(), 1, "of the time before the step nothing is known");
    assert_eq!((found[0].from, found[0].after_message), (at(3), Some(3)));
}

#[test]
fn a_full_disk_delays_a_mark_and_does_not_lose_it() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    history.disturb(|file| file.pragma_update(None, "query_only", true).unwrap());
    log.begin_gap(Some(at(1)), "lost").unwrap();
    log.end_gap(at(2), false).unwrap();
    super::common::until(&log, |progress| progress.problem.is_some());
    history.disturb(|file| file.pragma_update(None, "query_only", false).unwrap());
    marked(&log);
    assert_eq!(gaps(&history.reader(), &log).len(), 1);
}
