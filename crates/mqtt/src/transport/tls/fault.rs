//! Failures of TLS as sentences: what is wrong with the certificate, what the server does not do.
//!
//! Broker-supplied text (names in certificates) is cut and freed of what commands a terminal. Pure.

use std::io;

use rustls::{AlertDescription, CertificateError, ProtocolVersion};
use time::OffsetDateTime;
use wiretree_model::Timestamp;

use super::certificate;
use super::verifier::Seen;
use crate::reason::Quoted;
use crate::transport::facts::Certificate;
use crate::{MqttError, Step};

const ASK: &str = "Ask whoever runs the broker";
const RENEW: &str = "Ask whoever runs the broker to renew it";
const TRUST: &str = "If you know that it is right, choose the authority's certificate as CA file, \
                     or pin this certificate";

/// What a failed handshake means. `name` is what was asked for.
pub(super) fn during_handshake(
    address: &str,
    name: &str,
    error: &io::Error,
    seen: &Seen,
) -> MqttError {
    match inner(error) {
        Some(rustls::Error::InvalidCertificate(fault)) => {
            let chain = seen.chain();
            let weak = seen.raw().iter().find_map(|der| certificate::weak_key(der));
            let (cause, advice) = match (weak, fault) {
                (Some(key), CertificateError::BadSignature) => {
                    (format!("has a key that is too weak ({key})"), ASK)
                }
                _ => refusal(fault, &chain, seen),
            };
            let what = format!("The certificate of {name} {cause}");
            MqttError::CertificateRefused { what, advice, chain }
        }
        Some(fault) => failed(address, fault),
        None if is_end(error) => {
            MqttError::ClosedInHandshake { address: address.to_owned(), step: Step::Tls.doing() }
        }
        None => MqttError::TlsFailed {
            address: address.to_owned(),
            cause: crate::transport::in_words(error),
            advice: "Try again",
        },
    }
}

/// What rustls says about a connection that stood; nothing for other errors.
pub(in crate::transport) fn in_words(address: &str, error: &io::Error) -> Option<MqttError> {
    inner(error).map(|fault| failed(address, fault))
}

/// The name of a version as people write it.
pub(super) fn version_in_words(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted)
}

/// What is wrong with the certificate, to stand after "The certificate of … ", and what to do.
fn refusal(fault: &CertificateError, chain: &[Certificate], seen: &Seen) -> (String, &'static str) {
    use CertificateError as E;
    let own = chain.first().cloned().unwrap_or_default();
    match fault {
        E::Expired | E::ExpiredContext { .. } => (in_time(fault, chain, &own, "expired on"), RENEW),
        E::NotValidYet | E::NotValidYetContext { .. } => {
            let cause = in_time(fault, chain, &own, "is not valid before");
            (cause, "Check the clock of this computer, or ask whoever runs the broker")
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => wrong_name(&own),
        E::UnknownIssuer if own.subject == own.issuer => {
            ("is signed by itself only, and not trusted here".to_owned(), TRUST)
        }
        E::UnknownIssuer => {
            let issuer = chain.last().map_or(&own.issuer, |last| &last.issuer);
            (format!("was issued by \"{}\", which is not trusted here", Quoted(issuer)), TRUST)
        }
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => (
            "is not for servers".to_owned(),
            "Ask whoever runs the broker for a server certificate",
        ),
        E::ApplicationVerificationFailure => (
            format!("is not the one that was pinned; its SHA-256 is {}", hex(&own.sha256)),
            "If the broker has got a new certificate, pin that one",
        ),
        E::BadSignature => ("has a signature that is wrong".to_owned(), ASK),
        E::BadEncoding => ("cannot be read".to_owned(), ASK),
        E::Other(_) if seen.raw().first().is_some_and(|der| certificate::is_first_version(der)) => {
            (
                "is of an old form without host names (X.509 version 1)".to_owned(),
                "Ask for one with a subject alternative name, or, if you know that it is right, pin this one",
            )
        }
        E::Other(_) if own.is_authority => {
            ("is that of an authority, and not for a server".to_owned(), TRUST)
        }
        other => {
            let raw = seen.raw();
            let algorithm = raw.first().map(|der| certificate::signature_algorithm(der));
            match algorithm.filter(|_| is_about_signature(other)) {
                Some(name) => (format!("is signed in a way that is not safe ({name})"), ASK),
                None => (format!("cannot be trusted: {other}"), ASK),
            }
        }
    }
}

fn is_about_signature(fault: &CertificateError) -> bool {
    use CertificateError as E;
    matches!(
        fault,
        E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
    )
}

/// The date that was missed, of the server's certificate or of one above it.
fn in_time(
    fault: &CertificateError,
    chain: &[Certificate],
    own: &Certificate,
    words: &str,
) -> String {
    let (moment, of): (_, fn(&Certificate) -> Timestamp) = match fault {
        CertificateError::ExpiredContext { not_after, .. } => {
            (not_after.as_secs(), |certificate| certificate.not_after)
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            (not_before.as_secs(), |certificate| certificate.not_before)
        }
        _ => return format!("{words} a day that is not known"),
    };
    let moment = i64::try_from(moment).unwrap_or(i64::MAX);
    let day = OffsetDateTime::from_unix_timestamp(moment)
        .map_or_else(|_| "a day far off".to_owned(), |time| time.date().to_string());
    let matches = |certificate: &&Certificate| of(certificate).0 / 1_000_000 == moment;
    match chain.iter().find(matches) {
        Some(other) if other.sha256 != own.sha256 => {
            format!("rests on the one of \"{}\", which {words} {day}", Quoted(&other.subject))
        }
        _ if matches(&own) => format!("{words} {day}"),
        _ => format!("rests on an authority whose certificate {words} {day}"),
    }
}

fn wrong_name(own: &Certificate) -> (String, &'static str) {
    if own.names.is_empty() {
        let subject = Quoted(&own.subject);
        return (
            format!("names no host: \"{subject}\" alone does not say where it belongs"),
            "Ask whoever runs the broker for a certificate with a subject alternative name",
        );
    }
    let names = own.names.join(", ");
    (
        format!("is for {}, and not for this name", Quoted(&names)),
        "Enter one of its names as the host, or as the server name of TLS",
    )
}

/// A failure that is not about the server's certificate.
fn failed(address: &str, fault: &rustls::Error) -> MqttError {
    use AlertDescription as A;
    let (cause, advice) = match fault {
        rustls::Error::InvalidMessage(_) => (
            "what it sent is not TLS".to_owned(),
            "Is this the port for TLS (8883 by custom)? Or connect without TLS",
        ),
        rustls::Error::PeerIncompatible(what) => old(&format!("{what:?}")),
        rustls::Error::AlertReceived(A::ProtocolVersion) => old("protocol version"),
        rustls::Error::AlertReceived(A::HandshakeFailure | A::InsufficientSecurity) => (
            "it found no common ground with us (alert: handshake failure)".to_owned(),
            "Its methods of encryption may be too old, or it wants a client certificate",
        ),
        rustls::Error::AlertReceived(A::NoApplicationProtocol) => (
            "it knows none of the ALPN protocols".to_owned(),
            "Correct the ALPN protocols, or leave them out",
        ),
        rustls::Error::AlertReceived(A::UnrecognisedName) => (
            "it does not know the server name".to_owned(),
            "Correct the host, or the server name of TLS",
        ),
        rustls::Error::AlertReceived(alert) => client_certificate(*alert),
        other => (other.to_string(), "Try again, or ask whoever runs the broker"),
    };
    MqttError::TlsFailed { address: address.to_owned(), cause, advice }
}

fn old(detail: &str) -> (String, &'static str) {
    (
        format!("it offers no version of TLS that is taken here ({detail})"),
        "TLS 1.0 and 1.1 are broken; ask whoever runs the broker to switch on TLS 1.2 or 1.3",
    )
}

/// What the server thinks of the certificate we showed (RFC 8446 §6.2).
fn client_certificate(alert: AlertDescription) -> (String, &'static str) {
    use AlertDescription as A;
    let cause = match alert {
        A::CertificateRequired | A::NoCertificate => "it wants a client certificate",
        A::CertificateExpired => "it says that our client certificate has expired",
        A::CertificateRevoked => "it says that our client certificate has been revoked",
        A::UnknownCA => "it does not know who issued our client certificate",
        A::BadCertificate | A::UnsupportedCertificate | A::CertificateUnknown => {
            "it does not take our client certificate"
        }
        A::AccessDenied => "it denies access to our client certificate",
        A::DecryptError => "it says that a signature of ours is wrong",
        other => return (format!("it broke off ({other:?})"), ASK),
    };
    (format!("{cause} ({alert:?})"), "Choose another client certificate in the TLS settings")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
