//! Packet identifiers in use, and what answer each of them waits for (MQTT 5 §2.2.1).
//!
//! The engine counts its identifiers within its window; on the wire they count up to 65,535, so that
//! one is not used again soon. Pure.

use std::collections::HashMap;

use super::Token;

/// The answer that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaits {
    PubAck,
    PubRec,
    /// Nothing: PUBREC has come, and PUBREL goes next.
    Release,
    PubComp,
    SubAck,
    UnsubAck,
}

/// A packet that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) token: Token,
    pub(super) engine_id: u16,
    pub(super) awaits: Awaits,
}

/// All of them, by the identifier on the wire.
#[derive(Debug, Default)]
pub(super) struct Flights {
    by_wire: HashMap<u16, Flight>,
    by_engine: HashMap<u16, u16>,
    last: u16,
}

impl Flights {
    /// None in use; the next one follows `last`.
    pub(super) fn counting_from(last: u16) -> Self {
        Self { last, ..Self::default() }
    }

    /// The identifier for a packet of the engine: the one it had, when it is sent again. `None`
    /// when all 65,535 are in use.
    pub(super) fn depart(&mut self, flight: Flight) -> Option<u16> {
        let had = self.by_engine.get(&flight.engine_id).copied();
        let id = match had.filter(|id| self.token(*id) == Some(flight.token)) {
            Some(id) => id,
            None => self.next()?,
        };
        self.by_engine.insert(flight.engine_id, id);
        self.by_wire.insert(id, flight);
        Some(id)
    }

    fn next(&mut self) -> Option<u16> {
        for _ in 0..u16::MAX {
            self.last = self.last.checked_add(1).unwrap_or(1);
            if !self.by_wire.contains_key(&self.last) {
                return Some(self.last);
            }
        }
        None
    }

    fn token(&self, id: u16) -> Option<Token> {
        self.by_wire.get(&id).map(|flight| flight.token)
    }

    /// What has this identifier, if it waits for this answer.
    pub(super) fn awaiting(&self, id: u16, awaits: Awaits) -> Option<Flight> {
        self.by_wire.get(&id).copied().filter(|flight| flight.awaits == awaits)
    }

    /// The next step of a QoS 2 message.
    pub(super) fn now_awaits(&mut self, id: u16, awaits: Awaits) {
        if let Some(flight) = self.by_wire.get_mut(&id) {
            flight.awaits = awaits;
        }
    }

    /// Whether this message of the engine has been answered with PUBREC.
    pub(super) fn is_taken(&self, token: Token, engine_id: u16) -> bool {
        let flight = self.on_wire(engine_id).and_then(|id| self.by_wire.get(&id));
        flight.is_some_and(|flight| flight.token == token && flight.awaits == Awaits::Release)
    }

    /// The connection has ended: each PUBREL goes again.
    pub(super) fn release_again(&mut self) {
        let all = self.by_wire.values_mut();
        all.filter(|flight| flight.awaits == Awaits::PubComp)
            .for_each(|flight| flight.awaits = Awaits::Release);
    }

    /// The messages between PUBREC and PUBCOMP.
    pub(super) fn released(&self) -> impl Iterator<Item = Token> {
        let all = self.by_wire.values();
        all.filter(|flight| matches!(flight.awaits, Awaits::Release | Awaits::PubComp))
            .map(|flight| flight.token)
    }

    /// Frees all identifiers. They are not used again soon.
    pub(super) fn clear(&mut self) {
        self.by_wire.clear();
        self.by_engine.clear();
    }

    /// The identifier on the wire for one of the engine.
    pub(super) fn on_wire(&self, engine_id: u16) -> Option<u16> {
        self.by_engine.get(&engine_id).copied()
    }

    /// The identifier is free again.
    pub(super) fn land(&mut self, id: u16) {
        if let Some(flight) = self.by_wire.remove(&id) {
            self.by_engine.remove(&flight.engine_id);
        }
    }

    /// Frees the identifier of something that was never sent. Gives the engine's.
    pub(super) fn cancel(&mut self, token: Token) -> Option<u16> {
        let found = self.by_wire.iter().find(|(_, flight)| flight.token == token);
        let (id, engine_id) = found.map(|(id, flight)| (*id, flight.engine_id))?;
        self.land(id);
        Some(engine_id)
    }

    /// Frees the identifiers of requests: they do not outlive the connection.
    pub(super) fn land_requests(&mut self) {
        let is_request =
            |flight: &Flight| matches!(flight.awaits, Awaits::SubAck | Awaits::UnsubAck);
        let by_engine = &mut self.by_engine;
        self.by_wire.retain(|_, flight| {
            let goes = is_request(flight);
            if goes {
                by_engine.remove(&flight.engine_id);
            }
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(token: Token, engine_id: u16) -> Flight {
        Flight { token, engine_id, awaits: Awaits::PubAck }
    }

    #[test]
    fn identifiers_count_up_wrap_around_zero_and_skip_those_in_use() {
        let mut flights = Flights::default();
        let ids: Vec<_> = (1..=3).map(|n| flights.depart(flight(n, n as u16)).unwrap()).collect();
        assert_eq!(ids, [1, 2, 3]);
        flights.land(1);
        flights.land(3);
        assert_eq!(flights.depart(flight(4, 1)), Some(4), "not used again at once");
        flights.last = u16::MAX;
        assert_eq!(flights.depart(flight(5, 3)), Some(1), "2 is in use, and 0 is none");
        assert_eq!(flights.depart(flight(6, 5)), Some(3));
    }

    #[test]
    fn what_is_sent_again_keeps_its_identifier() {
        let mut flights = Flights::default();
        flights.depart(flight(1, 1));
        assert_eq!(flights.depart(flight(2, 2)), Some(2));
        assert_eq!(flights.depart(flight(2, 2)), Some(2));
        assert_eq!(flights.on_wire(2), Some(2));
        flights.land(2);
        assert_eq!(flights.on_wire(2), None);
        assert_eq!(flights.depart(flight(3, 2)), Some(3), "the engine's may be taken by another");
    }
}
