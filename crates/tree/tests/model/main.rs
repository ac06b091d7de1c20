//! The tree and its views against a naive model, over random histories of what a broker sends and
//! a person does.

#![expect(clippy::expect_used, reason = "a test may fail loudly")]

mod naive;

use naive::{Naive, Path, path};
use proptest::prelude::*;
use wiretree_model::{Timestamp, Topic, TopicFilter};
use wiretree_tree::{Filter, Limits, NodeId, Row, Step, Tree, Update, View};

/// Something that happens. Numbers choose among what is there, round the end.
#[derive(Clone, Debug)]
enum Event {
    Messages(Vec<(Topic, Vec<u8>, bool, i64)>),
    Seed(Topic),
    Expand(usize, bool),
    Filter(Filter),
    Select(usize),
    Reveal(usize),
    Window(usize, usize),
}

fn topic() -> impl Strategy<Value = Topic> {
    let level = prop::sample::select(vec![
        &b""[..],
        b"a",
        b"A",
        b"ab",
        b"1",
        b"02",
        b"2",
        b"10",
        b"$s",
        b"__proto__",
        "Ä".as_bytes(),
        b"\xff\0",
    ]);
    proptest::collection::vec(level, 1..5)
        .prop_map(|levels| Topic::from(bytes::Bytes::from(levels.join(&b'/'))))
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        proptest::collection::vec(b' '..b'~', 1..4),
        proptest::collection::vec(b' '..b'~', 60..70),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let text = prop_oneof!["", "[aA1s/]{1,3}", "ä|b/|/|\\$s/A|a/b?/1"];
    let levels = "(\\$share/g/)?([aA1+]|\\$s|ab|)(/([aA2+]|ab|))*(/#)?|#";
    (proptest::option::of(text), proptest::option::of(levels), any::<bool>()).prop_map(
        |(text, levels, retained_only)| Filter {
            text,
            topic_filter: levels.and_then(|text| TopicFilter::parse(&text).ok()),
            retained_only,
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let message = (topic(), payload(), any::<bool>(), 0..50_i64);
    prop_oneof![
        4 => proptest::collection::vec(message, 1..6).prop_map(Event::Messages),
        1 => topic().prop_map(Event::Seed),
        4 => (any::<usize>(), prop::bool::weighted(0.8)).prop_map(|(at, open)| Event::Expand(at, open)),
        1 => filter().prop_map(Event::Filter),
        1 => Just(Event::Filter(Filter::default())),
        1 => any::<usize>().prop_map(Event::Select),
        1 => any::<usize>().prop_map(Event::Reveal),
        3 => (0..20_usize, 0..20_usize).prop_map(|(first, count)| Event::Window(first, count)),
    ]
}

/// A tree, a view of it, and the naive model of both.
struct Pair {
    tree: Tree,
    view: View,
    naive: Naive,
    last_window: Option<(usize, usize, wiretree_tree::Window)>,
}

impl Pair {
    fn new() -> Self {
        Self {
            tree: Tree::new(Limits::default(), 42),
            view: View::new(),
            naive: Naive::default(),
            last_window: None,
        }
    }

    /// The `at`-th of all nodes, by both names.
    fn choose(&self, at: usize) -> Option<(Path, NodeId)> {
        let nodes = self.naive.nodes();
        let path = nodes.iter().nth(at.checked_rem(nodes.len())?)?.clone();
        let topic = Topic::from(bytes::Bytes::from(path.join(&b'/')));
        Some((path, self.tree.find(&topic).expect("each level is found")))
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Messages(messages) => {
                self.tree.apply(messages.iter().map(|(topic, payload, retain, at)| Update {
                    topic,
                    payload,
                    retain: *retain,
                    received_at: Timestamp(*at),
                }));
                for (topic, payload, retain, at) in messages {
                    self.naive.apply(topic, payload, *retain, Timestamp(*at));
                }
            }
            Event::Seed(topic) => {
                self.tree.seed(topic);
                self.naive.seed(topic);
            }
            Event::Expand(at, open) => {
                let Some((path, node)) = self.choose(*at) else { return };
                self.view.set_expanded(&self.tree, node, *open);
                self.naive.set_expanded(path, *open);
            }
            Event::Filter(filter) => self.filter(filter),
            Event::Select(at) => {
                let node = self.choose(*at).map(|(_, node)| node);
                self.view.select(node);
            }
            Event::Reveal(at) => {
                let Some((path, node)) = self.choose(*at) else { return };
                self.view.reveal(&self.tree, node);
                self.reveal(&path);
            }
            Event::Window(first, count) => {
                let window = self.view.window(&mut self.tree, *first, *count);
                self.last_window = Some((*first, *count, window));
            }
        }
    }

    fn filter(&mut self, filter: &Filter) {
        let was_filtered = !self.naive.filter.is_empty();
        self.view.set_filter(&self.tree, filter.clone());
        self.naive.filter = filter.clone();
        self.naive.collapsed.clear();
        if let Some(node) = self.view.selected().filter(|_| was_filtered && filter.is_empty()) {
            let topic = self.tree.topic(node).expect("the selected node exists");
            self.reveal(&path(&topic));
        }
    }

    fn reveal(&mut self, path: &Path) {
        for end in 1..path.len() {
            self.naive.set_expanded(path[..end].to_vec(), true);
        }
    }

    /// The naive rows with the node numbers of the tree.
    fn expected(&self) -> Vec<Row> {
        let number = |(path, row): (Path, Row)| {
            let topic = Topic::from(bytes::Bytes::from(path.join(&b'/')));
            Row { node: self.tree.find(&topic).expect("each row is found"), ..row }
        };
        self.naive.rows().into_iter().map(number).collect()
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.tree.topics(), self.naive.topics.len());
        prop_assert_eq!(self.tree.nodes(), self.naive.nodes().len());
        let expected = self.expected();
        if let Some((first, count, before)) = self.last_window.take() {
            let changed = self.view.changed(&mut self.tree, first, count);
            let now = self.view.window(&mut self.tree, first, count);
            prop_assert!(changed || now == before, "a change was missed");
            prop_assert!(!self.view.changed(&mut self.tree, first, count), "nothing happened");
            prop_assert_eq!(
                &now.rows[..],
                expected.get(now.first..).map_or(&[][..], |rest| &rest[..count.min(rest.len())])
            );
            self.last_window = Some((first, count, now));
        } else {
            let all = self.view.window(&mut self.tree, 0, usize::MAX);
            prop_assert_eq!(&all.rows, &expected);
        }
        let selected = self.view.selected();
        let row = expected.iter().position(|row| Some(row.node) == selected);
        prop_assert_eq!(self.view.selected_row(&mut self.tree), row);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rows_counts_and_selection_are_those_of_the_naive_model(
        events in proptest::collection::vec(event(), 1..40),
    ) {
        let mut pair = Pair::new();
        for event in &events {
            pair.happen(event);
            pair.check()?;
        }
    }

    /// The same without a look in between, so that a view takes in much at once.
    #[test]
    fn a_view_that_looks_seldom_sees_the_same(
        events in proptest::collection::vec(event(), 1..40),
    ) {
        let mut pair = Pair::new();
        for event in &events {
            pair.happen(event);
        }
        pair.last_window = None;
        pair.check()?;
    }

    #[test]
    fn any_bytes_are_a_topic_and_come_back(
        topics in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(b'/'), any::<u8>()], 0..12), 1..30),
    ) {
        let mut tree = Tree::new(Limits::default(), 1);
        let topics: Vec<Topic> = topics.into_iter().map(|bytes| Topic::from(bytes::Bytes::from(bytes))).collect();
        for topic in &topics {
            tree.seed(topic);
        }
        for topic in &topics {
            let node = tree.find(topic).expect("what was seeded is found");
            let found = tree.topic(node);
            prop_assert_eq!(found.as_ref(), Some(topic));
            prop_assert_eq!(tree.about(node).map(|about| about.is_topic), Some(true));
        }
        let different: std::collections::BTreeSet<&Topic> = topics.iter().collect();
        prop_assert_eq!(tree.topics(), different.len());
    }

    /// Whatever the keys: the selection is a visible row, and it is the row one would expect.
    #[test]
    fn steps_move_over_visible_rows(
        events in proptest::collection::vec(event(), 1..15),
        steps in proptest::collection::vec(step(), 1..15),
    ) {
        let mut pair = Pair::new();
        for event in &events {
            pair.happen(event);
        }
        for step in steps {
            let rows = pair.view.window(&mut pair.tree, 0, usize::MAX).rows;
            let from = pair.view.selected_row(&mut pair.tree);
            let now = pair.view.step(&mut pair.tree, step.clone());
            prop_assert_eq!(now, pair.view.selected());
            if rows.is_empty() {
                continue;
            }
            if let Some(from) = from {
                let last = rows.len() - 1;
                let expected = match step {
                    Step::Up => from.saturating_sub(1),
                    Step::Down => (from + 1).min(last),
                    Step::PageUp(rows) => from.saturating_sub(rows),
                    Step::PageDown(rows) => (from + rows).min(last),
                    Step::First => 0,
                    Step::Last => last,
                    Step::CollapseOrParent if !rows[from].is_expanded => {
                        (0..from).rev().find(|row| rows[*row].depth < rows[from].depth).unwrap_or(from)
                    }
                    Step::ExpandOrChild if rows[from].is_expanded => from + 1,
                    _ => from,
                };
                prop_assert_eq!(now, Some(rows[expected].node), "{:?} from {}", step, from);
            } else {
                prop_assert!(now.is_some(), "a step selects something");
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Up),
        Just(Step::Down),
        (0..5_usize).prop_map(Step::PageUp),
        (0..5_usize).prop_map(Step::PageDown),
        Just(Step::First),
        Just(Step::Last),
        Just(Step::CollapseOrParent),
        Just(Step::ExpandOrChild),
        Just(Step::Toggle),
        Just(Step::ExpandSiblings),
    ]
}
