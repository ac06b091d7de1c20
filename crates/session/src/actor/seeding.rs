//! The topics that the history knows, read beside everything else and handed over in pieces.
//!
//! A million topics take about a second to read and another to take in; in pieces, the session goes
//! on with everything else meanwhile.

use tokio::sync::mpsc;
use wiretree_model::Topic;
use wiretree_store::{ConnectionId, Reader};

use crate::{Seeding, SessionSpec};

/// Topics in one piece: a few milliseconds of work.
const PIECE: usize = 4_096;

/// Starts to read. The channel ends behind the last piece.
pub(super) fn start(
    spec: &SessionSpec,
    log: ConnectionId,
    reader: Reader,
) -> mpsc::Receiver<Vec<Topic>> {
    let (sender, receiver) = mpsc::channel(1);
    if spec.seeding == Seeding::FromHistory {
        let limit = spec.limits.nodes;
        tokio::task::spawn_blocking(move || {
            // Without them the tree grows from what comes in; reading fails again, visibly, when
            // somebody looks at the history.
            let mut topics = reader.topics(log, limit).unwrap_or_default().into_iter();
            loop {
                let piece: Vec<Topic> = topics.by_ref().take(PIECE).collect();
                // An error: the session has ended.
                if piece.is_empty() || sender.blocking_send(piece).is_err() {
                    break;
                }
            }
        });
    }
    receiver
}
