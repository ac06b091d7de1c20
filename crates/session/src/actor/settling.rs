//! Which messages of the broker are done with, told from the numbers that are committed. Pure.
//!
//! Numbers belong to what is recorded, in both directions, while the broker's edge counts what it has
//! handed out, whether it is recorded or not. Promise: a message counts as settled only when every
//! recorded message before it is committed, and it is itself, if it is recorded at all.

use std::collections::VecDeque;

/// So many messages, since the session was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Handed out by the broker's edge.
    pub(super) received: u64,
    /// Of those, to be recorded.
    pub(super) recorded: u64,
    /// Published from here, and to be recorded.
    pub(super) sent: u64,
}

#[derive(Debug, Default)]
pub(super) struct Settling {
    /// Everything so far,
    all: Tally,
    /// what is settled of it,
    settled: Tally,
    /// and what is settled once a number is committed.
    waiting: VecDeque<(u64, Tally)>,
}

impl Settling {
    /// More messages, the last of which has this number, or came behind it.
    pub(super) fn add(&mut self, sequence: u64, more: Tally) {
        self.all.received += more.received;
        self.all.recorded += more.recorded;
        self.all.sent += more.sent;
        match self.waiting.back_mut() {
            Some((last, tally)) if *last == sequence => *tally = self.all,
            _ => self.waiting.push_back((sequence, self.all)),
        }
    }

    /// Everything up to this number is committed. Gives what is settled.
    pub(super) fn committed(&mut self, sequence: u64) -> Tally {
        while let Some((_, tally)) = self.waiting.pop_front_if(|(last, _)| *last <= sequence) {
            self.settled = tally;
        }
        self.settled
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn received(received: u64, recorded: u64) -> Tally {
        Tally { received, recorded, sent: 0 }
    }

    const SENT: Tally = Tally { received: 0, recorded: 0, sent: 1 };

    #[test]
    fn what_was_sent_takes_numbers_and_is_not_acknowledged() {
        let mut settling = Settling::default();
        settling.add(3, received(3, 3));
        settling.add(4, SENT);
        settling.add(6, received(2, 2));
        assert_eq!(settling.committed(2), Tally::default());
        assert_eq!(settling.committed(4), Tally { sent: 1, ..received(3, 3) });
        assert_eq!(settling.committed(6), Tally { sent: 1, ..received(5, 5) });
    }

    #[test]
    fn what_is_left_out_is_settled_with_what_came_before_it() {
        let mut settling = Settling::default();
        settling.add(7, received(5, 0));
        assert_eq!(settling.committed(7), received(5, 0), "nothing is waited for");
        settling.add(9, received(2, 2));
        settling.add(9, received(4, 0));
        assert_eq!(settling.committed(8), received(5, 0));
        assert_eq!(settling.committed(9), received(11, 2));
    }

    proptest! {
        /// Batches of (recorded, left out, sent), and commits in between.
        #[test]
        fn never_more_is_settled_than_is_committed(
            steps in proptest::collection::vec((0_u64..4, 0_u64..4, any::<bool>(), 0_u64..6), 0..60),
        ) {
            let mut settling = Settling::default();
            let (mut sequence, mut committed) = (0, 0);
            // The number of each message of the broker; of one that is left out: the one before.
            let mut numbers = Vec::new();
            for (recorded, left_out, sent, commits) in steps {
                for _ in 0..recorded {
                    sequence += 1;
                    numbers.push(sequence);
                }
                numbers.extend((0..left_out).map(|_| sequence));
                settling.add(sequence, received(recorded + left_out, recorded));
                if sent {
                    sequence += 1;
                    settling.add(sequence, SENT);
                }
                committed = sequence.min(committed + commits);
                let settled = settling.committed(committed).received as usize;
                prop_assert!(numbers[..settled].iter().all(|number| *number <= committed));
            }
            prop_assert_eq!(settling.committed(sequence).received, numbers.len() as u64);
        }
    }
}
