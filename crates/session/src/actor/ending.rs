//! How a session ends: the edge first, then the writer, and what neither can do is given up.

use tokio::time::Instant;
use wiretree_mqtt::State;

use super::Actor;
use super::closing::Closing;
use crate::Summary;
use crate::clock::now;

impl Actor {
    /// When a session that is being closed has waited in vain for long enough.
    pub(super) fn patience(&self) -> Option<Instant> {
        let in_trouble = self.recorder.problem().is_some() && !self.recorder.is_done();
        Some(self.closing.as_ref()?.deadline(in_trouble))
    }

    pub(super) fn begin_closing(&mut self) {
        if self.closing.is_none() {
            self.closing = Some(Closing::new(Instant::now()));
            let connection = self.connection.clone();
            tokio::spawn(async move { connection.close().await });
        }
    }

    pub(super) fn edge_ended(&mut self) {
        self.begin_closing();
        if let Some(closing) = &mut self.closing {
            closing.edge_ended();
        }
    }

    /// Gives up what keeps a closing session waiting: the history, or else the edge. An edge that
    /// only waited for the history's sake ends by itself afterwards.
    pub(super) fn lose_patience(&mut self, now: Instant) {
        let Some(closing) = &mut self.closing else { return };
        if !self.recorder.is_done() {
            self.recorder.give_up();
        } else if !closing.has_edge_ended() {
            closing.edge_ended();
        } else {
            // Their outcomes stay unknown.
            self.sending.abort_all();
            self.sending.detach_all();
        }
        closing.sign_of_life(now);
    }

    pub(super) fn has_ended(&self) -> bool {
        let is_left = self.closing.as_ref().is_some_and(Closing::has_edge_ended);
        is_left && self.sending.is_empty() && self.recorder.is_done()
    }

    /// What is left to say. What is not committed by now is counted as dropped.
    pub(super) fn end(mut self) -> Summary {
        self.note_progress();
        let waiting = self.counters.totals(now()).waiting;
        self.counters.drop_messages(waiting);
        let sent = self.counters.sent_beyond(self.recorder.settled().sent);
        self.counters.drop_sent(sent);
        let edges = self.gaps.note(&State::Closed, now());
        edges.into_iter().for_each(|edge| self.recorder.mark(edge));
        self.state = State::Closed;
        self.summary()
    }
}
