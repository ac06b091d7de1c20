//! Findings for programs: one JSON object.

use serde::Serialize;
use serde_json::{Map, Value};
use wiretree_session::{Certificate, Finding, FindingId, FindingStatus, MqttError};

use super::{fingerprint, word};
use crate::time::to_text;

/// What is printed.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    /// `accepted`, `refused` (the broker said no), or `failed`.
    result: &'static str,
    /// The code and the name of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason<'a>>,
    /// The kind of problem, which stays the same, and the sentence.
    error: Option<&'static str>,
    message: Option<String>,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Reason<'a> {
    code: u8,
    name: &'a str,
    text: Option<&'a str>,
}

#[derive(Serialize)]
struct Step<'a> {
    id: &'static str,
    name: &'static str,
    status: &'static str,
    milliseconds: Option<f64>,
    detail: &'a str,
    /// What stands there more than once is a list.
    facts: Map<String, Value>,
    certificates: Vec<Shown<'a>>,
    error: Option<&'static str>,
    likely_cause: Option<&'a str>,
    fix: Option<&'a str>,
}

#[derive(Serialize)]
struct Shown<'a> {
    subject: &'a str,
    issuer: &'a str,
    names: &'a [String],
    not_before: String,
    not_after: String,
    sha256: String,
    serial: &'a str,
    algorithm: &'a str,
    is_authority: bool,
}

/// Everything that was found.
pub(super) fn report(findings: &[Finding]) -> Report<'_> {
    let failed = findings.iter().filter(|finding| finding.status == FindingStatus::Failed);
    let problem = failed.filter_map(|finding| finding.problem.as_ref()).next();
    let was_accepted = findings.iter().any(|finding| {
        finding.id == FindingId::Connack
            && matches!(finding.status, FindingStatus::Ok | FindingStatus::Warning)
    });
    Report {
        result: match problem {
            Some(MqttError::Refused(_)) => "refused",
            _ if was_accepted => "accepted",
            _ => "failed",
        },
        reason: match problem {
            Some(MqttError::Refused(reason)) => {
                Some(Reason { code: reason.code, name: reason.name, text: reason.text.as_deref() })
            }
            _ => None,
        },
        error: problem.map(MqttError::code),
        message: problem.map(ToString::to_string),
        steps: findings.iter().map(step).collect(),
    }
}

fn step(finding: &Finding) -> Step<'_> {
    Step {
        id: finding.id.code(),
        name: finding.id.name(),
        status: word(finding.status),
        milliseconds: finding.took.map(|took| (took.as_secs_f64() * 1e6).round() / 1e3),
        detail: &finding.detail,
        facts: facts(&finding.facts),
        certificates: finding.chain.iter().map(shown).collect(),
        error: finding.problem.as_ref().map(MqttError::code),
        likely_cause: finding.likely_cause.as_deref(),
        fix: finding.fix.as_deref(),
    }
}

fn facts(facts: &[(String, String)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in facts {
        match map.get_mut(name) {
            None => {
                map.insert(name.clone(), value.as_str().into());
            }
            Some(Value::Array(list)) => list.push(value.as_str().into()),
            Some(first) => *first = Value::Array(vec![first.take(), value.as_str().into()]),
        }
    }
    map
}

fn shown(certificate: &Certificate) -> Shown<'_> {
    Shown {
        subject: &certificate.subject,
        issuer: &certificate.issuer,
        names: &certificate.names,
        not_before: to_text(certificate.not_before),
        not_after: to_text(certificate.not_after),
        sha256: fingerprint(&certificate.sha256),
        serial: &certificate.serial,
        algorithm: &certificate.algorithm,
        is_authority: certificate.is_authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_more_than_once_is_a_list() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let map = facts(&[pair("a", "1"), pair("b", "2"), pair("a", "3"), pair("a", "4")]);
        assert_eq!(Value::Object(map), serde_json::json!({ "a": ["1", "3", "4"], "b": "2" }));
    }
}
