//! `trace`: the packets of a connection as they go, for people, for programs and for Wireshark.
//!
//! The connection records them into a ring, and a thread of its own prints what is new: a slow
//! destination delays nothing but itself. What the ring had to give up before it was printed is
//! counted, and said.

mod text;
mod written;

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use clap::ValueEnum;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wiretree_model::Direction;
use wiretree_session::{Events, PacketFilter, PacketFormat, PacketKind, Trace, connect};

use crate::console::{say, warn};
use crate::error::CliError;
use crate::following::Following;
use crate::options::{BrokerOptions, parse_seconds};
use crate::pipe::{Closed, Pipe};
use crate::signals;
use crate::subscribe::after;
use crate::subscriptions::Subscriptions;

/// Between two looks at the ring.
const LOOK: Duration = Duration::from_millis(50);
/// How much may wait to be printed, in bytes of packets.
const RING: usize = 64 * 1024 * 1024;
/// How long a reader who has stopped may keep the program from ending.
const LAST_LOOK: Duration = Duration::from_secs(2);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// text for people, ndjson for programs, pcapng for Wireshark
    #[arg(long, value_enum, default_value = "text")]
    format: Kind,
    /// File to write, which must not exist; standard output unless given
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// With text: every field below its packet, with the clause of the specification, and the bytes
    #[arg(long)]
    verbose: bool,
    /// Leave PINGREQ and PINGRESP out
    #[arg(long)]
    hide_pings: bool,
    /// Only packets of these types, as in PUBLISH,PUBACK; "event" is what happens below MQTT
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',', value_parser = parse_kind)]
    kinds: Vec<PacketKind>,
    /// Only one way
    #[arg(long, value_enum)]
    direction: Option<Way>,
    /// Only with this packet identifier
    #[arg(long, value_name = "ID")]
    packet_id: Option<u16>,
    /// Only about topics that contain this text, or that this MQTT filter matches
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    topic: String,
    /// End after N packets
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    wait: Option<Duration>,
    #[command(flatten)]
    subscriptions: Subscriptions,
    #[command(flatten)]
    broker: BrokerOptions,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Text,
    Ndjson,
    Pcapng,
}

#[derive(Clone, Copy, ValueEnum)]
enum Way {
    Sent,
    Received,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let address = options.broker.address()?;
    if options.verbose && options.format != Kind::Text {
        return Err(CliError::Usage("--verbose belongs to --format text".to_owned()));
    }
    let filter = options.filter();
    let subscriptions = options.subscriptions.named(false)?;
    let mut following = Following::new(subscriptions.len());
    let mut connect_options = options.broker.connect_options(&address, subscriptions)?;
    connect_options.trace = Some(RING);
    let (out, closed) = destination(options.out, options.format)?;
    let mut ended = signals::listen()?;
    let (connection, mut events) = connect(connect_options);
    let trace = connection.trace();
    let printer: Box<dyn Printer> = match options.format {
        Kind::Text => Box::new(text::Text::new(trace.clone(), filter, options.verbose, out)),
        Kind::Ndjson => Box::new(written::Written::new(filter, PacketFormat::Ndjson, out)?),
        Kind::Pcapng => {
            let format = PacketFormat::pcapng(&address.host);
            Box::new(written::Written::new(filter, format, out)?)
        }
    };
    let (stop, stopped) = channel();
    let mut printing = start(trace, printer, options.count, stopped);
    let mut time_is_up = pin!(after(options.wait));
    let result = tokio::select! {
        () = &mut ended => Ok(()),
        () = &mut time_is_up => Ok(()),
        result = follow(&mut events, &mut following) => result,
        printed = &mut printing => return finish(printed.map_err(io::Error::other), &closed),
    };
    connection.close().await;
    // To the end, so that DISCONNECT is among what was recorded.
    while events.next().await.is_some() {}
    end(printing, stop, &closed).await?;
    result
}

impl Options {
    fn filter(&self) -> PacketFilter {
        PacketFilter {
            kinds: self.kinds.clone(),
            direction: self.direction.map(|way| match way {
                Way::Sent => Direction::Sent,
                Way::Received => Direction::Received,
            }),
            packet_id: self.packet_id,
            topic: self.topic.clone(),
            hide_pings: self.hide_pings,
        }
    }
}

/// Says what there is to say, until it cannot go on.
async fn follow(events: &mut Events, following: &mut Following) -> Result<(), CliError> {
    let mut was_subscribed = false;
    while let Some(event) = events.next().await {
        following.note(&event)?.into_iter().for_each(warn);
        if following.is_subscribed() && !was_subscribed {
            was_subscribed = true;
            say("tracing");
        }
    }
    Ok(())
}

/// Where packets are written to.
type Destination = Pipe<Box<dyn Write + Send>>;

fn destination(path: Option<PathBuf>, format: Kind) -> Result<(Destination, Closed), CliError> {
    let out: Box<dyn Write + Send> = match path {
        None if format == Kind::Pcapng && io::stdout().is_terminal() => {
            let sentence = "pcapng is no text for a terminal: give a file with --out";
            return Err(CliError::Usage(sentence.to_owned()));
        }
        None => Box::new(io::stdout()),
        Some(path) => Box::new(File::create_new(&path).map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => CliError::Exists { path: path.clone() },
            _ => CliError::File { path: path.clone(), cause },
        })?),
    };
    Ok(Pipe::new(out))
}

/// Writes packets in one of the forms.
trait Printer: Send {
    /// Prints what has been recorded from this number on, at most `most` packets. Gives how many it
    /// printed, and the number to go on with.
    fn look(&mut self, trace: &Trace, next: u64, most: u64) -> Result<(u64, u64), CliError>;

    /// Nothing follows.
    fn finish(&mut self) -> Result<(), CliError>;
}

/// Prints on a thread of its own until enough was printed, or it is told to stop.
fn start(
    trace: Trace,
    mut printer: Box<dyn Printer>,
    count: Option<u64>,
    stopped: Receiver<()>,
) -> JoinHandle<Result<(), CliError>> {
    tokio::task::spawn_blocking(move || {
        let mut left = count.unwrap_or(u64::MAX);
        let (mut next, mut missed) = (0, 0);
        loop {
            // What happens before it is told to stop is still printed.
            let wait = stopped.recv_timeout(LOOK);
            let last = !matches!(wait, Err(RecvTimeoutError::Timeout));
            missed += trace.extent().first.saturating_sub(next);
            let (printed, upto) = printer.look(&trace, next, left)?;
            next = upto;
            left = left.saturating_sub(printed);
            if last || left == 0 {
                break;
            }
        }
        if missed > 0 {
            warn(format_args!(
                "{missed} packets came faster than they could be written, and are not there"
            ));
        }
        printer.finish()
    })
}

/// Waits for what is still to be printed, but not for a reader who has stopped.
async fn end(
    printing: JoinHandle<Result<(), CliError>>,
    stop: Sender<()>,
    closed: &Closed,
) -> Result<(), CliError> {
    drop(stop);
    match timeout(LAST_LOOK, printing).await {
        Ok(printed) => finish(printed.map_err(io::Error::other), closed),
        Err(_) => Ok(()),
    }
}

/// How the printing went; that nobody reads any more is a success.
fn finish(printed: io::Result<Result<(), CliError>>, closed: &Closed) -> Result<(), CliError> {
    match printed.map_err(CliError::System)? {
        Err(_) if closed.is() => Ok(()),
        result => result,
    }
}

fn parse_kind(text: &str) -> Result<PacketKind, String> {
    let kind = PacketKind::from_name(&text.to_ascii_uppercase());
    kind.or_else(|| PacketKind::from_name(text)).ok_or_else(|| {
        "write packet types as in the specification, such as PUBLISH or SUBACK, or event".to_owned()
    })
}
