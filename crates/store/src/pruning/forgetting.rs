//! Forgets the topics of a connection that have no message any more.

use std::collections::HashSet;

use super::apply::Applied;
use super::place::{self, Place};
use super::run::Pruner;
use crate::block::Opener;
use crate::index::Directory;
use crate::tables::alone::too_large;
use crate::tables::segments::{self, Part};
use crate::tables::{space, tail, topics};
use crate::writer::Ledger;
use crate::{ConnectionId, StoreError};

/// Topics that are forgotten in one transaction: some milliseconds of work.
const CHUNK: usize = 4_096;

/// Topics without messages, by what the file was when its segments ended there.
struct Unused {
    sealed_to: i64,
    topics: Vec<(i64, Vec<u8>)>,
}

impl Pruner {
    pub(super) fn forget_topics(&self, connection: ConnectionId) -> Result<(), StoreError> {
        loop {
            let Unused { sealed_to, topics } = self.reader.read(|file| unused(file, connection))?;
            let mut applied = Applied::Done;
            for chunk in topics.chunks(CHUNK) {
                let chunk = chunk.to_vec();
                let directory = std::sync::Arc::clone(&self.directory);
                applied = self.ask(move |ledger| {
                    let forgotten = ledger.forget_topics(sealed_to, chunk)?;
                    Ok(match forgotten {
                        Some(names) => {
                            directory.forget(connection, &names);
                            Applied::Done
                        }
                        None => Applied::Stale,
                    })
                })?;
                if applied == Applied::Stale {
                    break;
                }
            }
            if applied == Applied::Done {
                return Ok(());
            }
        }
    }
}

impl Ledger {
    /// Removes topics that had no message up to `sealed_to`, unless they have one now. Gives their
    /// names; `None`: there are segments by now that were not looked at.
    fn forget_topics(
        &mut self,
        sealed_to: i64,
        list: Vec<(i64, Vec<u8>)>,
    ) -> rusqlite::Result<Option<Vec<Vec<u8>>>> {
        let (message, topic) =
            (self.next_message.saturating_sub(1), self.next_topic.saturating_sub(1));
        let used: HashSet<i64> = self.pile.topics().collect();
        let transaction = self.connection.transaction()?;
        if segments::sealed_to(&transaction)? != sealed_to {
            return Ok(None);
        }
        space::note_used(&transaction, message, topic)?;
        let mut names = Vec::new();
        for (topic, name) in list {
            if !used.contains(&topic) {
                topics::remove(&transaction, topic)?;
                names.push(name);
            }
        }
        transaction.commit()?;
        Ok(Some(names))
    }
}

fn unused(file: &rusqlite::Connection, connection: ConnectionId) -> rusqlite::Result<Unused> {
    let mut opener = Opener::new().map_err(too_large)?;
    let mut used = HashSet::new();
    let mut raw = Vec::new();
    for place in Place::all(file)? {
        match place {
            Place::Segment(span) => {
                let part = Part::Directory;
                let opened = segments::open(file, &mut opener, span, part, &mut raw)?;
                let listed =
                    opened.and_then(|()| Directory::new(&raw).collect::<Result<Vec<_>, _>>());
                match listed {
                    Ok(listed) => used.extend(listed.into_iter().map(|listed| listed.topic)),
                    // Which topics have messages there is not known, so none is forgotten.
                    Err(_) => return Ok(Unused { sealed_to: i64::MIN, topics: Vec::new() }),
                }
            }
            Place::Block(span) => {
                if let Ok(opened) = place::open(file, &mut opener, &span)? {
                    used.extend(opened.metas.iter().map(|meta| meta.topic));
                }
            }
            Place::Tail(after) => {
                used.extend(tail::briefs(file, after)?.iter().map(|row| row.topic));
            }
        }
    }
    let mut unused = Vec::new();
    topics::each_after(file, 0, |topic, of, name| {
        if of == connection && !used.contains(&topic) {
            unused.push((topic, name.to_vec()));
        }
        true
    })?;
    Ok(Unused { sealed_to: segments::sealed_to(file)?, topics: unused })
}
