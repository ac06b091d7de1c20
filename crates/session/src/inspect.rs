//! One message looked at closely: its format, its lines, how it differs from another.
//!
//! Decoding happens here, when a window asks, and never on the way in. The last few documents are
//! kept, so that scrolling through a large payload does not decode it again. Calls block; make them
//! on a thread for that.

mod documents;
mod shown;

use std::ops::Range;

use bytes::Bytes;
use wiretree_model::Property;
use wiretree_payload::{self as payload, Detected, Format, Limits};
use wiretree_store::{Reader, StoredMessage};

use crate::SessionError;
use documents::Documents;
pub use shown::{LineChange, Lines, ShownAs, ShownLine};

/// The most that a dump made as a whole takes, in bytes of memory: some 700 KB of payload.
const DUMP: usize = 16 << 20;

/// How a payload is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayloadView {
    /// As what it was taken for.
    Auto,
    /// As JSON, if it is that.
    Json,
    /// As text, whatever it is.
    Text,
    /// As bytes.
    Hex,
}

/// All of a message but the lines of its payload.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The message.
    pub stored: StoredMessage,
    /// What its payload was taken for, and why.
    pub detected: Detected,
    /// The message before it on the same topic.
    pub previous: Option<i64>,
}

/// Looks into the messages of one history.
pub struct Inspector {
    reader: Reader,
    documents: Documents,
}

impl Inspector {
    /// An inspector that has looked at nothing yet.
    pub fn new(reader: Reader) -> Self {
        Self { reader, documents: Documents::default() }
    }

    /// All of a message but the lines of its payload.
    ///
    /// # Errors
    /// The message is not in the history, or that cannot be read.
    pub fn detail(&self, id: i64) -> Result<Detail, SessionError> {
        let stored = self.message(id)?;
        let detected = detect(&stored);
        let previous = self.reader.previous(id)?.map(|previous| previous.id);
        Ok(Detail { stored, detected, previous })
    }

    /// The bytes of a payload.
    ///
    /// # Errors
    /// The message is not in the history, or that cannot be read.
    pub fn payload(&self, id: i64) -> Result<Bytes, SessionError> {
        Ok(self.message(id)?.message.publish.payload)
    }

    /// The lines in `window`, marked where they differ from another message.
    ///
    /// # Errors
    /// One of the messages is not in the history, or that cannot be read.
    pub fn lines(
        &self,
        id: i64,
        compare_with: Option<i64>,
        view: PayloadView,
        window: Range<usize>,
    ) -> Result<Lines, SessionError> {
        let stored = self.message(id)?;
        let format = self.format(&stored, view);
        if format == Format::Binary {
            let old = compare_with.map(|old| self.payload(old)).transpose()?;
            return Ok(shown::bytes(&stored.message.publish.payload, old.as_deref(), window));
        }
        let new = self.documents.get(id, format, || render(&stored, format));
        let Some(old) = compare_with else { return Ok(shown::document(&new, window)) };
        let old = self.message(old)?;
        let old = self.documents.get(old.id, format, || render(&old, format));
        Ok(shown::compared(&new, &self.documents.difference(&new, &old), window))
    }

    /// Two payloads in one list: what went, what came, what stayed.
    ///
    /// # Errors
    /// One of the messages is not in the history, or that cannot be read.
    pub fn diff(
        &self,
        id: i64,
        compare_with: i64,
        window: Range<usize>,
    ) -> Result<Lines, SessionError> {
        let (new, old) = (self.message(id)?, self.message(compare_with)?);
        let format = self.format(&new, PayloadView::Auto);
        let new = self.documents.get(id, format, || render(&new, format));
        let old = self.documents.get(compare_with, format, || render(&old, format));
        Ok(shown::unified(&new, &old, &self.documents.unified(&new, &old), window))
    }

    fn format(&self, stored: &StoredMessage, view: PayloadView) -> Format {
        match view {
            _ if stored.message.publish.payload.is_empty() => Format::Empty,
            PayloadView::Auto => self.documents.format(stored.id, || detect(stored).format),
            PayloadView::Json => Format::Json,
            PayloadView::Text => Format::Text,
            PayloadView::Hex => Format::Binary,
        }
    }

    fn message(&self, id: i64) -> Result<StoredMessage, SessionError> {
        self.reader.message(id)?.ok_or(SessionError::NoMessage)
    }
}

fn render(stored: &StoredMessage, format: Format) -> payload::Document {
    let bytes = &stored.message.publish.payload;
    let limits = match format {
        // Only a list of differences needs a whole dump; elsewhere it is made window by window.
        Format::Binary | Format::Empty => Limits { output: DUMP, ..Limits::default() },
        Format::Json | Format::Text => Limits::default(),
    };
    payload::render(bytes, format, limits)
}

/// What the payload is taken for; the publisher's content type (MQTT 5 §3.3.2.3.9) has a say.
fn detect(stored: &StoredMessage) -> Detected {
    let publish = &stored.message.publish;
    let content_type = publish.properties.iter().find_map(|property| match property {
        Property::ContentType(kind) => kind.as_str(),
        _ => None,
    });
    payload::detect(&publish.payload, content_type)
}
