//! The way through a document: only what a path leads to is looked at, the rest is jumped over.

use super::number::is_number;
use super::text;
use crate::ast::Step;

/// A value that a path leads to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Object,
    Array,
    /// What stands between the quotes, escapes and all.
    Text(&'a [u8]),
    /// A number as it is written; see [`super::Number`].
    Number(&'a [u8]),
    Bool(bool),
    Null,
}

/// Where a document is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Here the document ends, or is none.
struct Broken;

type Scanned<T> = Result<T, Broken>;

impl<'a> Scanner<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Self {
        Self { bytes: payload.strip_prefix(b"\xef\xbb\xbf").unwrap_or(payload), at: 0 }
    }

    /// Whether the question is answered with yes for a value that the steps lead to.
    pub(super) fn find(
        mut self,
        steps: &[Step],
        question: &mut impl FnMut(Value<'a>) -> bool,
    ) -> bool {
        if steps.is_empty() { self.root(question) } else { self.value(steps, question) }
            .unwrap_or(false)
    }

    /// The document itself. A plain value with something behind it is text.
    fn root(&mut self, question: &mut impl FnMut(Value<'a>) -> bool) -> Scanned<bool> {
        let Some(value) = self.read()? else { return Ok(false) };
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let is_container = matches!(value, Value::Object | Value::Array);
        let ends = is_container || rest.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0);
        Ok(ends && question(value))
    }

    /// Looks into the value that begins here. Goes as deep as the path, not as the document.
    fn value(
        &mut self,
        steps: &[Step],
        question: &mut impl FnMut(Value<'a>) -> bool,
    ) -> Scanned<bool> {
        let Some((step, rest)) = steps.split_first() else {
            let mut ahead = *self;
            return match ahead.read()? {
                Some(value) if question(value) => Ok(true),
                _ => self.skip_value().map(|()| false),
            };
        };
        match (self.next()?, step) {
            (b'{', Step::Name(_) | Step::Each) => self.members(step, rest, question),
            (b'[', Step::Index(_) | Step::Each) => self.items(step, rest, question),
            _ => self.skip_value().map(|()| false),
        }
    }

    fn members(
        &mut self,
        step: &Step,
        rest: &[Step],
        question: &mut impl FnMut(Value<'a>) -> bool,
    ) -> Scanned<bool> {
        self.at += 1;
        if self.takes(b'}')? {
            return Ok(false);
        }
        loop {
            let name = self.string()?;
            if !self.takes(b':')? {
                return Err(Broken);
            }
            let leads_on = match step {
                Step::Name(wanted) => is_name(name, wanted),
                _ => true,
            };
            if leads_on && self.value(rest, question)? {
                return Ok(true);
            } else if !leads_on {
                self.skip_value()?;
            }
            if !self.takes(b',')? {
                return if self.takes(b'}')? { Ok(false) } else { Err(Broken) };
            }
        }
    }

    fn items(
        &mut self,
        step: &Step,
        rest: &[Step],
        question: &mut impl FnMut(Value<'a>) -> bool,
    ) -> Scanned<bool> {
        self.at += 1;
        if self.takes(b']')? {
            return Ok(false);
        }
        for index in 0_u64.. {
            let leads_on = match step {
                Step::Index(wanted) => *wanted == index,
                _ => true,
            };
            if leads_on && self.value(rest, question)? {
                return Ok(true);
            } else if !leads_on {
                self.skip_value()?;
            }
            if !self.takes(b',')? {
                break;
            }
        }
        if self.takes(b']')? { Ok(false) } else { Err(Broken) }
    }

    /// The value that begins here, without what is inside it; `None`: it is none that JSON knows.
    pub(super) fn read_value(&mut self) -> Option<Value<'a>> {
        self.read().ok().flatten()
    }

    fn read(&mut self) -> Scanned<Option<Value<'a>>> {
        Ok(match self.next()? {
            b'{' => Some(Value::Object),
            b'[' => Some(Value::Array),
            b'"' => Some(Value::Text(self.string()?)),
            _ => match self.scalar() {
                b"true" => Some(Value::Bool(true)),
                b"false" => Some(Value::Bool(false)),
                b"null" => Some(Value::Null),
                number if is_number(number) => Some(Value::Number(number)),
                _ => None,
            },
        })
    }

    /// The first byte behind spaces, which stays.
    fn next(&mut self) -> Scanned<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Broken),
            }
        }
    }

    fn takes(&mut self, wanted: u8) -> Scanned<bool> {
        let is_there = self.next()? == wanted;
        self.at += usize::from(is_there);
        Ok(is_there)
    }

    /// What stands between the quotes that begin here.
    fn string(&mut self) -> Scanned<&'a [u8]> {
        if !self.takes(b'"')? {
            return Err(Broken);
        }
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..).ok_or(Broken)?;
            self.at += memchr::memchr2(b'"', b'\\', rest).ok_or(Broken)?;
            if self.bytes.get(self.at) == Some(&b'"') {
                let text = self.bytes.get(start..self.at).ok_or(Broken)?;
                self.at += 1;
                return Ok(text);
            }
            self.at += 2;
        }
    }

    /// Up to what cannot be part of a word or a number.
    fn scalar(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b':' | 0..=b' ');
        let end = rest.iter().position(ends).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Jumps over the value that begins here, by counting what opens and closes.
    fn skip_value(&mut self) -> Scanned<()> {
        let mut open = 0_usize;
        loop {
            match self.next()? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' if open == 0 => return Err(Broken),
                b'}' | b']' => {
                    open -= 1;
                    self.at += 1;
                }
                b',' | b':' if open == 0 => return Err(Broken),
                b',' | b':' => self.at += 1,
                _ if self.scalar().is_empty() => return Err(Broken),
                _ => {}
            }
            if open == 0 {
                return Ok(());
            }
        }
    }
}

/// Whether a name as written is the one wanted.
fn is_name(raw: &[u8], wanted: &str) -> bool {
    if raw == wanted.as_bytes() {
        return memchr::memchr(b'\\', raw).is_none();
    }
    raw.len() > wanted.len() && text::unescaped(raw).as_ref() == wanted.as_bytes()
}

/// Steps through a document one value at a time, for [`super::paths`].
impl<'a> Scanner<'a> {
    /// Goes into the object or array that begins here; whether there is anything in it.
    pub(super) fn enter(&mut self) -> Option<bool> {
        let close = if self.next().ok()? == b'{' { b'}' } else { b']' };
        self.at += 1;
        self.takes(close).ok().map(|is_empty| !is_empty)
    }

    /// The name before the value, in an object.
    pub(super) fn name(&mut self) -> Option<&'a [u8]> {
        let name = self.string().ok()?;
        self.takes(b':').ok()?.then_some(name)
    }

    /// Jumps over the value that begins here.
    pub(super) fn pass(&mut self) -> Option<()> {
        self.skip_value().ok()
    }

    /// Whether another value follows the one that was read; else leaves the object or array.
    pub(super) fn follows(&mut self) -> Option<bool> {
        if self.takes(b',').ok()? {
            return Some(true);
        }
        let closes = matches!(self.next().ok()?, b'}' | b']');
        self.at += usize::from(closes);
        closes.then_some(false)
    }
}
