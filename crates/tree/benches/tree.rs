//! Prints what an update, a frame and a topic cost: `cargo bench -p wiretree-tree`.
//!
//! A plant's topics in random order, the worst for the cache. Heap bytes are counted by asking the
//! system for the resident set (Linux only), as the budget in the design does.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant;

use wiretree_model::{Timestamp, Topic};
use wiretree_tree::{Filter, Limits, Tree, Update, View};

fn main() {
    for topics in [10_000, 100_000, 1_000_000] {
        measure(topics);
    }
}

fn measure(count: usize) {
    let topics: Vec<Topic> = (0..count).map(topic).collect();
    let payload =
        br#"{"ts":1795170923144,"values":{"rpm":11840,"load":0.62,"temp":48.5,"tool":"T-14"}}"#;
    let update = |number: usize| {
        let number = number.wrapping_mul(2_654_435_761) % count;
        Update { topic: &topics[number], payload, retain: false, received_at: Timestamp(1) }
    };
    let before = resident();
    let mut tree = Tree::new(Limits::default(), 0x5eed);
    let insert = time(|| tree.apply((0..count).map(update))) / count as f64;
    tree.settle();
    let bytes = resident().saturating_sub(before) / count;
    let updates = count.max(1_000_000);
    let apply = time(|| tree.apply((0..updates).map(update))) / updates as f64;
    let settle = time(|| tree.settle()) / count as f64;
    println!(
        "{count:>9} topics: insert {insert:.0} ns, update {apply:.0} ns, settle {settle:.0} ns a changed topic, {bytes} B a topic"
    );
    views(&mut tree, &topics);
}

fn views(tree: &mut Tree, topics: &[Topic]) {
    let milliseconds = |nanoseconds: f64| nanoseconds / 1e6;
    let mut view = View::new();
    if let Some(node) = tree.find(&Topic::received("acme")) {
        view.expand_all_below(tree, node);
    }
    let first = milliseconds(time(|| drop(view.window(tree, 0, 50))));
    view.set_expanded(tree, wiretree_tree::NodeId(2), false);
    let again = milliseconds(time(|| drop(view.window(tree, 0, 50))));
    let window = milliseconds(time(|| drop(view.window(tree, topics.len() / 2, 50))));
    let text = Filter { text: Some("17/temp".to_owned()), ..Filter::default() };
    let filter = milliseconds(time(|| view.set_filter(tree, text)));
    let filtered = milliseconds(time(|| drop(view.window(tree, 0, 50))));
    println!(
        "           all open: first window {first:.2} ms (sorts), rebuild {again:.2} ms, window {window:.3} ms; filter {filter:.2} ms, its window {filtered:.2} ms"
    );
}

fn topic(number: usize) -> Topic {
    let (site, line, machine, point) =
        (number % 4, number / 4 % 10, number / 40 % 50, number / 2000);
    Topic::received(format!("acme/site-{site}/line-{line}/machine-{machine}/point-{point}/temp"))
}

/// Nanoseconds that a piece of work takes.
fn time(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64
}

/// Resident bytes of this process; 0 where /proc is not there.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}
