//! The likely cause of a failure and what can be done, by the kind of error.
//!
//! The error's own sentence says what happened; this says why it usually does.

use crate::{FindingId, MqttError, Reason, Step};

use super::finding::{Finding, FindingStatus};

const ASK: &str = "Ask whoever runs the broker";

/// A step that failed.
pub(super) fn failed(id: FindingId, problem: MqttError) -> Finding {
    let (cause, fix) = advice(&problem);
    let chain = match &problem {
        MqttError::CertificateRefused { chain, .. } => chain.clone(),
        _ => Vec::new(),
    };
    Finding {
        detail: problem.to_string(),
        chain,
        likely_cause: Some(cause),
        fix: Some(fix),
        problem: Some(problem),
        ..Finding::new(id, FindingStatus::Failed)
    }
}

/// A check over which the connection ended: that is what was to be found out.
pub(super) fn broke_off(id: FindingId, problem: MqttError) -> Finding {
    let cause = "Some brokers hang up instead of refusing what a user may not do";
    let detail = format!("The broker ended the connection over it: {problem}");
    let finding =
        Finding::warning(id, detail, cause, "Do without it, or ask for the right to do it");
    Finding { problem: Some(problem), ..finding }
}

fn advice(problem: &MqttError) -> (String, String) {
    let pair = |cause: &str, fix: &str| (cause.to_owned(), fix.to_owned());
    match problem {
        MqttError::Unresolved { .. } => pair(
            "The name is misspelt, or the name server of this network does not know it",
            "Check the host; try its address instead; if it is an inner name, is the VPN up?",
        ),
        MqttError::Unreachable { cause, .. } => unreachable(cause),
        MqttError::ConnectTimeout { .. } => pair(
            "A firewall swallows the packets, or the machine is off",
            "Check address and port, and whether a firewall lets the port through",
        ),
        MqttError::HandshakeTimeout { .. } | MqttError::NoAnswer { .. } => pair(
            "Something takes connections there, but expects another protocol: TLS, WebSocket, or \
             plain MQTT",
            "Check the port: 1883 is plain by custom, 8883 TLS, 8083 or 80 WebSocket, 8084 or 443 \
             WebSocket with TLS",
        ),
        MqttError::ClosedInHandshake { step, .. } => closed(step),
        MqttError::CertificateRefused { what, advice, .. } => pair(what, advice),
        MqttError::TlsFailed { cause, advice, .. } => pair(cause, advice),
        MqttError::TlsSetup { what, advice } => pair(what, advice),
        MqttError::PassphraseNeeded { .. } | MqttError::PassphraseWrong { .. } => {
            pair("The key of the client certificate is encrypted", "Enter its passphrase")
        }
        MqttError::Proxy { cause, .. } => {
            pair(cause, "Check address, user name and password of the proxy, and what it allows")
        }
        MqttError::WebSocket { cause, advice, .. } => pair(cause, advice),
        MqttError::Refused(reason) => refused(reason),
        MqttError::Authentication(_) => {
            pair("The password is wrong, or the broker has none for this user", "Enter it again")
        }
        MqttError::Disconnected(reason) => pair(&format!("The broker said why: {reason}"), ASK),
        MqttError::Protocol { .. } => pair(
            "It is another kind of server, or speaks another version of MQTT",
            "Check the port, and try the other protocol version",
        ),
        MqttError::NoClientId => {
            pair("A session is kept under its identifier", "Enter one, or use a clean start")
        }
        other => pair(&other.to_string(), ASK),
    }
}

fn unreachable(cause: &str) -> (String, String) {
    let (cause, fix) = match cause {
        "connection refused" => (
            "The machine is there, but nothing listens on this port",
            "Is the broker running, and is it this port? 1883 is plain by custom, 8883 TLS",
        ),
        "there is no such file" | "permission denied" => {
            ("The socket is not there, or not for this user", "Check the path and its rights")
        }
        _ => (
            "There is no way to the machine from this network",
            "Check address and network; is the VPN up?",
        ),
    };
    (cause.to_owned(), fix.to_owned())
}

fn closed(step: &str) -> (String, String) {
    let (cause, fix) = if step == Step::Tls.doing() {
        (
            "The port does not speak TLS, or the server dislikes something about ours",
            "Check the port: 8883 is TLS by custom. Or connect without TLS",
        )
    } else if step == Step::WebSocket.doing() {
        ("The port is not one for WebSocket", "Check the port, or connect over TCP")
    } else {
        (
            "The port wants TLS or WebSocket, or the broker does not take this version, this \
             client, or any more clients",
            "Try TLS, and the other protocol version; look into the broker's log",
        )
    };
    (cause.to_owned(), fix.to_owned())
}

/// By the code of CONNACK (MQTT 3.1.1 §3.2.2.3, MQTT 5 §3.2.2.2).
fn refused(reason: &Reason) -> (String, String) {
    let (cause, fix) = match reason.code {
        1 | 0x84 => ("The broker does not speak this version", "Choose the other protocol version"),
        2 | 0x85 => (
            "The client identifier is taken, too long, or not one of those allowed",
            "Enter another client identifier",
        ),
        3 | 0x88 | 0x89 => ("The broker is starting or overloaded", "Try again later"),
        4 | 0x86 => ("User name or password are wrong", "Enter them again"),
        5 | 0x87 => (
            "User name, password or client certificate are wrong, or do not go with this client \
             identifier",
            "Enter them again; if they are right, ask whoever runs the broker for the right",
        ),
        0x8a => ("The broker has banned this client", ASK),
        0x8c => ("The broker does not know this way of authentication", "Choose another one"),
        0x90 | 0x99 => ("The broker does not take the will", "Change the will, or leave it out"),
        0x95 => ("CONNECT is larger than the broker takes", "Make the will smaller"),
        0x97 | 0x9f => ("There are too many connections", "Close others, or try again later"),
        0x9a => ("The broker keeps no retained messages", "Switch off retain in the will"),
        0x9b => ("The broker does not take the QoS of the will", "Lower the QoS of the will"),
        0x9c | 0x9d => ("The broker sends its clients to another server", "Connect to that one"),
        _ => ("The broker does not say more", ASK),
    };
    (cause.to_owned(), fix.to_owned())
}
