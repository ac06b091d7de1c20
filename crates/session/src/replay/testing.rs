//! Recorded messages for the tests of the replay.

use wiretree_model::{Direction, Message, Publish, Timestamp, Topic};

/// The message with this number: recorded so many seconds after 1970.
pub(crate) fn recorded(number: i64, topic: &str, payload: &'static str) -> Message {
    Message {
        sequence: u64::try_from(number).unwrap(),
        received_at: Timestamp(number * 1_000_000),
        direction: Direction::Received,
        publish: Publish {
            topic: Topic::received(topic),
            payload: payload.into(),
            ..Publish::default()
        },
    }
}
