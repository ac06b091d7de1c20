//! The test of a connection, step by step, in words.

use std::time::Duration;

use wiretree_session::{ConnectOptions, MqttError, ProbeReport, probe};

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
        Fact::new("Session present", if found.session_present { "yes" } else { "no" }),
        Fact::new("Client identifier", &found.client_id),
    ];
    facts.extend(Fact::from_limits(&found.limits));
    facts
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
}
