//! A straight-line conversation with a broker: say something, wait for the answer. For trying a
//! connection out; what stays open is the engine's.
//!
//! Promises: each wait has a deadline; a packet above the limit is refused by its header; messages
//! that come between are given to whoever waits. Lenient about how a broker says it. Deliberately absent: keep-alive, sessions, retries.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use wiretree_model::{Direction, Properties, Property, ProtocolVersion};
use wiretree_wire::{Disconnect, Packet, decode_lenient, encode, frame_length, masked};

use crate::handshake::{self, connect_packet};
use crate::reason::said;
use crate::trace::{Moment, Trace};
use crate::transport::{self, BoxedStream, facts::TransportFacts};
use crate::{ConnectOptions, MqttError, Reason, ServerLimits, Step};

/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// What is read at a time.
const CHUNK: usize = 16 * 1024;
/// The first bytes a broker can begin with: CONNACK, DISCONNECT and AUTH (MQTT 5 §2.1.2).
const BEGINNINGS: [u8; 3] = [0x20, 0xe0, 0xf0];

/// One connection, spoken to packet by packet.
pub(crate) struct Conversation {
    stream: BoxedStream,
    received: BytesMut,
    version: ProtocolVersion,
    address: String,
    limit: usize,
    greeted: bool,
    last_id: u16,
    ends_session: bool,
    username_is_secret: bool,
    /// Where its packets are noted, and as which connection.
    trace: Option<(Trace, u32)>,
}

/// What the broker said to CONNECT.
#[derive(Clone, Debug)]
pub(crate) struct Greeted {
    pub(crate) session_present: bool,
    pub(crate) client_id: String,
    pub(crate) limits: ServerLimits,
    /// From CONNECT to CONNACK.
    pub(crate) took: Duration,
}

impl Conversation {
    /// Opens the stream; `facts` is filled as far as it got, also in case of an error.
    ///
    /// # Errors
    /// The step that failed.
    pub(crate) async fn open(
        options: &ConnectOptions,
        facts: &mut TransportFacts,
        steps: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Self, MqttError> {
        let stream = transport::open(options, facts, steps).await?;
        Ok(Self {
            stream,
            received: BytesMut::new(),
            version: options.protocol,
            address: options.address(),
            limit: usize::try_from(options.packet_limit).unwrap_or(usize::MAX),
            greeted: false,
            last_id: 0,
            // A session that nobody is to come back to would be left behind.
            ends_session: options.clean_start && options.session_expiry > 0,
            username_is_secret: options.username_is_secret,
            trace: None,
        })
    }

    /// Has its packets noted in this trace.
    pub(crate) fn traced(mut self, trace: Trace, connection: u32) -> Self {
        self.trace = Some((trace, connection));
        self
    }

    /// Hands the connection on: the stream, and what was read from it already.
    pub(crate) fn into_parts(self) -> (BoxedStream, BytesMut) {
        (self.stream, self.received)
    }

    fn note(&self, direction: Direction, frame: impl FnOnce() -> Bytes) {
        if let Some((trace, connection)) = &self.trace {
            trace.packet(Moment::now(), *connection, direction, self.version, frame);
        }
    }

    /// Sends CONNECT and waits for CONNACK; with enhanced authentication AUTH packets go to and fro
    /// between (MQTT 5 §4.12).
    ///
    /// # Errors
    /// A refusal, silence, or what is no answer to CONNECT.
    pub(crate) async fn greet(
        &mut self,
        options: &ConnectOptions,
        steps: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Greeted, MqttError> {
        steps(Step::Connack);
        let started = Instant::now();
        let deadline = started + options.connect_timeout;
        let mut connect = connect_packet(options);
        let mut scram = handshake::scram(options)?;
        if let Some(scram) = &mut scram {
            connect.properties.0.push(Property::AuthenticationData(scram.first()?));
        }
        self.send(&Packet::Connect(Box::new(connect)), deadline).await?;
        let connack = loop {
            match (self.receive(deadline).await?, &mut scram) {
                (Some(Packet::ConnAck(connack)), _) => break connack,
                (Some(Packet::Auth(auth)), Some(scram)) => {
                    steps(Step::Authenticating);
                    self.send(&handshake::answer(&auth, scram)?, deadline).await?;
                }
                (Some(other), _) => {
                    let cause = format!("it answered CONNECT with {}", other.packet_type());
                    return Err(self.garbled(cause));
                }
                (None, _) => {
                    let seconds = options.connect_timeout.as_secs();
                    return Err(MqttError::NoAnswer { address: self.address.clone(), seconds });
                }
            }
        };
        self.greeted = true;
        let (limits, assigned) = handshake::judge(&connack, self.version)?;
        if let Some(scram) = &mut scram {
            handshake::prove(&connack.properties, scram)?;
        }
        let client_id = assigned.unwrap_or_else(|| options.client_id.clone());
        let session_present = connack.session_present;
        Ok(Greeted { session_present, client_id, limits, took: started.elapsed() })
    }

    /// The version that is spoken.
    pub(crate) fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// A packet identifier for the next request.
    pub(crate) fn next_id(&mut self) -> u16 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }

    /// A request that was not answered in time.
    pub(crate) fn silent(&self, request: &str) -> MqttError {
        let cause = format!("{request} was not answered");
        MqttError::ConnectionLost { address: self.address.clone(), cause }
    }

    /// Writes a packet.
    ///
    /// # Errors
    /// What cannot be expressed, a lost connection, or a peer that does not read until `deadline`.
    pub(crate) async fn send(
        &mut self,
        packet: &Packet,
        deadline: Instant,
    ) -> Result<(), MqttError> {
        let mut bytes = Vec::new();
        encode(packet, self.version, &mut bytes)
            .map_err(|error| MqttError::Unsendable(error.to_string()))?;
        let hides_name = self.username_is_secret;
        self.note(Direction::Sent, || masked(&Bytes::copy_from_slice(&bytes), hides_name));
        let written = timeout_at(deadline, async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            // The broker may have said why before it closed: that is for the reader to tell.
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Ok(Err(error)) => Err(transport::lost(&self.address, &error)),
            Err(_) => Err(MqttError::ConnectionLost {
                address: self.address.clone(),
                cause: "it does not take what we send".to_owned(),
            }),
        }
    }

    /// The next packet; nothing when none came until `deadline`.
    ///
    /// # Errors
    /// The end of the connection, DISCONNECT included, and bytes that are no packet.
    pub(crate) async fn receive(&mut self, deadline: Instant) -> Result<Option<Packet>, MqttError> {
        loop {
            if let Some(packet) = self.next_packet()? {
                return match packet {
                    Packet::Disconnect(disconnect) => Err(self.dismissed(&disconnect)),
                    packet => Ok(Some(packet)),
                };
            }
            let mut chunk = [0; CHUNK];
            match timeout_at(deadline, self.stream.read(&mut chunk)).await {
                Err(_) => return Ok(None),
                Ok(Ok(0)) => return Err(self.hung_up()),
                Ok(Ok(length)) => {
                    self.received.extend_from_slice(chunk.get(..length).unwrap_or_default());
                }
                Ok(Err(error)) => return Err(self.broken(&error)),
            }
        }
    }

    fn next_packet(&mut self) -> Result<Option<Packet>, MqttError> {
        let Some(first) = self.received.first() else { return Ok(None) };
        if !self.greeted && !BEGINNINGS.contains(&(first & 0xf0)) {
            return Err(self.garbled("its first bytes are not a CONNACK".to_owned()));
        }
        let length = frame_length(&self.received, self.limit);
        match length.map_err(|error| self.garbled(error.to_string()))? {
            Some(length) if length <= self.received.len() => {
                let frame = self.received.split_to(length).freeze();
                self.note(Direction::Received, || frame.clone());
                let decoded = decode_lenient(frame, self.version).map(|read| read.packet);
                decoded.map(Some).map_err(|error| self.garbled(error.to_string()))
            }
            _ => Ok(None),
        }
    }

    /// Says goodbye, so that no will is published, and waits for the end. It changes nothing about
    /// what is known already, so nothing of it can fail.
    pub(crate) async fn leave(mut self) -> bool {
        let mut properties = Properties::default();
        if self.ends_session && self.version.has_properties() {
            properties.0.push(Property::SessionExpiryInterval(0));
        }
        let goodbye = Packet::Disconnect(Disconnect { properties, ..Disconnect::default() });
        if self.send(&goodbye, Instant::now() + GOODBYE).await.is_err() {
            return false;
        }
        let ended = timeout(GOODBYE, async {
            self.stream.shutdown().await?;
            while self.stream.read_buf(&mut self.received).await? > 0 {
                self.received.advance(self.received.len());
            }
            Ok::<(), std::io::Error>(())
        });
        matches!(ended.await, Ok(Ok(())))
    }

    fn dismissed(&self, disconnect: &Disconnect) -> MqttError {
        let text = said(&disconnect.properties);
        MqttError::Disconnected(Reason::disconnect(disconnect.reason.0, text))
    }

    fn hung_up(&self) -> MqttError {
        let address = self.address.clone();
        if self.greeted {
            MqttError::ConnectionLost { address, cause: "the broker closed it".to_owned() }
        } else {
            MqttError::ClosedInHandshake { address, step: Step::Connack.doing() }
        }
    }

    fn broken(&self, error: &std::io::Error) -> MqttError {
        match transport::lost(&self.address, error) {
            MqttError::ConnectionLost { .. } if !self.greeted => self.hung_up(),
            fault => fault,
        }
    }

    fn garbled(&self, cause: String) -> MqttError {
        MqttError::Protocol { address: self.address.clone(), cause }
    }
}
