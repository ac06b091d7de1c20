//! Faults: a full disk, a killed process, a damaged file.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use wiretree_model::Topic;

use super::common::{
    Place, block_on, each, everything, message, messages, save, send, small, until,
};
use crate::{History, Query, Scope, StoreError};

/// Lets the file grow no further, as a full disk does; `None`: as far as it wants.
fn set_room(history: &History, pages: Option<u32>) {
    history.disturb(move |database| {
        let pages = pages.unwrap_or(1_000_000);
        let set = |sql: String| database.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap();
        set(format!("PRAGMA max_page_count = {pages}"));
    });
}

#[test]
fn a_full_disk_is_waited_for_and_nothing_is_lost() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(8));
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 10));
    set_room(&history, Some(1));
    for batch in 0..20 {
        let big = (0..10).map(|at| message(11 + batch * 10 + at, "new/topic", vec![7; 2_000]));
        send(&log, big.collect());
    }
    let stuck = until(&log, |progress| progress.problem.is_some());
    assert_eq!(stuck.problem.as_ref().map(StoreError::code), Some("disk-full"));
    assert!(stuck.committed_sequence < 210);
    assert!(everything(&history.reader()).len() >= 10, "reading goes on");
    assert_eq!(history.connection("one", "One").unwrap().last_sequence(), 210);

    set_room(&history, None);
    let free = until(&log, |progress| progress.stored == 210);
    assert_eq!(free.problem, None);
    let sequences: Vec<_> = everything(&history.reader()).iter().map(|m| m.sequence).collect();
    assert_eq!(sequences, (1..=210).collect::<Vec<_>>());
    let scope = Scope::Topic(Topic::received("new/topic"));
    let query = Query { scope, connection: Some(log.id()), ..Query::default() };
    assert_eq!(each(&history.reader(), &query).len(), 200, "the topic exists once");
}

#[test]
fn closing_on_a_full_disk_counts_what_is_unsaved() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 10));
    set_room(&history, Some(1));
    send(&log, (11..=20).map(|sequence| message(sequence, "a", vec![7; 2_000])).collect());
    until(&log, |progress| progress.problem.is_some());
    send(&log, messages(21, 5));
    let error = history.close().unwrap_err();
    let StoreError::Unsaved { count, ref cause } = error else { panic!("{error}") };
    assert_eq!((count, cause.code()), (15, "disk-full"));
    assert_eq!(everything(&place.open().reader()), messages(1, 10), "the rest is whole");
}

/// Copies the files as a crash would leave them: whatever is in them at that moment.
fn copy_as_they_are(from: &Place, to: &Place) {
    fs::create_dir_all(to.path.parent().unwrap()).unwrap();
    for end in ["", "-wal"] {
        let name = |path: &std::path::Path| format!("{}{end}", path.display());
        fs::copy(name(&from.path), name(&to.path)).unwrap();
    }
}

#[test]
fn after_a_crash_the_tail_is_found_again() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(100));
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 130));
    save(&log, messages(131, 30));
    let crashed = Place::new();
    copy_as_they_are(&place, &crashed);

    let history = crashed.open_with(|limits| limits.sizes = small(100));
    let log = history.connection("one", "One").unwrap();
    assert_eq!(log.last_sequence(), 160);
    save(&log, messages(161, 80));
    assert_eq!(everything(&history.reader()), messages(1, 240));
    let scope = Scope::Topic(Topic::received("a/b"));
    let query = Query { scope, connection: Some(log.id()), ..Query::default() };
    let expected: Vec<_> = (1..=240).filter(|sequence| sequence % 3 == 1).collect();
    let found: Vec<_> =
        each(&history.reader(), &query).iter().map(|stored| stored.message.sequence).collect();
    assert_eq!(found, expected, "the index agrees with the rows across the crash");
}

#[test]
fn a_log_that_was_cut_off_leaves_whole_batches() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.transaction = 1);
    let log = history.connection("one", "One").unwrap();
    for batch in 0..20 {
        save(&log, messages(batch * 10 + 1, 10));
    }
    let log_file = |place: &Place| format!("{}-wal", place.path.display());
    let length = fs::metadata(log_file(&place)).unwrap().len();
    for tenth in 1..10 {
        let crashed = Place::new();
        copy_as_they_are(&place, &crashed);
        let cut = fs::OpenOptions::new().write(true).open(log_file(&crashed)).unwrap();
        cut.set_len(length * tenth / 10 + tenth).unwrap();
        let history = crashed.open();
        let found = everything(&history.reader());
        assert_eq!(found.len() % 10, 0, "whole batches");
        assert_eq!(found, messages(1, found.len() as u64), "without holes");
        if let Some(known) = history.reader().connection("one").unwrap() {
            assert_eq!(known.last_sequence, found.len() as u64);
        }
    }
}

const CHILD: &str = "WIRETREE_TEST_RECORD_TO";

/// Not a test of its own: what the next one starts as a process, and kills.
#[test]
fn records_until_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let history = History::open(path.as_ref()).unwrap();
    let log = history.connection("one", "One").unwrap();
    for batch in 0.. {
        save(&log, messages(batch * 10 + 1, 10));
        println!("\ncommitted {}", batch * 10 + 10);
    }
}

#[test]
fn a_killed_process_loses_nothing_that_it_called_committed() {
    let place = Place::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "tests::durability::records_until_killed"])
        .env(CHILD, &place.path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let committed = lines
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok())
        .find(|count| *count >= 300);
    child.kill().unwrap();
    child.wait().unwrap();
    let committed = committed.expect("it recorded");

    let history = place.open();
    let found = everything(&history.reader());
    assert!(found.len() as u64 >= committed, "{} of {committed}", found.len());
    assert_eq!(found, messages(1, found.len() as u64), "whole batches without holes");
    let log = history.connection("one", "One").unwrap();
    assert_eq!(log.last_sequence(), found.len() as u64);
}

#[test]
fn a_damaged_file_is_called_damaged() {
    let place = Place::new();
    let history = place.open();
    save(&history.connection("one", "One").unwrap(), messages(1, 2_000));
    history.close().unwrap();
    let mut content = fs::read(&place.path).unwrap();
    let end = content.len();
    content[8_192..end].fill(0x5a);
    fs::write(&place.path, content).unwrap();
    let read = |reader: crate::Reader| {
        reader.each(&Query::default(), |_| std::ops::ControlFlow::Continue(()))
    };
    let error = History::open_read_only(&place.path).and_then(read).unwrap_err();
    assert_eq!(error.code(), "history-damaged");
}

#[test]
fn a_message_that_cannot_be_is_called_damaged() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 2));
    history.disturb(|database| {
        database.execute("UPDATE tail SET properties = x'7f' WHERE id = 1", []).unwrap();
    });
    block_on(log.append(messages(3, 1))).unwrap();
    until(&log, |progress| progress.stored == 3);
    assert_eq!(history.reader().message(1).unwrap_err().code(), "history-damaged");
    assert_eq!(history.reader().message(2).unwrap().unwrap().message, messages(2, 1)[0]);
}
