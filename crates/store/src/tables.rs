//! SQL, a file a table: the statements, and rows turned into values. No SQL stands elsewhere.

pub(crate) mod connections;
pub(crate) mod gaps;
pub(crate) mod messages;
pub(crate) mod postings;
pub(crate) mod segments;
pub(crate) mod topics;
