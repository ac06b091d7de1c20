//! The outcome of every message, as a line of NDJSON each, in a file of its own.
//!
//! A thread writes; the replay waits for it when it is slow. A file that exists is never touched, and
//! one that takes no more does not end the replay: that it is not whole is told.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use wiretree_model::Publish;
use wiretree_mqtt::PublishOutcome;
use wiretree_transfer::outcomes::{Outcome, write_line};

use super::plan::Origin;
use super::remap::Refusal;
use super::tally::ReplayCause;
use crate::SessionError;

/// How many lines may wait for the disk.
const WAITING: usize = 1_024;

/// The file of a replay.
pub(crate) struct OutcomeLog {
    lines: mpsc::Sender<Outcome>,
    writer: JoinHandle<()>,
    problem: Arc<OnceLock<String>>,
}

impl OutcomeLog {
    /// Makes the file.
    ///
    /// # Errors
    /// It exists already, or cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Self, SessionError> {
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|cause| {
            let path = path.display();
            SessionError::OutcomeFile(format!("{path} could not be made: {cause}"))
        })?;
        let (lines, queue) = mpsc::channel(WAITING);
        let problem = Arc::new(OnceLock::new());
        let told = Arc::clone(&problem);
        let path = path.display().to_string();
        let writer = tokio::task::spawn_blocking(move || {
            if let Err(cause) = write_all(file, queue) {
                let _ = told.set(format!("{path} is not whole: {cause}"));
            }
        });
        Ok(Self { lines, writer, problem })
    }

    /// Why the file is not whole.
    pub(crate) fn problem(&self) -> Option<String> {
        self.problem.get().cloned()
    }

    /// A message was not sent.
    pub(crate) async fn refused(&mut self, origin: &Origin, refusal: &Refusal) {
        let reason = Some(ReplayCause::Refused(refusal.clone()).to_string());
        self.write(outcome(origin, None, "refused", reason)).await;
    }

    /// A message has ended.
    pub(crate) async fn ended(&mut self, origin: &Origin, sent: &Publish, end: &PublishOutcome) {
        let line = |word, reason| outcome(origin, Some(sent), word, reason);
        let line = match end {
            PublishOutcome::Sent => line("sent", None),
            PublishOutcome::Acknowledged { after, at, reason } => Outcome {
                after: Some(*after),
                at: Some(*at),
                ..line("acknowledged", Some(reason.to_string()))
            },
            PublishOutcome::Failed { cause } => line("failed", Some(cause.to_string())),
            PublishOutcome::Unknown { cause } => line("unknown", Some(cause.to_string())),
            PublishOutcome::Queued => line("unknown", Some(ReplayCause::Unanswered.to_string())),
        };
        self.write(line).await;
    }

    /// Waits until everything is in the file, and says what is wrong with it.
    pub(crate) async fn close(self) -> Option<String> {
        let Self { lines, writer, problem } = self;
        drop(lines);
        match writer.await {
            Ok(()) => problem.get().cloned(),
            Err(_) => Some("The file with the outcomes is not whole".to_owned()),
        }
    }

    async fn write(&mut self, outcome: Outcome) {
        // An error says that the writer has ended, which it has told the reason of.
        let _ = self.lines.send(outcome).await;
    }
}

fn outcome(
    origin: &Origin,
    sent: Option<&Publish>,
    word: &'static str,
    reason: Option<String>,
) -> Outcome {
    Outcome {
        message: origin.message,
        received_at: origin.received_at,
        from: origin.topic.clone(),
        to: sent.map(|sent| sent.topic.clone()),
        qos: sent.map(|sent| sent.qos),
        retain: sent.map(|sent| sent.retain),
        size: sent.map(|sent| sent.payload.len() as u64),
        word,
        reason,
        after: None,
        at: None,
    }
}

fn write_all(file: File, mut queue: mpsc::Receiver<Outcome>) -> std::io::Result<()> {
    let mut out = BufWriter::new(file);
    while let Some(outcome) = queue.blocking_recv() {
        write_line(&mut out, &outcome)?;
        // Whoever looks at it while it grows sees whole lines.
        if queue.is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}
