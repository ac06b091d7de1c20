//! `replay`: messages of a history to a broker again, or a dry run of that.
//!
//! The session does the work; here it is asked for, watched, and told to stop in good order.

mod report;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::ValueEnum;
use tokio::time::{MissedTickBehavior, interval};
use wiretree_model::QoS;
use wiretree_session::replay::{
    Cap, Remap, RemapRule, Repeat, Replay, ReplayDirection, ReplayEnd, ReplayLine, ReplayNews,
    ReplayOrder, ReplayProgress, ReplayQos, ReplayRetain, Timing, outlook,
};
use wiretree_session::{MqttError, Query, Reader, SessionError, State, blocking, connect};

use crate::console::{answer, say, warn};
use crate::error::CliError;
use crate::options::{BrokerOptions, parse_qos, parse_seconds};
use crate::selection::Selection;
use crate::signals;
use report::{DryRun, Report};

/// Between two status lines.
const LINE: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    manner: Manner,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Send also to the topics that the messages were recorded on. Needed where no --map is sure to
    /// move them all, since whatever listens there acts on them
    #[arg(long)]
    yes: bool,
    /// File for the outcome of every message, as NDJSON; it must not exist
    #[arg(long, value_name = "FILE")]
    outcomes: Option<PathBuf>,
    #[command(flatten)]
    broker: BrokerOptions,
}

/// When, where to and how the messages are sent.
#[derive(clap::Args)]
struct Manner {
    /// Times the speed of the recording: 2 is twice as fast, 0.5 half as fast
    #[arg(long, value_name = "S", default_value_t = 1.0, conflicts_with = "rate")]
    speed: f64,
    /// Send evenly, N messages a second, instead of with the pauses of the recording
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// Shorten the pauses of the recording to this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    longest_gap: Option<Duration>,
    /// Never send more than N messages a second
    #[arg(long, value_name = "N")]
    cap: Option<f64>,
    /// Messages that wait for the broker's acknowledgement at a time. With 1, one of QoS 0 cannot
    /// overtake one of QoS 2 at the broker
    #[arg(long, value_name = "N", default_value_t = 100)]
    in_flight: usize,
    /// Rule for topics, the first that fits decides: 'plant/ -> test/plant/' replaces the beginning,
    /// '-> test/' puts it in front of all, 'plant/+/status -> replay/{1}/status' and
    /// 'plant/# -> replay/{rest}' take what a filter matched. May be given again
    #[arg(long = "map", value_name = "RULE", allow_hyphen_values = true)]
    rules: Vec<String>,
    /// Send all with this QoS; as recorded unless given
    #[arg(long, value_name = "Q", value_parser = parse_qos)]
    qos: Option<QoS>,
    /// Which messages the broker is asked to keep
    #[arg(long, value_enum, value_name = "WHICH", default_value = "as-recorded")]
    retain: Retain,
    /// Which messages are sent, by the way that they went when they were recorded
    #[arg(long, value_enum, value_name = "WAY", default_value = "received")]
    direction: Direction,
    /// Send the selection N times
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "endless")]
    repeat: u32,
    /// Send the selection again and again until SIGINT or SIGTERM
    #[arg(long = "loop")]
    endless: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Retain {
    AsRecorded,
    Never,
    Always,
}

#[derive(Clone, Copy, ValueEnum)]
enum Direction {
    Received,
    Sent,
    Both,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let Options { selection, manner, dry_run, yes, outcomes, broker } = options;
    let address = broker.address()?;
    let rules = manner.rules()?;
    let (reader, query) = blocking(move || Ok(selection.open())).await??;
    let order = manner.order(query, rules);
    order.check().map_err(SessionError::from)?;
    if dry_run {
        return answer(&look(reader, order).await?);
    }
    if !yes && !order.remap.moves_all(&order.query.scope) {
        return Err(CliError::Usage(
            "messages would be sent to the topics that they were recorded on, where whatever listens \
             acts on them. Give --map '-> test/' to send them elsewhere, or --yes to do it"
                .to_owned(),
        ));
    }
    if let Some(path) = outcomes.iter().find(|path| path.exists()) {
        return Err(CliError::Exists { path: path.clone() });
    }
    let connect_options = broker.connect_options(&address, Vec::new())?;
    // Not earlier: somebody at the password prompt wants to be able to end it.
    let mut ended = signals::listen()?;
    let (connection, events) = connect(connect_options);
    let line = ReplayLine::new(connection, events);
    tokio::select! {
        connected = line.connected() => connected?,
        () = &mut ended => return Err(CliError::ReplayStopped { published: 0 }),
    }
    let is_endless = order.repeat == Repeat::Forever;
    let (replay, news) = Replay::start(reader, order, line.clone(), outcomes.as_deref())?;
    let progress = follow(&replay, news, &line, ended).await;
    line.close().await;
    answer(&Report::new(&progress, outcomes.as_deref()))?;
    say(status_line(&progress));
    verdict(progress, is_endless)
}

async fn look(reader: Reader, order: ReplayOrder) -> Result<DryRun, CliError> {
    let found = blocking(move || outlook(&reader, &order, &AtomicBool::new(false), None)).await?;
    Ok(DryRun::new(&found))
}

impl Manner {
    fn rules(&self) -> Result<Remap, CliError> {
        let mut rules = Vec::new();
        for text in &self.rules {
            let rule = RemapRule::parse(text);
            rules.push(rule.map_err(|error| CliError::Usage(format!("--map '{text}' {error}")))?);
        }
        Remap::new(rules).map_err(|error| CliError::Usage(format!("--map: the {error}")))
    }

    fn order(&self, query: Query, remap: Remap) -> ReplayOrder {
        ReplayOrder {
            query,
            direction: match self.direction {
                Direction::Received => ReplayDirection::Received,
                Direction::Sent => ReplayDirection::Sent,
                Direction::Both => ReplayDirection::Both,
            },
            timing: match self.rate {
                Some(rate) => Timing::FixedRate(rate),
                None => Timing::Original { speed: self.speed },
            },
            longest_gap: self.longest_gap,
            cap: Cap { per_second: self.cap, in_flight: self.in_flight },
            remap,
            qos: self.qos.map_or(ReplayQos::AsRecorded, ReplayQos::Force),
            retain: match self.retain {
                Retain::AsRecorded => ReplayRetain::AsRecorded,
                Retain::Never => ReplayRetain::Never,
                Retain::Always => ReplayRetain::Always,
            },
            repeat: if self.endless { Repeat::Forever } else { Repeat::Times(self.repeat) },
        }
    }
}

/// Tells how it goes on, until it has ended.
async fn follow(
    replay: &Replay,
    mut news: ReplayNews,
    line: &ReplayLine,
    mut ended: impl Future<Output = ()> + Unpin,
) -> ReplayProgress {
    let mut last = ReplayProgress::default();
    let mut lines = interval(LINE);
    lines.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut state = line.state();
    let mut told = false;
    loop {
        tokio::select! {
            next = news.next() => match next {
                Some(progress) => last = progress,
                None => return last,
            },
            _ = lines.tick() => say(status_line(&last)),
            () = &mut ended, if !told => {
                told = true;
                replay.stop();
            }
            Ok(()) = state.changed() => {
                if let Some(State::WaitingToRetry { cause, .. }) = &*state.borrow_and_update() {
                    warn(cause);
                }
            }
        }
    }
}

/// The line of each second.
fn status_line(progress: &ReplayProgress) -> String {
    let counts = &progress.counts;
    let total = progress.total.map(|total| format!(" of {total}")).unwrap_or_default();
    let left = progress.left.filter(|_| progress.end.is_none());
    let left = left.map(|left| format!(", {:.0} s left", left.as_secs_f64())).unwrap_or_default();
    let unreadable = match counts.unreadable {
        0 => String::new(),
        count => format!(", damaged {count}"),
    };
    format!(
        "replaying: published {}{total}, acknowledged {}, sent {}, failed {}, unknown {}, refused {}\
         {unreadable}, {:.0} msg/s, {:.1} s late{left}",
        counts.published(),
        counts.acknowledged,
        counts.sent,
        counts.failed,
        counts.unknown,
        counts.refused,
        progress.per_second,
        progress.lag.as_secs_f64(),
    )
}

/// What the process ends with.
fn verdict(progress: ReplayProgress, is_endless: bool) -> Result<(), CliError> {
    let ReplayProgress { end, counts, first_cause, log_problem, .. } = progress;
    if let Some(ReplayEnd::Failed(error)) = end {
        return Err(error.into());
    }
    let published = counts.published();
    if counts.failed + counts.unknown > 0 {
        let done = counts.acknowledged + counts.sent;
        let cause = first_cause.unwrap_or(MqttError::SessionLost);
        return Err(CliError::Undelivered { done, wanted: published, cause });
    }
    if let Some(problem) = log_problem {
        return Err(CliError::Outcomes(problem));
    }
    if matches!(end, Some(ReplayEnd::Stopped)) && !is_endless {
        return Err(CliError::ReplayStopped { published });
    }
    match (counts.refused, counts.unreadable) {
        (0, 0) => Ok(()),
        (0, count) => Err(CliError::Unreadable { count }),
        (count, _) => Err(CliError::Unpublishable { count }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiretree_session::Reason;

    fn ended(change: impl FnOnce(&mut ReplayProgress)) -> u8 {
        let mut progress =
            ReplayProgress { end: Some(ReplayEnd::Finished), ..ReplayProgress::default() };
        progress.counts.acknowledged = 3;
        change(&mut progress);
        verdict(progress, false).map_or_else(|error| error.exit_code(), |()| 0)
    }

    #[test]
    fn the_exit_code_tells_what_went_wrong() {
        assert_eq!(ended(|_| {}), 0);
        let reason = || Reason { code: 0x87, name: "Not authorized", text: None };
        let refused = |progress: &mut ReplayProgress| {
            progress.counts.failed = 1;
            progress.first_cause = Some(MqttError::Rejected(reason()));
        };
        assert_eq!(ended(refused), 4);
        let lost = |progress: &mut ReplayProgress| {
            progress.counts.unknown = 1;
            progress.first_cause = Some(MqttError::SessionLost);
        };
        assert_eq!(ended(lost), 3);
        assert_eq!(ended(|progress| progress.counts.unknown = 1), 3, "stopped without an answer");
        assert_eq!(ended(|progress| progress.counts.refused = 1), 1);
        assert_eq!(ended(|progress| progress.counts.unreadable = 1), 5);
        assert_eq!(ended(|progress| progress.log_problem = Some("full".to_owned())), 5);
        assert_eq!(ended(|progress| progress.end = Some(ReplayEnd::Stopped)), 1);
        let refused = MqttError::Refused(reason());
        let failed = Some(ReplayEnd::Failed(SessionError::Mqtt(refused)));
        assert_eq!(ended(|progress| progress.end = failed), 4);
        let stopped = ReplayProgress { end: Some(ReplayEnd::Stopped), ..ReplayProgress::default() };
        assert!(verdict(stopped, true).is_ok(), "an endless one ends no other way");
    }
}
