//! What is learnt while a connection is made, and lost by the engine: how long each step took, and
//! the CONNACK with its reason.
//!
//! The engine drops the properties of a refusal, and takes a refusal of a 3.1.1 broker for garbage
//! when it speaks MQTT 5. So the first packet is looked at on its way in. Promise: looking never
//! changes a byte, and no bytes can make it fail. Pure.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use wiretree_model::{Properties, Property, ProtocolVersion};

use crate::Reason;

/// The longest CONNACK that is looked at; longer ones are the engine's alone.
const LONGEST: usize = 64 * 1024;
/// CONNACK's packet type and flags (MQTT 5 §3.2.1).
const CONNACK: u8 = 0x20;

/// The steps of one attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Greeting {
    /// From the opening until CONNACK was complete.
    pub(crate) connack: Option<Duration>,
    /// The code and text of CONNACK.
    pub(crate) answer: Option<(u8, Option<String>)>,
    opened: Option<Instant>,
    first_packet: Vec<u8>,
}

/// One attempt's greeting, shared by the transport, which writes it, and the engine.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedGreeting(Arc<Mutex<Greeting>>);

impl SharedGreeting {
    /// Reads or writes it. Held for a few lines only, never across an await.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Greeting) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Greeting {
    /// A new attempt: the stream is open.
    pub(crate) fn opened() -> Self {
        Self { opened: Some(Instant::now()), ..Self::default() }
    }

    /// Takes bytes that came in. Says whether it wants to see more.
    pub(crate) fn watch(&mut self, bytes: &[u8]) -> bool {
        if self.answer.is_some() {
            return false;
        }
        self.first_packet.extend(bytes.iter().take(LONGEST));
        if self.first_packet.first() != Some(&CONNACK) || self.first_packet.len() > LONGEST {
            return false;
        }
        self.answer = decode(&self.first_packet);
        if self.answer.is_some() {
            self.connack = self.opened.map(|opened| opened.elapsed());
        }
        self.answer.is_none()
    }

    /// Whether the peer has said something, and it was no CONNACK: no broker begins like that.
    pub(crate) fn is_foreign(&self) -> bool {
        self.first_packet.first().is_some_and(|first| *first != CONNACK)
    }

    /// The refusal, if CONNACK was one.
    pub(crate) fn refusal(&self, version: ProtocolVersion) -> Option<Reason> {
        let (code, text) = self.answer.clone().filter(|(code, _)| *code != 0)?;
        Some(Reason::connack(version, code, text))
    }
}

/// Code and reason string of a complete CONNACK; `None` while it is not complete.
fn decode(packet: &[u8]) -> Option<(u8, Option<String>)> {
    let (length, rest) = variable_integer(packet.get(1..)?)?;
    let body = rest.get(..length)?;
    // Acknowledge flags come before the code.
    let code = *body.get(1)?;
    Some((code, body.get(2..).and_then(reason_string)))
}

/// The Reason String among the properties (MQTT 5 §3.2.2.3.9).
fn reason_string(bytes: &[u8]) -> Option<String> {
    let (length, rest) = variable_integer(bytes)?;
    let properties = Properties::decode(&Bytes::copy_from_slice(rest.get(..length)?)).ok()?;
    properties.0.into_iter().find_map(|property| match property {
        Property::ReasonString(text) => Some(text.to_text().into_owned()),
        _ => None,
    })
}

/// A variable byte integer and what follows it (MQTT 5 §1.5.5).
fn variable_integer(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(version: ProtocolVersion, packet: &[u8]) -> Option<String> {
        let mut greeting = Greeting::opened();
        for byte in packet {
            greeting.watch(&[*byte]);
        }
        greeting.refusal(version).map(|reason| reason.to_string())
    }

    #[test]
    fn a_refusal_is_read_with_its_reason_string_however_it_is_cut() {
        let packet = [0x20, 9, 0, 0x87, 6, 0x1f, 0, 3, b'n', b'o', b'!'];
        assert_eq!(
            refusal(ProtocolVersion::V5, &packet).as_deref(),
            Some("Not authorized (0x87), it says: no!")
        );
    }

    #[test]
    fn a_3_1_1_broker_is_understood_by_an_mqtt_5_client() {
        assert_eq!(
            refusal(ProtocolVersion::V5, &[0x20, 2, 0, 1]).as_deref(),
            Some("Unacceptable protocol version (0x01)")
        );
    }

    #[test]
    fn an_acceptance_is_no_refusal() {
        assert_eq!(refusal(ProtocolVersion::V311, &[0x20, 2, 1, 0]), None);
        assert_eq!(refusal(ProtocolVersion::V5, &[0x20, 3, 0, 0, 0]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in any::<Vec<u8>>()) {
            let _ = refusal(ProtocolVersion::V5, &bytes);
            let mut connack = vec![CONNACK];
            connack.extend(bytes);
            let _ = refusal(ProtocolVersion::V5, &connack);
        }
    }
}
