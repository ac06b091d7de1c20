//! Clients for the tests: one that speaks packets, and the programs of Mosquitto.

use std::collections::VecDeque;
use std::error::Error;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use wiretree_model::{ProtocolVersion, Publish};
use wiretree_wire::{
    Connect, LARGEST_PACKET, Packet, Subscribe, SubscribeFilter, SubscriptionOptions, decode,
    encode,
};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How long anything may take before a test gives up.
const DEADLINE: Duration = Duration::from_secs(20);

/// What the lines begin with that are messages, not the chatter of `-d`.
const MESSAGE: &str = "MESSAGE ";

/// A connection that sends and receives packets, and acknowledges nothing by itself.
pub(crate) struct Client {
    stream: TcpStream,
    version: ProtocolVersion,
    buffer: BytesMut,
}

impl Client {
    pub(crate) async fn open(address: SocketAddr, version: ProtocolVersion) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        Ok(Self { stream, version, buffer: BytesMut::new() })
    }

    /// Connects, and gives what the CONNACK said.
    pub(crate) async fn connect(
        address: SocketAddr,
        connect: Connect,
    ) -> Outcome<(Self, wiretree_wire::ConnAck)> {
        let mut client = Self::open(address, connect.version).await?;
        client.send(&Packet::Connect(Box::new(connect))).await?;
        match client.receive().await? {
            Packet::ConnAck(connack) => Ok((client, connack)),
            other => Err(format!("not a CONNACK: {other:?}").into()),
        }
    }

    pub(crate) async fn send(&mut self, packet: &Packet) -> Outcome {
        let mut bytes = Vec::new();
        encode(packet, self.version, &mut bytes)?;
        self.send_bytes(&bytes).await
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) -> Outcome {
        Ok(timeout(DEADLINE, self.stream.write_all(bytes)).await??)
    }

    pub(crate) async fn receive(&mut self) -> Outcome<Packet> {
        timeout(DEADLINE, self.next()).await?
    }

    async fn next(&mut self) -> Outcome<Packet> {
        loop {
            if let Some(packet) = decode(&mut self.buffer, self.version, LARGEST_PACKET)? {
                return Ok(packet);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the broker closed the connection".into());
            }
        }
    }

    /// Waits until the broker has closed the connection; gives the last packet before it.
    pub(crate) async fn closed(&mut self) -> Outcome<Option<Packet>> {
        let mut last = None;
        timeout(DEADLINE, async {
            while let Ok(packet) = self.next().await {
                last = Some(packet);
            }
        })
        .await?;
        Ok(last)
    }

    /// Subscribes to one filter, and waits for the SUBACK.
    pub(crate) async fn subscribe(
        &mut self,
        filter: &str,
        options: SubscriptionOptions,
    ) -> Outcome<Packet> {
        let filters = vec![SubscribeFilter { filter: filter.into(), options }];
        let subscribe = Subscribe { packet_id: 1, filters, ..Subscribe::default() };
        self.send(&Packet::Subscribe(subscribe)).await?;
        self.receive().await
    }

    pub(crate) async fn message(&mut self) -> Outcome<Publish> {
        match self.receive().await? {
            Packet::Publish(publish) => Ok(publish),
            other => Err(format!("not a PUBLISH: {other:?}").into()),
        }
    }
}

/// The options of `mosquitto_*` for this broker and version.
fn target(address: SocketAddr, version: &str) -> Vec<String> {
    ["-h", "127.0.0.1", "-p", &address.port().to_string(), "-V", version].map(String::from).into()
}

/// Runs `mosquitto_pub` to its end, which is after the acknowledgement.
pub(crate) async fn publish(address: SocketAddr, version: &str, options: &[&str]) -> Outcome {
    let mut command = Command::new("mosquitto_pub");
    command.args(target(address, version)).args(options).kill_on_drop(true);
    let output = timeout(DEADLINE, command.output()).await??;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

/// A running `mosquitto_sub` that has subscribed; ended when dropped.
pub(crate) struct Subscriber {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What came before the SUBACK, as a kept session's messages do.
    early: VecDeque<String>,
}

impl Subscriber {
    /// Starts it with `-d`, so that it tells when it has subscribed. Messages are printed as
    /// `topic qos retain payload`.
    pub(crate) async fn start(
        address: SocketAddr,
        version: &str,
        options: &[&str],
    ) -> Outcome<Self> {
        let mut command = Command::new("stdbuf");
        command.args(["-oL", "mosquitto_sub", "-d", "-F", &format!("{MESSAGE}%t %q %r %p")]);
        command.args(target(address, version)).args(options);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut subscriber =
            Self { child, lines: BufReader::new(output).lines(), early: VecDeque::new() };
        loop {
            let line = subscriber.line().await?;
            if line.contains("SUBACK") {
                return Ok(subscriber);
            }
            subscriber.early.extend(line.strip_prefix(MESSAGE).map(str::to_owned));
        }
    }

    /// The next message.
    pub(crate) async fn message(&mut self) -> Outcome<String> {
        if let Some(message) = self.early.pop_front() {
            return Ok(message);
        }
        loop {
            if let Some(message) = self.line().await?.strip_prefix(MESSAGE) {
                return Ok(message.to_owned());
            }
        }
    }

    /// Ends it without DISCONNECT, and waits until it is gone.
    pub(crate) async fn kill(mut self) -> Outcome {
        Ok(self.child.kill().await?)
    }

    async fn line(&mut self) -> Outcome<String> {
        let line = timeout(DEADLINE, self.lines.next_line()).await??;
        Ok(line.ok_or("mosquitto_sub has ended")?)
    }
}
