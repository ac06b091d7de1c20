//! What is kept of a connection, what removing would remove, and how it goes on.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::{self as model, RecordingRule, RecordingRules, Timestamp, TopicFilter};
use wiretree_session as session;

use super::{AppError, Scope};

/// The longest time to keep something, in seconds: what a clock of microseconds can count back.
const LONGEST: u64 = 1 << 40;

/// What happens with the messages of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Keep {
    /// They are recorded, and no limit removes them.
    Record,
    /// They are not recorded from now on.
    DontRecord,
    /// They are recorded, and removed when they are older.
    For { seconds: u64 },
}

/// What happens with the topics that a filter matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeepRule {
    /// An MQTT topic filter.
    pub filter: String,
    /// What happens.
    pub keep: Keep,
}

/// How long messages are kept. Without any limit and rule: for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeepPolicy {
    /// Older ones are removed; in seconds.
    pub max_age: Option<u64>,
    /// The oldest are removed when there are more.
    pub max_messages: Option<u64>,
    /// The oldest are removed when they take more on the disk; in bytes.
    pub max_bytes: Option<u64>,
    /// The first that matches decides, before the limits.
    pub rules: Vec<KeepRule>,
}

/// What is kept of a connection, and how much there is of it.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Keeping {
    /// Its own policy; none: that of all goes for it.
    pub own: Option<KeepPolicy>,
    /// The policy of all connections that have none of their own.
    pub general: KeepPolicy,
    /// Its messages.
    pub messages: u64,
    /// What they take on the disk, about.
    pub bytes: u64,
    /// What the history of all connections takes on the disk.
    pub file_bytes: u64,
}

/// Whose policy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum KeepTarget {
    /// This connection's.
    Connection,
    /// That of all connections that have none of their own.
    General,
}

/// What to remove.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum RemovalRequest {
    /// Messages of this connection.
    Clear {
        /// On which topics; none: on all.
        scope: Option<Scope>,
        /// Received before; none: whenever.
        before: Option<i64>,
    },
    /// What a policy does not keep, once it is set.
    Policy {
        /// Whose it is to be.
        target: KeepTarget,
        /// The policy; none: it is taken away.
        policy: Option<KeepPolicy>,
    },
}

/// What removing would remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemovalEffect {
    /// How many messages.
    pub messages: u64,
    /// What they take on the disk, about.
    pub bytes: u64,
    /// On how many topics.
    pub topics: u64,
    /// When the earliest came, or a little before.
    pub oldest: Option<i64>,
    /// When the latest came, or a little after.
    pub newest: Option<i64>,
    /// How many messages there are in all, of all connections.
    pub total: u64,
}

/// News of a removal.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum RemovalEvent {
    Progress { messages: u64, bytes: u64, scanned: u64, total: u64, milliseconds: u64 },
    Finished { messages: u64, bytes: u64, damaged: u64 },
    Cancelled { messages: u64, bytes: u64, damaged: u64 },
    Failed { problem: AppError },
}

impl KeepPolicy {
    /// A policy for the page.
    pub(crate) fn from_session(policy: &session::Policy) -> Self {
        let rule = |rule: &RecordingRule| KeepRule {
            filter: rule.filter.as_str().to_owned(),
            keep: Keep::from_model(rule.keep),
        };
        Self {
            max_age: policy.max_age.map(|age| age.as_secs()),
            max_messages: policy.max_messages,
            max_bytes: policy.max_bytes,
            rules: policy.rules.0.iter().map(rule).collect(),
        }
    }

    /// The policy that the page means.
    ///
    /// # Errors
    /// `policy-invalid`: a filter is none, or a time is beyond what a clock can count back.
    pub(crate) fn to_session(&self) -> Result<session::Policy, AppError> {
        let rule = |(at, rule): (usize, &KeepRule)| {
            let filter = TopicFilter::parse(&rule.filter)
                .map_err(|error| invalid(&format!("Rule {}: {error}", at + 1)))?;
            Ok(RecordingRule { filter, keep: rule.keep.to_model()? })
        };
        let rules = self.rules.iter().enumerate().map(rule).collect::<Result<_, AppError>>()?;
        Ok(session::Policy {
            max_age: self.max_age.map(time).transpose()?,
            max_messages: self.max_messages,
            max_bytes: self.max_bytes,
            rules: RecordingRules(rules),
        })
    }
}

impl Keep {
    fn from_model(keep: model::Keep) -> Self {
        match keep {
            model::Keep::Record => Self::Record,
            model::Keep::DontRecord => Self::DontRecord,
            model::Keep::KeepFor(time) => Self::For { seconds: time.as_secs() },
        }
    }

    fn to_model(self) -> Result<model::Keep, AppError> {
        Ok(match self {
            Self::Record => model::Keep::Record,
            Self::DontRecord => model::Keep::DontRecord,
            Self::For { seconds } => model::Keep::KeepFor(time(seconds)?),
        })
    }
}

fn time(seconds: u64) -> Result<Duration, AppError> {
    match seconds {
        ..LONGEST => Ok(Duration::from_secs(seconds)),
        _ => Err(invalid("It keeps messages for longer than a clock can count back")),
    }
}

fn invalid(reason: &str) -> AppError {
    AppError::new("policy-invalid", format!("{reason}. Nothing was changed"))
}

impl RemovalEffect {
    /// What removing would remove, for the page.
    pub(crate) fn from_session(effect: &session::Effect) -> Self {
        let micros = |moment: Option<Timestamp>| moment.map(|moment| moment.0);
        Self {
            messages: effect.messages,
            bytes: effect.bytes,
            topics: effect.topics,
            oldest: micros(effect.oldest),
            newest: micros(effect.newest),
            total: effect.total,
        }
    }
}

impl RemovalEvent {
    /// News of a removal for the page.
    pub(crate) fn from_session(news: session::Removed) -> Self {
        match news {
            session::Removed::Progress(pruned, took) => Self::Progress {
                messages: pruned.messages,
                bytes: pruned.bytes,
                scanned: pruned.scanned,
                total: pruned.total,
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            },
            session::Removed::Ended(cleared) => {
                let session::Cleared { messages, bytes, damaged, is_complete, .. } = cleared;
                match is_complete {
                    true => Self::Finished { messages, bytes, damaged },
                    false => Self::Cancelled { messages, bytes, damaged },
                }
            }
            session::Removed::Failed(error) => Self::Failed { problem: error.into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(filter: &str, keep: Keep) -> KeepRule {
        KeepRule { filter: filter.to_owned(), keep }
    }

    #[test]
    fn a_policy_comes_back_as_it_was_given() {
        let policy = KeepPolicy {
            max_age: Some(86_400),
            max_messages: Some(5),
            max_bytes: Some(1 << 30),
            rules: vec![
                rule("a/#", Keep::Record),
                rule("b/+", Keep::DontRecord),
                rule("#", Keep::For { seconds: 60 }),
            ],
        };
        assert_eq!(KeepPolicy::from_session(&policy.to_session().unwrap()), policy);
    }

    #[test]
    fn what_is_no_policy_is_refused_by_name() {
        let refused = |policy: KeepPolicy| policy.to_session().unwrap_err();
        let rules = vec![rule("a/#", Keep::Record), rule("a#", Keep::Record)];
        let error = refused(KeepPolicy { rules, ..KeepPolicy::default() });
        assert_eq!(error.code, "policy-invalid");
        assert!(error.message.starts_with("Rule 2: "), "{error:?}");
        let error = refused(KeepPolicy { max_age: Some(u64::MAX), ..KeepPolicy::default() });
        assert_eq!(error.code, "policy-invalid");
    }
}
