//! What the broker does with each packet of a connected client.

use tokio::time::Instant;
use wiretree_model::{Property, ProtocolVersion, Publish, QoS, Topic};
use wiretree_wire::{Ack, Packet, ReasonCode};

use super::actor::{LinkId, State};
use super::limits;

impl State {
    pub(super) fn received(&mut self, link: LinkId, packet: Packet) {
        match packet {
            Packet::Publish(publish) => self.published(link, publish),
            Packet::Subscribe(subscribe) => self.subscribe(link, subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(link, unsubscribe),
            Packet::Disconnect(disconnect) => {
                let expiry = disconnect.properties.iter().find_map(|property| match property {
                    Property::SessionExpiryInterval(seconds) => Some(*seconds),
                    _ => None,
                });
                self.left(link, disconnect.reason, expiry);
            }
            Packet::PubAck(_)
            | Packet::PubRec(_)
            | Packet::PubRel(_)
            | Packet::PubComp(_)
            | Packet::PingReq => self.acknowledged(link, packet),
            // A second CONNECT, and what only a server sends (MQTT 5 §3.1, §4.13).
            _ => self.lost(link, Some(ReasonCode::PROTOCOL_ERROR)),
        }
    }

    fn acknowledged(&mut self, link: LinkId, packet: Packet) {
        let now = Instant::now();
        let Some(session) = self.session(link) else { return };
        match packet {
            Packet::PubAck(ack) | Packet::PubComp(ack) => {
                session.outgoing.acknowledged(ack.packet_id, now);
            }
            // MQTT 5 §4.3.3: a refusal ends the exchange.
            Packet::PubRec(ack) if ack.reason.is_failure() => {
                session.outgoing.acknowledged(ack.packet_id, now);
            }
            Packet::PubRec(ack) => session.outgoing.received(ack.packet_id),
            Packet::PubRel(Ack { packet_id, .. }) => {
                let reason = match session.unreleased.remove(&packet_id) {
                    true => ReasonCode::SUCCESS,
                    false => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
                };
                let complete = Ack { packet_id, reason, ..Ack::default() };
                session.outgoing.control(Packet::PubComp(complete));
            }
            _ => session.outgoing.control(Packet::PingResp),
        }
    }

    fn published(&mut self, link: LinkId, mut publish: Publish) {
        self.counters.received += 1;
        if let Err(reason) = self.resolve_alias(link, &mut publish) {
            return self.lost(link, Some(reason));
        }
        let Some(client) = self.clients.get(&link).cloned() else { return };
        let Some(session) = self.sessions.get_mut(&client) else { return };
        let is_again = match publish.packet_id {
            Some(packet_id) if publish.qos == QoS::ExactlyOnce => {
                !session.unreleased.insert(packet_id)
            }
            _ => false,
        };
        if session.unreleased.len() > usize::from(limits::UNRELEASED) {
            return self.lost(link, Some(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED));
        }
        let reason = if is_reserved(&publish.topic) {
            ReasonCode::NOT_AUTHORIZED
        } else if is_again || self.publish(&publish, Some(&client)) {
            ReasonCode::SUCCESS
        } else {
            ReasonCode::NO_MATCHING_SUBSCRIBERS
        };
        self.answer(link, &publish, reason);
    }

    /// PUBACK or PUBREC.
    fn answer(&mut self, link: LinkId, publish: &Publish, reason: ReasonCode) {
        let Some(session) = self.session(link) else { return };
        let Some(packet_id) = publish.packet_id else { return };
        let ack = Ack { packet_id, reason, ..Ack::default() };
        session.outgoing.control(match publish.qos {
            QoS::ExactlyOnce => {
                // Refused, it is not followed by PUBREL, so its identifier is free (§4.3.3). MQTT
                // 3.1.1 cannot refuse.
                if reason.is_failure() && session.version == ProtocolVersion::V5 {
                    session.unreleased.remove(&packet_id);
                }
                Packet::PubRec(ack)
            }
            _ => Packet::PubAck(ack),
        });
    }

    /// Puts the topic in place of its alias (MQTT 5 §3.3.2.3.4), which is this connection's only.
    fn resolve_alias(&mut self, link: LinkId, publish: &mut Publish) -> Result<(), ReasonCode> {
        let mut alias = None;
        for property in publish.properties.iter() {
            match property {
                Property::TopicAlias(value) if *value > limits::ALIASES => {
                    return Err(ReasonCode::TOPIC_ALIAS_INVALID);
                }
                Property::TopicAlias(value) => alias = Some(*value),
                // §3.3.4: only a server sends it.
                Property::SubscriptionIdentifier(_) => return Err(ReasonCode::PROTOCOL_ERROR),
                _ => {}
            }
        }
        let Some(alias) = alias else { return Ok(()) };
        publish.properties.0.retain(|property| !matches!(property, Property::TopicAlias(_)));
        let Some(link) = self.session(link).and_then(|session| session.link.as_mut()) else {
            return Ok(());
        };
        if publish.topic == Topic::default() {
            let topic = link.aliases.get(&alias).ok_or(ReasonCode::PROTOCOL_ERROR)?;
            publish.topic = topic.clone();
        } else {
            link.aliases.insert(alias, publish.topic.clone());
        }
        Ok(())
    }
}

/// The broker alone publishes there.
fn is_reserved(topic: &Topic) -> bool {
    topic.levels().next() == Some(b"$SYS")
}
