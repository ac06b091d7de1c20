//! Packets as a pcapng file that Wireshark takes for a conversation over TCP port 1883.
//!
//! Ethernet, IP and TCP around the packets are made up: there is one TCP conversation for each
//! attempt to connect, with its handshake, and with sequence numbers that count what is written; a
//! packet larger than a segment becomes several. Times and MQTT bytes are real. What happened below
//! MQTT is a comment at the packet that follows, on the conversation or behind it; behind the last
//! packet it is left out.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use etherparse::PacketBuilder;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError};
use wiretree_model::{Direction, Timestamp};

use super::Record;
use crate::TransferError;

/// Where Wireshark looks for MQTT.
const PORT: u16 = 1883;
/// The client's ports begin here (RFC 6335): one for each attempt to connect.
const FIRST_CLIENT_PORT: u16 = 49_152;
const CLIENT_PORTS: u32 = 16_384;
/// The most bytes of MQTT in a segment: with its headers it stays below 64 KiB.
const SEGMENT: usize = 32 * 1024;
/// Addresses for documentation (RFC 5737, RFC 3849).
const BROKER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
const CLIENT_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
/// Locally administered addresses.
const CLIENT_STATION: [u8; 6] = [2, 0, 0, 0, 0, 1];
const BROKER_STATION: [u8; 6] = [2, 0, 0, 0, 0, 2];
const HOPS: u8 = 64;
const WINDOW: u16 = u16::MAX;
/// MQTT 5 and 3.1.1 look alike until a CONNECT says which it is.
const ABOUT: &str = "MQTT packets as recorded by Wiretree; Ethernet, IP and TCP are made up, and \
    credentials are masked. Without a CONNECT in it, tell Wireshark the version of MQTT: preference \
    mqtt.default_version.";

/// A file that is being written.
pub(super) struct Capture<W: Write> {
    out: PcapNgWriter<W>,
    broker: IpAddr,
    conversation: Option<Conversation>,
    /// What happened since the last packet.
    comments: Vec<String>,
    frame: Vec<u8>,
}

/// One TCP connection: the next sequence number of each side.
#[derive(Clone, Copy)]
struct Conversation {
    connection: u32,
    client: u32,
    broker: u32,
}

/// The flags of a segment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Syn,
    SynAck,
    Ack,
    Data,
}

impl<W: Write> Capture<W> {
    pub(super) fn new(out: W, broker: Option<IpAddr>) -> Result<Self, TransferError> {
        let section = SectionHeaderBlock {
            endianness: Endianness::Little,
            options: vec![
                SectionHeaderOption::Comment(ABOUT.into()),
                SectionHeaderOption::UserApplication("Wiretree".into()),
            ],
            ..SectionHeaderBlock::default()
        };
        // The library counts in nanoseconds, whatever the file says.
        let interface = InterfaceDescriptionBlock {
            linktype: DataLink::ETHERNET,
            snaplen: 0,
            options: vec![InterfaceDescriptionOption::IfTsResol(9)],
        };
        let mut out = PcapNgWriter::with_section_header(out, section).map_err(from_pcap)?;
        out.write_pcapng_block(interface).map_err(from_pcap)?;
        let broker = broker.unwrap_or(BROKER);
        Ok(Self { out, broker, conversation: None, comments: Vec::new(), frame: Vec::new() })
    }

    pub(super) fn write(&mut self, record: &Record<'_>) -> Result<(), TransferError> {
        let Some(direction) = record.direction else {
            self.comments.push(record.summary.to_owned());
            return Ok(());
        };
        let mut talk = match self.conversation {
            Some(talk) if talk.connection == record.connection => talk,
            _ => self.greet(record.connection, record.at)?,
        };
        for bytes in record.bytes.chunks(SEGMENT) {
            self.segment(talk, direction, Kind::Data, bytes, record.at)?;
            // A segment has 32 KiB at most.
            let length = u32::try_from(bytes.len()).unwrap_or_default();
            let next = match direction {
                Direction::Sent => &mut talk.client,
                Direction::Received => &mut talk.broker,
            };
            *next = next.wrapping_add(length);
        }
        self.conversation = Some(talk);
        Ok(())
    }

    pub(super) fn destination(&mut self) -> &mut W {
        self.out.get_mut()
    }

    pub(super) fn into_destination(self) -> W {
        self.out.into_inner()
    }

    /// The three segments that begin a TCP connection.
    fn greet(&mut self, connection: u32, at: Timestamp) -> Result<Conversation, TransferError> {
        let mut talk = Conversation { connection, client: 0, broker: 0 };
        self.segment(talk, Direction::Sent, Kind::Syn, &[], at)?;
        talk.client = 1;
        self.segment(talk, Direction::Received, Kind::SynAck, &[], at)?;
        talk.broker = 1;
        self.segment(talk, Direction::Sent, Kind::Ack, &[], at)?;
        Ok(talk)
    }

    fn segment(
        &mut self,
        talk: Conversation,
        direction: Direction,
        kind: Kind,
        payload: &[u8],
        at: Timestamp,
    ) -> Result<(), TransferError> {
        self.frame.clear();
        build(&mut self.frame, self.broker, talk, direction, kind, payload)?;
        let flags = match direction {
            Direction::Received => 1,
            Direction::Sent => 2,
        };
        let mut options = vec![EnhancedPacketOption::Flags(flags)];
        if kind == Kind::Data {
            let comments = self.comments.drain(..);
            options.extend(comments.map(|text| EnhancedPacketOption::Comment(text.into())));
        }
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: Duration::from_micros(at.0.max(0).cast_unsigned()),
            original_len: u32::try_from(self.frame.len()).unwrap_or_default(),
            data: Cow::Borrowed(&self.frame),
            options,
        };
        self.out.write_pcapng_block(block).map(drop).map_err(from_pcap)
    }
}

/// One frame: the payload with all its headers, whose checksums are right.
fn build(
    frame: &mut Vec<u8>,
    broker: IpAddr,
    talk: Conversation,
    direction: Direction,
    kind: Kind,
    payload: &[u8],
) -> Result<(), TransferError> {
    let offset = u16::try_from(talk.connection % CLIENT_PORTS).unwrap_or_default();
    let port = FIRST_CLIENT_PORT + offset;
    let is_sent = direction == Direction::Sent;
    let (here, there) =
        if is_sent { (CLIENT_STATION, BROKER_STATION) } else { (BROKER_STATION, CLIENT_STATION) };
    let ethernet = PacketBuilder::ethernet2(here, there);
    let ip = match (broker, is_sent) {
        (IpAddr::V4(broker), true) => ethernet.ipv4(CLIENT_V4.octets(), broker.octets(), HOPS),
        (IpAddr::V4(broker), false) => ethernet.ipv4(broker.octets(), CLIENT_V4.octets(), HOPS),
        (IpAddr::V6(broker), true) => ethernet.ipv6(CLIENT_V6.octets(), broker.octets(), HOPS),
        (IpAddr::V6(broker), false) => ethernet.ipv6(broker.octets(), CLIENT_V6.octets(), HOPS),
    };
    let (from, to, sequence, acknowledged) = if is_sent {
        (port, PORT, talk.client, talk.broker)
    } else {
        (PORT, port, talk.broker, talk.client)
    };
    let tcp = ip.tcp(from, to, sequence, WINDOW);
    let tcp = match kind {
        Kind::Syn => tcp.syn(),
        Kind::SynAck => tcp.syn().ack(acknowledged),
        Kind::Ack => tcp.ack(acknowledged),
        Kind::Data => tcp.psh().ack(acknowledged),
    };
    tcp.write(frame, payload)
        .map_err(|error| TransferError::Write(io::Error::other(error.to_string())))
}

/// What the library refuses cannot come from here: blocks for an interface that is not there.
fn from_pcap(error: PcapError) -> TransferError {
    match error {
        PcapError::IoError(error) => TransferError::Write(error),
        other => TransferError::Write(io::Error::other(other.to_string())),
    }
}
