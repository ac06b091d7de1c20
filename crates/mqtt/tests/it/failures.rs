//! Everything that can keep a connection from coming up is told apart, before the broker is reached
//! and after; and a login that proves the password without sending it.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use ring::hmac::{HMAC_SHA256, Key, sign};
use ring::{digest, pbkdf2};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use wiretree_model::{Authentication, Properties, Property, ProtocolVersion, Secret, Tls};
use wiretree_mqtt::{ConnectOptions, probe};
use wiretree_testkit::free_port;
use wiretree_wire::{Auth, ConnAck, Packet, ReasonCode, decode, encode};

use crate::scripted::{peer, read_packet};

/// A port that takes no more connections, and says nothing about it. Holds what it takes to be so.
async fn full() -> (u16, Vec<TcpStream>, tokio::net::TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    // The queue is full when a connection is not made at once.
    while let Ok(stream) =
        tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        held.push(stream.unwrap());
    }
    (address.port(), held, listener)
}

#[tokio::test]
async fn the_eight_ways_of_not_reaching_a_broker_have_eight_messages() {
    let to = |host: &str, port| ConnectOptions {
        host: host.to_owned(),
        port,
        connect_timeout: Duration::from_millis(300),
        ..ConnectOptions::default()
    };
    let (full, _held, _listener) = full().await;
    let silent = peer(|stream| while read_packet(stream).is_some() {});
    let web = peer(|stream| {
        read_packet(stream);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let plain = peer(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = std::io::copy(stream, &mut std::io::sink());
    });
    let closing = peer(|stream| {
        read_packet(stream);
    });
    let tls = Some(Tls::default());
    let cases = [
        (to("no-such-host.invalid", 1883), "unresolved", "Could not find the address"),
        (to("127.0.0.1", free_port()), "unreachable", "connection refused"),
        // The address of everybody can be connected to by nobody: the system knows no way.
        (to("255.255.255.255", 1883), "unreachable", "Could not reach 255.255.255.255:1883"),
        (to("127.0.0.1", full), "connect-timeout", "Could not reach"),
        (ConnectOptions { tls, ..to("127.0.0.1", plain.port) }, "tls-failed", "TLS with"),
        (to("127.0.0.1", web.port), "protocol", "is not valid MQTT at this point"),
        (to("127.0.0.1", closing.port), "closed-in-handshake", "closed the connection during"),
        (to("127.0.0.1", silent.port), "no-answer", "did not answer CONNECT"),
    ];
    let mut sentences = BTreeSet::new();
    for (options, code, part) in cases {
        let port = options.port.to_string();
        let error = probe(options).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let sentence = error.to_string();
        assert!(sentence.contains(part), "{sentence}");
        sentences.insert(sentence.replace(&port, "port").replace("255.255.255.255", "127.0.0.1"));
    }
    assert_eq!(sentences.len(), 8, "{sentences:#?}");
}

/// A broker that knows one password, and checks it by the formulas of RFC 5802 §3. Gives whether
/// the client knew it, and all that came.
async fn guarded(password: &'static str) -> (u16, JoinHandle<(bool, Vec<u8>)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut all = Vec::new();
        let Some(Packet::Connect(connect)) = next(&mut stream, &mut all).await else { panic!() };
        let first = data(&connect.properties);
        let first = first.strip_prefix("n,,").unwrap();
        let nonce = first.split("r=").nth(1).unwrap();
        let challenge = format!("r={nonce}more,s={},i=4096", STANDARD.encode("salt"));
        let reason = ReasonCode::CONTINUE_AUTHENTICATION;
        say(&mut stream, Packet::Auth(Auth { reason, properties: said(&challenge) })).await;
        let Some(Packet::Auth(auth)) = next(&mut stream, &mut all).await else { panic!() };
        let last = data(&auth.properties);
        let (bare, proof) = last.split_once(",p=").unwrap();
        let mut salted = [0; 32];
        let rounds = 4096.try_into().unwrap();
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(algorithm, rounds, b"salt", password.as_bytes(), &mut salted);
        let hmac = |key: &[u8], text: &[u8]| sign(&Key::new(HMAC_SHA256, key), text);
        let client_key = hmac(&salted, b"Client Key");
        let stored = digest::digest(&digest::SHA256, client_key.as_ref());
        let exchange = format!("{first},{challenge},{bare}");
        let signature = hmac(stored.as_ref(), exchange.as_bytes());
        let pairs = client_key.as_ref().iter().zip(signature.as_ref());
        let expected: Vec<u8> = pairs.map(|(one, other)| one ^ other).collect();
        let knows = STANDARD.decode(proof).unwrap() == expected;
        let server_key = hmac(&salted, b"Server Key");
        let proof =
            format!("v={}", STANDARD.encode(hmac(server_key.as_ref(), exchange.as_bytes())));
        let reason = if knows { ReasonCode(0) } else { ReasonCode(0x87) };
        let properties = if knows { said(&proof) } else { Properties::default() };
        say(&mut stream, Packet::ConnAck(ConnAck { reason, properties, ..ConnAck::default() }))
            .await;
        let _ = next(&mut stream, &mut all).await;
        (knows, all)
    });
    (port, task)
}

async fn next(stream: &mut TcpStream, all: &mut Vec<u8>) -> Option<Packet> {
    let mut buffer = BytesMut::new();
    loop {
        if let Some(packet) = decode(&mut buffer, ProtocolVersion::V5, 10_000).unwrap() {
            return Some(packet);
        }
        let before = buffer.len();
        if stream.read_buf(&mut buffer).await.ok()? == 0 {
            return None;
        }
        all.extend(&buffer[before..]);
    }
}

async fn say(stream: &mut TcpStream, packet: Packet) {
    let mut bytes = Vec::new();
    encode(&packet, ProtocolVersion::V5, &mut bytes).unwrap();
    stream.write_all(&bytes).await.unwrap();
}

fn said(data: &str) -> Properties {
    Properties(vec![
        Property::AuthenticationMethod("SCRAM-SHA-256".into()),
        Property::AuthenticationData(data.to_owned().into()),
    ])
}

fn data(properties: &Properties) -> String {
    let data = properties.iter().find_map(|property| match property {
        Property::AuthenticationData(data) => Some(data.to_vec()),
        _ => None,
    });
    String::from_utf8(data.unwrap()).unwrap()
}

#[tokio::test]
async fn a_probe_proves_its_password_by_scram_and_never_sends_it() {
    for (password, code) in [("s3cret", None), ("hunter2", Some("refused"))] {
        let (port, task) = guarded("s3cret").await;
        let options = ConnectOptions {
            port,
            username: Some("ada".to_owned()),
            password: Some(Secret::new(password)),
            authentication: Some(Authentication::ScramSha256),
            ..ConnectOptions::default()
        };
        let error = probe(options).await.err();
        assert_eq!(error.as_ref().map(|error| error.code()), code, "{error:?}");
        let (knows, all) = task.await.unwrap();
        assert_eq!(knows, code.is_none());
        let sent = all.windows(password.len()).any(|window| window == password.as_bytes());
        assert!(!sent, "the password was not sent");
    }
}
