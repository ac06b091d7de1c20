//! `export`: messages of a history, to a file or to standard output.

use std::io::{self, BufWriter};
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::ValueEnum;
use wiretree_session::{
    ConnectionId, Existing, Export, ExportForm, ExportOrder, Exported, Format, Formulas, Query,
    Reader, SessionError, Split, blocking, write_export,
};

use crate::console::say;
use crate::error::CliError;
use crate::pipe::Pipe;
use crate::selection::Selection;
use crate::signals;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    selection: Selection,
    /// What to write
    #[arg(long, value_enum)]
    format: Kind,
    /// With csv: no apostrophe in front of cells that a spreadsheet would take for formulas
    #[arg(long)]
    raw_cells: bool,
    /// When a new file begins: with each hour or day in UTC (1h, 1d), at a size (1GiB), or never. The
    /// files stand in a folder then, named as -o without the ending. Without this, Parquet becomes a
    /// folder only where a file would be larger than 1 GiB, and every other format stays one file
    #[arg(long, value_name = "EACH")]
    split: Option<Split>,
    /// File to write; standard output unless given. With --format raw it is a folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file, if there is one, once the new one is complete; a folder is never replaced
    #[arg(long, requires = "output")]
    overwrite: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A JSON object a line. Loses nothing
    Ndjson,
    /// One JSON array of the same objects. Loses nothing
    Json,
    /// For spreadsheets. Loses the connection, the sequence number, and topics that are not UTF-8
    Csv,
    /// Columns with types, for DuckDB, Spark and ClickHouse. Loses nothing
    Parquet,
    /// A folder with a file for each payload, and index.ndjson for all else. Loses nothing
    Raw,
    /// JSON that MQTTX imports. Times are UTC but do not say so, to the millisecond; loses DUP,
    /// packet identifiers and the order of user properties; bytes become base64
    Mqttx,
    /// Lines as of mosquitto_sub -F %J, in UTC. Loses the connection, the direction, DUP, and bytes
    /// that are not UTF-8
    Mosquitto,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let form = options.form()?;
    let existing = if options.overwrite { Existing::Replaced } else { Existing::Kept };
    let Options { selection, output, .. } = options;
    if existing == Existing::Kept
        && let Some(path) = output.iter().find_map(|path| form.in_the_way(path))
    {
        return Err(CliError::Exists { path });
    }
    let (reader, query) = blocking(move || Ok(selection.open())).await??;
    match (output, form) {
        (Some(path), form) => to_file(reader, ExportOrder { query, form, path, existing }).await,
        (None, ExportForm::Messages(format, Split::Never)) => {
            to_standard_output(&reader, &query, format)
        }
        (None, _) => Err(CliError::Usage(
            "Give the folder for several files with -o; standard output takes one".to_owned(),
        )),
    }
}

impl Options {
    fn form(&self) -> Result<ExportForm, CliError> {
        if self.raw_cells && self.format != Kind::Csv {
            return Err(CliError::Usage("--raw-cells belongs to --format csv".to_owned()));
        }
        let format = match self.format {
            Kind::Ndjson => Format::Ndjson,
            Kind::Json => Format::Json,
            Kind::Csv if self.raw_cells => Format::Csv(Formulas::Verbatim),
            Kind::Csv => Format::Csv(Formulas::Disarmed),
            Kind::Parquet => Format::Parquet,
            Kind::Mqttx => Format::Mqttx,
            Kind::Mosquitto => Format::Mosquitto,
            Kind::Raw if self.split.is_some() => {
                return Err(CliError::Usage("--split does not belong to --format raw".to_owned()));
            }
            Kind::Raw => return Ok(ExportForm::PayloadFiles),
        };
        // A pipe cannot become a folder.
        let usual = match format {
            Format::Parquet if self.output.is_some() => Split::WhenLarge,
            _ => Split::Never,
        };
        Ok(ExportForm::Messages(format, self.split.unwrap_or(usual)))
    }
}

/// A key names one connection for good; a name may be that of several.
pub(crate) fn find_connection(reader: &Reader, wanted: &str) -> Result<ConnectionId, CliError> {
    let connections = reader.connections()?;
    if let Some(found) = connections.iter().find(|known| known.key == wanted) {
        return Ok(found.id);
    }
    let mut named = connections.iter().filter(|known| known.name == wanted);
    match (named.next(), named.next()) {
        (Some(found), None) => Ok(found.id),
        (Some(first), Some(second)) => Err(CliError::Usage(format!(
            "Several connections in this history are named {wanted}. Give the key of one, such as \
             {} or {}",
            first.key, second.key
        ))),
        (None, _) => {
            let names: Vec<&str> = connections.iter().map(|known| known.name.as_str()).collect();
            Err(CliError::Usage(format!(
                "No connection in this history is named {wanted}. It has: {}",
                names.join(", ")
            )))
        }
    }
}

/// The session writes the file, so that it has its name only when it is complete.
async fn to_file(reader: Reader, order: ExportOrder) -> Result<(), CliError> {
    let mut ended = signals::listen()?;
    let (export, mut news) = Export::start(reader, order);
    let mut told = false;
    loop {
        let exported = tokio::select! {
            exported = news.next() => exported,
            () = &mut ended, if !told => {
                told = true;
                export.cancel();
                continue;
            }
        };
        match exported {
            Some(Exported::Progress { .. }) => {}
            Some(Exported::Finished { written, unreadable, path, .. }) => {
                say(format_args!("{written} messages were written to {}", path.display()));
                return whole(unreadable);
            }
            Some(Exported::Failed(SessionError::Exists(path))) => {
                return Err(CliError::Exists { path: path.into() });
            }
            Some(Exported::Failed(error)) => return Err(error.into()),
            Some(Exported::Cancelled { .. }) | None => return Err(CliError::Interrupted),
        }
    }
}

fn to_standard_output(reader: &Reader, query: &Query, format: Format) -> Result<(), CliError> {
    let (out, closed) = Pipe::new(io::stdout());
    let out = BufWriter::with_capacity(256 * 1024, out);
    match write_export(reader, query, format, out, |_, _| ControlFlow::Continue(())) {
        Err(error) if !closed.is() => Err(error.into()),
        Err(_) => Ok(()),
        Ok(walked) => whole(walked.unreadable),
    }
}

/// What is damaged in a history keeps nothing else from being written, and is told at the end.
fn whole(unreadable: u64) -> Result<(), CliError> {
    match unreadable {
        0 => Ok(()),
        count => Err(CliError::Unreadable { count }),
    }
}
