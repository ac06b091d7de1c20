//! The recorded messages, one after the other, out of the history and ready to be sent.
//!
//! A thread reads ahead by a bounded number of them, and ends when nobody wants any more.

use std::ops::ControlFlow;

use tokio::sync::mpsc;
use wiretree_model::Timestamp;
use wiretree_store::{Damaged, Found, Reader, StoredMessage};

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
    // Nothing has been sent yet. The time alone does not tell what came before: clocks are set back.
    let newest = reader.position_at(Timestamp(i64::MAX))?;
    let mut passes = 0;
    loop {
        let mut publishes = 0_u64;
        let mut is_wanted = true;
        let mut is_beyond = false;
        reader.each(&order.query, |found| {
            is_wanted = match found {
                Found::Message(StoredMessage { id, .. }) if id > newest => {
                    is_beyond = true;
                    true
                }
                Found::Damaged(Damaged { first, .. }) if first > newest => true,
                Found::Progress(_) if is_beyond => return ControlFlow::Break(()),
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

#[cfg(test)]
mod tests {
    use wiretree_store::{History, Query};

    use super::super::order::Repeat;
    use super::super::testing::recorded;
    use super::*;

    #[tokio::test]
    async fn what_is_recorded_after_the_start_is_in_no_pass_whatever_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h.wiretree");
        let record = |messages| {
            let history = History::open(&path).unwrap();
            let log = history.connection("k", "K").unwrap();
            log.try_reserve().unwrap().unwrap().send(messages).unwrap();
            history.close().unwrap();
        };
        // So many that the second pass does not begin before somebody has taken them.
        let count = 2 * AHEAD as i64;
        record((1..=count).map(|number| recorded(number, "a", "x")).collect());
        let mut order = ReplayOrder::new(Query::default());
        order.repeat = Repeat::Times(2);
        let mut feed = start(History::open_read_only(&path).unwrap(), order);
        let mut passes = [0, 0];
        let mut pass = 0;
        while let Some(fed) = feed.recv().await {
            match fed {
                Fed::Message(Planned::Publish(..)) => passes[pass] += 1,
                Fed::Again => pass += 1,
                _ => panic!("all can be sent"),
            }
            if (pass, passes[0]) == (0, 1) {
                // Its own echo, by a clock that was set back.
                let mut echo = recorded(count + 1, "a", "x");
                echo.received_at = Timestamp(0);
                record(vec![echo]);
            }
        }
        assert_eq!(passes, [count, count]);
    }
}
