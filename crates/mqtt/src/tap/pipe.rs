//! The engine's side of the tap: the packets it sends, read; and those it is to get, written.
//!
//! Both are the few forms of MQTT 5 that the engine and the tap agree on, always well-formed.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::{AsyncWrite, DuplexStream};
use wiretree_model::{ProtocolVersion, QoS};
use wiretree_wire::{Packet, PacketType, decode_frame};

use super::frames::Frames;
use crate::MqttError;
use crate::outbox::Token;

/// Bytes that fit into the pipe, each way.
const PIPE: usize = 64 * 1024;

/// Our end of the pipe.
#[derive(Debug)]
pub(crate) struct Pipe {
    stream: DuplexStream,
    frames: Frames,
    /// What the engine has not taken yet. Bounded: each answer was asked for.
    answers: Vec<u8>,
}

/// What the engine wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To be connected.
    Connect,
    /// To send a message.
    Publish { token: Token, id: u16, qos: QoS },
    /// To release a QoS 2 message.
    Release { id: u16 },
    /// To subscribe or unsubscribe.
    Request { token: Token, id: u16, packet: PacketType },
}

/// A pipe: our end, and the engine's.
pub(crate) fn pipe() -> (Pipe, DuplexStream) {
    let (stream, other) = tokio::io::duplex(PIPE);
    let frames = Frames::beginning_with(BytesMut::new(), usize::MAX);
    (Pipe { stream, frames, answers: Vec::new() }, other)
}

impl Pipe {
    /// Reads once. Ready with `false` when the engine has closed its end.
    pub(crate) fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.frames.poll_fill(&mut self.stream, context).map_ok(|length| length > 0)
    }

    /// The next wish.
    ///
    /// # Errors
    /// [`MqttError::Engine`] when the engine sends what was not agreed on.
    pub(crate) fn next(&mut self) -> Result<Option<Wish>, MqttError> {
        let unexpected = |what: &str| MqttError::Engine(format!("it sent {what}"));
        let Some(frame) = self.frames.next().map_err(|error| unexpected(&error.to_string()))?
        else {
            return Ok(None);
        };
        let packet = decode_frame(frame, ProtocolVersion::V5);
        let token = |text: &[u8]| std::str::from_utf8(text).ok()?.parse().ok();
        let wish = match packet.map_err(|error| unexpected(&error.to_string()))? {
            Packet::Connect(_) => Some(Wish::Connect),
            Packet::Publish(publish) => {
                let token = publish.payload.as_ref().try_into().map(Token::from_be_bytes).ok();
                let (id, qos) = (publish.packet_id.unwrap_or_default(), publish.qos);
                token.map(|token| Wish::Publish { token, id, qos })
            }
            Packet::PubRel(ack) => Some(Wish::Release { id: ack.packet_id }),
            Packet::Subscribe(request) => {
                let first = request.filters.first().map(|entry| entry.filter.as_bytes());
                let (id, packet) = (request.packet_id, PacketType::Subscribe);
                first.and_then(token).map(|token| Wish::Request { token, id, packet })
            }
            Packet::Unsubscribe(request) => {
                let first = request.filters.first().map(|filter| filter.as_bytes());
                let (id, packet) = (request.packet_id, PacketType::Unsubscribe);
                first.and_then(token).map(|token| Wish::Request { token, id, packet })
            }
            other => return Err(unexpected(other.packet_type().name())),
        };
        wish.map(Some).ok_or_else(|| unexpected("a stub without its token"))
    }

    /// CONNACK: connected, with the session or without.
    pub(crate) fn connack(&mut self, session_present: bool) {
        self.answers.extend([0x20, 3, u8::from(session_present), 0, 0]);
    }

    /// PUBACK.
    pub(crate) fn puback(&mut self, id: u16) {
        self.answer(&[0x40, 2], id, &[]);
    }

    /// PUBREC that lets the message go on.
    pub(crate) fn pubrec(&mut self, id: u16) {
        self.answer(&[0x50, 2], id, &[]);
    }

    /// Ends a message that nobody wants any more, whatever its QoS.
    pub(crate) fn end(&mut self, id: u16, qos: QoS) {
        match qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => self.puback(id),
            QoS::ExactlyOnce => self.refusing_pubrec(id),
        }
    }

    /// PUBREC that ends the message.
    pub(crate) fn refusing_pubrec(&mut self, id: u16) {
        self.answer(&[0x50, 4], id, &[0x80, 0]);
    }

    /// PUBCOMP.
    pub(crate) fn pubcomp(&mut self, id: u16) {
        self.answer(&[0x70, 2], id, &[]);
    }

    /// SUBACK or UNSUBACK.
    pub(crate) fn request_answered(&mut self, id: u16, packet: PacketType) {
        let first = if packet == PacketType::Subscribe { 0x90 } else { 0xb0 };
        self.answer(&[first, 4], id, &[0, 0]);
    }

    fn answer(&mut self, head: &[u8], id: u16, tail: &[u8]) {
        self.answers.extend(head);
        self.answers.extend(id.to_be_bytes());
        self.answers.extend(tail);
    }

    /// Writes answers. Ready when none is left.
    pub(crate) fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.answers.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.answers))?;
            self.answers.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}
