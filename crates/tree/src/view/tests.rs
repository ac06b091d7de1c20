//! Views against what a person sees; random histories stand in `tests/model`.

use wiretree_model::{Timestamp, Topic, TopicFilter};

use super::*;
use crate::{Limits, Update};

fn tree(topics: &[&str]) -> Tree {
    let mut tree = Tree::new(Limits::default(), 3);
    add(&mut tree, topics);
    tree
}

fn add(tree: &mut Tree, topics: &[&str]) {
    for topic in topics {
        publish(tree, topic, b"1", false);
    }
}

fn publish(tree: &mut Tree, topic: &str, payload: &[u8], retain: bool) {
    let topic = Topic::received(topic);
    tree.apply([Update { topic: &topic, payload, retain, received_at: Timestamp(1) }]);
}

fn node(tree: &Tree, topic: &str) -> NodeId {
    tree.find(&Topic::received(topic)).expect("a topic of the test")
}

/// The visible names, indented.
fn rows(view: &mut View, tree: &mut Tree) -> Vec<String> {
    let text = |row: &Row| {
        let indent = " ".repeat(row.depth as usize);
        format!("{indent}{}", String::from_utf8_lossy(&row.name))
    };
    view.window(tree, 0, usize::MAX).rows.iter().map(text).collect()
}

fn text(text: &str) -> Filter {
    Filter { text: Some(text.to_owned()), ..Filter::default() }
}

fn selected(view: &View, tree: &Tree) -> String {
    let topic = view.selected().and_then(|node| tree.topic(node));
    topic.map(|topic| topic.to_text().into_owned()).unwrap_or_default()
}

#[test]
fn the_first_levels_are_closed_and_in_order() {
    let mut tree = tree(&["zigbee/x", "line-10/a", "line-2/a", "$SYS/broker/uptime", "acme"]);
    let mut view = View::new();
    assert_eq!(rows(&mut view, &mut tree), ["$SYS", "acme", "line-2", "line-10", "zigbee"]);
    view.set_expanded(&tree, node(&tree, "$SYS"), true);
    let open = rows(&mut view, &mut tree);
    assert_eq!(open.get(..3), Some(&["$SYS", " broker", "acme"].map(str::to_owned)[..]));
}

#[test]
fn two_views_of_one_tree_do_not_disturb_each_other() {
    let mut tree = tree(&["a/b", "c"]);
    let (mut one, mut other) = (View::new(), View::new());
    one.set_expanded(&tree, node(&tree, "a"), true);
    other.set_filter(&tree, text("c"));
    assert_eq!(rows(&mut one, &mut tree), ["a", " b", "c"]);
    assert_eq!(rows(&mut other, &mut tree), ["c"]);
    add(&mut tree, &["a/d", "c/e"]);
    assert!(one.changed(&mut tree, 0, 10) && other.changed(&mut tree, 0, 10));
    assert_eq!(rows(&mut one, &mut tree), ["a", " b", " d", "c"]);
    assert_eq!(rows(&mut other, &mut tree), ["c", " e"]);
}

#[test]
fn the_selection_stays_on_its_node_while_rows_come_in_above() {
    let mut tree = tree(&["m"]);
    let mut view = View::new();
    view.select(Some(node(&tree, "m")));
    assert_eq!(view.selected_row(&mut tree), Some(0));
    add(&mut tree, &["a", "b", "z"]);
    assert_eq!(view.selected_row(&mut tree), Some(2));
    assert_eq!(selected(&view, &tree), "m");
}

#[test]
fn a_hidden_selection_is_kept_and_steps_start_above_it() {
    let mut tree = tree(&["a/b/c", "d"]);
    let mut view = View::new();
    let deep = node(&tree, "a/b/c");
    view.reveal(&tree, deep);
    view.select(Some(deep));
    assert_eq!(view.selected_row(&mut tree), Some(2));
    view.set_expanded(&tree, node(&tree, "a"), false);
    assert_eq!((view.selected_row(&mut tree), view.selected()), (None, Some(deep)));
    view.step(&mut tree, Step::Down);
    assert_eq!(selected(&view, &tree), "d", "down from a, the nearest visible one");
}

#[test]
fn keys_do_what_the_tree_pattern_says() {
    let mut tree = tree(&["a/b/c", "a/d", "e", "Eb"]);
    let mut view = View::new();
    let mut go = |step: Step| {
        view.step(&mut tree, step);
        selected(&view, &tree)
    };
    assert_eq!(go(Step::Down), "Eb", "nothing was selected: capitals sort first");
    assert_eq!(go(Step::Down), "a");
    assert_eq!(go(Step::ExpandOrChild), "a", "opens");
    assert_eq!(go(Step::ExpandOrChild), "a/b", "goes in");
    assert_eq!(go(Step::ExpandSiblings), "a/b");
    assert_eq!(go(Step::Down), "a/b/c");
    assert_eq!(go(Step::ExpandOrChild), "a/b/c", "a leaf has nothing to open");
    assert_eq!(go(Step::CollapseOrParent), "a/b");
    assert_eq!(go(Step::Toggle), "a/b");
    assert_eq!(go(Step::Down), "a/d", "closed again");
    assert_eq!(go(Step::PageDown(10)), "e");
    assert_eq!(go(Step::PageUp(2)), "a/b");
    assert_eq!(go(Step::TypeAhead("e".into())), "e");
    assert_eq!(go(Step::TypeAhead("e".into())), "Eb", "round the end, whatever the case");
    assert_eq!(go(Step::TypeAhead("eb".into())), "Eb", "more characters may stay");
    assert_eq!(go(Step::TypeAhead("nope".into())), "Eb");
    assert_eq!(go(Step::Last), "e");
    assert_eq!(go(Step::Down), "e", "no further");
    assert_eq!(go(Step::First), "Eb");
}

#[test]
fn a_step_in_an_empty_tree_selects_nothing() {
    let (mut tree, mut view) = (tree(&[]), View::new());
    assert_eq!(view.step(&mut tree, Step::Last), None);
}

#[test]
fn a_leaf_does_not_spring_open_when_it_gets_a_child() {
    let (mut tree, mut view) = (tree(&["a"]), View::new());
    view.step(&mut tree, Step::First);
    for step in [Step::ExpandOrChild, Step::Toggle, Step::ExpandSiblings] {
        view.step(&mut tree, step);
    }
    add(&mut tree, &["a/b"]);
    assert_eq!(rows(&mut view, &mut tree), ["a"]);
}

#[test]
fn a_filter_opens_what_matches_and_gives_the_old_state_back() {
    let mut tree = tree(&["acme/line-1/cnc-01/rpm", "acme/line-2/oven", "home/light"]);
    let mut view = View::new();
    view.set_expanded(&tree, node(&tree, "home"), true);
    view.set_filter(&tree, text("1/CNC"));
    assert_eq!(rows(&mut view, &mut tree), ["acme", " line-1", "  cnc-01", "   rpm"]);
    view.set_expanded(&tree, node(&tree, "acme/line-1"), false);
    assert_eq!(rows(&mut view, &mut tree), ["acme", " line-1"]);
    view.set_filter(&tree, Filter::default());
    assert_eq!(rows(&mut view, &mut tree), ["acme", "home", " light"]);
}

#[test]
fn what_was_selected_under_a_filter_stays_in_sight_without_it() {
    let mut tree = tree(&["a/b/c", "d"]);
    let mut view = View::new();
    view.set_filter(&tree, text("c"));
    view.select(Some(node(&tree, "a/b/c")));
    view.set_filter(&tree, Filter::default());
    assert_eq!(view.selected_row(&mut tree), Some(2));
}

#[test]
fn new_topics_are_matched_as_they_come() {
    let mut tree = tree(&["a/x"]);
    let mut view = View::new();
    let filter = TopicFilter::parse("a/+/on").ok();
    view.set_filter(&tree, Filter { topic_filter: filter, ..Filter::default() });
    assert_eq!(rows(&mut view, &mut tree), [""; 0]);
    add(&mut tree, &["a/x/off", "a/y/on", "b/y/on"]);
    assert_eq!(rows(&mut view, &mut tree), ["a", " y", "  on"]);
}

#[test]
fn the_retained_filter_follows_the_mark() {
    let mut tree = tree(&["a", "b"]);
    let mut view = View::new();
    view.set_filter(&tree, Filter { retained_only: true, ..Filter::default() });
    assert_eq!(rows(&mut view, &mut tree), [""; 0]);
    publish(&mut tree, "b", b"kept", true);
    publish(&mut tree, "b", b"live", false);
    assert_eq!(rows(&mut view, &mut tree), ["b"], "a live message leaves the mark");
    publish(&mut tree, "b", b"", true);
    assert_eq!(rows(&mut view, &mut tree), [""; 0]);
    let a = node(&tree, "a");
    tree.mark_retained(a, true);
    assert_eq!(rows(&mut view, &mut tree), ["a"]);
}

#[test]
fn a_retained_filter_survives_more_changes_than_are_remembered() {
    let mut tree = tree(&["a", "b"]);
    let mut view = View::new();
    publish(&mut tree, "a", b"1", true);
    view.set_filter(&tree, Filter { retained_only: true, ..Filter::default() });
    let (a, b) = (node(&tree, "a"), node(&tree, "b"));
    tree.mark_retained(a, false);
    for number in 0..70_001 {
        tree.mark_retained(b, number % 2 == 0);
    }
    assert_eq!(rows(&mut view, &mut tree), ["b"]);
}

#[test]
fn only_what_is_seen_counts_as_changed() {
    let mut tree = tree(&["a/x", "b/x", "c/x"]);
    let mut view = View::new();
    view.window(&mut tree, 0, 1);
    publish(&mut tree, "c/x", b"2", false);
    assert!(!view.changed(&mut tree, 0, 1), "c is below the window");
    add(&mut tree, &["c/y"]);
    assert!(!view.changed(&mut tree, 0, 1), "a new topic in a closed level below the window");
    publish(&mut tree, "a/x", b"2", false);
    assert!(view.changed(&mut tree, 0, 1));
    view.window(&mut tree, 0, 1);
    assert!(view.changed(&mut tree, 0, 2), "another window");
    add(&mut tree, &["d"]);
    assert!(view.changed(&mut tree, 0, 1), "the number of rows");
}

#[test]
fn a_window_beyond_the_end_is_empty_and_says_where_the_end_is() {
    let (mut tree, mut view) = (tree(&["a", "b"]), View::new());
    let window = view.window(&mut tree, 9, 5);
    assert_eq!((window.first, window.total_rows, window.rows.len()), (2, 2, 0));
}

#[test]
fn all_below_opens_all_below_and_nothing_else() {
    let mut tree = tree(&["a/b/c/d", "e/f"]);
    let mut view = View::new();
    view.expand_all_below(&tree, node(&tree, "a"));
    assert_eq!(rows(&mut view, &mut tree), ["a", " b", "  c", "   d", "e"]);
}

#[test]
fn long_names_are_cut_for_the_row_only() {
    let limits = Limits { row_name: 4, ..Limits::default() };
    let mut tree = Tree::new(limits, 1);
    add(&mut tree, &["abcdef"]);
    let rows = View::new().window(&mut tree, 0, 1).rows;
    assert_eq!(
        rows.first().map(|row| (&row.name[..], row.name_truncated)),
        Some((&b"abcd"[..], true))
    );
    assert_eq!(tree.topic(rows[0].node), Some(Topic::received("abcdef")));
}

#[test]
fn another_tree_is_looked_at_in_the_same_way() {
    let live = tree(&["x", "a/b/c", "a/d", "e/f"]);
    let mut view = View::new();
    view.expand_all_below(&live, node(&live, "a"));
    view.select(Some(node(&live, "a/d")));
    let outlook = view.outlook(&live);
    let mut then = tree(&["a/b/c", "e/f", "a/d"]);
    let mut other = View::new();
    other.look_as(&then, &outlook);
    assert_eq!(rows(&mut other, &mut then), ["a", " b", "  c", " d", "e"]);
    assert_eq!(selected(&other, &then), "a/d");
    let mut early = tree(&["e/f"]);
    let mut other = View::new();
    other.look_as(&early, &outlook);
    assert_eq!(rows(&mut other, &mut early), ["e"]);
    assert_eq!(other.selected(), None);
}

#[test]
fn a_topic_as_it_was_counts_in_the_levels_above() {
    let mut tree = Tree::new(Limits::default(), 1);
    let topic = |name: &str| Topic::received(name);
    let seeded = tree.seed_as(&topic("a/b"), 7, true).expect("it fits");
    tree.seed_as(&topic("a/c"), 2, false);
    let about = |tree: &mut Tree, name: &str| tree.about(node(tree, name)).expect("it is known");
    assert_eq!(seeded, node(&tree, "a/b"));
    let above = about(&mut tree, "a");
    assert_eq!((above.messages, above.topics, above.retained), (9, 2, false));
    let own = about(&mut tree, "a/b");
    assert_eq!((own.own_messages, own.retained, own.seeded_only), (7, true, false));
    let small = Limits { nodes: 1, ..Limits::default() };
    let mut full = Tree::new(small, 1);
    assert_eq!(full.seed_as(&topic("a/b"), 7, true), None);
    assert_eq!(full.undrawn().topics, 1);
}
