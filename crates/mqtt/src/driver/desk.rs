//! The task's desk: requests that came in, what was answered, and which filters are to be kept.
//!
//! Promise: every request is answered, whatever happens to the connection.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinSet};
use wiretree_model::{Publish, Subscription, TopicFilter};

use super::Controls;
use crate::commands::{Command, Subscribed};
use crate::engine::Requests;
use crate::events::{Event, Gone, Notice, Outlet};
use crate::publish::Progress;
use crate::{ConnectOptions, MqttError, ServerLimits, State, SubscribeOutcome, UnsubscribeOutcome};

/// An answer of the broker, ready to be told.
pub(super) enum Answer {
    /// To a SUBSCRIBE: of ours, or of somebody who waits for it.
    Subscribed { result: Subscribed, reply: Option<oneshot::Sender<Subscribed>> },
    /// To an UNSUBSCRIBE: these filters are to be forgotten.
    Unsubscribed(Vec<TopicFilter>),
}

/// Everything of the task but the engine, so that it can be used while the engine is being polled.
pub(super) struct Desk<R: Requests> {
    pub(super) outlet: Outlet,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) close: watch::Receiver<bool>,
    pub(super) retry: watch::Receiver<()>,
    /// Answers that are awaited.
    pub(super) answers: JoinSet<Answer>,
    /// Publishes that have not ended.
    pub(super) publishes: JoinSet<()>,
    requests: R,
    /// What is subscribed to again when the broker has lost the session.
    subscriptions: Vec<Subscription>,
    subscribed_before: bool,
    /// QoS 1 and 2 publishes the engine has, and has not written yet, in order.
    unsent: VecDeque<Weak<Progress>>,
    limits: ServerLimits,
}

impl<R: Requests> Desk<R> {
    pub(super) fn new(
        requests: R,
        options: &ConnectOptions,
        controls: Controls,
        outlet: Outlet,
    ) -> Self {
        Self {
            outlet,
            commands: controls.commands,
            close: controls.close,
            retry: controls.retry,
            answers: JoinSet::new(),
            publishes: JoinSet::new(),
            requests,
            subscriptions: options.subscriptions.clone(),
            subscribed_before: false,
            unsent: VecDeque::new(),
            limits: ServerLimits::default(),
        }
    }

    /// CONNACK has come: subscribes, if the broker has not kept what we subscribed to.
    ///
    /// The first time it may have kept something else: the filters may have been edited since.
    pub(super) fn connected(&mut self, session_present: bool, limits: ServerLimits) {
        self.limits = limits;
        if !session_present {
            self.unsent.clear();
        }
        if session_present && self.subscribed_before {
            return;
        }
        self.subscribed_before = true;
        if !self.subscriptions.is_empty() {
            self.subscribe(self.subscriptions.clone(), None);
        }
    }

    /// There is a new engine, which knows nothing of what was on its way.
    pub(super) fn session_lost(&mut self, requests: R) {
        self.requests = requests;
        self.unsent.clear();
    }

    /// The engine has written the first of the publishes that wait.
    pub(super) fn sent(&mut self) {
        while let Some(progress) = self.unsent.pop_front() {
            // One that is gone has ended without being written.
            if let Some(progress) = progress.upgrade() {
                progress.sent();
                return;
            }
        }
    }

    /// Acts on a request while connected.
    pub(super) fn take(&mut self, command: Command) {
        match command {
            Command::Publish { publish, progress } => self.publish(publish, progress),
            Command::Subscribe { subscriptions, reply } => {
                for subscription in &subscriptions {
                    self.forget(&subscription.filter);
                    self.subscriptions.push(subscription.clone());
                }
                self.subscribe(subscriptions, Some(reply));
            }
            Command::Unsubscribe { filters, reply } => match self.requests.unsubscribe(&filters) {
                Ok(answer) => {
                    self.answers.spawn(async move {
                        let result = answer.await.map(|reasons| {
                            let pairs = filters.iter().cloned().zip(reasons);
                            pairs
                                .map(|(filter, reason)| UnsubscribeOutcome { filter, reason })
                                .collect()
                        });
                        let _ = reply.send(result);
                        Answer::Unsubscribed(filters)
                    });
                }
                Err(cause) => drop(reply.send(Err(cause))),
            },
        }
    }

    fn publish(&mut self, publish: Publish, progress: Arc<Progress>) {
        let waits = publish.qos.bits() > 0;
        let accepted = self.limits.check(&publish).and_then(|()| self.requests.publish(publish));
        match accepted {
            Ok(answer) => {
                if waits {
                    self.unsent.push_back(Arc::downgrade(&progress));
                }
                self.publishes.spawn(async move { progress.finish(answer.await) });
            }
            Err(cause) => progress.finish(Err(cause)),
        }
    }

    fn subscribe(
        &mut self,
        subscriptions: Vec<Subscription>,
        reply: Option<oneshot::Sender<Subscribed>>,
    ) {
        let asked = self.requests.subscribe(&subscriptions);
        self.answers.spawn(async move {
            let reasons = match asked {
                Ok(answer) => answer.await,
                Err(cause) => Err(cause),
            };
            let result = reasons.map(|reasons| {
                let pairs = subscriptions.into_iter().zip(reasons);
                pairs
                    .map(|(subscription, reason)| SubscribeOutcome { subscription, reason })
                    .collect()
            });
            Answer::Subscribed { result, reply }
        });
    }

    fn forget(&mut self, filter: &TopicFilter) {
        self.subscriptions.retain(|kept| kept.filter != *filter);
    }

    /// Where requests go.
    pub(super) fn requests(&self) -> &R {
        &self.requests
    }

    /// Tells an answer that has come.
    pub(super) async fn answered(&mut self, answer: Result<Answer, JoinError>) -> Result<(), Gone> {
        match answer {
            Ok(Answer::Subscribed { result, reply }) => {
                let event = match &result {
                    Ok(outcomes) => Some(Event::Subscribed(outcomes.clone())),
                    // Made again at the next connect; only ours need a word.
                    Err(_) if reply.is_some() => None,
                    Err(cause) => Some(Event::Notice(Notice::SubscribeFailed(cause.clone()))),
                };
                if let Some(reply) = reply {
                    let _ = reply.send(result);
                }
                match event {
                    Some(event) => self.outlet.put(event).await,
                    None => Ok(()),
                }
            }
            Ok(Answer::Unsubscribed(filters)) => {
                for filter in &filters {
                    self.forget(filter);
                }
                Ok(())
            }
            // Only at the end of the runtime.
            Err(_) => Ok(()),
        }
    }

    /// The end: answers what is left, and says so.
    pub(super) async fn end(mut self) {
        self.commands.close();
        while let Some(command) = self.commands.recv().await {
            command.refuse(MqttError::Closed);
        }
        let _ = self.outlet.state(State::Closed).await;
    }
}
