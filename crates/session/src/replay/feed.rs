//! The recorded messages, one after the other, out of the history and ready to be sent.
//!
//! A thread reads ahead by a bounded number of them, and ends when nobody wants any more.

use std::ops::ControlFlow;

use tokio::sync::mpsc;
use wiretree_store::{Found, Reader};

use super::order::ReplayOrder;
use super::plan::{Planned, Planner};
use crate::SessionError;

/// How many messages are read ahead.
const AHEAD: usize = 64;

/// What comes out of the history.
pub(crate) enum Fed {
    /// The next message.
    Message(Planned),
    /// So many that could not be read, since the history is damaged there.
    Unreadable(u64),
    /// The selection begins from the front.
    Again,
    /// It could not be read to its end.
    Failed(SessionError),
}

/// Begins to read. The channel ends behind the last message of the last pass.
pub(crate) fn start(reader: Reader, order: ReplayOrder) -> mpsc::Receiver<Fed> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read(&reader, &order, &sender) {
            // Who has gone does not want to know.
            let _ = sender.blocking_send(Fed::Failed(error));
        }
    });
    receiver
}

fn read(
    reader: &Reader,
    order: &ReplayOrder,
    sender: &mpsc::Sender<Fed>,
) -> Result<(), SessionError> {
    let planner = Planner::new(order);
    let mut passes = 0;
    loop {
        let mut publishes = 0_u64;
        let mut is_wanted = true;
        reader.each(&order.query, |found| {
            is_wanted = match found {
                Found::Message(stored) => {
                    let planned = planner.plan(stored.id, stored.message);
                    publishes += u64::from(matches!(planned, Planned::Publish(..)));
                    sender.blocking_send(Fed::Message(planned)).is_ok()
                }
                Found::Damaged(damaged) => {
                    sender.blocking_send(Fed::Unreadable(damaged.messages)).is_ok()
                }
                Found::Progress(_) => !sender.is_closed(),
            };
            if is_wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        passes += 1;
        // What sends nothing would go round in circles without rest.
        let goes_on = is_wanted && publishes > 0 && order.repeat.goes_on(passes);
        if !goes_on || sender.blocking_send(Fed::Again).is_err() {
            return Ok(());
        }
    }
}
