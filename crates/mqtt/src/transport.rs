//! Opens one stream to the broker, whatever is below it: TCP or a Unix socket, a proxy on the way,
//! TLS, WebSocket. Knows nothing of MQTT.
//!
//! Promises: there is one deadline for all of it; a failure says which step failed; nothing is ever
//! sent in plain text that was to go through TLS. The caller hears of each step as it begins.

pub(crate) mod facts;
mod http;
mod proxy;
mod tcp;
mod tls;
mod web_socket;

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout};
use wiretree_model::Transport;

use crate::{ConnectOptions, MqttError, Step};

use facts::TransportFacts;

/// What carries the bytes, whatever is below it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for S {}

/// A stream of any kind.
pub(crate) type BoxedStream = Box<dyn Stream>;

/// Opens a stream, within `connect_timeout`. Dropping the future closes what was opened. `facts` is
/// filled as far as it got, also when a step failed.
///
/// # Errors
/// The step that failed, or the one that took too long.
pub(crate) async fn open(
    options: &ConnectOptions,
    facts: &mut TransportFacts,
    steps: &mut (dyn FnMut(Step) + Send),
) -> Result<BoxedStream, MqttError> {
    let mut current = Step::Resolving;
    let mut note = |step| {
        current = step;
        steps(step);
    };
    let opened = timeout(options.connect_timeout, dial(options, facts, &mut note)).await;
    opened.unwrap_or_else(|_| Err(too_late(options, current)))
}

fn too_late(options: &ConnectOptions, step: Step) -> MqttError {
    let seconds = options.connect_timeout.as_secs();
    let address = options.address();
    match step {
        Step::Resolving | Step::Reaching => MqttError::ConnectTimeout { address, seconds },
        step => MqttError::HandshakeTimeout { address, step: step.doing(), seconds },
    }
}

async fn dial(
    options: &ConnectOptions,
    facts: &mut TransportFacts,
    steps: &mut (dyn FnMut(Step) + Send),
) -> Result<BoxedStream, MqttError> {
    let mut stream = reach(options, facts, steps).await?;
    if let Some(tls) = &options.tls {
        steps(Step::Tls);
        let (secured, agreed) = tls::secure(stream, options, tls).await?;
        facts.tls = Some(agreed);
        stream = Box::new(secured);
    }
    if let Transport::WebSocket(settings) = &options.transport {
        steps(Step::WebSocket);
        let started = Instant::now();
        let (upgraded, subprotocol) = web_socket::upgrade(stream, options, settings).await?;
        facts.web_socket = Some(started.elapsed());
        facts.subprotocol = subprotocol;
        stream = Box::new(upgraded);
    }
    Ok(stream)
}

/// The stream below everything else.
async fn reach(
    options: &ConnectOptions,
    facts: &mut TransportFacts,
    steps: &mut (dyn FnMut(Step) + Send),
) -> Result<BoxedStream, MqttError> {
    if let Transport::Unix { path } = &options.transport {
        steps(Step::Reaching);
        let started = Instant::now();
        let stream = unix(path).await.map_err(|error| MqttError::Unreachable {
            address: path.clone(),
            cause: in_words(&error),
        })?;
        facts.reach = started.elapsed();
        return Ok(stream);
    }
    if let Some(proxy) = &options.proxy {
        return Ok(Box::new(proxy::reach(options, proxy, facts, steps).await?));
    }
    match tcp::reach(options.bare_host(), options.port, facts, steps).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(tcp::Fault::Resolving(cause)) => {
            Err(MqttError::Unresolved { host: options.host.clone(), cause })
        }
        Err(tcp::Fault::Reaching(error)) => {
            Err(MqttError::Unreachable { address: options.address(), cause: in_words(&error) })
        }
    }
}

#[cfg(unix)]
async fn unix(path: &str) -> io::Result<BoxedStream> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn unix(_: &str) -> io::Result<BoxedStream> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets"))
}

/// A stream that stood, and broke: a refusal by TLS, which may come after the handshake (a client
/// certificate that is not taken, in TLS 1.3), or a lost connection.
pub(crate) fn lost(address: &str, error: &io::Error) -> MqttError {
    let address = address.to_owned();
    if let Some(fault) = tls::in_words(&address, error) {
        return fault;
    }
    let cause = in_words(error);
    match error.kind() {
        // Of a WebSocket: it stands, but does not carry MQTT.
        io::ErrorKind::InvalidData => MqttError::Protocol { address, cause },
        _ => MqttError::ConnectionLost { address, cause },
    }
}

/// The system's words without its error number.
pub(crate) fn in_words(error: &io::Error) -> String {
    use io::ErrorKind as K;
    let words = match error.kind() {
        K::ConnectionRefused => "connection refused",
        K::ConnectionReset => "the other side reset it",
        K::ConnectionAborted | K::UnexpectedEof => "the other side closed it",
        K::BrokenPipe => "the other side has closed it",
        K::HostUnreachable => "there is no way to this host",
        K::NetworkUnreachable => "there is no way to its network",
        K::TimedOut => "nobody answered",
        K::NotFound => "there is no such file",
        K::PermissionDenied => "permission denied",
        _ => return error.to_string(),
    };
    words.to_owned()
}
