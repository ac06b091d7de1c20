//! `record`: everything a broker sends, into a history file, until it is told to end.
//!
//! The session does the work; here it is looked at a few times a second, which costs it nothing,
//! and closed in good order.

mod converting;
mod making;
mod names;
mod numbers;
mod place;
mod removing;
mod segments;
mod target;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval, sleep};
use wiretree_model::{Acknowledge, Keep, RecordingRule, RecordingRules, Subscription, TopicFilter};
use wiretree_session::{
    ConnectOptions, Limits, Seeding, Session, SessionSpec, Summary, Usage, blocking, rules_of,
};

use crate::address::Address;
use crate::console::{answer, say, warn};
use crate::error::CliError;
use crate::options::{BrokerOptions, parse_seconds};
use crate::signals;
use crate::status::{self, Status};
use crate::subscriptions::Subscriptions;
use place::{Place, Rotation};

/// Between two looks at the session.
const LOOK: Duration = Duration::from_millis(50);
/// Between two status lines.
const LINE: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// History file; it is made where there is none, otherwise continued
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// Name of the connection in the history; host and port of the broker unless given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// End as soon as N messages were received. What the broker has sent beyond them by then is
    /// stored and counted too
    #[arg(long, value_name = "N", conflicts_with = "duration")]
    count: Option<u64>,
    /// End after this many seconds
    #[arg(long = "for", id = "duration", value_name = "SECONDS", value_parser = parse_seconds)]
    duration: Option<Duration>,
    /// When to acknowledge messages of QoS 1 and 2: once the history has them for good, or as soon as
    /// they were read
    #[arg(long, value_enum, value_name = "WHEN", default_value = "after-commit")]
    ack: Ack,
    /// Subscribe as a member of this group, so that the broker spreads the messages over all recorders
    /// of the group: each message goes to one of them. Retained messages are not sent (MQTT 5 §4.8.2)
    #[arg(long, value_name = "GROUP", value_parser = parse_group)]
    share: Option<String>,
    /// Do not record topics that match this filter; may be given again. They are counted, and
    /// acknowledged
    #[arg(long = "not", value_name = "FILTER", value_parser = TopicFilter::parse)]
    without: Vec<TopicFilter>,
    #[command(flatten)]
    rotation: Rotation,
    #[command(flatten)]
    subscriptions: Subscriptions,
    #[command(flatten)]
    broker: BrokerOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum Ack {
    AfterCommit,
    OnReceipt,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let address = options.broker.address()?;
    let subscriptions = shared(options.subscriptions.or_everything()?, options.share.as_deref())?;
    let mut connect_options = options.broker.connect_options(&address, subscriptions)?;
    connect_options.acknowledge = match options.ack {
        Ack::AfterCommit => Acknowledge::AfterCommit,
        Ack::OnReceipt => Acknowledge::OnReceipt,
    };
    // Not earlier: somebody at the password prompt wants to be able to end it.
    let ended = signals::listen()?;
    let mut spec = session_spec(options.name, &address, connect_options);
    let (mut place, numbers_after) =
        Place::open(options.history, options.rotation, spec.key.clone()).await?;
    spec.numbers_after = numbers_after;
    let (reader, key) = (place.history().reader(), spec.key.clone());
    let policy = blocking(move || rules_of(&reader, &key)).await?;
    spec.rules = rules(options.without, policy);
    let began = Instant::now();
    let session = Session::open(spec, Arc::clone(place.history())).await?;
    let enough = async {
        tokio::select! {
            () = ended => {}
            () = after(options.duration) => {}
        }
    };
    let watched = watch(&session, options.count.unwrap_or(u64::MAX), &mut place, enough).await;
    let summary = session.close().await;
    let took = began.elapsed();
    let saved = place.close().await;
    answer(&report(&summary, took, &place))?;
    say(status::line(&summary));
    watched?;
    complain_of_loss(&summary, saved)
}

/// MQTT 5 §4.8.2.
fn parse_group(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains(['/', '+', '#']) {
        true => Err("a group has a name without / + #".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// The subscriptions of a member of a group.
fn shared(
    mut subscriptions: Vec<Subscription>,
    group: Option<&str>,
) -> Result<Vec<Subscription>, CliError> {
    let Some(group) = group else { return Ok(subscriptions) };
    for subscription in &mut subscriptions {
        // MQTT 5 §3.8.3.1.
        if subscription.no_local {
            return Err(CliError::Usage("--no-local does not go together with --share".to_owned()));
        }
        let filter = TopicFilter::parse(&format!("$share/{group}/{}", subscription.filter));
        subscription.filter = filter
            .map_err(|error| CliError::Usage(format!("--share {group} cannot be used: {error}")))?;
    }
    say(format!(
        "shares the messages with the other recorders of the group {group}: each message goes to one \
         of them, and retained messages to none"
    ));
    Ok(subscriptions)
}

/// What is left out by an option comes before what the history's policy says.
fn rules(without: Vec<TopicFilter>, policy: RecordingRules) -> RecordingRules {
    let rule = |filter| RecordingRule { filter, keep: Keep::DontRecord };
    RecordingRules(without.into_iter().map(rule).chain(policy.0).collect())
}

fn session_spec(name: Option<String>, address: &Address, options: ConnectOptions) -> SessionSpec {
    let name = name.unwrap_or_else(|| address.to_string());
    SessionSpec {
        key: format!("cli:{name}"),
        name,
        options,
        rules: RecordingRules::default(),
        numbers_after: 0,
        seeding: Seeding::None,
        // Nobody looks at the tree; it only counts the topics.
        limits: Limits { preview: 0, ..Limits::default() },
        tree_seed: RandomState::new().build_hasher().finish(),
    }
}

async fn after(duration: Option<Duration>) {
    match duration {
        Some(duration) => sleep(duration).await,
        None => std::future::pending().await,
    }
}

/// Looks at the session until enough was received, `ended` is, or it cannot go on. A look is never
/// broken off.
async fn watch(
    session: &Session,
    enough: u64,
    place: &mut Place,
    ended: impl Future<Output = ()>,
) -> Result<(), CliError> {
    let mut ended = pin!(ended);
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut status = Status::default();
    let mut last_line = Instant::now();
    let mut was_recording = false;
    loop {
        tokio::select! {
            () = &mut ended => return Ok(()),
            _ = looks.tick() => {}
        }
        let summary = session.summary().await?;
        if summary.totals.received >= enough {
            return Ok(());
        }
        status.look(&summary)?.into_iter().for_each(warn);
        place.look(session).await?;
        let begins = !was_recording && status::is_recording(&summary);
        was_recording = status::is_recording(&summary);
        if begins || last_line.elapsed() >= LINE {
            last_line = Instant::now();
            say(status::line(&summary));
        }
    }
}

/// What is printed at the end.
#[derive(Serialize)]
struct Report {
    received: u64,
    stored: u64,
    dropped: u64,
    /// Left out by --not.
    not_recorded: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parquet_files: Option<u64>,
    topics: u64,
    seconds: f64,
    cpu_seconds: Option<f64>,
    peak_rss_bytes: Option<u64>,
}

fn report(summary: &Summary, since_start: Duration, place: &Place) -> Report {
    let seconds = match (summary.first_received, summary.last_stored) {
        (Some(first), Some(last)) => (last.0 - first.0).max(0) as f64 / 1e6,
        _ => since_start.as_secs_f64(),
    };
    let usage = Usage::now();
    Report {
        received: summary.totals.received,
        stored: summary.totals.stored,
        dropped: summary.totals.dropped,
        not_recorded: summary.totals.left_out_by_rule,
        segments: place.segments(),
        parquet_files: place.files(),
        topics: summary.topics,
        seconds,
        cpu_seconds: usage.cpu_seconds,
        peak_rss_bytes: usage.peak_resident_bytes,
    }
}

fn complain_of_loss(summary: &Summary, saved: Result<(), CliError>) -> Result<(), CliError> {
    let count = summary.totals.dropped;
    if count == 0 {
        return saved;
    }
    let cause = match (saved, &summary.history_problem) {
        (Err(error), _) => error.to_string(),
        (Ok(()), Some(problem)) => problem.to_string(),
        (Ok(()), None) => "The history took no more of them".to_owned(),
    };
    Err(CliError::Lost { count, cause })
}
