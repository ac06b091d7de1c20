//! What the crate promises to its users, over its public interface.

mod csv;
mod messages;
mod ndjson;
