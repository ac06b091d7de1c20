//! `search`: messages of a history, newest first, printed as they are found.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use wiretree_model::TopicFilter;
use wiretree_session::{
    ConnectionId, Cursor, Format, History, Page, Query, Record, RecordWriter, Scope, StoredMessage,
    blocking,
};

use crate::console;
use crate::error::CliError;
use crate::export::find_connection;
use crate::matching::parse_query;
use crate::signals;
use crate::subscribe::{self, Reader};
use crate::time::to_text;

/// Messages asked for at a time.
const PAGE: usize = 500;
/// How long a page may take, so that what was found shows soon.
const BUDGET: Duration = Duration::from_millis(200);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// History file to search
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// Only topics that this MQTT topic filter matches
    #[arg(long, value_name = "F", value_parser = TopicFilter::parse)]
    topic: Option<TopicFilter>,
    /// Only messages of one connection, by its name or its key
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// End after N messages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Print how many there are instead of the messages
    #[arg(long, conflicts_with = "lossless")]
    count: bool,
    /// Print the lossless NDJSON of export: bytes, flags and properties as they came
    #[arg(long)]
    lossless: bool,
    /// What to look for; one that begins with - stands behind --
    #[arg(value_name = "QUERY")]
    text: Vec<String>,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let matching = parse_query(&options.text.join(" "))?;
    let Options { history, topic, connection, limit, lossless, count, .. } = options;
    let reader = blocking(move || Ok(History::open_read_only(&history)?)).await?;
    let connections = reader.connections()?.into_iter();
    let search = Search {
        query: Query {
            connection: connection.map(|name| find_connection(&reader, &name)).transpose()?,
            scope: topic.map_or(Scope::All, Scope::Filter),
            matching,
            ..Query::default()
        },
        reader,
        names: connections.map(|known| (known.id, known.name)).collect(),
        output: match (count, lossless) {
            (true, _) => Output::Number,
            (false, true) => Output::Records,
            (false, false) => Output::Lines,
        },
        limit: limit.unwrap_or(u64::MAX),
        found: 0,
        damaged: 0,
    };
    search.run().await
}

/// A search under way.
struct Search {
    reader: wiretree_session::Reader,
    query: Query,
    names: HashMap<ConnectionId, String>,
    output: Output,
    limit: u64,
    found: u64,
    /// Messages that could not be looked at.
    damaged: u64,
}

/// What goes to standard output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    /// A line for each message, as `subscribe` prints it.
    Lines,
    /// The lossless lines of `export`.
    Records,
    /// How many there are, at the end.
    Number,
}

impl Search {
    /// Page by page, until there are no more, enough are found, or nobody reads them.
    async fn run(mut self) -> Result<(), CliError> {
        let mut ended = signals::listen()?;
        let mut cursor = None;
        loop {
            let page = tokio::select! {
                page = self.page(cursor) => page?,
                () = &mut ended => return Err(CliError::SearchInterrupted(self.found)),
            };
            self.damaged += page.damaged.iter().map(|damaged| damaged.messages).sum::<u64>();
            let mut lines = Vec::new();
            for stored in page.items {
                self.line(&mut lines, stored)?;
            }
            if !lines.is_empty() && subscribe::print(lines).await? == Reader::Gone {
                return Ok(());
            }
            if let Some(moment) = page.searched_to
                && io::stderr().is_terminal()
            {
                let (found, moment) = (self.found, to_text(moment));
                console::progress(format_args!("{found} found, searched back to {moment}"));
            }
            cursor = page.next;
            if cursor.is_none() || self.found >= self.limit {
                break;
            }
        }
        if self.damaged > 0 {
            console::warn(format_args!(
                "{} messages are damaged on the disk and could not be searched",
                self.damaged
            ));
        }
        match self.output {
            Output::Number => console::print(self.found),
            Output::Lines | Output::Records => Ok(()),
        }
    }

    async fn page(&self, cursor: Option<Cursor>) -> Result<Page, CliError> {
        let (reader, query) = (self.reader.clone(), self.query.clone());
        let left = usize::try_from(self.limit.saturating_sub(self.found)).unwrap_or(PAGE);
        Ok(blocking(move || Ok(reader.page(&query, cursor, PAGE.min(left), BUDGET)?)).await?)
    }

    fn line(&mut self, lines: &mut Vec<u8>, stored: StoredMessage) -> Result<(), CliError> {
        self.found += 1;
        let StoredMessage { connection, message, .. } = stored;
        let format = match self.output {
            Output::Number => return Ok(()),
            Output::Lines => Format::Mosquitto,
            Output::Records => Format::Ndjson,
        };
        let connection = self.names.get(&connection).cloned().unwrap_or_default();
        RecordWriter::new(format, lines)?.write(&Record { connection, message })?;
        Ok(())
    }
}
