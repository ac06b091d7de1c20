//! Writes the fields of one packet from front to back, in the form of its version.

use bytes::BufMut;
use wiretree_model::{Properties, Property, ProtocolVersion};

use crate::frame::LARGEST_REMAINING;
use crate::{EncodeError, Field, ReasonCode, field};

/// What stands behind the fixed header, as far as it is written.
pub(crate) struct Body {
    bytes: Vec<u8>,
    version: ProtocolVersion,
}

impl Body {
    pub(crate) fn new(version: ProtocolVersion) -> Self {
        Self { bytes: Vec::new(), version }
    }

    pub(crate) fn version(&self) -> ProtocolVersion {
        self.version
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(crate) fn two(&mut self, value: u16) {
        self.bytes.put_u16(value);
    }

    /// A string or binary data (MQTT 5 §1.5.4, §1.5.6).
    pub(crate) fn binary(&mut self, value: &[u8], field: Field) -> Result<(), EncodeError> {
        let length = length_of(value, field)?;
        self.bytes.put_u16(length);
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    pub(crate) fn reasons(&mut self, reasons: &[ReasonCode]) {
        self.bytes.extend(reasons.iter().map(|reason| reason.0));
    }

    /// The properties with their length; nothing in MQTT 3.1.1, which has none.
    pub(crate) fn properties(&mut self, properties: &Properties) -> Result<(), EncodeError> {
        if !self.version.has_properties() {
            return Ok(());
        }
        properties.iter().try_for_each(check)?;
        let mut encoded = Vec::new();
        properties.encode(&mut encoded);
        if encoded.len() > LARGEST_REMAINING {
            return Err(EncodeError::TooLarge(encoded.len()));
        }
        put_integer(&mut self.bytes, encoded.len());
        self.bytes.extend(encoded);
        Ok(())
    }
}

/// Appends a variable byte integer (MQTT 5 §1.5.5); the value has been checked against its limit.
pub(crate) fn put_integer(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn length_of(value: &[u8], field: Field) -> Result<u16, EncodeError> {
    u16::try_from(value.len()).map_err(|_| EncodeError::TooLong { field, length: value.len() })
}

/// What `Properties::encode` would cut is refused.
fn check(property: &Property) -> Result<(), EncodeError> {
    use Property as P;
    let fits = |value: &[u8]| length_of(value, field::PROPERTIES).map(|_| ());
    match property {
        P::CorrelationData(value) | P::AuthenticationData(value) => fits(value),
        P::ContentType(text)
        | P::ResponseTopic(text)
        | P::AssignedClientIdentifier(text)
        | P::AuthenticationMethod(text)
        | P::ResponseInformation(text)
        | P::ServerReference(text)
        | P::ReasonString(text) => fits(text.as_bytes()),
        P::UserProperty(name, value) => fits(name.as_bytes()).and_then(|()| fits(value.as_bytes())),
        P::SubscriptionIdentifier(value) if *value as usize > LARGEST_REMAINING => {
            Err(EncodeError::SubscriptionIdentifier(*value))
        }
        _ => Ok(()),
    }
}
