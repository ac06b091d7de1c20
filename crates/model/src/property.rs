//! MQTT 5 properties (§2.2.2): an ordered list in which some may stand more than once.
//!
//! Encoding and decoding live here, not in the packet codec, because the history keeps properties
//! in exactly the form they had on the wire.

use bytes::{Buf, BufMut, Bytes};

use crate::MqttString;

/// One property; the variants are named as in MQTT 5 §2.2.2.2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the specification's, and its table explains them")]
pub enum Property {
    PayloadFormatIndicator(u8),
    MessageExpiryInterval(u32),
    ContentType(MqttString),
    ResponseTopic(MqttString),
    CorrelationData(Bytes),
    SubscriptionIdentifier(u32),
    SessionExpiryInterval(u32),
    AssignedClientIdentifier(MqttString),
    ServerKeepAlive(u16),
    AuthenticationMethod(MqttString),
    AuthenticationData(Bytes),
    RequestProblemInformation(u8),
    WillDelayInterval(u32),
    RequestResponseInformation(u8),
    ResponseInformation(MqttString),
    ServerReference(MqttString),
    ReasonString(MqttString),
    ReceiveMaximum(u16),
    TopicAliasMaximum(u16),
    TopicAlias(u16),
    MaximumQoS(u8),
    RetainAvailable(u8),
    UserProperty(MqttString, MqttString),
    MaximumPacketSize(u32),
    WildcardSubscriptionAvailable(u8),
    SubscriptionIdentifierAvailable(u8),
    SharedSubscriptionAvailable(u8),
}

/// Properties in the order in which they were sent, duplicates included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Properties(pub Vec<Property>);

/// Why bytes are not a list of properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    /// §2.2.2.2 has no such identifier.
    #[error("unknown property identifier 0x{0:02x}")]
    Unknown(u32),
    /// The bytes end inside a property.
    #[error("the properties end in the middle of one")]
    Truncated,
    /// §1.5.5: a variable byte integer has at most four bytes.
    #[error("a variable byte integer in the properties is longer than four bytes")]
    Integer,
}

impl Properties {
    /// Decodes the properties in `bytes`, which stand behind the Property Length (§2.2.2.1).
    ///
    /// # Errors
    /// The first deviation; what stood before it is not given back.
    pub fn decode(bytes: &Bytes) -> Result<Self, PropertyError> {
        let mut rest = bytes.clone();
        let mut list = Vec::new();
        while !rest.is_empty() {
            list.push(Property::take_from(&mut rest)?);
        }
        Ok(Self(list))
    }

    /// Appends the properties without the Property Length.
    pub fn encode(&self, out: &mut Vec<u8>) {
        for property in &self.0 {
            encode_one(property, out);
        }
    }

    /// The first Reason String, text for people (§3.4.2.2.2 and its like).
    pub fn reason_string(&self) -> Option<&MqttString> {
        self.iter().find_map(|property| match property {
            Property::ReasonString(text) => Some(text),
            _ => None,
        })
    }

    /// The first Topic Alias (§3.3.2.3.4).
    pub fn topic_alias(&self) -> Option<u16> {
        self.iter().find_map(|property| match property {
            Property::TopicAlias(alias) => Some(*alias),
            _ => None,
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they weigh in memory, in bytes: many small ones weigh far more than on the wire.
    pub fn weight(&self) -> usize {
        self.0.iter().map(|property| size_of::<Property>() + property.text_length()).sum()
    }

    /// In order, duplicates included.
    pub fn iter(&self) -> std::slice::Iter<'_, Property> {
        self.0.iter()
    }
}

impl Property {
    /// How many bytes of text or binary data it has.
    pub(crate) fn text_length(&self) -> usize {
        use Property as P;
        match self {
            P::CorrelationData(data) | P::AuthenticationData(data) => data.len(),
            P::ContentType(text)
            | P::ResponseTopic(text)
            | P::AssignedClientIdentifier(text)
            | P::AuthenticationMethod(text)
            | P::ResponseInformation(text)
            | P::ServerReference(text)
            | P::ReasonString(text) => text.as_bytes().len(),
            P::UserProperty(name, value) => name.as_bytes().len() + value.as_bytes().len(),
            _ => 0,
        }
    }

    /// Takes the first property off `rest`, which is somewhere inside it after an error.
    ///
    /// # Errors
    /// What is wrong with it; where the next one would begin is then not known.
    pub fn take_from(rest: &mut Bytes) -> Result<Self, PropertyError> {
        use Property as P;
        Ok(match integer(rest)? {
            0x01 => P::PayloadFormatIndicator(byte(rest)?),
            0x02 => P::MessageExpiryInterval(four(rest)?),
            0x03 => P::ContentType(string(rest)?),
            0x08 => P::ResponseTopic(string(rest)?),
            0x09 => P::CorrelationData(binary(rest)?),
            0x0b => P::SubscriptionIdentifier(integer(rest)?),
            0x11 => P::SessionExpiryInterval(four(rest)?),
            0x12 => P::AssignedClientIdentifier(string(rest)?),
            0x13 => P::ServerKeepAlive(two(rest)?),
            0x15 => P::AuthenticationMethod(string(rest)?),
            0x16 => P::AuthenticationData(binary(rest)?),
            0x17 => P::RequestProblemInformation(byte(rest)?),
            0x18 => P::WillDelayInterval(four(rest)?),
            0x19 => P::RequestResponseInformation(byte(rest)?),
            0x1a => P::ResponseInformation(string(rest)?),
            0x1c => P::ServerReference(string(rest)?),
            0x1f => P::ReasonString(string(rest)?),
            0x21 => P::ReceiveMaximum(two(rest)?),
            0x22 => P::TopicAliasMaximum(two(rest)?),
            0x23 => P::TopicAlias(two(rest)?),
            0x24 => P::MaximumQoS(byte(rest)?),
            0x25 => P::RetainAvailable(byte(rest)?),
            0x26 => P::UserProperty(string(rest)?, string(rest)?),
            0x27 => P::MaximumPacketSize(four(rest)?),
            0x28 => P::WildcardSubscriptionAvailable(byte(rest)?),
            0x29 => P::SubscriptionIdentifierAvailable(byte(rest)?),
            0x2a => P::SharedSubscriptionAvailable(byte(rest)?),
            unknown => return Err(PropertyError::Unknown(unknown)),
        })
    }
}

fn encode_one(property: &Property, out: &mut Vec<u8>) {
    use Property as P;
    match property {
        P::PayloadFormatIndicator(value) => put_byte(out, 0x01, *value),
        P::MessageExpiryInterval(value) => put_four(out, 0x02, *value),
        P::ContentType(value) => put_binary(out, 0x03, value.as_bytes()),
        P::ResponseTopic(value) => put_binary(out, 0x08, value.as_bytes()),
        P::CorrelationData(value) => put_binary(out, 0x09, value),
        P::SubscriptionIdentifier(value) => {
            out.put_u8(0x0b);
            put_integer(out, *value);
        }
        P::SessionExpiryInterval(value) => put_four(out, 0x11, *value),
        P::AssignedClientIdentifier(value) => put_binary(out, 0x12, value.as_bytes()),
        P::ServerKeepAlive(value) => put_two(out, 0x13, *value),
        P::AuthenticationMethod(value) => put_binary(out, 0x15, value.as_bytes()),
        P::AuthenticationData(value) => put_binary(out, 0x16, value),
        P::RequestProblemInformation(value) => put_byte(out, 0x17, *value),
        P::WillDelayInterval(value) => put_four(out, 0x18, *value),
        P::RequestResponseInformation(value) => put_byte(out, 0x19, *value),
        P::ResponseInformation(value) => put_binary(out, 0x1a, value.as_bytes()),
        P::ServerReference(value) => put_binary(out, 0x1c, value.as_bytes()),
        P::ReasonString(value) => put_binary(out, 0x1f, value.as_bytes()),
        P::ReceiveMaximum(value) => put_two(out, 0x21, *value),
        P::TopicAliasMaximum(value) => put_two(out, 0x22, *value),
        P::TopicAlias(value) => put_two(out, 0x23, *value),
        P::MaximumQoS(value) => put_byte(out, 0x24, *value),
        P::RetainAvailable(value) => put_byte(out, 0x25, *value),
        P::UserProperty(name, value) => {
            put_binary(out, 0x26, name.as_bytes());
            put_length_prefixed(out, value.as_bytes());
        }
        P::MaximumPacketSize(value) => put_four(out, 0x27, *value),
        P::WildcardSubscriptionAvailable(value) => put_byte(out, 0x28, *value),
        P::SubscriptionIdentifierAvailable(value) => put_byte(out, 0x29, *value),
        P::SharedSubscriptionAvailable(value) => put_byte(out, 0x2a, *value),
    }
}

fn take(rest: &mut Bytes, length: usize) -> Result<Bytes, PropertyError> {
    if rest.len() < length {
        return Err(PropertyError::Truncated);
    }
    Ok(rest.split_to(length))
}

fn byte(rest: &mut Bytes) -> Result<u8, PropertyError> {
    let byte = rest.first().copied().ok_or(PropertyError::Truncated)?;
    rest.advance(1);
    Ok(byte)
}

fn two(rest: &mut Bytes) -> Result<u16, PropertyError> {
    Ok(u16::from_be_bytes([byte(rest)?, byte(rest)?]))
}

fn four(rest: &mut Bytes) -> Result<u32, PropertyError> {
    Ok((u32::from(two(rest)?) << 16) | u32::from(two(rest)?))
}

fn binary(rest: &mut Bytes) -> Result<Bytes, PropertyError> {
    let length = usize::from(two(rest)?);
    take(rest, length)
}

fn string(rest: &mut Bytes) -> Result<MqttString, PropertyError> {
    Ok(binary(rest)?.into())
}

/// A variable byte integer (§1.5.5).
fn integer(rest: &mut Bytes) -> Result<u32, PropertyError> {
    let mut value = 0;
    for shift in [0, 7, 14, 21] {
        let next = byte(rest)?;
        value |= u32::from(next & 0x7f) << shift;
        if next & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(PropertyError::Integer)
}

fn put_byte(out: &mut Vec<u8>, identifier: u8, value: u8) {
    out.extend([identifier, value]);
}

fn put_two(out: &mut Vec<u8>, identifier: u8, value: u16) {
    out.put_u8(identifier);
    out.put_u16(value);
}

fn put_four(out: &mut Vec<u8>, identifier: u8, value: u32) {
    out.put_u8(identifier);
    out.put_u32(value);
}

fn put_binary(out: &mut Vec<u8>, identifier: u8, value: &[u8]) {
    out.put_u8(identifier);
    put_length_prefixed(out, value);
}

/// Two length bytes and the value. What is longer than they can say is cut, which no value that
/// was ever received can be.
fn put_length_prefixed(out: &mut Vec<u8>, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.put_u16(length);
    out.extend(value.iter().take(usize::from(length)));
}

fn put_integer(out: &mut Vec<u8>, mut value: u32) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.put_u8(low);
            return;
        }
        out.put_u8(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = MqttString> {
        proptest::collection::vec(any::<u8>(), 0..12)
            .prop_map(|bytes| MqttString::from(Bytes::from(bytes)))
    }

    fn property() -> impl Strategy<Value = Property> {
        prop_oneof![
            any::<u8>().prop_map(Property::PayloadFormatIndicator),
            any::<u32>().prop_map(Property::MessageExpiryInterval),
            text().prop_map(Property::ContentType),
            text().prop_map(|value| Property::CorrelationData(Bytes::copy_from_slice(
                value.as_bytes()
            ))),
            (0_u32..268_435_456).prop_map(Property::SubscriptionIdentifier),
            any::<u16>().prop_map(Property::TopicAlias),
            (text(), text()).prop_map(|(name, value)| Property::UserProperty(name, value)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_in_order(list in proptest::collection::vec(property(), 0..8)) {
            let properties = Properties(list);
            let mut bytes = Vec::new();
            properties.encode(&mut bytes);
            prop_assert_eq!(Properties::decode(&bytes.into()), Ok(properties));
        }

        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
            let _ = Properties::decode(&Bytes::from(bytes));
        }
    }

    #[test]
    fn duplicates_and_order_of_user_properties_are_kept() {
        let pair = |name: &str, value: &str| Property::UserProperty(name.into(), value.into());
        let properties = Properties(vec![pair("k", "2"), pair("a", ""), pair("k", "1")]);
        let mut bytes = Vec::new();
        properties.encode(&mut bytes);
        assert_eq!(Properties::decode(&bytes.into()), Ok(properties));
    }

    #[test]
    fn malformed_lists_are_refused_by_name() {
        let error = |bytes: &'static [u8]| Properties::decode(&Bytes::from_static(bytes));
        assert_eq!(error(&[0x7f, 0]), Err(PropertyError::Unknown(0x7f)));
        assert_eq!(error(&[0x26, 0, 3, b'a']), Err(PropertyError::Truncated));
        assert_eq!(error(&[0x0b, 0x80, 0x80, 0x80, 0x80, 1]), Err(PropertyError::Integer));
    }
}
