//! What could be typed next: names and values of fields, words between tests, and the paths and
//! topics that the caller knows.
//!
//! Promises: any text and any cursor have an answer; what is proposed fits the spot, although the
//! query as a whole may still be wrong. Absent: knowledge of what was recorded, which comes in.

mod token;

use std::ops::Range;

use crate::display::Value;
use crate::fields::{ENTRIES, Field, USER, find};
use token::{Kind, Token, token_at};

/// Proposals at most.
const MOST: usize = 40;
const OPERATORS: [(&str, &str); 7] = [
    ("=", "equal"),
    ("!=", "there and different"),
    ("<", "smaller"),
    ("<=", "smaller or equal"),
    (">", "larger"),
    (">=", "larger or equal"),
    ("~", "matches a /regex/"),
];

/// What the caller knows of the messages that will be asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Topics, or filters, that exist.
    pub topics: &'a [String],
    /// Paths of JSON payloads; see [`crate::paths`].
    pub paths: &'a [String],
    /// Keys of user properties.
    pub user_keys: &'a [String],
}

/// What could stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the text that a proposal takes the place of.
    pub replace: Range<usize>,
    /// The proposals, best first.
    pub items: Vec<CompletionItem>,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletionItem {
    /// What goes into the text.
    pub insert: String,
    /// What is shown.
    pub label: String,
    /// What it means, in a few words.
    pub detail: String,
}

/// Proposals for the spot before `cursor`, a place in bytes.
#[must_use]
pub fn complete(text: &str, cursor: usize, known: &Known<'_>) -> Completion {
    let Token { kind, span, before } = token_at(text, cursor);
    let typed = text.get(span.start..cursor.min(span.end)).unwrap_or_default();
    let mut found = Found { span: span.clone(), items: Vec::new() };
    match (kind, before) {
        (Kind::Literal, _) => {}
        (_, Some(Kind::Like)) => found.offer("/", "/regex/", "a regular expression", typed),
        (Kind::Word, Some(Kind::Operator)) => found.json_values(typed),
        (Kind::Operator | Kind::Like, _) => found.operators(typed),
        (Kind::Path, _) | (Kind::Word, Some(Kind::Exists)) => found.paths(typed, known),
        (Kind::Word | Kind::Exists, before) => match typed.split_once(':') {
            Some((name, value)) => found.field_values(name, value, known),
            None => {
                if before == Some(Kind::Path) && typed.is_empty() {
                    found.operators(typed);
                }
                found.words(typed, before, known);
            }
        },
    }
    found.items.truncate(MOST);
    Completion { replace: found.span, items: found.items }
}

struct Found {
    span: Range<usize>,
    items: Vec<CompletionItem>,
}

impl Found {
    /// Offers what begins like what was typed, and is more than that.
    fn offer(&mut self, insert: &str, label: &str, detail: &str, typed: &str) {
        let begins = insert.get(..typed.len()).is_some_and(|it| it.eq_ignore_ascii_case(typed));
        if begins && insert != typed && self.items.len() < MOST {
            let (insert, label) = (insert.to_owned(), label.to_owned());
            self.items.push(CompletionItem { insert, label, detail: detail.to_owned() });
        }
    }

    fn operators(&mut self, typed: &str) {
        OPERATORS.iter().for_each(|(symbol, detail)| self.offer(symbol, symbol, detail, typed));
    }

    fn json_values(&mut self, typed: &str) {
        for word in ["true", "false", "null"] {
            self.offer(word, word, "", typed);
        }
        self.offer("\"", "\"text\"", "text in quotes", typed);
    }

    fn paths(&mut self, typed: &str, known: &Known<'_>) {
        known.paths.iter().for_each(|path| self.offer(path, path, "JSON field", typed));
    }

    /// Only what stands behind the colon is replaced.
    fn field_values(&mut self, name: &str, value: &str, known: &Known<'_>) {
        self.span.start += name.len() + 1;
        let Some(entry) = find(name) else { return };
        if matches!(entry.field, Field::Topic | Field::ResponseTopic) {
            for topic in known.topics {
                self.offer(&Value(topic).to_string(), topic, "topic", value);
            }
        }
        for proposal in entry.values {
            self.offer(proposal, proposal, meaning(entry.field, proposal), value);
        }
        if entry.field == Field::Has {
            for key in known.user_keys {
                let insert = format!("{USER}{}", Value(key));
                self.offer(&insert, &insert, "user property", value);
            }
        }
    }

    fn words(&mut self, typed: &str, before: Option<Kind>, known: &Known<'_>) {
        if !typed.is_empty() {
            self.last_names(typed, known);
        }
        for entry in &ENTRIES {
            let insert = format!("{}:", entry.name);
            self.offer(&insert, &insert, entry.detail, typed);
        }
        if known.user_keys.is_empty() {
            self.offer(USER, "user.KEY:", "a user property (MQTT 5)", typed);
        }
        for key in known.user_keys {
            let insert = format!("{USER}{}:", Value(key));
            self.offer(&insert, &insert, "user property (MQTT 5)", typed);
        }
        self.offer("$.", "$.path", "a field of JSON, such as $.values.rpm > 11000", typed);
        self.offer("exists(", "exists($.path)", "the field is there", typed);
        self.offer("not ", "not", "the opposite of what follows", typed);
        if before.is_some() {
            self.offer("or ", "or", "either of both", typed);
            self.offer("and ", "and", "both, as without it", typed);
        }
    }

    /// Paths of which somebody types the last name only.
    fn last_names(&mut self, typed: &str, known: &Known<'_>) {
        for path in known.paths {
            let name = path.rsplit(['.', '[']).next().unwrap_or_default();
            if self.items.len() < MOST && name.starts_with(typed) {
                let detail = "JSON field".to_owned();
                self.items.push(CompletionItem {
                    insert: path.clone(),
                    label: path.clone(),
                    detail,
                });
            }
        }
    }
}

/// What a proposed value says, where that is not plain.
fn meaning(field: Field, value: &str) -> &'static str {
    match (field, value) {
        (Field::Topic, "#") => "every topic",
        (Field::Topic, _) => "one level, whatever it is",
        (Field::Direction, "in") => "received",
        (Field::Direction, _) => "sent",
        (Field::From | Field::To, "-15m") => "a quarter of an hour ago",
        (Field::From | Field::To, "-1h") => "an hour ago",
        (Field::From | Field::To, _) => "a day ago",
        (Field::Size, "0") => "empty",
        _ => "",
    }
}
