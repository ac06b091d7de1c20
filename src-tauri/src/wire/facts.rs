//! Facts: a name and a value, both for showing. The broker chose most of the text.

use serde::{Deserialize, Serialize};
use specta::Type;
use wiretree_session::{ServerLimits, payload};

/// A name and a value, both for showing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fact {
    /// What it is.
    pub name: String,
    /// What it says.
    pub value: String,
}

impl Fact {
    /// A fact; what cannot be seen in its text is written as escapes.
    pub(crate) fn new(name: &str, value: &str) -> Self {
        Self { name: payload::escaped(name.as_bytes()), value: payload::escaped(value.as_bytes()) }
    }

    /// What the broker said about itself, by the names of MQTT 5 §3.2.2.3.
    pub(crate) fn from_limits(limits: &ServerLimits) -> Vec<Self> {
        let yes_no = |value: bool| if value { "yes" } else { "no" }.to_owned();
        let said = [
            ("Session expiry interval", limits.session_expiry.map(|time| format!("{time} s"))),
            ("Receive maximum", limits.receive_maximum.map(|count| count.to_string())),
            ("Maximum QoS", limits.maximum_qos.map(|qos| qos.bits().to_string())),
            ("Retain available", limits.retain_available.map(yes_no)),
            ("Maximum packet size", limits.maximum_packet_size.map(|size| format!("{size} B"))),
            ("Topic alias maximum", limits.topic_alias_maximum.map(|count| count.to_string())),
            ("Wildcard subscriptions", limits.wildcard_subscriptions.map(yes_no)),
            ("Subscription identifiers", limits.subscription_identifiers.map(yes_no)),
            ("Shared subscriptions", limits.shared_subscriptions.map(yes_no)),
            ("Server keep-alive", limits.server_keep_alive.map(|time| format!("{time} s"))),
            ("Reason string", limits.reason_string.clone()),
            ("Response information", limits.response_information.clone()),
            ("Server reference", limits.server_reference.clone()),
        ];
        let said = said.into_iter().filter_map(|(name, value)| Some(Self::new(name, &value?)));
        let user = limits.user_properties.iter().map(|(name, value)| Self::new(name, value));
        said.chain(user).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_broker_said_is_shown() {
        let said = ServerLimits { receive_maximum: Some(20), ..ServerLimits::default() };
        assert_eq!(Fact::from_limits(&said), [Fact::new("Receive maximum", "20")]);
    }

    #[test]
    fn text_of_the_broker_cannot_disguise_itself() {
        let user_properties = vec![("a\u{202e}b".to_owned(), "1\n2".to_owned())];
        let said = ServerLimits { user_properties, ..ServerLimits::default() };
        let expected = Fact { name: "a\\u{202E}b".to_owned(), value: "1\\n2".to_owned() };
        assert_eq!(Fact::from_limits(&said), [expected]);
    }
}
