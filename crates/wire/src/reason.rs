//! Reason codes (MQTT 5 §2.4) and the return codes of MQTT 3.1.1, by their names.
//!
//! Any byte is kept: a code that the specification does not list still says something.

use wiretree_model::ProtocolVersion;

use crate::PacketType;

/// One byte that says how something went; 0x80 and above are failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReasonCode(pub u8);

macro_rules! reasons {
    ($($constant:ident = $code:literal, $name:literal;)*) => {
        /// The codes of MQTT 5 §2.4.
        #[expect(missing_docs, reason = "the names are the specification's")]
        impl ReasonCode {
            $(pub const $constant: Self = Self($code);)*

            /// The name in MQTT 5 §2.4. 0x00 is named "Success" whatever packet it stands in; see
            /// [`ReasonCode::name_in`].
            pub fn name(self) -> &'static str {
                match self.0 {
                    $($code => $name,)*
                    _ => "Unknown reason code",
                }
            }
        }
    };
}

reasons! {
    SUCCESS = 0x00, "Success";
    GRANTED_QOS_1 = 0x01, "Granted QoS 1";
    GRANTED_QOS_2 = 0x02, "Granted QoS 2";
    DISCONNECT_WITH_WILL = 0x04, "Disconnect with Will Message";
    NO_MATCHING_SUBSCRIBERS = 0x10, "No matching subscribers";
    NO_SUBSCRIPTION_EXISTED = 0x11, "No subscription existed";
    CONTINUE_AUTHENTICATION = 0x18, "Continue authentication";
    REAUTHENTICATE = 0x19, "Re-authenticate";
    UNSPECIFIED_ERROR = 0x80, "Unspecified error";
    MALFORMED_PACKET = 0x81, "Malformed Packet";
    PROTOCOL_ERROR = 0x82, "Protocol Error";
    IMPLEMENTATION_SPECIFIC_ERROR = 0x83, "Implementation specific error";
    UNSUPPORTED_PROTOCOL_VERSION = 0x84, "Unsupported Protocol Version";
    CLIENT_IDENTIFIER_NOT_VALID = 0x85, "Client Identifier not valid";
    BAD_USER_NAME_OR_PASSWORD = 0x86, "Bad User Name or Password";
    NOT_AUTHORIZED = 0x87, "Not authorized";
    SERVER_UNAVAILABLE = 0x88, "Server unavailable";
    SERVER_BUSY = 0x89, "Server busy";
    BANNED = 0x8a, "Banned";
    SERVER_SHUTTING_DOWN = 0x8b, "Server shutting down";
    BAD_AUTHENTICATION_METHOD = 0x8c, "Bad authentication method";
    KEEP_ALIVE_TIMEOUT = 0x8d, "Keep Alive timeout";
    SESSION_TAKEN_OVER = 0x8e, "Session taken over";
    TOPIC_FILTER_INVALID = 0x8f, "Topic Filter invalid";
    TOPIC_NAME_INVALID = 0x90, "Topic Name invalid";
    PACKET_IDENTIFIER_IN_USE = 0x91, "Packet Identifier in use";
    PACKET_IDENTIFIER_NOT_FOUND = 0x92, "Packet Identifier not found";
    RECEIVE_MAXIMUM_EXCEEDED = 0x93, "Receive Maximum exceeded";
    TOPIC_ALIAS_INVALID = 0x94, "Topic Alias invalid";
    PACKET_TOO_LARGE = 0x95, "Packet too large";
    MESSAGE_RATE_TOO_HIGH = 0x96, "Message rate too high";
    QUOTA_EXCEEDED = 0x97, "Quota exceeded";
    ADMINISTRATIVE_ACTION = 0x98, "Administrative action";
    PAYLOAD_FORMAT_INVALID = 0x99, "Payload format invalid";
    RETAIN_NOT_SUPPORTED = 0x9a, "Retain not supported";
    QOS_NOT_SUPPORTED = 0x9b, "QoS not supported";
    USE_ANOTHER_SERVER = 0x9c, "Use another server";
    SERVER_MOVED = 0x9d, "Server moved";
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9e, "Shared Subscriptions not supported";
    CONNECTION_RATE_EXCEEDED = 0x9f, "Connection rate exceeded";
    MAXIMUM_CONNECT_TIME = 0xa0, "Maximum connect time";
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xa1, "Subscription Identifiers not supported";
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xa2, "Wildcard Subscriptions not supported";
}

impl ReasonCode {
    /// The name in the table of this packet, where 0x00 and the return codes of MQTT 3.1.1 have
    /// names of their own.
    pub fn name_in(self, packet: PacketType, version: ProtocolVersion) -> &'static str {
        match (packet, version, self.0) {
            (PacketType::ConnAck, ProtocolVersion::V31 | ProtocolVersion::V311, code) => {
                connect_return_code(code)
            }
            // A server that does not speak MQTT 5 refuses in its own form.
            (PacketType::ConnAck, ProtocolVersion::V5, code @ 1..=5) => connect_return_code(code),
            (PacketType::SubAck, ProtocolVersion::V31 | ProtocolVersion::V311, code) => {
                match code {
                    0 => "Success - Maximum QoS 0",
                    1 => "Success - Maximum QoS 1",
                    2 => "Success - Maximum QoS 2",
                    0x80 => "Failure",
                    _ => "Unknown return code",
                }
            }
            (PacketType::SubAck, ProtocolVersion::V5, 0) => "Granted QoS 0",
            (PacketType::Disconnect, _, 0) => "Normal disconnection",
            _ => self.name(),
        }
    }

    /// Whether the specification lists it for this packet; for MQTT 5, its tables in §3.
    pub fn is_listed_in(self, packet: PacketType, version: ProtocolVersion) -> bool {
        use PacketType as T;
        let code = self.0;
        match (packet, version.has_properties()) {
            (T::ConnAck, false) => code <= 5,
            (T::ConnAck, true) => matches!(
                code,
                0 | 0x80..=0x8a | 0x8c | 0x90 | 0x95 | 0x97 | 0x99..=0x9d | 0x9f
            ),
            (T::PubAck | T::PubRec, _) => {
                matches!(code, 0 | 0x10 | 0x80 | 0x83 | 0x87 | 0x90 | 0x91 | 0x97 | 0x99)
            }
            (T::PubRel | T::PubComp, _) => matches!(code, 0 | 0x92),
            (T::SubAck, false) => matches!(code, 0..=2 | 0x80),
            (T::SubAck, true) => {
                matches!(code, 0..=2 | 0x80 | 0x83 | 0x87 | 0x8f | 0x91 | 0x97 | 0x9e | 0xa1 | 0xa2)
            }
            (T::UnsubAck, _) => {
                matches!(code, 0 | 0x11 | 0x80 | 0x83 | 0x87 | 0x8f | 0x91)
            }
            (T::Disconnect, _) => matches!(
                code,
                0 | 4 | 0x80..=0x83 | 0x87 | 0x89 | 0x8b..=0x90 | 0x93..=0xa2
            ),
            (T::Auth, _) => matches!(code, 0 | 0x18 | 0x19),
            _ => false,
        }
    }

    /// Whether it tells of a failure. For the return codes of an MQTT 3.1.1 CONNACK compare with 0.
    pub fn is_failure(self) -> bool {
        self.0 >= 0x80
    }
}

/// MQTT 3.1.1 §3.2.2.3, table 3.1.
fn connect_return_code(code: u8) -> &'static str {
    match code {
        0 => "Connection Accepted",
        1 => "Connection Refused, unacceptable protocol version",
        2 => "Connection Refused, identifier rejected",
        3 => "Connection Refused, Server unavailable",
        4 => "Connection Refused, bad user name or password",
        5 => "Connection Refused, not authorized",
        _ => "Unknown return code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_byte_is_named_after_the_table_it_stands_in() {
        use PacketType::{ConnAck, Disconnect, PubAck, SubAck};
        use ProtocolVersion::{V5, V311};
        let cases = [
            (0x00, PubAck, V5, "Success"),
            (0x00, Disconnect, V5, "Normal disconnection"),
            (0x00, SubAck, V5, "Granted QoS 0"),
            (0x02, SubAck, V5, "Granted QoS 2"),
            (0x02, SubAck, V311, "Success - Maximum QoS 2"),
            (0x80, SubAck, V311, "Failure"),
            (0x05, ConnAck, V311, "Connection Refused, not authorized"),
            (0x87, ConnAck, V5, "Not authorized"),
            (0x05, ConnAck, V5, "Connection Refused, not authorized"),
            (0xff, ConnAck, V5, "Unknown reason code"),
        ];
        for (code, packet, version, name) in cases {
            assert_eq!(ReasonCode(code).name_in(packet, version), name);
        }
    }
}
