//! Reads the fields of one packet from front to back.
//!
//! The one place that takes bytes: each call names its field, so errors can, and so can whoever
//! wants to know which bytes a field had.

use bytes::Bytes;
use wiretree_model::{MqttString, Properties};

use crate::property::{Place, check};
use crate::{DecodeError, Field, PacketType, ReasonCode, field};

/// The bytes of a packet that have not been read yet.
pub(crate) struct Fields(Bytes);

impl Fields {
    pub(crate) fn new(body: Bytes) -> Self {
        Self(body)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self, field: Field) -> Result<u8, DecodeError> {
        let taken = self.take(1, field)?;
        taken.first().copied().ok_or(DecodeError::Truncated(field))
    }

    pub(crate) fn two(&mut self, field: Field) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes([self.byte(field)?, self.byte(field)?]))
    }

    /// Binary data: two length bytes and the data (MQTT 5 §1.5.6).
    pub(crate) fn binary(&mut self, field: Field) -> Result<Bytes, DecodeError> {
        let length = usize::from(self.two(field)?);
        self.take(length, field)
    }

    pub(crate) fn string(&mut self, field: Field) -> Result<MqttString, DecodeError> {
        let text = MqttString::from(self.binary(field)?);
        check_text(&text, field)?;
        Ok(text)
    }

    /// A packet identifier, which is not 0 (MQTT 5 §2.2.1).
    pub(crate) fn packet_id(&mut self) -> Result<u16, DecodeError> {
        match self.two(field::PACKET_IDENTIFIER)? {
            0 => Err(DecodeError::Value { field: field::PACKET_IDENTIFIER, value: 0 }),
            id => Ok(id),
        }
    }

    pub(crate) fn reason(&mut self) -> Result<ReasonCode, DecodeError> {
        self.byte(field::REASON_CODE).map(ReasonCode)
    }

    /// The properties with the length in front of them (MQTT 5 §2.2.2).
    pub(crate) fn properties(&mut self, place: Place) -> Result<Properties, DecodeError> {
        let length = self.integer(field::PROPERTY_LENGTH)?;
        let bytes = self.take(length, field::PROPERTIES)?;
        let properties = Properties::decode(&bytes)?;
        check(&properties, place)?;
        Ok(properties)
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.0)
    }

    /// Nothing may be left.
    pub(crate) fn finish(self, packet: PacketType) -> Result<(), DecodeError> {
        match self.0.len() {
            0 => Ok(()),
            count => Err(DecodeError::TrailingBytes { packet, count }),
        }
    }

    fn take(&mut self, length: usize, field: Field) -> Result<Bytes, DecodeError> {
        if self.0.len() < length {
            return Err(DecodeError::Truncated(field));
        }
        Ok(self.0.split_to(length))
    }

    /// A variable byte integer (MQTT 5 §1.5.5).
    fn integer(&mut self, field: Field) -> Result<usize, DecodeError> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let next = self.byte(field)?;
            value |= usize::from(next & 0x7f) << shift;
            if next & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Property(wiretree_model::PropertyError::Integer))
    }
}

/// The rules for strings (MQTT 5 §1.5.4).
pub(crate) fn check_text(text: &MqttString, field: Field) -> Result<(), DecodeError> {
    match text.as_str() {
        None => Err(DecodeError::Utf8(field)),
        Some(text) if text.contains('\0') => Err(DecodeError::Null(field)),
        Some(_) => Ok(()),
    }
}
