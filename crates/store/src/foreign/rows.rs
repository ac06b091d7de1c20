//! Rows of a table that nobody vouches for, as objects.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

/// The most rows that are read of a table; whoever has more sees none of them taken.
const MOST: usize = 20_000;

type Row = Map<String, Value>;

/// The rows of a table.
pub(super) struct Table(Vec<Row>);

impl Table {
    /// Reads a table; one that is not there has no rows. `name` is ours, never the file's.
    pub(super) fn read(database: &Connection, name: &str) -> rusqlite::Result<Self> {
        if !database.table_exists(None, name)? {
            return Ok(Self(Vec::new()));
        }
        let names = columns(database, name)?;
        let list: Vec<_> = names.iter().map(|name| quoted(name)).collect();
        let select = format!("SELECT {} FROM {} LIMIT {MOST}", list.join(","), quoted(name));
        let mut statement = database.prepare(&select)?;
        let mut found = Vec::new();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut fields = Row::new();
            for (index, name) in names.iter().enumerate() {
                fields.insert(name.clone(), cell(row.get_ref(index)?));
            }
            found.push(fields);
        }
        Ok(Self(found))
    }

    /// Gives a column the name that it has elsewhere.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        for row in &mut self.0 {
            if let Some(value) = row.remove(from) {
                row.insert(to.to_owned(), value);
            }
        }
    }

    /// Puts the row that `column` names by its `id` into each row that names one.
    pub(super) fn attach(&mut self, field: &str, column: &str, others: &Self) {
        let by_id: HashMap<String, &Row> =
            others.0.iter().filter_map(|other| Some((key(other, "id")?, other))).collect();
        for row in &mut self.0 {
            let found = key(row, column).and_then(|id| by_id.get(&id).copied());
            if let Some(found) = found {
                row.insert(field.to_owned(), Value::Object(found.clone()));
            }
        }
    }

    /// Puts the rows that name a row by its `id` in `column` into that one, as a list.
    pub(super) fn collect(&mut self, field: &str, column: &str, others: Self) {
        let mut lists: HashMap<String, Vec<Value>> = HashMap::new();
        for other in others.0 {
            if let Some(id) = key(&other, column) {
                lists.entry(id).or_default().push(Value::Object(other));
            }
        }
        for row in &mut self.0 {
            let list = key(row, "id").and_then(|id| lists.remove(&id)).unwrap_or_default();
            row.insert(field.to_owned(), Value::Array(list));
        }
    }

    pub(super) fn into_rows(self) -> Vec<Row> {
        self.0
    }
}

/// The names of the columns that are stored. rusqlite's own list would panic on names that are not
/// text, and generated columns would have to be computed.
fn columns(database: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = database.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let mut rows = statement.query([table])?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        if let ValueRef::Text(name) = row.get_ref(0)? {
            names.extend(std::str::from_utf8(name).ok().map(str::to_owned));
        }
    }
    if names.is_empty() { Err(rusqlite::Error::QueryReturnedNoRows) } else { Ok(names) }
}

/// A name within a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How many rows a table has.
pub(super) fn count(database: &Connection, name: &str) -> rusqlite::Result<u64> {
    if !database.table_exists(None, name)? {
        return Ok(0);
    }
    let count = format!("SELECT count(*) FROM {}", quoted(name));
    database.query_row(&count, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}

/// What names a row: text or a number.
fn key(row: &Row, column: &str) -> Option<String> {
    match row.get(column)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn cell(value: ValueRef<'_>) -> Value {
    match value {
        // No column that is read holds bytes.
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned().into(),
    }
}
