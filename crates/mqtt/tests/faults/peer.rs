//! The scripted broker: accepts, reads whole packets, sends packets or raw bytes, hangs up.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wiretree_model::{Properties, Property, ProtocolVersion, Publish, QoS, Topic};
use wiretree_mqtt::{ConnectOptions, MqttError};
use wiretree_wire::{Ack, ConnAck, Connect, Disconnect, Packet, ReasonCode, decode, encode};

use crate::common::Client;

/// How long anything may take on a busy machine before it counts as never.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const V311: ProtocolVersion = ProtocolVersion::V311;
pub(crate) const V5: ProtocolVersion = ProtocolVersion::V5;

/// Listens, and accepts when the script says so.
pub(crate) struct Peer {
    listener: TcpListener,
    version: ProtocolVersion,
}

/// One accepted connection.
pub(crate) struct Link {
    stream: TcpStream,
    buffer: BytesMut,
    version: ProtocolVersion,
}

impl Peer {
    pub(crate) async fn new(version: ProtocolVersion) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Self { listener, version }
    }

    /// Options for a client of this peer: no keep-alive, so that nothing comes unasked.
    pub(crate) fn options(&self) -> ConnectOptions {
        let port = self.listener.local_addr().unwrap().port();
        ConnectOptions { port, protocol: self.version, keep_alive: 0, ..ConnectOptions::default() }
    }

    /// The same, with a session that outlives the connection.
    pub(crate) fn persistent(&self) -> ConnectOptions {
        ConnectOptions {
            client_id: "persistent".to_owned(),
            clean_start: false,
            session_expiry: 3600,
            ..self.options()
        }
    }

    /// The next connection, before its CONNECT.
    pub(crate) async fn accept(&self) -> Link {
        let accepted = timeout(PATIENCE, self.listener.accept()).await;
        let (stream, _) = accepted.expect("a connection comes").unwrap();
        stream.set_nodelay(true).unwrap();
        Link { stream, buffer: BytesMut::new(), version: self.version }
    }

    /// The next connection, accepted with CONNACK.
    pub(crate) async fn connected(&self) -> Link {
        self.connected_with(ConnAck::default()).await.1
    }

    /// The next connection, accepted with this CONNACK.
    pub(crate) async fn connected_with(&self, connack: ConnAck) -> (Connect, Link) {
        let mut link = self.accept().await;
        let connect = link.connect().await;
        link.send(&Packet::ConnAck(connack)).await;
        (connect, link)
    }

    /// The next connection, accepted with the session still there.
    pub(crate) async fn resumed(&self) -> Link {
        self.connected_with(ConnAck { session_present: true, ..ConnAck::default() }).await.1
    }

    /// A connected client.
    pub(crate) async fn client(&self) -> (Client, Link) {
        self.client_with(self.options()).await
    }

    /// A client connected with these options.
    pub(crate) async fn client_with(&self, options: ConnectOptions) -> (Client, Link) {
        let mut client = Client::open(options);
        let link = self.connected().await;
        client.connected().await;
        (client, link)
    }

    /// The client has given the connection up: it has to come back, and to hear a canary there.
    pub(crate) async fn survived_closed(&self, client: &mut Client) -> MqttError {
        let cause = client.waiting().await;
        client.connection.retry_now();
        let mut link = self.connected().await;
        link.canary(client).await;
        cause
    }
}

impl Link {
    /// The CONNECT that opens it; the version it asks for holds from there on.
    pub(crate) async fn connect(&mut self) -> Connect {
        match self.expect().await {
            Packet::Connect(connect) => *connect,
            other => panic!("expected CONNECT, got {other:?}"),
        }
    }

    /// The next packet; `None` when the client has closed.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        let read = async {
            loop {
                let decoded = decode(&mut self.buffer, self.version, usize::MAX);
                if let Some(packet) = decoded.expect("the client sends valid packets") {
                    return Some(packet);
                }
                match self.stream.read_buf(&mut self.buffer).await {
                    Ok(0) | Err(_) => return None,
                    Ok(_) => {}
                }
            }
        };
        timeout(PATIENCE, read).await.expect("a packet or the end comes")
    }

    pub(crate) async fn expect(&mut self) -> Packet {
        self.next().await.expect("a packet comes before the end")
    }

    pub(crate) async fn publish(&mut self) -> Publish {
        match self.expect().await {
            Packet::Publish(publish) => publish,
            other => panic!("expected PUBLISH, got {other:?}"),
        }
    }

    /// The DISCONNECT that the client sends before it closes; `None` when it just closes.
    pub(crate) async fn disconnect(&mut self) -> Option<Disconnect> {
        loop {
            if let Packet::Disconnect(disconnect) = self.next().await? {
                return Some(disconnect);
            }
        }
    }

    /// Reads until the client has closed.
    pub(crate) async fn closed(&mut self) {
        while self.next().await.is_some() {}
    }

    pub(crate) async fn send(&mut self, packet: &Packet) {
        let mut bytes = Vec::new();
        encode(packet, self.version, &mut bytes).expect("the script's packet can be said");
        self.send_bytes(&bytes).await;
    }

    /// Sends packets with one write.
    pub(crate) async fn send_all(&mut self, packets: &[Packet]) {
        let mut bytes = Vec::new();
        for packet in packets {
            encode(packet, self.version, &mut bytes).expect("the script's packet can be said");
        }
        self.send_bytes(&bytes).await;
    }

    /// What cannot be written any more is the client's choice.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Sends a message and waits until the client has delivered it.
    pub(crate) async fn canary(&mut self, client: &mut Client) {
        self.send(&Packet::Publish(message("canary", "sings"))).await;
        loop {
            if client.message().await == message("canary", "sings") {
                return;
            }
        }
    }

    /// Sends PINGRESP for PINGREQ and gives other packets, until one passes the test.
    pub(crate) async fn until<T>(&mut self, mut pick: impl FnMut(&Packet) -> Option<T>) -> T {
        loop {
            let packet = self.expect().await;
            if let Some(picked) = pick(&packet) {
                return picked;
            }
            if packet == Packet::PingReq {
                self.send(&Packet::PingResp).await;
            }
        }
    }
}

/// QoS 0.
pub(crate) fn message(topic: &str, payload: &'static str) -> Publish {
    Publish {
        topic: Topic::received(topic),
        payload: Bytes::from_static(payload.as_bytes()),
        ..Publish::default()
    }
}

/// QoS 1 or 2, with its packet identifier.
pub(crate) fn tracked(topic: &str, payload: &'static str, qos: QoS, packet_id: u16) -> Publish {
    Publish { qos, packet_id: Some(packet_id), ..message(topic, payload) }
}

pub(crate) fn ack(packet_id: u16) -> Ack {
    Ack { packet_id, ..Ack::default() }
}

pub(crate) fn ack_with(packet_id: u16, reason: u8) -> Ack {
    Ack { packet_id, reason: ReasonCode(reason), ..Ack::default() }
}

/// A CONNACK that accepts, with these properties.
pub(crate) fn accepting(properties: impl IntoIterator<Item = Property>) -> ConnAck {
    ConnAck { properties: Properties(properties.into_iter().collect()), ..ConnAck::default() }
}
