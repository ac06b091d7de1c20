//! The table `postings`: for each topic in a segment, which messages are on it.
//!
//! A row has the highest id and then the steps down to the others as variable byte integers (the
//! encoding of MQTT 5 §1.5.5, without its limit of four bytes). A topic with one message in the
//! segment, the common case with many topics, has no steps.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

/// Writes the postings of a segment; the statement is kept, for there may be a row for each message.
pub(crate) struct Insert<'a>(CachedStatement<'a>);

impl<'a> Insert<'a> {
    pub(crate) fn new(database: &'a Connection) -> rusqlite::Result<Self> {
        const SQL: &str = "INSERT INTO postings (topic, last_id, steps) VALUES (?1, ?2, ?3)";
        database.prepare_cached(SQL).map(Self)
    }

    /// Adds a row for ids that ascend. No ids: nothing.
    pub(crate) fn add(&mut self, topic: i64, ids: &[i64]) -> rusqlite::Result<()> {
        let Some(last) = ids.last() else { return Ok(()) };
        self.0.execute((topic, last, encode(ids))).map(drop)
    }
}

/// Appends the ids of a topic in a segment from `first` to `last`, descending.
pub(crate) fn ids(
    database: &Connection,
    topic: i64,
    (first, last): (i64, i64),
    out: &mut Vec<i64>,
) -> rusqlite::Result<()> {
    const SQL: &str = "SELECT last_id, steps FROM postings
        WHERE topic = ?1 AND last_id BETWEEN ?2 AND ?3";
    database
        .prepare_cached(SQL)?
        .query_row((topic, first, last), |row| {
            decode(row.get(0)?, row.get_ref(1)?.as_blob()?, out);
            Ok(())
        })
        .optional()?;
    Ok(())
}

fn encode(ids: &[i64]) -> Vec<u8> {
    let mut steps = Vec::with_capacity(ids.len());
    for (lower, upper) in ids.iter().zip(ids.iter().skip(1)).rev() {
        let mut step = upper.abs_diff(*lower);
        loop {
            let low = (step & 0x7f) as u8;
            step >>= 7;
            if step == 0 {
                steps.push(low);
                break;
            }
            steps.push(low | 0x80);
        }
    }
    steps
}

/// Bytes that were never written like this give ids that no message has, which are then not found.
fn decode(last: i64, steps: &[u8], out: &mut Vec<i64>) {
    out.push(last);
    let (mut id, mut step, mut shift) = (last, 0_u64, 0_u32);
    for byte in steps {
        step |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        shift = shift.saturating_add(7);
        if byte & 0x80 == 0 {
            id = id.wrapping_sub_unsigned(step);
            out.push(id);
            (step, shift) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_from_the_top(
            ids in proptest::collection::btree_set(1_i64..i64::MAX, 1..50),
        ) {
            let ids: Vec<i64> = ids.into_iter().collect();
            let mut decoded = Vec::new();
            decode(*ids.last().unwrap(), &encode(&ids), &mut decoded);
            decoded.reverse();
            prop_assert_eq!(decoded, ids);
        }

        #[test]
        fn no_bytes_panic(last in any::<i64>(), steps in any::<Vec<u8>>()) {
            decode(last, &steps, &mut Vec::new());
        }
    }
}
