//! What storing costs, and asking: `cargo bench -p wiretree-store --bench history`.
//!
//! Messages of 100 B of JSON on 10,000 topics. Storing is timed from the hand-over of a batch until it
//! is committed; asking goes over half a million messages.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput};
use tokio::runtime::Runtime;
use wiretree_model::{Direction, Message, Publish, Timestamp, Topic};
use wiretree_store::{History, Log, Query, Reader, Scope};

const BATCH: u64 = 10_000;
const BATCHES: u64 = 50;
const TOPICS: u64 = 10_000;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let folder = tempfile::tempdir()?;
    let history = History::open(&folder.path().join("history.sqlite3"))?;
    let log = history.connection("bench", "Bench")?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for number in 0..BATCHES {
        store(&runtime, &log, batch(number * BATCH))?;
    }
    questions(&mut criterion, &history.reader(), &log);
    storing(&mut criterion, &runtime, &log);
    criterion.final_summary();
    history.close()?;
    Ok(())
}

/// Hands a batch over, and waits until it is committed.
fn store(runtime: &Runtime, log: &Log, batch: Vec<Message>) -> Result<(), Failure> {
    let last = batch.last().map_or(0, |message| message.sequence);
    let mut progress = log.progress();
    runtime.block_on(async {
        log.reserve().await?.send(batch)?;
        progress.wait_for(|progress| progress.committed_sequence >= last).await?;
        Ok(())
    })
}

fn storing(criterion: &mut Criterion, runtime: &Runtime, log: &Log) {
    let mut next = BATCHES * BATCH;
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements(BATCH));
    group.sample_size(20);
    group.bench_function("a batch of 10,000, committed", |bencher| {
        let fresh = || {
            next += BATCH;
            batch(next)
        };
        let commit = |batch| store(runtime, log, batch).map_err(|error| error.to_string());
        bencher.iter_batched(fresh, |batch| black_box(commit(batch)), BatchSize::PerIteration);
    });
    group.finish();
}

fn questions(criterion: &mut Criterion, reader: &Reader, log: &Log) {
    let one = Scope::Topic(Topic::received("site/7/line/4207/temperature"));
    let few = Scope::Subtree(Topic::received("site/7/line/4207"));
    let many = Scope::Subtree(Topic::received("site/7"));
    let query = |scope| Query { connection: Some(log.id()), scope, ..Query::default() };
    let middle = Timestamp((BATCH * BATCHES / 2) as i64 * 10);
    let mut group = criterion.benchmark_group("ask for 100");
    group.sample_size(20);
    for (name, query) in [
        ("of a topic", query(one)),
        ("of a small subtree", query(few)),
        ("of a large subtree", query(many)),
        ("before a time", Query { to: Some(middle), ..Query::default() }),
        ("with a text that is nowhere", nowhere()),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(reader.page(&query, None, 100, Duration::MAX).is_ok()));
        });
    }
    group.finish();
}

fn nowhere() -> Query {
    Query { contains: Some(b"no such text".to_vec()), ..Query::default() }
}

fn batch(first: u64) -> Vec<Message> {
    (first + 1..=first + BATCH)
        .map(|sequence| {
            // A step that shares no factor with the number of topics visits them all in disorder.
            let topic = sequence * 7_919 % TOPICS;
            let topic = Topic::received(format!("site/{}/line/{topic}/temperature", topic % 10));
            let payload = format!("{{\"sequence\": {sequence:>80}}}      ").into();
            let publish = Publish { topic, payload, ..Publish::default() };
            let received_at = Timestamp(sequence as i64 * 10);
            Message { sequence, received_at, direction: Direction::Received, publish }
        })
        .collect()
}
