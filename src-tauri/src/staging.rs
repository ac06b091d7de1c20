//! Bytes that the page hands over before it publishes them: files do not fit into a JSON call.
//!
//! Bounded: what is kept never weighs more than the largest payload that MQTT can carry.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;

use crate::state::lock;
use crate::wire::AppError;

/// The largest payload MQTT can carry is a little below this, in bytes (MQTT 5 §1.5.5).
const LARGEST: usize = 268_435_455;
/// How many payloads are kept at most; the oldest goes first. A form holds one.
const KEPT: usize = 4;

/// The payloads handed over, by handle.
#[derive(Default)]
pub(crate) struct Staging(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    next: u32,
    /// The oldest first.
    payloads: VecDeque<(u32, Bytes)>,
}

impl Staging {
    /// Takes a payload in and gives its handle.
    ///
    /// # Errors
    /// It is larger than MQTT can carry.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<String, AppError> {
        if bytes.len() > LARGEST {
            let message = format!(
                "The file was not taken: MQTT carries at most {LARGEST} bytes, this one has {}",
                bytes.len()
            );
            return Err(AppError::new("payload-too-large", message));
        }
        let mut shelf = lock(&self.0);
        shelf.make_room(bytes.len(), LARGEST);
        let handle = shelf.next;
        shelf.next = handle.wrapping_add(1);
        shelf.payloads.push_back((handle, Bytes::copy_from_slice(bytes)));
        Ok(handle.to_string())
    }

    /// A payload; it stays for sending it again.
    ///
    /// # Errors
    /// It has been replaced by newer ones.
    pub(crate) fn get(&self, handle: &str) -> Result<Bytes, AppError> {
        let shelf = lock(&self.0);
        let wanted = handle.parse().ok();
        let found = shelf.payloads.iter().find(|(known, _)| Some(*known) == wanted);
        found.map(|(_, payload)| payload.clone()).ok_or_else(|| {
            AppError::new("payload-gone", "The file is not at hand any more. Choose it again")
        })
    }

    /// Lets everything go: the page that knew the handles is not there any more.
    pub(crate) fn clear(&self) {
        lock(&self.0).payloads.clear();
    }
}

impl Shelf {
    /// Lets the oldest go until one more of this size stays within `most` bytes.
    fn make_room(&mut self, size: usize, most: usize) {
        let weight = |shelf: &Self| shelf.payloads.iter().map(|(_, one)| one.len()).sum::<usize>();
        while self.payloads.len() >= KEPT || (weight(self) + size > most) {
            if self.payloads.pop_front().is_none() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_payloads_are_kept() {
        let staging = Staging::default();
        let handles: Vec<_> = (0..=KEPT).map(|byte| staging.put(&[byte as u8]).unwrap()).collect();
        assert_eq!(staging.get(&handles[0]).unwrap_err().code, "payload-gone");
        assert_eq!(staging.get(&handles[1]).unwrap(), [1].as_slice());
        assert_eq!(staging.get(&handles[4]).unwrap(), [4].as_slice());
        assert_eq!(staging.get("nonsense").unwrap_err().code, "payload-gone");
        staging.clear();
        assert_eq!(staging.get(&handles[4]).unwrap_err().code, "payload-gone");
    }

    #[test]
    fn together_they_weigh_no_more_than_the_largest_may() {
        let mut shelf = Shelf::default();
        for handle in 0..3 {
            shelf.payloads.push_back((handle, Bytes::from_static(&[0; 40])));
        }
        shelf.make_room(50, 100);
        let left: Vec<_> = shelf.payloads.iter().map(|(handle, _)| *handle).collect();
        assert_eq!(left, [2]);
        shelf.make_room(100, 100);
        assert!(shelf.payloads.is_empty());
        shelf.make_room(101, 100);
    }
}
