//! `record`: everything a broker sends, into a history file, until it is told to end.
//!
//! The session does the work; here it is looked at a few times a second, which costs it nothing,
//! and closed in good order.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval, sleep};
use wiretree_model::{Acknowledge, RecordingRules};
use wiretree_session::{
    ConnectOptions, History, Limits, Seeding, Session, SessionError, SessionSpec, Summary, Usage,
    blocking, rules_of,
};

use crate::address::Address;
use crate::console::{answer, say, warn};
use crate::error::CliError;
use crate::options::{BrokerOptions, parse_seconds};
use crate::signals;
use crate::status::{self, Status};
use crate::subscriptions::Subscriptions;

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
    let subscriptions = options.subscriptions.or_everything()?;
    let mut connect_options = options.broker.connect_options(&address, subscriptions)?;
    connect_options.acknowledge = match options.ack {
        Ack::AfterCommit => Acknowledge::AfterCommit,
        Ack::OnReceipt => Acknowledge::OnReceipt,
    };
    // Not earlier: somebody at the password prompt wants to be able to end it.
    let ended = signals::listen()?;
    let path = options.history;
    let history = Arc::new(blocking(move || Ok(History::open(&path)?)).await?);
    let mut spec = session_spec(options.name, &address, connect_options);
    let (reader, key) = (history.reader(), spec.key.clone());
    spec.rules = blocking(move || rules_of(&reader, &key)).await?;
    let began = Instant::now();
    let session = Session::open(spec, Arc::clone(&history)).await?;
    let enough = async {
        let ended = pin!(ended);
        let time_is_up = pin!(after(options.duration));
        tokio::select! {
            () = ended => Ok(()),
            () = time_is_up => Ok(()),
            watched = watch(&session, options.count.unwrap_or(u64::MAX)) => watched,
        }
    };
    let watched = enough.await;
    let summary = session.close().await;
    let saved = blocking(move || Ok(history.close()?)).await;
    answer(&report(&summary, began.elapsed()))?;
    say(status::line(&summary));
    watched?;
    complain_of_loss(&summary, saved)
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

/// Looks at the session until enough was received or it cannot go on.
async fn watch(session: &Session, enough: u64) -> Result<(), CliError> {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut status = Status::default();
    let mut last_line = Instant::now();
    let mut was_recording = false;
    loop {
        looks.tick().await;
        let summary = session.summary().await?;
        if summary.totals.received >= enough {
            return Ok(());
        }
        status.look(&summary)?.into_iter().for_each(warn);
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
    topics: u64,
    seconds: f64,
    cpu_seconds: Option<f64>,
    peak_rss_bytes: Option<u64>,
}

fn report(summary: &Summary, since_start: Duration) -> Report {
    let seconds = match (summary.first_received, summary.last_stored) {
        (Some(first), Some(last)) => (last.0 - first.0).max(0) as f64 / 1e6,
        _ => since_start.as_secs_f64(),
    };
    let usage = Usage::now();
    Report {
        received: summary.totals.received,
        stored: summary.totals.stored,
        dropped: summary.totals.dropped,
        topics: summary.topics,
        seconds,
        cpu_seconds: usage.cpu_seconds,
        peak_rss_bytes: usage.peak_resident_bytes,
    }
}

fn complain_of_loss(summary: &Summary, saved: Result<(), SessionError>) -> Result<(), CliError> {
    let count = summary.totals.dropped;
    if count == 0 {
        return Ok(saved?);
    }
    let cause = match (saved, &summary.history_problem) {
        (Err(error), _) => error.to_string(),
        (Ok(()), Some(problem)) => problem.to_string(),
        (Ok(()), None) => "The history took no more of them".to_owned(),
    };
    Err(CliError::Lost { count, cause })
}
