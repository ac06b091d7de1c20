//! Reading: every query against a list that is gone through by hand.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wiretree_model::{Message, Property, Timestamp, Topic, TopicFilter};
use wiretree_query::{Candidate, Clock, parse};

use super::common::{PATIENCE, Place, each, message, messages, save, small, until};
use crate::{ConnectionId, Cursor, Found, History, Page, Progressed, Query, Reader, Scope};

type Recorded = Vec<(ConnectionId, Message)>;

/// Whether it is of the first connection, and the topics, payloads and times of its messages.
type Batch = (bool, Vec<(String, String, i64)>);

fn naive(query: &Query, connection: ConnectionId, message: &Message) -> bool {
    let topic = &message.publish.topic;
    let payload = &message.publish.payload;
    let in_scope = match &query.scope {
        Scope::All => true,
        Scope::Topic(wanted) => wanted == topic,
        Scope::Subtree(root) => {
            let (root, levels): (Vec<_>, Vec<_>) =
                (root.levels().collect(), topic.levels().collect());
            levels.starts_with(&root)
        }
        Scope::Filter(filter) => filter.matches(topic),
    };
    let contains = |text: &Vec<u8>| {
        text.is_empty() || payload.windows(text.len()).any(|window| window == text)
    };
    in_scope
        && query.connection.is_none_or(|wanted| wanted == connection)
        && query.contains.as_ref().is_none_or(contains)
        && query.from.is_none_or(|from| message.received_at >= from)
        && query.to.is_none_or(|to| message.received_at < to)
        && query.matching.as_ref().is_none_or(|it| it.matches(&Candidate::from(message)))
}

/// All pages behind each other.
fn paged(reader: &Reader, query: &Query, limit: usize, budget: Duration) -> Recorded {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let Page { items, next, .. } = reader.page(query, cursor, limit, budget).unwrap();
        assert!(items.len() <= limit);
        all.extend(items.into_iter().map(|item| (item.connection, item.message)));
        if next.is_none() {
            return all;
        }
        assert!(cursor.is_none_or(|before| next.unwrap().0 < before.0), "it gets on");
        cursor = next.map(|cursor| cursor.to_string().parse().unwrap());
    }
}

/// 130 topics on three levels, so that some subtrees are of many topics and some of few.
fn topic() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => (0..3, 0..40).prop_map(|(one, two)| format!("{one}/{two}")),
        1 => prop_oneof![Just("0"), Just("1"), Just("0/1/x"), Just("0/10"), Just("/"), Just(""),
            Just("$SYS/x"), Just("00")].prop_map(str::to_owned),
    ]
}

fn scope() -> impl Strategy<Value = Scope> {
    let subtree = prop_oneof![topic(), Just("0".to_owned()), Just(String::new())];
    let filter = prop_oneof![
        Just("#"),
        Just("0/#"),
        Just("+/1"),
        Just("+"),
        Just("1/+"),
        Just("$SYS/#"),
        Just("0/1/#"),
    ];
    prop_oneof![
        Just(Scope::All),
        topic().prop_map(|topic| Scope::Topic(Topic::received(topic))),
        subtree.prop_map(|topic| Scope::Subtree(Topic::received(topic))),
        filter.prop_map(|text| Scope::Filter(TopicFilter::parse(text).unwrap())),
    ]
}

/// Times that mostly go forward, as a clock does, and jump now and then.
fn moment() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0_i64..300, 1 => Just(i64::MIN), 1 => Just(i64::MAX), 1 => -300_i64..0]
}

/// Texts of the query language; moments are those of [`moment`].
fn matching() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just(""),
        Just("ab"),
        Just("a or -b"),
        Just("not (a or b) size:>1"),
        Just("topic:0/#"),
        Just("topic:+/1 a"),
        Just("topic:0/+ topic:+/2"),
        Just("topic:0/# or c"),
        Just("-topic:1/# i\"A\""),
        Just("from:1970-01-01T00:00:00.0001Z to:1970-01-01T00:00:00.0002Z b"),
    ]
}

#[derive(Clone, Debug)]
struct Asked {
    query: Query,
    connection: Option<bool>,
    limit: usize,
    budget: Duration,
}

prop_compose! {
    fn asked()(
        scope in scope(),
        connection in any::<Option<bool>>(),
        contains in proptest::option::of("[ab]{0,2}"),
        matching in proptest::option::of(matching()),
        (from, to) in (proptest::option::of(moment()), proptest::option::of(moment())),
        limit in 1_usize..40,
        in_a_hurry in any::<bool>(),
    ) -> Asked {
        let budget = if in_a_hurry { Duration::ZERO } else { PATIENCE };
        let (contains, from, to) =
            (contains.map(String::into_bytes), from.map(Timestamp), to.map(Timestamp));
        let matching = matching.map(|text| Arc::new(parse(text, &Clock::default()).unwrap()));
        let query = Query { connection: None, scope, contains, matching, from, to };
        Asked { query, connection, limit, budget }
    }
}

prop_compose! {
    fn batch()(
        first in any::<bool>(),
        list in proptest::collection::vec((topic(), "[abc]{0,4}", moment()), 1..40),
    ) -> Batch {
        (first, list)
    }
}

/// Records the batches of two connections, opening the file anew in the middle.
fn record(place: &Place, batches: Vec<Batch>) -> (History, Recorded) {
    let open = || place.open_with(|limits| limits.sizes = small(60));
    let mut history = open();
    let middle = batches.len() / 2;
    let (mut recorded, mut sequences) = (Vec::new(), [0, 0]);
    for (at, (first, list)) in batches.into_iter().enumerate() {
        if at == middle {
            drop(history);
            history = open();
        }
        let (name, sequence) =
            if first { ("one", &mut sequences[0]) } else { ("two", &mut sequences[1]) };
        let log = history.connection(name, name).unwrap();
        let mut batch = Vec::new();
        for (topic, payload, received_at) in list {
            *sequence += 1;
            let mut message = message(*sequence, &topic, payload);
            message.received_at = Timestamp(received_at);
            batch.push(message);
        }
        recorded.extend(batch.iter().map(|message| (log.id(), message.clone())));
        save(&log, batch);
    }
    (history, recorded)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn every_query_agrees_with_a_list_gone_through_by_hand(
        batches in proptest::collection::vec(batch(), 1..16),
        questions in proptest::collection::vec(asked(), 12),
    ) {
        let place = Place::new();
        let (history, recorded) = record(&place, batches);
        let beside = History::open_read_only(&place.path).unwrap();
        for Asked { mut query, connection, limit, budget } in questions {
            let key = connection.map(|first| if first { "one" } else { "two" });
            let known = key.map(|key| history.reader().connection(key).unwrap());
            query.connection = known.map(|known| known.map_or(ConnectionId(99), |known| known.id));
            let mut expected: Recorded = recorded
                .iter()
                .filter(|(connection, message)| naive(&query, *connection, message))
                .cloned()
                .collect();
            for reader in [&history.reader(), &beside] {
                let oldest_first: Recorded = each(reader, &query)
                    .into_iter()
                    .map(|item| (item.connection, item.message))
                    .collect();
                prop_assert_eq!(&oldest_first, &expected, "{:?}", query);
            }
            expected.reverse();
            prop_assert_eq!(&paged(&history.reader(), &query, limit, budget), &expected);
        }
    }

    #[test]
    fn a_message_its_neighbour_and_the_newest_of_a_topic(
        batches in proptest::collection::vec(batch(), 1..8),
    ) {
        let place = Place::new();
        let (history, recorded) = record(&place, batches);
        let reader = history.reader();
        for (at, (connection, message)) in recorded.iter().enumerate() {
            let id = at as i64 + 1;
            let stored = reader.message(id).unwrap().unwrap();
            prop_assert_eq!((stored.id, stored.connection), (id, *connection));
            prop_assert_eq!(&stored.message, message);
            let same = |(of, other): &&(ConnectionId, Message)| {
                of == connection && other.publish.topic == message.publish.topic
            };
            let before = recorded[..at].iter().rev().find(same).map(|(_, message)| message.clone());
            prop_assert_eq!(reader.previous(id).unwrap().map(|found| found.message), before);
            let newest = recorded.iter().rev().find(same).map(|(_, message)| message.clone());
            let latest = reader.latest(*connection, &message.publish.topic).unwrap();
            prop_assert_eq!(latest.map(|found| found.message), newest);
        }
        prop_assert_eq!(reader.message(recorded.len() as i64 + 1).unwrap(), None);
        prop_assert_eq!(reader.previous(0).unwrap(), None);
    }
}

#[test]
fn a_subtree_is_a_topic_and_what_stands_below_it() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let topics = ["a", "a/b", "ab", "a/", "A", "/a", "a/b/c", "b/a"];
    save(&log, (1..).zip(topics).map(|(sequence, topic)| message(sequence, topic, "")).collect());
    let below = |root: &str| {
        let scope = Scope::Subtree(Topic::received(root));
        let found = each(&history.reader(), &Query { scope, ..Query::default() });
        found
            .iter()
            .map(|item| item.message.publish.topic.to_text().into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(below("a"), ["a", "a/b", "a/", "a/b/c"]);
    assert_eq!(below("a/b"), ["a/b", "a/b/c"]);
    assert_eq!(below(""), ["/a"], "the empty first level");
    assert_eq!(below("nothing"), [""; 0]);
}

#[test]
fn times_are_from_included_to_excluded() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let times = [i64::MIN, -1, 0, 5, i64::MAX];
    let at =
        |(sequence, time)| Message { received_at: Timestamp(time), ..message(sequence, "a", "") };
    save(&log, (1..).zip(times).map(at).collect());
    let between = |from: Option<i64>, to: Option<i64>| {
        let (from, to) = (from.map(Timestamp), to.map(Timestamp));
        let found = each(&history.reader(), &Query { from, to, ..Query::default() });
        found.iter().map(|item| item.message.received_at.0).collect::<Vec<_>>()
    };
    assert_eq!(between(None, None), times);
    assert_eq!(between(Some(-1), Some(5)), [-1, 0]);
    assert_eq!(between(Some(5), None), [5, i64::MAX]);
    assert_eq!(between(Some(5), Some(5)), [0; 0]);
    assert_eq!(between(None, Some(i64::MIN)), [0; 0], "nothing is before the first moment");
    assert_eq!(between(None, Some(i64::MAX)), [i64::MIN, -1, 0, 5]);
}

#[test]
fn topics_that_come_later_are_found_by_the_same_query() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let reader = history.reader();
    let scope = Scope::Subtree(Topic::received("a"));
    let query = Query { scope, ..Query::default() };
    for round in 0..200_u64 {
        save(&log, vec![message(round + 1, &format!("a/{round}"), "")]);
        let page = reader.page(&query, None, 1_000, PATIENCE).unwrap();
        assert_eq!(page.items.len() as u64, round + 1, "past the number that counts as few");
    }
}

#[test]
fn a_search_without_time_comes_back_with_where_it_is() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    for batch in 0..10 {
        save(&log, messages(batch * 1_000 + 1, 1_000));
    }
    let query = Query { contains: Some(b"nowhere".to_vec()), ..Query::default() };
    let reader = history.reader();
    let first = reader.page(&query, None, 10, Duration::ZERO).unwrap();
    let reached = first.searched_to.expect("it tells how far it came");
    assert!(first.items.is_empty() && first.next.is_some());
    let second = reader.page(&query, first.next, 10, Duration::ZERO).unwrap();
    assert!(second.searched_to.unwrap() < reached, "and gets on");
    let all = reader.page(&query, None, 10, PATIENCE).unwrap();
    let nothing = Page { scanned: 10_000, ..Page::default() };
    assert_eq!(all, nothing, "looked at everything, found nothing");
}

#[test]
fn a_cursor_stays_where_it_is_while_messages_come() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 20));
    let page = |cursor: Option<Cursor>| {
        let page = history.reader().page(&Query::default(), cursor, 5, PATIENCE).unwrap();
        let sequences: Vec<_> = page.items.iter().map(|item| item.message.sequence).collect();
        (sequences, page.next)
    };
    let (first, next) = page(None);
    save(&log, messages(21, 20));
    let (second, _) = page(next);
    assert_eq!((first, second), (vec![20, 19, 18, 17, 16], vec![15, 14, 13, 12, 11]));
}

#[test]
fn a_page_of_large_payloads_is_short() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    for sequence in 1..=6 {
        save(&log, vec![message(sequence, "a", vec![0; 6 * 1024 * 1024])]);
    }
    let page = history.reader().page(&Query::default(), None, 100, PATIENCE).unwrap();
    assert_eq!(page.items.len(), 3, "16 MiB are enough for a page");
    assert_eq!(paged(&history.reader(), &Query::default(), 100, PATIENCE).len(), 6);
}

#[test]
fn each_tells_how_far_it_is_and_can_be_stopped() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    for batch in 0..12 {
        save(&log, messages(batch * 1_000 + 1, 1_000));
    }
    let query = Query { contains: Some(b"nowhere".to_vec()), ..Query::default() };
    let mut last = Progressed::default();
    let reader = history.reader();
    let seen = |found| {
        let Found::Progress(progress) = found else { panic!("nothing is to be found") };
        assert!(progress.scanned >= last.scanned);
        last = progress;
        ControlFlow::Continue(())
    };
    reader.each(&query, seen).unwrap();
    assert_eq!(last, Progressed { scanned: 12_000, total: 12_000 });

    let mut visited = 0;
    let stop = |_| {
        visited += 1;
        if visited < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    reader.each(&Query::default(), stop).unwrap();
    assert_eq!(visited, 10);
}

#[test]
fn each_goes_on_in_the_middle_of_a_segment() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(5_000));
    let log = history.connection("one", "One").unwrap();
    for batch in 0..11 {
        save(&log, messages(batch * 1_000 + 1, 1_000));
    }
    let all = each(&history.reader(), &Query::default());
    assert_eq!(
        all.iter().map(|item| item.id).collect::<Vec<_>>(),
        (1..=11_000).collect::<Vec<_>>()
    );
}

#[test]
fn topics_of_a_connection_to_seed_a_tree() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let other = history.connection("two", "Two").unwrap();
    save(&other, vec![message(1, "other", "")]);
    save(&log, messages(1, 30));
    let topics = |limit| {
        let topics = history.reader().topics(log.id(), limit).unwrap();
        topics.iter().map(|topic| topic.to_text().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(topics(10), ["a/b", "c", "a"]);
    assert_eq!(topics(2), ["a/b", "c"]);
    assert_eq!(topics(0), [""; 0]);
}

#[test]
fn size_counts_messages_and_bytes() {
    let place = Place::new();
    let history = place.open();
    assert_eq!(history.reader().size().unwrap().messages, 0);
    save(&history.connection("one", "One").unwrap(), vec![message(1, "a", vec![1; 100_000])]);
    let size = history.reader().size().unwrap();
    assert_eq!(size.messages, 1);
    assert!(size.bytes >= 100_000, "{}", size.bytes);
}

/// How many messages can be read, and the stretches that cannot: how many, the first and the last.
fn readable(reader: &Reader, query: &Query) -> (u64, Vec<(u64, i64, i64)>) {
    let (mut read, mut damaged) = (0, Vec::new());
    let visit = |found| {
        match found {
            Found::Message(_) => read += 1,
            Found::Damaged(it) => damaged.push((it.messages, it.first, it.last)),
            Found::Progress(_) => {}
        }
        ControlFlow::Continue(())
    };
    reader.each(query, visit).unwrap();
    (read, damaged)
}

#[test]
fn a_message_that_cannot_be_read_does_not_take_its_neighbours_along() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let mut list = messages(1, 20_000);
    for at in [11, 12, 501, 9_999] {
        // Five bytes on the wire, which are none of MQTT.
        let identifier = Property::SubscriptionIdentifier(u32::MAX);
        list[at - 1].publish.properties.0.push(identifier);
    }
    log.try_reserve().unwrap().unwrap().queue(list).unwrap();
    until(&log, |progress| progress.stored == 20_000);
    let reader = history.reader();
    let stretches = vec![(2, 11, 12), (1, 501, 501), (1, 9_999, 9_999)];
    assert_eq!(readable(&reader, &Query::default()), (19_996, stretches));

    let (mut read, mut damaged, mut cursor) = (0, 0, None);
    loop {
        let page = reader.page(&Query::default(), cursor, 7, PATIENCE).unwrap();
        read += page.items.len();
        damaged += page.damaged.iter().map(|it| it.messages).sum::<u64>();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((read, damaged), (19_996, 4), "page by page, from the newest");
}

#[test]
fn what_stands_behind_messages_of_a_lost_topic_is_read() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 30_000));
    history.disturb(|database| {
        database.execute("DELETE FROM topics WHERE name = CAST('a/b' AS BLOB)", []).unwrap();
    });
    save(&log, vec![message(30_001, "c", "")]);
    let (read, damaged) = readable(&history.reader(), &Query::default());
    let damaged = damaged.iter().map(|(messages, ..)| messages).sum::<u64>();
    assert_eq!((read, damaged), (20_001, 10_000));
}

#[test]
fn what_a_damaged_index_leads_to_is_not_called_damaged() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(200));
    let log = history.connection("one", "One").unwrap();
    save(&log, messages(1, 600));
    history.disturb(|database| {
        let spoil = "UPDATE indexes SET directory = zeroblob(40)";
        assert!(database.execute(spoil, []).unwrap() > 1);
    });
    save(&log, messages(601, 1));
    let scope = Scope::Topic(Topic::received("a"));
    let query = Query { connection: Some(log.id()), scope, ..Query::default() };
    let reader = history.reader();
    assert_eq!(readable(&reader, &query), (200, vec![]));
    let page = reader.page(&query, None, 1_000, PATIENCE).unwrap();
    assert_eq!((page.items.len(), page.damaged), (200, vec![]));
    let checked = reader.check(|_| ControlFlow::Continue(())).unwrap();
    assert_eq!((checked.intact, checked.damaged), (601, 0));
    assert!(checked.beside.iter().all(|said| said.starts_with("The index of the messages")));
    assert!(!checked.beside.is_empty(), "it is the check that says it");
}
