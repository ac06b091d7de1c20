//! The client side of a connection, as far as the devices need it: MQTT 5, publish and receive.
//!
//! Acknowledgements that come in are taken and forgotten: a device has the next value soon.

use std::io;
use std::net::SocketAddr;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wiretree_model::{ProtocolVersion, Publish, QoS};
use wiretree_wire::{
    Ack, Connect, LARGEST_PACKET, Packet, Subscribe, SubscribeFilter, SubscriptionOptions, decode,
    encode,
};

/// A connected device.
pub(super) struct Client {
    stream: TcpStream,
    received: BytesMut,
    /// Encoded and not sent yet.
    unsent: Vec<u8>,
    last_id: u16,
}

impl Client {
    /// Connects and waits for the CONNACK.
    pub(super) async fn connect(address: SocketAddr, connect: Connect) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut client = Self { stream, received: BytesMut::new(), unsent: Vec::new(), last_id: 0 };
        client.queue(&Packet::Connect(Box::new(connect)))?;
        client.send().await?;
        match client.receive().await? {
            Packet::ConnAck(connack) if !connack.reason.is_failure() => Ok(client),
            _ => Err(io::ErrorKind::ConnectionRefused.into()),
        }
    }

    /// Queues a SUBSCRIBE. Retained commands are old ones, and come not.
    pub(super) fn subscribe(&mut self, filters: &[&str]) -> io::Result<()> {
        let options = SubscriptionOptions {
            qos: QoS::AtLeastOnce,
            retain_handling: wiretree_wire::RetainHandling::DoNotSend,
            ..SubscriptionOptions::default()
        };
        let entry = |filter: &&str| SubscribeFilter { filter: (*filter).into(), options };
        let filters = filters.iter().map(entry).collect();
        let packet_id = self.next_id();
        self.queue(&Packet::Subscribe(Subscribe { packet_id, filters, ..Subscribe::default() }))
    }

    /// Queues a message, with an identifier if its QoS needs one.
    pub(super) fn publish(&mut self, mut publish: Publish) -> io::Result<()> {
        if publish.qos != QoS::AtMostOnce {
            publish.packet_id = Some(self.next_id());
        }
        self.queue(&Packet::Publish(publish))
    }

    /// Sends what is queued.
    pub(super) async fn send(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.unsent).await?;
        self.unsent.clear();
        Ok(())
    }

    /// The next message; its acknowledgement is queued. Nothing is lost if it is not waited for.
    pub(super) async fn message(&mut self) -> io::Result<Publish> {
        loop {
            match self.receive().await? {
                Packet::Publish(publish) => {
                    if let Some(packet_id) = publish.packet_id {
                        self.queue(&Packet::PubAck(Ack { packet_id, ..Ack::default() }))?;
                    }
                    return Ok(publish);
                }
                Packet::PubRec(Ack { packet_id, .. }) => {
                    self.queue(&Packet::PubRel(Ack { packet_id, ..Ack::default() }))?;
                }
                Packet::Disconnect(_) => return Err(io::ErrorKind::ConnectionAborted.into()),
                _ => {}
            }
        }
    }

    async fn receive(&mut self) -> io::Result<Packet> {
        loop {
            let decoded = decode(&mut self.received, ProtocolVersion::V5, LARGEST_PACKET);
            if let Some(packet) = decoded.map_err(io::Error::other)? {
                return Ok(packet);
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn queue(&mut self, packet: &Packet) -> io::Result<()> {
        encode(packet, ProtocolVersion::V5, &mut self.unsent).map_err(io::Error::other)
    }

    fn next_id(&mut self) -> u16 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }
}
