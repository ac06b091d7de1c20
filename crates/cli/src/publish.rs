//! `publish`: one message, once or many times, with nothing left open at the end.
//!
//! Many are on their way at a time, and each is waited for. A loss of the connection ends it: what
//! was not acknowledged by then may or may not have arrived, and only the user knows whether it
//! may be sent twice.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tokio::task::JoinHandle;
use wiretree_model::{Publish, QoS, Topic};
use wiretree_session::{
    Connection, Event, Events, MqttError, PublishOutcome, PublishTicket, State, connect,
};

use crate::error::CliError;
use crate::options::{BrokerOptions, parse_qos};

/// How many are on their way at a time.
const UNDER_WAY: usize = 1_000;
/// The most a message can carry (MQTT 5 §1.5.5), headers included.
const LARGEST: u64 = 268_435_455;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    broker: BrokerOptions,
    /// Topic to publish to
    #[arg(long, value_name = "T", value_parser = Topic::to_publish)]
    topic: Topic,
    #[command(flatten)]
    payload: Payload,
    /// QoS: 0, 1 or 2
    #[arg(long, value_name = "Q", default_value = "0", value_parser = parse_qos)]
    qos: QoS,
    /// Ask the broker to keep the message for later subscribers; an empty payload removes it
    #[arg(long)]
    retain: bool,
    /// How many times to publish it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Payload {
    /// Payload as text
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    payload: Option<String>,
    /// File whose bytes are the payload; - reads standard input
    #[arg(long, value_name = "F")]
    file: Option<PathBuf>,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let address = options.broker.address()?;
    let payload = options.payload.read()?;
    let publish = Publish {
        topic: options.topic,
        payload: payload.into(),
        qos: options.qos,
        retain: options.retain,
        ..Publish::default()
    };
    let (connection, mut events) = connect(options.broker.connect_options(&address)?);
    connected(&mut events).await?;
    let first_loss = watch_for_loss(events);
    let published = publish_all(&connection, &publish, options.count).await;
    connection.close().await;
    let loss = first_loss.await.unwrap_or_default();
    published?;
    match loss {
        // Nobody acknowledges QoS 0, so only an undisturbed connection says that all went out.
        Some(cause) if options.qos == QoS::AtMostOnce => Err(cause.into()),
        _ => Ok(()),
    }
}

impl Payload {
    fn read(&self) -> Result<Vec<u8>, CliError> {
        let Some(path) = &self.file else {
            return Ok(self.payload.clone().unwrap_or_default().into_bytes());
        };
        let bytes = if path == Path::new("-") {
            read_bounded(io::stdin().lock())
        } else {
            File::open(path).and_then(read_bounded)
        };
        let bytes = bytes.map_err(|cause| CliError::Payload { path: path.clone(), cause })?;
        if bytes.len() as u64 > LARGEST {
            return Err(CliError::PayloadTooLarge { path: path.clone() });
        }
        Ok(bytes)
    }
}

fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Waits for the first attempt to end.
async fn connected(events: &mut Events) -> Result<(), CliError> {
    while let Some(event) = events.next().await {
        match event {
            Event::State(State::Connected { .. }) => return Ok(()),
            Event::State(State::WaitingToRetry { cause, .. } | State::Refused { cause }) => {
                return Err(cause.into());
            }
            _ => {}
        }
    }
    Err(MqttError::Closed.into())
}

/// Reads events until the connection has ended, and gives the cause of the first loss.
fn watch_for_loss(mut events: Events) -> JoinHandle<Option<MqttError>> {
    tokio::spawn(async move {
        let mut first = None;
        while let Some(event) = events.next().await {
            if let Event::State(State::WaitingToRetry { cause, .. } | State::Refused { cause }) =
                event
            {
                first.get_or_insert(cause);
            }
        }
        first
    })
}

async fn publish_all(
    connection: &Connection,
    publish: &Publish,
    wanted: u64,
) -> Result<(), CliError> {
    let mut under_way: VecDeque<PublishTicket> = VecDeque::new();
    let (mut given, mut done) = (0, 0);
    while done < wanted {
        if given < wanted && under_way.len() < UNDER_WAY {
            under_way.push_back(connection.publish(publish.clone()).await);
            given += 1;
            continue;
        }
        let Some(oldest) = under_way.pop_front() else { break };
        if let PublishOutcome::Failed { cause } | PublishOutcome::Unknown { cause } =
            oldest.finished().await
        {
            // Most of the others end in the same way; what the broker has of them counts.
            for ticket in under_way {
                let outcome = ticket.finished().await;
                done += u64::from(!is_undelivered(&outcome));
            }
            return Err(CliError::Undelivered { done, wanted, cause });
        }
        done += 1;
    }
    Ok(())
}

fn is_undelivered(outcome: &PublishOutcome) -> bool {
    matches!(outcome, PublishOutcome::Failed { .. } | PublishOutcome::Unknown { .. })
}
