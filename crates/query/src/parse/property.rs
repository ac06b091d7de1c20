//! Properties of MQTT 5: what one is, and whether there is one.

use super::Parser;
use crate::QueryError;
use crate::ast::{PropertyName, PropertyTest, Test, TextTest};
use crate::fields::{Entry, Field, USER, find};

const TEXT: &str = "a text or a /regex/";

impl Parser<'_> {
    pub(super) fn property(&mut self, entry: &'static Entry) -> Result<Test, QueryError> {
        Ok(Test::Property(match entry.field {
            Field::ContentType => PropertyTest::ContentType(self.text_test()?),
            Field::ResponseTopic => PropertyTest::ResponseTopic(self.text_test()?),
            Field::Correlation => PropertyTest::Correlation(self.correlation(entry)?),
            Field::Expiry => PropertyTest::Expiry(self.bounds(entry, super::value::number)?),
            Field::Format => {
                PropertyTest::Format(self.choice(entry, &[("utf8", 1), ("bytes", 0)])?)
            }
            Field::SubscriptionId => {
                PropertyTest::SubscriptionId(self.bounds(entry, super::value::number)?)
            }
            _ => return self.has(entry).map(Test::Has),
        }))
    }

    /// `user.KEY:value`, the key in quotes where it has spaces or colons.
    pub(super) fn user_property(&mut self) -> Result<Test, QueryError> {
        self.cursor.skip(USER.len());
        let key = self.key()?;
        if !self.cursor.take(':') {
            let at = self.cursor.at();
            let sentence = "A colon and the value of the user property are missing. Whether there \
                            is one is asked with has:user.KEY.";
            return Err(QueryError::new(at..at, sentence, ":"));
        }
        Ok(Test::Property(PropertyTest::User(key, self.text_test()?)))
    }

    fn key(&mut self) -> Result<String, QueryError> {
        let start = self.cursor.at();
        let key = match self.cursor.peek() {
            Some('"') => self.cursor.quoted()?,
            _ => self
                .cursor
                .take_while(|c| !c.is_whitespace() && !matches!(c, ':' | ')' | '"'))
                .to_owned(),
        };
        if key.is_empty() && self.cursor.at() == start {
            let sentence = "The key of the user property is missing.";
            return Err(QueryError::new(start..start, sentence, "a key, as in user.site:berlin"));
        }
        Ok(key)
    }

    fn text_test(&mut self) -> Result<TextTest, QueryError> {
        if self.cursor.peek() == Some('/') {
            return Ok(TextTest::Like(self.pattern()?));
        }
        // In quotes, the empty text is a value like any other.
        if self.cursor.peek() == Some('"') {
            return self.cursor.quoted().map(TextTest::Is);
        }
        Ok(TextTest::Is(self.text_value(TEXT)?.0))
    }

    fn correlation(&mut self, entry: &Entry) -> Result<Vec<u8>, QueryError> {
        let is_quoted = self.cursor.peek() == Some('"');
        if is_quoted {
            return self.cursor.quoted().map(String::into_bytes);
        }
        let (text, span) = self.text_value(entry.expected)?;
        match text.strip_prefix("0x") {
            None => Ok(text.into_bytes()),
            Some(digits) => hex(digits).ok_or_else(|| {
                let sentence = "Bytes in hex have two digits each.";
                QueryError::new(span, sentence, "0x and pairs of digits, as in 0x2a00")
            }),
        }
    }

    fn has(&mut self, entry: &Entry) -> Result<PropertyName, QueryError> {
        if self.cursor.starts_with(USER) {
            self.cursor.skip(USER.len());
            return Ok(PropertyName::User(Some(self.key()?)));
        }
        let (text, span) = self.text_value(entry.expected)?;
        Ok(match find(&text).map(|found| found.field) {
            _ if text == "user" => PropertyName::User(None),
            Some(Field::ContentType) => PropertyName::ContentType,
            Some(Field::ResponseTopic) => PropertyName::ResponseTopic,
            Some(Field::Correlation) => PropertyName::Correlation,
            Some(Field::Expiry) => PropertyName::Expiry,
            Some(Field::Format) => PropertyName::Format,
            Some(Field::SubscriptionId) => PropertyName::SubscriptionId,
            _ => {
                let sentence = format!("There is no property “{text}”.");
                return Err(QueryError::new(span, sentence, entry.expected));
            }
        })
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| {
            let [high, low] = pair else { return None };
            let digit =
                |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
            Some(digit(*high)? << 4 | digit(*low)?)
        })
        .collect()
}
