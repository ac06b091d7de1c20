//! The columns of a Parquet file, and how each is written down.
//!
//! | column | holds |
//! |---|---|
//! | `ts` | time of receipt, UTC, microseconds |
//! | `connection`, `seq`, `dir` | as in NDJSON |
//! | `topic` | the name; with U+FFFD where it is not UTF-8, and then `topic_bytes` has its bytes |
//! | `qos`, `retain`, `dup`, `mid` | as on the wire |
//! | `size`, `payload` | length and bytes of the payload, exactly |
//! | `payload_text` | the same as text, where it is UTF-8 |
//! | `payload_format_indicator` … `topic_alias` | the first property of each kind, or null |
//! | `subscription_identifiers` | a list, null where there are none |
//! | `user_properties` | a list of `key` and `value`, in order, duplicates included |
//! | `properties_raw` | all properties as on the wire, where the columns cannot give them back exactly |

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, Type};

const SCHEMA: &str = "
message wiretree {
  REQUIRED INT64 ts (TIMESTAMP(MICROS,true));
  REQUIRED BYTE_ARRAY connection (STRING);
  REQUIRED INT64 seq;
  REQUIRED BYTE_ARRAY dir (STRING);
  REQUIRED BYTE_ARRAY topic (STRING);
  OPTIONAL BYTE_ARRAY topic_bytes;
  REQUIRED INT32 qos (INTEGER(8,false));
  REQUIRED BOOLEAN retain;
  REQUIRED BOOLEAN dup;
  OPTIONAL INT32 mid (INTEGER(16,false));
  REQUIRED INT32 size;
  REQUIRED BYTE_ARRAY payload;
  OPTIONAL BYTE_ARRAY payload_text (STRING);
  OPTIONAL INT32 payload_format_indicator (INTEGER(8,false));
  OPTIONAL INT32 message_expiry_interval (INTEGER(32,false));
  OPTIONAL BYTE_ARRAY content_type (STRING);
  OPTIONAL BYTE_ARRAY response_topic (STRING);
  OPTIONAL BYTE_ARRAY correlation_data;
  OPTIONAL group subscription_identifiers (LIST) {
    REPEATED group list { REQUIRED INT32 element (INTEGER(32,false)); }
  }
  OPTIONAL INT32 topic_alias (INTEGER(16,false));
  OPTIONAL group user_properties (LIST) {
    REPEATED group list {
      REQUIRED group element {
        REQUIRED BYTE_ARRAY key (STRING);
        REQUIRED BYTE_ARRAY value (STRING);
      }
    }
  }
  OPTIONAL BYTE_ARRAY properties_raw;
}";

/// Columns of values that seldom come twice: a dictionary of them, or their extremes, help nobody.
const SINGULAR: [&str; 4] = ["payload", "payload_text", "correlation_data", "properties_raw"];

pub(super) fn schema() -> Result<Type, ParquetError> {
    parse_message_type(SCHEMA)
}

pub(super) fn properties() -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("Wiretree ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        // Extremes of row groups let a reader pass them over; those of pages would stay in memory
        // until the end of the file.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for column in SINGULAR {
        builder = builder
            .set_column_dictionary_enabled(ColumnPath::from(column), false)
            .set_column_statistics_enabled(ColumnPath::from(column), EnabledStatistics::None);
    }
    // Both grow by small steps.
    for column in ["ts", "seq"] {
        builder = builder
            .set_column_dictionary_enabled(ColumnPath::from(column), false)
            .set_column_encoding(ColumnPath::from(column), Encoding::DELTA_BINARY_PACKED);
    }
    Ok(builder.build())
}
