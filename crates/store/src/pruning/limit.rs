//! Which messages of a topic go: those before a moment, and those up to a number.

use crate::index::Span;

/// The messages of a topic that go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// Those that were received before.
    pub(crate) before: i64,
    /// Those up to this number.
    pub(crate) up_to: i64,
}

impl Limit {
    /// None of them.
    pub(crate) const NOTHING: Self = Self { before: i64::MIN, up_to: i64::MIN };
    /// All of them.
    pub(crate) const EVERYTHING: Self = Self { before: i64::MIN, up_to: i64::MAX };

    pub(crate) fn has(self, id: i64, received_at: i64) -> bool {
        received_at < self.before || id <= self.up_to
    }

    /// Whether it may have some of a stretch of messages.
    pub(crate) fn touches(self, span: &Span) -> bool {
        span.min_at < self.before || span.first <= self.up_to
    }

    /// Whether it has all of a stretch of messages.
    pub(crate) fn covers(self, span: &Span) -> bool {
        span.max_at < self.before || span.last <= self.up_to
    }
}
