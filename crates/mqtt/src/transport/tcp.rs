//! Finds the addresses of a host and reaches one of them.
//!
//! Promises: Nagle's algorithm is off; all addresses of a name are tried, IPv6 and IPv4, without one
//! dead address costing the whole deadline.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::facts::TransportFacts;
use crate::Step;

/// How long one address is tried alone before the next one is tried beside it (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Which of the two steps failed.
pub(super) enum Fault {
    Resolving(String),
    Reaching(io::Error),
}

/// Makes a TCP connection and writes down how.
///
/// # Errors
/// The step that failed, with the system's words.
pub(super) async fn reach(
    host: &str,
    port: u16,
    facts: &mut TransportFacts,
    steps: &mut (dyn FnMut(Step) + Send),
) -> Result<TcpStream, Fault> {
    steps(Step::Resolving);
    let started = Instant::now();
    let found =
        lookup_host((host, port)).await.map_err(|error| Fault::Resolving(error.to_string()));
    let addresses: Vec<_> = found?.collect();
    facts.resolve = started.elapsed();
    facts.addresses = addresses.iter().map(SocketAddr::ip).collect();
    if addresses.is_empty() {
        return Err(Fault::Resolving("it has none".to_owned()));
    }
    steps(Step::Reaching);
    let started = Instant::now();
    let stream = first_to_answer(addresses).await.map_err(Fault::Reaching)?;
    stream.set_nodelay(true).map_err(Fault::Reaching)?;
    facts.reach = started.elapsed();
    facts.peer = stream.peer_addr().ok();
    Ok(stream)
}

/// Tries one address after the other, the next one as soon as one fails or takes long.
async fn first_to_answer(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut attempts = JoinSet::new();
    let mut waiting = addresses.into_iter();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        let more = match waiting.next() {
            Some(address) => {
                attempts.spawn(TcpStream::connect(address));
                true
            }
            None => false,
        };
        tokio::select! {
            ended = attempts.join_next() => match ended {
                Some(Ok(Ok(stream))) => return Ok(stream),
                Some(Ok(Err(error))) => failure = error,
                Some(Err(error)) => failure = io::Error::other(error),
                None => return Err(failure),
            },
            () = sleep(HEAD_START), if more => {}
        }
    }
}
