//! What the doctor finds, as plain values: which step, how it went, and what can be done.

use std::time::Duration;

use crate::{Certificate, MqttError, Step};

/// What is looked at only on request, for it subscribes or publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// Whether `#` may be subscribed to.
    AllTopics,
    /// Whether the broker tells of itself under `$SYS`.
    System,
    /// Whether a retained message is kept and given. Publishes to `wiretree/doctor/…`.
    Retained,
    /// Whether shared subscriptions work (MQTT 5 §4.8.2). Publishes to `wiretree/doctor/…`.
    Shared,
    /// How large a packet may be. Publishes to `wiretree/doctor/…` unless the broker says it.
    LargestPacket,
}

/// A step of the examination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FindingId {
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

impl FindingId {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "Find the address",
            Self::Reach => "Reach the broker",
            Self::Proxy => "Go through the proxy",
            Self::Tls => "Secure the line (TLS)",
            Self::WebSocket => "Open the WebSocket",
            Self::Connack => "CONNECT and CONNACK",
            Self::AllTopics => "Subscribe to all topics (#)",
            Self::System => "Broker status ($SYS)",
            Self::Retained => "Retained messages",
            Self::Shared => "Shared subscriptions",
            Self::LargestPacket => "Largest packet",
            Self::Disconnect => "Disconnect",
        }
    }

    /// The name for programs; it stays.
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Reach => "reach",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::WebSocket => "web-socket",
            Self::Connack => "connack",
            Self::AllTopics => "all-topics",
            Self::System => "system",
            Self::Retained => "retained",
            Self::Shared => "shared",
            Self::LargestPacket => "largest-packet",
            Self::Disconnect => "disconnect",
        }
    }
}

impl From<Step> for FindingId {
    fn from(step: Step) -> Self {
        match step {
            Step::Resolving => Self::Address,
            Step::Reaching => Self::Reach,
            Step::Proxy => Self::Proxy,
            Step::Tls => Self::Tls,
            Step::WebSocket => Self::WebSocket,
            Step::Connack | Step::Authenticating => Self::Connack,
        }
    }
}

impl From<Check> for FindingId {
    fn from(check: Check) -> Self {
        match check {
            Check::AllTopics => Self::AllTopics,
            Check::System => Self::System,
            Check::Retained => Self::Retained,
            Check::Shared => Self::Shared,
            Check::LargestPacket => Self::LargestPacket,
        }
    }
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingStatus {
    /// It has begun; another finding with the same id follows.
    Running,
    /// As it should be.
    Ok,
    /// It works, and there is something to know.
    Warning,
    /// It does not work.
    Failed,
    /// It could not be looked at, since a step before it failed.
    Skipped,
}

/// How one step went. A later finding with the same id takes the place of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which step.
    pub id: FindingId,
    /// How it went.
    pub status: FindingStatus,
    /// How long it took.
    pub took: Option<Duration>,
    /// What was found, in a sentence or a few words.
    pub detail: String,
    /// Names and values to look at.
    pub facts: Vec<(String, String)>,
    /// The certificates that were shown, the server's own first.
    pub chain: Vec<Certificate>,
    /// What failed.
    pub problem: Option<MqttError>,
    /// Why it probably is so.
    pub likely_cause: Option<String>,
    /// What can be done about it.
    pub fix: Option<String>,
}

impl Finding {
    /// A finding without anything else to say.
    pub(super) fn new(id: FindingId, status: FindingStatus) -> Self {
        Self {
            id,
            status,
            took: None,
            detail: String::new(),
            facts: Vec::new(),
            chain: Vec::new(),
            problem: None,
            likely_cause: None,
            fix: None,
        }
    }

    pub(super) fn ok(id: FindingId, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..Self::new(id, FindingStatus::Ok) }
    }

    /// Works, but.
    pub(super) fn warning(
        id: FindingId,
        detail: impl Into<String>,
        cause: &str,
        fix: &str,
    ) -> Self {
        Self {
            detail: detail.into(),
            likely_cause: Some(cause.to_owned()),
            fix: Some(fix.to_owned()),
            ..Self::new(id, FindingStatus::Warning)
        }
    }

    pub(super) fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.push((name.to_owned(), value.into()));
        self
    }
}
