//! Rules on names, which hold for topics and for topic filters alike.

use super::{Finding, Level};

/// More levels than this are a burden; AWS allows 8.
const MANY_LEVELS: usize = 10;
/// A topic longer than this is sent with every message.
const LONG: usize = 200;

/// A rule: its name, its level, and the sentence for a name that breaks it.
type Rule = (&'static str, Level, fn(&Name<'_>) -> Option<String>);

/// What closes connections, in any topic.
const DANGEROUS: [Rule; 2] = [
    ("control-character", Level::Warning, |name| {
        let character = name.text.chars().find(|c| *c != '\0' && c.is_control())?;
        Some(format!(
            "It has the control character U+{:04X}. Some brokers close the connection of who \
             sends one.",
            u32::from(character)
        ))
    }),
    ("noncharacter", Level::Warning, |name| {
        let character = name.text.chars().find(|c| is_noncharacter(*c))?;
        Some(format!(
            "It has U+{:04X}, which Unicode calls no character. Some brokers close the \
             connection of who sends one.",
            u32::from(character)
        ))
    }),
];

/// What is a matter of style, and so not for the topics of a dialect.
const STYLE: [Rule; 9] = [
    ("leading-slash", Level::Warning, |name| {
        name.text.starts_with('/').then(|| {
            "It begins with a slash, so its first level is empty; /a and a are different topics."
                .to_owned()
        })
    }),
    ("empty-level", Level::Warning, |name| {
        let empty = name.levels.iter().skip(1).any(|level| level.is_empty());
        empty.then(|| {
            "It has an empty level, from a double slash or a slash at the end; a and a/ are \
             different topics."
                .to_owned()
        })
    }),
    ("space", Level::Warning, |name| {
        name.text.chars().any(|c| c.is_whitespace() && !c.is_control()).then(|| {
            "It has a space, which is easily overlooked and has to be quoted everywhere.".to_owned()
        })
    }),
    ("upper-case", Level::Hint, |name| {
        name.text.chars().any(char::is_uppercase).then(|| {
            "It has upper-case letters; topics are compared exactly, so A and a are different."
                .to_owned()
        })
    }),
    ("not-ascii", Level::Hint, |name| {
        let odd = name.text.chars().any(|c| !c.is_ascii() && !c.is_control());
        odd.then(|| {
            "It has characters beyond ASCII, which can be written in several ways that look the \
             same."
                .to_owned()
        })
    }),
    ("many-levels", Level::Hint, |name| {
        let count = name.levels.len();
        (count > MANY_LEVELS)
            .then(|| format!("It has {count} levels; some brokers allow no more than 8."))
    }),
    ("long", Level::Hint, |name| {
        let length = name.text.len();
        (length > LONG).then(|| {
            format!("It has {length} bytes, which are sent with every message; {LONG} are plenty.")
        })
    }),
    ("value-in-topic", Level::Hint, |name| {
        let level = name.levels.iter().find(|level| is_decimal(level))?;
        Some(format!(
            "The level {level} looks like a value. Values belong into the payload; each new one \
             would make a new topic."
        ))
    }),
    ("time-in-topic", Level::Hint, |name| {
        let level = name.levels.iter().find(|level| is_time(level))?;
        Some(format!(
            "The level {level} looks like a time. Times belong into the payload; each new one \
             would make a new topic."
        ))
    }),
];

/// What the rules look at.
pub(super) struct Name<'a> {
    /// The topic, or what a filter matches: without `$share` and its group.
    pub(super) text: &'a str,
    pub(super) levels: Vec<&'a str>,
}

impl<'a> Name<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, levels: text.split('/').collect() }
    }

    /// What the rules for every name have to say.
    pub(super) fn dangers(&self) -> impl Iterator<Item = Finding> {
        self.broken(&DANGEROUS)
    }

    /// What the rules of style have to say.
    pub(super) fn style(&self) -> impl Iterator<Item = Finding> {
        self.broken(&STYLE)
    }

    fn broken(&self, rules: &'static [Rule]) -> impl Iterator<Item = Finding> {
        rules
            .iter()
            .filter_map(move |(rule, level, look)| Some(Finding::new(rule, *level, look(self)?)))
    }
}

/// U+FDD0 to U+FDEF, and the last two of each plane (Unicode §23.7).
fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE
}

/// `21.5`, but not `21`, which may be an identifier, and not `1.2.3`.
fn is_decimal(level: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = level.strip_prefix('-').unwrap_or(level);
    unsigned.split_once('.').is_some_and(|(whole, rest)| digits(whole) && digits(rest))
}

/// Seconds or milliseconds since 1970 (2001 to 2286), or a date as ISO 8601 writes it.
fn is_time(level: &str) -> bool {
    let bytes = level.as_bytes();
    let since_1970 = matches!(bytes.len(), 10 | 13)
        && bytes.first() != Some(&b'0')
        && bytes.iter().all(u8::is_ascii_digit);
    let date = |(at, byte): (usize, &u8)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    since_1970 || (bytes.len() >= 10 && bytes.iter().take(10).enumerate().all(date))
}
