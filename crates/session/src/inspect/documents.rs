//! The last few documents and the last differences, kept for the next window of the same payload.
//!
//! Bounded by number; each document is bounded by the limits it was made with.

use std::sync::{Arc, Mutex, PoisonError};

use wiretree_payload::{self as payload, Diff, DiffLine, Format};

/// A message and the one it is compared with, shown twice (value and diff), and one to spare.
const KEPT: usize = 4;

/// A payload as lines.
pub(super) struct Document {
    key: (i64, Format),
    pub(super) content: payload::Document,
}

#[derive(Default)]
pub(super) struct Documents(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// What messages were taken for. In both lists the newest stands last.
    formats: Vec<(i64, Format)>,
    documents: Vec<Arc<Document>>,
    difference: Option<(Pair, Arc<Diff>)>,
    unified: Option<(Pair, Arc<Vec<DiffLine>>)>,
}

/// The messages compared, the newer first, and what they are shown as.
type Pair = (i64, i64, Format);

impl Documents {
    /// What a message is taken for; `detect` says so when it is not known any more.
    pub(super) fn format(&self, id: i64, detect: impl FnOnce() -> Format) -> Format {
        let known = |kept: &mut Kept| kept.formats.iter().find(|known| known.0 == id).copied();
        if let Some((_, format)) = self.kept(known) {
            return format;
        }
        let format = detect();
        self.kept(|kept| push(&mut kept.formats, (id, format)));
        format
    }

    /// The document of a message in a format; made when it is not at hand.
    pub(super) fn get(
        &self,
        id: i64,
        format: Format,
        make: impl FnOnce() -> payload::Document,
    ) -> Arc<Document> {
        let key = (id, format);
        if let Some(found) = self.kept(|kept| kept.find(key)) {
            return found;
        }
        // Made without the lock: decoding takes its time. Two windows may do it at once.
        let made = Arc::new(Document { key, content: make() });
        self.kept(|kept| push(&mut kept.documents, Arc::clone(&made)));
        made
    }

    /// How `new` differs from `old`.
    pub(super) fn difference(&self, new: &Document, old: &Document) -> Arc<Diff> {
        let pair = (new.key.0, old.key.0, new.key.1);
        let known = self.kept(|kept| kept.difference.clone());
        if let Some((_, diff)) = known.filter(|(known, _)| *known == pair) {
            return diff;
        }
        let diff = Arc::new(payload::diff(&new.content, &old.content));
        self.kept(|kept| kept.difference = Some((pair, Arc::clone(&diff))));
        diff
    }

    /// `new` and `old` in one list.
    pub(super) fn unified(&self, new: &Document, old: &Document) -> Arc<Vec<DiffLine>> {
        let pair = (new.key.0, old.key.0, new.key.1);
        let known = self.kept(|kept| kept.unified.clone());
        if let Some((_, list)) = known.filter(|(known, _)| *known == pair) {
            return list;
        }
        let list = Arc::new(payload::unified(&new.content, &old.content));
        self.kept(|kept| kept.unified = Some((pair, Arc::clone(&list))));
        list
    }

    fn kept<T>(&self, look: impl FnOnce(&mut Kept) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn find(&mut self, key: (i64, Format)) -> Option<Arc<Document>> {
        let at = self.documents.iter().position(|document| document.key == key)?;
        let found = self.documents.remove(at);
        self.documents.push(Arc::clone(&found));
        Some(found)
    }
}

/// Adds the newest, and lets the oldest go when there are too many.
fn push<T>(kept: &mut Vec<T>, newest: T) {
    kept.push(newest);
    if kept.len() > KEPT {
        kept.remove(0);
    }
}
