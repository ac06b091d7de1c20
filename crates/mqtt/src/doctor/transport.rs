//! What is told of the steps below MQTT.

use crate::state::now;
use crate::{FindingId, TlsFacts, TransportFacts};

use super::finding::Finding;

/// A certificate that ends within this many days is warned about.
const SOON: i64 = 21;
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// What is known of a step that went well.
pub(super) fn finding(id: FindingId, facts: &TransportFacts) -> Finding {
    let finding = match id {
        FindingId::Address => address(facts),
        FindingId::Reach => match facts.peer {
            Some(peer) => Finding::ok(id, format!("Connected to {peer}")),
            None => Finding::ok(id, "Connected"),
        },
        FindingId::Proxy => Finding::ok(id, "The proxy made the connection"),
        FindingId::Tls => tls(facts.tls.as_ref()),
        FindingId::WebSocket => {
            let said = facts.subprotocol.as_deref().unwrap_or("not confirmed by the server");
            Finding::ok(id, "The server changed over").fact("Subprotocol", said)
        }
        id => Finding::ok(id, ""),
    };
    let took = match id {
        FindingId::Address => Some(facts.resolve),
        FindingId::Reach => Some(facts.reach),
        FindingId::Proxy => facts.proxy,
        FindingId::Tls => facts.tls.as_ref().map(|tls| tls.handshake),
        FindingId::WebSocket => facts.web_socket,
        _ => None,
    };
    Finding { took, ..finding }
}

fn address(facts: &TransportFacts) -> Finding {
    let addresses: Vec<_> = facts.addresses.iter().map(ToString::to_string).collect();
    let finding = Finding::ok(FindingId::Address, addresses.join(", "));
    addresses.into_iter().fold(finding, |finding, address| finding.fact("Address", address))
}

fn tls(facts: Option<&TlsFacts>) -> Finding {
    let id = FindingId::Tls;
    let Some(facts) = facts else { return Finding::ok(id, "") };
    let detail = format!("{}, {}", facts.version, facts.cipher);
    let own = facts.chain.first();
    let left = own.map_or(i64::MAX, |own| (own.not_after.0.saturating_sub(now().0)) / DAY);
    let finding = if !facts.verified {
        Finding::warning(
            id,
            format!("{detail}; the certificate was not checked"),
            "The settings say so: whoever is on the way can read and change everything",
            "Choose the authority's certificate as CA file, or pin this certificate",
        )
    } else if left < SOON {
        Finding::warning(
            id,
            format!("{detail}; the certificate is about to expire"),
            &format!("It is valid for {} more days", left.max(0)),
            "Ask whoever runs the broker to renew it",
        )
    } else {
        Finding::ok(id, detail)
    };
    let alpn = facts.alpn.as_deref().unwrap_or("none agreed");
    let finding = finding
        .fact("Version", &facts.version)
        .fact("Cipher suite", &facts.cipher)
        .fact("ALPN", alpn)
        .fact("Certificate checked", if facts.verified { "yes" } else { "no" });
    Finding { chain: facts.chain.clone(), ..finding }
}
