//! Clients come and go: CONNECT, taking over, the will and the end of sessions (MQTT 5 §3.1, §4.1).

use std::time::Duration;

use tokio::time::Instant;
use wiretree_model::{MqttString, Properties, Property, ProtocolVersion, Publish};
use wiretree_wire::{ConnAck, Connect, Packet, ReasonCode, Will};

use super::actor::{LinkId, State};
use super::limits;
use super::session::{Link, Session};

impl State {
    pub(super) fn connected(&mut self, mut connect: Connect, mut link: Link) {
        let now = Instant::now();
        if let Some(reason) = self.refusal(&connect) {
            let connack = Packet::ConnAck(ConnAck { reason, ..ConnAck::default() });
            return link.end_with(&connack, connect.version);
        }
        let is_assigned = connect.client_id.is_empty();
        if is_assigned {
            self.assigned += 1;
            connect.client_id = format!("wiretree-demo-{}", self.assigned).into();
        }
        let client = connect.client_id.clone();
        let kept = self.take_over(&client, connect.clean_start);
        let session_present = kept.is_some();
        let mut session = kept.unwrap_or_default();
        let window = apply(&connect, &mut link, &mut session);
        let properties = self.connack_properties(&connect, is_assigned);
        let connack = ConnAck { session_present, reason: ReasonCode::SUCCESS, properties };
        session.outgoing.control(Packet::ConnAck(connack));
        session.outgoing.connected(window, now);
        self.clients.insert(link.id, client.clone());
        session.link = Some(link);
        self.sessions.insert(client, session);
    }

    /// Why a client cannot connect, as its version says it.
    fn refusal(&self, connect: &Connect) -> Option<ReasonCode> {
        let is_new = !self.sessions.contains_key(&connect.client_id);
        let is_full = is_new && self.sessions.len() >= limits::SESSIONS;
        let authenticates = connect
            .properties
            .iter()
            .any(|property| matches!(property, Property::AuthenticationMethod(_)));
        match connect.version {
            // MQTT 3.1.1 §3.1.3.1: without a name there is nothing to keep.
            ProtocolVersion::V31 | ProtocolVersion::V311
                if connect.client_id.is_empty() && !connect.clean_start =>
            {
                Some(ReasonCode(2))
            }
            ProtocolVersion::V31 | ProtocolVersion::V311 if is_full => Some(ReasonCode(3)),
            ProtocolVersion::V5 if is_full => Some(ReasonCode::QUOTA_EXCEEDED),
            ProtocolVersion::V5 if authenticates => Some(ReasonCode::BAD_AUTHENTICATION_METHOD),
            _ => None,
        }
    }

    /// Ends the connection that a client of this name still has, and gives the session to go on
    /// with, if there is one and it is wanted (MQTT 5 §3.1.4).
    fn take_over(&mut self, client: &MqttString, clean_start: bool) -> Option<Session> {
        let mut session = self.sessions.remove(client)?;
        if let Some(link) = &session.link {
            self.clients.remove(&link.id);
        }
        session.close(Some(ReasonCode::SESSION_TAKEN_OVER));
        let is_kept = !clean_start && session.expiry > 0;
        // A will that may wait is not published for a client that is back (§3.1.3.2.2).
        if !is_kept || (session.ends.is_none() && session.will_delay().is_zero()) {
            let will = session.will.take();
            self.publish_will(client, will);
        }
        is_kept.then_some(session)
    }

    fn connack_properties(&self, connect: &Connect, is_assigned: bool) -> Properties {
        let largest = u32::try_from(limits::PACKET).unwrap_or(u32::MAX);
        let assigned =
            is_assigned.then(|| Property::AssignedClientIdentifier(connect.client_id.clone()));
        let limits = [
            Property::ReceiveMaximum(limits::UNRELEASED),
            Property::MaximumPacketSize(largest),
            Property::TopicAliasMaximum(limits::ALIASES),
        ];
        Properties(assigned.into_iter().chain(limits).collect())
    }

    /// A connection has ended without DISCONNECT, or is ended for `reason`.
    pub(super) fn lost(&mut self, link: LinkId, reason: Option<ReasonCode>) {
        let now = Instant::now();
        let Some(client) = self.clients.remove(&link) else { return };
        let Some(session) = self.sessions.get_mut(&client) else { return };
        session.close(reason);
        let delay = session.will_delay();
        if delay.is_zero() {
            let will = session.will.take();
            self.publish_will(&client, will);
        } else {
            session.will_due = now.checked_add(delay);
        }
        self.begin_expiry(&client, now);
    }

    /// A client has said goodbye: its will is discarded unless it asks for it (MQTT 5 §3.14.4).
    pub(super) fn left(&mut self, link: LinkId, reason: ReasonCode, expiry: Option<u32>) {
        if let Some(session) = self.session(link) {
            if session.expiry == 0 && expiry.is_some_and(|expiry| expiry > 0) {
                return self.lost(link, Some(ReasonCode::PROTOCOL_ERROR));
            }
            session.expiry = expiry.unwrap_or(session.expiry);
            if reason != ReasonCode::DISCONNECT_WITH_WILL {
                session.will = None;
            }
        }
        self.lost(link, None);
    }

    fn begin_expiry(&mut self, client: &MqttString, now: Instant) {
        let Some(session) = self.sessions.get_mut(client) else { return };
        match session.expiry {
            0 => {
                self.sessions.remove(client);
            }
            u32::MAX => session.ends = None,
            seconds => session.ends = now.checked_add(Duration::from_secs(u64::from(seconds))),
        }
    }

    pub(super) fn publish_will(&mut self, client: &MqttString, will: Option<Will>) {
        let Some(Will { topic, payload, qos, retain, mut properties }) = will else { return };
        properties.0.retain(|property| !matches!(property, Property::WillDelayInterval(_)));
        let publish = Publish { topic, payload, qos, retain, properties, ..Publish::default() };
        self.publish(&publish, Some(client));
    }
}

/// Takes over what the CONNECT says; gives the number of messages the client takes at a time.
fn apply(connect: &Connect, link: &mut Link, session: &mut Session) -> u16 {
    let mut window = limits::WINDOW;
    session.version = connect.version;
    session.will = connect.will.clone();
    session.ends = None;
    session.will_due = None;
    session.expiry = match connect.version {
        ProtocolVersion::V31 | ProtocolVersion::V311 if !connect.clean_start => u32::MAX,
        _ => 0,
    };
    for property in connect.properties.iter() {
        match property {
            Property::SessionExpiryInterval(seconds) => session.expiry = *seconds,
            Property::ReceiveMaximum(maximum) => window = window.min(*maximum),
            Property::MaximumPacketSize(bytes) => {
                link.largest = usize::try_from(*bytes).unwrap_or(usize::MAX);
            }
            _ => {}
        }
    }
    window
}
