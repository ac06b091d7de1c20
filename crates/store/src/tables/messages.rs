//! The table `messages`: a row for each, in the order of arrival.

use bytes::Bytes;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row};
use wiretree_model::{Direction, Message, Properties, Publish, QoS, Timestamp, Topic};

use crate::Progressed;

const QOS: i64 = 0b0_0011;
const RETAIN: i64 = 0b0_0100;
const DUP: i64 = 0b0_1000;
const SENT: i64 = 0b1_0000;

/// The columns of [`Stored`], behind whatever else a statement selects.
macro_rules! columns {
    () => {
        "id, topic, received_at, sequence, flags, packet_id, properties, payload"
    };
}

/// Messages of a stretch of ids and of time, by what the walk needs; see [`crate::reader`].
pub(crate) const OLDEST_FIRST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM messages WHERE id BETWEEN ?1 AND ?2 AND received_at BETWEEN ?3 AND ?4 ORDER BY id"
);
pub(crate) const NEWEST_FIRST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM messages WHERE id BETWEEN ?1 AND ?2 AND received_at BETWEEN ?3 AND ?4 ORDER BY id DESC"
);

/// A row: a message whose topic is still a number.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    pub(crate) topic: i64,
    pub(crate) message: Message,
}

/// What the tail needs to know of a message; see [`crate::writer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) topic: i64,
    pub(crate) received_at: i64,
    /// Bytes of payload, which is what makes a stretch slow to scan.
    pub(crate) size: u64,
}

/// The statement that adds rows; kept by the caller for the length of a batch.
pub(crate) struct Insert<'a> {
    statement: CachedStatement<'a>,
    properties: Vec<u8>,
}

impl<'a> Insert<'a> {
    pub(crate) fn new(database: &'a Connection) -> rusqlite::Result<Self> {
        const SQL: &str = concat!(
            "INSERT INTO messages (",
            columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        );
        Ok(Self { statement: database.prepare_cached(SQL)?, properties: Vec::new() })
    }

    pub(crate) fn add(&mut self, id: i64, topic: i64, message: &Message) -> rusqlite::Result<()> {
        let publish = &message.publish;
        self.properties.clear();
        publish.properties.encode(&mut self.properties);
        let properties = Some(self.properties.as_slice()).filter(|bytes| !bytes.is_empty());
        let bind = &mut self.statement;
        bind.raw_bind_parameter(1, id)?;
        bind.raw_bind_parameter(2, topic)?;
        bind.raw_bind_parameter(3, message.received_at.0)?;
        bind.raw_bind_parameter(4, message.sequence.cast_signed())?;
        bind.raw_bind_parameter(5, flags(message))?;
        bind.raw_bind_parameter(6, publish.packet_id)?;
        bind.raw_bind_parameter(7, properties)?;
        bind.raw_bind_parameter(8, &*publish.payload)?;
        bind.raw_execute()?;
        Ok(())
    }
}

/// The highest id in use; 0: none.
pub(crate) fn last_id(database: &Connection) -> rusqlite::Result<i64> {
    database
        .prepare_cached("SELECT coalesce(max(id), 0) FROM messages")?
        .query_row([], |row| row.get(0))
}

/// How many there are. Ids are given without gaps and only the oldest are ever removed.
pub(crate) fn total(database: &Connection) -> rusqlite::Result<u64> {
    const FIRST: &str = "SELECT coalesce(min(id), 1) FROM messages";
    let first: i64 = database.prepare_cached(FIRST)?.query_row([], |row| row.get(0))?;
    Ok(last_id(database)?.saturating_add(1).saturating_sub(first).max(0).cast_unsigned())
}

/// How much of the messages up to `last` lies at or before `position`.
pub(crate) fn progressed(
    database: &Connection,
    position: i64,
    last: i64,
) -> rusqlite::Result<Progressed> {
    const FIRST: &str = "SELECT coalesce(min(id), 1) FROM messages";
    let first: i64 = database.prepare_cached(FIRST)?.query_row([], |row| row.get(0))?;
    let count = |to: i64| to.saturating_add(1).saturating_sub(first).max(0).cast_unsigned();
    Ok(Progressed { scanned: count(position.min(last)), total: count(last) })
}

/// When the first message at or behind `id` was received.
pub(crate) fn received_at(database: &Connection, id: i64) -> rusqlite::Result<Option<Timestamp>> {
    const SQL: &str = "SELECT received_at FROM messages WHERE id >= ?1 ORDER BY id LIMIT 1";
    let mut statement = database.prepare_cached(SQL)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(|row| row.get(0).map(Timestamp)).transpose()
}

/// The messages behind the last segment, to go on from where a writer stopped.
pub(crate) fn tail(database: &Connection, sealed: i64) -> rusqlite::Result<Vec<Entry>> {
    const SQL: &str = "SELECT id, topic, received_at, length(payload) FROM messages
        WHERE id > ?1 ORDER BY id";
    let read = |row: &Row<'_>| {
        Ok(Entry {
            id: row.get(0)?,
            topic: row.get(1)?,
            received_at: row.get(2)?,
            size: row.get::<_, i64>(3)?.cast_unsigned(),
        })
    };
    database.prepare(SQL)?.query_map([sealed], read)?.collect()
}

/// The ids in a stretch whose topic is wanted, ascending. Reads no payload.
pub(crate) fn ids_with_topic(
    database: &Connection,
    first: i64,
    last: i64,
    wanted: impl Fn(i64) -> bool,
) -> rusqlite::Result<Vec<i64>> {
    const SQL: &str = "SELECT id, topic FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
    let mut statement = database.prepare_cached(SQL)?;
    let mut rows = statement.query((first, last))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        if wanted(row.get(1)?) {
            ids.push(row.get(0)?);
        }
    }
    Ok(ids)
}

/// The payload of a row of [`OLDEST_FIRST`] or [`NEWEST_FIRST`], without a copy.
pub(crate) fn payload<'a>(row: &'a Row<'_>) -> rusqlite::Result<&'a [u8]> {
    Ok(row.get_ref(7)?.as_blob()?)
}

/// Reads a row of [`OLDEST_FIRST`] or [`NEWEST_FIRST`]; the topic is still without its name.
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let bits: i64 = row.get(4)?;
    let properties = match row.get_ref(6)? {
        ValueRef::Null => Properties::default(),
        value => {
            let bytes = Bytes::copy_from_slice(value.as_blob()?);
            Properties::decode(&bytes).map_err(|error| damaged(6, error))?
        }
    };
    let qos = u8::try_from(bits & QOS).ok().and_then(QoS::from_bits);
    let publish = Publish {
        topic: Topic::default(),
        payload: Bytes::copy_from_slice(payload(row)?),
        qos: qos.ok_or_else(|| damaged(4, "a message has QoS 3"))?,
        retain: bits & RETAIN != 0,
        dup: bits & DUP != 0,
        packet_id: row.get(5)?,
        properties,
    };
    let message = Message {
        sequence: row.get::<_, i64>(3)?.cast_unsigned(),
        received_at: Timestamp(row.get(2)?),
        direction: if bits & SENT == 0 { Direction::Received } else { Direction::Sent },
        publish,
    };
    Ok(Stored { id: row.get(0)?, topic: row.get(1)?, message })
}

fn flags(message: &Message) -> i64 {
    let publish = &message.publish;
    let mark = |set: bool, bit: i64| if set { bit } else { 0 };
    i64::from(publish.qos.bits())
        | mark(publish.retain, RETAIN)
        | mark(publish.dup, DUP)
        | mark(message.direction == Direction::Sent, SENT)
}

/// A value that was never written like this.
fn damaged(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    let kind = rusqlite::types::Type::Blob;
    rusqlite::Error::FromSqlConversionFailure(column, kind, error.into())
}
