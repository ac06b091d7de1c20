//! How long a query takes for one message: `cargo bench -p wiretree-query`.
//!
//! Prints figures and judges none: the machine is not known here.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use wiretree_model::{Direction, Message, Publish, Timestamp, Topic};
use wiretree_query::{Candidate, Clock, parse};

const SMALL: &str =
    r#"{"ts":1795170923144,"values":{"rpm":11840,"load":0.62,"temp":48.5},"ok":true}"#;

const QUERIES: [(&str, &str); 9] = [
    ("text, there", "\"\\\"load\\\":0.62\""),
    ("text, not there", "stopped"),
    ("text in any case", "i\"LOAD\""),
    ("regex", "/temp\":4[0-9]/"),
    ("json number", "$.values.rpm > 11000"),
    ("json number, behind all else", "$.ok = true"),
    ("json exists, not there", "$.values.alarm"),
    ("head only", "topic:plant/+/status qos:0 size:<4KiB"),
    ("head rules it out", "qos:2 $.values.rpm > 11000"),
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let list = vec![SMALL; 800].join(",");
    let large = format!(r#"{{"list":[{list}],"values":{{"rpm":11840}},"ok":true}}"#);
    for (size, payload) in [("80 B", SMALL.to_owned()), ("64 KiB", large)] {
        let message = message(payload);
        let mut group = criterion.benchmark_group(size);
        group.throughput(Throughput::Bytes(message.publish.payload.len() as u64));
        for (name, text) in QUERIES {
            let Ok(query) = parse(text, &Clock::default()) else { continue };
            let candidate = Candidate::from(&message);
            group.bench_function(name, |bench| bench.iter(|| query.matches(black_box(&candidate))));
        }
        group.finish();
    }
    let text = "topic:plant/# ($.values.rpm > 11000 or i\"alarm\") -retain:yes from:-15m";
    criterion.bench_function("parse", |bench| {
        let clock = Clock { now: Timestamp(1_795_170_923_144_000), utc_offset_minutes: 0 };
        bench.iter(|| parse(black_box(text), &clock));
    });
    criterion.final_summary();
}

fn message(payload: String) -> Message {
    let topic = Topic::received("plant/line-1/status");
    let publish = Publish { topic, payload: payload.into(), ..Publish::default() };
    Message {
        sequence: 1,
        received_at: Timestamp(1_795_170_923_144_000),
        direction: Direction::Received,
        publish,
    }
}
