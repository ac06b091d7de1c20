//! Whether the content of a message is what a query asks for.

use memchr::memmem::Finder;

use crate::query::Query;

/// What the content must be like.
pub(super) struct Matcher<'a> {
    contains: Option<Finder<'a>>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(query: &'a Query) -> Self {
        let contains = query.contains.as_deref().filter(|text| !text.is_empty());
        Self { contains: contains.map(Finder::new) }
    }

    /// A text that every payload that matches has in it.
    pub(super) fn required_text(&self) -> Option<&Finder<'a>> {
        self.contains.as_ref()
    }

    pub(super) fn is_match(&self, payload: &[u8]) -> bool {
        self.contains.as_ref().is_none_or(|text| text.find(payload).is_some())
    }
}
