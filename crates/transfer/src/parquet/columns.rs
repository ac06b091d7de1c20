//! Rows that wait, column by column, and how they are handed to the file.
//!
//! Bytes are copied into one piece of memory a column: a message from the history may be a slice of a
//! much larger piece, which would be held in memory with it.

use std::io::Write;

use bytes::Bytes;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedRowGroupWriter;
use wiretree_model::{Direction, Message, Properties};

use super::known::Known;
use crate::Record;

type Group<'a, W> = SerializedRowGroupWriter<'a, W>;

/// The columns, in the order of the schema.
#[derive(Default)]
pub(super) struct Rows {
    weight: usize,
    ts: Vec<i64>,
    connection: Texts,
    seq: Vec<i64>,
    dir: Texts,
    topic: Texts,
    topic_bytes: Maybe<Texts>,
    qos: Vec<i32>,
    retain: Vec<bool>,
    dup: Vec<bool>,
    mid: Maybe<Vec<i32>>,
    size: Vec<i32>,
    payload: Texts,
    /// Whether each payload is text, as definition levels.
    is_text: Vec<i16>,
    properties: PropertyColumns,
}

impl Rows {
    pub(super) fn count(&self) -> usize {
        self.ts.len()
    }

    /// About what the rows take in memory, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    pub(super) fn push(&mut self, record: &Record) {
        let Message { sequence, received_at, direction, publish } = &record.message;
        self.weight += record.message.weight() + record.connection.len();
        self.ts.push(received_at.0);
        self.connection.push(record.connection.as_bytes());
        // The history itself counts no further.
        self.seq.push(i64::try_from(*sequence).unwrap_or(i64::MAX));
        self.dir.push(match direction {
            Direction::Received => b"in",
            Direction::Sent => b"out",
        });
        let topic = publish.topic.to_text();
        self.topic.push(topic.as_bytes());
        let is_exact = topic.as_bytes() == publish.topic.as_bytes();
        self.topic_bytes.push_bytes((!is_exact).then(|| publish.topic.as_bytes()));
        self.qos.push(i32::from(publish.qos.bits()));
        self.retain.push(publish.retain);
        self.dup.push(publish.dup);
        self.mid.push(publish.packet_id.map(i32::from));
        self.size.push(i32::try_from(publish.payload.len()).unwrap_or(i32::MAX));
        self.payload.push(&publish.payload);
        self.is_text.push(i16::from(std::str::from_utf8(&publish.payload).is_ok()));
        self.properties.push(&publish.properties);
    }

    pub(super) fn write<W: Write + Send>(
        self,
        group: &mut Group<'_, W>,
    ) -> Result<(), ParquetError> {
        write::<Int64Type, W>(group, &self.ts, None, None)?;
        self.connection.write(group, None, None)?;
        write::<Int64Type, W>(group, &self.seq, None, None)?;
        self.dir.write(group, None, None)?;
        self.topic.write(group, None, None)?;
        self.topic_bytes.write_bytes(group)?;
        write::<Int32Type, W>(group, &self.qos, None, None)?;
        write::<BoolType, W>(group, &self.retain, None, None)?;
        write::<BoolType, W>(group, &self.dup, None, None)?;
        self.mid.write(group)?;
        write::<Int32Type, W>(group, &self.size, None, None)?;
        let payloads = self.payload.into_values();
        write::<ByteArrayType, W>(group, &payloads, None, None)?;
        let texts = payloads.into_iter().zip(&self.is_text).filter(|(_, is_text)| **is_text == 1);
        let texts: Vec<ByteArray> = texts.map(|(payload, _)| payload).collect();
        write::<ByteArrayType, W>(group, &texts, Some(&self.is_text), None)?;
        self.properties.write(group)
    }
}

/// The columns of the properties.
#[derive(Default)]
struct PropertyColumns {
    indicator: Maybe<Vec<i32>>,
    expiry: Maybe<Vec<i32>>,
    content_type: Maybe<Texts>,
    response_topic: Maybe<Texts>,
    correlation: Maybe<Texts>,
    subscriptions: Vec<i32>,
    subscription_levels: Levels,
    alias: Maybe<Vec<i32>>,
    keys: Texts,
    values: Texts,
    user_levels: Levels,
    raw: Maybe<Texts>,
}

impl PropertyColumns {
    fn push(&mut self, properties: &Properties) {
        let known = Known::of(properties);
        self.indicator.push(known.indicator.map(i32::from));
        self.expiry.push(known.expiry.map(u32::cast_signed));
        self.content_type.push_text(known.content_type.map(|text| text.to_text()));
        self.response_topic.push_text(known.response_topic.map(|text| text.to_text()));
        self.correlation.push_bytes(known.correlation.map(Bytes::as_ref));
        self.subscription_levels.push(known.subscriptions.len());
        self.subscriptions.extend(known.subscriptions.iter().map(|value| value.cast_signed()));
        self.alias.push(known.alias.map(i32::from));
        self.user_levels.push(known.users.len());
        for (key, value) in &known.users {
            self.keys.push(key.to_text().as_bytes());
            self.values.push(value.to_text().as_bytes());
        }
        let raw = (!known.is_all).then(|| {
            let mut bytes = Vec::new();
            properties.encode(&mut bytes);
            bytes
        });
        self.raw.push_bytes(raw.as_deref());
    }

    fn write<W: Write + Send>(self, group: &mut Group<'_, W>) -> Result<(), ParquetError> {
        self.indicator.write(group)?;
        self.expiry.write(group)?;
        self.content_type.write_bytes(group)?;
        self.response_topic.write_bytes(group)?;
        self.correlation.write_bytes(group)?;
        let Levels { definition, repetition } = &self.subscription_levels;
        let (definition, repetition) = (Some(&**definition), Some(&**repetition));
        write::<Int32Type, W>(group, &self.subscriptions, definition, repetition)?;
        self.alias.write(group)?;
        let Levels { definition, repetition } = &self.user_levels;
        self.keys.write(group, Some(definition), Some(repetition))?;
        self.values.write(group, Some(definition), Some(repetition))?;
        self.raw.write_bytes(group)
    }
}

/// Byte strings, one behind the other.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
    }

    fn into_values(self) -> Vec<ByteArray> {
        let mut rest = Bytes::from(self.bytes);
        let mut begin = 0;
        let lengths = self.ends.into_iter().map(|end| {
            let length = end - begin;
            begin = end;
            length
        });
        lengths.map(|length| ByteArray::from(rest.split_to(length))).collect()
    }

    fn write<W: Write + Send>(
        self,
        group: &mut Group<'_, W>,
        definition: Option<&[i16]>,
        repetition: Option<&[i16]>,
    ) -> Result<(), ParquetError> {
        write::<ByteArrayType, W>(group, &self.into_values(), definition, repetition)
    }
}

/// A column in which a value may be missing: the values that are there, and which those are.
#[derive(Default)]
struct Maybe<V> {
    values: V,
    is_there: Vec<i16>,
}

impl Maybe<Vec<i32>> {
    fn push(&mut self, value: Option<i32>) {
        self.is_there.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    fn write<W: Write + Send>(self, group: &mut Group<'_, W>) -> Result<(), ParquetError> {
        write::<Int32Type, W>(group, &self.values, Some(&self.is_there), None)
    }
}

impl Maybe<Texts> {
    fn push_bytes(&mut self, value: Option<&[u8]>) {
        self.is_there.push(i16::from(value.is_some()));
        if let Some(bytes) = value {
            self.values.push(bytes);
        }
    }

    fn push_text(&mut self, value: Option<std::borrow::Cow<'_, str>>) {
        self.push_bytes(value.as_ref().map(|text| text.as_bytes()));
    }

    fn write_bytes<W: Write + Send>(self, group: &mut Group<'_, W>) -> Result<(), ParquetError> {
        self.values.write(group, Some(&self.is_there), None)
    }
}

/// Definition and repetition levels of a column of lists: 0 is no list, 2 an element of one.
#[derive(Default)]
struct Levels {
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

impl Levels {
    fn push(&mut self, elements: usize) {
        if elements == 0 {
            self.definition.push(0);
            self.repetition.push(0);
        }
        for element in 0..elements {
            self.definition.push(2);
            self.repetition.push(i16::from(element > 0));
        }
    }
}

fn write<T: DataType, W: Write + Send>(
    group: &mut Group<'_, W>,
    values: &[T::T],
    definition: Option<&[i16]>,
    repetition: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("the schema has fewer columns".to_owned()));
    };
    column.typed::<T>().write_batch(values, definition, repetition)?;
    column.close()
}
