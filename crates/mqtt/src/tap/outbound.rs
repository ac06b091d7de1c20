//! What goes out: the engine's packets made real, and those of our own between them.

use bytes::Bytes;
use tokio::sync::oneshot;
use wiretree_model::{Direction, Properties, Property};
use wiretree_wire::{Ack, Auth, Packet, PacketType, ReasonCode, encode};

use super::pipe::Wish;
use super::{ENOUGH_WAITING, Fault, Mark, Ping, Ponged, Reauthentication, SessionState, Tap};
use crate::MqttError;
use crate::outbox::{Departure, Token};
use crate::receiver::Receipt;
use crate::scram::{METHOD, Scram};
use crate::trace::Moment;

use std::task::{Context, Poll};

impl Tap {
    /// Takes what the engine sends, while there is room for it.
    pub(super) fn poll_engine(
        &mut self,
        context: &mut Context<'_>,
        state: &mut SessionState,
    ) -> Result<bool, Fault> {
        if self.output.waiting() >= ENOUGH_WAITING || self.broken.is_some() {
            return Ok(false);
        }
        match self.pipe.poll_fill(context) {
            Poll::Pending => return Ok(false),
            Poll::Ready(Ok(true)) => {}
            Poll::Ready(_) => {
                return Err(MqttError::Engine("it has closed its pipe".to_owned()).into());
            }
        }
        while let Some(wish) = self.pipe.next()? {
            match wish {
                Wish::Connect => self.pipe.connack(self.resumes),
                Wish::Publish { token, id, qos } => match state.outbox.depart(token, id) {
                    Departure::Send(packet) => self.send_message(token, packet, state),
                    Departure::Held => {}
                    Departure::Taken => self.pipe.pubrec(id),
                    Departure::Gone => self.pipe.end(id, qos),
                },
                Wish::Release { id } => match state.outbox.release(id) {
                    Some(packet_id) => self.release(packet_id, ReasonCode::SUCCESS)?,
                    None => self.pipe.pubcomp(id),
                },
                Wish::Request { token, id, packet } => self.request(token, id, packet, state)?,
            }
        }
        Ok(true)
    }

    /// Sends messages that had to wait for acknowledgements of others.
    pub(super) fn send_held(&mut self, state: &mut SessionState) {
        while let Some((token, packet)) = state.outbox.next_held() {
            self.send_message(token, packet, state);
        }
    }

    fn send_message(&mut self, token: Token, mut packet: Packet, state: &mut SessionState) {
        if let (Packet::Publish(publish), Some(aliases)) = (&mut packet, &mut self.sent_aliases) {
            aliases.apply(publish);
        }
        match self.send(&packet) {
            Ok(()) => self.output.mark(Mark::Message(token)),
            Err(cause) => {
                // It may have been the one to say what an alias stands for.
                self.sent_aliases = None;
                if let Some((id, qos)) = state.outbox.refuse(token, cause) {
                    self.pipe.end(id, qos);
                }
            }
        }
    }

    fn request(
        &mut self,
        token: Token,
        id: u16,
        packet: PacketType,
        state: &mut SessionState,
    ) -> Result<(), Fault> {
        match state.outbox.depart_request(token, id, packet) {
            Departure::Send(request) => Ok(self.send(&request)?),
            Departure::Held | Departure::Taken | Departure::Gone => {
                self.pipe.request_answered(id, packet);
                Ok(())
            }
        }
    }

    /// Sends PUBREL.
    pub(super) fn release(&mut self, packet_id: u16, reason: ReasonCode) -> Result<(), MqttError> {
        let properties = Properties::default();
        self.send(&Packet::PubRel(Ack { packet_id, reason, properties }))
    }

    /// Acknowledges what may be acknowledged, all of it with one write.
    pub(super) fn send_receipts(&mut self, state: &mut SessionState) -> Result<(), Fault> {
        while let Some(receipt) = state.receiver.due() {
            let ack = |packet_id| Ack { packet_id, ..Ack::default() };
            self.send(&match receipt {
                Receipt::PubAck(id) => Packet::PubAck(ack(id)),
                Receipt::PubRec(id) => Packet::PubRec(ack(id)),
            })?;
        }
        Ok(())
    }

    /// Sends PINGREQ, for somebody or for the keep-alive.
    ///
    /// # Errors
    /// None that can happen: PINGREQ is two bytes.
    pub(crate) fn ping(&mut self, reply: Option<oneshot::Sender<Ponged>>) -> Result<(), MqttError> {
        self.send(&Packet::PingReq)?;
        self.output.mark(Mark::Ping);
        self.pings.push_back(Ping { written: None, reply });
        Ok(())
    }

    /// Begins to authenticate anew (MQTT 5 §4.12.1). One at a time, as long as somebody waits for it.
    pub(crate) fn reauthenticate(
        &mut self,
        mut scram: Scram,
        reply: oneshot::Sender<Result<(), MqttError>>,
    ) {
        let begun = match &self.reauthentication {
            Some(exchange) if !exchange.reply.is_closed() => {
                Err(MqttError::Authentication("it is under way already".to_owned()))
            }
            _ => scram.first().and_then(|data| {
                let properties = Properties(vec![
                    Property::AuthenticationMethod(METHOD.into()),
                    Property::AuthenticationData(data),
                ]);
                self.send(&Packet::Auth(Auth { reason: ReasonCode::REAUTHENTICATE, properties }))
            }),
        };
        match begun {
            Ok(()) => self.reauthentication = Some(Reauthentication { scram, reply }),
            // Whoever asked may have gone.
            Err(cause) => drop(reply.send(Err(cause))),
        }
    }

    /// Queues a packet.
    ///
    /// # Errors
    /// [`MqttError::Unsendable`]: bytes cannot express it.
    pub(super) fn send(&mut self, packet: &Packet) -> Result<(), MqttError> {
        let end = self.output.end();
        let start = end.len();
        encode(packet, self.version, end)
            .map_err(|error| MqttError::Unsendable(error.to_string()))?;
        let (connection, version) = (self.connection, self.version);
        if self.trace.is_recording() {
            let bytes = Bytes::copy_from_slice(end.get(start..).unwrap_or_default());
            self.trace.packet(Moment::now(), connection, Direction::Sent, version, || bytes);
        }
        Ok(())
    }
}
