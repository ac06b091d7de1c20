//! The tables `policies` and `rules`: how long messages are kept.

use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction};
use wiretree_model::{Keep, RecordingRule, TopicFilter};

use crate::{ConnectionId, Policies, Policy};

/// All of them.
pub(crate) fn read(database: &Connection) -> rusqlite::Result<Policies> {
    let mut policies = Policies::default();
    // A file that is only read is not brought up to date.
    if !super::exists(database, "policies")? {
        return Ok(policies);
    }
    let mut limits = database
        .prepare_cached("SELECT connection, max_age, max_messages, max_bytes FROM policies")?;
    let mut rows = limits.query([])?;
    while let Some(row) = rows.next()? {
        let number = |at| row.get(at).map(|found: Option<i64>| found.map(i64::cast_unsigned));
        let policy = Policy {
            max_age: number(1)?.map(Duration::from_secs),
            max_messages: number(2)?,
            max_bytes: number(3)?,
            ..Policy::default()
        };
        match row.get(0)? {
            0 => policies.general = policy,
            connection => drop(policies.own.insert(ConnectionId(connection), policy)),
        }
    }
    let mut rules = database.prepare_cached(
        "SELECT connection, filter, action, seconds FROM rules ORDER BY connection, place",
    )?;
    let mut rows = rules.query([])?;
    while let Some(row) = rows.next()? {
        let policy = match row.get(0)? {
            0 => &mut policies.general,
            connection => policies.own.entry(ConnectionId(connection)).or_default(),
        };
        policy.rules.0.push(rule(row)?);
    }
    Ok(policies)
}

/// Gives a connection, or those without one of their own, a policy; `None`: takes it away.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    connection: Option<ConnectionId>,
    policy: Option<&Policy>,
) -> rusqlite::Result<()> {
    let connection = connection.map_or(0, |connection| connection.0);
    transaction.execute("DELETE FROM policies WHERE connection = ?1", [connection])?;
    transaction.execute("DELETE FROM rules WHERE connection = ?1", [connection])?;
    let Some(policy) = policy else { return Ok(()) };
    let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    transaction.execute(
        "INSERT INTO policies (connection, max_age, max_messages, max_bytes)
            VALUES (?1, ?2, ?3, ?4)",
        (
            connection,
            policy.max_age.map(seconds),
            policy.max_messages.map(number),
            policy.max_bytes.map(number),
        ),
    )?;
    let mut insert = transaction.prepare(
        "INSERT INTO rules (connection, place, filter, action, seconds)
            VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (place, rule) in (0_i64..).zip(&policy.rules.0) {
        let (action, time) = match rule.keep {
            Keep::Record => ("record", None),
            Keep::DontRecord => ("skip", None),
            Keep::KeepFor(time) => ("keep", Some(seconds(time))),
        };
        insert.execute((connection, place, rule.filter.as_str(), action, time))?;
    }
    Ok(())
}

fn rule(row: &Row<'_>) -> rusqlite::Result<RecordingRule> {
    let filter: String = row.get(1)?;
    let filter = TopicFilter::parse(&filter)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, error.into()))?;
    let action: String = row.get(2)?;
    let keep = match action.as_str() {
        "record" => Keep::Record,
        "skip" => Keep::DontRecord,
        "keep" => Keep::KeepFor(Duration::from_secs(row.get::<_, i64>(3)?.cast_unsigned())),
        _ => return Err(rusqlite::Error::InvalidColumnType(2, "action".to_owned(), Type::Text)),
    };
    Ok(RecordingRule { filter, keep })
}
