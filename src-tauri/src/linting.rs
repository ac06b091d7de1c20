//! Advice on topics and filters for the page, with what the broker of a connection has ruled out.

use wiretree_model::lint::{Finding, lint_filter, lint_publish};
use wiretree_model::{QoS, Topic, TopicFilter, explain};
use wiretree_session::{ServerLimits, SessionError, State};

use crate::state::Open;
use crate::wire::{AppError, FilterTest, LintFinding, LintLevel};

/// What to say about a message before it is published, the gravest first.
///
/// # Errors
/// The connection has been closed, or the QoS is none.
pub(crate) async fn publish(
    open: Option<Open>,
    topic: &str,
    qos: u8,
    retain: bool,
    empty_payload: bool,
) -> Result<Vec<LintFinding>, AppError> {
    let qos = QoS::from_bits(qos).ok_or_else(AppError::bad_qos)?;
    let mut findings = Vec::new();
    if let Some(open) = open
        && let State::Connected { limits, .. } = open.session.summary().await?.state
    {
        findings.extend(ruled_out(&limits, qos, retain));
    }
    let advice = lint_publish(topic, qos, retain, empty_payload);
    findings.extend(advice.iter().map(LintFinding::from_model));
    Ok(findings)
}

/// What the broker's CONNACK forbids (MQTT 5 §3.2.2.3.4 and §3.2.2.3.5).
fn ruled_out(limits: &ServerLimits, qos: QoS, retain: bool) -> Vec<LintFinding> {
    let mut findings = Vec::new();
    let mut refuse = |rule: &str, message: String| {
        let (rule, level) = (rule.to_owned(), LintLevel::Error);
        findings.push(LintFinding { rule, level, message });
    };
    if let Some(most) = limits.maximum_qos.filter(|most| qos > *most) {
        refuse("qos-not-supported", format!("The broker takes at most QoS {}.", most.bits()));
    }
    if retain && limits.retain_available == Some(false) {
        refuse("retain-not-supported", "The broker does not keep retained messages.".to_owned());
    }
    findings
}

/// What to say about subscribing to a filter beside others, the gravest first.
pub(crate) fn filter(filter: &str, others: &[String]) -> Vec<LintFinding> {
    let others: Vec<_> = others.iter().map(String::as_str).collect();
    let findings: Vec<Finding> = lint_filter(filter, &others);
    findings.iter().map(LintFinding::from_model).collect()
}

/// Whether a filter matches a topic, and why.
///
/// # Errors
/// `filter-invalid` or `topic-invalid`.
pub(crate) fn test(filter: &str, topic: &str) -> Result<FilterTest, AppError> {
    let filter = TopicFilter::parse(filter).map_err(SessionError::from)?;
    let refused = |error: wiretree_model::TopicError| {
        AppError::new("topic-invalid", format!("The topic cannot be tried: {error}"))
    };
    let topic = Topic::to_publish(topic).map_err(refused)?;
    Ok(FilterTest::from_model(explain(&filter, &topic)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_broker_has_ruled_out_is_an_error() {
        let rules = |limits: &ServerLimits, qos, retain| {
            let found = ruled_out(limits, qos, retain);
            found.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        let strict = ServerLimits {
            maximum_qos: Some(QoS::AtLeastOnce),
            retain_available: Some(false),
            ..ServerLimits::default()
        };
        assert!(rules(&ServerLimits::default(), QoS::ExactlyOnce, true).is_empty());
        assert!(rules(&strict, QoS::AtLeastOnce, false).is_empty());
        let all = ["qos-not-supported", "retain-not-supported"];
        assert_eq!(rules(&strict, QoS::ExactlyOnce, true), all);
    }

    #[test]
    fn a_filter_is_tried_on_a_topic() {
        let found = test("a/+/c", "a/b/d").unwrap();
        assert!(!found.matches && !found.why.is_empty());
        assert_eq!((found.filter_level, found.topic_level), (Some(2), Some(2)));
        assert!(test("a/#", "a").unwrap().matches);
        assert_eq!(test("a#", "a").unwrap_err().code, "filter-invalid");
        assert_eq!(test("a/#", "a/#").unwrap_err().code, "topic-invalid");
    }

    #[test]
    fn advice_is_passed_on_as_it_is() {
        let others = ["a/#".to_owned()];
        let found = filter("a/b", &others);
        assert!(found.iter().any(|finding| finding.rule == "overlap"));
        let found = tauri::async_runtime::block_on(publish(None, "a/+", 0, false, false)).unwrap();
        assert_eq!(found.first().map(|finding| finding.level), Some(LintLevel::Error));
        let found = tauri::async_runtime::block_on(publish(None, "a", 3, false, false));
        assert_eq!(found.unwrap_err().code, "qos-invalid");
    }
}
