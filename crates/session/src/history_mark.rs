//! Notices when messages of the selected branch have reached the disk. Pure.
//!
//! Promise: the mark grows only when there is something new to be read, and whoever reads after it
//! grew finds at least the messages that made it grow. It never goes back, so that a page that
//! compares it with what it has seen misses nothing, whichever topics were selected meanwhile.

use wiretree_tree::NodeId;

#[derive(Debug, Default)]
pub(crate) struct HistoryMark {
    node: Option<NodeId>,
    /// The count of the branch when it last differed.
    seen: u64,
    /// The sequence number that has to be committed before `seen` can be announced; none: it has
    /// been.
    until: Option<u64>,
    revision: u64,
}

impl HistoryMark {
    /// Looks at the selected branch: its count of messages, the newest sequence number, and the
    /// newest that is committed. Gives the mark.
    pub(crate) fn look(
        &mut self,
        node: NodeId,
        messages: u64,
        received: u64,
        committed: u64,
    ) -> u64 {
        if self.node != Some(node) {
            *self = Self { node: Some(node), revision: self.revision + 1, ..Self::default() };
            // What is committed can be read with the first page; the rest is announced later.
            self.seen = messages;
            self.until = (committed < received).then_some(received);
        }
        self.announce(committed);
        // One announcement at a time: a later one must not push an earlier one away for ever.
        if self.until.is_none() && messages != self.seen {
            self.seen = messages;
            self.until = Some(received);
            self.announce(committed);
        }
        self.revision
    }

    /// Whether the next look will announce something.
    pub(crate) fn awaits(&self, committed: u64) -> bool {
        self.until.is_some_and(|until| committed >= until)
    }

    /// There is something to be read besides messages.
    pub(crate) fn note_gap(&mut self) {
        self.revision += 1;
    }

    fn announce(&mut self, committed: u64) {
        if self.awaits(committed) {
            self.until = None;
            self.revision += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: NodeId = NodeId(1);
    const B: NodeId = NodeId(2);

    #[test]
    fn it_grows_when_what_was_seen_is_committed_and_not_before() {
        let mut mark = HistoryMark::default();
        let start = mark.look(A, 0, 0, 0);
        assert_eq!(mark.look(A, 3, 10, 9), start, "the newest is not on the disk");
        assert!(!mark.awaits(9) && mark.awaits(10));
        assert_eq!(mark.look(A, 3, 12, 10), start + 1);
        assert_eq!(mark.look(A, 3, 99, 99), start + 1, "nothing came for this branch");
    }

    #[test]
    fn a_stream_that_is_always_ahead_of_the_disk_is_announced_all_the_same() {
        let mut mark = HistoryMark::default();
        let start = mark.look(A, 0, 0, 0);
        let last = (1..=100).map(|step| mark.look(A, step, step * 10, (step - 1) * 10)).last();
        assert!(last > Some(start + 40), "{last:?}");
    }

    #[test]
    fn another_topic_gets_another_mark_even_with_the_same_count() {
        let mut mark = HistoryMark::default();
        let first = mark.look(A, 5, 10, 10);
        let second = mark.look(B, 5, 10, 10);
        let third = mark.look(A, 5, 10, 10);
        assert!(first < second && second < third);
    }

    #[test]
    fn a_gap_is_announced_without_a_message() {
        let mut mark = HistoryMark::default();
        let start = mark.look(A, 3, 3, 3);
        mark.note_gap();
        assert_eq!(mark.look(A, 3, 3, 3), start + 1);
    }

    #[test]
    fn what_waits_when_a_topic_is_selected_is_announced_when_it_is_committed() {
        let mut mark = HistoryMark::default();
        let start = mark.look(A, 5, 10, 4);
        assert_eq!(mark.look(A, 5, 11, 9), start);
        assert_eq!(mark.look(A, 5, 11, 10), start + 1);
    }
}
