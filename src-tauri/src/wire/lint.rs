//! Advice on what is being typed: profiles, topics, filters.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::Explanation;
use wiretree_model::lint::{Finding, Level};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LintLevel {
    /// It cannot be done.
    Error,
    /// It can be done, and probably should not.
    Warning,
    /// It could be done better.
    Hint,
    /// It is to be asked whether it is meant.
    Confirm,
}

/// A finding on a topic or a filter.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LintFinding {
    /// Which rule; stable.
    pub rule: String,
    /// How grave it is.
    pub level: LintLevel,
    /// A sentence.
    pub message: String,
}

/// Something to say about a field of the connection form.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldProblem {
    /// The path of the field, as in `tls.caFile` or `subscriptions.0.filter`.
    pub field: String,
    /// How grave it is; only errors keep the form from being saved.
    pub level: LintLevel,
    /// A sentence.
    pub message: String,
}

/// Whether a filter matches a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FilterTest {
    /// Whether it does.
    pub matches: bool,
    /// Why, or why not.
    pub why: String,
    /// The level of the filter that decides, from 0.
    pub filter_level: Option<u32>,
    /// The level of the topic that it meets, from 0.
    pub topic_level: Option<u32>,
}

/// What a file is to be chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FilePurpose {
    /// The certificate authority that signs the broker's certificate.
    Authority,
    /// The certificate of this client.
    Certificate,
    /// The key of that certificate.
    Key,
    /// Both in one file.
    Pkcs12,
    /// A Unix socket.
    Socket,
}

impl LintFinding {
    /// A piece of advice for the page.
    pub(crate) fn from_model(finding: &Finding) -> Self {
        let level = match finding.level {
            Level::Error => LintLevel::Error,
            Level::Confirm => LintLevel::Confirm,
            Level::Warning => LintLevel::Warning,
            Level::Hint => LintLevel::Hint,
        };
        Self { rule: finding.rule.to_owned(), level, message: finding.message.clone() }
    }
}

impl FilterTest {
    /// What decided, for the page.
    pub(crate) fn from_model(found: Explanation) -> Self {
        let level = |level: Option<usize>| level.and_then(|level| u32::try_from(level).ok());
        Self {
            matches: found.matches,
            why: found.why,
            filter_level: level(found.filter_level),
            topic_level: level(found.topic_level),
        }
    }
}
