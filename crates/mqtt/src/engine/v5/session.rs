//! Lets the engine resume a session that an earlier run of ours has left at the broker.
//!
//! By itself it would do so only half: it takes what comes, but refuses to subscribe or to publish
//! with QoS 1 or 2, because it does not know which packet identifiers the broker holds for it. A
//! session without anything in it says that none are, and that is what a client that keeps no
//! session on disk has to assume (as those of 3.1.1 do).

use rumqttc_v5::{PersistedAckMode, PersistedSession, SessionStore, SessionStoreError};
use std::future::{Future, ready};
use std::pin::Pin;

type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'a>>;

/// A store that holds an empty session and takes nothing.
#[derive(Debug)]
pub(super) struct Blank(PersistedSession);

impl Blank {
    /// A session for this client; the engine compares the limit with its own.
    pub(super) fn new(client_id: &str, inflight: u16) -> Self {
        Self(PersistedSession {
            format_version: 1,
            client_id: client_id.to_owned(),
            clean_start: false,
            session_expiry_interval: None,
            outgoing_inflight_upper_limit: Some(inflight),
            ack_mode: PersistedAckMode::Automatic,
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        })
    }
}

impl SessionStore for Blank {
    fn load<'a>(
        &'a self,
        _: &'a rumqttc_v5::SessionStoreKey,
    ) -> Stored<'a, Option<PersistedSession>> {
        Box::pin(ready(Ok(Some(self.0.clone()))))
    }

    fn save<'a>(
        &'a self,
        _: &'a rumqttc_v5::SessionStoreKey,
        _: &'a PersistedSession,
    ) -> Stored<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a rumqttc_v5::SessionStoreKey) -> Stored<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}
