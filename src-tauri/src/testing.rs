//! The test of a connection, step by step, in words.

use std::time::Duration;

use wiretree_session::{ConnectOptions, MqttError, ProbeReport, ServerLimits, payload, probe};

use crate::wire::{AppError, Fact, TestReport, TestStep};

const RESOLVE: &str = "Find the address";
const REACH: &str = "Open the TCP connection";
const CONNECT: &str = "CONNECT and CONNACK";

/// Connects, looks at the answer and disconnects.
pub(crate) async fn report(options: ConnectOptions) -> TestReport {
    match probe(options).await {
        Ok(found) => {
            TestReport { ok: true, steps: steps(&found), problem: None, facts: facts(&found) }
        }
        Err(error) => TestReport {
            ok: false,
            steps: steps_until(&error),
            problem: Some(AppError::from(&error)),
            facts: Vec::new(),
        },
    }
}

fn steps(found: &ProbeReport) -> Vec<TestStep> {
    let step = |name: &str, took: Duration, detail: &str| TestStep {
        name: name.to_owned(),
        ok: true,
        microseconds: u64::try_from(took.as_micros()).ok(),
        detail: detail.to_owned(),
    };
    let timings = &found.timings;
    vec![
        step(RESOLVE, timings.resolve, "found"),
        step(REACH, timings.tcp_connect, "open"),
        step(CONNECT, timings.connack, "accepted"),
    ]
}

/// The steps up to the one that failed.
fn steps_until(error: &MqttError) -> Vec<TestStep> {
    let failed = match error {
        MqttError::Unresolved { .. } => RESOLVE,
        MqttError::Unreachable { .. } | MqttError::ConnectTimeout { .. } => REACH,
        _ => CONNECT,
    };
    let mut steps = Vec::new();
    for name in [RESOLVE, REACH, CONNECT] {
        let ok = name != failed;
        let detail = if ok { "done" } else { "failed" }.to_owned();
        steps.push(TestStep { name: name.to_owned(), ok, microseconds: None, detail });
        if !ok {
            break;
        }
    }
    steps
}

fn facts(found: &ProbeReport) -> Vec<Fact> {
    let mut facts = vec![
        fact("Session present", if found.session_present { "yes" } else { "no" }),
        fact("Client identifier", &found.client_id),
    ];
    facts.extend(limits(&found.limits));
    facts
}

/// What the broker said about itself, by the names of MQTT 5 §3.2.2.3.
fn limits(limits: &ServerLimits) -> Vec<Fact> {
    let yes_no = |value: bool| if value { "yes" } else { "no" }.to_owned();
    let said = [
        ("Session expiry interval", limits.session_expiry.map(|seconds| format!("{seconds} s"))),
        ("Receive maximum", limits.receive_maximum.map(|count| count.to_string())),
        ("Maximum QoS", limits.maximum_qos.map(|qos| qos.bits().to_string())),
        ("Retain available", limits.retain_available.map(yes_no)),
        ("Maximum packet size", limits.maximum_packet_size.map(|bytes| format!("{bytes} B"))),
        ("Topic alias maximum", limits.topic_alias_maximum.map(|count| count.to_string())),
        ("Wildcard subscriptions", limits.wildcard_subscriptions.map(yes_no)),
        ("Subscription identifiers", limits.subscription_identifiers.map(yes_no)),
        ("Shared subscriptions", limits.shared_subscriptions.map(yes_no)),
        ("Server keep-alive", limits.server_keep_alive.map(|seconds| format!("{seconds} s"))),
        ("Reason string", limits.reason_string.clone()),
        ("Response information", limits.response_information.clone()),
        ("Server reference", limits.server_reference.clone()),
    ];
    let said = said.into_iter().filter_map(|(name, value)| Some(fact(name, &value?)));
    let user = limits.user_properties.iter().map(|(name, value)| fact(name, value));
    said.chain(user).collect()
}

/// A fact; the broker chose its text, so what cannot be seen in it is written as escapes.
fn fact(name: &str, value: &str) -> Fact {
    Fact { name: payload::escaped(name.as_bytes()), value: payload::escaped(value.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_end_with_the_one_that_failed() {
        let address = "127.0.0.1:1".to_owned();
        let error = MqttError::Unreachable { address, cause: "connection refused".to_owned() };
        let steps = steps_until(&error);
        let told: Vec<_> = steps.iter().map(|step| (step.name.as_str(), step.ok)).collect();
        assert_eq!(told, [(RESOLVE, true), (REACH, false)]);
    }

    #[test]
    fn only_what_the_broker_said_is_shown() {
        let said = ServerLimits { receive_maximum: Some(20), ..ServerLimits::default() };
        assert_eq!(limits(&said), [fact("Receive maximum", "20")]);
    }

    #[test]
    fn text_of_the_broker_cannot_disguise_itself() {
        let user_properties = vec![("a\u{202e}b".to_owned(), "1\n2".to_owned())];
        let said = ServerLimits { user_properties, ..ServerLimits::default() };
        let expected = Fact { name: "a\\u{202E}b".to_owned(), value: "1\\n2".to_owned() };
        assert_eq!(limits(&said), [expected]);
    }
}
