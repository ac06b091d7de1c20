//! What a message costs to pack into a block, and to find in it:
//! `cargo bench -p wiretree-store --bench blocks`.
//!
//! Six hundred messages of 100 B of JSON, about as many as make a block. Everything is per message: see
//! the throughput.

use std::hint::black_box;
use std::io;

use criterion::{Criterion, Throughput};
use wiretree_model::{Direction, Message, Publish, Timestamp, Topic};
use wiretree_store::BlockBench;

const MESSAGES: u64 = 600;

fn main() -> io::Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let mut block = BlockBench::new((1..=MESSAGES).map(message).collect())?;
    let mut group = criterion.benchmark_group("block");
    group.throughput(Throughput::Elements(MESSAGES));
    group.bench_function("pack", |bencher| bencher.iter(|| black_box(block.pack().is_ok())));
    group.bench_function("read the head", |bencher| bencher.iter(|| black_box(block.read_head())));
    group.bench_function("find a text", |bencher| {
        bencher.iter(|| black_box(block.find(b"no such text")));
    });
    group.bench_function("read all payloads", |bencher| {
        bencher.iter(|| black_box(block.read_all()));
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// With numbers that differ from message to message, as measurements do.
fn message(sequence: u64) -> Message {
    let noise = sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (one, two, three) = (noise % 900 + 10, noise / 1_000 % 900, noise / 1_000_000 % 900);
    let payload = format!(
        "{{\"ts\":{},\"values\":{{\"temperature\":{one}.25,\"humidity\":{two}.50,\"load\":{three}.75}}}}",
        1_700_000_000_000 + sequence,
    );
    let topic = Topic::received("not in the block");
    let publish = Publish { topic, payload: payload.into(), ..Publish::default() };
    let received_at = Timestamp(1_700_000_000_000_000 + sequence as i64 * 10);
    Message { sequence, received_at, direction: Direction::Received, publish }
}
