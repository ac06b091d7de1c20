//! `tree`: the topics of a history as they were at a moment, or what differs between two.

mod json;
mod text;

use std::path::PathBuf;

use wiretree_model::{Timestamp, Topic, TopicFilter};
use wiretree_session::{
    Change, ChangeKind, ConnectionId, History, Moment, Reader, StoredMessage, TopicState, blocking,
};

use crate::error::CliError;
use crate::export::find_connection;
use crate::subscribe::{self, Reader as Output};
use crate::time::parse_moment;

/// Topics whose values are read at a time.
const PAGE: usize = 500;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// History file to look into
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    /// As of this time: RFC 3339, or a time ago such as -15m; as of the last message unless given
    #[arg(long, value_name = "T", value_parser = parse_moment, allow_hyphen_values = true)]
    at: Option<Timestamp>,
    /// Print instead what differs between this time and that of --at
    #[arg(long, value_name = "T", value_parser = parse_moment, allow_hyphen_values = true)]
    diff: Option<Timestamp>,
    /// Only topics that this MQTT topic filter matches
    #[arg(long, value_name = "F", value_parser = TopicFilter::parse)]
    topic: Option<TopicFilter>,
    /// Of which connection, by its name or its key; needed where there are several
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Print a JSON object for each topic, with messages as export writes them
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let Options { history, at, diff, topic, connection, json } = options;
    let reader = blocking(move || Ok(History::open_read_only(&history)?)).await?;
    let (connection, name) = chosen(&reader, connection.as_deref())?;
    let wanted = move |name: &Topic| topic.as_ref().is_none_or(|filter| filter.matches(name));
    let end = at.map_or(Moment::End, Moment::At);
    let looked = Looked { reader, connection, name, json };
    match diff {
        None => looked.state(end, wanted).await,
        Some(start) if at.is_some_and(|at| at < start) => {
            let message =
                "The time of --diff is after that of --at. Give the earlier one to --diff";
            Err(CliError::Usage(message.to_owned()))
        }
        Some(start) => looked.difference(Moment::At(start), end, wanted).await,
    }
}

/// The connection that was named, or the only one there is.
fn chosen(reader: &Reader, named: Option<&str>) -> Result<(ConnectionId, String), CliError> {
    let named = named.map(|name| find_connection(reader, name)).transpose()?;
    let mut connections = reader.connections()?;
    connections.retain(|known| named.is_none_or(|id| known.id == id));
    match connections.as_slice() {
        [only] => Ok((only.id, only.name.clone())),
        [] => Err(CliError::Usage("Nothing was ever recorded into this history".to_owned())),
        several => {
            let names: Vec<&str> = several.iter().map(|known| known.name.as_str()).collect();
            Err(CliError::Usage(format!(
                "Several connections have recorded into this history. Choose one with --connection: \
                 {}",
                names.join(", ")
            )))
        }
    }
}

/// What is looked at, and how it is told.
struct Looked {
    reader: Reader,
    connection: ConnectionId,
    name: String,
    json: bool,
}

impl Looked {
    async fn state(
        self,
        moment: Moment,
        wanted: impl Fn(&Topic) -> bool + Send + 'static,
    ) -> Result<(), CliError> {
        let Self { reader, connection, name, json } = self;
        let of = reader.clone();
        let topics = blocking(move || {
            let (position, _) = moment.find(&of, connection)?;
            let mut topics = of.state_at(connection, position)?.topics;
            topics.retain(|state| wanted(&state.topic));
            topics.sort_unstable_by(|one, other| one.topic.levels().cmp(other.topic.levels()));
            Ok(topics)
        });
        let mut branches = text::Branches::default();
        for page in topics.await?.chunks(PAGE) {
            let mut lines = Vec::new();
            for (state, last) in last_messages(&reader, page.to_vec()).await? {
                match json {
                    true => json::state(&mut lines, &state, last, &name)?,
                    false => branches.state(&mut lines, &state, last.as_ref()),
                }
            }
            if subscribe::print(lines).await? == Output::Gone {
                break;
            }
        }
        Ok(())
    }

    async fn difference(
        self,
        from: Moment,
        to: Moment,
        wanted: impl Fn(&Topic) -> bool + Send + 'static,
    ) -> Result<(), CliError> {
        let Self { reader, connection, name, json } = self;
        let of = reader.clone();
        let changes = blocking(move || {
            let between = (from.find(&of, connection)?.0, to.find(&of, connection)?.0);
            let mut changes = Vec::new();
            let mut cursor = None;
            loop {
                let page = of.changes(connection, between.0, between.1, cursor, usize::MAX)?;
                changes.extend(page.items.into_iter().filter(|change| wanted(&change.topic)));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            changes.sort_unstable_by(|one: &Change, other| {
                one.topic.levels().cmp(other.topic.levels())
            });
            Ok(changes)
        });
        for page in changes.await?.chunks(PAGE) {
            let mut lines = Vec::new();
            for (change, before, after) in both_messages(&reader, page.to_vec()).await? {
                match json {
                    true => json::change(&mut lines, &change, before, after, &name)?,
                    false => text::change(&mut lines, &change, before.as_ref(), after.as_ref()),
                }
            }
            if subscribe::print(lines).await? == Output::Gone {
                break;
            }
        }
        Ok(())
    }
}

type Told = Option<StoredMessage>;

/// Each topic with its last message; `None`: it is damaged.
async fn last_messages(
    reader: &Reader,
    topics: Vec<TopicState>,
) -> Result<Vec<(TopicState, Told)>, CliError> {
    let reader = reader.clone();
    let found = blocking(move || {
        let message = |state: TopicState| Ok((reader.readable(state.last)?, state));
        topics.into_iter().map(|state| message(state).map(|(last, state)| (state, last))).collect()
    });
    Ok(found.await?)
}

/// Each change with its messages, the earlier first.
async fn both_messages(
    reader: &Reader,
    changes: Vec<Change>,
) -> Result<Vec<(Change, Told, Told)>, CliError> {
    let reader = reader.clone();
    let found = blocking(move || {
        let messages = |change: Change| {
            let (before, after) = match change.kind {
                ChangeKind::Appeared { after } => (None, after),
                ChangeKind::Changed { before, after } | ChangeKind::Vanished { before, after } => {
                    (reader.readable(before)?, after)
                }
            };
            Ok((change, before, reader.readable(after)?))
        };
        changes.into_iter().map(messages).collect()
    });
    Ok(found.await?)
}
