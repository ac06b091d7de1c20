//! What would become of a replay, before anything is sent.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_session::replay as session;

use crate::wire::microseconds;

/// How much of the selection is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OutlookExtent {
    /// As much as can be in a moment.
    Glance,
    Whole,
}

/// What a replay would do. Counts are those of one pass.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayOutlook {
    /// Whether everything was looked at.
    pub is_complete: bool,
    /// Cannot be read, since the history is damaged there.
    pub unreadable: u64,
    /// Left out, since they went the other way.
    pub skipped: u64,
    /// Cannot be sent.
    pub refused: u64,
    /// Would be sent.
    pub messages: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Would be kept by the broker.
    pub retained: u64,
    /// Would remove a retained message.
    pub clearing: u64,
    /// Would go to the topic that they were recorded on.
    pub unchanged: u64,
    /// When the first was recorded.
    pub first: Option<i64>,
    /// When the last was.
    pub last: Option<i64>,
    /// How long it would take in microseconds, all passes together; none: for ever.
    pub duration: Option<u64>,
    /// Where some of the topics would go.
    pub topics: Vec<ReplayTopic>,
    /// Whether there are more.
    pub has_more_topics: bool,
    /// Why messages cannot be sent.
    pub refusals: Vec<ReplayRefusal>,
    /// Whether the target is production and read-only, so that it has to be unlocked first.
    pub is_locked: bool,
    /// What has to be confirmed first.
    pub confirmation: Option<ReplayConfirmation>,
}

/// Where the messages of a topic would go.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayTopic {
    /// The topic as recorded, for showing.
    pub from: String,
    /// Where to; none: nowhere.
    pub to: Option<String>,
    /// Why nowhere.
    pub refusal: Option<String>,
    /// How many.
    pub messages: u64,
}

/// Messages that cannot be sent for the same reason.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayRefusal {
    /// The reason.
    pub reason: String,
    /// How many.
    pub messages: u64,
    /// A topic of one of them, for showing.
    pub topic: String,
}

/// Before anything is sent the name of the target is typed.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayConfirmation {
    /// What is to be typed.
    pub name: String,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

impl ReplayOutlook {
    /// What would become of it, for the page.
    pub(crate) fn from_session(
        found: &session::Outlook,
        is_locked: bool,
        confirmation: Option<ReplayConfirmation>,
    ) -> Self {
        let topics = found.topics.iter().map(|topic| ReplayTopic {
            from: topic.from.to_text().into_owned(),
            to: topic.to.as_ref().ok().map(|to| to.to_text().into_owned()),
            refusal: topic.to.as_ref().err().map(ToString::to_string),
            messages: topic.messages,
        });
        let refusals = found.refusals.iter().map(|refusal| ReplayRefusal {
            reason: refusal.reason.to_string(),
            messages: refusal.messages,
            topic: refusal.topic.to_text().into_owned(),
        });
        Self {
            is_complete: found.is_complete,
            unreadable: found.unreadable,
            skipped: found.skipped,
            refused: found.refused,
            messages: found.messages,
            bytes: found.bytes,
            retained: found.retained,
            clearing: found.clearing,
            unchanged: found.unchanged,
            first: found.first.map(|moment| moment.0),
            last: found.last.map(|moment| moment.0),
            duration: found.duration.map(microseconds),
            topics: topics.collect(),
            has_more_topics: found.has_more_topics,
            refusals: refusals.collect(),
            is_locked,
            confirmation,
        }
    }
}
