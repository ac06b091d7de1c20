//! What the readers are to read, and what they are to refuse.

pub(super) mod files;
mod hostile;
mod round_trip;
