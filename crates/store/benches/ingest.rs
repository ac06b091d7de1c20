//! How fast the history takes messages, and answers: `cargo bench -p wiretree-store`.
//!
//! Prints figures and judges none: the machine is not known here.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use wiretree_model::{Direction, Message, Publish, Timestamp, Topic};
use wiretree_store::{History, Query, Scope};

const BATCH: u64 = 10_000;
const TOPICS: u64 = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes `--bench`; a number makes it more or fewer batches.
    let batches = std::env::args().find_map(|text| text.parse().ok()).unwrap_or(100);
    let folder = tempfile::tempdir()?;
    let history = History::open(&folder.path().join("history.sqlite3"))?;
    let log = history.connection("bench", "Bench")?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut progress = log.progress();

    let total = batches * BATCH;
    let mut making = Duration::ZERO;
    let start = Instant::now();
    runtime.block_on(async {
        for number in 0..batches {
            let permit = log.reserve().await?;
            let made = Instant::now();
            let batch = batch(number * BATCH);
            making += made.elapsed();
            permit.send(batch)?;
        }
        progress.wait_for(|progress| progress.stored == total).await?;
        Ok::<_, Box<dyn Error>>(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let size = history.reader().size()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "ingest: {total} messages of 100 B on {TOPICS} topics in {seconds:.2} s")?;
    writeln!(
        out,
        "  {:.0} a second; {} B on disk each",
        total as f64 / seconds,
        size.bytes / total
    )?;
    writeln!(out, "  making them took {:.2} s on another core", making.as_secs_f64())?;

    let one = Scope::Topic(Topic::received("site/7/line/4207/temperature"));
    let few = Scope::Subtree(Topic::received("site/7/line/4207"));
    let many = Scope::Subtree(Topic::received("site/7"));
    let connection = Some(log.id());
    let query = |scope| Query { connection, scope, ..Query::default() };
    let search = Query { contains: Some(b"no such text".to_vec()), ..Query::default() };
    let jump = Query { to: Some(Timestamp(1_000_000)), ..Query::default() };
    for (name, query) in [
        ("last 100 of a topic", query(one)),
        ("last 100 of a small subtree", query(few)),
        ("last 100 of a large subtree", query(many)),
        ("jump to a time", jump),
        ("search through everything", search),
    ] {
        let start = Instant::now();
        let page = history.reader().page(&query, None, 100, Duration::MAX)?;
        let took = start.elapsed().as_secs_f64() * 1_000.0;
        writeln!(out, "{name}: {} in {took:.1} ms", page.items.len())?;
    }
    history.close()?;
    Ok(())
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
