//! For tests only: a real broker on the loopback interface, started and ended by the test.
//!
//! Promises: each broker has its own configuration file, data folder and port; it ends with its
//! value, by its process id; nothing but 127.0.0.1 is listened on. Any failure panics with what the
//! broker said, since a test can do nothing better.

mod broker;
mod certificates;
mod folder;
mod port;
mod process;

pub use broker::Mosquitto;
pub use certificates::{Authority, Issued, Purpose, Wish, self_signed};
pub use folder::Folder;
pub use port::free_port;
pub use process::Running;
