//! What a door can do to the broker's side of a session: publish, subscribe, ping, disconnect.
//!
//! Promise: nothing here waits for the disk or for the window.

use std::time::Duration;

use wiretree_model::{Publish, QoS, Subscription, Topic, TopicFilter};
use wiretree_mqtt::{Farewell, MqttError, PublishTicket, SubscribeOutcome, UnsubscribeOutcome};

use super::Session;
use crate::actor::Command;
use crate::{SessionError, SubscriptionState};

impl Session {
    /// Publishes a message; the ticket tells what becomes of it. It is recorded like a received
    /// one, marked by its direction, and its outcome with it.
    pub async fn publish(&self, publish: Publish) -> PublishTicket {
        let given = publish.clone();
        match self.ask(|reply| Command::Publish(given, reply)).await {
            Ok(ticket) => ticket,
            // It has ended, and its connection with it, which says so.
            Err(_) => self.connection.publish(publish).await,
        }
    }

    /// Removes the retained message of a topic: an empty retained message does
    /// (MQTT 5 §3.3.1.3). QoS 1, so that the broker says whether it did.
    pub async fn clear_retained(&self, topic: Topic) -> PublishTicket {
        let qos = QoS::AtLeastOnce;
        self.publish(Publish { topic, qos, retain: true, ..Publish::default() }).await
    }

    /// Subscribes, or gives a filter other options, and lists the filters with what the broker
    /// answers: a denied one is listed as denied.
    ///
    /// # Errors
    /// The broker did not answer. What had reached it may hold, and is asked for again at the next
    /// connect; what had not is not listed.
    pub async fn subscribe(
        &self,
        subscriptions: Vec<Subscription>,
    ) -> Result<Vec<SubscriptionState>, SessionError> {
        let wanted = subscriptions.clone();
        let before = self.ask(|reply| Command::Want(wanted, reply)).await?;
        let filters = subscriptions.iter().map(|wanted| wanted.filter.clone()).collect();
        match self.connection.subscribe(subscriptions).await {
            Ok(outcomes) => {
                self.tell(Command::Subscribed(outcomes.clone())).await;
                let state = |outcome: SubscribeOutcome| SubscriptionState {
                    subscription: outcome.subscription.clone(),
                    outcome: Some(outcome),
                };
                Ok(outcomes.into_iter().map(state).collect())
            }
            Err(cause) => {
                let is_unasked = matches!(cause, MqttError::NotConnected | MqttError::Closed);
                if is_unasked || !before.is_connected {
                    self.tell(Command::Restore(filters, before.listed)).await;
                }
                Err(cause.into())
            }
        }
    }

    /// Ends subscriptions. Those that the broker let go, or never had, are listed no more.
    ///
    /// # Errors
    /// The broker did not answer.
    pub async fn unsubscribe(
        &self,
        filters: Vec<TopicFilter>,
    ) -> Result<Vec<UnsubscribeOutcome>, SessionError> {
        let outcomes = self.connection.unsubscribe(filters).await?;
        let ended = outcomes.iter().filter(|outcome| !outcome.reason.is_failure());
        let ended = ended.map(|outcome| outcome.filter.clone()).collect();
        self.tell(Command::Unsubscribed(ended)).await;
        Ok(outcomes)
    }

    /// Ends a wait for the next attempt to connect, a refusal or a pause with an attempt now.
    pub fn retry_now(&self) {
        self.connection.retry_now();
    }

    /// Sends PINGREQ now, and gives the time until its answer.
    ///
    /// # Errors
    /// There is no connection, or no answer.
    pub async fn ping(&self) -> Result<Duration, SessionError> {
        Ok(self.connection.ping().await?)
    }

    /// Ends the connection with this DISCONNECT, and connects again only when asked to: see
    /// [`Session::retry_now`]. What was received stays, and the session stays open.
    pub fn disconnect(&self, farewell: Farewell) {
        self.connection.disconnect(farewell);
    }

    /// Closes the socket without DISCONNECT, so that the broker publishes the will.
    pub fn drop_connection(&self) {
        self.connection.drop_connection();
    }

    /// Authenticates anew (MQTT 5 §4.12.1).
    ///
    /// # Errors
    /// There is no connection, it uses no enhanced authentication, or the broker refused.
    pub async fn reauthenticate(&self) -> Result<(), SessionError> {
        Ok(self.connection.reauthenticate().await?)
    }
}
