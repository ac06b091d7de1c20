//! Moments: density, states and changes against what is found by going through a list by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wiretree_model::{Direction, Message, Timestamp, Topic};

use super::common::{Place, message, save, small};
use crate::{
    Change, ChangeKind, ConnectionId, Cursor, History, Query, Reader, Scope, State, TopicState,
};

/// A message of one of two connections: topic, payload, RETAIN, sent by us, seconds.
type Given = (bool, usize, usize, bool, bool, i64);

const TOPICS: [&str; 5] = ["a", "a/b", "a/c", "b", ""];
const PAYLOADS: [&str; 3] = ["", "x", "y"];

fn given() -> impl Strategy<Value = Given> {
    (
        any::<bool>(),
        0..TOPICS.len(),
        0..PAYLOADS.len(),
        any::<bool>(),
        prop::bool::weighted(0.1),
        0_i64..40,
    )
}

/// Everything in the order of arrival, so that the number of a message is its place, from 1.
struct Recorded {
    _history: History,
    _place: Place,
    reader: Reader,
    connections: [ConnectionId; 2],
    messages: Vec<(ConnectionId, Message)>,
}

fn record(given: &[Given]) -> Recorded {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(7));
    let logs = [history.connection("one", "One"), history.connection("two", "Two")];
    let logs = logs.map(Result::unwrap);
    let mut messages = Vec::new();
    for (sequence, (is_second, topic, payload, retain, sent, seconds)) in (1..).zip(given) {
        let mut next = message(sequence, TOPICS[*topic], PAYLOADS[*payload]);
        next.received_at = Timestamp(seconds * 1_000_000);
        next.publish.retain = *retain;
        if *sent {
            next.direction = Direction::Sent;
        }
        let log = &logs[usize::from(*is_second)];
        save(log, vec![next.clone()]);
        messages.push((log.id(), next));
    }
    let connections = [logs[0].id(), logs[1].id()];
    Recorded { reader: history.reader(), _history: history, _place: place, connections, messages }
}

impl Recorded {
    fn of(&self, connection: ConnectionId) -> impl Iterator<Item = (i64, &Message)> {
        let numbered = (1_i64..).zip(&self.messages);
        numbered
            .filter(move |(_, (of, _))| *of == connection)
            .map(|(id, (_, message))| (id, message))
    }

    fn naive_state(&self, connection: ConnectionId, position: i64) -> BTreeMap<Topic, TopicState> {
        let mut topics = BTreeMap::new();
        for (id, message) in self.of(connection).filter(|(id, _)| *id <= position) {
            if message.direction == Direction::Sent {
                continue;
            }
            let topic = message.publish.topic.clone();
            let new = TopicState { topic: topic.clone(), messages: 0, last: 0, retained: false };
            let state = topics.entry(topic).or_insert(new);
            state.messages += 1;
            state.last = id;
            if message.publish.retain {
                state.retained = !message.publish.payload.is_empty();
            }
        }
        topics
    }

    fn payload(&self, id: i64) -> &[u8] {
        &self.messages[usize::try_from(id).unwrap() - 1].1.publish.payload
    }

    fn naive_changes(&self, of: ConnectionId, from: i64, to: i64) -> BTreeMap<Topic, ChangeKind> {
        let before = self.naive_state(of, from);
        let after = self.naive_state(of, to);
        let kind = |after: &TopicState| {
            let last = after.last;
            let Some(before) = before.get(&after.topic) else {
                return Some(ChangeKind::Appeared { after: last });
            };
            let gone = before.retained && !after.retained;
            let differs = self.payload(before.last) != self.payload(last);
            match (gone, differs) {
                (true, _) => Some(ChangeKind::Vanished { before: before.last, after: last }),
                (_, true) => Some(ChangeKind::Changed { before: before.last, after: last }),
                _ => None,
            }
        };
        after.values().filter_map(|state| Some((state.topic.clone(), kind(state)?))).collect()
    }
}

fn by_topic(state: State) -> BTreeMap<Topic, TopicState> {
    let count = state.topics.len();
    let topics: BTreeMap<_, _> =
        state.topics.into_iter().map(|topic| (topic.topic.clone(), topic)).collect();
    assert_eq!(topics.len(), count, "each topic once");
    topics
}

fn all_changes(
    reader: &Reader,
    of: ConnectionId,
    (from, to): (i64, i64),
    limit: usize,
) -> BTreeMap<Topic, ChangeKind> {
    let (mut all, mut cursor, mut compared) = (BTreeMap::new(), None, 0);
    loop {
        let page = reader.changes(of, from, to, cursor, limit).unwrap();
        assert!(page.items.len() <= limit);
        assert!(page.compared > compared || page.next.is_none(), "it gets on");
        compared = page.compared;
        for Change { topic, kind } in page.items {
            assert_eq!(all.insert(topic, kind), None, "each topic once");
        }
        if page.next.is_none() {
            assert_eq!(page.compared, page.total);
            return all;
        }
        cursor = page.next.map(|cursor: Cursor| cursor.to_string().parse().unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn states_and_changes_are_those_of_the_list(
        given in prop::collection::vec(given(), 0..40),
        one in 0_i64..45, other in 0_i64..45, limit in 1_usize..4,
    ) {
        let recorded = record(&given);
        let (from, to) = (one.min(other), one.max(other));
        for of in recorded.connections {
            for position in [from, to] {
                let state = recorded.reader.state_at(of, position).unwrap();
                prop_assert_eq!(state.position, position);
                prop_assert_eq!(by_topic(state), recorded.naive_state(of, position));
            }
            let changes = all_changes(&recorded.reader, of, (from, to), limit);
            prop_assert_eq!(changes, recorded.naive_changes(of, from, to));
        }
    }

    #[test]
    fn positions_and_densities_are_those_of_the_list(
        given in prop::collection::vec(given(), 0..40),
        (from, length) in (0_i64..40, 1_i64..40), parts in 1_usize..9, moment in -1_i64..41,
    ) {
        let recorded = record(&given);
        let reader = &recorded.reader;
        let moment = Timestamp(moment * 1_000_000);
        let numbered = (1_i64..).zip(&recorded.messages);
        let newest = numbered.filter(|(_, (_, message))| message.received_at <= moment).last();
        prop_assert_eq!(reader.position_at(moment).unwrap(), newest.map_or(0, |(id, _)| id));

        let (from, to) = (from * 1_000_000, (from + length) * 1_000_000);
        for (scope, belongs) in [
            (Scope::All, (|_| true) as fn(&str) -> bool),
            (Scope::Topic(Topic::received("a")), |topic| topic == "a"),
            (Scope::Subtree(Topic::received("a")), |topic| topic == "a" || topic.starts_with("a/")),
        ] {
            let connection = Some(recorded.connections[1]);
            let query = Query { connection, scope, ..Query::default() };
            let of = recorded.of(recorded.connections[1]);
            let times: Vec<i64> = of
                .filter(|(_, message)| belongs(&message.publish.topic.to_text()))
                .map(|(_, message)| message.received_at.0)
                .collect();
            let span = times.iter().min().zip(times.iter().max());
            let span = span.map(|(first, last)| (Timestamp(*first), Timestamp(*last)));
            prop_assert_eq!(reader.span(&query).unwrap(), span);

            let density = reader.density(&query, Timestamp(from), Timestamp(to), parts).unwrap();
            let mut counts = vec![0_u64; parts];
            for at in times.into_iter().filter(|at| (from..to).contains(at)) {
                counts[usize::try_from((at - from) * parts as i64 / (to - from)).unwrap()] += 1;
            }
            prop_assert_eq!(density.counts, counts);
        }
    }
}

#[test]
fn an_empty_history_has_neither_moments_nor_changes() {
    let recorded = record(&[]);
    let (reader, of) = (&recorded.reader, recorded.connections[0]);
    assert_eq!(reader.span(&Query::default()).unwrap(), None);
    assert_eq!(reader.position_at(Timestamp(i64::MAX)).unwrap(), 0);
    assert_eq!(reader.state_at(of, i64::MAX).unwrap().topics, []);
    let page = reader.changes(of, 0, i64::MAX, None, 10).unwrap();
    assert_eq!((page.items.len(), page.next, page.total), (0, None, 0));
}

#[test]
fn a_density_of_no_time_or_too_many_parts_is_bounded() {
    let recorded = record(&[(false, 0, 1, false, false, 5)]);
    let density = |from, to, parts| {
        let query = Query::default();
        recorded.reader.density(&query, Timestamp(from), Timestamp(to), parts).unwrap().counts
    };
    assert_eq!(density(9, 9, 2), [0, 0]);
    assert_eq!(density(9, 3, 2), [0, 0]);
    assert_eq!(density(0, i64::MAX, 0), [] as [u64; 0]);
    assert_eq!(density(i64::MIN, i64::MAX, 2), [0, 1], "no overflow");
    let many = density(0, 10_000_000, usize::MAX);
    assert!(many.len() <= 4_096 && many.iter().sum::<u64>() == 1);
}

#[test]
fn a_page_can_begin_at_a_message() {
    let recorded = record(&[(false, 0, 1, false, false, 1), (false, 0, 2, false, false, 2)]);
    let page = |position| {
        let cursor = Some(Cursor::up_to(position));
        let page = recorded.reader.page(&Query::default(), cursor, 9, super::common::PATIENCE);
        page.unwrap().items.iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(page(0), [] as [i64; 0]);
    assert_eq!(page(1), [1]);
    assert_eq!(page(i64::MAX), [2, 1]);
}

#[test]
fn what_cannot_be_compared_counts_as_changed() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(7));
    let log = history.connection("one", "One").unwrap();
    let large = "long enough to stand alone";
    save(&log, vec![message(1, "a", large), message(2, "b", large), message(3, "a", large)]);
    history.disturb(|database| {
        database.execute("UPDATE alone SET content = zeroblob(40) WHERE id = 1", []).unwrap();
    });
    save(&log, vec![message(4, "b", large)]);
    let reader = history.reader();
    let page = reader.changes(log.id(), 2, 4, None, 10).unwrap();
    let kinds: Vec<_> = page.items.into_iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Changed { before: 1, after: 3 }]);
    assert_eq!(reader.readable(1).unwrap(), None);
    assert_eq!(reader.readable(2).unwrap().unwrap().message, message(2, "b", large));
}
