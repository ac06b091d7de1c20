//! The tree as it was at a moment, looked at in windows like the live one.
//!
//! What the topics were is read once; the values of the rows on screen are read when they are
//! drawn. Nothing of a running session is touched. Calls block (the disk); make them on a thread
//! for that.

mod difference;
mod steps;
#[cfg(test)]
mod tests;
mod values;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wiretree_model::Timestamp;
use wiretree_store::{ConnectionId, Query, Reader, StoreError};
use wiretree_tree::{Limits, Outlook, Window};

use crate::clock::now;
use crate::picture::Picture;
use crate::{Gesture, Selection, SessionError};
pub use difference::{Difference, DifferentTopic, Value, changes};
pub use steps::Beside;
use values::Values;

/// How long one look into the history may take before it is asked on.
const BUDGET: Duration = Duration::from_secs(1);

/// A moment that somebody may want to go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// When the newest message of the connection had come.
    End,
    /// By the clock as it was then.
    At(Timestamp),
    /// When the message with this number had come.
    Message(i64),
}

/// The topics of one connection at a moment, and the way a window looks at them.
#[derive(Debug)]
pub struct Past {
    reader: Reader,
    connection: ConnectionId,
    position: i64,
    moment: Timestamp,
    shown: Mutex<Shown>,
}

/// What changes when somebody looks around.
struct Shown {
    picture: Picture,
    values: Values,
    revision: u64,
}

/// The picture of a moment.
#[derive(Clone, Debug)]
pub struct PastFrame {
    /// Counts the pictures, from 1.
    pub revision: u64,
    /// Topics with a message by then.
    pub topics: u64,
    /// Topics beyond the limit of the tree.
    pub undrawn_topics: u64,
    /// The rows asked for.
    pub window: Window,
    /// The selected topic.
    pub selection: Option<Selection>,
    /// Why values of rows are missing.
    pub problem: Option<StoreError>,
}

impl Moment {
    /// The number of the last message that belongs to the moment, 0 for none, and its time.
    ///
    /// # Errors
    /// The history cannot be read, or has no such message.
    pub fn find(
        self,
        reader: &Reader,
        connection: ConnectionId,
    ) -> Result<(i64, Timestamp), SessionError> {
        match self {
            Self::At(moment) => Ok((reader.position_at(moment)?, moment)),
            Self::Message(id) => {
                let found = reader.message(id)?.ok_or(SessionError::NoMessage)?;
                Ok((id, found.message.received_at))
            }
            Self::End => {
                let query = Query { connection: Some(connection), ..Query::default() };
                let newest = steps::newest(reader, &query, None, 1)?;
                let found = newest.first().map(|found| (found.id, found.message.received_at));
                Ok(found.unwrap_or_else(|| (0, now())))
            }
        }
    }
}

impl Past {
    /// Goes back to a moment, and looks at it as `outlook` says. A random `seed` keeps anybody from
    /// having prepared topics that collide.
    ///
    /// # Errors
    /// The history cannot be read, or has no such message.
    pub fn open(
        reader: Reader,
        connection: ConnectionId,
        moment: Moment,
        outlook: &Outlook,
        (limits, seed): (Limits, u64),
    ) -> Result<Self, SessionError> {
        let (position, moment) = moment.find(&reader, connection)?;
        let mut picture = Picture::new(limits, seed);
        let mut values = Values::default();
        for state in reader.state_at(connection, position)?.topics {
            if let Some(node) = picture.seed_as(&state) {
                values.note(node, state.last);
            }
        }
        picture.look_as(outlook);
        let shown = Mutex::new(Shown { picture, values, revision: 0 });
        Ok(Self { reader, connection, position, moment, shown })
    }

    /// Whose topics they are.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The number of the last message that belongs to the moment; 0: none does.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// The moment.
    pub fn moment(&self) -> Timestamp {
        self.moment
    }

    /// Changes what the window looks at, and gives the selection that results.
    pub fn look(&self, gesture: Gesture) -> Option<Selection> {
        let mut shown = self.shown();
        shown.picture.look(gesture);
        shown.picture.selection(0, 0)
    }

    /// What the window has open and selected.
    pub fn outlook(&self) -> Outlook {
        self.shown().picture.outlook()
    }

    /// The picture as the window looks at it now; reads the values of its rows.
    pub fn frame(&self) -> PastFrame {
        let mut shown = self.shown();
        let Shown { picture, values, revision } = &mut *shown;
        *revision += 1;
        let mut window = picture.window();
        let problem = values.fill(&self.reader, &mut window.rows).err();
        PastFrame {
            revision: *revision,
            topics: picture.tree().topics() as u64,
            undrawn_topics: picture.tree().undrawn().topics,
            window,
            selection: picture.selection(0, 0),
            problem,
        }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        // What a panic elsewhere left behind is a picture all the same.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shown").field("revision", &self.revision).finish_non_exhaustive()
    }
}
