//! Topics by the class they belong to: all of a class are treated the same. Names are looked at
//! once, since there may be a million; those next to each other mostly are of one class.

use rusqlite::Connection;

use crate::ConnectionId;
use crate::tables::topics;

/// A class; 0 is for what no class was given.
pub(crate) type Class = u16;

/// The class of each topic.
#[derive(Clone, Debug, Default)]
pub(crate) struct Classes {
    /// Numbers of topics, both ends included, and their class; ascending.
    runs: Vec<(i64, i64, Class)>,
    /// How far the table of topics was looked through.
    seen: i64,
}

impl Classes {
    /// Takes in the topics that are new, as the transaction that `file` is in sees them.
    pub(crate) fn catch_up(
        &mut self,
        file: &Connection,
        classify: &mut dyn FnMut(ConnectionId, &[u8]) -> Class,
    ) -> rusqlite::Result<()> {
        topics::each_after(file, self.seen, |topic, connection, name| {
            self.add(topic, classify(connection, name));
            true
        })
    }

    fn add(&mut self, topic: i64, class: Class) {
        self.seen = topic;
        match self.runs.last_mut() {
            Some((_, last, of)) if *of == class && *last == topic.saturating_sub(1) => {
                *last = topic;
            }
            _ => self.runs.push((topic, topic, class)),
        }
    }

    /// The class of a topic. One whose row is damaged has none.
    pub(crate) fn of(&self, topic: i64) -> Class {
        let at = self.runs.partition_point(|(_, last, _)| *last < topic);
        let run = self.runs.get(at).filter(|(first, ..)| *first <= topic);
        run.map_or(0, |(_, _, class)| *class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_was_not_seen_has_no_class() {
        let mut classes = Classes::default();
        for (topic, class) in [(2, 1), (3, 1), (5, 1), (6, 2)] {
            classes.add(topic, class);
        }
        let found: Vec<Class> = (1..8).map(|topic| classes.of(topic)).collect();
        assert_eq!(found, [0, 1, 1, 0, 1, 2, 0]);
        assert_eq!(classes.runs.len(), 3, "neighbours of a class stand together");
    }
}
