//! Room in a queue, counted in bytes.
//!
//! Promise: what is queued never weighs more than the bound, except that one piece heavier than the
//! whole bound still passes, alone.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A bound shared by everyone who puts something into one queue.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    room: Arc<Semaphore>,
    bound: u32,
}

/// The room one piece takes; given back when dropped.
#[derive(Debug)]
pub(crate) struct Room(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Budget {
    /// A queue of at most `bound` bytes.
    pub(crate) fn new(bound: u32) -> Self {
        Self { room: Arc::new(Semaphore::new(bound as usize)), bound }
    }

    /// Waits until there is room for a piece of this weight. First come, first served.
    ///
    /// `None` cannot happen while this budget exists: the semaphore is never closed.
    pub(crate) async fn reserve(&self, weight: usize) -> Option<Room> {
        let permit = Arc::clone(&self.room).acquire_many_owned(self.share(weight)).await.ok()?;
        Some(Room(permit))
    }

    /// The room, if there is some without waiting.
    pub(crate) fn reserve_at_hand(&self, weight: usize) -> Option<Room> {
        let permit = Arc::clone(&self.room).try_acquire_many_owned(self.share(weight)).ok()?;
        Some(Room(permit))
    }

    fn share(&self, weight: usize) -> u32 {
        u32::try_from(weight).unwrap_or(u32::MAX).clamp(1, self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_makes_wait_and_a_heavy_piece_passes_alone() {
        let budget = Budget::new(10);
        let heavy = budget.reserve(1_000).await;
        assert!(heavy.is_some(), "a piece above the bound passes");
        assert_eq!(budget.room.available_permits(), 0, "and takes all the room");
        let waiting = tokio::spawn({
            let budget = budget.clone();
            async move { budget.reserve(1).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "nothing else fits beside it");
        drop(heavy);
        assert!(waiting.await.unwrap_or(false));
    }
}
