//! Brokers that say no, and brokers that are not there.

use wiretree_model::{ProtocolVersion, QoS, Secret};
use wiretree_mqtt::{ConnectOptions, MqttError, PublishOutcome, probe};
use wiretree_testkit::{Mosquitto, free_port};

use crate::common::{Client, VERSIONS, message, to};

fn guarded() -> Mosquitto {
    let users = Mosquitto::password_file(&[("ada", "right")]);
    Mosquitto::start_with_files(
        &["allow_anonymous false", "password_file {folder}/passwords"],
        &[("passwords", &users)],
    )
}

fn with_password(options: ConnectOptions, password: &str) -> ConnectOptions {
    ConnectOptions {
        username: Some("ada".to_owned()),
        password: Some(Secret::new(password)),
        ..options
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_by_name_and_waits_for_the_user() {
    let broker = guarded();
    for version in VERSIONS {
        let options = with_password(to(&broker, version), "wrong");
        assert!(!format!("{options:?}").contains("wrong"), "no password in debug output");
        let mut client = Client::open(options);
        let cause = client.refused().await;
        let MqttError::Refused(reason) = &cause else { panic!("{cause:?}") };
        assert_eq!(reason.name, "Not authorized", "{version:?}");
        assert!(cause.to_string().contains("password"), "{cause}");

        // Nothing hangs on a connection that waits for the user.
        let ticket = client.connection.publish(message("t", "x", QoS::AtLeastOnce)).await;
        let outcome = ticket.finished().await;
        assert_eq!(outcome, PublishOutcome::Failed { cause: MqttError::NotConnected });
        client.connection.retry_now();
        assert_eq!(client.refused().await, cause, "a retry tries, and is refused again");
        client.close().await;
    }
}

#[tokio::test]
async fn the_right_password_is_taken() {
    let broker = guarded();
    for version in VERSIONS {
        let mut client = Client::open(with_password(to(&broker, version), "right"));
        let client_id = client.connected().await.client_id;
        assert!(client_id.starts_with("wiretree-"), "a random one: {client_id}");
        client.close().await;
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_named_and_tried_again() {
    let port = free_port();
    for version in VERSIONS {
        let mut client =
            Client::open(ConnectOptions { port, protocol: version, ..ConnectOptions::default() });
        let cause = client.waiting().await;
        assert_eq!(
            cause.to_string(),
            format!(
                "Could not reach 127.0.0.1:{port}: connection refused. Is the broker running, and \
                 is the port right?"
            )
        );
        assert_eq!(client.waiting().await, cause, "it tries again by itself");
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_named() {
    let options =
        ConnectOptions { host: "no-such-host.invalid".to_owned(), ..ConnectOptions::default() };
    let mut client = Client::open(options);
    assert_eq!(client.waiting().await.code(), "unresolved");
}

#[tokio::test]
async fn a_persistent_session_without_an_identifier_is_refused_before_any_attempt() {
    let options = ConnectOptions { clean_start: false, ..ConnectOptions::default() };
    let mut client = Client::open(options);
    assert_eq!(client.refused().await, MqttError::NoClientId);
    client.close().await;
}

#[tokio::test]
async fn a_probe_tells_limits_and_timings_or_the_refusal() {
    let broker = Mosquitto::start(&["max_packet_size 5000"]);
    for version in VERSIONS {
        let report = probe(to(&broker, version)).await.unwrap();
        assert!(!report.session_present && report.client_id.starts_with("wiretree-"));
        let limit = (version == ProtocolVersion::V5).then_some(5000);
        assert_eq!(report.limits.maximum_packet_size, limit);
        assert!(!report.timings.connack.is_zero(), "{:?}", report.timings);
    }
    let guarded = guarded();
    for version in VERSIONS {
        let error = probe(with_password(to(&guarded, version), "wrong")).await.unwrap_err();
        assert_eq!(error.code(), "refused", "{version:?}");
    }
    let nowhere = ConnectOptions { port: free_port(), ..ConnectOptions::default() };
    assert_eq!(probe(nowhere).await.unwrap_err().code(), "unreachable");
}
