//! A byte of the file is changed, anywhere: it is said, or it changes nothing that was recorded.

use std::fs;
use std::ops::ControlFlow;
use std::sync::mpsc;

use wiretree_model::Message;

use super::common::{Place, message, save};
use crate::{Found, History, Query, StoreError};

/// How many copies get one bit changed each.
const FLIPS: u64 = 200;
const MESSAGES: u64 = 3_000;

/// What became of a history with a changed byte.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It was said that something is damaged.
    Said,
    /// Everything is as it was.
    Harmless,
    /// A message that is in no block yet is overlooked: SQLite took its row for another one.
    Overlooked,
    /// Something else is missing, or is not what was sent, and nobody says so.
    Silent,
}

/// Everything in a history; how many messages were reported as damaged.
fn read(place: &Place) -> Result<(Vec<Message>, u64), StoreError> {
    let (mut all, mut damaged) = (Vec::new(), 0);
    let visit = |found| {
        match found {
            Found::Message(stored) => all.push(stored.message),
            Found::Damaged(lost) => damaged += lost.messages.max(1),
            Found::Progress(_) => {}
        }
        ControlFlow::Continue(())
    };
    History::open_read_only(&place.path)?.each(&Query::default(), visit)?;
    Ok((all, damaged))
}

/// The bytes of a history, what is in it, and up to which message that is in blocks.
fn recorded() -> (Vec<u8>, Vec<Message>, u64) {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let numbered = |sequence: u64| {
        let topic = format!("site/{}/line/{}", sequence % 3, sequence % 250);
        let noise = sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        message(sequence, &topic, format!("{{\"value\":{noise},\"number\":{sequence}}}"))
    };
    for first in (1..=MESSAGES).step_by(500) {
        save(&log, (first..first + 500).map(numbered).collect());
    }
    let (reply, answer) = mpsc::channel();
    history.disturb(move |database| {
        let last = "SELECT max(last_id) FROM blocks";
        reply.send(database.query_row(last, [], |row| row.get::<_, i64>(0)).unwrap()).unwrap();
    });
    let packed_to = answer.recv().unwrap().unsigned_abs();
    history.close().unwrap();
    (fs::read(&place.path).unwrap(), (1..=MESSAGES).map(numbered).collect(), packed_to)
}

fn outcome(file: &[u8], sent: &[Message], packed_to: u64) -> Outcome {
    let place = Place::new();
    fs::create_dir_all(place.path.parent().unwrap()).unwrap();
    fs::write(&place.path, file).unwrap();
    let Ok((all, damaged)) = read(&place) else { return Outcome::Said };
    // What is not lost is what was sent, in its order.
    let mut rest = sent.iter();
    if !all.iter().all(|found| rest.any(|one| one == found)) {
        return Outcome::Silent;
    }
    let mut left = sent.iter().filter(|one| !all.contains(one));
    match damaged {
        1.. => Outcome::Said,
        0 if all.len() == sent.len() => Outcome::Harmless,
        0 if left.all(|one| one.sequence > packed_to) => Outcome::Overlooked,
        0 => Outcome::Silent,
    }
}

#[test]
fn a_changed_bit_is_said_or_harmless() {
    let (file, sent, packed_to) = recorded();
    assert_eq!(outcome(&file, &sent, packed_to), Outcome::Harmless, "before anything is changed");
    let mut outcomes = Vec::new();
    for number in 1..=FLIPS {
        let noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let (place, bit) = (noise as usize % file.len(), 1 << (number % 8));
        let mut changed = file.clone();
        changed[place] ^= bit;
        let outcome = outcome(&changed, &sent, packed_to);
        assert_ne!(outcome, Outcome::Silent, "bit {bit} of byte {place}");
        outcomes.push(outcome);
    }
    let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    let (said, overlooked) = (count(Outcome::Said), count(Outcome::Overlooked));
    println!("{said} said, {} harmless, {overlooked} overlooked", count(Outcome::Harmless));
    assert!(said > outcomes.len() / 3, "much of a file is messages");
    assert!(overlooked <= outcomes.len() / 50, "{overlooked} overlooked");
}
