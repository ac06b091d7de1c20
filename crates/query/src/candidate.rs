//! What a query is asked of: a message, borrowed piece by piece from wherever it lies.

use wiretree_model::{Direction, Message, Properties, QoS, Timestamp, Topic};

/// A whole message.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// All but the payload.
    pub head: Head<'a>,
    /// The payload as received.
    pub payload: &'a [u8],
}

/// A message without its payload.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The topic; `None`: nobody has looked its name up yet, so nothing is known of it.
    pub topic: Option<&'a Topic>,
    /// Bytes of payload.
    pub size: u64,
    /// The QoS as received.
    pub qos: QoS,
    /// RETAIN as received.
    pub retain: bool,
    /// DUP as received.
    pub dup: bool,
    /// Which way it went.
    pub direction: Direction,
    /// When it was received or sent.
    pub received_at: Timestamp,
    /// The properties; `None`: nobody has looked at them yet, so nothing is known of them.
    pub properties: Option<&'a Properties>,
}

impl<'a> From<&'a Message> for Candidate<'a> {
    fn from(message: &'a Message) -> Self {
        let publish = &message.publish;
        let head = Head {
            topic: Some(&publish.topic),
            size: publish.payload.len() as u64,
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            direction: message.direction,
            received_at: message.received_at,
            properties: Some(&publish.properties),
        };
        Self { head, payload: &publish.payload }
    }
}
