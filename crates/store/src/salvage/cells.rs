//! The rows on a page of a table, taken apart without SQLite (§1.6, §2.1 of its "Database File
//! Format"). Whatever stands there, no more is read than the file has.

use rusqlite::types::ValueRef;

use super::pages::{Pages, SIZE, four, two};

/// A page with rows of a table.
const LEAF: u8 = 0x0d;
/// The header of the file stands on the first page.
const FILE_HEADER: usize = 100;
/// More columns than any table of a history has.
const MOST_COLUMNS: usize = 32;
/// The most rows that a page has room for (§1.6): of each its place, and four bytes at the least.
const MOST_CELLS: u16 = (SIZE as u16 - 8) / 6;
/// The most bytes of a row: those of the largest packet of MQTT (§2.1.4) and a little more.
const MOST_BYTES: u64 = 260 * 1024 * 1024;

/// A row, as far as it stands on its page.
pub(super) struct Cell<'a> {
    /// The number of the row.
    pub(super) id: i64,
    /// Bytes of the record.
    length: u64,
    here: &'a [u8],
    /// The page on which it goes on; 0: it does not.
    next: u32,
}

/// What the record of a row holds, by the codes of SQLite (§2.1).
pub(super) type Types = Vec<u64>;

/// The rows of a page, with their places; none, if it is no page of a table.
pub(super) fn cells(number: u32, page: &[u8]) -> impl Iterator<Item = (u16, Cell<'_>)> {
    let is_leaf = page.get(header(number)) == Some(&LEAF);
    let count = if is_leaf { two(page, header(number) + 3) } else { 0 };
    (0..count.min(MOST_CELLS)).filter_map(move |at| Some((at, cell(number, page, at)?)))
}

/// The row in this place of a page.
pub(super) fn cell(number: u32, page: &[u8], at: u16) -> Option<Cell<'_>> {
    let start = usize::from(two(page, header(number) + 8 + 2 * usize::from(at)));
    Cell::new(page.get(start..).filter(|_| start > 0)?)
}

fn header(number: u32) -> usize {
    if number == 1 { FILE_HEADER } else { 0 }
}

impl<'a> Cell<'a> {
    fn new(cell: &'a [u8]) -> Option<Self> {
        let (length, rest) = varint(cell)?;
        let (id, rest) = varint(rest)?;
        let (here, behind) = rest.split_at_checked(on_the_page(length)?)?;
        let goes_on = (here.len() as u64) < length;
        let next = if goes_on { four(behind.get(..4)?, 0) } else { 0 };
        Some(Self { id: id.cast_signed(), length, here, next })
    }

    /// The types of its columns; `None`: there is no whole record.
    pub(super) fn types(&self) -> Option<Types> {
        types(self.here).map(|(types, _)| types)
    }

    /// The whole record; `None`: a part of it is lost, or it is longer than any message, or more bytes
    /// would have to be read than `budget` has, from which they are taken.
    pub(super) fn record(&self, pages: &Pages, budget: &mut u64) -> Option<Vec<u8>> {
        let length = usize::try_from(self.length).ok().filter(|_| self.length <= MOST_BYTES)?;
        let mut record = self.here.to_vec();
        let mut next = self.next;
        while record.len() < length {
            *budget = budget.checked_sub(SIZE as u64)?;
            let page = pages.read(next).filter(|_| next > 1)?;
            let (front, there) = page.split_at(4);
            record.extend_from_slice(there.get(..length - record.len()).unwrap_or(there));
            next = four(front, 0);
        }
        Some(record)
    }
}

/// How many bytes of a record stand on the page of its row (§1.6).
fn on_the_page(length: u64) -> Option<usize> {
    const MOST: usize = SIZE - 35;
    const LEAST: usize = (SIZE - 12) * 32 / 255 - 23;
    let all = usize::try_from(length).ok()?;
    if all <= MOST {
        return Some(all);
    }
    let some = LEAST + (all - LEAST) % (SIZE - 4);
    Some(if some <= MOST { some } else { LEAST })
}

/// The types of a record's columns, and its bytes behind them.
fn types(record: &[u8]) -> Option<(Types, &[u8])> {
    let (length, _) = varint(record)?;
    let (mut header, values) = record.split_at_checked(usize::try_from(length).ok()?)?;
    header = varint(header)?.1;
    let mut types = Vec::new();
    while !header.is_empty() {
        let (code, rest) = varint(header)?;
        types.push(code);
        header = rest;
        if types.len() > MOST_COLUMNS {
            return None;
        }
    }
    Some((types, values))
}

/// The values of a record; `None`: it is none.
pub(super) fn values(record: &[u8]) -> Option<Vec<ValueRef<'_>>> {
    let (types, mut rest) = types(record)?;
    let mut take = |code: u64| {
        let length = match code {
            0..=4 => code,
            5 => 6,
            6 | 7 => 8,
            8 | 9 => 0,
            10 | 11 => return None,
            _ => (code - 12) / 2,
        };
        let (value, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        rest = behind;
        Some(match code {
            0 => ValueRef::Null,
            1..=6 => ValueRef::Integer(integer(value)),
            7 => ValueRef::Real(f64::from_bits(integer(value).cast_unsigned())),
            8 | 9 => ValueRef::Integer((code - 8).cast_signed()),
            _ if code.is_multiple_of(2) => ValueRef::Blob(value),
            _ => ValueRef::Text(value),
        })
    };
    types.into_iter().map(&mut take).collect()
}

/// A number with its sign, the highest byte first.
fn integer(bytes: &[u8]) -> i64 {
    let first = bytes.first().map_or(0, |byte| i64::from(byte.cast_signed()));
    bytes.iter().skip(1).fold(first, |value, byte| value << 8 | i64::from(*byte))
}

/// A number of up to nine bytes, the highest seven bits first (§1.6).
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        if at == 8 {
            return Some((value << 8 | u64::from(*byte), &bytes[9..]));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::*;

    const ROWS: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)";

    /// Rows, read by SQLite.
    fn by_sqlite(database: &Connection) -> Vec<(i64, Vec<rusqlite::types::Value>)> {
        let mut all = database.prepare("SELECT id, a, b, c FROM t ORDER BY id").unwrap();
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, vec![row.get(1)?, row.get(2)?, row.get(3)?]))
        };
        all.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The same from the pages.
    fn by_pages(pages: &Pages) -> Vec<(i64, Vec<rusqlite::types::Value>)> {
        let (mut all, mut budget) = (Vec::new(), pages.bytes() * 4);
        let visit = |number: u32, page: &[u8]| {
            for (_, cell) in cells(number, page) {
                let record = cell.record(pages, &mut budget);
                let Some(record) = record else { continue };
                match values(&record).as_deref() {
                    Some([ValueRef::Null, rest @ ..]) if rest.len() == 3 => {
                        all.push((
                            cell.id,
                            rest.iter().map(|value| (*value).try_into().unwrap()).collect(),
                        ));
                    }
                    _ => {}
                }
            }
            Ok::<_, std::convert::Infallible>(())
        };
        pages.each(visit, |_, _| {}).unwrap();
        all.sort_by_key(|(id, _)| *id);
        all
    }

    fn value() -> impl Strategy<Value = rusqlite::types::Value> {
        use rusqlite::types::Value;
        let blob = |length| proptest::collection::vec(any::<u8>(), length).prop_map(Value::Blob);
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Integer),
            (-2_i64..300).prop_map(Value::Integer),
            (-1e9..1e9_f64).prop_map(Value::Real),
            "[a-zé]{0,40}".prop_map(Value::Text),
            blob(0..60),
            blob(300..3_000),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn rows_are_what_sqlite_reads(
            rows in proptest::collection::btree_map(any::<i64>(), (value(), value(), value()), 0..60),
            in_log in any::<bool>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("rows");
            let database = Connection::open(&path).unwrap();
            database.pragma_update(None, "synchronous", "OFF").unwrap();
            database.pragma_update(None, "auto_vacuum", "INCREMENTAL").unwrap();
            if in_log {
                database.pragma_update(None, "journal_mode", "WAL").unwrap();
            }
            database.execute_batch(ROWS).unwrap();
            for (id, (a, b, c)) in &rows {
                let sql = "INSERT INTO t VALUES (?1, ?2, ?3, ?4)";
                database.execute(sql, (id, a, b, c)).unwrap();
            }
            database.execute("DELETE FROM t WHERE id % 3 = 0", []).unwrap();
            prop_assert_eq!(by_pages(&Pages::open(&path).unwrap()), by_sqlite(&database));
        }

        #[test]
        fn any_bytes_are_read_to_an_end(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..5 * SIZE),
            is_leaf in any::<bool>(),
        ) {
            if is_leaf {
                bytes.chunks_mut(SIZE).for_each(|page| page[0] = LEAF);
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("rows");
            std::fs::write(&path, &bytes).unwrap();
            let pages = Pages::open(&path).unwrap();
            prop_assert!(by_pages(&pages).len() < 10_000);
        }
    }
}
