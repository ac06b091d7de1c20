//! The last values of topics at a moment, read when their rows are drawn. The last few thousand are
//! kept, so that scrolling back and forth does not read them again.

use std::collections::HashMap;

use wiretree_model::Timestamp;
use wiretree_store::{Reader, StoreError};
use wiretree_tree::{NodeId, Preview, Row};

/// Values that are kept; when there are more, it begins anew.
const KEPT: usize = 4_096;

#[derive(Debug, Default)]
pub(super) struct Values {
    /// The last message of each node; 0: it is no topic.
    last: Vec<i64>,
    read: HashMap<NodeId, (Preview, Timestamp)>,
}

impl Values {
    pub(super) fn note(&mut self, node: NodeId, last: i64) {
        let at = node.0 as usize;
        if self.last.len() <= at {
            self.last.resize(at + 1, 0);
        }
        if let Some(known) = self.last.get_mut(at) {
            *known = last;
        }
    }

    /// Puts the values into rows that are topics. What cannot be read stays without one.
    pub(super) fn fill(&mut self, reader: &Reader, rows: &mut [Row]) -> Result<(), StoreError> {
        let mut result = Ok(());
        for row in rows {
            row.preview = None;
            match self.value(reader, row.node) {
                Ok(Some((preview, at))) => {
                    row.preview = Some(preview);
                    row.changed_at = row.changed_at.max(Some(at));
                }
                Ok(None) => {}
                Err(problem) => result = Err(problem),
            }
        }
        result
    }

    fn value(
        &mut self,
        reader: &Reader,
        node: NodeId,
    ) -> Result<Option<(Preview, Timestamp)>, StoreError> {
        if let Some(known) = self.read.get(&node) {
            return Ok(Some(known.clone()));
        }
        let Some(last) = self.last.get(node.0 as usize).copied().filter(|last| *last > 0) else {
            return Ok(None);
        };
        let Some(found) = reader.message(last)? else { return Ok(None) };
        let value = (Preview::of(&found.message.publish.payload), found.message.received_at);
        if self.read.len() >= KEPT {
            self.read.clear();
        }
        self.read.insert(node, value.clone());
        Ok(Some(value))
    }
}
