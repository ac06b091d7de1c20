//! JSON laid out: a value a line, two levels apart by one step of indentation, empty containers
//! closed where they open.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::scan::{Event, Scalar, Scanner};
use super::strings::{has_lone_surrogate, push_string};
use super::trim;
use crate::Format;
use crate::document::{Document, Limits, Line, Problem, Token, TokenKind};
use crate::json::JsonError;

/// Characters of a string or a number that are shown; the rest is said to be there.
const LONGEST_SCALAR: usize = 4096;

/// How many of the problems found in strings and names are told one by one.
const MOST_PROBLEMS: usize = 20;

/// Lays a payload out, or says why it cannot be.
pub(crate) fn render(bytes: &[u8], limits: Limits) -> Result<Document, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Problem::new("json-like", at, format!("not JSON: not UTF-8 at byte {at}"))
    })?;
    let (bare, skipped) = trim(text);
    let mut layout = Layout::new(limits);
    for event in Scanner::new(bare) {
        layout.take(event.map_err(|error| not_json(error.shifted(skipped)))?)?;
    }
    let mut problems = crate::text::problems(bytes);
    problems.extend(layout.problems);
    Ok(Document { format: Format::Json, lines: layout.lines, problems })
}

fn not_json(error: JsonError) -> Problem {
    let message = format!("not JSON from byte {} on: {}", error.offset, error.reason);
    Problem::new("json-like", error.offset, message)
}

/// An open container.
struct Open<'a> {
    is_object: bool,
    /// How many values it has so far.
    values: usize,
    /// Where the path of the container ends in the path of what is inside.
    path_end: usize,
    /// The names so far, to notice duplicates.
    names: Vec<&'a str>,
}

struct Layout<'a> {
    limits: Limits,
    room: usize,
    nodes: usize,
    lines: Vec<Line>,
    problems: Vec<Problem>,
    open: Vec<Open<'a>>,
    path: String,
    /// The name that the next value belongs to, as tokens with the colon.
    name: Vec<Token>,
    /// The last event opened a container.
    just_opened: bool,
    hasher: FixedState,
}

impl<'a> Layout<'a> {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            room: limits.output,
            nodes: 0,
            lines: Vec::new(),
            problems: Vec::new(),
            open: Vec::new(),
            path: "$".to_owned(),
            name: Vec::new(),
            just_opened: false,
            hasher: FixedState::with_seed(0),
        }
    }

    fn take(&mut self, event: Event<'a>) -> Result<(), Problem> {
        match event {
            Event::Key(key) => self.key(key),
            Event::Scalar(kind, literal) => self.scalar(kind, literal)?,
            Event::Open { is_object } => self.enter(is_object)?,
            Event::Close { is_object } => self.leave(is_object)?,
        }
        self.just_opened = matches!(event, Event::Open { .. });
        Ok(())
    }

    fn key(&mut self, key: &'a str) {
        push_string(&mut self.name, TokenKind::Key, key);
        self.name.push(Token::new(TokenKind::Punctuation, ": "));
        let Some(container) = self.open.last_mut() else { return };
        container.names.push(key);
        self.path.truncate(container.path_end);
        let bare = key.get(1..key.len().saturating_sub(1)).unwrap_or_default();
        let is_plain = |character: char| character.is_alphanumeric() || character == '_';
        if !bare.is_empty() && bare.chars().all(is_plain) {
            self.path.push('.');
            self.path.push_str(bare);
        } else {
            self.path.push('[');
            self.path.push_str(key);
            self.path.push(']');
        }
    }

    fn scalar(&mut self, kind: Scalar, literal: &'a str) -> Result<(), Problem> {
        let mut tokens = self.begin_value()?;
        let shown_end = literal.char_indices().nth(LONGEST_SCALAR).map(|(end, _)| end);
        let shown = shown_end.and_then(|end| literal.get(..end)).unwrap_or(literal);
        match kind {
            Scalar::String => {
                push_string(&mut tokens, TokenKind::String, shown);
                self.notice_lone_surrogates(literal);
            }
            Scalar::Number => tokens.push(Token::new(TokenKind::Number, shown)),
            Scalar::Bool => tokens.push(Token::new(TokenKind::Bool, shown)),
            Scalar::Null => tokens.push(Token::new(TokenKind::Null, shown)),
        }
        if shown.len() < literal.len() {
            let more = format!(" … {} more bytes", literal.len() - shown.len());
            tokens.push(Token::new(TokenKind::Note, more));
        }
        let value = self.hasher.hash_one(literal);
        self.push_value(tokens, value)
    }

    fn enter(&mut self, is_object: bool) -> Result<(), Problem> {
        if self.open.len() >= self.limits.depth {
            let message = format!("nested more than {} levels deep", self.limits.depth);
            return Err(Problem::new("too-deep", None, message));
        }
        let mut tokens = self.begin_value()?;
        tokens.push(Token::new(TokenKind::Punctuation, if is_object { "{" } else { "[" }));
        self.push_value(tokens, u64::from(is_object))?;
        let path_end = self.path.len();
        self.open.push(Open { is_object, values: 0, path_end, names: Vec::new() });
        Ok(())
    }

    fn leave(&mut self, is_object: bool) -> Result<(), Problem> {
        let Some(left) = self.open.pop() else { return Ok(()) };
        self.path.truncate(left.path_end);
        self.notice_duplicates(left.names);
        let bracket = Token::new(TokenKind::Punctuation, if is_object { "}" } else { "]" });
        if self.just_opened {
            if let Some(line) = self.lines.last_mut() {
                line.tokens.push(bracket);
            }
            return Ok(());
        }
        let indent = u16::try_from(self.open.len()).unwrap_or(u16::MAX);
        self.push(Line { indent, ..Line::of(vec![bracket]) })
    }

    /// Counts a value, ends the line of the one before it, and gives the tokens it starts with.
    fn begin_value(&mut self) -> Result<Vec<Token>, Problem> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            let message = format!("more than {} values", self.limits.nodes);
            return Err(Problem::new("too-large", None, message));
        }
        let Some(container) = self.open.last_mut() else { return Ok(Vec::new()) };
        let index = container.values;
        container.values += 1;
        if !container.is_object {
            self.path.truncate(container.path_end);
            self.path.push_str(&format!("[{index}]"));
        }
        if let Some(line) = self.lines.last_mut().filter(|_| index > 0) {
            line.tokens.push(Token::new(TokenKind::Punctuation, ","));
        }
        Ok(std::mem::take(&mut self.name))
    }

    fn push_value(&mut self, tokens: Vec<Token>, value: u64) -> Result<(), Problem> {
        let indent = u16::try_from(self.open.len()).unwrap_or(u16::MAX);
        let path = Some(self.path.clone());
        self.push(Line { indent, tokens, path, value })
    }

    fn push(&mut self, line: Line) -> Result<(), Problem> {
        let Some(room) = self.room.checked_sub(line.weight()) else {
            let message = "too large to be laid out as JSON".to_owned();
            return Err(Problem::new("too-large", None, message));
        };
        self.room = room;
        self.lines.push(line);
        Ok(())
    }

    fn notice_duplicates(&mut self, mut names: Vec<&'a str>) {
        names.sort_unstable();
        let again = names.windows(2).find_map(|pair| match pair {
            [first, second] if first == second => Some(*first),
            _ => None,
        });
        if let Some(name) = again {
            let mut shown = Vec::new();
            push_string(&mut shown, TokenKind::Key, name);
            let name = Line::of(shown).text();
            self.notice("duplicate-keys", format!("{name} occurs more than once in {}", self.path));
        }
    }

    fn notice_lone_surrogates(&mut self, literal: &str) {
        if has_lone_surrogate(literal) {
            let message = format!("half of a surrogate pair in the string at {}", self.path);
            self.notice("lone-surrogate", message);
        }
    }

    fn notice(&mut self, code: &'static str, message: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem::new(code, None, message));
        }
    }
}
