//! Files that cannot be used: set aside whole, and what is intact in them taken over.

use std::fs;
use std::ops::ControlFlow;

use wiretree_model::Message;

use super::common::{Place, each, everything, message, messages, save, small};
use crate::{History, Mended, Query, Salvaged, StoreError};

fn open(place: &Place) -> (History, Option<Salvaged>) {
    let (history, mended) = History::open_salvaging(&place.path, |_| {}).unwrap();
    let salvaged = mended.map(|mended| match mended {
        Mended::Salvaged(salvaged) => salvaged,
        Mended::Upgraded { kept } => panic!("nothing here is old: {kept:?}"),
    });
    (history, salvaged)
}

/// Two thousand messages that do not compress, one of them large, and a tail.
fn given() -> Vec<Message> {
    let noise = |sequence: u64, size: u64| -> Vec<u8> {
        let mut state = sequence;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        };
        (0..size).map(|_| next()).collect()
    };
    let size = |sequence| if sequence == 77 { 40_000 } else { 300 };
    let topic = |sequence| format!("topic/{}", sequence % 50);
    (1..=2_000)
        .map(|sequence| message(sequence, &topic(sequence), noise(sequence, size(sequence))))
        .collect()
}

fn recorded() -> Place {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    for batch in given().chunks(250) {
        save(&log, batch.to_vec());
    }
    history.close().unwrap();
    place
}

#[test]
fn a_history_that_is_whole_is_opened_as_it_is() {
    let place = recorded();
    let (history, salvaged) = open(&place);
    assert_eq!(salvaged, None);
    assert_eq!(everything(&history.reader()), given());
    let checked = history.reader().check(|_| ControlFlow::Continue(())).unwrap();
    assert!(checked.is_whole() && checked.is_complete, "{checked:?}");
    assert_eq!(checked.intact, 2_000);
}

#[test]
fn wherever_a_page_is_lost_the_rest_is_taken_over() {
    const PAGE: usize = 4_096;
    let whole = fs::read(recorded().path).unwrap();
    let given = given();
    let mut taken_over = 0;
    for page in (0..whole.len() / PAGE).step_by(7) {
        let place = Place::new();
        fs::create_dir(place.path.parent().unwrap()).unwrap();
        let mut damaged = whole.clone();
        damaged[page * PAGE..(page + 1) * PAGE].fill(0x5a);
        fs::write(&place.path, &damaged).unwrap();

        let (history, salvaged) = open(&place);
        // What could be opened in spite of it tells of it when it is read.
        let checked = history.reader().check(|_| ControlFlow::Continue(())).unwrap();
        let left = checked.intact;
        match salvaged {
            Some(salvaged) => {
                taken_over += 1;
                let aside = fs::read(&salvaged.aside).unwrap();
                assert!(aside == damaged, "page {page}: it keeps every byte");
                assert!(salvaged.aside.to_string_lossy().contains(".corrupt-2"), "{salvaged:?}");
                // The beginnings of several blocks may stand on one page of a tree (SQLite's file
                // format §1.6). What only leads to others, and the first page, costs no message; what
                // a block goes on on costs that block.
                match whole[page * PAGE] {
                    2 | 5 | 10 => assert_eq!(left, 2_000, "page {page}: {salvaged:?}"),
                    _ if page == 0 => assert_eq!(left, 2_000, "{salvaged:?}"),
                    13 => {}
                    _ => assert!(left > 1_500, "page {page}: {left} of 2,000: {salvaged:?}"),
                }
            }
            None => assert!(!checked.is_whole() || left == 2_000, "page {page}: it is said"),
        }
        let log = history.connection("one", "One").unwrap();
        save(&log, vec![message(log.last_sequence() + 1, "after", "it goes on")]);
        let intact: Vec<Message> = intact(&history);
        if checked.beside.is_empty() {
            assert_eq!(intact.len() as u64, left + 1);
        }
        let taken = intact.iter().filter(|message| message.publish.topic.as_bytes() != b"after");
        for message in taken {
            let original = &given[message.sequence as usize - 1];
            assert_eq!(message.publish.payload, original.publish.payload, "nothing is made up");
        }
    }
    assert!(taken_over > 0);
}

/// Everything that can be read.
fn intact(history: &History) -> Vec<Message> {
    let mut all = Vec::new();
    let read = history.reader().each(&crate::Query::default(), |found| {
        if let crate::Found::Message(stored) = found {
            all.push(stored.message);
        }
        ControlFlow::Continue(())
    });
    match read {
        Ok(()) | Err(StoreError::Damaged { .. }) => all,
        Err(error) => panic!("{error}"),
    }
}

/// The pages of a history that begin like this, from 1.
fn pages_that_begin_with(kind: u8, bytes: &[u8]) -> Vec<usize> {
    let pages = bytes.chunks(4_096).zip(1..).skip(1);
    pages.filter(|(page, _)| page[0] == kind).map(|(_, number)| number).collect()
}

/// Many small blocks.
fn many() -> (Place, Vec<Message>) {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(100_000));
    let given = messages(1, 20_000);
    save(&history.connection("one", "One").unwrap(), given.clone());
    history.close().unwrap();
    (place, given)
}

#[test]
fn what_only_leads_to_messages_costs_none_of_them() {
    let (place, given) = many();
    let mut bytes = fs::read(&place.path).unwrap();
    let inner = pages_that_begin_with(5, &bytes);
    assert!(!inner.is_empty(), "there are pages that lead to others");
    for page in inner {
        bytes[(page - 1) * 4_096..page * 4_096].fill(0);
    }
    bytes[..100].fill(0);
    fs::write(&place.path, &bytes).unwrap();
    let (history, salvaged) = open(&place);
    let salvaged = salvaged.unwrap();
    assert_eq!((salvaged.messages, salvaged.lost, salvaged.nameless), (20_000, 0, 0));
    assert_eq!(everything(&history.reader()), given);
}

#[test]
fn what_was_removed_does_not_come_back() {
    let (place, _) = many();
    let rows = || pages_that_begin_with(13, &fs::read(&place.path).unwrap()).len() as i64;
    let file = rusqlite::Connection::open(&place.path).unwrap();
    let count = |sql| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let before = rows();
    file.execute_batch("DELETE FROM blocks WHERE last_id <= 10000; DELETE FROM alone").unwrap();
    file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let left = count("SELECT sum(messages) FROM blocks") + count("SELECT count(*) FROM tail");
    let free = count("PRAGMA freelist_count");
    assert!(free > 30 && rows() > before - free / 2, "free pages look as if there were rows");
    drop(file);
    let whole = fs::read(&place.path).unwrap();
    // Of the free list and of the pointer map, one tells what is free.
    for lost in [0, 1] {
        let mut bytes = whole.clone();
        bytes[lost * 4_096..(lost + 1) * 4_096].fill(0);
        fs::write(&place.path, &bytes).unwrap();
        let salvaged = History::salvage(&place.path, |_| {}).unwrap();
        assert_eq!(salvaged.messages, left.cast_unsigned(), "without page {}", lost + 1);
    }
}

#[test]
fn no_byte_of_the_header_costs_a_message() {
    let whole = fs::read(recorded().path).unwrap();
    // But for those that tell the version: what a later one wrote stays where it is.
    for at in (0..100).filter(|at| !(60..64).contains(at)) {
        let place = Place::new();
        fs::create_dir(place.path.parent().unwrap()).unwrap();
        let mut bytes = whole.clone();
        bytes[at] ^= 0x21;
        fs::write(&place.path, &bytes).unwrap();
        let salvaged = History::salvage(&place.path, |_| {}).unwrap();
        assert_eq!((salvaged.messages, salvaged.lost), (2_000, 0), "byte {at}");
    }
}

/// Pages of what was removed stand behind the end of the database until the log is copied to it.
#[test]
fn what_was_moved_is_found_once() {
    let place = recorded();
    let file = rusqlite::Connection::open(&place.path).unwrap();
    file.execute_batch(
        "PRAGMA wal_autocheckpoint = 0; DELETE FROM blocks WHERE last_id <= 1000;
        DELETE FROM indexes; DELETE FROM tail WHERE id % 2 = 0",
    )
    .unwrap();
    let mut vacuum = file.prepare("PRAGMA incremental_vacuum(10000)").unwrap();
    let mut rows = vacuum.query([]).unwrap();
    while rows.next().unwrap().is_some() {}
    drop(rows);
    drop(vacuum);
    let mut ids = file.prepare("SELECT id FROM tail ORDER BY id").unwrap();
    let ids: Vec<i64> = ids.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let in_blocks: i64 =
        file.query_row("SELECT sum(messages) FROM blocks", [], |row| row.get(0)).unwrap();
    let pages: i64 = file.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let copy = Place::new();
    fs::create_dir(copy.path.parent().unwrap()).unwrap();
    fs::copy(&place.path, &copy.path).unwrap();
    assert!(fs::metadata(&copy.path).unwrap().len() > pages.cast_unsigned() * 4_096);
    let log = fs::read(place.path.with_file_name("history.sqlite3-wal")).unwrap();
    let salvaged = History::salvage(&write_log(&copy, &log).path, |_| {}).unwrap();
    assert_eq!(salvaged.messages, in_blocks.cast_unsigned() + ids.len() as u64);
    let history = copy.open();
    let all = each(&history.reader(), &Query::default());
    assert_eq!(all.len() as u64, salvaged.messages);
    let found: Vec<i64> = all.iter().map(|stored| stored.id).collect();
    assert!(found.is_sorted_by(|one, next| one < next), "each once");
    assert!(!ids.is_empty() && found.ends_with(&ids), "the tail is as it was");
}

#[test]
fn what_is_in_the_log_alone_is_taken_over_as_far_as_it_was_committed() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    for batch in given().chunks(250) {
        save(&log, batch.to_vec());
    }
    let beside = |place: &Place| place.path.with_file_name("history.sqlite3-wal");
    let copy = Place::new();
    fs::create_dir(copy.path.parent().unwrap()).unwrap();
    fs::copy(&place.path, &copy.path).unwrap();
    let mut log = fs::read(beside(&place)).unwrap();
    assert!(log.len() > 500_000, "most of it stands in the log");
    let whole = History::salvage(&write_log(&copy, &log).path, |_| {}).unwrap();
    assert_eq!((whole.messages, whole.lost), (2_000, 0));

    // A frame in the middle is not right: what was committed before it counts.
    fs::remove_file(&copy.path).unwrap();
    fs::copy(&place.path, &copy.path).unwrap();
    let middle = log.len() / 2;
    log[middle] ^= 1;
    let part = History::salvage(&write_log(&copy, &log).path, |_| {}).unwrap();
    assert!((500..2_000).contains(&part.messages) && part.lost == 0, "{part:?}");
}

fn write_log<'a>(place: &'a Place, log: &[u8]) -> &'a Place {
    fs::write(place.path.with_file_name("history.sqlite3-wal"), log).unwrap();
    place
}

#[test]
fn a_history_that_was_cut_short_keeps_what_is_left() {
    let whole = fs::read(recorded().path).unwrap();
    for tenth in 0..10 {
        let place = Place::new();
        fs::create_dir(place.path.parent().unwrap()).unwrap();
        let cut = &whole[..whole.len() * tenth / 10 + 5];
        fs::write(&place.path, cut).unwrap();
        let (history, salvaged) = open(&place);
        let salvaged = salvaged.expect("it cannot be used as it is");
        assert!(fs::read(&salvaged.aside).unwrap() == cut);
        assert!(tenth < 5 || salvaged.messages > 100, "{tenth}: {salvaged:?}");
        assert_eq!(everything(&history.reader()).len() as u64, salvaged.messages);
    }
}

#[test]
fn a_file_of_something_else_is_set_aside_and_not_touched() {
    let place = Place::new();
    fs::create_dir(place.path.parent().unwrap()).unwrap();
    fs::write(&place.path, "a letter").unwrap();
    let (history, salvaged) = open(&place);
    let first = salvaged.unwrap();
    assert_eq!(fs::read(&first.aside).unwrap(), b"a letter");
    assert_eq!((first.messages, first.lost), (0, 0));
    save(&history.connection("one", "One").unwrap(), messages(1, 3));
    history.close().unwrap();

    fs::write(&place.path, "another letter").unwrap();
    let (_, salvaged) = open(&place);
    let second = salvaged.unwrap();
    assert_ne!(second.aside, first.aside, "the first one is still there");
    assert_eq!(fs::read(&first.aside).unwrap(), b"a letter");
}

#[test]
fn what_is_in_use_or_newer_stays_where_it_is() {
    let place = recorded();
    let history = place.open();
    let error = History::open_salvaging(&place.path, |_| {}).unwrap_err();
    assert_eq!(error.code(), "history-in-use");
    history.close().unwrap();
    rusqlite::Connection::open(&place.path)
        .unwrap()
        .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99")
        .unwrap();
    let error = History::open_salvaging(&place.path, |_| {}).unwrap_err();
    assert_eq!(error.code(), "history-newer");
    assert!(place.path.exists());
}

#[test]
fn a_changed_byte_in_the_tail_costs_one_message() {
    let place = Place::new();
    let history = place.open();
    let mut list = messages(1, 20);
    list[3].publish.payload = "a needle in a haystack".into();
    save(&history.connection("one", "One").unwrap(), list.clone());
    history.close().unwrap();
    let mut bytes = fs::read(&place.path).unwrap();
    let at = bytes.windows(8).position(|window| window == b"a needle").unwrap();
    bytes[at] ^= 1;
    fs::write(&place.path, &bytes).unwrap();
    assert_eq!(History::open(&place.path).unwrap_err().code(), "history-damaged");
    let (history, salvaged) = open(&place);
    let salvaged = salvaged.unwrap();
    assert_eq!((salvaged.messages, salvaged.lost), (19, 1));
    list.remove(3);
    assert_eq!(everything(&history.reader()), list);
}

#[test]
fn a_changed_byte_in_the_head_of_the_newest_block_costs_that_block() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(1_000));
    save(&history.connection("one", "One").unwrap(), messages(1, 100));
    history.close().unwrap();
    let file = rusqlite::Connection::open(&place.path).unwrap();
    let flip = "UPDATE blocks SET head = zeroblob(length(head))
        WHERE last_id = (SELECT max(last_id) FROM blocks) RETURNING messages";
    let lost: i64 = file.query_row(flip, [], |row| row.get(0)).unwrap();
    drop(file);
    let (history, salvaged) = open(&place);
    let salvaged = salvaged.unwrap();
    assert_eq!((salvaged.messages, salvaged.lost), (100 - lost as u64, lost as u64));
    assert_eq!(everything(&history.reader()).len() as u64, salvaged.messages);
}

#[test]
fn a_table_that_is_gone_does_not_keep_the_history_from_opening() {
    let place = recorded();
    let file = rusqlite::Connection::open(&place.path).unwrap();
    file.execute_batch("DROP TABLE tail; DELETE FROM used").unwrap();
    drop(file);
    let (history, salvaged) = open(&place);
    assert!(salvaged.unwrap().messages > 1_000);
    save(&history.connection("one", "One").unwrap(), messages(2_001, 3));
}

/// Two connections record, and this becomes of the file.
fn of_two(change: &str) -> (Place, History, Salvaged) {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(1_000));
    let (first, second) =
        (history.connection("first", "First").unwrap(), history.connection("second", "S").unwrap());
    save(&first, messages(1, 30));
    save(&second, messages(1, 40));
    save(&first, messages(31, 1));
    history.close().unwrap();
    rusqlite::Connection::open(&place.path).unwrap().execute_batch(change).unwrap();
    let salvaged = History::salvage(&place.path, |_| {}).unwrap();
    let history = place.open();
    (place, history, salvaged)
}

#[test]
fn messages_of_connections_that_are_lost_become_nobody_elses() {
    let (_place, history, salvaged) = of_two("DELETE FROM connections");
    assert_eq!(salvaged.messages, 71);
    let reader = history.reader();
    let known = reader.connections().unwrap();
    let brief: Vec<_> =
        known.iter().map(|one| (one.id.0, &*one.key, &*one.name, one.last_sequence)).collect();
    let expected =
        [(1, "lost:1", "(connection lost) 1", 31), (2, "lost:2", "(connection lost) 2", 40)];
    assert_eq!(brief, expected);
    let third = history.connection("first", "First").unwrap();
    let query = Query { connection: Some(third.id()), ..Query::default() };
    assert_eq!((third.last_sequence(), each(&reader, &query).len()), (0, 0));
    let query = Query { connection: Some(known[1].id), ..Query::default() };
    assert_eq!(each(&reader, &query).len(), 40);
}

#[test]
fn messages_whose_topics_are_lost_stay_with_their_connection() {
    let (_place, history, salvaged) = of_two("UPDATE topics SET checksum = checksum + 1");
    assert_eq!((salvaged.messages, salvaged.nameless), (71, 6));
    let reader = history.reader();
    let known = reader.connections().unwrap();
    let count = |id| each(&reader, &Query { connection: Some(id), ..Query::default() }).len();
    let counts: Vec<_> = known.iter().map(|one| (&*one.key, count(one.id))).collect();
    assert_eq!(counts, [("first", 31), ("second", 40)]);
}

#[test]
fn messages_of_nobody_knows_whom_get_a_connection_of_their_own() {
    let change = "DELETE FROM topics; DELETE FROM connections; DELETE FROM blocks";
    let (_place, history, salvaged) = of_two(change);
    assert!(salvaged.messages > 0, "there is a tail");
    let known = history.reader().connections().unwrap();
    assert_eq!(known.len(), 1);
    let fresh = history.connection("first", "First").unwrap();
    let query = Query { connection: Some(fresh.id()), ..Query::default() };
    assert_eq!(each(&history.reader(), &query).len(), 0);
}
