//! What can go wrong when the demo is started. Once it runs, it deals with its faults itself.

use std::io;

/// Why the demo cannot start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The port is taken, or needs rights this process does not have.
    #[error("the demo broker cannot listen on 127.0.0.1:{port}: {source}; choose another port")]
    Listen {
        /// The port that was asked for; 0 asks for any.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The tasks of the demo need a Tokio runtime to run on.
    #[error("the demo was started outside a Tokio runtime; start it from an asynchronous function")]
    Runtime,
    /// The rate is not a number of messages a second.
    #[error("the demo plant cannot send {0} messages a second; choose a rate from 0 to 1,000,000")]
    Rate(f64),
}

impl DemoError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "demo-listen",
            Self::Runtime => "demo-runtime",
            Self::Rate(_) => "demo-rate",
        }
    }
}
