//! What of a session is recorded, and where.

use std::sync::Arc;

use wiretree_model::{Recording, RecordingRules};
use wiretree_store::History;

use super::Session;
use crate::SessionError;
use crate::actor::{Command, Move};
use crate::blocking::blocking;
use crate::claim::Claim;

impl Session {
    /// Pauses recording, or goes on with it. While it is paused the tree stays live, what comes in is
    /// counted and acknowledged, and the history shows a gap.
    pub async fn set_recording(&self, recording: Recording) {
        self.tell(Command::SetRecording(recording)).await;
    }

    /// Says which topics are recorded from now on. What a rule leaves out is counted, and
    /// acknowledged.
    pub async fn set_rules(&self, rules: RecordingRules) {
        self.tell(Command::SetRules(rules)).await;
    }

    /// Goes on recording into another history, as soon as the one so far has everything that it was
    /// given: nothing is in both, and nothing in neither. Numbers go on. [`Session::reader`] and
    /// [`Session::log`] stay with the first history: this is for recorders that nobody looks at.
    ///
    /// # Errors
    /// The other history cannot take the connection in, or the session has ended.
    pub async fn move_to(&self, history: Arc<History>) -> Result<(), SessionError> {
        let (key, name) = (self.key.clone(), self.name.clone());
        let claim = Claim::take(history.path(), &key, &name)?;
        let log = blocking(move || Ok(history.connection(&key, &name)?)).await?;
        self.ask(|done| Command::Move(Box::new(Move { log, claim, done }))).await
    }
}
