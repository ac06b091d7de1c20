//! Sessions and outcomes: what a history knows of a connection beside its messages.

use std::time::Duration;

use wiretree_model::{Direction, Message, ProtocolVersion, Timestamp};

use super::common::{Place, each, message, messages, save, send, until};
use crate::{History, Log, PublishEnding, Query, SessionStart, StoredOutcome, StoredSession};

fn at(second: i64) -> Timestamp {
    Timestamp(second * 1_000_000)
}

fn start(from: i64) -> SessionStart {
    SessionStart {
        from: at(from),
        session_kept: true,
        client_id: "a client".to_owned(),
        broker: "broker:1883".to_owned(),
        protocol: ProtocolVersion::V311,
    }
}

fn sessions(history: &History, log: &Log) -> Vec<StoredSession> {
    history.reader().sessions(log.id(), 100).unwrap()
}

#[test]
fn a_session_has_its_place_its_client_and_its_end() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 3));
    log.begin_session(start(3)).unwrap();
    save(&log, messages(4, 2));
    log.end_session(Some(at(9)), "the broker went away").unwrap();
    log.end_session(Some(at(10)), "it has ended already").unwrap();
    log.begin_session(start(20)).unwrap();
    until(&log, |progress| progress.marks == 3);
    let first = StoredSession {
        connection: log.id(),
        after_message: Some(3),
        after_sequence: 3,
        start: start(3),
        to: Some(at(9)),
        cause: Some("the broker went away".to_owned()),
    };
    let found = sessions(&history, &log);
    assert_eq!(found[0], first);
    assert_eq!((found.len(), found[1].to, found[1].after_message), (2, None, Some(5)));
    let page = history.reader().page(&Query::default(), None, 2, Duration::MAX).unwrap();
    let places = |page: &crate::Page| -> Vec<_> {
        page.sessions.iter().map(|session| session.after_message).collect()
    };
    assert_eq!(places(&page), [Some(5)], "each is in the page of the message before it");
    let page = history.reader().page(&Query::default(), page.next, 9, Duration::MAX).unwrap();
    assert_eq!((page.items.len(), places(&page)), (3, vec![Some(3)]));
}

#[test]
fn one_that_was_killed_ended_when_it_was_last_heard_of() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    log.begin_session(start(2)).unwrap();
    save(&log, messages(1, 7));
    drop((log, history));

    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    log.end_session(None, "killed").unwrap();
    log.begin_session(start(50)).unwrap();
    log.end_session(None, "killed again, and nothing had come").unwrap();
    until(&log, |progress| progress.marks == 3);
    let ends: Vec<_> = sessions(&history, &log).iter().map(|session| session.to).collect();
    assert_eq!(ends, [Some(at(7)), Some(at(50))], "never before it began");
}

#[test]
fn each_outcome_is_found_with_its_message() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let sent = |sequence| Message { direction: Direction::Sent, ..message(sequence, "a", "x") };
    save(&log, vec![message(1, "a", "x"), sent(2), sent(3), sent(4), sent(5), sent(6)]);
    let acknowledged = PublishEnding::Acknowledged {
        after: Duration::from_micros(1_234),
        reason_code: 0x10,
        reason: "No matching subscribers".to_owned(),
    };
    let endings = [
        PublishEnding::Sent,
        acknowledged,
        PublishEnding::Failed { cause: "not authorized".to_owned() },
        PublishEnding::Unknown { cause: "the connection was lost".to_owned() },
    ];
    for (sequence, ending) in (2..).zip(&endings) {
        let outcome = StoredOutcome { at: at(9), ending: ending.clone() };
        log.note_outcome(sequence, outcome).unwrap();
    }
    let late = StoredOutcome { at: at(10), ending: PublishEnding::Sent };
    log.note_outcome(5, late).unwrap();
    send(&log, messages(7, 1));
    until(&log, |progress| progress.stored == 7 && progress.marks == 4);
    let all = each(&history.reader(), &Query::default());
    let found = history.reader().outcomes(&all).unwrap();
    let found: Vec<_> = found.into_iter().map(|each| each.map(|it| it.ending)).collect();
    let mut expected = vec![None];
    expected.extend(endings.map(Some));
    expected.extend([None, None]);
    assert_eq!(found, expected, "the first word stays, and one has none");
}
