//! Queries as they are typed: what is wrong with them, and what could come next.
//!
//! Places in the text are those of the page, which counts UTF-16.

use serde::Serialize;
use specta::Type;
use wiretree_session::query;

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryProblem {
    /// Where it begins.
    pub start: u32,
    /// Where it ends; the same where something is missing.
    pub end: u32,
    /// What is wrong, as a sentence.
    pub sentence: String,
    /// What could stand there; empty where the sentence says it all.
    pub expected: String,
}

/// What could stand at the cursor.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryCompletion {
    /// Where the text begins that a proposal takes the place of.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// The proposals, best first.
    pub items: Vec<QueryProposal>,
}

/// A proposal.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryProposal {
    /// What goes into the text.
    pub insert: String,
    /// What is shown.
    pub label: String,
    /// What it means.
    pub detail: String,
}

impl QueryProblem {
    /// A problem of this text.
    pub(crate) fn new(text: &str, error: query::QueryError) -> Self {
        Self {
            start: to_utf16(text, error.span.start),
            end: to_utf16(text, error.span.end),
            sentence: error.sentence,
            expected: error.expected,
        }
    }
}

impl QueryCompletion {
    /// Proposals for this text.
    pub(crate) fn new(text: &str, completion: query::Completion) -> Self {
        let proposal = |item: query::CompletionItem| QueryProposal {
            insert: item.insert,
            label: item.label,
            detail: item.detail,
        };
        Self {
            start: to_utf16(text, completion.replace.start),
            end: to_utf16(text, completion.replace.end),
            items: completion.items.into_iter().map(proposal).collect(),
        }
    }
}

/// The place in UTF-16 of a place in bytes.
fn to_utf16(text: &str, bytes: usize) -> u32 {
    let before = text.get(..bytes).unwrap_or(text);
    u32::try_from(before.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The place in bytes of a place in UTF-16; inside of a character, where that begins.
pub(crate) fn from_utf16(text: &str, units: u32) -> usize {
    let mut passed = 0;
    for (at, character) in text.char_indices() {
        passed += character.len_utf16();
        if passed > units as usize {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_page() {
        let text = "ä\u{1f600}b";
        for (bytes, units) in [(0, 0), (2, 1), (6, 3), (7, 4)] {
            assert_eq!(to_utf16(text, bytes), units);
            assert_eq!(from_utf16(text, units), bytes);
        }
        assert_eq!(from_utf16(text, 2), 2, "between the halves of a pair");
        assert_eq!(from_utf16(text, 99), 7);
    }
}
