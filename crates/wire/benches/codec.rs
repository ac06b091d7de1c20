//! What a PUBLISH costs to cut out, decode and encode: `cargo bench -p wiretree-wire`.
//!
//! A buffer of a thousand packets of 100 B of JSON, as a socket delivers it, in 3.1.1 and in 5 with the
//! properties that clients send most. Per packet: see the throughput.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use criterion::{BatchSize, Criterion, Throughput};
use wiretree_model::{Properties, Property, ProtocolVersion, Publish, QoS, Topic};
use wiretree_wire::{LARGEST_PACKET, Packet, decode, decode_lenient, encode, frame_length};

const PACKETS: u64 = 1_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for version in [ProtocolVersion::V311, ProtocolVersion::V5] {
        let packets: Vec<Packet> = (0..PACKETS).map(|number| packet(number, version)).collect();
        let stream = encoded(&packets, version);
        let mut group = criterion.benchmark_group(format!("PUBLISH {version:?}"));
        group.throughput(Throughput::Elements(PACKETS));
        group.bench_function("decode", |bencher| {
            let fresh = || BytesMut::from(stream.as_ref());
            let decode_all = |mut buffer: BytesMut| {
                while let Ok(Some(packet)) = decode(&mut buffer, version, LARGEST_PACKET) {
                    black_box(packet);
                }
            };
            bencher.iter_batched(fresh, decode_all, BatchSize::SmallInput);
        });
        group.bench_function("decode leniently", |bencher| {
            bencher.iter(|| decode_leniently(stream.clone(), version));
        });
        group.bench_function("encode", |bencher| bencher.iter(|| encoded(&packets, version)));
        group.finish();
    }
    criterion.final_summary();
}

/// As a connection does that keeps a record: whatever can be read, is.
fn decode_leniently(mut stream: Bytes, version: ProtocolVersion) {
    while let Ok(Some(length)) = frame_length(&stream, LARGEST_PACKET) {
        let _ = black_box(decode_lenient(stream.split_to(length), version));
    }
}

fn encoded(packets: &[Packet], version: ProtocolVersion) -> Bytes {
    let mut out = Vec::new();
    for packet in packets {
        // What cannot be encoded would show as a throughput that is too good to be true.
        let _ = encode(packet, version, &mut out);
    }
    out.into()
}

fn packet(number: u64, version: ProtocolVersion) -> Packet {
    let topic = format!("site-0{}/area-3/line-7/device-{number:03}/temperature", number % 10);
    let payload = format!("{{\"ts\":{number:>13},\"values\":{{\"temperature\":{number:>49}}}}}");
    let mut properties = Properties::default();
    if version.has_properties() {
        properties.0.push(Property::ContentType("application/json".into()));
        properties.0.push(Property::UserProperty("origin".into(), "edge-7".into()));
    }
    Packet::Publish(Publish {
        topic: Topic::received(topic),
        payload: payload.into(),
        qos: QoS::AtLeastOnce,
        packet_id: Some(1),
        properties,
        ..Publish::default()
    })
}
