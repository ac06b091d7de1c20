//! The elements of a JSON array, one at a time, each of bounded size, however many there are.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::ImportError;

/// The longest element, in bytes: an MQTT payload of 256 MiB fits as base64.
const LONGEST: u64 = 512 * 1024 * 1024;

/// How much may still be read before the next element has to begin.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    left: Rc<Cell<u64>>,
    /// What was allowed last.
    limit: Rc<Cell<u64>>,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Self {
        Self { left: Rc::new(Cell::new(limit)), limit: Rc::new(Cell::new(limit)) }
    }

    /// What comes next may have so many bytes.
    pub(super) fn allow(&self, limit: u64) {
        self.left.set(limit);
        self.limit.set(limit);
    }

    /// That there was too much of something, if that is why reading ended.
    pub(super) fn overrun(&self) -> Option<ImportError> {
        let limit = self.limit.get();
        (self.left.get() == 0).then_some(ImportError::TooLarge { what: "an entry", limit })
    }

    /// Why reading ended.
    pub(super) fn error(&self, error: &serde_json::Error) -> ImportError {
        self.overrun().unwrap_or_else(|| malformed(error))
    }
}

/// What is wrong with a text as a whole.
pub(super) fn malformed(error: &serde_json::Error) -> ImportError {
    if error.is_io() {
        return ImportError::Read(error.to_string());
    }
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
    ImportError::Malformed { line: error.line(), column: error.column(), reason }
}

/// A source that ends where the budget does.
pub(super) struct Bounded<R> {
    source: R,
    budget: Budget,
}

impl<R> Bounded<R> {
    pub(super) fn new(source: R, budget: Budget) -> Self {
        Self { source, budget }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.left.get();
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("an entry is too large"));
        }
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.source.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.budget.left.set(left - count as u64);
        Ok(count)
    }
}

/// Hands on each element of the array as the text it is, until told to stop.
pub(super) fn elements(
    source: impl BufRead,
    each: &mut dyn FnMut(&RawValue) -> ControlFlow<()>,
) -> Result<(), ImportError> {
    let budget = Budget::new(LONGEST);
    let mut parser = serde_json::Deserializer::from_reader(Bounded::new(source, budget.clone()));
    let mut stopped = false;
    let elements = Elements { budget: &budget, limit: LONGEST, each, stopped: &mut stopped };
    let read = elements.deserialize(&mut parser).and_then(|()| parser.end());
    match read {
        Err(error) if !stopped => Err(budget.error(&error)),
        _ => Ok(()),
    }
}

/// Reads an array and hands its elements on.
pub(super) struct Elements<'a> {
    pub(super) budget: &'a Budget,
    /// The longest element, in bytes.
    pub(super) limit: u64,
    pub(super) each: &'a mut dyn FnMut(&RawValue) -> ControlFlow<()>,
    /// Whether it ended because it was told to.
    pub(super) stopped: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.budget.allow(self.limit);
        while let Some(element) = list.next_element::<Box<RawValue>>()? {
            self.budget.allow(self.limit);
            if (self.each)(&element).is_break() {
                *self.stopped = true;
                return Err(de::Error::custom("told to stop"));
            }
        }
        Ok(())
    }
}
