//! `publish`: one message, once or many times, with nothing left open at the end.
//!
//! Many are on their way at a time, and each is waited for. A loss of the connection ends it: what
//! was not acknowledged by then may or may not have arrived, and only the user knows whether it
//! may be sent twice.

use std::collections::VecDeque;
use std::path::PathBuf;

use tokio::task::JoinHandle;
use wiretree_model::{Publish, QoS, Topic};
use wiretree_session::{
    Connection, Event, Events, MqttError, PublishOutcome, PublishTicket, State, connect,
};

use crate::error::CliError;
use crate::options::{BrokerOptions, MessageOptions, parse_qos, read_payload};

/// How many are on their way at a time.
const UNDER_WAY: usize = 1_000;

#[derive(clap::Args)]
pub(crate) struct Options {
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
    #[command(flatten)]
    properties: MessageOptions,
    #[command(flatten)]
    broker: BrokerOptions,
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
    let payload = match &options.payload.file {
        Some(file) => read_payload(file)?,
        None => options.payload.payload.unwrap_or_default().into_bytes(),
    };
    let connect_options = options.broker.connect_options(&address, Vec::new())?;
    let publish = Publish {
        topic: options.topic,
        payload: payload.into(),
        qos: options.qos,
        retain: options.retain,
        properties: options.properties.to_properties(connect_options.protocol.has_properties())?,
        ..Publish::default()
    };
    let (connection, mut events) = connect(connect_options);
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
