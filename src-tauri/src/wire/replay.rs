//! Replays: what the page asks for, and how it goes on.

mod outlook;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_model::QoS;
use wiretree_session::replay as session;
use wiretree_session::{Query, SessionError};

use super::{AppError, HistoryQuery, microseconds};
pub(crate) use outlook::*;

/// When the messages are sent.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ReplayTiming {
    /// With the pauses of the recording, this many times as fast.
    Original { speed: f64 },
    /// Evenly.
    FixedRate { per_second: f64 },
}

/// A rule for topics.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayRule {
    /// A beginning of topics, or a topic filter.
    pub from: String,
    /// What it becomes.
    pub to: String,
}

/// Which messages the broker is asked to keep.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ReplayRetain {
    AsRecorded,
    Never,
    Always,
}

/// Which messages are sent, by the way that they went.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ReplayDirection {
    Received,
    Sent,
    Both,
}

same_variants!(ReplayRetain => session::ReplayRetain: AsRecorded, Never, Always);
same_variants!(ReplayDirection => session::ReplayDirection: Received, Sent, Both);

/// What to send, where and how.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayRequest {
    /// Exactly what the history pane shows.
    pub query: HistoryQuery,
    /// The open connection to send by.
    pub target: u32,
    /// When.
    pub timing: ReplayTiming,
    /// Pauses of the recording are at most this many seconds.
    pub longest_gap: Option<f64>,
    /// At most this many messages a second.
    pub cap: Option<f64>,
    /// At most this many wait for an acknowledgement at a time.
    pub in_flight: u32,
    /// Where; the first that fits decides.
    pub rules: Vec<ReplayRule>,
    /// With this QoS; none: as recorded.
    pub qos: Option<u8>,
    /// Which of them the broker is to keep.
    pub retain: ReplayRetain,
    /// By the way that they went.
    pub direction: ReplayDirection,
    /// How often; none: until it is stopped.
    pub times: Option<u32>,
    /// The name of a file for the outcome of every message; none: no file.
    pub outcomes: Option<String>,
    /// The name of the target as it was typed.
    pub confirmed: Option<String>,
}

/// A running replay.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayJob {
    /// Names it for steering.
    pub job: u32,
    /// The file with the outcomes.
    pub outcomes: Option<String>,
}

/// What to do with a running replay.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ReplayAct {
    Pause,
    Resume,
    Stop,
}

/// What a replay is doing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ReplayStage {
    Running,
    Paused,
    /// For the connection.
    Waiting,
    Finishing,
}

same_variants!(session::ReplayStage => ReplayStage: Running, Paused, Waiting, Finishing);

/// How a replay ended.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum ReplayEnd {
    Finished,
    Stopped,
    Failed { problem: AppError },
}

/// Where a replay stands.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayEvent {
    /// What it is doing.
    pub stage: ReplayStage,
    /// How it ended, once it has.
    pub end: Option<ReplayEnd>,
    /// Not to be read, since the history is damaged there.
    pub unreadable: u64,
    /// Left out, since they went the other way.
    pub skipped: u64,
    /// Not sent: nobody may publish to their topic.
    pub refused: u64,
    /// Handed to the connection.
    pub published: u64,
    /// On their way.
    pub in_flight: u64,
    /// Sent with QoS 0, for which there is no acknowledgement.
    pub sent: u64,
    /// Acknowledged.
    pub acknowledged: u64,
    /// Not taken, or not sent.
    pub failed: u64,
    /// Sent, and the answer never came.
    pub unknown: u64,
    /// Failures since the last event; at most a hundred in all.
    pub failures: Vec<ReplayFailure>,
    /// Messages a second.
    pub per_second: f64,
    /// Microseconds since the beginning, without pauses and waits.
    pub took: u64,
    /// How much later than planned the newest message went, in microseconds.
    pub lag: u64,
    /// Messages in all; none: not counted yet, or for ever.
    pub total: Option<u64>,
    /// Microseconds to go; none: not known.
    pub left: Option<u64>,
    /// The pass through the selection, from 1 on.
    pub pass: u64,
    /// Why the file with the outcomes is not whole.
    pub log_problem: Option<String>,
}

/// A message that was not delivered for sure.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayFailure {
    /// Names it in the history.
    pub message: i64,
    /// When it was recorded.
    pub received_at: i64,
    /// The topic as recorded, for showing.
    pub from: String,
    /// Where it was sent; none: nowhere.
    pub to: Option<String>,
    /// Why, as a sentence.
    pub reason: String,
}

impl ReplayRequest {
    /// The order for these messages.
    pub(crate) fn to_session(&self, query: Query) -> Result<session::ReplayOrder, AppError> {
        let order = session::ReplayOrder {
            query,
            direction: self.direction.into(),
            timing: match self.timing {
                ReplayTiming::Original { speed } => session::Timing::Original { speed },
                ReplayTiming::FixedRate { per_second } => session::Timing::FixedRate(per_second),
            },
            longest_gap: self.longest_gap.map(gap).transpose()?,
            cap: session::Cap { per_second: self.cap, in_flight: self.in_flight as usize },
            remap: remap(&self.rules)?,
            qos: match self.qos {
                None => session::ReplayQos::AsRecorded,
                Some(bits) => {
                    session::ReplayQos::Force(QoS::from_bits(bits).ok_or_else(AppError::bad_qos)?)
                }
            },
            retain: self.retain.into(),
            repeat: self.times.map_or(session::Repeat::Forever, session::Repeat::Times),
        };
        order.check().map_err(SessionError::from)?;
        Ok(order)
    }
}

fn gap(seconds: f64) -> Result<Duration, AppError> {
    let gap = Duration::try_from_secs_f64(seconds);
    gap.map_err(|_| SessionError::from(session::ReplayError::Gap).into())
}

/// A rule that is not one is named by its place.
fn remap(rules: &[ReplayRule]) -> Result<session::Remap, AppError> {
    let mut parsed = Vec::new();
    for (rule, number) in rules.iter().zip(1..) {
        let rule = session::RemapRule::new(&rule.from, &rule.to);
        parsed.push(
            rule.map_err(|error| {
                AppError::new("replay-invalid", format!("Rule {number} {error}"))
            })?,
        );
    }
    let remap = session::Remap::new(parsed);
    remap.map_err(|error| SessionError::from(session::ReplayError::from(error)).into())
}

impl ReplayEvent {
    /// Where it stands, for the page. `told`: how many failures the page knows.
    pub(crate) fn from_session(progress: &session::ReplayProgress, told: &mut usize) -> Self {
        let counts = &progress.counts;
        let failures: Vec<_> =
            progress.failures.iter().skip(*told).map(ReplayFailure::from_session).collect();
        *told += failures.len();
        Self {
            stage: progress.stage.into(),
            end: progress.end.clone().map(|end| match end {
                session::ReplayEnd::Finished => ReplayEnd::Finished,
                session::ReplayEnd::Stopped => ReplayEnd::Stopped,
                session::ReplayEnd::Failed(error) => ReplayEnd::Failed { problem: error.into() },
            }),
            unreadable: counts.unreadable,
            skipped: counts.skipped,
            refused: counts.refused,
            published: counts.published(),
            in_flight: counts.in_flight,
            sent: counts.sent,
            acknowledged: counts.acknowledged,
            failed: counts.failed,
            unknown: counts.unknown,
            failures,
            per_second: progress.per_second,
            took: microseconds(progress.took),
            lag: microseconds(progress.lag),
            total: progress.total,
            left: progress.left.map(microseconds),
            pass: progress.pass,
            log_problem: progress.log_problem.clone(),
        }
    }
}

impl ReplayFailure {
    fn from_session(failure: &session::ReplayFailure) -> Self {
        Self {
            message: failure.message,
            received_at: failure.received_at.0,
            from: failure.from.to_text().into_owned(),
            to: failure.to.as_ref().map(|topic| topic.to_text().into_owned()),
            reason: failure.cause.to_string(),
        }
    }
}
