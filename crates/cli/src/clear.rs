//! `clear`: removes messages from a history and gives the space back; or, with `--dry-run`, says what
//! that would remove.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use wiretree_model::{Timestamp, TopicFilter};
use wiretree_session::{
    ClearOrder, Cleared, Effect, History, Reader, Removal, RemovalJob, RemovalOrder, Removed,
    Scope, blocking, effect_of,
};

use crate::console::{answer, say};
use crate::error::CliError;
use crate::export::find_connection;
use crate::signals;
use crate::time::{parse_moment, to_text};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// History file to remove messages from
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    #[command(flatten)]
    what: What,
    /// Remove nothing; print what would go
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Remove it; there is no way back
    #[arg(long, required_unless_present = "dry_run")]
    yes: bool,
}

/// What is to be removed.
#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct What {
    /// Messages on the topics that this MQTT topic filter matches
    #[arg(long, value_name = "F", value_parser = TopicFilter::parse)]
    filter: Option<TopicFilter>,
    /// Messages of one connection, by its name or its key
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Messages received before this time: RFC 3339, or a time ago such as -90d
    #[arg(long, value_name = "T", value_parser = parse_moment, allow_hyphen_values = true)]
    to: Option<Timestamp>,
    /// All messages
    #[arg(long, conflicts_with_all = ["filter", "connection", "to"])]
    all: bool,
}

/// What would go.
#[derive(Serialize)]
pub(crate) struct Foretold {
    messages: u64,
    bytes: u64,
    topics: u64,
    oldest: Option<String>,
    newest: Option<String>,
    total: u64,
}

/// What has gone.
#[derive(Serialize)]
pub(crate) struct Done {
    messages: u64,
    bytes_given_back: u64,
    damaged: u64,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let Options { history, what, dry_run, .. } = options;
    let path = history.clone();
    let reader = blocking(move || Ok(History::open_read_only(&path)?)).await?;
    let order = ClearOrder {
        connection: match &what.connection {
            Some(name) => Some(find_connection(&reader, name)?),
            None => None,
        },
        scope: what.filter.map_or(Scope::All, Scope::Filter),
        to: what.to,
    };
    if dry_run {
        return foretell(reader, Removal::Clear(order)).await;
    }
    drop(reader);
    let history = Arc::new(blocking(move || Ok(History::open(&history)?)).await?);
    remove(history, RemovalOrder::Clear(order)).await
}

/// Prints what would go.
pub(crate) async fn foretell(reader: Reader, removal: Removal) -> Result<(), CliError> {
    let go_on = |_| ControlFlow::Continue(());
    let effect = blocking(move || effect_of(&reader, &removal, go_on)).await?;
    let Effect { messages, bytes, topics, oldest, newest, total, .. } = effect;
    let (oldest, newest) = (oldest.map(to_text), newest.map(to_text));
    answer(&Foretold { messages, bytes, topics, oldest, newest, total })
}

/// Removes, prints what has gone, and closes the history.
pub(crate) async fn remove(history: Arc<History>, order: RemovalOrder) -> Result<(), CliError> {
    let mut ended = signals::listen()?;
    let (job, mut news) = RemovalJob::start(Arc::clone(&history), order);
    let mut told = false;
    let cleared = loop {
        let removed = tokio::select! {
            removed = news.next() => removed,
            () = &mut ended, if !told => {
                told = true;
                job.cancel();
                continue;
            }
        };
        match removed {
            Some(Removed::Progress(..)) => {}
            Some(Removed::Ended(cleared)) => break cleared,
            Some(Removed::Failed(error)) => return Err(error.into()),
            None => return Err(wiretree_session::SessionError::Interrupted.into()),
        }
    };
    blocking(move || Ok(history.close()?)).await?;
    let Cleared { messages, bytes, damaged, is_complete, .. } = cleared;
    if damaged > 0 {
        say(format_args!("{damaged} messages were left, since what they stand in is damaged"));
    }
    if !is_complete {
        return Err(CliError::ClearInterrupted { messages });
    }
    answer(&Done { messages, bytes_given_back: bytes, damaged })
}
