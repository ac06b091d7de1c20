//! A plant of simulated devices: the traffic of a small factory, a house and a few oddities.
//!
//! The devices are clients of the broker like any other: one connection carries the gateway they
//! share, one is a machine that now and then drops out, so that its will is seen. Values follow
//! from a seed and the time since the start; what arrives at a command topic is answered.

mod answers;
mod client;
mod gateway;
mod home;
mod image;
mod layout;
mod machine;
mod oddities;
mod schedule;
mod signal;
mod wanderer;

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::{Broker, DemoError};
use wanderer::Presence;

/// The highest rate that is taken, in messages a second.
const FASTEST: f64 = 1_000_000.0;

/// The running devices. Dropping it ends them without a word, so their wills are published.
#[derive(Debug)]
pub struct Plant {
    /// Dropped, it aborts what runs in it.
    tasks: JoinSet<()>,
}

impl Plant {
    /// Messages a second unless something else is wanted.
    pub const RATE: f64 = 200.0;

    /// Starts the devices on this broker. They publish `rate` messages a second together, over
    /// what is published at the start, in answers and by wills. Must be called inside a Tokio
    /// runtime; ends by itself never, and is idle once the broker has ended.
    ///
    /// # Errors
    /// [`DemoError::Rate`] and [`DemoError::Runtime`].
    pub fn start(broker: &Broker, rate: f64) -> Result<Self, DemoError> {
        Self::with_presence(broker, rate, Presence::default())
    }

    fn with_presence(broker: &Broker, rate: f64, presence: Presence) -> Result<Self, DemoError> {
        if !(0.0..=FASTEST).contains(&rate) {
            return Err(DemoError::Rate(rate));
        }
        let runtime = Handle::try_current().map_err(|_| DemoError::Runtime)?;
        let mut tasks = JoinSet::new();
        tasks.spawn_on(gateway::run(broker.address(), rate), &runtime);
        tasks.spawn_on(wanderer::run(broker.address(), presence), &runtime);
        Ok(Self { tasks })
    }

    /// Ends the devices and waits until they are gone.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

#[cfg(test)]
mod tests;
