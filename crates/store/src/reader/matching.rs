//! Whether a message is what a query asks for, beyond its connection, its scope and its time.
//!
//! Promises: what is said of a message of which only a part is known holds for the whole of it. The
//! name of the topic is the last to be known, since only the table of topics has it.

use bytes::Bytes;
use memchr::memmem::Finder;
use wiretree_model::{Message, TopicFilter};
use wiretree_query::{Candidate, Expression, Head, Times};

use crate::block::Damage;
use crate::query::Query;
use crate::record::{Marks, Stored};

/// What the message must be like.
pub(super) struct Matcher<'a> {
    contains: Option<Finder<'a>>,
    /// Of all texts that must be there, the longest.
    required: Option<Finder<'a>>,
    expression: Option<&'a Expression>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(query: &'a Query) -> Self {
        let contains = query.contains.as_deref().filter(|text| !text.is_empty());
        let expression = query.matching.as_deref().filter(|wanted| !wanted.is_everything());
        let texts = [contains, expression.and_then(Expression::required_text)];
        Self {
            contains: contains.map(Finder::new),
            required: texts.into_iter().flatten().max_by_key(|text| text.len()).map(Finder::new),
            expression,
        }
    }

    /// A text that every payload that matches has in it.
    pub(super) fn required_text(&self) -> Option<&Finder<'a>> {
        self.required.as_ref()
    }

    /// Whether the name of the topic can change the answer.
    pub(super) fn needs_topic(&self) -> bool {
        self.expression.is_some_and(Expression::needs_topic)
    }

    /// Whether flags, size or time rule the message out.
    pub(super) fn is_ruled_out(&self, head: &Head<'_>) -> bool {
        self.expression.is_some_and(|it| it.decide_without_payload(head) == Some(false))
    }

    /// The message, if it is wanted or only the name of its topic can tell; `keep` copies the payload.
    pub(super) fn screen(
        &self,
        numbers: (i64, i64),
        marks: Marks,
        (properties, payload): (&[u8], &[u8]),
        keep: impl FnOnce() -> Bytes,
    ) -> Result<Option<Stored>, Damage> {
        let decided = self.decide(&Candidate { head: marks.head(payload.len() as u64)?, payload });
        if decided == Some(false) {
            return Ok(None);
        }
        let stored = Stored::new(numbers, marks, properties, keep())?;
        let mut candidate = Candidate::from(&stored.message);
        candidate.head.topic = None;
        let is_out = decided.is_none() && self.decide(&candidate) == Some(false);
        Ok((!is_out).then_some(stored))
    }

    /// The last word on what came through [`Self::screen`], with the name of the topic in it.
    pub(super) fn is_wanted(&self, message: &Message) -> bool {
        !self.needs_topic() || self.decide(&Candidate::from(message)) == Some(true)
    }

    fn decide(&self, candidate: &Candidate<'_>) -> Option<bool> {
        let is_missing = |text: &Finder<'_>| text.find(candidate.payload).is_none();
        if [&self.required, &self.contains].into_iter().flatten().any(is_missing) {
            return Some(false);
        }
        self.expression.map_or(Some(true), |it| it.decide(candidate))
    }
}

/// Filters that each match the topic of every message that is wanted.
pub(super) fn topic_filters(query: &Query) -> Vec<TopicFilter> {
    let filters = query.matching.iter().flat_map(|it| it.topic_filters());
    filters.cloned().collect()
}

/// The earliest and the latest time that is wanted, in microseconds, both included.
pub(super) fn times(query: &Query) -> (i64, i64) {
    let inner = query.matching.as_deref().map(Expression::times).unwrap_or_default();
    let (one, two) = (ends(Times { from: query.from, to: query.to }), ends(inner));
    (one.0.max(two.0), one.1.min(two.1))
}

fn ends(times: Times) -> (i64, i64) {
    let from = times.from.map_or(i64::MIN, |from| from.0);
    match times.to.map(|to| to.0.checked_sub(1)) {
        None => (from, i64::MAX),
        Some(Some(last)) => (from, last),
        // Before the beginning of time there is nothing.
        Some(None) => (i64::MAX, i64::MIN),
    }
}
