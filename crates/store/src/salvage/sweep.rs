//! Reads what can be read of a table whose database is damaged.

use rusqlite::{Connection, Row, Statement};

/// Numbers of messages that are given up together where the database cannot be read.
const GRAIN: i64 = 256;
/// The most times that the database may refuse before the rest is given up.
const REFUSALS: u32 = 100_000;

/// Shows every row that can be read of a table with ascending numbers. `sql` takes the first and the
/// last number. Where the database refuses, the rest is tried by halves.
pub(super) fn sweep(
    old: &Connection,
    sql: &str,
    visit: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<u32> {
    // No table of this name: a history of a version before it.
    let Ok(mut statement) = old.prepare(sql) else { return Ok(1) };
    let mut ranges = vec![(i64::MIN, i64::MAX)];
    let mut refusals = 0;
    while let Some((low, high)) = ranges.pop() {
        if refusals > REFUSALS {
            break;
        }
        let mut reached = None;
        match read_range(&mut statement, (low, high), &mut reached, visit) {
            Ok(()) => {}
            Err(Stop::Visitor(error)) => return Err(error),
            Err(Stop::Database) => {
                refusals += 1;
                let from = reached.map_or(low, |id: i64| id.saturating_add(1));
                if high.checked_sub(from).is_none_or(|length| length > GRAIN) {
                    let middle = from.midpoint(high);
                    ranges.push((middle.saturating_add(1), high));
                    ranges.push((from, middle));
                }
            }
        }
    }
    Ok(refusals)
}

/// What ends a range early.
enum Stop {
    /// The old file cannot be read there.
    Database,
    /// The new one cannot be written.
    Visitor(rusqlite::Error),
}

fn read_range(
    statement: &mut Statement<'_>,
    range: (i64, i64),
    reached: &mut Option<i64>,
    visit: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), Stop> {
    let database = |_: rusqlite::Error| Stop::Database;
    let mut rows = statement.query(range).map_err(database)?;
    while let Some(row) = rows.next().map_err(database)? {
        let id: i64 = row.get("id").map_err(database)?;
        visit(row).map_err(Stop::Visitor)?;
        *reached = Some(id);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_two_bad_places_is_found() {
        let old = Connection::open_in_memory().unwrap();
        old.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, x)").unwrap();
        for id in 1..=10_000 {
            old.execute("INSERT INTO t VALUES (?1, 1)", [id]).unwrap();
        }
        // Refuses at these, as a bad page would.
        let sql = "SELECT id FROM t WHERE id BETWEEN ?1 AND ?2 AND CASE WHEN id IN (3000, 9000)
            THEN abs(-9223372036854775807 - 1) ELSE 1 END ORDER BY id";
        let mut seen = Vec::new();
        let refusals = sweep(&old, sql, &mut |row| {
            seen.push(row.get::<_, i64>(0)?);
            Ok(())
        })
        .unwrap();
        assert!(refusals > 2 && seen.is_sorted());
        assert!(seen.len() as i64 >= 10_000 - 2 * (GRAIN + 1), "{}", seen.len());
        assert!(seen.contains(&2_000) && seen.contains(&6_000) && seen.contains(&10_000));
    }
}
