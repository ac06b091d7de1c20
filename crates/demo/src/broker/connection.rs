//! One connection: bytes from the socket become events, batches from the actor become bytes.
//!
//! Knows framing, keep-alive and the first packet; everything else is the actor's. Whatever is
//! malformed ends this connection and no other.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use wiretree_model::ProtocolVersion;
use wiretree_wire::{ConnAck, DecodeError, Packet, ReasonCode, decode_frame, encode, frame_length};

use super::actor::{Event, LinkId};
use super::limits;
use super::session::Link;

/// The way to the actor, and the room that is left for what waits on it.
#[derive(Clone, Debug)]
pub(super) struct Events {
    pub(super) sender: mpsc::Sender<Event>,
    pub(super) room: Arc<Semaphore>,
}

impl Events {
    /// Waits until there is room for so many bytes; the room is given back with the permit.
    async fn room_for(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Arc::clone(&self.room).acquire_many_owned(bytes).await.ok()
    }
}

/// Serves a connection to its end.
pub(super) async fn serve(stream: TcpStream, link: LinkId, events: Events) {
    // Without it small packets wait for each other; a socket that refuses it works all the same.
    let _ = stream.set_nodelay(true);
    let (read, mut write) = stream.into_split();
    let mut reader = Reader { read, buffer: BytesMut::new() };
    let connect = match timeout(limits::CONNECT, reader.next(ProtocolVersion::V5)).await {
        Ok(Ok((Packet::Connect(connect), _))) => *connect,
        Ok(Err(End::Malformed(error))) => return refuse(&error, &mut write).await,
        // Nothing, or another packet than CONNECT (MQTT 5 §3.1): no word about it.
        _ => return,
    };
    let version = connect.version;
    let keep_alive = Duration::from_secs(u64::from(connect.keep_alive)) * 3 / 2;
    let (sender, batches) = mpsc::channel(2);
    let (closing, closed) = oneshot::channel();
    let connected = Event::Connected { connect, link: Link::new(link, sender, closing) };
    if events.sender.send(connected).await.is_err() {
        return;
    }
    let mut writing = std::pin::pin!(write_batches(link, &mut write, batches, closed, &events));
    tokio::select! {
        reason = read_packets(link, &mut reader, version, keep_alive, &events) => {
            if events.sender.send(Event::Lost { link, reason }).await.is_ok() {
                writing.await;
            }
        }
        () = &mut writing => {
            let _ = events.sender.send(Event::Lost { link, reason: None }).await;
        }
    }
}

/// Why there is no next packet.
enum End {
    /// The other side closed the connection, or it broke.
    Closed,
    Malformed(DecodeError),
}

struct Reader {
    read: OwnedReadHalf,
    buffer: BytesMut,
}

impl Reader {
    /// The next packet and its length in bytes.
    async fn next(&mut self, version: ProtocolVersion) -> Result<(Packet, usize), End> {
        loop {
            let length = frame_length(&self.buffer, limits::PACKET).map_err(End::Malformed)?;
            if let Some(length) = length.filter(|length| *length <= self.buffer.len()) {
                let packet = decode_frame(self.cut(length), version).map_err(End::Malformed)?;
                return Ok((packet, length));
            }
            // Not as much as the packet announces: bytes that do not come cost nothing.
            self.buffer.reserve(limits::BATCH);
            match self.read.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return Err(End::Closed),
                Ok(_) => {}
            }
        }
    }

    /// Small packets are copied out, so that what is kept of one does not keep all its neighbours.
    fn cut(&mut self, length: usize) -> Bytes {
        if length >= limits::BATCH {
            return self.buffer.split_to(length).freeze();
        }
        let frame = Bytes::copy_from_slice(self.buffer.get(..length).unwrap_or_default());
        self.buffer.advance(length);
        frame
    }
}

/// Reads until the connection ends, or has to. Gives the reason to tell the client, if any.
async fn read_packets(
    link: LinkId,
    reader: &mut Reader,
    version: ProtocolVersion,
    keep_alive: Duration,
    events: &Events,
) -> Option<ReasonCode> {
    loop {
        let next = reader.next(version);
        let read = if keep_alive.is_zero() {
            next.await
        } else {
            match timeout(keep_alive, next).await {
                Ok(read) => read,
                Err(_) => return Some(ReasonCode::KEEP_ALIVE_TIMEOUT),
            }
        };
        let (packet, length) = match read {
            Ok(read) => read,
            Err(End::Closed) => return None,
            Err(End::Malformed(error)) => return Some(reason_for(&error)),
        };
        let room = events.room_for(length).await?;
        events.sender.send(Event::Received { link, packet, _room: room }).await.ok()?;
    }
}

/// Writes until the actor has closed the connection, or the socket has.
async fn write_batches(
    link: LinkId,
    write: &mut OwnedWriteHalf,
    mut batches: mpsc::Receiver<Vec<u8>>,
    mut closed: oneshot::Receiver<()>,
    events: &Events,
) {
    let mut is_closing = false;
    while let Some(batch) = batches.recv().await {
        let written = {
            let mut writing = std::pin::pin!(write.write_all(&batch));
            if is_closing {
                last_write(writing).await
            } else {
                tokio::select! {
                    written = &mut writing => written,
                    _ = &mut closed => {
                        is_closing = true;
                        last_write(writing).await
                    }
                }
            }
        };
        if written.is_err() || events.sender.send(Event::Written { link }).await.is_err() {
            break;
        }
    }
    let _ = write.shutdown().await;
}

/// Once the connection is being closed, a client that does not read cannot hold it open.
async fn last_write(writing: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    timeout(limits::CLOSING, writing).await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
}

/// Answers a CONNECT for a version that is not spoken (MQTT 5 §3.1.2.2); the form is that of the
/// version the client is nearest to.
async fn refuse(error: &DecodeError, write: &mut OwnedWriteHalf) {
    let DecodeError::UnsupportedVersion(level) = error else { return };
    let (version, reason) = match level {
        0..5 => (ProtocolVersion::V311, ReasonCode(1)),
        _ => (ProtocolVersion::V5, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION),
    };
    let mut bytes = Vec::new();
    let connack = Packet::ConnAck(ConnAck { reason, ..ConnAck::default() });
    if encode(&connack, version, &mut bytes).is_ok() {
        let _ = timeout(limits::CLOSING, write.write_all(&bytes)).await;
    }
}

fn reason_for(error: &DecodeError) -> ReasonCode {
    match error {
        DecodeError::TooLarge { .. } => ReasonCode::PACKET_TOO_LARGE,
        DecodeError::PropertyUse { .. } => ReasonCode::PROTOCOL_ERROR,
        DecodeError::Wildcard(_) => ReasonCode::TOPIC_NAME_INVALID,
        _ => ReasonCode::MALFORMED_PACKET,
    }
}
