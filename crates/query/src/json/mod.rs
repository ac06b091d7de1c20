//! JSON (RFC 8259) in payloads, read only as far as a question needs.
//!
//! Promises: no copy of the document, no recursion by its depth, no float. What is passed over isn't
//! checked: a document that breaks off, or has a NaN somewhere, still answers for what stands before
//! and beside it. As for the eye, a byte order mark before and NULs behind it are no part of it.

mod number;
mod paths;
mod scan;
mod text;

use std::cmp::Ordering;

pub(crate) use number::Number;
pub use paths::paths;
use scan::{Scanner, Value};

use crate::ast::{JsonTest, Literal, Operator, Path};

/// Whether a value at the path answers the question with yes.
pub(crate) fn holds(payload: &[u8], path: &Path, test: &JsonTest) -> bool {
    Scanner::new(payload).find(&path.0, &mut |value| answers(value, test))
}

fn answers(value: Value<'_>, test: &JsonTest) -> bool {
    match test {
        JsonTest::Exists => true,
        JsonTest::Like(pattern) => match value {
            Value::Text(raw) => pattern.matches(&text::unescaped(raw)),
            Value::Number(digits) => pattern.matches(digits),
            _ => false,
        },
        JsonTest::Compare(operator, literal) => compares(value, *operator, literal),
    }
}

fn compares(value: Value<'_>, operator: Operator, literal: &Literal) -> bool {
    let order = match (value, literal) {
        (Value::Number(digits), Literal::Number(number)) => number.compared_with(digits),
        (Value::Text(raw), Literal::Text(wanted)) => {
            Some(text::unescaped(raw).as_ref().cmp(wanted.as_bytes()))
        }
        (Value::Bool(value), Literal::Bool(wanted)) => Some(value.cmp(wanted)),
        (Value::Null, Literal::Null) => Some(Ordering::Equal),
        // Of another kind: different, and neither larger nor smaller.
        _ => None,
    };
    match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
    }
}
