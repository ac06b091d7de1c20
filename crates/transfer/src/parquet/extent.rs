//! What a Parquet file holds, by its footer: enough to tell whether it is that of a history.

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::ChunkReader;
use parquet::file::statistics::Statistics;
use wiretree_model::Timestamp;

/// How many messages a Parquet file of ours has, and when they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableExtent {
    /// Messages, one at least.
    pub messages: u64,
    /// The earliest time of receipt.
    pub from: Timestamp,
    /// The latest.
    pub to: Timestamp,
}

impl TableExtent {
    /// Reads the footer. `None`: it is no complete file of ours, or has no messages.
    pub fn read(file: &impl ChunkReader) -> Option<Self> {
        let footer = ParquetMetaDataReader::new().parse_and_finish(file).ok()?;
        let (from, to) = times(&footer)?;
        let messages = footer.file_metadata().num_rows().try_into().ok()?;
        Some(Self { messages, from: Timestamp(from), to: Timestamp(to) })
    }
}

/// The extremes of `ts` over all row groups.
fn times(footer: &ParquetMetaData) -> Option<(i64, i64)> {
    let mut all: Option<(i64, i64)> = None;
    for group in footer.row_groups() {
        let column = group.columns().first().filter(|column| column.column_path().string() == "ts");
        let Some(Statistics::Int64(statistics)) = column?.statistics() else { return None };
        let (from, to) = (*statistics.min_opt()?, *statistics.max_opt()?);
        all = Some(all.map_or((from, to), |known| (known.0.min(from), known.1.max(to))));
    }
    all
}
