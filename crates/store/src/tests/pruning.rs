//! Removing: against a list that is pruned naively, with crashes between slices, while messages come,
//! and by policies at moments that the test chooses.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use proptest::prelude::*;
use wiretree_model::{
    Direction, Keep, Message, ProtocolVersion, RecordingRule, RecordingRules, Timestamp, Topic,
    TopicFilter,
};

use super::common::{PATIENCE, Place, each, message, save, send, small, until};
use crate::pruning::Keeper;
use crate::{
    ClearOrder, ConnectionId, Effect, History, Log, Policies, Policy, Progressed, Pruned, Query,
    Reader, Removal, Scope, SessionStart, StoredMessage, StoredOutcome,
};

const KEYS: [&str; 2] = ["one", "two"];
const TOPICS: [&str; 4] = ["a", "a/b", "a/b/c", "d"];

fn go_on(_: Pruned) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn all_of_it(_: Progressed) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn topic(name: &str) -> Topic {
    Topic::received(name)
}

/// What a test does with a history.
#[derive(Clone, Debug)]
enum Deed {
    Append(usize, Vec<(usize, i64, usize)>),
    Clear(Option<usize>, Scope, Option<i64>),
    /// Breaks off after so many slices, and opens the file again.
    Crash(Option<usize>, Scope, Option<i64>, usize),
    Keep(Option<usize>, Policy, i64),
    Reopen,
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        2 => Just(Scope::All),
        1 => (0..TOPICS.len()).prop_map(|at| Scope::Topic(topic(TOPICS[at]))),
        1 => Just(Scope::Subtree(topic("a/b"))),
        1 => Just(Scope::Filter(TopicFilter::parse("+/b/#").unwrap())),
    ]
}

fn one() -> impl Strategy<Value = Option<usize>> {
    proptest::option::of(0..KEYS.len())
}

fn policy() -> impl Strategy<Value = Policy> {
    let rule = prop_oneof![
        Just(Keep::Record),
        Just(Keep::DontRecord),
        (0_u64..200).prop_map(|seconds| Keep::KeepFor(Duration::from_secs(seconds))),
    ];
    let rules = proptest::collection::vec((0..3_usize, rule), 0..3).prop_map(|rules| {
        let filters = ["a/#", "d", "+/b"];
        let rule = |(at, keep): (usize, Keep)| RecordingRule {
            filter: TopicFilter::parse(filters[at]).unwrap(),
            keep,
        };
        RecordingRules(rules.into_iter().map(rule).collect())
    });
    (proptest::option::of(0_u64..200), proptest::option::of(0_u64..60), rules).prop_map(
        |(age, max_messages, rules)| Policy {
            max_age: age.map(Duration::from_secs),
            max_messages,
            max_bytes: None,
            rules,
        },
    )
}

fn deed() -> impl Strategy<Value = Deed> {
    let message = (0..TOPICS.len(), 0_i64..200, prop_oneof![5 => 0..15_usize, 1 => 15..80_usize]);
    let batch = proptest::collection::vec(message, 1..30);
    let to = || proptest::option::of(0_i64..200);
    prop_oneof![
        6 => (0..KEYS.len(), batch).prop_map(|(key, batch)| Deed::Append(key, batch)),
        2 => (one(), scope(), to()).prop_map(|(key, scope, to)| Deed::Clear(key, scope, to)),
        2 => (one(), scope(), to(), 0..6_usize)
            .prop_map(|(key, scope, to, slices)| Deed::Crash(key, scope, to, slices)),
        2 => (one(), policy(), 0_i64..300).prop_map(|(key, policy, now)| Deed::Keep(key, policy, now)),
        1 => Just(Deed::Reopen),
    ]
}

/// A history, and what should be in it.
struct Twin {
    place: Place,
    segment_messages: usize,
    history: Option<History>,
    logs: Vec<Log>,
    naive: Vec<StoredMessage>,
    sequences: [u64; 2],
    newest: i64,
}

impl Twin {
    fn new(segment_messages: usize) -> Self {
        let place = Place::new();
        let naive = Vec::new();
        let (history, logs) = (None, Vec::new());
        let mut twin =
            Self { place, segment_messages, history, logs, naive, sequences: [0; 2], newest: 0 };
        twin.reopen();
        twin
    }

    fn history(&self) -> &History {
        self.history.as_ref().unwrap()
    }

    fn reader(&self) -> Reader {
        self.history().reader()
    }

    fn reopen(&mut self) {
        self.logs.clear();
        self.history = None;
        let sizes = small(self.segment_messages);
        let history = self.place.open_with(|limits| limits.sizes = sizes);
        self.logs = KEYS.iter().map(|key| history.connection(key, key).unwrap()).collect();
        self.history = Some(history);
    }

    fn order(&self, key: Option<usize>, scope: &Scope, to: Option<i64>) -> ClearOrder {
        let connection = key.map(|key| self.logs[key].id());
        ClearOrder { connection, scope: scope.clone(), to: to.map(seconds) }
    }

    fn append(&mut self, key: usize, batch: &[(usize, i64, usize)]) {
        let batch: Vec<Message> = batch
            .iter()
            .map(|(name, at, size)| {
                self.sequences[key] += 1;
                let payload = "x".repeat(*size);
                let mut message = message(self.sequences[key], TOPICS[*name], payload);
                message.received_at = seconds(*at);
                message.publish.retain = at % 3 == 0;
                if at % 7 == 0 {
                    message.direction = Direction::Sent;
                }
                message
            })
            .collect();
        save(&self.logs[key], batch.clone());
        for message in batch.iter().filter(|message| message.direction == Direction::Sent) {
            let outcome =
                StoredOutcome { at: message.received_at, ending: crate::PublishEnding::Sent };
            self.logs[key].note_outcome(message.sequence, outcome).unwrap();
        }
        let all = each(&self.reader(), &Query::default());
        let added = &all[self.naive.len()..];
        assert!(added.iter().map(|stored| &stored.message).eq(&batch), "what was sent is there");
        for stored in added {
            assert!(stored.id > self.newest, "no number is given twice");
            self.newest = stored.id;
        }
        self.naive.extend_from_slice(added);
    }

    /// Checks the effect that was foretold, and what is left.
    fn removed(&mut self, effect: &Effect, goes: impl Fn(&StoredMessage) -> bool) {
        let going: Vec<&StoredMessage> = self.naive.iter().filter(|stored| goes(stored)).collect();
        assert_eq!(effect.messages, going.len() as u64);
        assert_eq!(effect.total, self.naive.len() as u64);
        let topics: BTreeSet<_> =
            going.iter().map(|stored| (stored.connection, topic_of(stored))).collect();
        assert_eq!(effect.topics, topics.len() as u64);
        let at = |stored: &&StoredMessage| stored.message.received_at;
        assert!(effect.oldest <= going.iter().map(at).min());
        assert!(effect.newest >= going.iter().map(at).max());
        self.naive.retain(|stored| !goes(stored));
    }

    fn check(&self) {
        let reader = self.reader();
        assert_eq!(each(&reader, &Query::default()), self.naive);
        assert_eq!(reader.size().unwrap().messages, self.naive.len() as u64);
        for (log, size) in self.logs.iter().zip(reader.sizes().unwrap()) {
            assert_eq!(size.connection, log.id());
            let of_one = |stored: &&StoredMessage| stored.connection == log.id();
            assert_eq!(size.messages, self.naive.iter().filter(of_one).count() as u64);
            for name in TOPICS {
                self.check_topic(&reader, log.id(), name);
            }
            let positions = self.naive.iter().map(|stored| stored.id).chain([0, self.newest]);
            for position in positions.step_by(5) {
                self.check_state(&reader, log.id(), position);
            }
        }
        let density = reader.density(&Query::default(), seconds(0), seconds(200), 20).unwrap();
        let mut counts = vec![0_u64; 20];
        for stored in &self.naive {
            counts[usize::try_from(stored.message.received_at.0 / 10_000_000).unwrap()] += 1;
        }
        assert_eq!(density.counts, counts);
        self.check_file();
    }

    /// Travelling in time shows nothing of what was removed.
    fn check_state(&self, reader: &Reader, connection: ConnectionId, position: i64) {
        let mut expected: BTreeMap<&[u8], (u64, i64, bool)> = BTreeMap::new();
        for stored in self.naive.iter().filter(|stored| {
            stored.connection == connection
                && stored.id <= position
                && stored.message.direction == Direction::Received
        }) {
            let known = expected.entry(topic_of(stored)).or_default();
            let publish = &stored.message.publish;
            let retained = if publish.retain { !publish.payload.is_empty() } else { known.2 };
            *known = (known.0 + 1, stored.id, retained);
        }
        let state = reader.state_at(connection, position).unwrap();
        let found: BTreeMap<&[u8], (u64, i64, bool)> = state
            .topics
            .iter()
            .map(|known| (known.topic.as_bytes(), (known.messages, known.last, known.retained)))
            .collect();
        assert_eq!(found, expected, "at {position}");
    }

    fn check_topic(&self, reader: &Reader, connection: ConnectionId, name: &str) {
        let is_meant = |stored: &&StoredMessage| {
            stored.connection == connection && topic_of(stored) == name.as_bytes()
        };
        let expected: Vec<&StoredMessage> = self.naive.iter().filter(is_meant).collect();
        let scope = Scope::Topic(topic(name));
        let query = Query { connection: Some(connection), scope, ..Query::default() };
        let page = reader.page(&query, None, 1_000, Duration::MAX).unwrap();
        assert!(page.items.iter().rev().eq(expected.iter().copied()), "newest first, by topic");
        assert_eq!(page.damaged, []);
        let latest = reader.latest(connection, &topic(name)).unwrap();
        assert_eq!(latest.as_ref(), expected.last().copied());
        if let [.., before, last] = expected[..] {
            assert_eq!(reader.previous(last.id).unwrap().as_ref(), Some(before));
        }
    }

    /// The tables agree with each other.
    fn check_file(&self) {
        let file = rusqlite::Connection::open(&self.place.path).unwrap();
        let number = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(number("SELECT count(*) FROM segments"), number("SELECT count(*) FROM indexes"));
        let odd = "SELECT count(*) FROM segments AS s WHERE messages != (
            SELECT sum(messages) FROM blocks WHERE last_id BETWEEN s.first_id AND s.last_id)";
        assert_eq!(number(odd), 0, "segments have what their blocks have");
        let stray = "SELECT count(*) FROM blocks AS b
            WHERE last_id <= (SELECT max(last_id) FROM segments)
            AND NOT EXISTS (SELECT 1 FROM segments
                WHERE first_id <= b.first_id AND last_id >= b.last_id)";
        assert_eq!(number(stray), 0, "no block is between segments");
        let large = |stored: &&StoredMessage| stored.message.publish.payload.len() > 16;
        let large = self.naive.iter().filter(large).count() as i64;
        assert_eq!(number("SELECT count(*) FROM alone"), large);
        let sent = |stored: &&StoredMessage| stored.message.direction == Direction::Sent;
        let sent = self.naive.iter().filter(sent).count() as i64;
        assert_eq!(number("SELECT count(*) FROM outcomes"), sent);
        let loose = "SELECT count(*) FROM snapshots
            WHERE last_id NOT IN (SELECT last_id FROM segments)";
        assert_eq!(number(loose), 0, "snapshots are of segments");
    }

    fn run(&mut self, deed: &Deed) {
        match deed {
            Deed::Append(key, batch) => self.append(*key, batch),
            Deed::Reopen => self.reopen(),
            Deed::Clear(key, scope, to) => self.clear(&self.order(*key, scope, *to)),
            Deed::Crash(key, scope, to, slices) => {
                let order = self.order(*key, scope, *to);
                let mut left = *slices;
                let word = |_| {
                    left = left.saturating_sub(1);
                    if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                };
                let cleared = self.history().clear(&order, word).unwrap();
                self.reopen();
                let now = each(&self.reader(), &Query::default());
                let goes = meant_by(&order);
                let is_kept = |stored: &&StoredMessage| !goes(stored) || now.contains(stored);
                self.naive = self.naive.iter().filter(is_kept).cloned().collect();
                assert_eq!(now, self.naive, "nothing has gone that was not meant");
                assert!(!cleared.is_complete || !now.iter().any(goes));
                self.check();
                self.clear(&order);
            }
            Deed::Keep(key, policy, now) => {
                let connection = key.map(|key| self.logs[key].id());
                let mut policies = self.reader().policies().unwrap();
                policies.set(connection, Some(policy.clone()));
                self.keep(connection, policy, &policies, seconds(*now));
                let nothing = self.history().set_policy(connection, None, seconds(*now), go_on);
                assert_eq!(nothing.unwrap().messages, 0);
            }
        }
    }

    fn clear(&mut self, order: &ClearOrder) {
        let removal = Removal::Clear(order.clone());
        let effect = self.reader().effect(&removal, Timestamp(0), all_of_it).unwrap();
        let cleared = self.history().clear(order, go_on).unwrap();
        assert!(cleared.is_complete && cleared.damaged == 0);
        assert_eq!(cleared.messages, effect.messages);
        self.removed(&effect, meant_by(order));
    }

    fn keep(
        &mut self,
        connection: Option<ConnectionId>,
        policy: &Policy,
        policies: &Policies,
        now: Timestamp,
    ) {
        let removal = Removal::Policies(policies.clone());
        let effect = self.reader().effect(&removal, now, all_of_it).unwrap();
        let cleared = self.history().set_policy(connection, Some(policy.clone()), now, go_on);
        let cleared = cleared.unwrap();
        assert_eq!(&self.reader().policies().unwrap(), policies);
        assert_eq!(cleared.messages, effect.messages);
        let going = naive_policies(&self.naive, policies, now);
        self.removed(&effect, |stored| going.contains(&stored.id));
    }
}

fn seconds(at: i64) -> Timestamp {
    Timestamp(at * 1_000_000)
}

fn topic_of(stored: &StoredMessage) -> &[u8] {
    stored.message.publish.topic.as_bytes()
}

fn meant_by(order: &ClearOrder) -> impl Fn(&StoredMessage) -> bool + use<> {
    let order = order.clone();
    move |stored| {
        let name = topic_of(stored);
        order.connection.is_none_or(|wanted| stored.connection == wanted)
            && order.to.is_none_or(|to| stored.message.received_at < to)
            && match &order.scope {
                Scope::All => true,
                Scope::Topic(topic) => topic.as_bytes() == name,
                Scope::Subtree(root) => {
                    name == root.as_bytes() || name.starts_with(&[root.as_bytes(), b"/"].concat())
                }
                Scope::Filter(filter) => filter.matches(&stored.message.publish.topic),
            }
    }
}

/// The numbers of what policies do not keep.
fn naive_policies(all: &[StoredMessage], policies: &Policies, now: Timestamp) -> BTreeSet<i64> {
    let rule_of = |stored: &StoredMessage| {
        let rules = &policies.of(stored.connection).rules.0;
        let topic = &stored.message.publish.topic;
        rules.iter().find(|rule| rule.filter.matches(topic)).map(|rule| rule.keep)
    };
    let mut going = BTreeSet::new();
    for connection in all.iter().map(|stored| stored.connection).collect::<BTreeSet<_>>() {
        let policy = policies.of(connection);
        let limited: Vec<&StoredMessage> = all
            .iter()
            .filter(|stored| stored.connection == connection)
            .filter(|stored| rule_of(stored) != Some(Keep::Record))
            .collect();
        let most = policy.max_messages.map_or(usize::MAX, |most| most as usize);
        for (at, stored) in limited.iter().rev().enumerate() {
            let age = match rule_of(stored) {
                Some(Keep::KeepFor(age)) => Some(age),
                _ => policy.max_age,
            };
            let is_old = age
                .is_some_and(|age| stored.message.received_at.0 < now.0 - age.as_micros() as i64);
            if at >= most || is_old {
                going.insert(stored.id);
            }
        }
    }
    going
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn what_is_left_is_what_a_list_would_have_left(
        deeds in proptest::collection::vec(deed(), 1..14), segment_messages in 5..60_usize,
    ) {
        let mut twin = Twin::new(segment_messages);
        for deed in &deeds {
            twin.run(deed);
            twin.check();
        }
        twin.reopen();
        twin.check();
    }
}

/// Messages of 200 bytes that no compression makes smaller, on ten topics, one a second.
fn noise(first: u64, count: u64) -> Vec<Message> {
    let mut state = first;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let mut one = |sequence: u64| {
        let payload: Vec<u8> = (0..200).map(|_| random()).collect();
        message(sequence, &format!("t/{}", sequence % 10), payload)
    };
    (first..first + count).map(&mut one).collect()
}

fn bytes_of(place: &Place) -> u64 {
    let log = format!("{}-wal", place.path.display());
    let length = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |data| data.len());
    length(&place.path) + length(std::path::Path::new(&log))
}

#[test]
fn the_file_gets_smaller_by_what_is_cleared() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes.segment_messages = 5_000);
    let log = history.connection("one", "One").unwrap();
    for batch in 0..20 {
        save(&log, noise(1 + batch * 2_000, 2_000));
    }
    let before = bytes_of(&place);
    assert!(before > 8_000_000);
    let order = ClearOrder { to: Some(seconds(30_001)), ..ClearOrder::default() };
    let cleared = history.clear(&order, go_on).unwrap();
    assert_eq!(cleared.messages, 30_000);
    let after = bytes_of(&place);
    assert!(after < before / 3, "{after} of {before} bytes are left");
    assert!(cleared.bytes > before / 2, "{} bytes were given back", cleared.bytes);
    let all = ClearOrder { connection: Some(log.id()), ..ClearOrder::default() };
    history.clear(&all, go_on).unwrap();
    assert!(bytes_of(&place) < 200_000);
    assert!(history.reader().topics(log.id(), 100).unwrap().is_empty(), "topics go with it");
    save(&log, noise(50_000, 10));
    assert_eq!(history.reader().topics(log.id(), 100).unwrap().len(), 10, "and come again");
    assert_eq!(each(&history.reader(), &Query::default()).len(), 10);
}

#[test]
fn what_comes_while_something_is_cleared_is_all_there() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(100));
    let log = history.connection("one", "One").unwrap();
    let other = history.connection("two", "Two").unwrap();
    let number = |first: u64, count: u64| -> Vec<Message> {
        (first..first + count).map(|at| message(at, TOPICS[at as usize % 4], "x")).collect()
    };
    save(&log, number(1, 5_000));
    let mut sent = 0;
    let order = ClearOrder { connection: Some(log.id()), ..ClearOrder::default() };
    let cleared = history
        .clear(&order, |_| {
            // More than a segment of it comes between two slices.
            send(&other, number(sent + 1, 30));
            sent += 30;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(cleared.messages, 5_000);
    until(&other, |progress| progress.committed_sequence == sent);
    let left = each(&history.reader(), &Query::default());
    assert!(left.iter().map(|stored| stored.message.sequence).eq(1..=sent));
    drop((log, other));
    drop(history);
    let again = place.open_with(|limits| limits.sizes = small(100));
    assert_eq!(each(&again.reader(), &Query::default()), left);
}

#[test]
fn who_removes_makes_way_for_what_waits_for_the_disk_but_not_for_ever() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.queue_bytes = 800);
    let log = history.connection("one", "One").unwrap();
    save(&log, noise(0, 50));
    assert_eq!(history.pruner.make_way(PATIENCE), Duration::ZERO, "nothing waits");

    let room: Vec<_> = (0..101).map(|_| log.try_reserve().unwrap().unwrap()).collect();
    let made_way = history.pruner.make_way(Duration::from_millis(1));
    assert!(made_way > Duration::ZERO, "more than an eighth is taken");
    let cleared = history.clear(&ClearOrder::default(), go_on).unwrap();
    assert_eq!((cleared.messages, cleared.is_complete), (50, true));
    assert!(cleared.made_way > Duration::ZERO);

    drop(room);
    assert_eq!(history.pruner.make_way(PATIENCE), Duration::ZERO, "there is room again");
    history.close().unwrap();
}

#[test]
fn old_messages_go_as_the_clock_goes_on() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(40));
    let log = history.connection("one", "One").unwrap();
    save(&log, super::common::messages(1, 200));
    let hundred = Policy { max_age: Some(Duration::from_secs(100)), ..Policy::default() };
    history.set_policy(None, Some(hundred), seconds(0), go_on).unwrap();
    for (now, left) in [(100, 200), (150, 151), (250, 51), (301, 0)] {
        history.apply_policies(seconds(now), go_on).unwrap();
        assert_eq!(history.reader().size().unwrap().messages, left, "at {now} s");
    }
    save(&log, super::common::messages(201, 1));
    assert_eq!(each(&history.reader(), &Query::default()).len(), 1, "and it goes on");
}

#[test]
fn a_connection_that_is_spared_keeps_what_the_others_do_not() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(40));
    let (log, spared) = (history.connection("one", "One").unwrap(), history.connection("two", "T"));
    let spared = spared.unwrap();
    history.spare(spared.id()).unwrap();
    assert!(history.reader().policies().unwrap().own.is_empty(), "it loses nothing as it is");
    let hundred = Policy { max_age: Some(Duration::from_secs(100)), ..Policy::default() };
    history.set_policy(None, Some(hundred), seconds(0), go_on).unwrap();
    history.spare(spared.id()).unwrap();
    for log in [&log, &spared] {
        save(log, super::common::messages(1, 50));
    }
    history.apply_policies(seconds(1_000), go_on).unwrap();
    let left = each(&history.reader(), &Query::default());
    assert_eq!((left.len(), left[0].connection), (50, spared.id()));
}

#[test]
fn a_connection_keeps_no_more_bytes_than_it_may() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes.segment_messages = 1_000);
    let (one, two) =
        (history.connection("one", "1").unwrap(), history.connection("two", "2").unwrap());
    for batch in 0..10 {
        save(&one, noise(1 + batch * 1_000, 1_000));
        save(&two, noise(1 + batch * 1_000, 1_000));
    }
    let policy = Policy { max_bytes: Some(500_000), ..Policy::default() };
    history.set_policy(Some(one.id()), Some(policy), seconds(0), go_on).unwrap();
    let sizes = history.reader().sizes().unwrap();
    let of_one = sizes[0].bytes;
    assert!(of_one <= 500_000 && of_one > 400_000, "{of_one} bytes are left of one");
    assert_eq!(sizes[1].messages, 10_000, "the other is not touched");
    let newest = each(&history.reader(), &Query { connection: Some(one.id()), ..Query::default() });
    assert_eq!(newest.last().unwrap().message.sequence, 10_000);
    assert!(newest.windows(2).all(|two| two[0].message.sequence + 1 == two[1].message.sequence));
}

#[test]
fn what_is_damaged_is_left_and_said() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(20));
    let log = history.connection("one", "One").unwrap();
    save(&log, super::common::messages(1, 100));
    history.disturb(|database| {
        let spoil = "UPDATE blocks SET body = zeroblob(40) WHERE last_id = (
            SELECT min(last_id) FROM blocks WHERE last_id > 30)";
        assert_eq!(database.execute(spoil, []).unwrap(), 1);
    });
    let order = ClearOrder { scope: Scope::Topic(topic("c")), ..ClearOrder::default() };
    let cleared = history.clear(&order, go_on).unwrap();
    assert!(cleared.damaged > 0);
    let left = history.reader().size().unwrap().messages;
    assert_eq!(left, 100 - cleared.messages);
    let all = ClearOrder::default();
    assert_eq!(history.clear(&all, go_on).unwrap().messages, left, "all together goes anyway");
    assert_eq!(history.reader().size().unwrap().messages, 0);
}

#[test]
fn gaps_and_sessions_before_the_first_message_go_with_what_was_there() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    log.begin_session(session(1)).unwrap();
    save(&log, super::common::messages(1, 10));
    log.end_session(Some(seconds(10)), "lost").unwrap();
    log.begin_gap(Some(seconds(10)), "lost").unwrap();
    log.end_gap(seconds(11), false).unwrap();
    log.begin_session(session(11)).unwrap();
    save(&log, super::common::messages(11, 10));
    log.end_session(Some(seconds(20)), "lost").unwrap();
    log.begin_gap(Some(seconds(20)), "lost").unwrap();
    log.end_gap(seconds(21), false).unwrap();
    log.begin_session(session(21)).unwrap();
    save(&log, super::common::messages(21, 10));
    let order = ClearOrder { to: Some(seconds(15)), ..ClearOrder::default() };
    history.clear(&order, go_on).unwrap();
    let gaps = history.reader().gaps(log.id(), 10).unwrap();
    assert_eq!(gaps.iter().map(|gap| gap.from).collect::<Vec<_>>(), [seconds(20)]);
    let begun = || {
        let sessions = history.reader().sessions(log.id(), 10).unwrap();
        sessions.iter().map(|session| session.start.from).collect::<Vec<_>>()
    };
    assert_eq!(begun(), [seconds(11), seconds(21)], "some of the second is still there");
    history.clear(&ClearOrder::default(), go_on).unwrap();
    assert_eq!(begun(), [seconds(21)], "which goes on");
}

fn session(from: i64) -> SessionStart {
    SessionStart {
        from: seconds(from),
        session_kept: false,
        client_id: "a client".to_owned(),
        broker: "broker:1883".to_owned(),
        protocol: ProtocolVersion::V5,
    }
}

#[test]
fn snapshots_are_made_anew() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(40));
    let log = history.connection("one", "One").unwrap();
    save(&log, super::common::messages(1, 1_000));
    let file = rusqlite::Connection::open(&place.path).unwrap();
    let count = || {
        let sql = "SELECT count(*) FROM snapshots";
        file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let before = count();
    assert!(before > 5);
    let order = ClearOrder { scope: Scope::Topic(topic("c")), ..ClearOrder::default() };
    history.clear(&order, go_on).unwrap();
    assert!((before / 2..before).contains(&count()), "{} of {before}", count());
    save(&log, super::common::messages(1_001, 200));
    assert!(count() > before / 2, "and the writer goes on with them");
}

#[test]
fn what_a_crash_left_undone_is_made_while_nobody_removes() {
    let place = Place::new();
    let history = place.open_with(|limits| limits.sizes = small(40));
    let log = history.connection("one", "One").unwrap();
    save(&log, super::common::messages(1, 1_000));
    let (tell, heard) = mpsc::channel();
    let (ready, prepared) = mpsc::channel();
    let pruner = Arc::clone(&history.pruner);
    history.disturb(move |database| {
        assert!(database.execute("DELETE FROM snapshots", []).unwrap() > 5);
        let told = move || {
            let _ = tell.send(pruner.is_at_work());
            false
        };
        database.commit_hook(Some(told)).unwrap();
        ready.send(()).unwrap();
    });
    prepared.recv().unwrap();
    let keeper = Keeper::start(Arc::clone(&history.pruner), Duration::from_secs(3_600));
    *history.keeper.lock().unwrap() = keeper;
    for number in 0..5 {
        let is_alone = heard.recv_timeout(PATIENCE).expect("the snapshots are made anew");
        assert!(is_alone, "somebody could have removed what snapshot {number} shows");
    }
}

#[test]
fn policies_are_kept_as_they_are_given() {
    let place = Place::new();
    let history = place.open();
    let log = history.connection("one", "One").unwrap();
    let rule =
        |filter: &str, keep| RecordingRule { filter: TopicFilter::parse(filter).unwrap(), keep };
    let own = Policy {
        max_age: Some(Duration::from_secs(86_400)),
        max_messages: Some(5),
        max_bytes: Some(u64::MAX / 2),
        rules: RecordingRules(vec![
            rule("a/#", Keep::Record),
            rule("b/+", Keep::DontRecord),
            rule("#", Keep::KeepFor(Duration::from_secs(60))),
        ]),
    };
    let general = Policy { max_messages: Some(7), ..Policy::default() };
    history.set_policy(Some(log.id()), Some(own.clone()), seconds(0), go_on).unwrap();
    history.set_policy(None, Some(general.clone()), seconds(0), go_on).unwrap();
    drop(log);
    drop(history);
    let reader = History::open_read_only(&place.path).unwrap();
    let policies = reader.policies().unwrap();
    assert_eq!(policies.general, general);
    assert_eq!(policies.own.into_values().collect::<Vec<_>>(), [own]);
}
