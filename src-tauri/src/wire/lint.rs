//! Advice on what is being typed: profiles, topics, filters.

use serde::{Deserialize, Serialize};
use specta::Type;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
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
