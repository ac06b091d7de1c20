//! Edge: the disk. The only crate that knows rusqlite.
