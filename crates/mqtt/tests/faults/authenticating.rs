//! AUTH: SCRAM-SHA-256 with a server that knows the password, with one that does not, and again while
//! connected (MQTT 5 §4.12).
//!
//! The server's half is computed here from RFC 5802 §3, so that the client's is checked by another
//! hand.

use std::num::NonZeroU32;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use bytes::Bytes;
use ring::{digest, hmac, pbkdf2};
use wiretree_model::{Authentication, Properties, Property, Secret};
use wiretree_mqtt::{ConnectOptions, MqttError};
use wiretree_wire::{Auth, ConnAck, Packet, ReasonCode};

use crate::common::Client;
use crate::peer::{Link, Peer, V5};

const METHOD: &str = "SCRAM-SHA-256";
const CONTINUE: u8 = 0x18;
const AGAIN: u8 = 0x19;

fn options(peer: &Peer) -> ConnectOptions {
    ConnectOptions {
        username: Some("ada".to_owned()),
        password: Some(Secret::new("correct horse")),
        authentication: Some(Authentication::ScramSha256),
        ..peer.options()
    }
}

fn method_and(data: String) -> Properties {
    Properties(vec![
        Property::AuthenticationMethod(METHOD.into()),
        Property::AuthenticationData(Bytes::from(data)),
    ])
}

/// The authentication data of a packet, which has to name the method.
fn data(properties: &Properties) -> String {
    let named = Property::AuthenticationMethod(METHOD.into());
    assert!(properties.iter().any(|one| *one == named), "{properties:?}");
    let found = properties.iter().find_map(|one| match one {
        Property::AuthenticationData(data) => Some(data.clone()),
        _ => None,
    });
    String::from_utf8(found.expect("authentication data").to_vec()).unwrap()
}

/// One exchange, from the server's side.
struct Exchange {
    client_first: String,
    server_first: String,
}

impl Exchange {
    /// Answers the first message with a salt and a nonce.
    fn begin(client_first: &str) -> Self {
        let bare = client_first.strip_prefix("n,,").expect("no channel binding").to_owned();
        let nonce = bare.rsplit("r=").next().unwrap();
        let salt = BASE64.encode("salt");
        let server_first = format!("r={nonce}server,s={salt},i=4096");
        Self { client_first: bare, server_first }
    }

    /// Checks the proof against this password, and gives the signature of the server.
    fn finish(&self, client_final: &str, password: &str) -> Result<String, ()> {
        let (without_proof, proof) = client_final.split_once(",p=").expect("a proof");
        let message = format!("{},{},{without_proof}", self.client_first, self.server_first);
        let mut salted = [0; 32];
        let rounds = NonZeroU32::new(4096).unwrap();
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(algorithm, rounds, b"salt", password.as_bytes(), &mut salted);
        let client_key = sign(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, &client_key);
        let signature = sign(stored_key.as_ref(), message.as_bytes());
        let expected: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        if BASE64.decode(proof).unwrap() != expected {
            return Err(());
        }
        let server_key = sign(&salted, b"Server Key");
        Ok(format!("v={}", BASE64.encode(sign(&server_key, message.as_bytes()))))
    }
}

fn sign(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

/// Challenges the client, and gives its final message.
async fn challenge(link: &mut Link, first: &str) -> (Exchange, String) {
    let exchange = Exchange::begin(first);
    let properties = method_and(exchange.server_first.clone());
    link.send(&Packet::Auth(Auth { reason: ReasonCode(CONTINUE), properties })).await;
    match link.expect().await {
        Packet::Auth(auth) => {
            assert_eq!(auth.reason, ReasonCode(CONTINUE));
            let answer = data(&auth.properties);
            (exchange, answer)
        }
        other => panic!("expected AUTH, got {other:?}"),
    }
}

async fn sign_in(peer: &Peer) -> (Client, Link) {
    sign_in_with(peer, options(peer)).await
}

async fn sign_in_with(peer: &Peer, options: ConnectOptions) -> (Client, Link) {
    let mut client = Client::open(options);
    let mut link = peer.accept().await;
    let connect = link.connect().await;
    assert_eq!(connect.password, None, "the password itself is not sent");
    let (exchange, answer) = challenge(&mut link, &data(&connect.properties)).await;
    let signature = exchange.finish(&answer, "correct horse").expect("the right proof");
    let properties = method_and(signature);
    link.send(&Packet::ConnAck(ConnAck { properties, ..ConnAck::default() })).await;
    client.connected().await;
    (client, link)
}

#[tokio::test]
async fn scram_signs_in_without_sending_the_password() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = sign_in(&peer).await;
    link.canary(&mut client).await;
}

#[tokio::test]
async fn a_session_authenticates_again_while_it_goes_on() {
    let peer = Peer::new(V5).await;
    let (mut client, mut link) = sign_in(&peer).await;
    let connection = client.connection.clone();
    let again = tokio::spawn(async move { connection.reauthenticate().await });
    let first = match link.expect().await {
        Packet::Auth(auth) => {
            assert_eq!(auth.reason, ReasonCode(AGAIN));
            data(&auth.properties)
        }
        other => panic!("expected AUTH, got {other:?}"),
    };
    let (exchange, answer) = challenge(&mut link, &first).await;
    let properties = method_and(exchange.finish(&answer, "correct horse").unwrap());
    link.send(&Packet::Auth(Auth { reason: ReasonCode::SUCCESS, properties })).await;
    assert_eq!(again.await.unwrap(), Ok(()));
    link.canary(&mut client).await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_in_words_and_not_tried_again() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(options(&peer));
    let mut link = peer.accept().await;
    let connect = link.connect().await;
    let (exchange, answer) = challenge(&mut link, &data(&connect.properties)).await;
    assert_eq!(exchange.finish(&answer, "another"), Err(()));
    let refusal = ConnAck { reason: ReasonCode(0x87), ..ConnAck::default() };
    link.send(&Packet::ConnAck(refusal)).await;
    let cause = client.refused().await;
    assert!(matches!(&cause, MqttError::Refused(reason) if reason.code == 0x87), "{cause}");
}

/// A server that cannot prove that it knows the password may be anybody.
#[tokio::test]
async fn a_server_with_a_wrong_signature_is_not_believed() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(options(&peer));
    let mut link = peer.accept().await;
    let connect = link.connect().await;
    challenge(&mut link, &data(&connect.properties)).await;
    let properties = method_and(format!("v={}", BASE64.encode([7; 32])));
    link.send(&Packet::ConnAck(ConnAck { properties, ..ConnAck::default() })).await;
    link.closed().await;
    let cause = client
        .until("the end of the attempt", |event| match event {
            wiretree_mqtt::Event::State(
                wiretree_mqtt::State::Refused { cause }
                | wiretree_mqtt::State::WaitingToRetry { cause, .. },
            ) => Some(cause),
            _ => None,
        })
        .await;
    assert_eq!(cause.code(), "authentication-failed", "{cause}");
}

/// C1-09: a challenge that nobody asked for is told as what it is.
#[tokio::test]
async fn a_challenge_to_a_client_without_a_method_is_a_protocol_error() {
    let peer = Peer::new(V5).await;
    let mut client = Client::open(peer.options());
    let mut link = peer.accept().await;
    link.connect().await;
    let properties = method_and("r=x,s=eA==,i=4096".to_owned());
    link.send(&Packet::Auth(Auth { reason: ReasonCode(CONTINUE), properties })).await;
    let cause = peer.survived_closed(&mut client).await;
    assert_eq!(cause.code(), "protocol", "{cause}");
}

/// A broker that does not answer AUTH: whoever asked is told, and may ask again.
#[tokio::test]
async fn a_broker_that_does_not_authenticate_again_is_not_waited_for_for_ever() {
    let peer = Peer::new(V5).await;
    let connect_timeout = Duration::from_secs(2);
    let options = ConnectOptions { connect_timeout, ..options(&peer) };
    let (mut client, mut link) = sign_in_with(&peer, options).await;
    for _ in 0..2 {
        let error = client.connection.reauthenticate().await.unwrap_err();
        assert!(error.to_string().contains("no answer"), "{error}");
        assert!(matches!(link.expect().await, Packet::Auth(_)), "asked each time");
    }
    link.canary(&mut client).await;
}
