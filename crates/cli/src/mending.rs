//! `check`, `salvage` and `upgrade`: whether a history is whole, and what can be done if it is not.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use wiretree_session::{Checked, Damaged, History, Progressed, Salvaged, StoreError, blocking};

use crate::console::{answer, progress};
use crate::error::CliError;
use crate::signals;
use crate::time::to_text;

/// Messages between two words of the progress.
const WORD: u64 = 100_000;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// History file
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
}

#[derive(Serialize)]
struct CheckReport {
    intact: u64,
    damaged: u64,
    stretches: Vec<Stretch>,
    beside: Vec<String>,
}

/// Messages beside each other that cannot be read.
#[derive(Serialize)]
struct Stretch {
    messages: u64,
    first: i64,
    last: i64,
    /// When the earliest was received, and the latest: RFC 3339, UTC.
    from: String,
    to: String,
    reason: String,
}

#[derive(Serialize)]
struct SalvageReport {
    aside: PathBuf,
    messages: u64,
    lost: u64,
    nameless_topics: u64,
}

#[derive(Serialize)]
struct UpgradeReport {
    /// The file as it was; null: it had the newest format already.
    kept: Option<PathBuf>,
    messages: u64,
}

/// Reads a history from end to end.
///
/// # Errors
/// It cannot be read, or not all of it is as it was written.
pub(crate) async fn check(options: Options) -> Result<(), CliError> {
    let ended = signals::listen()?;
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let path = options.history;
    let checking = blocking(move || {
        let mut telling = Telling::default();
        let checked = History::open_read_only(&path)?.check(|progressed| {
            telling.tell("checked", progressed);
            match told.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        telling.end();
        Ok(checked)
    });
    let mut checking = std::pin::pin!(checking);
    let checked = tokio::select! {
        checked = &mut checking => checked,
        () = ended => {
            stop.store(true, Ordering::Relaxed);
            checking.await
        }
    }?;
    report(checked)
}

fn report(checked: Checked) -> Result<(), CliError> {
    let is_whole = checked.is_whole();
    answer(&CheckReport {
        intact: checked.intact,
        damaged: checked.damaged,
        stretches: checked.stretches.iter().map(Stretch::of).collect(),
        beside: checked.beside,
    })?;
    match (is_whole, checked.is_complete) {
        (_, false) => Err(CliError::CheckInterrupted),
        (true, true) => Ok(()),
        (false, true) => Err(CliError::NotWhole { damaged: checked.damaged }),
    }
}

impl Stretch {
    fn of(damaged: &Damaged) -> Self {
        Self {
            messages: damaged.messages,
            first: damaged.first,
            last: damaged.last,
            from: to_text(damaged.from),
            to: to_text(damaged.to),
            reason: damaged.reason(),
        }
    }
}

/// Sets a history aside and makes a new one of what is intact in it.
///
/// # Errors
/// There is none, it is in use, or the new one cannot be written.
pub(crate) async fn salvage(options: Options) -> Result<(), CliError> {
    let path = options.history;
    let salvaged: Salvaged = blocking(move || {
        let mut telling = Telling::default();
        let salvaged = History::salvage(&path, |progressed| telling.tell("saved", progressed))?;
        telling.end();
        Ok(salvaged)
    })
    .await?;
    answer(&SalvageReport {
        aside: salvaged.aside,
        messages: salvaged.messages,
        lost: salvaged.lost,
        nameless_topics: salvaged.nameless,
    })
}

/// Writes a history of an earlier format anew.
///
/// # Errors
/// There is none, it is in use or damaged, or the new one cannot be written.
pub(crate) async fn upgrade(options: Options) -> Result<(), CliError> {
    let path = options.history;
    let report = blocking(move || {
        // Opening for writing would make one.
        if !path.exists() {
            return Err(StoreError::Missing { path }.into());
        }
        let mut telling = Telling::default();
        let history =
            History::open_telling(&path, |progressed| telling.tell("written anew", progressed))?;
        telling.end();
        let messages = history.reader().size()?.messages;
        let kept = history.kept().map(Path::to_owned);
        history.close()?;
        Ok(UpgradeReport { kept, messages })
    })
    .await?;
    answer(&report)
}

/// Tells how far it is, not more often than somebody can read.
#[derive(Default)]
struct Telling {
    next: u64,
    has_told: bool,
}

impl Telling {
    fn tell(&mut self, done: &str, Progressed { scanned, total }: Progressed) {
        if scanned >= self.next && io::stderr().is_terminal() {
            self.next = scanned + WORD;
            self.has_told = true;
            progress(format_args!("{scanned} of {total} messages {done}"));
        }
    }

    fn end(&self) {
        if self.has_told {
            progress("");
        }
    }
}
