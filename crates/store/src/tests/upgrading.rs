//! From the format with a row for each message to the one with blocks.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use wiretree_model::{Direction, Message, Properties, Publish, QoS, Timestamp, Topic};

use super::common::{Place, each, messages, save, small};
use crate::history::Limits;
use crate::{History, Mended, Progressed, Query, Reader, StoreError};

/// Recorded by the first version that kept anything: two connections on the demo, with MQTT 5 and
/// 3.1.1, gaps, retained messages, properties, and payloads of up to 9 KB.
const FOUNDATION: &[u8] = include_bytes!("data/foundation.wiretree");

fn place() -> Place {
    let place = Place::new();
    fs::create_dir(place.path.parent().unwrap()).unwrap();
    fs::write(&place.path, FOUNDATION).unwrap();
    place
}

/// What the file says by its own rows: number, connection, message.
fn by_rows(path: &Path) -> Vec<(i64, i64, Message)> {
    let file = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT messages.id, connection, name, received_at, sequence, flags, packet_id,
        properties, payload FROM messages JOIN topics ON topics.id = topic ORDER BY messages.id";
    let mut statement = file.prepare(sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        let flags: u8 = row.get(5)?;
        let properties: Option<Vec<u8>> = row.get(7)?;
        let publish = Publish {
            topic: Topic::from(Bytes::from(row.get::<_, Vec<u8>>(2)?)),
            payload: Bytes::from(row.get::<_, Vec<u8>>(8)?),
            qos: QoS::from_bits(flags & 3).unwrap(),
            retain: flags & 4 != 0,
            dup: flags & 8 != 0,
            packet_id: row.get(6)?,
            properties: Properties::decode(&properties.unwrap_or_default().into()).unwrap(),
        };
        let message = Message {
            sequence: row.get::<_, i64>(4)?.cast_unsigned(),
            received_at: Timestamp(row.get(3)?),
            direction: if flags & 16 == 0 { Direction::Received } else { Direction::Sent },
            publish,
        };
        Ok((row.get(0)?, row.get(1)?, message))
    };
    statement.query_map([], read).unwrap().map(Result::unwrap).collect()
}

fn by_blocks(reader: &Reader) -> Vec<(i64, i64, Message)> {
    let all = each(reader, &Query::default()).into_iter();
    all.map(|stored| (stored.id, stored.connection.0, stored.message)).collect()
}

/// All files of the folder but locks.
fn files(place: &Place) -> Vec<String> {
    let folder = fs::read_dir(place.path.parent().unwrap()).unwrap();
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !["-lock", "-wal", "-shm"].iter().any(|end| name.ends_with(end)));
    names.sort();
    names
}

#[test]
fn a_history_of_the_foundation_keeps_every_message_its_number_and_its_gaps() {
    for segment in [100, 65_536] {
        let place = place();
        let expected = by_rows(&place.path);
        assert!(expected.len() > 1_000 && expected.iter().any(|(.., one)| one.publish.retain));
        let limits = Limits { sizes: small(segment), ..Limits::default() };
        let mut last = Progressed::default();
        let history = History::open_with(&place.path, limits, &mut |word| last = word).unwrap();
        assert_eq!((last.scanned, last.total), (expected.len() as u64, expected.len() as u64));
        let reader = history.reader();
        assert_eq!(by_blocks(&reader), expected);
        assert_eq!(reader.size().unwrap().messages, expected.len() as u64);
        let known = reader.connections().unwrap();
        let names: Vec<_> = known.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Foundation", "Second"]);
        assert_eq!(reader.gaps(known[0].id, 10).unwrap().len(), 2);

        let log = history.connection(&known[0].key, "Foundation").unwrap();
        let next = log.last_sequence() + 1;
        save(&log, messages(next, 20));
        assert_eq!(reader.size().unwrap().messages, expected.len() as u64 + 20);
        history.close().unwrap();
        let kept = place.path.with_file_name("history.sqlite3.format-2");
        assert_eq!(fs::read(&kept).unwrap(), FOUNDATION, "the old file is kept as it was");
        assert_eq!(files(&place), ["history.sqlite3", "history.sqlite3.format-2"]);
        assert_eq!(by_blocks(&place.open().reader()).len(), expected.len() + 20);
    }
}

#[test]
fn an_upgrade_that_was_interrupted_begins_anew() {
    let place = place();
    let expected = by_rows(&place.path);
    fs::write(place.path.with_file_name("history.sqlite3.new"), b"half of a file").unwrap();
    let history = place.open();
    assert_eq!(by_blocks(&history.reader()), expected);
    history.close().unwrap();
    assert_eq!(files(&place), ["history.sqlite3", "history.sqlite3.format-2"]);
}

#[test]
fn what_cannot_be_brought_up_to_date_is_left_as_it_was() {
    let place = place();
    let damaged = damaged();
    fs::write(&place.path, &damaged).unwrap();
    let error = History::open(&place.path).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&place.path).unwrap(), damaged);
    assert_eq!(files(&place), ["history.sqlite3"], "nothing is left of the attempt");
}

/// A few pages in the middle are lost.
fn damaged() -> Vec<u8> {
    let mut damaged = FOUNDATION.to_vec();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 20_000].fill(0x5a);
    damaged
}

#[test]
fn of_a_damaged_history_of_the_foundation_what_can_be_read_is_taken_over() {
    let place = place();
    let expected = by_rows(&place.path);
    fs::write(&place.path, damaged()).unwrap();
    let (history, mended) = History::open_salvaging(&place.path, |_| {}).unwrap();
    let Some(Mended::Salvaged(salvaged)) = mended else { panic!("{mended:?}") };
    assert!(salvaged.reason.contains("damaged"), "{}", salvaged.reason);
    assert_eq!(fs::read(&salvaged.aside).unwrap(), damaged(), "it keeps every byte");
    let found = by_blocks(&history.reader());
    assert_eq!(found.len() as u64, salvaged.messages);
    assert!(found.len() > expected.len() / 2, "{} of {}", found.len(), expected.len());
    assert!(found.iter().all(|one| expected.contains(one)), "nothing is made up");
    let known = history.reader().connections().unwrap();
    let names: Vec<_> = known.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Foundation", "Second"]);
    let log = history.connection(&known[0].key, "Foundation").unwrap();
    save(&log, messages(log.last_sequence() + 1, 20));
}

#[test]
fn a_history_of_the_first_version_can_be_set_aside_too() {
    let place = Place::new();
    fs::create_dir(place.path.parent().unwrap()).unwrap();
    let file = rusqlite::Connection::open(&place.path).unwrap();
    file.execute_batch(include_str!("../migrations/0001_history.sql")).unwrap();
    file.execute_batch(
        "INSERT INTO connections VALUES (1, 'one', 'One', 4);
         INSERT INTO topics VALUES (1, 1, CAST('a' AS BLOB));
         INSERT INTO messages VALUES (1, 1, 1000000, 1, 0, NULL, NULL, CAST('x' AS BLOB));
         INSERT INTO messages VALUES (2, 9, 2000000, 2, 0, NULL, NULL, CAST('y' AS BLOB));
         INSERT INTO messages VALUES (3, 1, 3000000, 3, 3, NULL, NULL, CAST('no QoS' AS BLOB));
         INSERT INTO messages VALUES (4, 1, 4000000, 4, 0, NULL, NULL, zeroblob(40000));
         PRAGMA application_id = 0x57547265; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(file);
    let (history, mended) = History::open_salvaging(&place.path, |_| {}).unwrap();
    let Some(Mended::Salvaged(salvaged)) = mended else { panic!("{mended:?}") };
    assert_eq!((salvaged.messages, salvaged.lost, salvaged.nameless), (3, 1, 1));
    let found = by_blocks(&history.reader());
    let brief: Vec<_> = found.iter().map(|(id, of, one)| (*id, *of, one.sequence)).collect();
    assert_eq!(brief, [(1, 1, 1), (2, 2, 2), (4, 1, 4)]);
    assert_eq!(found[2].2.publish.payload.len(), 40_000);
    assert_eq!(history.connection("one", "One").unwrap().last_sequence(), 4);
}

#[test]
fn an_older_history_is_not_changed_by_looking_at_it() {
    let place = place();
    let error = History::open_read_only(&place.path).unwrap_err();
    assert_eq!(error.code(), "history-older");
    assert!(error.to_string().contains("upgrade"), "{error}");
    assert_eq!(fs::read(&place.path).unwrap(), FOUNDATION);
}
