//! What an update, a picture and a filter cost: `cargo bench -p wiretree-tree --bench tree`.
//!
//! A plant's topics in random order, the worst for the cache. What a topic costs in memory says the
//! bench `memory`.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use wiretree_model::{Timestamp, Topic};
use wiretree_tree::{Filter, Limits, Tree, Update, View};

const BATCH: usize = 10_000;
const PAYLOAD: &[u8] =
    br#"{"ts":1795170923144,"values":{"rpm":11840,"load":0.62,"temp":48.5,"tool":"T-14"}}"#;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for count in [10_000, 1_000_000] {
        let topics: Vec<Topic> = (0..count).map(topic).collect();
        updates(&mut criterion, &topics);
        views(&mut criterion, &topics);
    }
    criterion.final_summary();
}

fn updates(criterion: &mut Criterion, topics: &[Topic]) {
    let mut group = criterion.benchmark_group("tree");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.sample_size(20);
    if topics.len() == BATCH {
        group.bench_function("insert", |bencher| {
            let fresh = || Tree::new(Limits::default(), 0x5eed);
            let insert = |mut tree: Tree| {
                tree.apply(batch(topics, 0));
                tree
            };
            bencher.iter_batched(fresh, insert, BatchSize::LargeInput);
        });
    }
    let mut tree = filled(topics);
    let mut number = 0;
    group.bench_function(BenchmarkId::new("update", topics.len()), |bencher| {
        bencher.iter(|| {
            number += BATCH;
            tree.apply(batch(topics, number));
        });
    });
    group.bench_function(BenchmarkId::new("update and settle", topics.len()), |bencher| {
        bencher.iter(|| {
            number += BATCH;
            tree.apply(batch(topics, number));
            tree.settle();
        });
    });
    group.finish();
}

fn views(criterion: &mut Criterion, topics: &[Topic]) {
    let mut group = criterion.benchmark_group("view");
    group.sample_size(20);
    let mut tree = filled(topics);
    let mut view = View::new();
    if let Some(node) = tree.find(&Topic::received("acme")) {
        view.expand_all_below(&tree, node);
    }
    group.bench_function(BenchmarkId::new("window, all open", topics.len()), |bencher| {
        bencher.iter(|| black_box(view.window(&mut tree, topics.len() / 2, 50)));
    });
    group.bench_function(BenchmarkId::new("filter by text", topics.len()), |bencher| {
        bencher.iter(|| {
            let text = Filter { text: Some("17/temp".to_owned()), ..Filter::default() };
            view.set_filter(&tree, text);
            black_box(view.window(&mut tree, 0, 50))
        });
    });
    group.finish();
}

fn filled(topics: &[Topic]) -> Tree {
    let mut tree = Tree::new(Limits::default(), 0x5eed);
    for first in (0..topics.len()).step_by(BATCH) {
        tree.apply(batch(topics, first));
    }
    tree.settle();
    tree
}

/// Ten thousand updates, scattered over all topics; each topic once before any comes again.
fn batch(topics: &[Topic], first: usize) -> impl Iterator<Item = Update<'_>> {
    (first..first + BATCH).filter_map(move |number| {
        let topic = topics.get(number.wrapping_mul(2_654_435_761) % topics.len())?;
        let received_at = Timestamp(1);
        Some(Update { topic, payload: PAYLOAD, retain: false, received_at })
    })
}

fn topic(number: usize) -> Topic {
    let (site, line, machine, point) =
        (number % 4, number / 4 % 10, number / 40 % 50, number / 2000);
    Topic::received(format!("acme/site-{site}/line-{line}/machine-{machine}/point-{point}/temp"))
}
