//! The test of a connection: what it looks at, and what it finds.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{AppError, Fact};

/// One step of a connection test, as `test_connection` tells it.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestStep {
    /// Which step.
    pub name: String,
    /// Whether it went well.
    pub ok: bool,
    /// How long it took; none when it failed.
    pub microseconds: Option<u64>,
    /// What came of it.
    pub detail: String,
}

/// What a connection test found.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestReport {
    /// Whether the broker accepted the connection.
    pub ok: bool,
    /// The steps in order, up to the one that failed.
    pub steps: Vec<TestStep>,
    /// Why it failed.
    pub problem: Option<AppError>,
    /// Session present, server limits.
    pub facts: Vec<Fact>,
}

/// What the doctor looks at beyond connecting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DoctorCheck {
    AllTopics,
    System,
    Retained,
    Shared,
    LargestPacket,
}

/// Which step a finding is of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FindingStatus {
    Running,
    Ok,
    Warning,
    Failed,
    Skipped,
}

/// A certificate to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
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
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum DoctorEvent {
    /// A step has begun or ended; a later one with the same `id` replaces it.
    Finding { finding: Box<Finding> },
    /// Nothing follows.
    Done { ok: bool },
}
