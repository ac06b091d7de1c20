//! The messages on their way, in the order in which they were sent.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use wiretree_model::Publish;
use wiretree_mqtt::{MqttError, PublishOutcome};

use super::super::plan::Origin;
use super::super::target::Delivery;

/// A message that is sent.
pub(super) struct Flight {
    pub(super) origin: Origin,
    pub(super) publish: Publish,
    /// When it was to go.
    pub(super) due: Duration,
}

/// Those on their way, and those that came back because the connection was lost.
#[derive(Default)]
pub(super) struct Flights {
    air: VecDeque<(Flight, Delivery)>,
    unsent: VecDeque<Flight>,
}

impl Flights {
    pub(super) fn add(&mut self, flight: Flight, delivery: Delivery) {
        self.air.push_back((flight, delivery));
    }

    /// The oldest, when it has ended. Safe to give up: then it is still the oldest.
    pub(super) async fn landed(&mut self) -> (Flight, PublishOutcome) {
        match self.last().await {
            Some(landed) => landed,
            None => pending().await,
        }
    }

    /// As [`Flights::landed`]; none, when none is on its way.
    pub(super) async fn last(&mut self) -> Option<(Flight, PublishOutcome)> {
        let (_, delivery) = self.air.front_mut()?;
        let outcome = delivery.as_mut().await;
        let (flight, _) = self.air.pop_front()?;
        Some((flight, outcome))
    }

    /// This one was surely not sent.
    pub(super) fn keep_unsent(&mut self, flight: Flight) {
        self.unsent.push_back(flight);
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    pub(super) fn take_unsent(&mut self) -> impl DoubleEndedIterator<Item = Flight> {
        std::mem::take(&mut self.unsent).into_iter()
    }

    pub(super) fn in_the_air(&self) -> usize {
        self.air.len()
    }

    pub(super) fn are_landed(&self) -> bool {
        self.air.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.air.is_empty() && self.unsent.is_empty()
    }

    /// Gives up on all of them. Queued stands for "nobody has said".
    pub(super) fn give_up(&mut self) -> Vec<(Flight, PublishOutcome)> {
        let unsent = self
            .unsent
            .drain(..)
            .map(|flight| (flight, PublishOutcome::Failed { cause: MqttError::NotSent }));
        let air = self.air.drain(..).map(|(flight, _)| (flight, PublishOutcome::Queued));
        unsent.chain(air).collect()
    }
}
