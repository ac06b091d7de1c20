//! Limits of count and size: which number the oldest message has that stays.
//!
//! Goes through the places newest first and adds up, for each connection that has such a limit,
//! until it is reached; in the place where that is, numbers of messages are counted off one by one,
//! and bytes by the average of that place.

use std::collections::HashMap;

use rusqlite::Connection;

use super::limit::Limit;
use super::place::Place;
use super::selection::{Kinds, Selection};
use super::weigh::{Scales, Weight};
use crate::{ConnectionId, Policies};

/// How much of a connection may stay, and how much was found.
struct Room {
    most: Weight,
    found: Weight,
}

/// Lowers the limits so that no connection keeps more than it may.
pub(crate) fn lower(
    file: &Connection,
    policies: &Policies,
    kinds: &Kinds,
    newest: i64,
    limits: &mut [Limit],
) -> rusqlite::Result<()> {
    let mut rooms = rooms(policies, kinds);
    if rooms.is_empty() {
        return Ok(());
    }
    let everything = kinds.everything(newest);
    for place in Place::all(file)?.iter().rev() {
        let mut scales = Scales::new(file, &everything)?;
        scales.add(place)?;
        let weights = std::mem::take(&mut scales.weights);
        for (connection, here) in of_connections(policies, kinds, &weights) {
            let Some(room) = rooms.get_mut(&connection) else { continue };
            let staying = room.staying(here);
            if staying == here.messages {
                room.found.add(here.messages, here.bytes);
                continue;
            }
            let last = last_to_go(file, place, policies, kinds, (connection, newest), staying)?;
            for (kind, limit) in kinds.list().iter().zip(limits.iter_mut()) {
                if kind.connection == connection && kind.is_limited(policies) {
                    limit.up_to = limit.up_to.max(last);
                }
            }
            rooms.remove(&connection);
        }
        if rooms.is_empty() {
            break;
        }
    }
    Ok(())
}

impl Room {
    /// How many of the messages of a place stay.
    fn staying(&self, here: Weight) -> u64 {
        let messages = self.most.messages.saturating_sub(self.found.messages);
        let bytes = self.most.bytes.saturating_sub(self.found.bytes);
        let by_size = match here.bytes {
            all if all <= bytes => here.messages,
            all => {
                let share = u128::from(here.messages) * u128::from(bytes) / u128::from(all);
                u64::try_from(share).unwrap_or(here.messages)
            }
        };
        here.messages.min(messages).min(by_size)
    }
}

fn rooms(policies: &Policies, kinds: &Kinds) -> HashMap<ConnectionId, Room> {
    let room = |connection: ConnectionId| {
        let policy = policies.of(connection);
        let is_limited = policy.max_messages.is_some() || policy.max_bytes.is_some();
        let most = Weight {
            messages: policy.max_messages.unwrap_or(u64::MAX),
            bytes: policy.max_bytes.unwrap_or(u64::MAX),
        };
        is_limited.then_some((connection, Room { most, found: Weight::default() }))
    };
    kinds.list().iter().filter_map(|kind| room(kind.connection)).collect()
}

/// What connections have of what limits count.
fn of_connections(
    policies: &Policies,
    kinds: &Kinds,
    weights: &[Weight],
) -> HashMap<ConnectionId, Weight> {
    let mut found: HashMap<ConnectionId, Weight> = HashMap::new();
    for (kind, weight) in kinds.list().iter().zip(weights.iter().skip(1)) {
        if weight.messages > 0 && kind.is_limited(policies) {
            found.entry(kind.connection).or_default().add(weight.messages, weight.bytes);
        }
    }
    found
}

/// The number of the newest message of a place that goes, when so many of a connection stay.
fn last_to_go(
    file: &Connection,
    place: &Place,
    policies: &Policies,
    kinds: &Kinds,
    (connection, newest): (ConnectionId, i64),
    staying: u64,
) -> rusqlite::Result<i64> {
    let limits = kinds.list().iter().map(|kind| {
        let is_meant = kind.connection == connection && kind.is_limited(policies);
        if is_meant { Limit::EVERYTHING } else { Limit::NOTHING }
    });
    let selection: Selection = kinds.select(newest, limits.collect());
    let mut scales = Scales::new(file, &selection)?;
    scales.ids = Some(Vec::new());
    scales.add(place)?;
    let ids = scales.ids.unwrap_or_default();
    let going = ids.len().saturating_sub(usize::try_from(staying).unwrap_or(usize::MAX));
    Ok(going.checked_sub(1).and_then(|at| ids.get(at)).copied().unwrap_or(i64::MIN))
}
