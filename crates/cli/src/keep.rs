//! `keep`: how long a history keeps messages; or, with `--dry-run`, what a policy would remove.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ArgGroup;
use serde::Serialize;
use wiretree_model::{Keep, RecordingRule, RecordingRules, TopicFilter};
use wiretree_session::{
    History, Policies, Policy, Reader, Removal, RemovalOrder, StoredConnection, blocking,
};

use crate::clear::{foretell, remove};
use crate::console::answer;
use crate::error::CliError;
use crate::export::find_connection;

#[derive(clap::Args)]
#[command(group(ArgGroup::new("policy").multiple(true)), group(ArgGroup::new("act")))]
pub(crate) struct Options {
    /// History file; without any of the options of a policy, those that it has are printed
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// For one connection, by its name or its key; for all without a policy of their own unless given
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    #[command(flatten)]
    limits: Limits,
    /// Keep everything
    #[arg(long, group = "policy", requires = "act",
        conflicts_with_all = ["max_age", "max_messages", "max_bytes", "rules"])]
    forever: bool,
    /// Take the connection's own policy away
    #[arg(long, group = "policy", requires_all = ["connection", "act"],
        conflicts_with_all = ["max_age", "max_messages", "max_bytes", "rules", "forever"])]
    inherit: bool,
    /// Change nothing; print what the policy would remove now
    #[arg(long, group = "act")]
    dry_run: bool,
    /// Set the policy, and remove what it does not keep; there is no way back
    #[arg(long, group = "act", requires = "policy")]
    apply: bool,
}

/// A policy; it takes the place of the one before.
#[derive(clap::Args)]
struct Limits {
    /// Remove messages that are older: 90m, 12h, 30d
    #[arg(long, group = "policy", requires = "act", value_name = "TIME", value_parser = parse_age)]
    max_age: Option<Duration>,
    /// Remove the oldest messages of a connection when it has more
    #[arg(long, group = "policy", requires = "act", value_name = "N")]
    max_messages: Option<u64>,
    /// Remove the oldest messages of a connection when they take more on the disk: 500MiB, 20GiB
    #[arg(long, group = "policy", requires = "act", value_name = "SIZE", value_parser = parse_size)]
    max_bytes: Option<u64>,
    /// What goes for the topics that a filter matches, before all limits: FILTER=record (for ever),
    /// FILTER=skip (not recorded from now on) or FILTER=7d; the first that matches decides
    #[arg(long = "rule", group = "policy", requires = "act", value_name = "RULE",
        value_parser = parse_rule)]
    rules: Vec<RecordingRule>,
}

#[derive(Serialize)]
struct Shown<'a> {
    all: ShownPolicy,
    connections: Vec<ShownConnection<'a>>,
}

#[derive(Serialize)]
struct ShownConnection<'a> {
    name: &'a str,
    key: &'a str,
    messages: u64,
    bytes: u64,
    own: Option<ShownPolicy>,
}

#[derive(Serialize)]
struct ShownPolicy {
    max_age_seconds: Option<u64>,
    max_messages: Option<u64>,
    max_bytes: Option<u64>,
    rules: Vec<String>,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let policy = options.policy();
    let Options { history: path, connection, inherit, dry_run, .. } = options;
    let to_read = path.clone();
    let reader = blocking(move || Ok(History::open_read_only(&to_read)?)).await?;
    let connection = match connection {
        Some(name) => Some(find_connection(&reader, &name)?),
        None => None,
    };
    if policy.is_none() && !inherit {
        return match dry_run {
            true => foretell(reader.clone(), Removal::Policies(reader.policies()?)).await,
            false => show(&reader),
        };
    }
    if dry_run {
        let mut policies = reader.policies()?;
        policies.set(connection, policy);
        return foretell(reader, Removal::Policies(policies)).await;
    }
    drop(reader);
    let history = Arc::new(blocking(move || Ok(History::open(&path)?)).await?);
    remove(history, RemovalOrder::SetPolicy(connection, policy)).await
}

impl Options {
    /// The policy that the options make; `None`: they make none.
    fn policy(&self) -> Option<Policy> {
        let Limits { max_age, max_messages, max_bytes, rules } = &self.limits;
        let policy = Policy {
            max_age: *max_age,
            max_messages: *max_messages,
            max_bytes: *max_bytes,
            rules: RecordingRules(rules.clone()),
        };
        (self.forever || policy != Policy::default()).then_some(policy)
    }
}

fn show(reader: &Reader) -> Result<(), CliError> {
    let policies: Policies = reader.policies()?;
    let (connections, sizes) = (reader.connections()?, reader.sizes()?);
    let one = |known: &'_ StoredConnection| {
        let size = sizes.iter().find(|size| size.connection == known.id);
        let (messages, bytes) = size.map_or((0, 0), |size| (size.messages, size.bytes));
        (messages, bytes, policies.own.get(&known.id).map(ShownPolicy::new))
    };
    let list = connections.iter().map(|known| {
        let (messages, bytes, own) = one(known);
        ShownConnection { name: &known.name, key: &known.key, messages, bytes, own }
    });
    answer(&Shown { all: ShownPolicy::new(&policies.general), connections: list.collect() })
}

impl ShownPolicy {
    fn new(policy: &Policy) -> Self {
        let rule = |rule: &RecordingRule| match rule.keep {
            Keep::Record => format!("{}=record", rule.filter),
            Keep::DontRecord => format!("{}=skip", rule.filter),
            Keep::KeepFor(age) => format!("{}={}s", rule.filter, age.as_secs()),
        };
        Self {
            max_age_seconds: policy.max_age.map(|age| age.as_secs()),
            max_messages: policy.max_messages,
            max_bytes: policy.max_bytes,
            rules: policy.rules.0.iter().map(rule).collect(),
        }
    }
}

/// Reads a time such as `30d`.
fn parse_age(text: &str) -> Result<Duration, String> {
    let parsed = text.split_at_checked(text.len().saturating_sub(1)).and_then(|(number, unit)| {
        let seconds: u64 = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            _ => return None,
        };
        digits(number)?.checked_mul(seconds)
    });
    // What a clock of microseconds can count back.
    let parsed = parsed.filter(|seconds| *seconds < 1 << 40);
    parsed.map(Duration::from_secs).ok_or_else(|| "write a time as 90m, 12h or 30d".to_owned())
}

/// Reads a size such as `20GiB`.
fn parse_size(text: &str) -> Result<u64, String> {
    let at = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    let parsed = text.split_at_checked(at).and_then(|(number, unit)| {
        let bytes: u64 = match unit {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            _ => return None,
        };
        digits(number)?.checked_mul(bytes)
    });
    parsed.ok_or_else(|| "write a size in bytes, or as 500MiB or 20GiB".to_owned())
}

/// `parse` would take a sign.
fn digits(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.starts_with(|sign: char| sign.is_ascii_digit()))
}

/// Reads a rule; a filter may have the sign in it too.
fn parse_rule(text: &str) -> Result<RecordingRule, String> {
    let (filter, keep) = text
        .rsplit_once('=')
        .ok_or_else(|| "write a rule as FILTER=record, FILTER=skip or FILTER=7d".to_owned())?;
    let filter = TopicFilter::parse(filter).map_err(|error| error.to_string())?;
    let keep = match keep {
        "record" => Keep::Record,
        "skip" => Keep::DontRecord,
        age => Keep::KeepFor(parse_age(age)?),
    };
    Ok(RecordingRule { filter, keep })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sizes_and_rules() {
        assert_eq!(parse_age("90m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_size("2GiB"), Ok(2 << 30));
        assert_eq!(parse_size("17"), Ok(17));
        let rule = parse_rule("a=b/#=7d").unwrap();
        assert_eq!(rule.filter.as_str(), "a=b/#");
        assert_eq!(rule.keep, Keep::KeepFor(Duration::from_secs(604_800)));
        assert_eq!(parse_rule("a=skip").unwrap().keep, Keep::DontRecord);
        for text in ["", "m", "+1m", "1y", "1ä", "99999999999999999999d", "99999999999999d"] {
            assert!(parse_age(text).is_err(), "{text}");
        }
        for text in ["", "GiB", "1GB", "-1", "1.5GiB", "99999999999TiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
        for text in ["a", "a#=skip", "=skip", "a=never"] {
            assert!(parse_rule(text).is_err(), "{text}");
        }
    }
}
