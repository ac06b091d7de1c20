//! The table `tail`: the newest messages, a row for each, in the order of arrival.

use rusqlite::{CachedStatement, Connection, Row};

use crate::block::{self, Damage};
use crate::record::Marks;

/// The columns of [`Kept`].
macro_rules! columns {
    () => {
        "id, topic, received_at, sequence, flags, packet_id, size, checksum, properties, payload"
    };
}

/// Messages of a stretch of ids and of time, in either direction.
pub(crate) const OLDEST_FIRST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM tail WHERE id BETWEEN ?1 AND ?2 AND received_at BETWEEN ?3 AND ?4 ORDER BY id"
);
pub(crate) const NEWEST_FIRST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM tail WHERE id BETWEEN ?1 AND ?2 AND received_at BETWEEN ?3 AND ?4 ORDER BY id DESC"
);

/// A row, its content borrowed.
#[derive(Debug)]
pub(crate) struct Kept<'a> {
    pub(crate) id: i64,
    pub(crate) topic: i64,
    pub(crate) marks: Marks,
    pub(crate) size: u64,
    /// Properties and payload; `None`: they stand alone.
    pub(crate) content: Option<(&'a [u8], &'a [u8])>,
}

/// The statement that adds rows; kept by the caller for the length of a transaction.
pub(crate) struct Insert<'a>(CachedStatement<'a>);

impl<'a> Insert<'a> {
    pub(crate) fn new(database: &'a Connection) -> rusqlite::Result<Self> {
        const SQL: &str = concat!(
            "INSERT INTO tail (",
            columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        );
        database.prepare_cached(SQL).map(Self)
    }

    /// Adds a row of what a block would take.
    pub(crate) fn add(&mut self, row: &block::Row<'_>) -> rusqlite::Result<()> {
        let marks = Marks {
            received_at: row.received_at,
            sequence: row.sequence,
            flags: row.flags,
            packet_id: row.packet_id,
        };
        let kept =
            Kept { id: row.id, topic: row.topic, marks, size: row.size, content: row.content };
        let properties = row.content.map(|(properties, _)| properties);
        let bind = &mut self.0;
        bind.raw_bind_parameter(1, row.id)?;
        bind.raw_bind_parameter(2, row.topic)?;
        bind.raw_bind_parameter(3, row.received_at)?;
        bind.raw_bind_parameter(4, row.sequence.cast_signed())?;
        bind.raw_bind_parameter(5, row.flags)?;
        bind.raw_bind_parameter(6, row.packet_id)?;
        bind.raw_bind_parameter(7, row.size.cast_signed())?;
        bind.raw_bind_parameter(8, kept.checksum())?;
        bind.raw_bind_parameter(9, properties.filter(|bytes| !bytes.is_empty()))?;
        bind.raw_bind_parameter(10, row.content.map(|(_, payload)| payload))?;
        bind.raw_execute()?;
        Ok(())
    }
}

impl<'a> Kept<'a> {
    /// Reads a row of [`OLDEST_FIRST`] or [`NEWEST_FIRST`].
    ///
    /// # Errors
    /// It is damaged.
    pub(crate) fn read(row: &'a Row<'_>) -> rusqlite::Result<Self> {
        let marks = Marks {
            received_at: row.get(2)?,
            sequence: row.get::<_, i64>(3)?.cast_unsigned(),
            flags: row.get(4)?,
            packet_id: row.get(5)?,
        };
        let properties = row.get_ref(8)?.as_blob_or_null()?.unwrap_or_default();
        let payload = row.get_ref(9)?.as_blob_or_null()?;
        let kept = Self {
            id: row.get(0)?,
            topic: row.get(1)?,
            marks,
            size: row.get::<_, i64>(6)?.cast_unsigned(),
            content: payload.map(|payload| (properties, payload)),
        };
        if kept.checksum() != row.get::<_, u32>(7)? {
            return Err(Damage::Checksum.into());
        }
        Ok(kept)
    }

    /// What a block takes of it.
    pub(crate) fn to_row(&self, connection: i64) -> block::Row<'a> {
        block::Row {
            id: self.id,
            topic: self.topic,
            connection,
            received_at: self.marks.received_at,
            sequence: self.marks.sequence,
            flags: self.marks.flags,
            packet_id: self.marks.packet_id,
            size: self.size,
            content: self.content,
        }
    }

    fn checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        let Marks { received_at, sequence, flags, packet_id } = self.marks;
        let (properties, payload) = self.content.unwrap_or_default();
        let numbers = [
            self.id.cast_unsigned(),
            self.topic.cast_unsigned(),
            received_at.cast_unsigned(),
            sequence,
            u64::from(flags),
            packet_id.map_or(u64::MAX, u64::from),
            self.size,
            properties.len() as u64,
        ];
        for number in numbers {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(properties);
        hasher.update(payload);
        hasher.finalize()
    }
}

/// The highest id in use; 0: none.
pub(crate) fn last_id(database: &Connection) -> rusqlite::Result<i64> {
    database
        .prepare_cached("SELECT coalesce(max(id), 0) FROM tail")?
        .query_row([], |row| row.get(0))
}

/// How many rows there are.
pub(crate) fn count(database: &Connection) -> rusqlite::Result<u64> {
    let count = database.prepare_cached("SELECT count(*) FROM tail")?;
    let mut count = count;
    count.query_row([], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
}

/// Removes the rows up to `last`, which are in a block now.
pub(crate) fn remove_to(database: &Connection, last: i64) -> rusqlite::Result<()> {
    database.prepare_cached("DELETE FROM tail WHERE id <= ?1")?.execute([last]).map(drop)
}

/// Removes a row.
pub(crate) fn remove(database: &Connection, id: i64) -> rusqlite::Result<()> {
    database.prepare_cached("DELETE FROM tail WHERE id = ?1")?.execute([id]).map(drop)
}

/// What decides whether a message is removed, and what goes with it: no content, but how many bytes
/// that has.
pub(crate) struct Brief {
    pub(crate) id: i64,
    pub(crate) topic: i64,
    pub(crate) received_at: i64,
    pub(crate) sequence: u64,
    pub(crate) flags: u8,
    pub(crate) bytes: u64,
    pub(crate) is_alone: bool,
}

/// All rows behind `after`, in brief.
pub(crate) fn briefs(database: &Connection, after: i64) -> rusqlite::Result<Vec<Brief>> {
    const SQL: &str = "SELECT id, topic, received_at,
            coalesce(length(properties), 0) + coalesce(length(payload), 0), payload IS NULL,
            sequence, flags
        FROM tail WHERE id > ?1 ORDER BY id";
    let read = |row: &Row<'_>| {
        Ok(Brief {
            id: row.get(0)?,
            topic: row.get(1)?,
            received_at: row.get(2)?,
            bytes: row.get::<_, i64>(3)?.cast_unsigned(),
            is_alone: row.get(4)?,
            sequence: row.get::<_, i64>(5)?.cast_unsigned(),
            flags: row.get(6)?,
        })
    };
    database.prepare_cached(SQL)?.query_map([after], read)?.collect()
}
