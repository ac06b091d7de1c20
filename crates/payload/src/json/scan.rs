//! The grammar of JSON (RFC 8259) as a stream of events, with the offset of the first byte that
//! does not fit. What is between the events is bytes of the text, never copies.

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// The byte that does not fit, from 0; the length of the text when it ends too soon.
    pub(crate) offset: usize,
    /// What was expected, and what is there.
    pub(crate) reason: String,
}

impl JsonError {
    pub(crate) fn shifted(self, bytes: usize) -> Self {
        Self { offset: self.offset + bytes, ..self }
    }
}

/// The kinds of values that hold no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    String,
    Number,
    Bool,
    Null,
}

/// One step through a document. Texts are as in the source, quotes included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    Open { is_object: bool },
    Close { is_object: bool },
    Key(&'a str),
    Scalar(Scalar, &'a str),
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    /// After `[`.
    ValueOrEnd,
    /// After `{`.
    KeyOrEnd,
    /// After a value inside a container.
    CommaOrEnd,
    /// After the one value of the document.
    Nothing,
    /// After an error.
    Over,
}

pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The open containers: whether each is an object.
    open: Vec<bool>,
    expected: Expected,
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Result<Event<'a>, JsonError>;

    /// The next event; after an error nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        let result = self.step();
        if result.is_err() {
            self.expected = Expected::Over;
        }
        result.transpose()
    }
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new(), expected: Expected::Value }
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, JsonError> {
        self.skip_blanks();
        match (self.expected, self.peek()) {
            (Expected::Over, _) | (Expected::Nothing, None) => Ok(None),
            (Expected::Nothing, Some(_)) => Err(self.error("nothing after the value")),
            (Expected::ValueOrEnd, Some(b']')) => Ok(Some(self.close(false))),
            (Expected::KeyOrEnd, Some(b'}')) => Ok(Some(self.close(true))),
            (Expected::KeyOrEnd, _) => self.key().map(Some),
            (Expected::CommaOrEnd, _) => self.after_value().map(Some),
            (Expected::Value | Expected::ValueOrEnd, _) => self.value().map(Some),
        }
    }

    fn after_value(&mut self) -> Result<Event<'a>, JsonError> {
        let is_object = self.open.last().copied().unwrap_or(false);
        match (self.peek(), is_object) {
            (Some(b'}'), true) | (Some(b']'), false) => Ok(self.close(is_object)),
            (Some(b','), _) => {
                self.at += 1;
                self.skip_blanks();
                if is_object { self.key() } else { self.value() }
            }
            (_, true) => Err(self.error("a comma or }")),
            (_, false) => Err(self.error("a comma or ]")),
        }
    }

    fn value(&mut self) -> Result<Event<'a>, JsonError> {
        let start = self.at;
        let kind = match self.peek() {
            Some(bracket @ (b'{' | b'[')) => return Ok(self.open(bracket == b'{')),
            Some(b'"') => {
                self.string()?;
                Scalar::String
            }
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                Scalar::Number
            }
            Some(b't') => self.word("true", Scalar::Bool)?,
            Some(b'f') => self.word("false", Scalar::Bool)?,
            Some(b'n') => self.word("null", Scalar::Null)?,
            _ => return Err(self.error("a value")),
        };
        self.end_value();
        Ok(Event::Scalar(kind, self.since(start)))
    }

    fn key(&mut self) -> Result<Event<'a>, JsonError> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.error("a name in double quotes"));
        }
        self.string()?;
        let key = self.since(start);
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.error("a colon"));
        }
        self.at += 1;
        self.expected = Expected::Value;
        Ok(Event::Key(key))
    }

    fn open(&mut self, is_object: bool) -> Event<'a> {
        self.at += 1;
        self.open.push(is_object);
        self.expected = if is_object { Expected::KeyOrEnd } else { Expected::ValueOrEnd };
        Event::Open { is_object }
    }

    fn close(&mut self, is_object: bool) -> Event<'a> {
        self.at += 1;
        self.open.pop();
        self.end_value();
        Event::Close { is_object }
    }

    fn end_value(&mut self) {
        let is_inside = !self.open.is_empty();
        self.expected = if is_inside { Expected::CommaOrEnd } else { Expected::Nothing };
    }

    fn word(&mut self, word: &str, kind: Scalar) -> Result<Scalar, JsonError> {
        for byte in word.bytes() {
            if self.peek() != Some(byte) {
                return Err(self.error(word));
            }
            self.at += 1;
        }
        Ok(kind)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        self.skip_if(|byte| byte == b'-');
        if !self.skip_if(|byte| byte == b'0') {
            self.digits()?;
        }
        if self.skip_if(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.skip_if(|byte| matches!(byte, b'e' | b'E')) {
            self.skip_if(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.skip_if(|byte| byte.is_ascii_digit()) {
            return Err(self.error("a digit"));
        }
        while self.skip_if(|byte| byte.is_ascii_digit()) {}
        Ok(())
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..0x20) => return Err(self.error("an escape for a control character")),
                Some(_) => self.at += 1,
                None => return Err(self.error("the closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.skip_if(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.error("four hex digits after \\u"));
                    }
                }
                Ok(())
            }
            _ => Err(self.error("one of \" \\ / b f n r t u after \\")),
        }
    }

    fn skip_blanks(&mut self) {
        while self.skip_if(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {}
    }

    fn skip_if(&mut self, fits: impl Fn(u8) -> bool) -> bool {
        let does = self.peek().is_some_and(fits);
        self.at += usize::from(does);
        does
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn error(&self, expected: &str) -> JsonError {
        let offset = self.text.floor_char_boundary(self.at);
        let found = match self.text.get(offset..).and_then(|rest| rest.chars().next()) {
            Some(character) => format!("found {character:?}"),
            None => "the text ends".to_owned(),
        };
        JsonError { offset, reason: format!("expected {expected}, {found}") }
    }
}
