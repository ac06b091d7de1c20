//! What the crate promises to its users, over its public interface.

mod csv;
pub(crate) mod messages;
mod mqttx;
mod ndjson;
