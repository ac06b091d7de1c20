//! MQTT over WebSocket (RFC 6455, MQTT 5 §6): the upgrade, and bytes in binary frames.
//!
//! Promises: a frame may hold a part of a packet or several; pings are answered; a message above
//! what is allowed is refused before it is in memory. Lenient about a server that does not confirm
//! the subprotocol: CONNACK will tell.
//!
//! Deliberately absent: compression, text frames (they end the connection, as the specification
//! wants it), redirects.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use wiretree_model::WebSocket;

use super::http::{self, Head};
use super::{BoxedStream, in_words};
use crate::{ConnectOptions, MqttError, Step};

/// The most that goes into one frame.
const LARGEST_FRAME: usize = 64 * 1024;
/// A server may put several packets into one message: this much is always taken.
const ROOM: usize = 1024 * 1024;

/// Bytes over a WebSocket.
pub(super) struct WebSocketBytes {
    inner: WebSocketStream<BoxedStream>,
    /// What is left of the last message.
    unread: Bytes,
}

/// Asks for the upgrade. Gives the stream and the subprotocol that was confirmed.
///
/// # Errors
/// What the server answered instead; settings that cannot be sent.
pub(super) async fn upgrade(
    mut stream: BoxedStream,
    options: &ConnectOptions,
    settings: &WebSocket,
) -> Result<(WebSocketBytes, Option<String>), MqttError> {
    let fault = |cause: String, advice: &'static str| MqttError::WebSocket {
        address: options.address(),
        path: settings.path.clone(),
        cause,
        advice,
    };
    let key = generate_key();
    let request = request(options, settings, &key).ok_or_else(|| {
        fault("path or headers have characters that cannot be sent".to_owned(), "Correct them")
    })?;
    let head = http::ask(&mut stream, &request).await.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            MqttError::ClosedInHandshake {
                address: options.address(),
                step: Step::WebSocket.doing(),
            }
        }
        io::ErrorKind::InvalidData => {
            fault(in_words(&error), "Is this the port for WebSocket? Or connect over TCP")
        }
        _ => super::lost(&options.address(), &error),
    })?;
    check(&head, &key).map_err(|(cause, advice)| fault(cause, advice))?;
    let limit = usize::try_from(options.packet_limit).unwrap_or(usize::MAX).max(ROOM);
    let config = WebSocketConfig::default()
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit))
        .write_buffer_size(LARGEST_FRAME);
    let inner = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
    let subprotocol = head.header("Sec-WebSocket-Protocol").map(str::to_owned);
    Ok((WebSocketBytes { inner, unread: Bytes::new() }, subprotocol))
}

/// The request (RFC 6455 §4.1); none when the settings hold what cannot be sent.
fn request(options: &ConnectOptions, settings: &WebSocket, key: &str) -> Option<String> {
    let own = |name: &str| settings.headers.iter().any(|(each, _)| each.eq_ignore_ascii_case(name));
    let path = if settings.path.starts_with('/') {
        settings.path.clone()
    } else {
        format!("/{}", settings.path)
    };
    let mut headers = Vec::new();
    if !own("Host") {
        headers.push(("Host", options.address()));
    }
    headers.push(("Upgrade", "websocket".to_owned()));
    headers.push(("Connection", "Upgrade".to_owned()));
    headers.push(("Sec-WebSocket-Version", "13".to_owned()));
    headers.push(("Sec-WebSocket-Key", key.to_owned()));
    if !settings.subprotocol.is_empty() {
        headers.push(("Sec-WebSocket-Protocol", settings.subprotocol.clone()));
    }
    headers.extend(settings.headers.iter().map(|(name, value)| (name.as_str(), value.clone())));
    if !http::is_target(&path) || !headers.iter().all(|(name, value)| http::is_header(name, value))
    {
        return None;
    }
    let lines: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    Some(format!("GET {path} HTTP/1.1\r\n{lines}\r\n"))
}

/// Whether the server has changed over (RFC 6455 §4.1, the client's part 2).
fn check(head: &Head, key: &str) -> Result<(), (String, &'static str)> {
    if head.status != 101 {
        let advice = match head.status {
            401 | 403 => "Check the headers: it wants to know who asks",
            404 => "Correct the path; brokers often use /mqtt, /ws or /",
            300..=399 => "It wants another address; enter that one",
            _ => "Is the path right, and is this the port for WebSocket?",
        };
        return Err((format!("it answered {}", head.status_line()), advice));
    }
    let upgraded = head.header("Upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    if !upgraded || head.header("Sec-WebSocket-Accept") != Some(&derive_accept_key(key.as_bytes()))
    {
        let cause = "its answer does not fit our question".to_owned();
        return Err((cause, "Something on the way may have answered in its place"));
    }
    Ok(())
}

impl AsyncRead for WebSocketBytes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unread.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_next(context)) {
                Some(Ok(Message::Binary(bytes))) => self.unread = bytes,
                Some(Ok(Message::Text(_))) => {
                    let what = "it sent a text frame, where MQTT needs binary ones";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, what)));
                }
                // Pings are answered below us. After a close frame comes the end.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(to_io(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.unread.len().min(buffer.remaining());
        buffer.put_slice(self.unread.get(..length).unwrap_or_default());
        self.unread.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WebSocketBytes {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let part = bytes.get(..LARGEST_FRAME).unwrap_or(bytes);
        let mut inner = Pin::new(&mut self.inner);
        ready!(inner.as_mut().poll_ready(context)).map_err(to_io)?;
        let message = Message::Binary(Bytes::copy_from_slice(part));
        inner.start_send(message).map_err(to_io)?;
        Poll::Ready(Ok(part.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context).map_err(to_io)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(context).map_err(to_io)
    }
}

/// The stream's own errors as they were, so that those of TLS below are still known.
fn to_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::BrokenPipe.into(),
        Error::Capacity(_) => io::Error::new(
            io::ErrorKind::InvalidData,
            "a WebSocket message was larger than allowed",
        ),
        other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
    }
}
