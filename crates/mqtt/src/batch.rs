//! Messages collected while there are more to be had without waiting.
//!
//! A batch costs one hand-over however many messages are in it. Pure.

use wiretree_model::Message;

/// A batch is handed on when it has this many messages,
const MOST_MESSAGES: usize = 1024;
/// or weighs this many bytes,
const MOST_BYTES: usize = 256 * 1024;

/// A batch in the making. It is handed on, too, when nothing more is there to be read.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    messages: Vec<Message>,
    weight: usize,
}

impl Batch {
    /// Adds a message.
    pub(crate) fn push(&mut self, message: Message) {
        self.weight += message.weight();
        self.messages.push(message);
    }

    /// Whether it should be handed on now.
    pub(crate) fn is_full(&self) -> bool {
        self.messages.len() >= MOST_MESSAGES || self.weight >= MOST_BYTES
    }

    /// The messages, if there are any.
    pub(crate) fn take(&mut self) -> Option<Vec<Message>> {
        if self.messages.is_empty() {
            return None;
        }
        self.weight = 0;
        // The next batch is likely to be as large as this one.
        let room = Vec::with_capacity(self.messages.len());
        Some(std::mem::replace(&mut self.messages, room))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wiretree_model::{Publish, Timestamp};

    use super::*;

    fn message(bytes: usize) -> Message {
        let publish = Publish { payload: Bytes::from(vec![0; bytes]), ..Publish::default() };
        Message::received(Timestamp(0), publish)
    }

    #[test]
    fn a_batch_is_full_by_count_or_by_weight() {
        let mut batch = Batch::default();
        assert!(batch.take().is_none(), "there is no empty batch");
        for _ in 0..MOST_MESSAGES - 1 {
            batch.push(message(1));
        }
        assert!(!batch.is_full());
        batch.push(message(1));
        assert!(batch.is_full());
        assert_eq!(batch.take().map(|messages| messages.len()), Some(MOST_MESSAGES));
        batch.push(message(MOST_BYTES));
        assert!(batch.is_full(), "one heavy message is a batch");
        batch.take();
        assert!(!batch.is_full(), "the next one starts light");
    }
}
