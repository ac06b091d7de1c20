//! What removing would remove, and how much each connection has, without removing anything.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use rusqlite::Connection;
use wiretree_model::Timestamp;

use super::place::Place;
use super::selection::{Kinds, Selection};
use super::weigh::{Scales, Weight};
use super::{ConnectionSize, Effect, Removal, counting};
use crate::tables::{extent, policies};
use crate::{Policies, Progressed, Reader, StoreError};

impl Reader {
    /// How long messages are kept.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn policies(&self) -> Result<Policies, StoreError> {
        self.read(|file| policies::read(file))
    }

    /// What removing would remove if it began at `now`. Tells `word` how far it is, and comes back
    /// with what it has when that breaks off.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn effect(
        &self,
        removal: &Removal,
        now: Timestamp,
        mut word: impl FnMut(Progressed) -> ControlFlow<()>,
    ) -> Result<Effect, StoreError> {
        self.read(|file| {
            let selection = match removal {
                Removal::Clear(order) => Selection::of_order(file, order)?,
                Removal::Policies(policies) => of_policies(file, policies, now)?,
            };
            effect(file, &selection, &mut word)
        })
    }

    /// How much each connection has, in the order in which they first recorded; those without a
    /// message included.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn sizes(&self) -> Result<Vec<ConnectionSize>, StoreError> {
        let connections = self.connections()?;
        let found = self.read(|file| {
            let mut kinds = Kinds::default();
            kinds.catch_up(file, &Policies::default())?;
            let everything = kinds.everything(i64::MAX);
            let mut scales = Scales::new(file, &everything)?;
            for place in Place::all(file)? {
                scales.add(&place)?;
            }
            let weights = scales.weights.into_iter().skip(1);
            let of = kinds.list().iter().map(|kind| kind.connection);
            Ok(of.zip(weights).collect::<HashMap<_, _>>())
        })?;
        let size = |connection| {
            let Weight { messages, bytes } = found.get(&connection).copied().unwrap_or_default();
            ConnectionSize { connection, messages, bytes }
        };
        Ok(connections.into_iter().map(|known| size(known.id)).collect())
    }
}

/// What policies do not keep at `now`.
pub(super) fn of_policies(
    file: &Connection,
    policies: &Policies,
    now: Timestamp,
) -> rusqlite::Result<Selection> {
    let mut kinds = Kinds::default();
    select(file, policies, &mut kinds, now)
}

/// The same, with the kinds of topics as far as they are known.
pub(super) fn select(
    file: &Connection,
    policies: &Policies,
    kinds: &mut Kinds,
    now: Timestamp,
) -> rusqlite::Result<Selection> {
    let newest = extent::last_id(file)?;
    if policies.keep_everything() {
        return Ok(kinds.select(newest, Vec::new()));
    }
    kinds.catch_up(file, policies)?;
    let mut limits = kinds.by_age(policies, now);
    counting::lower(file, policies, kinds, newest, &mut limits)?;
    Ok(kinds.select(newest, limits))
}

fn effect(
    file: &Connection,
    selection: &Selection,
    word: &mut dyn FnMut(Progressed) -> ControlFlow<()>,
) -> rusqlite::Result<Effect> {
    let total = extent::total(file)?;
    let mut progress = Progressed { scanned: 0, total };
    let mut scales = Scales::new(file, selection)?;
    scales.topics = Some(HashSet::new());
    let mut is_complete = true;
    for place in Place::all(file)? {
        scales.add(&place)?;
        progress.scanned = match place {
            Place::Segment(span) | Place::Block(span) => progress.scanned + span.count,
            Place::Tail(_) => total,
        };
        if word(progress).is_break() {
            is_complete = false;
            break;
        }
    }
    let mut all = Weight::default();
    scales.weights.iter().for_each(|weight| all.add(weight.messages, weight.bytes));
    Ok(Effect {
        messages: all.messages,
        bytes: all.bytes,
        topics: scales.topics.map_or(0, |topics| topics.len() as u64),
        oldest: scales.times.map(|(first, _)| Timestamp(first)),
        newest: scales.times.map(|(_, last)| Timestamp(last)),
        total,
        is_complete,
    })
}
