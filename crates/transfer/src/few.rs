//! Lists of properties that are read from text: bounded, since two bytes there can become seventy.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The most properties of one message that are read.
pub(crate) const MOST: usize = 65_536;

/// A list of no more than [`MOST`]; one of more is an error, before it is in memory.
#[derive(Debug)]
pub(crate) struct Few<T>(pub(crate) Vec<T>);

/// Whether a message may have so many properties.
pub(crate) fn check<E: de::Error>(count: usize) -> Result<(), E> {
    if count > MOST { Err(E::custom(too_many())) } else { Ok(()) }
}

/// Why a message is not read.
pub(crate) fn too_many() -> String {
    format!("it has more than {MOST} properties")
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(List(PhantomData))
    }
}

struct List<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Few<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Few<T>, A::Error> {
        let mut few = Vec::new();
        while let Some(next) = list.next_element()? {
            check(few.len() + 1)?;
            few.push(next);
        }
        Ok(Few(few))
    }
}
