//! From text to an expression, by recursive descent.
//!
//! Promises: the text is looked at once from left to right; nesting is bounded, and so is the number
//! of regular expressions; an error points at the first spot that does not fit.

mod cursor;
mod moment;
mod path;
mod property;
mod value;

use std::ops::Range;

use wiretree_model::{Timestamp, TopicFilter};

use crate::ast::{Node, Test};
use crate::fields::{ENTRIES, Entry, Field, USER, find};
use crate::pattern::{Case, Needle, Pattern};
use crate::{Expression, QueryError};

pub(crate) use cursor::{Cursor, Word, is_path_start};

/// Bytes of a query.
pub(crate) const LONGEST: usize = 4_096;
/// Parentheses and negations inside each other.
const DEEPEST: usize = 32;
/// Regular expressions, and texts in any case, in one query.
const PATTERNS: usize = 16;

/// What could stand where a test is missing.
const TEST: &str =
    "text, /regex/, a field such as topic: or qos:, or a JSON path such as $.values.rpm";

/// What the language needs to know of time: it reads no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Now, for moments such as `-15m`.
    pub now: Timestamp,
    /// How far the local time is ahead of UTC, for moments without a zone.
    pub utc_offset_minutes: i32,
}

/// Reads a query. A text of nothing but spaces asks for every message.
///
/// # Errors
/// The first spot that is no query, what is wrong there, and what could stand there.
pub fn parse(text: &str, clock: &Clock) -> Result<Expression, QueryError> {
    if text.len() > LONGEST {
        let sentence = format!("A query has at most {LONGEST} bytes, this one has {}.", text.len());
        return Err(QueryError::new(0..text.len(), sentence, ""));
    }
    let mut parser = Parser { cursor: Cursor::new(text), clock: *clock, depth: 0, patterns: 0 };
    parser.cursor.skip_spaces();
    if parser.cursor.is_at_end() {
        return Ok(Expression { root: Node::All(Vec::new()) });
    }
    let root = parser.any_of()?;
    // Whatever is no end of an expression is a parenthesis that was never opened.
    if !parser.cursor.is_at_end() {
        let at = parser.cursor.at();
        return Err(QueryError::new(at..at + 1, "This parenthesis closes nothing.", ""));
    }
    Ok(Expression { root })
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    clock: Clock,
    depth: usize,
    patterns: usize,
}

impl Parser<'_> {
    fn any_of(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.all_of()?];
        while self.cursor.take_keyword("or") {
            nodes.push(self.all_of()?);
        }
        Ok(single(nodes, Node::Any))
    }

    fn all_of(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.item()?];
        loop {
            self.cursor.skip_spaces();
            let ends = self.cursor.is_at_end() || self.cursor.peek() == Some(')');
            if ends || self.cursor.is_keyword("or") {
                return Ok(single(nodes, Node::All));
            }
            self.cursor.take_keyword("and");
            nodes.push(self.item()?);
        }
    }

    fn item(&mut self) -> Result<Node, QueryError> {
        self.cursor.skip_spaces();
        let start = self.cursor.at();
        if self.cursor.take_keyword("not") || self.cursor.take('-') {
            return self.nested(start, |parser| Ok(Node::Not(Box::new(parser.item()?))));
        }
        if self.cursor.take('(') {
            return self.nested(start, |parser| parser.group(start));
        }
        let test = self.test()?;
        self.cursor.expect_boundary()?;
        Ok(Node::Test(test))
    }

    fn group(&mut self, start: usize) -> Result<Node, QueryError> {
        let inner = self.any_of()?;
        if !self.cursor.take(')') {
            let sentence = "This parenthesis is never closed.";
            return Err(QueryError::new(start..start + 1, sentence, "a closing parenthesis"));
        }
        self.cursor.expect_boundary()?;
        Ok(inner)
    }

    fn nested(
        &mut self,
        start: usize,
        inner: impl FnOnce(&mut Self) -> Result<Node, QueryError>,
    ) -> Result<Node, QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let sentence = format!("Parentheses and negations can be nested {DEEPEST} deep.");
            return Err(QueryError::new(start..self.cursor.at(), sentence, ""));
        }
        let node = inner(self);
        self.depth -= 1;
        node
    }

    fn test(&mut self) -> Result<Test, QueryError> {
        if self.cursor.peek() == Some('"') {
            return Ok(Test::Contains(Needle::exact(self.needle()?)));
        }
        if self.cursor.starts_with("i\"") {
            return self.any_case();
        }
        if self.cursor.peek() == Some('/') {
            return Ok(Test::Like(self.pattern()?));
        }
        if self.cursor.starts_with("exists(") {
            return self.exists();
        }
        if is_path_start(self.cursor.rest()) {
            return self.json();
        }
        if self.cursor.starts_with(USER) && self.cursor.is_user_property() {
            return self.user_property();
        }
        let word = self.cursor.peek_word();
        match word.field_name() {
            Some(name) => match find(name) {
                Some(entry) => self.field(entry),
                None => Err(unknown_field(self.cursor.at(), name)),
            },
            None => self.word(word),
        }
    }

    /// A bare word, which is text to look for.
    fn word(&mut self, word: Word<'_>) -> Result<Test, QueryError> {
        let span = self.cursor.span_of(word.text);
        if word.text.is_empty() || ["and", "or"].iter().any(|one| self.cursor.is_keyword(one)) {
            let sentence = if word.text.is_empty() {
                "Something to look for is missing here.".to_owned()
            } else {
                format!("Something to look for is missing before “{}”.", word.text)
            };
            return Err(QueryError::new(span, sentence, TEST));
        }
        if let Some(at) = word.text.find('(') {
            let at = span.start + at;
            let sentence = "A parenthesis inside a word: text with parentheses stands in quotes.";
            let expected = format!("a space before it, or \"{}…\"", word.text);
            return Err(QueryError::new(at..at + 1, sentence, expected));
        }
        self.cursor.skip(word.text.len());
        Ok(Test::Contains(Needle::exact(word.text.to_owned())))
    }

    /// Text in quotes that is there.
    fn needle(&mut self) -> Result<String, QueryError> {
        let start = self.cursor.at();
        let text = self.cursor.quoted()?;
        if text.is_empty() {
            let sentence = "Every payload contains the empty text.";
            return Err(QueryError::new(start..self.cursor.at(), sentence, "text between quotes"));
        }
        Ok(text)
    }

    fn any_case(&mut self) -> Result<Test, QueryError> {
        let start = self.cursor.at();
        self.cursor.skip(1);
        let text = self.needle()?;
        self.count_pattern(start)?;
        let needle = Needle::any_case(text).ok_or_else(|| {
            let sentence = "This text is too long to be looked for in any case.";
            QueryError::new(start..self.cursor.at(), sentence, "a shorter text")
        })?;
        Ok(Test::Contains(needle))
    }

    /// `/…/` or `/…/i`.
    fn pattern(&mut self) -> Result<Pattern, QueryError> {
        let start = self.cursor.at();
        let source = self.cursor.between_slashes()?.to_owned();
        let case = if self.cursor.take('i') { Case::Ignored } else { Case::Matters };
        if !self.cursor.is_at_boundary() {
            let span = self.cursor.at()..self.cursor.at() + self.cursor.peek_word().text.len();
            let sentence = "Behind the second slash of a regular expression only i can stand. Text \
                            that begins with a slash stands in quotes.";
            return Err(QueryError::new(span, sentence, "i or a space"));
        }
        self.count_pattern(start)?;
        Pattern::new(source, case).map_err(|reason| {
            let sentence = format!("This regular expression is not valid: {reason}.");
            QueryError::new(start..self.cursor.at(), sentence, "")
        })
    }

    fn count_pattern(&mut self, start: usize) -> Result<(), QueryError> {
        self.patterns += 1;
        if self.patterns <= PATTERNS {
            return Ok(());
        }
        let sentence = format!(
            "A query can have {PATTERNS} regular expressions and texts in any case, not more."
        );
        Err(QueryError::new(start..self.cursor.at(), sentence, ""))
    }

    fn field(&mut self, entry: &'static Entry) -> Result<Test, QueryError> {
        self.cursor.skip(entry.name.len() + 1);
        Ok(match entry.field {
            Field::Topic => {
                let (text, span) = self.text_value(entry.expected)?;
                let filter = TopicFilter::parse(&text).map_err(|error| {
                    QueryError::new(span, format!("No topic filter: {error}."), entry.expected)
                })?;
                Test::Topic(filter)
            }
            Field::Retain => Test::Retain(self.choice(entry, &[("yes", true), ("no", false)])?),
            Field::Dup => Test::Dup(self.choice(entry, &[("yes", true), ("no", false)])?),
            Field::Direction => Test::Direction(self.choice(entry, &value::DIRECTIONS)?),
            Field::Qos => Test::Qos(self.bounds(entry, value::qos)?),
            Field::Size => Test::Size(self.bounds(entry, value::bytes)?),
            Field::From => Test::From(self.moment(entry)?),
            Field::To => Test::To(self.moment(entry)?),
            _ => return self.property(entry),
        })
    }

    /// What stands behind a colon, with its place: quoted, or up to a space or a parenthesis.
    fn text_value(&mut self, expected: &str) -> Result<(String, Range<usize>), QueryError> {
        let start = self.cursor.at();
        let text = match self.cursor.peek() {
            Some('"') => self.cursor.quoted()?,
            _ => self.cursor.take_value().to_owned(),
        };
        let span = start..self.cursor.at();
        if text.is_empty() {
            return Err(QueryError::new(span, "The value behind the colon is missing.", expected));
        }
        Ok((text, span))
    }
}

/// A list of one is that one.
fn single(mut nodes: Vec<Node>, join: impl FnOnce(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            join(nodes)
        }
        None => join(nodes),
    }
}

fn unknown_field(at: usize, name: &str) -> QueryError {
    let sentence = format!(
        "There is no field {name}. Text with a colon stands in quotes, as in \"{name}:…\"."
    );
    let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
    let expected = format!("one of {}, user.KEY", names.join(", "));
    QueryError::new(at..at + name.len(), sentence, expected)
}
