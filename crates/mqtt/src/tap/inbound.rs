//! What comes in: one packet after the other, each decoded once and dealt with.
//!
//! Lenient: what a broker gets wrong and can still be read is kept as it came, and named once a
//! connection. What cannot be read, or must not be believed, ends the connection, after everything
//! before it was handed on (MQTT 5 §4.13).

use bytes::Bytes;
use wiretree_model::{Direction, Message, Properties, Publish, QoS};
use wiretree_wire::{
    Ack, Auth, DecodeError, Packet, PacketType, Problem, ReasonCode, decode_lenient,
};

use super::{Fault, Ping, SessionState, Tap};
use crate::events::{Event, Notice, Outlet};
use crate::outbox::PubRec;
use crate::reason::said;
use crate::receiver::Verdict;
use crate::{MqttError, Reason, handshake};

/// The clause that QoS 3 breaks. Nothing says what was meant by it, so it is not guessed.
const QOS_CLAUSE: &str = "MQTT 5 §3.3.1.2";
/// How many different deviations are told, on one connection.
const MOST_DEVIATIONS: usize = 16;

impl Tap {
    /// Deals with all packets that are complete.
    pub(super) fn take_frames(
        &mut self,
        state: &mut SessionState,
        outlet: &mut Outlet,
    ) -> Result<(), Fault> {
        loop {
            match self.frames.next() {
                Ok(Some(frame)) => self.received(frame, state, outlet)?,
                Ok(None) => return Ok(()),
                Err(DecodeError::TooLarge { length, limit }) => {
                    let (size, limit) = (length as u64, limit as u64);
                    let error = MqttError::PacketTooLarge { size, limit };
                    return Err(Fault { error, goodbye: Some(ReasonCode::PACKET_TOO_LARGE) });
                }
                Err(error) => {
                    return Err(self.broke_the_protocol(error, ReasonCode::MALFORMED_PACKET));
                }
            }
        }
    }

    fn received(
        &mut self,
        frame: Bytes,
        state: &mut SessionState,
        outlet: &mut Outlet,
    ) -> Result<(), Fault> {
        let (moment, connection) = (self.moment, self.connection);
        let direction = Direction::Received;
        self.trace.packet(moment, connection, direction, self.version, || frame.clone());
        let lenient = decode_lenient(frame, self.version)
            .map_err(|error| self.broke_the_protocol(error, ReasonCode::MALFORMED_PACKET))?;
        if let Some(problem) = lenient.problems.first() {
            if problem.clause == QOS_CLAUSE {
                let cause = &problem.message;
                return Err(self.broke_the_protocol(cause, ReasonCode::MALFORMED_PACKET));
            }
            self.deviates(lenient.packet.packet_type(), problem, outlet);
        }
        match lenient.packet {
            Packet::Publish(publish) => self.message(publish, state, outlet),
            Packet::PubRel(ack) => self.released(&ack, state),
            Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubComp(_) => {
                self.acknowledged(&lenient.packet, state, outlet)
            }
            Packet::SubAck(_) | Packet::UnsubAck(_) => {
                self.answered(&lenient.packet, state, outlet);
                Ok(())
            }
            Packet::PingResp => {
                self.pong();
                Ok(())
            }
            Packet::Disconnect(disconnect) => {
                let text = said(&disconnect.properties);
                Err(MqttError::Disconnected(Reason::disconnect(disconnect.reason.0, text)).into())
            }
            Packet::Auth(auth) => self.authenticates(&auth),
            other => {
                let cause = format!("{} comes from no broker here", other.packet_type());
                Err(self.broke_the_protocol(cause, ReasonCode::PROTOCOL_ERROR))
            }
        }
    }

    /// Says once what the broker gets wrong.
    fn deviates(&mut self, packet: PacketType, problem: &Problem, outlet: &mut Outlet) {
        let told = &mut self.deviations;
        if told.len() < MOST_DEVIATIONS && !told.contains(&problem.clause) {
            told.push(problem.clause);
            let (packet, clause) = (packet.name(), problem.clause);
            let message = problem.message.clone();
            outlet.event(Event::Notice(Notice::Deviation { packet, clause, message }));
        }
    }

    fn message(
        &mut self,
        mut publish: Publish,
        state: &mut SessionState,
        outlet: &mut Outlet,
    ) -> Result<(), Fault> {
        if publish.qos != QoS::AtMostOnce && publish.packet_id.is_none_or(|id| id == 0) {
            let cause = "a QoS 1 or 2 PUBLISH has no packet identifier";
            return Err(self.broke_the_protocol(cause, ReasonCode::PROTOCOL_ERROR));
        }
        if !publish.properties.is_empty() {
            self.received_aliases.resolve(&mut publish).map_err(|alias| {
                let cause = format!("topic alias {} stands for nothing", alias.0);
                self.broke_the_protocol(cause, ReasonCode::TOPIC_ALIAS_INVALID)
            })?;
        }
        match state.receiver.publish(publish.qos, publish.packet_id) {
            Verdict::Deliver => {
                outlet.message(Message::received(self.moment.at, publish));
                Ok(())
            }
            Verdict::Duplicate => Ok(()),
            Verdict::TooMany => {
                let cause = "more messages are under way than the Receive Maximum we gave";
                Err(self.broke_the_protocol(cause, ReasonCode::RECEIVE_MAXIMUM_EXCEEDED))
            }
        }
    }

    /// PUBREL is always answered: after a PUBCOMP that was lost it is the ordinary case that the
    /// identifier is unknown.
    fn released(&mut self, ack: &Ack, state: &mut SessionState) -> Result<(), Fault> {
        let known = state.receiver.release(ack.packet_id);
        let reason =
            if known { ReasonCode::SUCCESS } else { ReasonCode::PACKET_IDENTIFIER_NOT_FOUND };
        let properties = Properties::default();
        let packet_id = ack.packet_id;
        Ok(self.send(&Packet::PubComp(Ack { packet_id, reason, properties }))?)
    }

    fn acknowledged(
        &mut self,
        packet: &Packet,
        state: &mut SessionState,
        outlet: &mut Outlet,
    ) -> Result<(), Fault> {
        let outbox = &mut state.outbox;
        let mut known = true;
        match packet {
            Packet::PubAck(ack) => match outbox.puback(ack) {
                Some(id) => self.pipe.puback(id),
                None => known = false,
            },
            Packet::PubComp(ack) => match outbox.pubcomp(ack) {
                Some(id) => self.pipe.pubcomp(id),
                None => known = false,
            },
            Packet::PubRec(ack) => match outbox.pubrec(ack) {
                PubRec::Accepted(id) => self.pipe.pubrec(id),
                PubRec::Refused(id) => self.pipe.refusing_pubrec(id),
                PubRec::Again => self.release(ack.packet_id, ReasonCode::SUCCESS)?,
                PubRec::Soon => {}
                // It is left from an earlier run: so that the broker can forget it (§4.3.3).
                PubRec::Unknown if !ack.reason.is_failure() => {
                    self.release(ack.packet_id, ReasonCode::PACKET_IDENTIFIER_NOT_FOUND)?;
                    known = false;
                }
                PubRec::Unknown => known = false,
            },
            _ => known = false,
        }
        if !known {
            self.unasked(packet.packet_type(), outlet);
        }
        self.send_held(state);
        Ok(())
    }

    fn answered(&mut self, packet: &Packet, state: &mut SessionState, outlet: &mut Outlet) {
        match packet {
            Packet::SubAck(suback) => {
                if let Some((id, answer)) = state.outbox.suback(suback) {
                    self.pipe.request_answered(id, PacketType::Subscribe);
                    if let Some(answer) = answer {
                        outlet.event(answer);
                    }
                    return;
                }
            }
            Packet::UnsubAck(unsuback) => {
                if let Some((id, ended)) = state.outbox.unsuback(unsuback) {
                    self.pipe.request_answered(id, PacketType::Unsubscribe);
                    state.subscriptions.retain(|kept| !ended.contains(&kept.filter));
                    return;
                }
            }
            _ => {}
        }
        self.unasked(packet.packet_type(), outlet);
    }

    /// An answer to nothing is passed over, and told.
    fn unasked(&mut self, packet: PacketType, outlet: &mut Outlet) {
        let message = "it answers nothing that is waiting for an answer".to_owned();
        let problem = Problem { clause: "MQTT 5 §2.2.1", range: 0..0, message };
        self.deviates(packet, &problem, outlet);
    }

    fn pong(&mut self) {
        let asked = |ping: &mut Ping| ping.written.is_some();
        let Some(ping) = self.pings.pop_front_if(asked) else { return };
        if let (Some(reply), Some(written)) = (ping.reply, ping.written) {
            // Whoever asked may have gone.
            let _ = reply.send(Ok(self.moment.instant.saturating_duration_since(written)));
        }
        if self.pings.iter().all(|ping| ping.written.is_none()) {
            self.clock.answered();
        }
    }

    /// AUTH of the broker, in an exchange that we began (§4.12.1).
    fn authenticates(&mut self, auth: &Auth) -> Result<(), Fault> {
        let Some(mut exchange) = self.reauthentication.take() else {
            let cause = "AUTH comes without having been asked for";
            return Err(self.broke_the_protocol(cause, ReasonCode::PROTOCOL_ERROR));
        };
        let step = match auth.reason {
            ReasonCode::CONTINUE_AUTHENTICATION => {
                handshake::answer(auth, &mut exchange.scram).map(Some)
            }
            _ => handshake::prove(&auth.properties, &mut exchange.scram).map(|()| None),
        };
        match step {
            Ok(Some(answer)) => {
                self.reauthentication = Some(exchange);
                Ok(self.send(&answer)?)
            }
            Ok(None) => {
                let _ = exchange.reply.send(Ok(()));
                Ok(())
            }
            Err(error) => {
                let _ = exchange.reply.send(Err(error.clone()));
                Err(Fault { error, goodbye: Some(ReasonCode::NOT_AUTHORIZED) })
            }
        }
    }
}
