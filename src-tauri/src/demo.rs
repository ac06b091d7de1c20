//! The demo broker and its plant: there only while somebody is connected to them.

use tokio::sync::Mutex;
use wiretree_demo::{Broker, DemoError, Plant};
use wiretree_model::{QoS, Subscription};
use wiretree_session::ConnectOptions;

/// The history of the demo stands under this key, also after a restart.
pub(crate) const KEY: &str = "demo";

/// The demo, shared by all its tabs.
#[derive(Default)]
pub(crate) struct DemoPlant(Mutex<Option<Running>>);

struct Running {
    broker: Broker,
    plant: Plant,
    /// How many connections are open to it.
    users: usize,
}

impl DemoPlant {
    /// Starts the demo if it is not running, and says how to connect to it. Each call is to be
    /// ended with [`DemoPlant::leave`].
    ///
    /// # Errors
    /// It could not be started.
    pub(crate) async fn enter(&self) -> Result<ConnectOptions, DemoError> {
        let mut running = self.0.lock().await;
        if running.is_none() {
            let broker = Broker::start(None)?;
            let plant = Plant::start(&broker, Plant::RATE)?;
            *running = Some(Running { broker, plant, users: 0 });
        }
        let mut options = ConnectOptions::default();
        if let Some(running) = running.as_mut() {
            running.users += 1;
            options.port = running.broker.address().port();
        }
        options.subscriptions = ["#", "$SYS/#"]
            .into_iter()
            .filter_map(|filter| Subscription::parse(filter, QoS::ExactlyOnce).ok())
            .collect();
        Ok(options)
    }

    /// One connection less; the last one stops the demo, and nothing listens any more when this
    /// returns. Other clients are told.
    pub(crate) async fn leave(&self) {
        let mut running = self.0.lock().await;
        if let Some(demo) = running.as_mut() {
            demo.users = demo.users.saturating_sub(1);
        }
        if let Some(Running { broker, plant, .. }) = running.take_if(|demo| demo.users == 0) {
            plant.stop().await;
            broker.stop().await;
        }
    }
}
