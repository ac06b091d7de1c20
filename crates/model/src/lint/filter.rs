//! Advice before a filter is subscribed to.

use super::name::Name;
use super::publish::sentence;
use super::{Finding, Level, dialect};
use crate::{FilterError, TopicFilter};

/// What to say about subscribing to `filter` beside `others`, the gravest first; nothing when all
/// is well. Others that are no filters, and the filter itself among them, are passed over.
#[must_use]
pub fn lint_filter(filter: &str, others: &[&str]) -> Vec<Finding> {
    let parsed = match TopicFilter::parse(filter) {
        Ok(parsed) => parsed,
        Err(error) => return vec![Finding::new(rule(&error), Level::Error, sentence(&error))],
    };
    let name = Name::new(parsed.matched());
    let mut findings: Vec<Finding> = name.dangers().collect();
    findings.extend(everything(&name));
    if !dialect::owns(&name.levels) {
        findings.extend(name.style());
    }
    findings.extend(others.iter().filter_map(|other| overlap(&parsed, other)));
    findings.sort_by_key(|finding| finding.level);
    findings
}

fn rule(error: &FilterError) -> &'static str {
    match error {
        FilterError::Empty => "empty",
        FilterError::Null => "null-character",
        FilterError::TooLong(_) => "too-long",
        FilterError::MultiLevel => "multi-level-wildcard",
        FilterError::SingleLevel => "single-level-wildcard",
        FilterError::Shared => "shared-subscription",
    }
}

fn everything(name: &Name<'_>) -> Option<Finding> {
    matches!(name.text, "#" | "+/#" | "/#").then(|| {
        Finding::new(
            "everything",
            Level::Warning,
            "It asks for everything on the broker. That may be more than the network takes, and \
             some brokers refuse it; a filter such as site/# asks for less.",
        )
    })
}

fn overlap(filter: &TopicFilter, other: &str) -> Option<Finding> {
    let parsed = TopicFilter::parse(other).ok()?;
    (parsed != *filter && parsed.overlaps(filter)).then(|| {
        Finding::new(
            "overlap",
            Level::Hint,
            format!(
                "It overlaps with {other}: what both match may come twice, and a sequence number \
                 in it will seem to repeat."
            ),
        )
    })
}
