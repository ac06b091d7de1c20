//! Wiretree without a window: records, publishes, exports, replays, mends and probes from the command line.
//!
//! A thin door into the session crate: it reads options, asks the session, and says how it went.
//! Data goes to standard output, everything for people to standard error, each problem as one
//! sentence; the exit code tells a script what kind of problem it was. Deliberately absent:
//! anything that the window would need too, which belongs into the session.

mod address;
mod clear;
mod console;
mod demo;
mod error;
mod export;
mod following;
mod import;
mod keep;
mod matching;
mod mending;
mod options;
mod password;
mod pipe;
mod probe;
mod publish;
mod record;
mod replay;
mod search;
mod selection;
mod signals;
mod status;
mod subscribe;
mod subscriptions;
mod time;
mod trace;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::{CliError, EXIT_CODES};

/// The desktop MQTT explorer Wiretree, without its window.
#[derive(Parser)]
#[command(name = "wiretree-cli", bin_name = "wiretree-cli", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Record what a broker sends into a history file, until it is told to end
    ///
    /// Connects again by itself after a loss; only when the very first attempt fails does it end.
    /// SIGINT, SIGTERM, --count and --for end it in good order: everything received is committed.
    /// Each second a status line goes to standard error. At the end one JSON object goes to
    /// standard output: received, stored and dropped messages, topics, seconds (from the first
    /// message received to the last commit; from the start, when there was no message),
    /// cpu_seconds and peak_rss_bytes (null where the system does not tell).
    #[command(after_help = EXIT_CODES)]
    Record(record::Options),
    /// Print what a broker sends, a line of JSON for each message
    ///
    /// The fields are those of mosquitto_sub -F %J, the time in UTC, numbers with the digits they
    /// came with; a payload that is not JSON stands there as a string. With --lossless, the lines
    /// are those of export. When whoever reads standard output has enough and closes it, that is a
    /// success.
    #[command(after_help = EXIT_CODES)]
    Subscribe(subscribe::Options),
    /// Publish a message, once or many times
    ///
    /// Ends with 0 only when the broker has acknowledged all of them; QoS 0 knows no
    /// acknowledgement, so there it means that all were handed to the network and the connection
    /// ended in good order.
    #[command(after_help = EXIT_CODES)]
    Publish(publish::Options),
    /// Write messages of a history file as NDJSON, CSV, JSON, Parquet or for other programs
    ///
    /// Oldest first; with mqttx, connection by connection. Works also while the history is being
    /// recorded. A file or folder has its name only when it is complete. When whoever reads standard
    /// output has enough and closes it, that is a success.
    #[command(after_help = EXIT_CODES)]
    Export(export::Options),
    /// Read messages from files into a history: our own exports, and those of other programs
    ///
    /// Each file becomes connections of its own in the history, so what is there already is never
    /// touched. Times, flags, packet identifiers, properties and, where the file has them, sequence
    /// numbers are kept; what was exported, imported and exported again is the same. For each file one
    /// JSON object goes to standard output: kind, imported, bad (entries that are no messages), changed
    /// (payloads that the other program had changed), renumbered, and the connections. Entries that
    /// are no messages are left out and named on standard error.
    #[command(after_help = EXIT_CODES)]
    Import(import::Options),
    /// Send messages of a history to a broker again, oldest first
    ///
    /// With the pauses of the recording, faster, slower, or at a fixed rate; to other topics by rules.
    /// Payload, QoS, RETAIN and the properties of MQTT 5 go along as recorded. Each second a status
    /// line goes to standard error; a lost connection is waited for, and what may have arrived is not
    /// sent twice. SIGINT and SIGTERM stop it in good order. At the end one JSON object goes to
    /// standard output: result ("finished", "stopped" or "failed"), the messages read, skipped (they
    /// went the other way), refused (nobody may publish to their topic), published, acknowledged, sent
    /// (QoS 0), failed and unknown (the answer never came), passes, seconds, the first failures, and
    /// the file with all outcomes. With --dry-run it says what would be sent. Ends with 0 only when
    /// every message was sent and, with QoS 1 and 2, acknowledged; with 4 when the broker refused one,
    /// with 3 when the answer to one was lost.
    #[command(after_help = EXIT_CODES)]
    Replay(replay::Options),
    /// Search a history file, newest first, and print what is found as it is found
    ///
    /// QUERY is the language of the window's search line: text, "text with spaces", /regex/,
    /// topic:plant/+/status, qos:>=1, retain:yes, size:>1KiB, from:-15m, user.site:berlin,
    /// '$.values.rpm > 11000', joined by and, or, not and parentheses; docs/query.md has all of it.
    /// Put it in single quotes for the shell. Moments without a zone are in UTC. The lines are those
    /// of subscribe. Works also while the history is being recorded.
    #[command(after_help = EXIT_CODES)]
    Search(search::Options),
    /// Remove messages from a history, and give their space back
    ///
    /// By topic filter, connection and time; say what by at least one of these, or --all. With
    /// --dry-run one JSON object says what would go: messages, bytes (about), topics, oldest, newest,
    /// and the total of messages. With --yes it is removed, and the object has messages,
    /// bytes_given_back and damaged (messages that could not be removed). SIGINT ends it early; what
    /// is gone stays gone. The messages that the broker retains are not touched.
    #[command(after_help = EXIT_CODES)]
    Clear(clear::Options),
    /// Show or set how long a history keeps messages
    ///
    /// Prints the policies as JSON with the size of each connection. With options of a policy, --dry-run
    /// prints what it would remove, in the words of clear, and --apply sets it: by age, count and size
    /// on the disk, and rules for topics. What a policy does not keep is removed at once, and then each
    /// minute for as long as the history is recorded into.
    #[command(after_help = EXIT_CODES)]
    Keep(keep::Options),
    /// Read a history from end to end, and say whether all of it is as it was written
    ///
    /// Compares the checksum of every block, index and snapshot, and lets SQLite check its pages.
    /// Works also while the history is being recorded. One JSON object goes to standard output: the
    /// number of intact and damaged messages, the damaged stretches, and what else is wrong (beside).
    /// Ends with 0 only when the history is whole.
    #[command(after_help = EXIT_CODES)]
    Check(mending::Options),
    /// Set a damaged history aside, and make a new one of what is intact in it
    ///
    /// The damaged file keeps every byte under a name that says so, such as
    /// history.wiretree.corrupt-20260102. Messages keep their numbers and their places. One JSON object
    /// goes to standard output: aside, messages (taken over), lost, and nameless_topics (topics whose
    /// names could not be read; their messages stand under "(name lost)").
    #[command(after_help = EXIT_CODES)]
    Salvage(mending::Options),
    /// Write a history of an earlier Wiretree anew, in the format of this one, and keep the old file
    ///
    /// The window and record do it by themselves; commands that only read ask for it. One JSON object
    /// goes to standard output: kept (the old file; null where there was nothing to do) and messages.
    #[command(after_help = EXIT_CODES)]
    Upgrade(mending::Options),
    /// Print what the topics of a history were at a moment, or what differs between two
    ///
    /// A line for each level, with [retained] and the last value of a topic. With --diff a line for
    /// each topic that has appeared (+), changed (~) or vanished (-: it was retained, and is not any
    /// more). With --json an object for each topic: topic, messages, retained, and last; or topic,
    /// change ("appeared", "changed" or "vanished"), before and after; null for a message that is
    /// damaged. Times are those of arrival.
    /// Works also while the history is being recorded.
    #[command(after_help = EXIT_CODES)]
    Tree(tree::Options),
    /// Test a connection step by step, and say what the broker allows
    ///
    /// A line for each step with its time goes to standard output, and what there is to know about
    /// it: the limits of CONNACK, and for a failure the likely cause and what can be done. With
    /// --json it is one JSON object: result ("accepted", "refused" or "failed"), reason, error,
    /// message, and the steps with id, status, milliseconds, facts and certificates.
    #[command(after_help = EXIT_CODES)]
    Probe(probe::Options),
    /// Print every packet that goes to and fro, as it goes
    ///
    /// A line for each packet: time in UTC, direction (to the broker -->, from it <--), type, packet
    /// identifier, what it says, size, and the time since the packet that it answers. Passwords are
    /// masked. Without --filter it connects and subscribes to nothing.
    #[command(after_help = EXIT_CODES)]
    Trace(trace::Options),
    /// Run the demo broker with its simulated plant, until SIGINT or SIGTERM
    ///
    /// Listens on 127.0.0.1 only, and prints its address on standard output.
    #[command(after_help = EXIT_CODES)]
    Demo(demo::Options),
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::warn(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(command: Command) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(CliError::System)?;
    let result = runtime.block_on(async {
        match command {
            Command::Record(options) => record::run(options).await,
            Command::Subscribe(options) => subscribe::run(options).await,
            Command::Publish(options) => publish::run(options).await,
            Command::Export(options) => export::run(options).await,
            Command::Import(options) => import::run(options).await,
            Command::Replay(options) => replay::run(options).await,
            Command::Search(options) => search::run(options).await,
            Command::Clear(options) => clear::run(options).await,
            Command::Keep(options) => keep::run(options).await,
            Command::Check(options) => mending::check(options).await,
            Command::Salvage(options) => mending::salvage(options).await,
            Command::Upgrade(options) => mending::upgrade(options).await,
            Command::Tree(options) => tree::run(options).await,
            Command::Probe(options) => probe::run(options).await,
            Command::Trace(options) => trace::run(options).await,
            Command::Demo(options) => demo::run(options).await,
        }
    });
    // Whoever has stopped reading standard output keeps nobody from ending.
    runtime.shutdown_background();
    result
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_options_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }
}
