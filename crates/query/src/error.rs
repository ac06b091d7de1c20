//! Why a text is no query: where, what is wrong there, and what was expected.

use std::ops::Range;

/// What is wrong with a query, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct QueryError {
    /// The bytes of the text that are wrong; empty where something is missing.
    pub span: Range<usize>,
    /// What is wrong, as a sentence with an end.
    pub sentence: String,
    /// What could stand there; empty where the sentence says it all.
    pub expected: String,
}

impl QueryError {
    pub(crate) fn new(
        span: Range<usize>,
        sentence: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self { span, sentence: sentence.into(), expected: expected.into() }
    }

    /// The code of all of them, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "query-invalid"
    }

    /// Two lines for a terminal: the query, and carets below what is wrong.
    #[must_use]
    pub fn pointed(&self, text: &str) -> String {
        // A control character would move what stands behind it.
        let visible = |part: &str| -> String {
            part.chars().map(|each| if each.is_control() { ' ' } else { each }).collect()
        };
        let before = text.get(..self.span.start).unwrap_or(text).chars().count();
        let marked = text.get(self.span.clone()).unwrap_or_default().chars().count();
        format!("{}\n{}{}", visible(text), " ".repeat(before), "^".repeat(marked.max(1)))
    }
}
