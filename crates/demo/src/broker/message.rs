//! A message that is kept: its expiry becomes a moment, and what is left of it when it is sent.

use std::time::Duration;

use tokio::time::Instant;
use wiretree_model::{MqttString, Properties, Property, Publish};

/// A message waiting for a client, or retained.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    publish: Publish,
    expires: Option<Instant>,
}

impl Kept {
    pub(super) fn new(publish: Publish, now: Instant) -> Self {
        let expires = publish.properties.iter().find_map(|property| match property {
            Property::MessageExpiryInterval(seconds) => {
                now.checked_add(Duration::from_secs(u64::from(*seconds)))
            }
            _ => None,
        });
        Self { publish, expires }
    }

    pub(super) fn weight(&self) -> usize {
        weight(&self.publish)
    }

    pub(super) fn publish(&self) -> &Publish {
        &self.publish
    }

    /// The message with the rest of its expiry (MQTT 5 §3.3.2.3.3); `None` when that has passed.
    pub(super) fn at(&self, now: Instant) -> Option<Publish> {
        let mut publish = self.publish.clone();
        if let Some(expires) = self.expires {
            let left = expires.checked_duration_since(now).filter(|left| !left.is_zero())?;
            let seconds = u32::try_from(left.as_secs_f64().ceil() as u64).unwrap_or(u32::MAX);
            for property in &mut publish.properties.0 {
                if let Property::MessageExpiryInterval(value) = property {
                    *value = seconds;
                }
            }
        }
        Some(publish)
    }
}

/// What a message weighs in a queue that is bounded by bytes.
pub(super) fn weight(publish: &Publish) -> usize {
    const OVERHEAD: usize = 192;
    OVERHEAD
        + publish.topic.as_bytes().len()
        + publish.payload.len()
        + properties_weight(&publish.properties)
}

fn properties_weight(properties: &Properties) -> usize {
    let text = MqttString::len;
    properties
        .iter()
        .map(|property| {
            size_of::<Property>()
                + match property {
                    Property::UserProperty(name, value) => text(name) + text(value),
                    Property::ContentType(value) | Property::ResponseTopic(value) => text(value),
                    Property::CorrelationData(value) => value.len(),
                    _ => 0,
                }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_expiry_counts_down_while_a_message_is_kept() {
        let properties = Properties(vec![Property::MessageExpiryInterval(10)]);
        let kept = Kept::new(Publish { properties, ..Publish::default() }, Instant::now());
        let left = |seconds| {
            let publish = kept.at(Instant::now() + Duration::from_secs(seconds))?;
            publish.properties.0.first().cloned()
        };
        assert_eq!(left(0), Some(Property::MessageExpiryInterval(10)));
        assert_eq!(left(7), Some(Property::MessageExpiryInterval(3)));
        assert_eq!(left(10), None);
    }
}
