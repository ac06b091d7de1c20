//! What the page looks at under a number: an open connection as it is, or a connection as it was at
//! a moment, in our history or in a file that somebody opened.
//!
//! A moment has a picture of its own, so that several can be looked at beside the running session.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use wiretree_session::{
    ConnectionId, Gesture, Inspector, Outlook, Past, Reader, Selection, Session, blocking,
};

use crate::state::{Open, lock};
use crate::wire::AppError;

/// What the page looks at under a number. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Sight {
    /// Reads the history it is in.
    pub reader: Reader,
    /// Which messages of the history are its own.
    pub log: ConnectionId,
    /// Decodes its messages for the page.
    pub inspector: Arc<Inspector>,
    /// The page has drawn the last picture and wants the next.
    pub shown: Arc<Notify>,
    /// What its tree is.
    pub picture: Picture,
}

/// Where the rows of a tree come from.
#[derive(Clone)]
pub(crate) enum Picture {
    /// As it is.
    Live(Session),
    /// As it was.
    Past(Arc<OpenPast>),
}

/// A moment that is looked at.
pub(crate) struct OpenPast {
    /// The picture.
    pub past: Past,
    /// Somebody has looked elsewhere.
    pub changed: Notify,
    /// Nobody looks at it any more.
    closed: AtomicBool,
}

/// The moments that are looked at, and the files that were opened.
#[derive(Default)]
pub(crate) struct Sights {
    pasts: Mutex<HashMap<u32, Sight>>,
    files: Mutex<HashMap<u32, Reader>>,
}

impl Sight {
    /// An open connection as it is.
    pub(crate) fn live(open: &Open) -> Self {
        Self {
            reader: open.session.reader().clone(),
            log: open.session.log(),
            inspector: Arc::clone(&open.inspector),
            shown: Arc::clone(&open.shown),
            picture: Picture::Live(open.session.clone()),
        }
    }

    /// A moment, decoded by `inspector`.
    pub(crate) fn past(reader: Reader, inspector: Arc<Inspector>, past: Past) -> Self {
        let log = past.connection();
        let past = OpenPast { past, changed: Notify::new(), closed: AtomicBool::new(false) };
        let picture = Picture::Past(Arc::new(past));
        Self { reader, log, inspector, shown: Arc::default(), picture }
    }

    /// Changes what the window looks at, and gives the selection that results.
    ///
    /// # Errors
    /// The session has ended.
    pub(crate) async fn look(&self, gesture: Gesture) -> Result<Option<Selection>, AppError> {
        match &self.picture {
            Picture::Live(session) => Ok(session.look(gesture).await?),
            Picture::Past(open) => {
                let open = Arc::clone(open);
                Ok(blocking(move || Ok(open.look(gesture))).await?)
            }
        }
    }

    /// What the window has open and selected.
    ///
    /// # Errors
    /// The session has ended.
    pub(crate) async fn outlook(&self) -> Result<Outlook, AppError> {
        match &self.picture {
            Picture::Live(session) => Ok(session.outlook().await?),
            Picture::Past(open) => Ok(open.past.outlook()),
        }
    }

    /// The moment it stands at; none for what goes on.
    pub(crate) fn moment(&self) -> Option<&Arc<OpenPast>> {
        match &self.picture {
            Picture::Live(_) => None,
            Picture::Past(open) => Some(open),
        }
    }
}

impl OpenPast {
    fn look(&self, gesture: Gesture) -> Option<Selection> {
        let selection = self.past.look(gesture);
        self.changed.notify_one();
        selection
    }

    /// Whether nobody looks at it any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

impl Sights {
    /// Takes a moment in under a number that nothing else has.
    pub(crate) fn insert(&self, number: u32, sight: Sight) {
        lock(&self.pasts).insert(number, sight);
    }

    /// A moment that is looked at.
    pub(crate) fn get(&self, number: u32) -> Option<Sight> {
        lock(&self.pasts).get(&number).cloned()
    }

    /// Lets go of a moment, or of a file; what is shown of the file stays.
    pub(crate) fn close(&self, number: u32) {
        lock(&self.files).remove(&number);
        if let Some(sight) = lock(&self.pasts).remove(&number) {
            end(&sight);
        }
    }

    /// Lets go of everything.
    pub(crate) fn clear(&self) {
        lock(&self.pasts).drain().for_each(|(_, sight)| end(&sight));
        lock(&self.files).clear();
    }

    /// Takes a file in that was opened.
    pub(crate) fn insert_file(&self, number: u32, reader: Reader) {
        lock(&self.files).insert(number, reader);
    }

    /// A file that was opened.
    pub(crate) fn file(&self, number: u32) -> Option<Reader> {
        lock(&self.files).get(&number).cloned()
    }
}

/// The stream waits for a gesture or for the page, neither of which will come.
fn end(sight: &Sight) {
    if let Some(open) = sight.moment() {
        open.closed.store(true, Ordering::Relaxed);
        open.changed.notify_one();
    }
    sight.shown.notify_one();
}
