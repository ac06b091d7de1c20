//! What packets look like when they are written down.

use std::collections::BTreeMap;
use std::net::IpAddr;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_file::pcapng::{Block, PcapNgReader};
use proptest::prelude::*;
use wiretree_model::{Direction, Timestamp};

use super::{Flaw, Format, Record, Writer};

fn record(connection: u32, direction: Option<Direction>, bytes: &[u8]) -> Record<'_> {
    Record {
        number: 7,
        at: Timestamp(1_767_225_599_999_999),
        connection,
        direction,
        kind: if direction.is_some() { "PUBLISH" } else { "event" },
        packet_id: None,
        summary: "what it says",
        bytes,
        problems: Vec::new(),
    }
}

fn written(format: Format, records: &[Record<'_>]) -> Vec<u8> {
    let mut writer = Writer::new(format, Vec::new()).unwrap();
    for record in records {
        writer.write(record).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn a_line_has_all_there_is_and_nothing_that_is_not() {
    let flaw = Flaw { message: "bad \"flag\"".into(), clause: "§1".into(), range: 0..1 };
    let mut sent = record(2, Some(Direction::Sent), &[0x3d, 0xff]);
    sent.packet_id = Some(41);
    sent.problems = vec![flaw];
    let lines = written(Format::Ndjson, &[sent, record(3, None, &[])]);
    let expected = concat!(
        r#"{"number":7,"ts":"2025-12-31T23:59:59.999999Z","connection":2,"dir":"out","#,
        r#""type":"PUBLISH","mid":41,"summary":"what it says","bytes":"3dff","#,
        r#""problems":[{"message":"bad \"flag\"","clause":"§1","start":0,"end":1}]}"#,
        "\n",
        r#"{"number":7,"ts":"2025-12-31T23:59:59.999999Z","connection":3,"type":"event","#,
        r#""summary":"what it says"}"#,
        "\n",
    );
    assert_eq!(String::from_utf8(lines).unwrap(), expected);
}

/// A segment as it is read back.
struct Segment {
    from: (IpAddr, u16),
    to: (IpAddr, u16),
    sequence: u32,
    acknowledged: u32,
    is_syn: bool,
    payload: Vec<u8>,
    at: u128,
    comments: Vec<String>,
}

fn read(file: &[u8]) -> Vec<Segment> {
    let mut reader = PcapNgReader::new(file).unwrap();
    let mut segments = Vec::new();
    while let Some(block) = reader.next_block() {
        let Block::EnhancedPacket(block) = block.unwrap() else { continue };
        let packet = SlicedPacket::from_ethernet(&block.data).unwrap();
        let Some(TransportSlice::Tcp(tcp)) = packet.transport else { panic!("not TCP") };
        let (from, to): (IpAddr, IpAddr) = match packet.net {
            Some(NetSlice::Ipv4(ip)) => {
                let header = ip.header();
                let sum = tcp.calc_checksum_ipv4(header.source(), header.destination()).unwrap();
                assert_eq!(sum, tcp.checksum());
                assert_eq!(header.to_header().calc_header_checksum(), header.header_checksum());
                (header.source_addr().into(), header.destination_addr().into())
            }
            Some(NetSlice::Ipv6(ip)) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            _ => panic!("not IP"),
        };
        let comment =
            |option: &pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption<'_>| {
                match option {
                    pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption::Comment(
                        text,
                    ) => Some(text.to_string()),
                    _ => None,
                }
            };
        segments.push(Segment {
            from: (from, tcp.source_port()),
            to: (to, tcp.destination_port()),
            sequence: tcp.sequence_number(),
            acknowledged: tcp.acknowledgment_number(),
            is_syn: tcp.syn(),
            payload: tcp.payload().to_vec(),
            at: block.timestamp.as_micros(),
            comments: block.options.iter().filter_map(comment).collect(),
        });
    }
    segments
}

#[test]
fn each_attempt_is_a_conversation_that_begins_as_tcp_does() {
    let records = [
        record(1, None, &[]),
        record(1, Some(Direction::Sent), b"one"),
        record(1, Some(Direction::Received), b"two"),
        record(2, Some(Direction::Sent), b"three"),
    ];
    let broker: IpAddr = "10.1.2.3".parse().unwrap();
    let segments = read(&written(Format::pcapng("10.1.2.3"), &records));
    let shape: Vec<_> = segments.iter().map(|one| (one.is_syn, one.payload.len())).collect();
    let greeting = [(true, 0), (true, 0), (false, 0)];
    let expected: Vec<_> =
        [&greeting[..], &[(false, 3), (false, 3)], &greeting[..], &[(false, 5)]].concat();
    assert_eq!(shape, expected);
    assert_eq!((segments[3].to, segments[4].from), ((broker, 1883), (broker, 1883)));
    assert_eq!((segments[3].sequence, segments[3].acknowledged), (1, 1));
    assert_eq!((segments[4].sequence, segments[4].acknowledged), (1, 4));
    assert_ne!(segments[3].from.1, segments[8].from.1, "another port, another conversation");
    assert_eq!(segments[3].at, 1_767_225_599_999_999);
    assert_eq!(segments[3].comments, ["what it says"]);
}

#[test]
fn a_broker_with_an_ipv6_address_or_only_a_name_is_written_as_well() {
    let records = [record(1, Some(Direction::Sent), b"x")];
    let to = |host: &str| read(&written(Format::pcapng(host), &records))[0].to.0.to_string();
    assert_eq!(to("[2001:db8::7]"), "2001:db8::7");
    assert_eq!(to("broker.example"), "192.0.2.2");
}

proptest! {
    #[test]
    fn put_together_the_segments_are_the_packets(
        packets in proptest::collection::vec(
            (1_u32..3, any::<bool>(), 0_usize..100_000), 0..8,
        ),
    ) {
        let mut packets = packets;
        packets.sort_by_key(|packet| packet.0);
        let bytes: Vec<u8> = (0..100_000_u32).map(|index| (index % 251) as u8).collect();
        let records: Vec<_> = packets
            .iter()
            .map(|(connection, sent, length)| {
                let direction = if *sent { Direction::Sent } else { Direction::Received };
                record(*connection, Some(direction), &bytes[..*length])
            })
            .collect();
        // What each side has sent on each connection, and its next sequence number.
        let mut heard = BTreeMap::<(u16, bool), (Vec<u8>, u32)>::new();
        for segment in read(&written(Format::pcapng(""), &records)) {
            let sent = segment.to.1 == 1883;
            let client = if sent { segment.from.1 } else { segment.to.1 };
            let other = heard.get(&(client, !sent)).map_or(0, |(_, next)| *next);
            prop_assert_eq!(segment.acknowledged, other);
            let (so_far, next) = heard.entry((client, sent)).or_default();
            prop_assert_eq!(segment.sequence, *next);
            *next += u32::from(segment.is_syn) + segment.payload.len() as u32;
            so_far.extend(segment.payload);
        }
        for (connection, sent) in [(1, true), (1, false), (2, true), (2, false)] {
            let expected: Vec<u8> = packets
                .iter()
                .filter(|packet| (packet.0, packet.1) == (connection, sent))
                .flat_map(|packet| bytes[..packet.2].to_vec())
                .collect();
            let found = heard.get(&(49_152 + connection as u16, sent));
            prop_assert_eq!(found.map_or(&[][..], |(bytes, _)| bytes), &expected[..]);
        }
    }
}
