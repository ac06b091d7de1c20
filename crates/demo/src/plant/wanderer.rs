//! The machine that comes and goes: now and then its connection breaks without DISCONNECT, and the
//! broker publishes its will.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, interval, sleep, timeout};
use wiretree_model::{Publish, QoS, Topic};
use wiretree_wire::{Connect, Will};

use super::client::Client;
use super::layout::WANDERER;
use super::machine::{Kind, Machine, Measure};
use super::signal::Moment;

/// How long it is there, and how long it is away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presence {
    pub(super) there: Duration,
    pub(super) away: Duration,
    /// Between two values while it is there.
    pub(super) step: Duration,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            there: Duration::from_secs(25),
            away: Duration::from_secs(8),
            step: Duration::from_secs(1),
        }
    }
}

/// Runs until it is aborted.
pub(super) async fn run(address: SocketAddr, presence: Presence) {
    let mut machine = Machine::new(WANDERER, Kind::Mill, 77);
    loop {
        // Ending the future drops the connection, and that is the point; so is any error.
        let _ = timeout(presence.there, work(address, &mut machine, presence.step)).await;
        sleep(presence.away).await;
    }
}

async fn work(address: SocketAddr, machine: &mut Machine, step: Duration) -> io::Result<()> {
    let will = Will {
        topic: Topic::received(format!("{WANDERER}/status")),
        payload: Bytes::from_static(b"\"offline\""),
        qos: QoS::AtLeastOnce,
        retain: true,
        ..Will::default()
    };
    let connect = Connect {
        clean_start: true,
        client_id: "demo-cnc-03".into(),
        will: Some(will),
        ..Connect::default()
    };
    let mut client = Client::connect(address, connect).await?;
    for publish in [machine.status(), machine.config()] {
        client.publish(publish)?;
    }
    let started = Instant::now();
    let mut steps = interval(step);
    loop {
        tokio::select! {
            _ = steps.tick() => {
                let moment = Moment::now(started.elapsed());
                client.publish(machine.measure(Measure::Spindle, moment))?;
            }
            message = client.message() => unasked(message?),
        }
        client.send().await?;
    }
}

/// It has subscribed to nothing; reading only notices the end of the connection.
fn unasked(_message: Publish) {}
