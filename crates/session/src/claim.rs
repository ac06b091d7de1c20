//! Which connections are being recorded, so that no connection is recorded twice at a time.
//!
//! Two sessions of the same connection would give the same sequence numbers to different messages.
//! A history has one writer over all processes, so what this process knows is all there is to know.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::SessionError;

/// The history and the key of each connection that is being recorded.
static RECORDED: Mutex<BTreeSet<(PathBuf, String)>> = Mutex::new(BTreeSet::new());

/// The right to record a connection; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Claim((PathBuf, String));

impl Claim {
    /// Takes the right for a connection.
    ///
    /// # Errors
    /// [`SessionError::AlreadyOpen`].
    pub(crate) fn take(history: &Path, key: &str, name: &str) -> Result<Self, SessionError> {
        let claim = (history.to_owned(), key.to_owned());
        let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.insert(claim.clone()) {
            Ok(Self(claim))
        } else {
            Err(SessionError::AlreadyOpen(name.to_owned()))
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        RECORDED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_recorded_once_at_a_time() {
        let (one, other) = (Path::new("/nowhere/one"), Path::new("/nowhere/other"));
        let claim = Claim::take(one, "a", "A").unwrap();
        let refused = Claim::take(one, "a", "A").unwrap_err();
        assert_eq!(refused.code(), "already-open");
        Claim::take(one, "b", "B").unwrap();
        Claim::take(other, "a", "A").unwrap();
        drop(claim);
        Claim::take(one, "a", "A").unwrap();
    }
}
