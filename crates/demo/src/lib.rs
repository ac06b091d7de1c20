//! A loopback broker and a plant of simulated devices inside the process.
//!
//! For the first minute of a new user and for tests: [`Broker`] speaks MQTT 3.1.1 and 5 on one port
//! of 127.0.0.1, [`Plant`] fills it with the traffic of a small factory. Nothing listens unless it
//! was started, and dropping a handle ends what it started.
//!
//! Deliberately absent: TLS, WebSocket, passwords, anything on disk, and any other address than
//! loopback. It is no broker for production.

mod broker;
mod error;
mod plant;

pub use broker::Broker;
pub use error::DemoError;
pub use plant::Plant;
