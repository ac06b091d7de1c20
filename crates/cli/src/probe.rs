//! `probe`: CONNECT, CONNACK, DISCONNECT, and what the broker said about itself.

use std::time::Duration;

use serde::Serialize;
use wiretree_model::QoS;
use wiretree_session::{MqttError, ProbeReport, ServerLimits, probe};

use crate::console::answer;
use crate::error::CliError;
use crate::options::BrokerOptions;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    broker: BrokerOptions,
}

/// What is printed about a broker that took the connection.
#[derive(Serialize)]
struct Accepted<'a> {
    result: &'static str,
    session_present: bool,
    client_id: &'a str,
    limits: Limits<'a>,
    timings_ms: Timings,
}

/// What the broker did not say is null; the specification has a default for each.
#[derive(Serialize)]
struct Limits<'a> {
    session_expiry: Option<u32>,
    receive_maximum: Option<u16>,
    maximum_qos: Option<u8>,
    retain_available: Option<bool>,
    maximum_packet_size: Option<u32>,
    topic_alias_maximum: Option<u16>,
    wildcard_subscriptions: Option<bool>,
    subscription_identifiers: Option<bool>,
    shared_subscriptions: Option<bool>,
    server_keep_alive: Option<u16>,
    reason_string: Option<&'a str>,
    response_information: Option<&'a str>,
    server_reference: Option<&'a str>,
    user_properties: &'a [(String, String)],
}

#[derive(Serialize)]
struct Timings {
    resolve: f64,
    tcp_connect: f64,
    connack: f64,
}

/// What is printed about a broker that said no.
#[derive(Serialize)]
struct Refused<'a> {
    result: &'static str,
    code: u8,
    name: &'a str,
    text: Option<&'a str>,
    message: String,
}

/// What is printed where no broker answered.
#[derive(Serialize)]
struct Failed {
    result: &'static str,
    error: &'static str,
    message: String,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let address = options.broker.address()?;
    match probe(options.broker.connect_options(&address, Vec::new())?).await {
        Ok(report) => answer(&accepted(&report)),
        Err(error) => {
            tell_failure(&error)?;
            Err(error.into())
        }
    }
}

fn accepted(report: &ProbeReport) -> Accepted<'_> {
    let milliseconds = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    Accepted {
        result: "accepted",
        session_present: report.session_present,
        client_id: &report.client_id,
        limits: limits(&report.limits),
        timings_ms: Timings {
            resolve: milliseconds(report.timings.resolve),
            tcp_connect: milliseconds(report.timings.tcp_connect),
            connack: milliseconds(report.timings.connack),
        },
    }
}

fn limits(limits: &ServerLimits) -> Limits<'_> {
    Limits {
        session_expiry: limits.session_expiry,
        receive_maximum: limits.receive_maximum,
        maximum_qos: limits.maximum_qos.map(QoS::bits),
        retain_available: limits.retain_available,
        maximum_packet_size: limits.maximum_packet_size,
        topic_alias_maximum: limits.topic_alias_maximum,
        wildcard_subscriptions: limits.wildcard_subscriptions,
        subscription_identifiers: limits.subscription_identifiers,
        shared_subscriptions: limits.shared_subscriptions,
        server_keep_alive: limits.server_keep_alive,
        reason_string: limits.reason_string.as_deref(),
        response_information: limits.response_information.as_deref(),
        server_reference: limits.server_reference.as_deref(),
        user_properties: &limits.user_properties,
    }
}

fn tell_failure(error: &MqttError) -> Result<(), CliError> {
    let message = error.to_string();
    match error {
        MqttError::Refused(reason) => answer(&Refused {
            result: "refused",
            code: reason.code,
            name: reason.name,
            text: reason.text.as_deref(),
            message,
        }),
        _ => answer(&Failed { result: "failed", error: error.code(), message }),
    }
}
