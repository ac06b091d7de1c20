//! Text and regular expressions to look for in payloads, compiled once.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

/// Bytes that a compiled regular expression may take, and as many for what it caches.
const COMPILED: usize = 1 << 20;
/// How deep its groups may be nested.
const NESTING: u32 = 64;

/// Text to look for as bytes.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    text: String,
    search: Search,
}

#[derive(Clone, Debug)]
enum Search {
    Exact(Box<Finder<'static>>),
    AnyCase(Regex),
}

/// A regular expression between slashes.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// As written between the slashes.
    source: String,
    case: Case,
    compiled: Regex,
}

/// Whether upper and lower case are different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Matters,
    /// By the simple folding of Unicode.
    Ignored,
}

impl Needle {
    pub(crate) fn exact(text: String) -> Self {
        let search = Search::Exact(Box::new(Finder::new(text.as_bytes()).into_owned()));
        Self { text, search }
    }

    /// Whatever the case; `None`: the text is too long for that.
    pub(crate) fn any_case(text: String) -> Option<Self> {
        let search = Search::AnyCase(compile(&regex::escape(&text), Case::Ignored).ok()?);
        Some(Self { text, search })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn case(&self) -> Case {
        match self.search {
            Search::Exact(_) => Case::Matters,
            Search::AnyCase(_) => Case::Ignored,
        }
    }

    pub(crate) fn is_in(&self, payload: &[u8]) -> bool {
        match &self.search {
            Search::Exact(finder) => finder.find(payload).is_some(),
            Search::AnyCase(regex) => regex.is_match(payload),
        }
    }
}

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.case() == other.case()
    }
}

impl Pattern {
    /// Compiles what stands between slashes.
    ///
    /// # Errors
    /// What the regular expression has wrong, in a line.
    pub(crate) fn new(source: String, case: Case) -> Result<Self, String> {
        let compiled = compile(&source, case)?;
        Ok(Self { source, case, compiled })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn case(&self) -> Case {
        self.case
    }

    pub(crate) fn matches(&self, bytes: &[u8]) -> bool {
        self.compiled.is_match(bytes)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.case == other.case
    }
}

fn compile(source: &str, case: Case) -> Result<Regex, String> {
    let compiled = RegexBuilder::new(source)
        .case_insensitive(case == Case::Ignored)
        .size_limit(COMPILED)
        .dfa_size_limit(COMPILED)
        .nest_limit(NESTING)
        .build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        // The last line of its picture says what is wrong.
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.trim().trim_start_matches("error: ").to_owned()
        }
    })
}
