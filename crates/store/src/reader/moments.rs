//! Moments: how messages lie in time, what the topics were at a position, what differs between two.
//!
//! Promises: the retained mark follows the rule of the live tree (a message with RETAIN and a
//! payload sets it, one with RETAIN and none clears it); the text of a query is not looked at for
//! its density. Absent: the messages themselves, which only a change is compared by.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use wiretree_model::{Timestamp, Topic};

use super::Reader;
use super::density::{self, Tally};
use crate::tables::topics;
use crate::{
    Change, ChangeKind, ChangePage, ConnectionId, Cursor, Density, Query, State, StoreError,
    StoredMessage, TopicState, past,
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
        let mut tally = Tally::new(from.0, to.0, buckets.min(PARTS));
        if from < to && buckets > 0 {
            self.read(|file| {
                let wanted = self.scopes.resolve(file, &scope_of(query))?;
                density::count(file, &wanted, &mut tally)
            })?;
        }
        Ok(Density { from, to, counts: tally.into_counts() })
    }

    /// When the earliest and the latest message of the query's connection and scope came, by the
    /// clock as it was then; `None`: there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn span(&self, query: &Query) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let span = self.read(|file| {
            let wanted = self.scopes.resolve(file, &scope_of(query))?;
            density::span(file, &wanted)
        })?;
        Ok(span.map(|(first, last)| (Timestamp(first), Timestamp(last))))
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
        self.read(|file| {
            let known = past::at(file, position)?;
            let mut topics = Vec::new();
            topics::each_after(file, 0, |id, of, name| {
                if let Some(facts) = known.get(&id).filter(|_| of == connection) {
                    topics.push(TopicState {
                        topic: Topic::from(Bytes::copy_from_slice(name)),
                        messages: facts.messages,
                        last: facts.last,
                        retained: facts.retained,
                    });
                }
                true
            })?;
            Ok(State { position, topics })
        })
    }

    /// What became of the topics of a connection between two positions, up to `limit` from `cursor`
    /// on, in an order that stays the same. Comes back early, with what it has and a cursor, when it
    /// has compared payloads for long. What cannot be compared, since it is damaged, counts as changed.
    ///
    /// # Errors
    /// The file cannot be read.
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

    /// One message, by its number; `None`: there is none, or it is damaged.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn readable(&self, id: i64) -> Result<Option<StoredMessage>, StoreError> {
        match self.message(id) {
            Err(StoreError::Damaged { .. }) => Ok(None),
            found => found,
        }
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
            let found = self.readable(id)?;
            Ok::<_, StoreError>(found.map(|stored| stored.message.publish.payload))
        };
        let (first, second) = (payload(before)?, payload(after)?);
        let differs = first.is_none() || first != second;
        Ok(differs.then_some(ChangeKind::Changed { before, after }))
    }
}

/// The connection and the topics of a query, and nothing else of it.
fn scope_of(query: &Query) -> Query {
    Query { connection: query.connection, scope: query.scope.clone(), ..Query::default() }
}
