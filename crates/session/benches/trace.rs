//! What the packet trace costs: the same flood with it off and on, in turns.
//! `cargo bench -p wiretree-session --bench trace`.
//!
//! A thread writes packets that were encoded beforehand to a socket on the loopback interface; a
//! session takes them into its tree and its history. Timed until the last message is committed. Prints
//! the medians and their ratio; judges nothing.

use std::io::{self, Read, Write};
use std::net::TcpListener;
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
/// The totals are asked for so often, to see whether all is stored.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// As the window has it.
const RING: usize = 16 * 1024 * 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    for version in [ProtocolVersion::V311, ProtocolVersion::V5] {
        let flood = flood(version)?;
        let (mut off, mut on) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            off.push(runtime.block_on(round(&flood, version, None))?);
            on.push(runtime.block_on(round(&flood, version, Some(RING)))?);
        }
        let (off, on) = (median(off), median(on));
        writeln!(
            io::stdout(),
            "{version:?}: {off:.0} messages/s without the trace, {on:.0} with it: {:.2}",
            on / off
        )?;
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// CONNACK and all messages, as bytes.
fn flood(version: ProtocolVersion) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    encode(&Packet::ConnAck(ConnAck::default()), version, &mut bytes)?;
    for number in 0..MESSAGES {
        let topic = Topic::received(format!("plant/line/{}", number % TOPICS));
        let publish = Publish { topic, payload: vec![b'x'; PAYLOAD].into(), ..Publish::default() };
        encode(&Packet::Publish(publish), version, &mut bytes)?;
    }
    Ok(bytes)
}

/// Messages a second, from CONNECT until the last is committed.
async fn round(
    flood: &[u8],
    version: ProtocolVersion,
    trace: Option<usize>,
) -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let history = Arc::new(History::open(&folder.path().join("history.wiretree"))?);
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let bytes = flood.to_vec();
    let sender = thread::spawn(move || send(&listener, &bytes));
    let options = ConnectOptions { port, protocol: version, trace, ..ConnectOptions::default() };
    let spec = SessionSpec {
        key: "bench".to_owned(),
        name: "bench".to_owned(),
        options,
        rules: wiretree_model::RecordingRules::default(),
        numbers_after: 0,
        seeding: Seeding::None,
        limits: Limits::default(),
        tree_seed: 1,
    };
    let begin = Instant::now();
    let session = Session::open(spec, Arc::clone(&history)).await?;
    while session.summary().await?.totals.stored < MESSAGES {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let seconds = begin.elapsed().as_secs_f64();
    session.close().await;
    sender.join().map_err(|_| "the sender panicked")??;
    Ok(MESSAGES as f64 / seconds)
}

/// Waits for CONNECT, sends it all, and reads until the client has closed.
fn send(listener: &TcpListener, bytes: &[u8]) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    let mut space = [0; 1024];
    if stream.read(&mut space)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    stream.write_all(bytes)?;
    while stream.read(&mut space).is_ok_and(|length| length > 0) {}
    Ok(())
}
