//! Reads everything once, to find what is damaged before somebody needs it.

use std::ops::ControlFlow;

use rusqlite::Connection;

use super::Reader;
use crate::StoreError;
use crate::block::{Damage, Opener};
use crate::index::{self, Directory, Span};
use crate::query::{Damaged, Found, Progressed, Query};
use crate::tables::alone::too_large;
use crate::tables::segments::{self, Part};
use crate::tables::snapshots;

/// The most stretches of damage, and the most sentences, that are told one by one.
const MOST: usize = 1_000;

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Messages that are as they were written.
    pub intact: u64,
    /// Messages that are damaged.
    pub damaged: u64,
    /// Where they are: the first thousand stretches.
    pub stretches: Vec<Damaged>,
    /// What else is wrong, a sentence each: messages are not lost by it, but may take longer to find.
    pub beside: Vec<String>,
    /// Everything was looked at; else it was ended before.
    pub is_complete: bool,
}

impl Checked {
    /// Whether all is as it was written.
    pub fn is_whole(&self) -> bool {
        self.damaged == 0 && self.beside.is_empty()
    }
}

impl Reader {
    /// Reads every message, index and snapshot, and compares the checksums. `word` hears how far it
    /// is, and may end it.
    ///
    /// # Errors
    /// The file cannot be read at all.
    pub fn check(
        &self,
        mut word: impl FnMut(Progressed) -> ControlFlow<()>,
    ) -> Result<Checked, StoreError> {
        let mut found = Checked { is_complete: true, ..Checked::default() };
        let read = self.each(&Query::default(), |next| match next {
            Found::Message(_) => {
                found.intact += 1;
                ControlFlow::Continue(())
            }
            Found::Damaged(damaged) => {
                found.damaged += damaged.messages;
                if found.stretches.len() < MOST {
                    found.stretches.push(damaged);
                }
                ControlFlow::Continue(())
            }
            Found::Progress(progress) => {
                let answer = word(progress);
                found.is_complete = answer.is_continue();
                answer
            }
        });
        match read {
            Err(error @ StoreError::Damaged { .. }) => found.beside.push(error.to_string()),
            read => read?,
        }
        if found.is_complete {
            match self.read(|file| beside(file)) {
                Err(error @ StoreError::Damaged { .. }) => found.beside.push(error.to_string()),
                problems => found.beside.extend(problems?),
            }
            found.beside.truncate(MOST);
        }
        Ok(found)
    }
}

/// What is wrong with indexes, snapshots and the database itself.
fn beside(file: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut opener = Opener::new().map_err(too_large)?;
    let mut problems = Vec::new();
    let mut position = 0;
    while let Some(segment) = segments::after(file, position, (i64::MIN, i64::MAX))? {
        position = segment.last;
        if let Err(damage) = check_index(file, &mut opener, segment)? {
            let Span { first, last, .. } = segment;
            problems
                .push(format!("The index of the messages {first} to {last} is damaged: {damage}."));
        }
    }
    let mut before = i64::MAX;
    while let Some((at, read)) = snapshots::before(file, &mut opener, before)? {
        before = at.saturating_sub(1);
        if let Err(damage) = read {
            problems.push(format!("The snapshot at the message {at} is damaged: {damage}."));
        }
    }
    let mut statement = file.prepare("PRAGMA quick_check(20)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sentence: String = row.get(0)?;
        if sentence != "ok" {
            problems.push(format!("The database says: {sentence}."));
        }
    }
    Ok(problems)
}

fn check_index(
    file: &Connection,
    opener: &mut Opener,
    segment: Span,
) -> rusqlite::Result<Result<(), Damage>> {
    let (mut raw, mut places) = (Vec::new(), Vec::new());
    if let Err(damage) = segments::open(file, opener, segment, Part::Spans, &mut raw)? {
        return Ok(Err(damage));
    }
    if let Err(damage) = index::read_spans(&raw) {
        return Ok(Err(damage));
    }
    for (part, out) in [(Part::Directory, &mut raw), (Part::Places, &mut places)] {
        if let Err(damage) = segments::open(file, opener, segment, part, out)? {
            return Ok(Err(damage));
        }
    }
    let mut ids = Vec::new();
    for listed in Directory::new(&raw) {
        ids.clear();
        if let Err(damage) = listed.and_then(|listed| listed.ids(&places, segment.first, &mut ids))
        {
            return Ok(Err(damage));
        }
    }
    Ok(Ok(()))
}
