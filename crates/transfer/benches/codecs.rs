//! What a message costs in each format: `cargo bench -p wiretree-transfer --bench codecs`.
//!
//! A plant's messages as JSON of about 100 bytes on 10,000 topics, written into memory, and NDJSON read
//! again. Before that, one line a format says how many bytes a message takes.

use std::hint::black_box;
use std::io::Write;

use criterion::{Criterion, Throughput};
use wiretree_model::{Direction, Message, Publish, Timestamp, Topic};
use wiretree_transfer::{Format, Formulas, Reader, Record, TransferError, Writer};

const MESSAGES: usize = 200_000;
const TOPICS: usize = 10_000;
const FORMATS: [(&str, Format); 6] = [
    ("ndjson", Format::Ndjson),
    ("json", Format::Json),
    ("csv", Format::Csv(Formulas::Disarmed)),
    ("parquet", Format::Parquet),
    ("mqttx", Format::Mqttx),
    ("mosquitto", Format::Mosquitto),
];

fn main() -> Result<(), TransferError> {
    let records: Vec<Record> = (0..MESSAGES).map(record).collect();
    for (name, format) in FORMATS {
        let bytes = written(format, &records)?.len() as f64 / MESSAGES as f64;
        let _ = writeln!(std::io::stdout(), "{name}: {bytes:.1} bytes a message");
    }
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("transfer");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    for (name, format) in FORMATS {
        group.bench_function(format!("write {name}"), |bencher| {
            bencher.iter(|| written(format, black_box(&records)));
        });
    }
    let lines = written(Format::Ndjson, &records)?;
    group.bench_function("read ndjson", |bencher| {
        bencher.iter(|| Reader::new(black_box(&lines[..])).filter_map(Result::ok).count());
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn written(format: Format, records: &[Record]) -> Result<Vec<u8>, TransferError> {
    let mut writer = Writer::new(format, Vec::new())?;
    for record in records {
        writer.write(record)?;
    }
    writer.finish()
}

/// Values as machines report them: they change a little, in no pattern that a codec could guess.
fn record(number: usize) -> Record {
    let noise = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let device = (number as u64).wrapping_mul(0xd134_2543_de82_ef95) as usize % TOPICS;
    let payload = format!(
        "{{\"ts\":{},\"values\":{{\"rpm\":{},\"load\":0.{:03},\"temp\":{}.{},\"tool\":\"T-{}\"}}}}",
        1_795_170_923_144_u64 + number as u64 / 50,
        11_000 + noise % 2_000,
        noise % 1_000,
        40 + noise % 20,
        noise % 10,
        noise % 30
    );
    let publish = Publish {
        topic: Topic::received(format!(
            "site-{:02}/area-{}/line-{}/device-{device:05}/point",
            device / 2_000,
            device / 200 % 10,
            device / 20 % 10
        )),
        payload: payload.into(),
        ..Publish::default()
    };
    let message = Message {
        sequence: number as u64 + 1,
        received_at: Timestamp(1_795_170_923_144_000 + number as i64 * 20),
        direction: Direction::Received,
        publish,
    };
    Record { connection: "plant".to_owned(), message }
}
