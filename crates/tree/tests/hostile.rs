//! What a hostile or a careless broker may send: depth, length, number, and names that hurt others.

use wiretree_model::{Timestamp, Topic};
use wiretree_tree::{Filter, Limits, NodeId, Step, Tree, Undrawn, Update, View};

fn publish(tree: &mut Tree, topic: &Topic) {
    tree.apply([Update { topic, payload: b"1", retain: false, received_at: Timestamp(1) }]);
}

#[test]
fn the_deepest_topic_there_can_be() {
    let deepest = Topic::received("/".repeat(65_535));
    let mut tree = Tree::new(Limits::default(), 5);
    publish(&mut tree, &deepest);
    publish(&mut tree, &deepest);
    assert_eq!(tree.nodes(), 65_536);
    let node = tree.find(&deepest).expect("the topic is known");
    assert_eq!(tree.topic(node).as_ref(), Some(&deepest));
    let mut view = View::new();
    view.reveal(&tree, node);
    let window = view.window(&mut tree, 65_530, 10);
    assert_eq!(window.total_rows, 65_536);
    assert_eq!(window.rows.last().map(|row| (row.depth, row.messages)), Some((65_535, 2)));
    view.select(Some(node));
    view.set_expanded(&tree, NodeId(1), false);
    assert_eq!(view.step(&mut tree, Step::CollapseOrParent), Some(NodeId(1)));
    view.set_filter(&tree, Filter { text: Some("///".into()), ..Filter::default() });
    assert_eq!(view.total_rows(&mut tree), 65_536);
    view.expand_all_below(&tree, NodeId(1));
}

#[test]
fn names_that_are_special_elsewhere_are_names() {
    let mut tree = Tree::new(Limits::default(), 5);
    let names = ["__proto__", "constructor", "", "/", "//", "a/__proto__/b", "..", "%00", "<b>"];
    for name in names {
        publish(&mut tree, &Topic::received(name));
    }
    for name in names {
        let node = tree.find(&Topic::received(name)).expect("the topic is known");
        assert_eq!(tree.about(node).map(|about| about.own_messages), Some(1), "{name:?}");
        assert_eq!(tree.topic(node), Some(Topic::received(name)));
    }
    assert_eq!(tree.find(&Topic::received("a//b")), None);
}

#[test]
fn beyond_the_limit_topics_are_counted_and_known_ones_live_on() {
    let limits = Limits { nodes: 3, ..Limits::default() };
    let mut tree = Tree::new(limits, 5);
    for topic in ["a/b", "c", "d", "d", "e/f", "a/b", "a"] {
        publish(&mut tree, &Topic::received(topic));
    }
    assert_eq!((tree.topics(), tree.nodes()), (3, 3), "a needs no node of its own");
    assert_eq!(tree.undrawn(), Undrawn { topics: 2, at_least: false, messages: 3 });
    let node = tree.find(&Topic::received("a/b")).expect("it fitted");
    assert_eq!(tree.about(node).map(|about| about.messages), Some(2));
    tree.seed(&Topic::received("from/history"));
    assert_eq!(tree.undrawn().topics, 3);
    assert_eq!(tree.find(&Topic::received("e")), None, "what does not fit leaves nothing behind");
}

#[test]
fn long_names_are_bounded_by_their_bytes() {
    let limits = Limits { name_bytes: 100, ..Limits::default() };
    let mut tree = Tree::new(limits, 5);
    let long = "x".repeat(90);
    for topic in [format!("{long}/a"), format!("{long}/b"), format!("{long}y"), "a/b".into()] {
        publish(&mut tree, &Topic::received(topic));
    }
    assert_eq!((tree.topics(), tree.undrawn().topics), (3, 1), "names that are known cost nothing");
}

#[test]
fn a_number_that_is_no_node_is_answered_as_unknown() {
    let mut tree = Tree::new(Limits::default(), 5);
    publish(&mut tree, &Topic::received("a"));
    let mut view = View::new();
    for node in [NodeId(0), NodeId(2), NodeId(u32::MAX)] {
        assert_eq!(tree.topic(node), None);
        assert_eq!(tree.about(node), None);
        tree.mark_retained(node, true);
        view.select(Some(node));
        view.reveal(&tree, node);
        assert_eq!(view.selected_row(&mut tree), None);
        assert_eq!(view.step(&mut tree, Step::Down), Some(NodeId(1)));
    }
}
