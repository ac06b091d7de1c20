//! Reads the fields of one packet from front to back.
//!
//! The one place that takes bytes: each call names its field, so errors can, and the ledger hears
//! which bytes each field had. What a field means to people is said by `show`.

use std::ops::Range;

use bytes::{Buf, Bytes};
use wiretree_model::{MqttString, Properties, Property, PropertyError, ProtocolVersion};

use crate::ledger::Ledger;
use crate::property::{self, Place};
use crate::{DecodeError, Field, PacketType, ReasonCode, field, show};

/// The bytes of a packet that have not been read yet.
pub(crate) struct Fields<'ledger, L> {
    rest: Bytes,
    /// Where the packet ends in the frame.
    end: usize,
    /// Where the field began that was read last.
    mark: usize,
    ledger: &'ledger mut L,
}

impl<'ledger, L: Ledger> Fields<'ledger, L> {
    /// From the first byte of the fixed header on.
    pub(crate) fn new(frame: Bytes, ledger: &'ledger mut L) -> Self {
        Self { end: frame.len(), rest: frame, mark: 0, ledger }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The byte that is read next.
    pub(crate) fn next_byte(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The bytes of the field that was read last.
    pub(crate) fn last(&self) -> Range<usize> {
        self.mark..self.position()
    }

    /// The field read last deviates.
    pub(crate) fn deviation(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        self.ledger.deviation(error, self.last())
    }

    pub(crate) fn deviation_at(
        &mut self,
        error: DecodeError,
        range: Range<usize>,
    ) -> Result<(), DecodeError> {
        self.ledger.deviation(error, range)
    }

    /// The last `count` bytes are too many: they are left out.
    pub(crate) fn drop_end(&mut self, error: DecodeError, count: usize) -> Result<(), DecodeError> {
        let range = self.end - count..self.end;
        self.rest.truncate(self.rest.len() - count);
        self.end -= count;
        self.ledger.deviation(error, range)
    }

    pub(crate) fn cut(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        self.ledger.cut(error, 0..self.end)
    }

    pub(crate) fn remark(&mut self, problem: impl FnOnce() -> (&'static str, String)) {
        self.ledger.remark(self.last(), problem);
    }

    /// A part of the field read last: a flag, for instance.
    pub(crate) fn part(&mut self, field: Field, value: impl FnOnce() -> String) {
        self.ledger.field(field, self.last(), 1, value);
    }

    /// The rest cannot be read for this reason; whether what came before is good enough.
    pub(crate) fn give_up(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        let range = self.mark..self.end;
        let unread = std::mem::take(&mut self.rest);
        self.ledger.field(field::UNREAD_BYTES, range.clone(), 0, || show::hex(&unread));
        self.ledger.deviation(error, range)
    }

    pub(crate) fn byte(
        &mut self,
        field: Field,
        show: impl FnOnce(u8) -> String,
    ) -> Result<u8, DecodeError> {
        self.begin();
        let value = self.next(field)?;
        self.ledger.field(field, self.last(), 0, || show(value));
        Ok(value)
    }

    pub(crate) fn two(
        &mut self,
        field: Field,
        show: impl FnOnce(u16) -> String,
    ) -> Result<u16, DecodeError> {
        self.begin();
        let value = self.next_two(field)?;
        self.ledger.field(field, self.last(), 0, || show(value));
        Ok(value)
    }

    /// Binary data: two length bytes and the data (MQTT 5 §1.5.6).
    pub(crate) fn binary(
        &mut self,
        field: Field,
        show: impl FnOnce(&[u8]) -> String,
    ) -> Result<Bytes, DecodeError> {
        self.begin();
        let length = usize::from(self.next_two(field)?);
        if self.rest.len() < length {
            return Err(DecodeError::Truncated(field));
        }
        let value = self.rest.split_to(length);
        self.ledger.field(field, self.last(), 0, || show(&value));
        Ok(value)
    }

    pub(crate) fn string(&mut self, field: Field) -> Result<MqttString, DecodeError> {
        let text = MqttString::from(self.binary(field, show::text)?);
        if let Some(error) = check_text(&text, field) {
            self.deviation(error)?;
        }
        Ok(text)
    }

    /// A packet identifier, which is not 0 (MQTT 5 §2.2.1).
    pub(crate) fn packet_id(&mut self) -> Result<u16, DecodeError> {
        let field = field::PACKET_IDENTIFIER;
        let id = self.two(field, |id| id.to_string())?;
        if id == 0 {
            self.deviation(DecodeError::Value { field, value: 0 })?;
        }
        Ok(id)
    }

    /// A reason code; one that this packet does not have is kept, and remarked upon.
    pub(crate) fn reason(
        &mut self,
        packet: PacketType,
        version: ProtocolVersion,
    ) -> Result<ReasonCode, DecodeError> {
        let named = |code| show::reason(ReasonCode(code), packet, version);
        let field = field::reason(packet);
        let code = ReasonCode(self.byte(field, named)?);
        if !code.is_listed_in(packet, version) {
            self.remark(|| (field.clause, format!("{packet} has no reason code {:#04x}", code.0)));
        }
        Ok(code)
    }

    /// The properties with the length in front of them (MQTT 5 §2.2.2); none in MQTT 3.1.1.
    pub(crate) fn properties(
        &mut self,
        place: Place,
        version: ProtocolVersion,
    ) -> Result<Properties, DecodeError> {
        if !version.has_properties() {
            return Ok(Properties::default());
        }
        self.begin();
        let length = match self.integer(field::PROPERTY_LENGTH) {
            Ok(length) => length,
            Err(error) => return self.give_up(error).map(|()| Properties::default()),
        };
        let there = length.min(self.rest.len());
        let (start, body) = (self.mark, self.position());
        let whole = start..body + there;
        self.ledger.field(place.field(), whole.clone(), 0, || show::size(length));
        self.part(field::PROPERTY_LENGTH, || length.to_string());
        if there < length {
            self.deviation_at(DecodeError::Truncated(place.field()), whole)?;
        }
        let section = self.rest.split_to(there);
        self.property_list(section, place).map(Properties)
    }

    fn property_list(
        &mut self,
        section: Bytes,
        place: Place,
    ) -> Result<Vec<Property>, DecodeError> {
        let mut list = Vec::new();
        if section.is_empty() {
            return Ok(list);
        }
        let behind = self.position();
        let (mut rest, mut seen) = (section.clone(), 0);
        while !rest.is_empty() {
            let start = behind - rest.len();
            self.mark = start;
            match Property::take_from(&mut rest) {
                Ok(property) => {
                    let range = start..behind - rest.len();
                    let field = property::field(&property, place);
                    self.ledger.field(field, range.clone(), 1, || show::property(&property));
                    let ledger = &mut *self.ledger;
                    let deviates = |error| ledger.deviation(error, range.clone());
                    property::check(&property, place, &mut seen, deviates)?;
                    list.push(property);
                }
                Err(error) => {
                    let range = start..behind;
                    rest.clear();
                    let unread = section.slice(section.len() - range.len()..);
                    let field = field::UNREADABLE_PROPERTY;
                    self.ledger.field(field, range.clone(), 1, || show::hex(&unread));
                    self.ledger.deviation(error.into(), range)?;
                }
            }
        }
        Ok(list)
    }

    /// All that is left, as one field.
    pub(crate) fn rest(&mut self, field: Field, show: impl FnOnce(&[u8]) -> String) -> Bytes {
        self.begin();
        let rest = std::mem::take(&mut self.rest);
        self.ledger.field(field, self.last(), 0, || show(&rest));
        rest
    }

    /// The remaining length (MQTT 5 §2.1.4).
    pub(crate) fn remaining_length(&mut self) -> Result<usize, DecodeError> {
        self.begin();
        let length = self.integer(field::REMAINING_LENGTH).map_err(|error| match error {
            DecodeError::Property(_) => DecodeError::RemainingLength,
            _ => DecodeError::Truncated(field::FIXED_HEADER),
        })?;
        self.ledger.field(field::REMAINING_LENGTH, self.last(), 0, || length.to_string());
        Ok(length)
    }

    /// Nothing may be left.
    pub(crate) fn finish(mut self, packet: PacketType) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            count => {
                self.rest(field::TRAILING_BYTES, show::hex);
                self.deviation(DecodeError::TrailingBytes { packet, count })
            }
        }
    }

    fn position(&self) -> usize {
        self.end - self.rest.len()
    }

    fn begin(&mut self) {
        self.mark = self.position();
    }

    fn next(&mut self, field: Field) -> Result<u8, DecodeError> {
        let byte = self.rest.first().copied().ok_or(DecodeError::Truncated(field))?;
        self.rest.advance(1);
        Ok(byte)
    }

    fn next_two(&mut self, field: Field) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes([self.next(field)?, self.next(field)?]))
    }

    /// A variable byte integer (MQTT 5 §1.5.5).
    fn integer(&mut self, field: Field) -> Result<usize, DecodeError> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let next = self.next(field)?;
            value |= usize::from(next & 0x7f) << shift;
            if next & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Property(PropertyError::Integer))
    }
}

/// The rules for strings (MQTT 5 §1.5.4).
pub(crate) fn check_text(text: &MqttString, field: Field) -> Option<DecodeError> {
    if is_plain(text.as_bytes()) {
        return None;
    }
    match text.as_str() {
        None => Some(DecodeError::Utf8(field)),
        Some(text) if text.contains('\0') => Some(DecodeError::Null(field)),
        Some(_) => None,
    }
}

/// Whether all is ASCII without U+0000, as nearly all texts are. Looks at each byte whatever the
/// others are, so that many are looked at in one step.
fn is_plain(text: &[u8]) -> bool {
    text.iter().fold(true, |is_plain, byte| is_plain & matches!(byte, 1..=0x7f))
}
