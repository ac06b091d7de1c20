//! The connection that the devices share: publishes what is due, answers what comes in.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use wiretree_model::{Publish, QoS, Topic};
use wiretree_wire::{Connect, Will};

use super::answers::{FILTERS, answer};
use super::client::Client;
use super::home::{self, Home};
use super::layout::machines;
use super::machine::{Machine, Measure};
use super::oddities::{self, Oddity};
use super::schedule::{Pace, Round};
use super::signal::{Moment, Signal};

/// How often it looks whether messages are due.
const STEP: Duration = Duration::from_millis(20);
/// How long it waits before it connects again.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes it queues before it sends them.
const PORTION: usize = 256;

const STATUS: &str = "acme/gateway/status";

/// Runs until it is aborted; a lost connection is made again.
pub(super) async fn run(address: SocketAddr, rate: f64) {
    let mut devices = Devices::new(rate);
    loop {
        // What went wrong is the broker's to tell: its clients see the will of the gateway.
        let _ = serve(address, &mut devices).await;
        sleep(PAUSE).await;
    }
}

async fn serve(address: SocketAddr, devices: &mut Devices) -> io::Result<()> {
    let will = Will {
        topic: Topic::received(STATUS),
        payload: Bytes::from_static(b"offline"),
        qos: QoS::AtLeastOnce,
        retain: true,
        ..Will::default()
    };
    let connect = Connect {
        clean_start: true,
        client_id: "demo-gateway".into(),
        will: Some(will),
        ..Connect::default()
    };
    let mut client = Client::connect(address, connect).await?;
    client.subscribe(&FILTERS)?;
    for publish in devices.first() {
        client.publish(publish)?;
    }
    client.send().await?;
    let mut steps = interval(STEP);
    steps.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = steps.tick() => devices.publish_due(&mut client).await?,
            message = client.message() => {
                for answer in devices.answer(&message?) {
                    client.publish(answer)?;
                }
            }
        }
        client.send().await?;
    }
}

/// Who publishes next.
#[derive(Clone, Copy, Debug)]
enum Source {
    Machine(usize, Measure),
    Home(home::Event),
    Odd(Oddity),
}

/// All devices of the gateway.
struct Devices {
    machines: Vec<Machine>,
    home: Home,
    odd: Signal,
    sources: Vec<Source>,
    round: Round,
    pace: Pace,
    started: Instant,
}

impl Devices {
    fn new(rate: f64) -> Self {
        let machines = machines();
        let mut weighted = Vec::new();
        for (index, machine) in machines.iter().enumerate() {
            let measures = machine.kind().measures().iter();
            weighted.extend(
                measures.map(|(measure, weight)| (Source::Machine(index, *measure), *weight)),
            );
        }
        weighted.extend(home::EVENTS.map(|(event, weight)| (Source::Home(event), weight)));
        weighted.extend(oddities::all().into_iter().map(|oddity| (Source::Odd(oddity), 1)));
        let (sources, weights): (Vec<_>, Vec<_>) = weighted.into_iter().unzip();
        Self {
            machines,
            home: Home::new(1001),
            odd: Signal::new(2002),
            sources,
            round: Round::new(&weights),
            pace: Pace::new(rate),
            started: Instant::now(),
        }
    }

    fn moment(&self) -> Moment {
        Moment::now(self.started.elapsed())
    }

    /// What is retained from the start: states and configurations.
    fn first(&mut self) -> Vec<Publish> {
        let online = Publish {
            topic: Topic::received(STATUS),
            payload: Bytes::from_static(b"online"),
            qos: QoS::AtLeastOnce,
            retain: true,
            ..Publish::default()
        };
        let machines = self.machines.iter_mut();
        let first = machines.flat_map(|machine| [machine.status(), machine.config()]);
        [online].into_iter().chain(first).chain(self.home.first()).collect()
    }

    async fn publish_due(&mut self, client: &mut Client) -> io::Result<()> {
        let moment = self.moment();
        for count in 1..=self.pace.due(self.started.elapsed()) {
            if let Some(publish) = self.next(moment) {
                client.publish(publish)?;
            }
            if count % PORTION == 0 {
                client.send().await?;
            }
        }
        Ok(())
    }

    fn next(&mut self, moment: Moment) -> Option<Publish> {
        let source = *self.sources.get(self.round.turn()?)?;
        Some(match source {
            Source::Machine(index, measure) => {
                self.machines.get_mut(index)?.measure(measure, moment)
            }
            Source::Home(event) => self.home.next(event, moment),
            Source::Odd(oddity) => oddities::next(oddity, &mut self.odd, moment),
        })
    }

    fn answer(&mut self, message: &Publish) -> Vec<Publish> {
        let moment = self.moment();
        answer(message, &mut self.machines, &mut self.home, moment)
    }
}
