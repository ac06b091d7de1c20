//! The values of fields that are numbers or one of a few words.

use wiretree_model::Direction;

use super::Parser;
use crate::QueryError;
use crate::ast::Bounds;
use crate::fields::Entry;

/// The words for directions.
pub(super) const DIRECTIONS: [(&str, Direction); 2] =
    [("in", Direction::Received), ("out", Direction::Sent)];

/// 0, 1 or 2.
pub(super) fn qos(text: &str) -> Option<u64> {
    number(text).filter(|qos| *qos <= 2)
}

/// Digits alone.
pub(super) fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A number of bytes, with a unit or without.
pub(super) fn bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 7] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];
    let unit = UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
    let (digits, factor) = unit.unwrap_or((text, 1));
    number(digits)?.checked_mul(factor)
}

impl Parser<'_> {
    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        entry: &Entry,
        choices: &[(&str, T)],
    ) -> Result<T, QueryError> {
        let (text, span) = self.text_value(entry.expected)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let sentence = format!("{} is {}, not “{text}”.", entry.name, entry.expected);
            QueryError::new(span, sentence, entry.expected)
        })
    }

    /// A number, a comparison with one, or a span of them.
    pub(super) fn bounds(
        &mut self,
        entry: &Entry,
        read: fn(&str) -> Option<u64>,
    ) -> Result<Bounds, QueryError> {
        let (text, span) = self.text_value(entry.expected)?;
        bounds(&text, read).ok_or_else(|| {
            let sentence = format!("“{text}” is nothing that {} can be.", entry.name);
            QueryError::new(span, sentence, entry.expected)
        })
    }
}

fn bounds(text: &str, read: fn(&str) -> Option<u64>) -> Option<Bounds> {
    if let Some((low, high)) = text.split_once("..") {
        let low = if low.is_empty() { 0 } else { read(low)? };
        let high = if high.is_empty() { u64::MAX } else { read(high)? };
        return (low <= high && text != "..").then_some(Bounds { low, high });
    }
    let (low, high) = if let Some(number) = text.strip_prefix(">=") {
        (read(number)?, u64::MAX)
    } else if let Some(number) = text.strip_prefix("<=") {
        (0, read(number)?)
    } else if let Some(number) = text.strip_prefix('>') {
        (read(number)?.checked_add(1)?, u64::MAX)
    } else if let Some(number) = text.strip_prefix('<') {
        (0, read(number)?.checked_sub(1)?)
    } else {
        let number = read(text.strip_prefix('=').unwrap_or(text))?;
        (number, number)
    };
    Some(Bounds { low, high })
}
