//! Opens one stream to the broker: TCP today, with TLS, WebSocket and proxies to come behind the same
//! [`open`].
//!
//! Promises: Nagle's algorithm is off; all addresses of a name are tried, IPv6 and IPv4, without one
//! dead address costing the whole deadline; a failure says which step failed.

mod frames;
mod watched;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::greeting::{Greeting, SharedGreeting};
use crate::{ConnectOptions, MqttError};

use watched::Watched;

/// How long one address is tried alone before the next one is tried beside it (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);

/// What carries the bytes, whatever is below it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for S {}

/// A stream of any kind.
pub(crate) type BoxedStream = Box<dyn Stream>;

/// Opens a stream and starts its greeting.
///
/// # Errors
/// The step that failed: finding the address, reaching it, or both in time.
pub(crate) async fn open(
    options: &ConnectOptions,
    greeting: &SharedGreeting,
) -> Result<BoxedStream, MqttError> {
    let deadline = options.connect_timeout;
    let (stream, timings) = timeout(deadline, dial(options)).await.map_err(|_| {
        let seconds = deadline.as_secs();
        MqttError::ConnectTimeout { address: options.address(), seconds }
    })??;
    greeting.with(|slot| *slot = timings);
    Ok(Box::new(Watched::new(stream, greeting.clone())))
}

async fn dial(options: &ConnectOptions) -> Result<(TcpStream, Greeting), MqttError> {
    let started = Instant::now();
    let unresolved = |cause: String| MqttError::Unresolved { host: options.host.clone(), cause };
    let addresses: Vec<_> = lookup_host((options.bare_host(), options.port))
        .await
        .map_err(|error| unresolved(error.to_string()))?
        .collect();
    if addresses.is_empty() {
        return Err(unresolved("it has none".to_owned()));
    }
    let resolve = started.elapsed();
    let started = Instant::now();
    let unreachable = |error: io::Error| MqttError::Unreachable {
        address: options.address(),
        cause: in_words(&error),
    };
    let stream = first_to_answer(addresses).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok((stream, Greeting::opened(resolve, started.elapsed())))
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

/// The system's words without its error number.
pub(crate) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "the other side reset it".to_owned(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof => {
            "the other side closed it".to_owned()
        }
        io::ErrorKind::BrokenPipe => "the other side has closed it".to_owned(),
        _ => error.to_string(),
    }
}
