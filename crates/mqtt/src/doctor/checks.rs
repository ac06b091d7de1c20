//! What is looked at on request: rights and limits that only show when they are used.
//!
//! Promises: a broker that hangs up over a check is a finding, and the next check connects anew;
//! what was published is cleared again, and would expire by itself; each wait is bounded.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use wiretree_model::{Properties, Property, Publish, QoS, RetainHandling, Topic};
use wiretree_wire::Packet;

use crate::conversation::Conversation;
use crate::{ConnectOptions, FindingId, MqttError, ServerLimits, TransportFacts};

use super::advice;
use super::finding::{Check, Finding, FindingStatus};

/// How long a message may take that should come at once.
const SOON: Duration = Duration::from_secs(2);
/// After this many seconds the broker forgets a scratch message that was not cleared.
const SCRATCH_EXPIRY: u32 = 60;
const RIGHTS: &str = "The rights of this user do not allow it";
/// The packets that are tried, in bytes.
const SIZES: [usize; 5] = [64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20];

/// A broker that is examined.
pub(super) struct Patient<'a> {
    options: &'a ConnectOptions,
    limits: ServerLimits,
    conversation: Option<Conversation>,
    /// A topic nobody else uses.
    scratch: String,
}

impl<'a> Patient<'a> {
    pub(super) fn new(
        options: &'a ConnectOptions,
        limits: ServerLimits,
        conversation: Conversation,
    ) -> Self {
        let scratch = format!("wiretree/doctor/{:08x}", rand::random::<u32>());
        Self { options, limits, conversation: Some(conversation), scratch }
    }

    /// Looks at one thing.
    pub(super) async fn check(&mut self, check: Check) -> Finding {
        let checked = match check {
            Check::AllTopics => self.all_topics().await,
            Check::System => self.system().await,
            Check::Retained => self.retained().await,
            Check::Shared => self.shared().await,
            Check::LargestPacket => self.largest_packet().await,
        };
        checked.unwrap_or_else(|problem| {
            self.conversation = None;
            advice::broke_off(check.into(), problem)
        })
    }

    /// Says goodbye.
    pub(super) async fn leave(self) -> Finding {
        let id = FindingId::Disconnect;
        let Some(conversation) = self.conversation else {
            return Finding::new(id, FindingStatus::Skipped);
        };
        if conversation.leave().await {
            return Finding::ok(id, "Closed in good order");
        }
        Finding::warning(
            id,
            "The broker did not close the connection after DISCONNECT",
            "It is busy, or something on the way keeps the connection",
            "Nothing: it is closed on this side",
        )
    }

    /// The conversation, opened anew when the last one broke.
    async fn talk(&mut self) -> Result<&mut Conversation, MqttError> {
        let conversation = match self.conversation.take() {
            Some(conversation) => conversation,
            None => {
                let mut facts = TransportFacts::default();
                let mut again = Conversation::open(self.options, &mut facts, &mut |_| {}).await?;
                again.greet(self.options, &mut |_| {}).await?;
                again
            }
        };
        Ok(self.conversation.insert(conversation))
    }

    fn patience(&self) -> Duration {
        self.options.connect_timeout
    }

    /// Short enough that a keep-alive of a second is not missed meanwhile.
    fn soon(&self) -> Duration {
        if self.options.keep_alive == 1 { SOON / 2 } else { SOON }
    }

    async fn all_topics(&mut self) -> Result<Finding, MqttError> {
        let id = FindingId::AllTopics;
        let patience = self.patience();
        let talk = self.talk().await?;
        let answer = talk.subscribe("#", RetainHandling::DoNotSend, patience, |_| false).await?;
        if answer.reason.is_failure() {
            let detail = format!("The broker refuses it: {}", answer.reason);
            let fix = "Subscribe to the topics you need, one by one";
            return Ok(Finding::warning(id, detail, RIGHTS, fix));
        }
        talk.unsubscribe("#", patience).await?;
        Ok(Finding::ok(id, "Allowed"))
    }

    async fn system(&mut self) -> Result<Finding, MqttError> {
        let id = FindingId::System;
        let (patience, soon) = (self.patience(), self.soon());
        let filter = "$SYS/#";
        let is_system = |publish: &Publish| publish.topic.is_system();
        let talk = self.talk().await?;
        let answer = talk.subscribe(filter, RetainHandling::Send, patience, is_system).await?;
        if answer.reason.is_failure() {
            let detail = format!("The broker refuses it: {}", answer.reason);
            let fix = "Ask whoever runs the broker, if you need its figures";
            return Ok(Finding::warning(id, detail, RIGHTS, fix));
        }
        let message = match answer.message {
            Some(message) => Some(message),
            None => talk.message(Instant::now() + soon, is_system).await?,
        };
        talk.unsubscribe(filter, patience).await?;
        Ok(match message {
            Some(message) => Finding::ok(id, "The broker tells of itself")
                .fact("First topic", message.topic.to_text()),
            None => Finding::warning(
                id,
                format!("Allowed, but nothing came within {} s", soon.as_secs()),
                "This broker publishes no $SYS topics, or hides them from this user",
                "Look for its figures in another place, its metrics or its web page",
            ),
        })
    }

    /// A message to the scratch topic.
    fn scratch_message(&self, payload: Bytes, retain: bool) -> Publish {
        let properties = if self.options.protocol.has_properties() && retain {
            vec![Property::MessageExpiryInterval(SCRATCH_EXPIRY)]
        } else {
            Vec::new()
        };
        Publish {
            topic: Topic::received(self.scratch.as_str()),
            payload,
            qos: match self.limits.maximum_qos {
                Some(QoS::AtMostOnce) => QoS::AtMostOnce,
                _ => QoS::AtLeastOnce,
            },
            retain,
            properties: Properties(properties),
            ..Publish::default()
        }
    }

    async fn retained(&mut self) -> Result<Finding, MqttError> {
        let id = FindingId::Retained;
        let keep = "Publish without the retain flag";
        if self.limits.retain_available == Some(false) {
            let cause = "CONNACK said so (Retain Available)";
            return Ok(Finding::warning(id, "The broker keeps none", cause, keep));
        }
        let (patience, soon, scratch) = (self.patience(), self.soon(), self.scratch.clone());
        let message = self.scratch_message(Bytes::from_static(b"Wiretree's doctor"), true);
        let clear = self.scratch_message(Bytes::new(), true);
        let ours =
            |publish: &Publish| publish.topic.as_bytes() == scratch.as_bytes() && publish.retain;
        let talk = self.talk().await?;
        let taken = talk.publish(message, patience).await?;
        if taken.is_failure() {
            let detail = format!("The broker did not take the message: {taken}");
            return Ok(Finding::warning(id, detail, RIGHTS, "Ask for the right to publish"));
        }
        let answer = talk.subscribe(&scratch, RetainHandling::Send, patience, ours).await?;
        let message = match answer.message {
            None if !answer.reason.is_failure() => {
                talk.message(Instant::now() + soon, ours).await?
            }
            message => message,
        };
        talk.publish(clear, patience).await?;
        talk.unsubscribe(&scratch, patience).await?;
        Ok(match message {
            Some(_) => Finding::ok(id, "Kept and given").fact("Topic", scratch),
            None => Finding::warning(
                id,
                format!("The message that was published to {scratch} did not come back"),
                "The rights of this user do not cover the topic, or the broker keeps no retained \
                 messages",
                keep,
            ),
        })
    }

    async fn shared(&mut self) -> Result<Finding, MqttError> {
        let id = FindingId::Shared;
        let fix = "Subscribe without $share";
        if self.limits.shared_subscriptions == Some(false) {
            let cause = "CONNACK said so (Shared Subscription Available)";
            return Ok(Finding::warning(id, "The broker has none", cause, fix));
        }
        let (patience, soon, scratch) = (self.patience(), self.soon(), self.scratch.clone());
        let filter = format!("$share/wiretree-doctor/{scratch}");
        let message = self.scratch_message(Bytes::from_static(b"Wiretree's doctor"), false);
        let ours = |publish: &Publish| publish.topic.as_bytes() == scratch.as_bytes();
        let talk = self.talk().await?;
        let answer = talk.subscribe(&filter, RetainHandling::DoNotSend, patience, ours).await?;
        if answer.reason.is_failure() {
            let detail = format!("The broker refuses it: {}", answer.reason);
            return Ok(Finding::warning(id, detail, RIGHTS, fix));
        }
        // A broker that knows nothing of them takes the filter for an ordinary one: only a message
        // tells. It may come before the acknowledgement of its own publish, so nothing waits for that.
        let message = Publish { qos: QoS::AtMostOnce, ..message };
        talk.send(&Packet::Publish(message), Instant::now() + patience).await?;
        let came = talk.message(Instant::now() + soon, ours).await?;
        talk.unsubscribe(&filter, patience).await?;
        Ok(match came {
            Some(_) => Finding::ok(id, "They work"),
            None => Finding::warning(
                id,
                "The broker takes the filter, but a message for it did not come",
                "It knows no shared subscriptions, or the rights of this user do not cover the topic",
                fix,
            ),
        })
    }

    async fn largest_packet(&mut self) -> Result<Finding, MqttError> {
        let id = FindingId::LargestPacket;
        if let Some(limit) = self.limits.maximum_packet_size {
            return Ok(Finding::ok(id, format!("The broker says: {limit} bytes")));
        }
        let most = usize::try_from(self.options.packet_limit).unwrap_or(usize::MAX);
        let mut taken = None;
        for size in SIZES.into_iter().filter(|size| *size <= most) {
            // What PUBLISH needs beside its payload is less than that.
            let payload = Bytes::from(vec![0; size.saturating_sub(128)]);
            let message = self.scratch_message(payload, false);
            let patience = self.patience();
            let answered = match self.talk().await {
                Ok(talk) => talk.publish(message, patience).await,
                Err(problem) => Err(problem),
            };
            let stopped = match answered {
                Ok(reason) if !reason.is_failure() => None,
                Ok(reason) => Some(format!("a refusal: {reason}")),
                Err(problem) => {
                    self.conversation = None;
                    Some(format!("the end of the connection: {problem}"))
                }
            };
            if let Some(how) = stopped {
                return Ok(stopped_at(size, taken, &how));
            }
            taken = Some(size);
        }
        let largest = in_words(taken.unwrap_or_default());
        Ok(Finding::ok(id, format!("It took {largest}, the most that was tried")))
    }
}

fn stopped_at(size: usize, taken: Option<usize>, how: &str) -> Finding {
    let id = FindingId::LargestPacket;
    let at = in_words(size);
    match taken {
        Some(taken) => {
            Finding::ok(id, format!("It took {}; with {at} came {how}", in_words(taken)))
        }
        None => Finding::warning(
            id,
            format!("Already with {at} came {how}"),
            "The broker's limit is low, or the rights of this user do not cover the topic",
            "Ask whoever runs the broker for its limit",
        ),
    }
}

fn in_words(bytes: usize) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) }
}

impl Conversation {
    /// The first message of interest; nothing when none came in time.
    async fn message(
        &mut self,
        deadline: Instant,
        of_interest: impl Fn(&Publish) -> bool,
    ) -> Result<Option<Publish>, MqttError> {
        let picked = self.until(deadline, |packet| match packet {
            Packet::Publish(publish) if of_interest(&publish) => Some(publish),
            _ => None,
        });
        picked.await
    }
}
