//! What can go wrong at the broker's edge, as sentences that name the step and what to do.
//!
//! Promise: no message carries a password, and each kind has a code that stays the same.

use wiretree_model::QoS;

use crate::{Certificate, Reason};

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MqttError {
    /// The host name has no address.
    #[error("Could not find the address of {host}: {cause}. Is the name spelled right?")]
    Unresolved {
        /// The name that was looked up.
        host: String,
        /// What the system said.
        cause: String,
    },
    /// Nobody took the connection.
    #[error("Could not reach {address}: {cause}. Is the broker running, and is the port right?")]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the system said.
        cause: String,
    },
    /// The connection was not made in time.
    #[error(
        "Could not reach {address} within {seconds} s. Is the address right, and does a firewall \
         let the port through?"
    )]
    ConnectTimeout {
        /// Host and port.
        address: String,
        /// The deadline.
        seconds: u64,
    },
    /// The connection was made, but one of the handshakes before CONNECT was not finished in time.
    #[error(
        "The other side at {address} took the connection, but {step} was not finished within \
         {seconds} s. Is the port right?"
    )]
    HandshakeTimeout {
        /// Host and port.
        address: String,
        /// What was being done.
        step: &'static str,
        /// The deadline.
        seconds: u64,
    },
    /// The other side closed the connection before CONNACK.
    #[error(
        "The other side at {address} closed the connection during {step}. Is the port right, and \
         does it speak what was chosen: TLS or not, WebSocket or not?"
    )]
    ClosedInHandshake {
        /// Host and port.
        address: String,
        /// What was being done.
        step: &'static str,
    },
    /// The proxy cannot or will not make the connection.
    #[error("The proxy {address} did not make the connection: {cause}. Check the proxy's settings")]
    Proxy {
        /// Host and port of the proxy.
        address: String,
        /// What was seen.
        cause: String,
    },
    /// The server's certificate is not trusted; nothing was sent to it (RFC 5280 §6).
    #[error("{what}. {advice}")]
    CertificateRefused {
        /// What is wrong with it.
        what: String,
        /// What can be done.
        advice: &'static str,
        /// The certificates that were shown, for looking at.
        chain: Vec<Certificate>,
    },
    /// TLS failed for another reason than the server's certificate.
    #[error("TLS with {address} failed: {cause}. {advice}")]
    TlsFailed {
        /// Host and port.
        address: String,
        /// What was seen.
        cause: String,
        /// What can be done.
        advice: &'static str,
    },
    /// The settings of TLS or the files they name cannot be used.
    #[error("{what}. {advice}")]
    TlsSetup {
        /// What cannot be used, and why.
        what: String,
        /// What can be done.
        advice: String,
    },
    /// The key of the client certificate is encrypted.
    #[error("{file} is protected by a passphrase. Enter it")]
    PassphraseNeeded {
        /// The file.
        file: String,
    },
    /// The passphrase does not open the key.
    #[error("The passphrase does not open {file}. Enter the right one")]
    PassphraseWrong {
        /// The file.
        file: String,
    },
    /// The upgrade to a WebSocket failed (RFC 6455 §4.1).
    #[error("{address} did not open a WebSocket at {path}: {cause}. {advice}")]
    WebSocket {
        /// Host and port.
        address: String,
        /// The path asked for.
        path: String,
        /// What was seen.
        cause: String,
        /// What can be done.
        advice: &'static str,
    },
    /// The connection was made, but CONNECT was not answered in time.
    #[error(
        "The other side at {address} took the connection but did not answer CONNECT within \
         {seconds} s. Is it an MQTT broker, and does this port want TLS?"
    )]
    NoAnswer {
        /// Host and port.
        address: String,
        /// The deadline.
        seconds: u64,
    },
    /// CONNACK with a refusal (MQTT 3.1.1 §3.2.2.3, MQTT 5 §3.2.2.2).
    #[error("The broker refused the connection: {0}. {hint}", hint = refusal_hint(.0))]
    Refused(Reason),
    /// Enhanced authentication failed on our side (MQTT 5 §4.12).
    #[error("The authentication failed: {0}. Check the user name and the password")]
    Authentication(String),
    /// The broker sent DISCONNECT (MQTT 5 §3.14).
    #[error("The broker ended the connection: {0}")]
    Disconnected(Reason),
    /// The connection ended without a DISCONNECT.
    #[error("The connection to {address} was lost: {cause}")]
    ConnectionLost {
        /// Host and port.
        address: String,
        /// What was seen.
        cause: String,
    },
    /// PINGREQ was not answered (MQTT 5 §3.1.2.10).
    #[error(
        "The broker at {address} stopped answering: no PINGRESP came within the keep-alive time"
    )]
    KeepAlive {
        /// Host and port.
        address: String,
    },
    /// Bytes that are not what the protocol allows here.
    #[error(
        "What {address} sent is not valid MQTT at this point: {cause}. Is it an MQTT broker, and is \
         the protocol version right?"
    )]
    Protocol {
        /// Host and port.
        address: String,
        /// What was wrong.
        cause: String,
    },
    /// A packet above our own limit was announced (MQTT 5 §3.1.2.11.4).
    #[error(
        "The broker sent a packet of {size} bytes, and the limit of this connection is {limit}. Raise \
         the limit, or subscribe to less"
    )]
    PacketTooLarge {
        /// What its header announced.
        size: u64,
        /// The most that is taken.
        limit: u64,
    },
    /// MQTT 3.1.1 has no other way to refuse a message (MQTT 3.1.1 §3.3.5).
    #[error(
        "The broker closed the connection right after this message was sent, which is how it refuses \
         one in MQTT 3.1.1: the topic, the payload or the rate may not be to its liking"
    )]
    ClosedAfterPublish,
    /// Something that is too long for MQTT (MQTT 5 §1.5).
    #[error("This cannot be said in MQTT: {0}")]
    Unsendable(String),
    /// The client identifier cannot be used as asked.
    #[error("A persistent session needs a client identifier. Enter one, or use a clean start")]
    NoClientId,
    /// Something was asked of a connection that is not up.
    #[error("There is no connection to the broker at the moment. Try again when it is connected")]
    NotConnected,
    /// The connection ended before the answer came, and with it the session.
    #[error(
        "The connection was lost before the broker answered, and the session with it. The broker \
         may or may not have received it; send it again if that does no harm"
    )]
    SessionLost,
    /// The message was not written before the connection was lost.
    #[error("The connection was lost before the message was sent. Send it again")]
    NotSent,
    /// The connection was closed on our side.
    #[error("The connection was closed. Open it again to go on")]
    Closed,
    /// The broker said no to a publish (MQTT 5 §3.4.2.1).
    #[error("The broker did not accept the message: {0}")]
    Rejected(Reason),
    /// A topic or filter breaks a rule.
    #[error("{0}")]
    InvalidTopic(String),
    /// A property of MQTT 5 that cannot be sent (MQTT 5 §1.5.4).
    #[error("The {0} is not valid UTF-8. Correct it and send the message again")]
    InvalidProperty(&'static str),
    /// Larger than the broker takes (MQTT 5 §3.2.2.3.6), or than MQTT can say.
    #[error("The packet has {size} bytes and the broker takes at most {limit}. Send a smaller one")]
    TooLarge {
        /// Bytes of the packet.
        size: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// The broker keeps no retained messages (MQTT 5 §3.2.2.3.5).
    #[error("The broker does not keep retained messages. Send it without the retain flag")]
    RetainNotSupported,
    /// Above the broker's Maximum QoS (MQTT 5 §3.2.2.3.4).
    #[error("The broker takes at most QoS {limit}. Send it with that or less", limit = .0.bits())]
    QosNotSupported(QoS),
    /// The engine did what it should not do.
    #[error("The MQTT engine failed: {0}")]
    Engine(String),
}

impl MqttError {
    /// A name for the kind of error, for tables of texts and for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unresolved { .. } => "unresolved",
            Self::Unreachable { .. } => "unreachable",
            Self::ConnectTimeout { .. } => "connect-timeout",
            Self::NoAnswer { .. } => "no-answer",
            Self::HandshakeTimeout { .. } => "handshake-timeout",
            Self::ClosedInHandshake { .. } => "closed-in-handshake",
            Self::Proxy { .. } => "proxy",
            Self::CertificateRefused { .. } => "certificate-refused",
            Self::TlsFailed { .. } => "tls-failed",
            Self::TlsSetup { .. } => "tls-setup",
            Self::PassphraseNeeded { .. } => "passphrase-needed",
            Self::PassphraseWrong { .. } => "passphrase-wrong",
            Self::WebSocket { .. } => "web-socket",
            Self::Refused(_) => "refused",
            Self::Authentication(_) => "authentication-failed",
            Self::Disconnected(_) => "disconnected",
            Self::ConnectionLost { .. } => "connection-lost",
            Self::KeepAlive { .. } => "keep-alive",
            Self::Protocol { .. } => "protocol",
            Self::PacketTooLarge { .. } => "packet-too-large",
            Self::ClosedAfterPublish => "closed-after-publish",
            Self::Unsendable(_) => "unsendable",
            Self::NoClientId => "no-client-id",
            Self::NotConnected => "not-connected",
            Self::SessionLost => "session-lost",
            Self::NotSent => "not-sent",
            Self::Closed => "closed",
            Self::Rejected(_) => "rejected",
            Self::InvalidTopic(_) => "invalid-topic",
            Self::InvalidProperty(_) => "invalid-property",
            Self::TooLarge { .. } => "too-large",
            Self::RetainNotSupported => "retain-not-supported",
            Self::QosNotSupported(_) => "qos-not-supported",
            Self::Engine(_) => "engine",
        }
    }

    /// Whether trying again by itself would not help, or would do harm: the user has to act.
    pub(crate) fn is_for_good(&self) -> bool {
        match self {
            Self::NoClientId
            | Self::Unsendable(_)
            | Self::Authentication(_)
            | Self::TlsSetup { .. }
            | Self::PassphraseNeeded { .. }
            | Self::PassphraseWrong { .. }
            | Self::CertificateRefused { .. } => true,
            Self::Refused(reason) => {
                // 1, 2, 4 and 5 are the codes of 3.1.1; 3, 0x88, 0x89, 0x97 and 0x9F pass.
                matches!(reason.code, 1 | 2 | 4 | 5 | 0x84..=0x87 | 0x8a | 0x8c | 0x9c | 0x9d)
            }
            // Reconnecting after a takeover would throw the other client out, and so on for ever.
            Self::Disconnected(reason) => matches!(reason.code, 0x87 | 0x8a | 0x8e | 0x9c | 0x9d),
            _ => false,
        }
    }
}

impl MqttError {
    /// Whether the broker is there and cannot take us now: busy, out of quota, asked too often.
    pub(crate) fn turns_away(&self) -> bool {
        match self {
            Self::Refused(_) => !self.is_for_good(),
            Self::Disconnected(reason) => matches!(reason.code, 0x89 | 0x96 | 0x97 | 0x9f),
            _ => false,
        }
    }
}

/// What the user can do about a refusal.
fn refusal_hint(reason: &Reason) -> &'static str {
    match reason.code {
        1 | 0x84 => "Choose the other protocol version",
        2 | 0x85 => "Choose another client identifier",
        4 | 5 | 0x86 | 0x87 => "Check the user name and the password",
        3 | 0x88 | 0x89 | 0x97 | 0x9f => "It may take the connection later",
        _ => "Ask whoever runs the broker",
    }
}

#[cfg(test)]
mod tests {
    use wiretree_model::ProtocolVersion;

    use super::*;

    #[test]
    fn a_refusal_reads_as_a_sentence_and_says_what_to_do() {
        let reason = Reason::connack(ProtocolVersion::V5, 0x86, Some("no such user".to_owned()));
        assert_eq!(
            MqttError::Refused(reason).to_string(),
            "The broker refused the connection: Bad User Name or Password (0x86), it says: no such \
             user. Check the user name and the password"
        );
    }

    #[test]
    fn only_what_the_user_must_settle_ends_the_retries() {
        let refused =
            |version, code| MqttError::Refused(Reason::connack(version, code, None)).is_for_good();
        for code in [1, 2, 4, 5] {
            assert!(refused(ProtocolVersion::V311, code), "return code {code}");
        }
        assert!(!refused(ProtocolVersion::V311, 3), "an unavailable server may come back");
        for code in [0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c] {
            assert!(refused(ProtocolVersion::V5, code), "reason code {code:#x}");
        }
        for code in [0x80, 0x88, 0x89, 0x97, 0x9f] {
            assert!(!refused(ProtocolVersion::V5, code), "reason code {code:#x}");
        }
        assert!(MqttError::Disconnected(Reason::v5(0x8e, None)).is_for_good());
        assert!(!MqttError::Disconnected(Reason::v5(0x8b, None)).is_for_good());
    }
}
