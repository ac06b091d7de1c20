//! Bytes that the page hands over before it publishes them: files do not fit into a JSON call.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::state::lock;
use crate::wire::AppError;

/// The largest payload MQTT can carry is a little below this, in bytes (MQTT 5 §1.5.5).
const LARGEST: usize = 268_435_455;
/// How many payloads are kept; the oldest goes first. A form holds one.
const KEPT: u32 = 4;

/// The payloads handed over, by handle.
#[derive(Default)]
pub(crate) struct Staging(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    next: u32,
    payloads: HashMap<u32, Vec<u8>>,
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
        let handle = shelf.next;
        shelf.next = handle.wrapping_add(1);
        shelf.payloads.insert(handle, bytes.to_vec());
        shelf.payloads.remove(&handle.wrapping_sub(KEPT));
        Ok(handle.to_string())
    }

    /// A payload; it stays for sending it again.
    ///
    /// # Errors
    /// It has been replaced by newer ones.
    pub(crate) fn get(&self, handle: &str) -> Result<Vec<u8>, AppError> {
        let shelf = lock(&self.0);
        let payload = handle.parse().ok().and_then(|handle: u32| shelf.payloads.get(&handle));
        payload.cloned().ok_or_else(|| {
            AppError::new("payload-gone", "The file is not at hand any more. Choose it again")
        })
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
        assert_eq!(staging.get(&handles[1]).unwrap(), [1]);
        assert_eq!(staging.get(&handles[4]).unwrap(), [4]);
        assert_eq!(staging.get("nonsense").unwrap_err().code, "payload-gone");
    }
}
