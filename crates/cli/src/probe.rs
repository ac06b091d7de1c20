//! `probe`: the doctor on the command line. Each step of connecting, and on request what the broker
//! allows; for a failure the likely cause and what can be done.

mod json;
mod text;

use std::io::IsTerminal;

use clap::ValueEnum;
use wiretree_session::{Check, Finding, FindingStatus, examine};

use crate::console::{answer, print, say};
use crate::error::CliError;
use crate::options::BrokerOptions;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// What to look at beside connecting, with commas between them. All but all-topics and system
    /// publish to wiretree/doctor/…, and clear away behind them
    #[arg(long, value_name = "CHECKS", value_enum, value_delimiter = ',')]
    check: Vec<Kind>,
    /// Print the certificates that the broker shows
    #[arg(long)]
    certificates: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    broker: BrokerOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// May # be subscribed to?
    AllTopics,
    /// Does the broker tell of itself under $SYS?
    System,
    /// Does it keep retained messages?
    Retained,
    /// Do shared subscriptions work?
    Shared,
    /// How large may a packet be?
    LargestPacket,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let address = options.broker.address()?;
    let connect_options = options.broker.connect_options(&address, Vec::new())?;
    let checks = options.check.iter().map(|kind| kind.to_check()).collect();
    let mut findings = Findings::default();
    let is_watched = !options.json && std::io::stderr().is_terminal();
    let healthy = examine(connect_options, checks, |finding| {
        if is_watched && finding.status == FindingStatus::Running {
            say(format_args!("{} …", finding.id.name()));
        }
        findings.take(finding);
    })
    .await;
    if options.json {
        answer(&json::report(&findings.0))?;
    } else {
        print(text::report(&findings.0, options.certificates))?;
    }
    match findings.problem() {
        Some(problem) => Err(problem),
        None if healthy => Ok(()),
        None => Err(CliError::Unhealthy),
    }
}

impl Kind {
    fn to_check(self) -> Check {
        match self {
            Self::AllTopics => Check::AllTopics,
            Self::System => Check::System,
            Self::Retained => Check::Retained,
            Self::Shared => Check::Shared,
            Self::LargestPacket => Check::LargestPacket,
        }
    }
}

/// The last word on each step, in the order in which they began.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn take(&mut self, finding: Finding) {
        match self.0.iter_mut().find(|known| known.id == finding.id) {
            Some(known) => *known = finding,
            None => self.0.push(finding),
        }
    }

    /// Why it failed.
    fn problem(&self) -> Option<CliError> {
        let failed = self.0.iter().filter(|finding| finding.status == FindingStatus::Failed);
        failed.filter_map(|finding| finding.problem.clone()).next().map(CliError::from)
    }
}

/// How a step went, in a word.
fn word(status: FindingStatus) -> &'static str {
    match status {
        FindingStatus::Running => "running",
        FindingStatus::Ok => "ok",
        FindingStatus::Warning => "warning",
        FindingStatus::Failed => "failed",
        FindingStatus::Skipped => "skipped",
    }
}

fn fingerprint(sha256: &[u8; 32]) -> String {
    let bytes: Vec<String> = sha256.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}
