//! Moments: how messages lie in time, what the topics were at a position, what differs between two.
//!
//! Promises: the retained mark follows the rule of the live tree (a message with RETAIN and a
//! payload sets it, one with RETAIN and none clears it); the text of a query is not looked at for
//! its density. Absent: an index; the messages are gone through.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use wiretree_model::{Direction, Timestamp, Topic};

use super::Reader;
use crate::{
    Change, ChangeKind, ChangePage, ConnectionId, Cursor, Density, Found, Query, State, StoreError,
    StoredMessage, TopicState,
};

/// The most parts that a density is counted in.
const PARTS: usize = 4_096;
/// How long a page of changes may compare payloads before it comes back with what it has.
const BUDGET: Duration = Duration::from_millis(150);

impl Reader {
    /// How many messages of the query's connection and scope came in each of up to 4,096 equal
    /// parts of the time between `from` and `to`, which is not included.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn density(
        &self,
        query: &Query,
        from: Timestamp,
        to: Timestamp,
        buckets: usize,
    ) -> Result<Density, StoreError> {
        let mut counts = vec![0; buckets.min(PARTS)];
        if from < to && !counts.is_empty() {
            let within = Query { from: Some(from), to: Some(to), ..scope_of(query) };
            self.each_message(&within, |stored| {
                let part = part(stored.message.received_at, (from, to), counts.len());
                if let Some(count) = part.and_then(|part| counts.get_mut(part)) {
                    *count += 1;
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(Density { from, to, counts })
    }

    /// When the earliest and the latest message of the query's connection and scope came, by the
    /// clock as it was then; `None`: there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn span(&self, query: &Query) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let mut span: Option<(Timestamp, Timestamp)> = None;
        self.each_message(&scope_of(query), |stored| {
            let at = stored.message.received_at;
            let (first, last) = span.unwrap_or((at, at));
            span = Some((first.min(at), last.max(at)));
            ControlFlow::Continue(())
        })?;
        Ok(span)
    }

    /// The number of the newest message, in the order of arrival, that was received at or before a
    /// moment, over all connections; 0: none was.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn position_at(&self, moment: Timestamp) -> Result<i64, StoreError> {
        let to = moment.0.checked_add(1).map(Timestamp);
        let query = Query { to, ..Query::default() };
        let mut cursor = None;
        loop {
            let page = self.page(&query, cursor, 1, BUDGET)?;
            match (page.items.first(), page.next) {
                (Some(found), _) => return Ok(found.id),
                (None, None) => return Ok(0),
                (None, next) => cursor = next,
            }
        }
    }

    /// What the topics of a connection were when the message numbered `position` had just come, of
    /// whichever connection that is.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn state_at(&self, connection: ConnectionId, position: i64) -> Result<State, StoreError> {
        let mut places: HashMap<Topic, usize> = HashMap::new();
        let mut topics: Vec<TopicState> = Vec::new();
        let query = Query { connection: Some(connection), ..Query::default() };
        self.each_message(&query, |stored| {
            if stored.id > position {
                return ControlFlow::Break(());
            }
            if stored.message.direction == Direction::Received {
                let place = match places.entry(stored.message.publish.topic.clone()) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(new) => {
                        topics.push(TopicState {
                            topic: new.key().clone(),
                            messages: 0,
                            last: 0,
                            retained: false,
                        });
                        *new.insert(topics.len() - 1)
                    }
                };
                if let Some(topic) = topics.get_mut(place) {
                    record(topic, &stored);
                }
            }
            ControlFlow::Continue(())
        })?;
        Ok(State { position, topics })
    }

    /// What became of the topics of a connection between two positions, up to `limit` from `cursor`
    /// on, in an order that stays the same. Comes back early, with what it has and a cursor, when it
    /// has compared payloads for long.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn changes(
        &self,
        connection: ConnectionId,
        from_position: i64,
        to_position: i64,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        let before = self.state_at(connection, from_position)?.topics;
        let before: HashMap<Topic, TopicState> =
            before.into_iter().map(|state| (state.topic.clone(), state)).collect();
        let after = self.state_at(connection, to_position)?.topics;
        let deadline = Instant::now() + BUDGET;
        let start = cursor.and_then(|cursor| usize::try_from(cursor.0).ok()).unwrap_or(0);
        let mut page = ChangePage { total: after.len() as u64, ..ChangePage::default() };
        for (at, state) in after.iter().enumerate().skip(start) {
            let kind = self.change(before.get(&state.topic), state)?;
            page.items.extend(kind.map(|kind| Change { topic: state.topic.clone(), kind }));
            page.compared = at as u64 + 1;
            if page.items.len() >= limit.max(1) || Instant::now() >= deadline {
                let next = i64::try_from(at + 1).ok().filter(|_| at + 1 < after.len());
                page.next = next.map(Cursor);
                return Ok(page);
            }
        }
        page.compared = page.total;
        Ok(page)
    }

    fn change(
        &self,
        before: Option<&TopicState>,
        after: &TopicState,
    ) -> Result<Option<ChangeKind>, StoreError> {
        let Some(before) = before else {
            return Ok(Some(ChangeKind::Appeared { after: after.last }));
        };
        let (retained, before, after) =
            ((before.retained, after.retained), before.last, after.last);
        if before == after {
            return Ok(None);
        }
        if retained == (true, false) {
            return Ok(Some(ChangeKind::Vanished { before, after }));
        }
        let payload = |id| {
            let found = self.message(id)?;
            Ok::<_, StoreError>(found.map(|stored| stored.message.publish.payload))
        };
        let differs = payload(before)? != payload(after)?;
        Ok(differs.then_some(ChangeKind::Changed { before, after }))
    }

    fn each_message(
        &self,
        query: &Query,
        mut visit: impl FnMut(StoredMessage) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.each(query, |found| match found {
            Found::Message(stored) => visit(stored),
            Found::Damaged(_) | Found::Progress(_) => ControlFlow::Continue(()),
        })
    }
}

/// The connection and the topics of a query, and nothing else of it.
fn scope_of(query: &Query) -> Query {
    Query { connection: query.connection, scope: query.scope.clone(), ..Query::default() }
}

/// In which of `parts` equal parts of the time between two moments a third one lies.
fn part(at: Timestamp, (from, to): (Timestamp, Timestamp), parts: usize) -> Option<usize> {
    let since = |moment: Timestamp| i128::from(moment.0) - i128::from(from.0);
    let parts = i128::try_from(parts).ok()?;
    usize::try_from((since(at) * parts).checked_div(since(to))?).ok()
}

/// Takes the next message of a topic in, as the tree does.
fn record(topic: &mut TopicState, stored: &StoredMessage) {
    let publish = &stored.message.publish;
    topic.messages += 1;
    topic.last = stored.id;
    if publish.retain {
        topic.retained = !publish.payload.is_empty();
    }
}
