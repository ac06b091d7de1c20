//! SQL, a file a table: the statements, and rows turned into values. No SQL stands elsewhere.

pub(crate) mod alone;
pub(crate) mod blocks;
pub(crate) mod connections;
pub(crate) mod extent;
pub(crate) mod gaps;
pub(crate) mod segments;
pub(crate) mod snapshots;
pub(crate) mod tail;
pub(crate) mod topics;
