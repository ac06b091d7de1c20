//! Advice before a message is published.

use super::name::Name;
use super::{Finding, Level, dialect};
use crate::{QoS, Topic, TopicError};

/// Topics that begin with `$` and take messages from clients.
const FOR_CLIENTS: [&str; 2] = ["$aws", "$iothub"];
/// Last levels that say how somebody is, in lower case.
const STATUS: [&str; 9] = [
    "status",
    "state",
    "$state",
    "lwt",
    "online",
    "availability",
    "available",
    "connected",
    "birth",
];
/// Levels behind the first that make a topic an order to somebody, in lower case.
const COMMAND: [&str; 7] = ["set", "cmd", "cmnd", "command", "rpc", "ncmd", "dcmd"];

/// What to say about publishing to `topic`, the gravest first; nothing when all is well.
#[must_use]
pub fn lint_publish(topic: &str, qos: QoS, retain: bool, empty_payload: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = forbidden(topic).into_iter().collect();
    if topic.is_empty() {
        return findings;
    }
    let name = Name::new(topic);
    findings.extend(retained(&name, qos, retain, empty_payload));
    findings.extend(name.dangers());
    findings.extend(leading_dollar(&name));
    if !dialect::owns(&name.levels) {
        findings.extend(name.style());
    }
    findings.sort_by_key(|finding| finding.level);
    findings
}

/// What the specification forbids; see [`Topic::to_publish`].
fn forbidden(topic: &str) -> Option<Finding> {
    let error = Topic::to_publish(topic).err()?;
    let rule = match error {
        TopicError::Empty => "empty",
        TopicError::Wildcard(_) => "wildcard-in-topic",
        TopicError::Null => "null-character",
        TopicError::TooLong(_) => "too-long",
        TopicError::Utf8 => "not-utf-8",
    };
    Some(Finding::new(rule, Level::Error, sentence(&error)))
}

fn retained(name: &Name<'_>, qos: QoS, retain: bool, empty_payload: bool) -> Option<Finding> {
    if !retain {
        return None;
    }
    if empty_payload {
        return Some(Finding::new(
            "retained-deletes",
            Level::Confirm,
            "Retained with an empty payload, it deletes the message that the broker keeps for \
             this topic.",
        ));
    }
    if is_command(&name.levels) {
        return Some(Finding::new(
            "retained-command",
            Level::Warning,
            "The topic looks like a command, and retained it is given again at every reconnect.",
        ));
    }
    (qos == QoS::AtMostOnce && is_status(&name.levels)).then(|| {
        Finding::new(
            "status-at-qos-0",
            Level::Hint,
            "A retained status at QoS 0 may get lost on the way and stay wrong; QoS 1 is usual.",
        )
    })
}

fn is_command(levels: &[&str]) -> bool {
    let told = |level: &&str| COMMAND.contains(&level.to_lowercase().as_str());
    levels.first() == Some(&"cmnd") || levels.iter().skip(1).any(told)
}

fn is_status(levels: &[&str]) -> bool {
    levels.last().is_some_and(|level| STATUS.contains(&level.to_lowercase().as_str()))
}

/// MQTT 5 §4.7.2: such topics are not for clients to talk to each other.
fn leading_dollar(name: &Name<'_>) -> Option<Finding> {
    let first = name.levels.first().filter(|level| level.starts_with('$'))?;
    (!FOR_CLIENTS.contains(first)).then(|| {
        Finding::new(
            "leading-dollar",
            Level::Warning,
            "Topics that begin with $ are the broker's own; many brokers refuse or drop what is \
             published to them.",
        )
    })
}

/// An error as a sentence of its own.
pub(super) fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut rest = text.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", rest.as_str())
}
