//! The one JSON object that a replay answers with, and that of a dry run.

use std::path::Path;

use serde::Serialize;
use wiretree_session::replay::{Outlook, ReplayEnd, ReplayFailure, ReplayProgress};

use crate::time::to_text;

/// What became of it.
#[derive(Serialize)]
pub(super) struct Report {
    result: &'static str,
    read: u64,
    unreadable: u64,
    skipped: u64,
    refused: u64,
    published: u64,
    acknowledged: u64,
    sent: u64,
    failed: u64,
    unknown: u64,
    passes: u64,
    seconds: f64,
    /// The first of them only.
    failures: Vec<Failure>,
    outcomes: Option<String>,
}

#[derive(Serialize)]
struct Failure {
    message: i64,
    recorded_at: String,
    topic: String,
    sent_to: Option<String>,
    reason: String,
}

impl Report {
    pub(super) fn new(progress: &ReplayProgress, outcomes: Option<&Path>) -> Self {
        let counts = &progress.counts;
        Self {
            result: match progress.end {
                Some(ReplayEnd::Finished) => "finished",
                Some(ReplayEnd::Stopped) => "stopped",
                Some(ReplayEnd::Failed(_)) | None => "failed",
            },
            read: counts.read(),
            unreadable: counts.unreadable,
            skipped: counts.skipped,
            refused: counts.refused,
            published: counts.published(),
            acknowledged: counts.acknowledged,
            sent: counts.sent,
            failed: counts.failed,
            unknown: counts.unknown,
            passes: progress.pass,
            seconds: progress.took.as_secs_f64(),
            failures: progress.failures.iter().map(Failure::new).collect(),
            outcomes: outcomes.map(|path| path.display().to_string()),
        }
    }
}

impl Failure {
    fn new(failure: &ReplayFailure) -> Self {
        Self {
            message: failure.message,
            recorded_at: to_text(failure.received_at),
            topic: failure.from.to_text().into_owned(),
            sent_to: failure.to.as_ref().map(|topic| topic.to_text().into_owned()),
            reason: failure.cause.to_string(),
        }
    }
}

/// What would become of it.
#[derive(Serialize)]
pub(super) struct DryRun {
    result: &'static str,
    messages: u64,
    bytes: u64,
    unreadable: u64,
    skipped: u64,
    refused: u64,
    retained: u64,
    clearing: u64,
    unchanged: u64,
    first: Option<String>,
    last: Option<String>,
    /// Null: for ever.
    seconds: Option<f64>,
    topics: Vec<Topic>,
    more_topics: bool,
    refusals: Vec<Refusal>,
}

#[derive(Serialize)]
struct Topic {
    topic: String,
    sent_to: Option<String>,
    refused: Option<String>,
    messages: u64,
}

#[derive(Serialize)]
struct Refusal {
    reason: String,
    messages: u64,
    topic: String,
}

impl DryRun {
    pub(super) fn new(found: &Outlook) -> Self {
        let topics = found.topics.iter().map(|topic| Topic {
            topic: topic.from.to_text().into_owned(),
            sent_to: topic.to.as_ref().ok().map(|to| to.to_text().into_owned()),
            refused: topic.to.as_ref().err().map(ToString::to_string),
            messages: topic.messages,
        });
        let refusals = found.refusals.iter().map(|refusal| Refusal {
            reason: refusal.reason.to_string(),
            messages: refusal.messages,
            topic: refusal.topic.to_text().into_owned(),
        });
        Self {
            result: "dry-run",
            messages: found.messages,
            bytes: found.bytes,
            unreadable: found.unreadable,
            skipped: found.skipped,
            refused: found.refused,
            retained: found.retained,
            clearing: found.clearing,
            unchanged: found.unchanged,
            first: found.first.map(to_text),
            last: found.last.map(to_text),
            seconds: found.duration.map(|duration| duration.as_secs_f64()),
            topics: topics.collect(),
            more_topics: found.has_more_topics,
            refusals: refusals.collect(),
        }
    }
}
