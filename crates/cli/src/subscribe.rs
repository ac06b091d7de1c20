//! `subscribe`: messages as lines of JSON on standard output, as they come.
//!
//! Standard output is written beside the connection, so that a reader who takes his time does not
//! keep a signal from ending the program; the connection waits then, and with it the broker.

use std::io::{self, Write};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use wiretree_model::Message;
use wiretree_session::query::{Candidate, Expression};
use wiretree_session::{Event, Events, Format, Record, RecordWriter, blocking, connect};

use crate::console::{say, warn};
use crate::error::CliError;
use crate::following::Following;
use crate::matching::parse_option;
use crate::options::{BrokerOptions, parse_seconds};
use crate::signals;
use crate::subscriptions::Subscriptions;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Print the lossless NDJSON of export instead: bytes, flags and properties as they came
    #[arg(long)]
    lossless: bool,
    /// Print only messages that this query matches, in the language of search
    #[arg(long = "where", value_name = "QUERY", allow_hyphen_values = true)]
    matching: Option<String>,
    /// End after N messages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this many seconds; with --count, that is a failure
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    wait: Option<Duration>,
    #[command(flatten)]
    subscriptions: Subscriptions,
    #[command(flatten)]
    broker: BrokerOptions,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let matching = parse_option(options.matching.as_ref())?;
    let address = options.broker.address()?;
    let subscriptions = options.subscriptions.named(false)?;
    if subscriptions.is_empty() {
        return Err(CliError::Usage(
            "give a --filter to subscribe to, such as --filter 'site/#'".to_owned(),
        ));
    }
    let mut following = Following::new(subscriptions.len());
    let connect_options = options.broker.connect_options(&address, subscriptions)?;
    let mut ended = signals::listen()?;
    let (connection, mut events) = connect(connect_options);
    let printer = match options.lossless {
        true => Printer::lossless(address.to_string(), options.count),
        false => Printer::new(options.count),
    };
    let printer = Printer { matching, ..printer };
    let mut time_is_up = pin!(after(options.wait));
    let result = tokio::select! {
        () = &mut ended => Ok(()),
        missing = print_all(&mut events, &mut following, printer, &mut time_is_up) => missing,
    };
    drop(events);
    connection.close().await;
    result
}

pub(crate) async fn after(duration: Option<Duration>) {
    match duration {
        Some(duration) => sleep(duration).await,
        None => std::future::pending().await,
    }
}

/// Prints until enough has come, nobody reads any more, or the time is up.
async fn print_all(
    events: &mut Events,
    following: &mut Following,
    mut printer: Printer,
    time_is_up: &mut (impl Future<Output = ()> + Unpin),
) -> Result<(), CliError> {
    let mut was_subscribed = false;
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = &mut *time_is_up => return printer.missing(),
        };
        let Some(event) = event else { return Ok(()) };
        following.note(&event)?.into_iter().for_each(warn);
        if following.is_subscribed() && !was_subscribed {
            was_subscribed = true;
            say("subscribed");
        }
        if let Event::Messages(messages) = event {
            let mut lines = Vec::new();
            for message in messages {
                let message = Message { sequence: printer.printed + 1, ..message };
                printer.line(&mut lines, message)?;
            }
            if print(lines).await? == Reader::Gone || printer.left == Some(0) {
                return Ok(());
            }
        }
    }
}

/// Makes lines of messages, and counts them.
struct Printer {
    format: Format,
    /// The name of the connection.
    connection: String,
    /// Which messages.
    matching: Option<Arc<Expression>>,
    wanted: Option<u64>,
    left: Option<u64>,
    printed: u64,
}

impl Printer {
    fn new(wanted: Option<u64>) -> Self {
        let (format, connection) = (Format::Mosquitto, String::new());
        Self { format, connection, matching: None, wanted, left: wanted, printed: 0 }
    }

    fn lossless(connection: String, wanted: Option<u64>) -> Self {
        Self { format: Format::Ndjson, connection, ..Self::new(wanted) }
    }

    /// Appends the line of a message, unless it is not wanted or enough were printed.
    fn line(&mut self, lines: &mut Vec<u8>, message: Message) -> Result<(), CliError> {
        let is_wanted = |it: &Arc<Expression>| it.matches(&Candidate::from(&message));
        if self.left == Some(0) || !self.matching.as_ref().is_none_or(is_wanted) {
            return Ok(());
        }
        self.left = self.left.map(|left| left - 1);
        self.printed += 1;
        let record = Record { connection: self.connection.clone(), message };
        RecordWriter::new(self.format, lines)?.write(&record)?;
        Ok(())
    }

    /// Whether the time was up too early.
    fn missing(&self) -> Result<(), CliError> {
        match self.wanted {
            Some(wanted) => Err(CliError::TooFew { printed: self.printed, wanted }),
            None => Ok(()),
        }
    }
}

/// Whether somebody reads standard output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    There,
    Gone,
}

/// Writes to standard output.
///
/// # Errors
/// [`CliError::Output`].
pub(crate) async fn print(bytes: Vec<u8>) -> Result<Reader, CliError> {
    let written = blocking(move || {
        let mut out = io::stdout().lock();
        Ok(out.write_all(&bytes).and_then(|()| out.flush()))
    });
    match written.await? {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(CliError::Output(error)),
    }
}
