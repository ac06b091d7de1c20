//! The test of a connection: what it looks at, and what it finds.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_session::{self as session, payload};

use super::{AppError, Fact, hex, microseconds};

/// What the doctor looks at beyond connecting.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DoctorCheck {
    AllTopics,
    System,
    Retained,
    Shared,
    LargestPacket,
}

/// Which step a finding is of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FindingId {
    Address,
    Reach,
    Proxy,
    Tls,
    WebSocket,
    Connack,
    AllTopics,
    System,
    Retained,
    Shared,
    LargestPacket,
    Disconnect,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FindingStatus {
    Running,
    Ok,
    Warning,
    Failed,
    Skipped,
}

/// A certificate to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Certificate {
    /// Whom it is for.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The names and addresses it is valid for.
    pub names: Vec<String>,
    /// From when on it is valid.
    pub not_before: i64,
    /// Until when it is valid.
    pub not_after: i64,
    /// SHA-256 of its DER bytes, as hex digits with colons.
    pub sha256: String,
    /// The serial number.
    pub serial: String,
    /// The algorithm of its key and signature.
    pub algorithm: String,
    /// Whether it may sign others.
    pub is_authority: bool,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// Which step.
    pub id: FindingId,
    /// What people call it.
    pub name: String,
    /// How it stands.
    pub status: FindingStatus,
    /// How long it took.
    pub microseconds: Option<u64>,
    /// What came of it, in a few words.
    pub detail: String,
    /// What was learned.
    pub facts: Vec<Fact>,
    /// The chain that the server showed, its own certificate first.
    pub certificates: Vec<Certificate>,
    /// Why it failed.
    pub problem: Option<AppError>,
    /// What is most often behind such a failure.
    pub likely_cause: Option<String>,
    /// What to do about it.
    pub fix: Option<String>,
}

/// News of the doctor.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum DoctorEvent {
    /// A step has begun or ended; a later one with the same `id` replaces it.
    Finding { finding: Box<Finding> },
    /// Nothing follows.
    Done { ok: bool },
}

same_variants!(DoctorCheck => session::Check:
    AllTopics, System, Retained, Shared, LargestPacket);
same_variants!(session::FindingId => FindingId:
    Address, Reach, Proxy, Tls, WebSocket, Connack, AllTopics, System, Retained, Shared,
    LargestPacket, Disconnect);
same_variants!(session::FindingStatus => FindingStatus: Running, Ok, Warning, Failed, Skipped);

impl FindingId {
    /// What people call the step.
    fn name(self) -> &'static str {
        match self {
            Self::Address => "Find the address",
            Self::Reach => "Open the connection",
            Self::Proxy => "Go through the proxy",
            Self::Tls => "Agree on TLS",
            Self::WebSocket => "Open the WebSocket",
            Self::Connack => "CONNECT and CONNACK",
            Self::AllTopics => "Subscribe to all topics",
            Self::System => "Read the broker's own topics",
            Self::Retained => "Keep a retained message",
            Self::Shared => "Share a subscription",
            Self::LargestPacket => "Find the largest packet",
            Self::Disconnect => "Disconnect",
        }
    }
}

impl Certificate {
    /// A certificate for the page. Whoever made it chose its text, so what cannot be seen in that
    /// is written as escapes.
    fn from_session(certificate: &session::Certificate) -> Self {
        let shown = |text: &String| payload::escaped(text.as_bytes());
        Self {
            subject: shown(&certificate.subject),
            issuer: shown(&certificate.issuer),
            names: certificate.names.iter().map(shown).collect(),
            not_before: certificate.not_before.0,
            not_after: certificate.not_after.0,
            sha256: hex(&certificate.sha256, ":"),
            serial: shown(&certificate.serial),
            algorithm: shown(&certificate.algorithm),
            is_authority: certificate.is_authority,
        }
    }
}

impl Finding {
    /// What came of a step, for the page.
    pub(crate) fn from_session(found: &session::Finding) -> Self {
        let id = FindingId::from(found.id);
        Self {
            id,
            name: id.name().to_owned(),
            status: found.status.into(),
            microseconds: found.took.map(microseconds),
            detail: payload::escaped(found.detail.as_bytes()),
            facts: found.facts.iter().map(|(name, value)| Fact::new(name, value)).collect(),
            certificates: found.chain.iter().map(Certificate::from_session).collect(),
            problem: found.problem.as_ref().map(AppError::from),
            likely_cause: found.likely_cause.clone(),
            fix: found.fix.clone(),
        }
    }
}
