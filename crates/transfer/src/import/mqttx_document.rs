//! A backup of MQTTX as it streams by: connections, and in each of them its messages, of which
//! there may be any number.

use std::fmt;
use std::io::BufRead;
use std::ops::ControlFlow;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::ImportError;
use super::stream::{Bounded, Budget, Elements};

/// The longest message, in bytes: MQTTX holds a payload as text in memory more than once.
const LONGEST_MESSAGE: u64 = 64 * 1024 * 1024;
/// The longest field of a connection, its messages aside.
const LONGEST_FIELD: u64 = 1024 * 1024;

/// What is done with the parts of a backup; each may end the reading.
pub(super) trait Visit {
    /// A message, and the name of the connection it stands in.
    fn message(&mut self, connection: &str, message: &RawValue) -> ControlFlow<()>;
    /// A connection without its messages, which came before.
    fn connection(&mut self, fields: Map<String, Value>) -> ControlFlow<()>;
}

/// Goes through a backup: an array of connections, or a single one.
pub(super) fn walk(source: impl BufRead, visit: &mut dyn Visit) -> Result<(), ImportError> {
    let budget = Budget::new(LONGEST_FIELD);
    let mut parser = serde_json::Deserializer::from_reader(Bounded::new(source, budget.clone()));
    let mut stopped = false;
    let walk = Walk { budget: &budget, visit, stopped: &mut stopped };
    let read = parser.deserialize_any(walk).and_then(|()| parser.end());
    match read {
        Err(error) if !stopped => Err(budget.error(&error)),
        _ => Ok(()),
    }
}

struct Walk<'a> {
    budget: &'a Budget,
    visit: &'a mut dyn Visit,
    stopped: &'a mut bool,
}

impl Walk<'_> {
    fn again(&mut self) -> Walk<'_> {
        Walk { budget: self.budget, visit: self.visit, stopped: self.stopped }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a connection of MQTTX")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        self.budget.allow(LONGEST_FIELD);
        while list.next_element_seed(self.again())?.is_some() {
            self.budget.allow(LONGEST_FIELD);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "messages" {
                let connection = fields.get("name").and_then(Value::as_str).unwrap_or_default();
                let visit = &mut *self.visit;
                map.next_value_seed(Elements {
                    budget: self.budget,
                    limit: LONGEST_MESSAGE,
                    each: &mut |message| visit.message(connection, message),
                    stopped: self.stopped,
                })?;
                self.budget.allow(LONGEST_FIELD);
            } else {
                fields.insert(name, map.next_value()?);
            }
        }
        if self.visit.connection(fields).is_break() {
            *self.stopped = true;
            return Err(de::Error::custom("told to stop"));
        }
        Ok(())
    }
}
