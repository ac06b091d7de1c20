//! Requests of the doctor and their answers, over a plain conversation.

use std::time::Duration;

use tokio::time::Instant;
use wiretree_model::{Publish, QoS, RetainHandling};
use wiretree_wire::{Packet, Subscribe, SubscribeFilter, SubscriptionOptions, Unsubscribe};

use crate::conversation::Conversation;
use crate::reason::reason_string;
use crate::{MqttError, Reason};

/// What a broker said to a SUBSCRIBE, and the first message that came with it and was of interest.
pub(super) struct Subscribed {
    pub(super) reason: Reason,
    pub(super) message: Option<Publish>,
}

impl Conversation {
    /// Subscribes with QoS 0, so that nothing has to be acknowledged.
    pub(super) async fn subscribe(
        &mut self,
        filter: &str,
        retained: RetainHandling,
        patience: Duration,
        of_interest: impl Fn(&Publish) -> bool,
    ) -> Result<Subscribed, MqttError> {
        let packet_id = self.next_id();
        let options = SubscriptionOptions {
            retain_as_published: self.version().has_properties(),
            retain_handling: retained,
            ..SubscriptionOptions::default()
        };
        let filters = vec![SubscribeFilter { filter: filter.into(), options }];
        let deadline = Instant::now() + patience;
        let packet = Subscribe { packet_id, filters, ..Subscribe::default() };
        self.send(&Packet::Subscribe(packet), deadline).await?;
        let mut message = None;
        let version = self.version();
        let answer = self.until(deadline, |packet| match packet {
            Packet::SubAck(suback) if suback.packet_id == packet_id => {
                let code = suback.reasons.first().map_or(0x80, |reason| reason.0);
                Some(Reason::suback(version, code, reason_string(&suback.properties)))
            }
            Packet::Publish(publish) if of_interest(&publish) => {
                message.get_or_insert(publish);
                None
            }
            _ => None,
        });
        let reason = answer.await?.ok_or_else(|| self.silent("SUBSCRIBE"))?;
        Ok(Subscribed { reason, message })
    }

    /// Ends a subscription; what comes until the answer is passed over.
    pub(super) async fn unsubscribe(
        &mut self,
        filter: &str,
        patience: Duration,
    ) -> Result<(), MqttError> {
        let packet_id = self.next_id();
        let deadline = Instant::now() + patience;
        let filters = vec![filter.into()];
        let packet = Unsubscribe { packet_id, filters, ..Unsubscribe::default() };
        self.send(&Packet::Unsubscribe(packet), deadline).await?;
        let answer = self.until(deadline, |packet| match packet {
            Packet::UnsubAck(unsuback) => (unsuback.packet_id == packet_id).then_some(()),
            _ => None,
        });
        answer.await?.ok_or_else(|| self.silent("UNSUBSCRIBE"))
    }

    /// Publishes; with QoS 1 it waits for PUBACK, with QoS 0 for a PINGRESP behind it.
    pub(super) async fn publish(
        &mut self,
        publish: Publish,
        patience: Duration,
    ) -> Result<Reason, MqttError> {
        let packet_id = (publish.qos != QoS::AtMostOnce).then(|| self.next_id());
        let deadline = Instant::now() + patience;
        self.send(&Packet::Publish(Publish { packet_id, ..publish }), deadline).await?;
        if packet_id.is_none() {
            self.send(&Packet::PingReq, deadline).await?;
        }
        let answer = self.until(deadline, |packet| match packet {
            Packet::PubAck(ack) if Some(ack.packet_id) == packet_id => {
                Some(Reason::v5(ack.reason.0, reason_string(&ack.properties)))
            }
            Packet::PingResp if packet_id.is_none() => Some(Reason::v5(0, None)),
            _ => None,
        });
        answer.await?.ok_or_else(|| self.silent("PUBLISH"))
    }

    /// The first packet that `pick` takes; nothing when none came in time.
    pub(super) async fn until<T>(
        &mut self,
        deadline: Instant,
        mut pick: impl FnMut(Packet) -> Option<T>,
    ) -> Result<Option<T>, MqttError> {
        // A stream of messages without an end must not keep us beyond the deadline either.
        while Instant::now() < deadline {
            match self.receive(deadline).await? {
                Some(packet) => {
                    if let Some(picked) = pick(packet) {
                        return Ok(Some(picked));
                    }
                }
                None => return Ok(None),
            }
        }
        Ok(None)
    }
}
