//! How long a session that ends waits for the broker's edge and for the writer. Pure: moments come
//! in as arguments.
//!
//! As long as there are signs of life it waits: a disk may be slow, and an edge still sends what it
//! was given. Silence is borne for a while, and a shorter one when the history is in trouble.

use std::time::Duration;

use tokio::time::Instant;

/// The silence that is borne while the history is known not to be writable.
const IN_TROUBLE: Duration = Duration::from_secs(5);
/// The silence that is borne otherwise: longer than the edge waits for acknowledgements, and than
/// a slow disk takes for a transaction.
const UNEXPLAINED: Duration = Duration::from_secs(30);

/// A session that ends.
#[derive(Debug)]
pub(super) struct Closing {
    edge_ended: bool,
    last_sign: Instant,
}

impl Closing {
    pub(super) fn new(now: Instant) -> Self {
        Self { edge_ended: false, last_sign: now }
    }

    /// Something went on.
    pub(super) fn sign_of_life(&mut self, now: Instant) {
        self.last_sign = now;
    }

    /// Nothing more comes from the broker, or nothing more is waited for.
    pub(super) fn edge_ended(&mut self) {
        self.edge_ended = true;
    }

    /// Whether all that came from the broker is here.
    pub(super) fn has_edge_ended(&self) -> bool {
        self.edge_ended
    }

    /// When the silence has lasted too long.
    pub(super) fn deadline(&self, in_trouble: bool) -> Instant {
        self.last_sign + if in_trouble { IN_TROUBLE } else { UNEXPLAINED }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_life_starts_the_wait_anew() {
        let began = Instant::now();
        let mut closing = Closing::new(began);
        assert_eq!(closing.deadline(true), began + IN_TROUBLE);
        let later = began + Duration::from_secs(4);
        closing.sign_of_life(later);
        assert_eq!(closing.deadline(true), later + IN_TROUBLE);
    }

    #[test]
    fn trouble_that_is_known_is_not_waited_for_as_long_as_silence() {
        let closing = Closing::new(Instant::now());
        assert!(closing.deadline(true) < closing.deadline(false));
    }
}
