//! The one place of the session that reads the clock of the machine.

use std::time::{SystemTime, UNIX_EPOCH};

use wiretree_model::Timestamp;

/// Now, in UTC; before 1970 is 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
