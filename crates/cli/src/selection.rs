//! Which messages of a history are exported or replayed.

use std::path::PathBuf;

use wiretree_model::{Timestamp, TopicFilter};
use wiretree_session::{History, Query, Reader, Scope};

use crate::error::CliError;
use crate::export::find_connection;
use crate::matching::parse_option;
use crate::time::parse_moment;

#[derive(clap::Args)]
pub(crate) struct Selection {
    /// History file to read
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// Only topics that this MQTT topic filter matches
    #[arg(long, value_name = "F", value_parser = TopicFilter::parse)]
    filter: Option<TopicFilter>,
    /// Only messages received at this time or later: RFC 3339, or a time ago such as -15m
    #[arg(long, value_name = "T", value_parser = parse_moment, allow_hyphen_values = true)]
    from: Option<Timestamp>,
    /// Only messages received before this time
    #[arg(long, value_name = "T", value_parser = parse_moment, allow_hyphen_values = true)]
    to: Option<Timestamp>,
    /// Only payloads with this text in them, exactly as it is written
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    contains: Option<String>,
    /// Only messages that this query matches, in the language of search
    #[arg(long = "where", value_name = "QUERY", allow_hyphen_values = true)]
    matching: Option<String>,
    /// Only messages of one connection, by its name or its key
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
}

impl Selection {
    /// Opens the history to read, and asks for these messages of it. Blocks.
    ///
    /// # Errors
    /// The query is none; the history cannot be read, or has no such connection.
    pub(crate) fn open(self) -> Result<(Reader, Query), CliError> {
        let matching = parse_option(self.matching.as_ref())?;
        let reader = History::open_read_only(&self.history)?;
        let connection = self.connection.map(|name| find_connection(&reader, &name)).transpose()?;
        let scope = self.filter.map_or(Scope::All, Scope::Filter);
        let contains = self.contains.map(String::into_bytes);
        let Self { from, to, .. } = self;
        Ok((reader, Query { connection, scope, contains, matching, from, to }))
    }
}
