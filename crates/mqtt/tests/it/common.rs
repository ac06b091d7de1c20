//! What the tests share: a client that is waited for with a deadline, and short ways to say things.

use std::collections::VecDeque;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;
use wiretree_model::{Message, ProtocolVersion, Publish, QoS, Subscription, Topic};
use wiretree_mqtt::{
    ConnectOptions, Connection, Event, Events, MqttError, ServerLimits, State, SubscribeOutcome,
    open,
};
use wiretree_testkit::{Mosquitto, Running};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::V311, ProtocolVersion::V5];

/// A connection and what came out of it.
pub(crate) struct Client {
    pub(crate) connection: Connection,
    events: Events,
    /// Messages that came while something else was waited for.
    messages: VecDeque<Message>,
}

/// The content of [`State::Connected`].
pub(crate) struct Connected {
    pub(crate) session_present: bool,
    pub(crate) client_id: String,
    pub(crate) limits: ServerLimits,
}

impl Client {
    pub(crate) fn open(options: ConnectOptions) -> Self {
        let (connection, events) = open(options);
        Self { connection, events, messages: VecDeque::new() }
    }

    /// Opens a connection and waits until it is up and subscribed.
    pub(crate) async fn ready(options: ConnectOptions) -> Self {
        let subscribes = !options.subscriptions.is_empty();
        let mut client = Self::open(options);
        client.connected().await;
        if subscribes {
            let outcomes = client.subscribed().await;
            assert!(outcomes.iter().all(|outcome| outcome.granted().is_some()), "{outcomes:?}");
        }
        client
    }

    /// Waits for an event; messages on the way are kept.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(Event) -> Option<T>,
    ) -> T {
        let wait = async {
            loop {
                match self.events.next().await {
                    Some(Event::Messages(batch)) => self.messages.extend(batch),
                    Some(event) => {
                        if let Some(picked) = pick(event) {
                            return picked;
                        }
                    }
                    None => panic!("the events ended before {what}"),
                }
            }
        };
        timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    pub(crate) async fn connected(&mut self) -> Connected {
        self.until("a connection", |event| match event {
            Event::State(State::Connected { session_present, client_id, limits, .. }) => {
                Some(Connected { session_present, client_id, limits })
            }
            _ => None,
        })
        .await
    }

    pub(crate) async fn refused(&mut self) -> MqttError {
        self.until("a refusal", |event| match event {
            Event::State(State::Refused { cause }) => Some(cause),
            _ => None,
        })
        .await
    }

    /// Waits for a failed attempt or a lost connection, and gives its cause.
    pub(crate) async fn waiting(&mut self) -> MqttError {
        self.until("the time between two attempts", |event| match event {
            Event::State(State::WaitingToRetry { cause, .. }) => Some(cause),
            _ => None,
        })
        .await
    }

    pub(crate) async fn subscribed(&mut self) -> Vec<SubscribeOutcome> {
        self.until("a SUBACK", |event| match event {
            Event::Subscribed(outcomes) => Some(outcomes),
            _ => None,
        })
        .await
    }

    /// The next so many messages.
    pub(crate) async fn messages(&mut self, count: usize) -> Vec<Publish> {
        let wait = async {
            while self.messages.len() < count {
                match self.events.next().await {
                    Some(Event::Messages(batch)) => {
                        assert!(!batch.is_empty(), "there is no empty batch");
                        self.messages.extend(batch);
                    }
                    Some(_) => {}
                    None => panic!("the events ended before {count} messages"),
                }
            }
        };
        if timeout(PATIENCE, wait).await.is_err() {
            panic!("waited in vain for {count} messages, got {}", self.messages.len());
        }
        self.messages.drain(..count).map(|message| message.publish).collect()
    }

    pub(crate) async fn message(&mut self) -> Publish {
        self.messages(1).await.remove(0)
    }

    /// Closes, and gives what came until the end.
    pub(crate) async fn close(mut self) -> Vec<Publish> {
        self.connection.close().await;
        let mut last = None;
        let wait = async {
            while let Some(event) = self.events.next().await {
                match event {
                    Event::Messages(batch) => self.messages.extend(batch),
                    event => last = Some(event),
                }
            }
        };
        timeout(PATIENCE, wait).await.expect("the events end after a close");
        assert_eq!(last, Some(Event::State(State::Closed)), "the end is told");
        self.messages.into_iter().map(|message| message.publish).collect()
    }
}

/// Options for this broker, without subscriptions.
pub(crate) fn to(broker: &Mosquitto, protocol: ProtocolVersion) -> ConnectOptions {
    ConnectOptions { port: broker.port(), protocol, ..ConnectOptions::default() }
}

/// The same, subscribed to everything with QoS 2.
pub(crate) fn watching(broker: &Mosquitto, protocol: ProtocolVersion) -> ConnectOptions {
    ConnectOptions { subscriptions: vec![filter("#", QoS::ExactlyOnce)], ..to(broker, protocol) }
}

pub(crate) fn filter(text: &str, qos: QoS) -> Subscription {
    Subscription::parse(text, qos).expect("a valid filter")
}

pub(crate) fn message(topic: &str, payload: impl Into<Bytes>, qos: QoS) -> Publish {
    Publish { topic: Topic::received(topic), payload: payload.into(), qos, ..Publish::default() }
}

pub(crate) fn every_qos() -> [QoS; 3] {
    [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]
}

fn version_option(protocol: ProtocolVersion) -> &'static str {
    match protocol {
        ProtocolVersion::V31 | ProtocolVersion::V311 => "mqttv311",
        ProtocolVersion::V5 => "mqttv5",
    }
}

/// Publishes with `mosquitto_pub`, and waits until it is done.
pub(crate) fn mosquitto_pub(broker: &Mosquitto, protocol: ProtocolVersion, options: &[&str]) {
    let status = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &broker.port().to_string()])
        .args(["-V", version_option(protocol)])
        .args(options)
        .status();
    assert!(status.expect("mosquitto_pub runs").success());
}

/// Starts `mosquitto_sub` for another client. Its output can be read from its standard output.
pub(crate) fn mosquitto_sub(
    broker: &Mosquitto,
    protocol: ProtocolVersion,
    options: &[&str],
) -> Running {
    let mut command = Command::new("mosquitto_sub");
    command
        .args(["-h", "127.0.0.1", "-p", &broker.port().to_string()])
        .args(["-V", version_option(protocol)])
        .args(options)
        .stdout(Stdio::piped());
    Running::start(&mut command)
}

/// Waits until something holds, looking again every few milliseconds.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(PATIENCE, wait).await.is_ok(), "waited in vain until {what}");
}
