//! Why bytes from the disk are not what was written.

/// What is wrong with a part of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Damage {
    /// Its checksum is that of other bytes.
    #[error("the checksum does not match")]
    Checksum,
    /// It ends in the middle.
    #[error("it ends too early")]
    Truncated,
    /// A number in it cannot be.
    #[error("it has an impossible number")]
    Number,
    /// It does not unpack.
    #[error("it cannot be decompressed")]
    Compression,
    /// Its properties are no properties (MQTT 5 §2.2.2).
    #[error("its properties are malformed")]
    Properties,
    /// What stands alone is not there.
    #[error("a large payload is missing")]
    Missing,
}

impl From<Damage> for rusqlite::Error {
    fn from(damage: Damage) -> Self {
        let kind = rusqlite::types::Type::Blob;
        Self::FromSqlConversionFailure(0, kind, Box::new(damage))
    }
}
