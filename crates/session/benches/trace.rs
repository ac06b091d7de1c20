//! What the packet trace costs: the same flood with it off and on, in turns.
//! `cargo bench -p wiretree-session --bench trace`.
//!
//! A thread writes packets that were encoded beforehand to a socket on the loopback interface; a
//! session takes them into its tree and its history. Timed until the last message is committed. Prints
//! the medians and their ratio; judges nothing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wiretree_model::{ProtocolVersion, Publish, Topic};
use wiretree_session::{ConnectOptions, History, Limits, Seeding, Session, SessionSpec};
use wiretree_wire::{ConnAck, Packet, encode};

const MESSAGES: u64 = 1_000_000;
const TOPICS: u64 = 10_000;
const ROUNDS: usize = 5;
const PAYLOAD: usize = 100;
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// As the window has it.
const RING: usize = 16 * 1024 * 1024;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for version in [ProtocolVersion::V311, ProtocolVersion::V5] {
        let flood = flood(version);
        let (mut off, mut on) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            off.push(runtime.block_on(round(&flood, version, None)));
            on.push(runtime.block_on(round(&flood, version, Some(RING))));
        }
        let (off, on) = (median(off), median(on));
        let ratio = on / off;
        println!("{version:?}: {off:.0} messages/s without the trace, {on:.0} with it: {ratio:.2}");
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// CONNACK and all messages, as bytes.
fn flood(version: ProtocolVersion) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(&Packet::ConnAck(ConnAck::default()), version, &mut bytes).expect("CONNACK");
    for number in 0..MESSAGES {
        let topic = Topic::received(format!("plant/line/{}", number % TOPICS));
        let publish = Publish { topic, payload: vec![b'x'; PAYLOAD].into(), ..Publish::default() };
        encode(&Packet::Publish(publish), version, &mut bytes).expect("PUBLISH");
    }
    bytes
}

/// Messages a second, from CONNECT until the last is committed.
async fn round(flood: &[u8], version: ProtocolVersion, trace: Option<usize>) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let history = History::open(&folder.path().join("history.wiretree")).expect("a history");
    let history = Arc::new(history);
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let bytes = flood.to_vec();
    let sender = thread::spawn(move || send(&listener, &bytes));
    let options = ConnectOptions { port, protocol: version, trace, ..ConnectOptions::default() };
    let spec = SessionSpec {
        key: "bench".to_owned(),
        name: "bench".to_owned(),
        options,
        seeding: Seeding::None,
        limits: Limits::default(),
        tree_seed: 1,
    };
    let begin = Instant::now();
    let session = Session::open(spec, Arc::clone(&history)).await.expect("a session");
    while session.summary().await.expect("the session goes on").totals.stored < MESSAGES {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let seconds = begin.elapsed().as_secs_f64();
    session.close().await;
    sender.join().expect("the sender ends");
    MESSAGES as f64 / seconds
}

fn send(listener: &TcpListener, bytes: &[u8]) {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut connect = [0; 1024];
    let read = stream.read(&mut connect).expect("CONNECT");
    assert!(read > 0, "the client says something");
    stream.write_all(bytes).expect("the client reads it all");
    until_closed(stream);
}

fn until_closed(mut stream: TcpStream) {
    while stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {}
}
