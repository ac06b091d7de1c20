//! What CONNACK says, every limit of it; what it does not say has the meaning that the specification
//! gives it, and is marked so (MQTT 5 §3.2.2.3).

use std::fmt::Display;

use wiretree_model::QoS;

use crate::conversation::Greeted;
use crate::{ConnectOptions, FindingId};

use super::finding::Finding;

/// The finding of an accepting CONNACK.
pub(super) fn finding(options: &ConnectOptions, greeted: &Greeted) -> Finding {
    let detail = if greeted.session_present {
        "The broker took the connection, and still had the session"
    } else {
        "The broker took the connection"
    };
    let finding = Finding::ok(FindingId::Connack, detail)
        .fact("Session Present", yes(greeted.session_present))
        .fact("Client identifier", &greeted.client_id);
    let finding = if options.protocol.has_properties() {
        limits(finding, options, greeted)
    } else {
        finding.fact("Limits", "a broker of MQTT 3.1.1 tells none")
    };
    Finding { took: Some(greeted.took), ..finding }
}

fn limits(finding: Finding, options: &ConnectOptions, greeted: &Greeted) -> Finding {
    let limits = &greeted.limits;
    let finding = finding
        .fact(
            "Session Expiry Interval",
            said(
                limits.session_expiry.map(seconds),
                format!("{} s, as asked for", options.session_expiry),
            ),
        )
        .fact("Receive Maximum", said(limits.receive_maximum, 65_535))
        .fact("Maximum QoS", said(limits.maximum_qos.map(QoS::bits), 2))
        .fact("Retain Available", said(limits.retain_available.map(yes), yes(true)))
        .fact(
            "Maximum Packet Size",
            said(limits.maximum_packet_size.map(|most| format!("{most} bytes")), "no limit"),
        )
        .fact("Topic Alias Maximum", said(limits.topic_alias_maximum, 0))
        .fact("Wildcard Subscriptions", said(limits.wildcard_subscriptions.map(yes), yes(true)))
        .fact("Subscription Identifiers", said(limits.subscription_identifiers.map(yes), yes(true)))
        .fact("Shared Subscriptions", said(limits.shared_subscriptions.map(yes), yes(true)))
        .fact(
            "Server Keep Alive",
            said(
                limits.server_keep_alive.map(|value| seconds(value.into())),
                format!("{} s, as asked for", options.keep_alive),
            ),
        );
    let texts = [
        ("Reason String", &limits.reason_string),
        ("Response Information", &limits.response_information),
        ("Server Reference", &limits.server_reference),
    ];
    let finding = texts.into_iter().fold(finding, |finding, (name, text)| match text {
        Some(text) => finding.fact(name, text),
        None => finding,
    });
    limits.user_properties.iter().fold(finding, |finding, (name, value)| {
        finding.fact("User Property", format!("{name}: {value}"))
    })
}

/// What was said, or what it means that nothing was said.
fn said<T: Display>(value: Option<T>, otherwise: impl Display) -> String {
    match value {
        Some(value) => value.to_string(),
        None => format!("{otherwise} (not said; the default)"),
    }
}

fn seconds(value: u32) -> String {
    if value == u32::MAX { "never".to_owned() } else { format!("{value} s") }
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}
