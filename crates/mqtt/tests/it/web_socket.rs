//! MQTT over WebSocket: Mosquitto, plain and with TLS, and servers that cut frames anywhere, leave
//! things out, or are something else. Beside it the other ways there are: Unix sockets, IPv6.

use std::io::{Read, Write};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use wiretree_model::{ProtocolVersion, QoS, Tls, Transport, Trust, WebSocket};
use wiretree_mqtt::{ConnectOptions, FindingId, probe};
use wiretree_testkit::{Authority, Folder, Mosquitto, Wish};

use crate::common::{Client, VERSIONS, filter, message};
use crate::doctor::{examined, find};
use crate::scripted::peer;

fn over(port: u16, settings: WebSocket) -> ConnectOptions {
    let transport = Transport::WebSocket(settings);
    ConnectOptions { port, transport, ..ConnectOptions::default() }
}

/// There and back: small, large, and none. Not too large, for Mosquitto takes a tenth of a second for
/// every 4 KiB that come over a WebSocket.
async fn carries_messages(options: ConnectOptions) {
    let subscriptions = vec![filter("#", QoS::ExactlyOnce)];
    let mut client = Client::ready(ConnectOptions { subscriptions, ..options }).await;
    for payload in [vec![1; 10], vec![2; 20_000], Vec::new()] {
        let sent = message("t", payload.clone(), QoS::ExactlyOnce);
        client.connection.publish(sent).await;
        assert_eq!(client.message().await.payload, payload);
    }
    client.close().await;
}

#[tokio::test]
async fn messages_go_through_web_sockets_both_ways() {
    let broker = Mosquitto::start(&["listener {port} 127.0.0.1", "protocol websockets"]);
    for protocol in VERSIONS {
        let options = over(broker.second_port(), WebSocket::default());
        carries_messages(ConnectOptions { protocol, ..options }).await;
    }
}

#[tokio::test]
async fn messages_go_through_secure_web_sockets_both_ways() {
    let authority = Authority::new("Ours");
    let issued = authority.issue(&Wish::server());
    let folder = Folder::new();
    let broker = Mosquitto::start_with_files(
        &[&Mosquitto::tls_lines()[..], &["protocol websockets"]].concat(),
        &[("server.pem", &issued.certificate), ("server.key", &issued.key)],
    );
    let tls = Tls {
        trust: Trust::CaFile,
        ca_file: Some(folder.write("ca.pem", &authority.own().certificate)),
        ..Tls::default()
    };
    for protocol in VERSIONS {
        let options = over(broker.second_port(), WebSocket::default());
        carries_messages(ConnectOptions { protocol, tls: Some(tls.clone()), ..options }).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn messages_go_through_unix_sockets_both_ways() {
    let broker = Mosquitto::start(&["listener 0 {folder}/mqtt.sock"]);
    let path = broker.path("mqtt.sock");
    let options =
        ConnectOptions { transport: Transport::Unix { path }, ..ConnectOptions::default() };
    carries_messages(options.clone()).await;
    let (findings, healthy) = examined(options, &[]).await;
    assert!(healthy && findings[0].id == FindingId::Reach, "there is no address: {findings:#?}");
    let nowhere = Transport::Unix { path: broker.path("missing.sock") };
    let error = probe(ConnectOptions { transport: nowhere, ..ConnectOptions::default() }).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("missing.sock: there is no such file"), "{error}");
}

#[tokio::test]
async fn messages_go_over_ipv6_both_ways() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return; // A machine without IPv6 cannot show it.
    }
    let broker = Mosquitto::start(&["listener {port} ::1"]);
    for host in ["::1", "[::1]"] {
        let host = host.to_owned();
        let port = broker.second_port();
        carries_messages(ConnectOptions { host, port, ..ConnectOptions::default() }).await;
    }
}

/// A server that notes path and headers, confirms no subprotocol, and sends these frames as soon
/// as CONNECT is there. Gives the request and what came in binary frames.
async fn server(frames: Vec<Message>) -> (u16, JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut seen = String::new();
        #[expect(clippy::result_large_err, reason = "the library wants it so")]
        let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            seen = format!("{} {:?}", request.uri(), request.headers());
            Ok(response)
        };
        let mut socket = tokio_tungstenite::accept_hdr_async(stream, note).await.unwrap();
        let mut came = Vec::new();
        if let Some(Ok(Message::Binary(bytes))) = socket.next().await {
            came.extend(bytes);
        }
        for frame in frames {
            let _ = socket.send(frame).await;
        }
        while let Some(Ok(frame)) = socket.next().await {
            match frame {
                Message::Binary(bytes) => came.extend(bytes),
                Message::Pong(bytes) => came.extend([b"pong ".as_slice(), &bytes].concat()),
                _ => {}
            }
        }
        (seen, came)
    });
    (port, task)
}

fn binary(bytes: &[u8]) -> Message {
    Message::Binary(Bytes::copy_from_slice(bytes))
}

const CONNACK: [u8; 5] = [0x20, 3, 0, 0, 0];

#[tokio::test]
async fn frames_need_not_be_packets_and_pings_are_answered() {
    let publish = [0x30, 5, 0, 1, b't', 0, b'x'];
    let cuttings: [Vec<Message>; 3] = [
        CONNACK.iter().chain(&publish).map(|byte| binary(&[*byte])).collect(),
        vec![binary(&[&CONNACK[..], &publish].concat())],
        vec![
            binary(&CONNACK[..3]),
            Message::Ping(Bytes::from_static(b"you?")),
            binary(&[]),
            binary(&[&CONNACK[3..], &publish[..4]].concat()),
            binary(&publish[4..]),
        ],
    ];
    for frames in cuttings {
        let pings = frames.iter().any(Message::is_ping);
        let (port, task) = server(frames).await;
        let mut client = Client::open(over(port, WebSocket::default()));
        client.connected().await;
        assert_eq!(client.message().await.payload, "x");
        client.close().await;
        let (_, came) = task.await.unwrap();
        assert_eq!(came.first(), Some(&0x10), "CONNECT came");
        let ponged = came.windows(9).any(|window| window == b"pong you?");
        assert_eq!(ponged, pings);
    }
}

#[tokio::test]
async fn large_messages_go_through_in_both_directions() {
    let payload = vec![7; 1_000_000];
    let properties: [u8; 4] = [0, 1, b't', 0];
    let length = payload.len() + properties.len();
    let header = [0x30, length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8];
    let publish = [&header[..], &properties, &payload].concat();
    let parts = publish.chunks(300_000).map(binary);
    let (port, task) = server([binary(&CONNACK)].into_iter().chain(parts).collect()).await;
    let mut client = Client::open(over(port, WebSocket::default()));
    assert_eq!(client.message().await.payload, payload);
    client.connection.publish(message("t", payload, QoS::AtMostOnce)).await;
    client.close().await;
    let (_, came) = task.await.unwrap();
    let found = came.windows(publish.len()).any(|window| window == publish);
    assert!(found, "what was sent came in order, {} bytes", came.len());
}

#[tokio::test]
async fn path_headers_and_subprotocol_are_sent_and_need_not_be_confirmed() {
    let (port, task) = server(vec![binary(&CONNACK)]).await;
    let settings = WebSocket {
        path: "/broker/mqtt?token=1".to_owned(),
        subprotocol: "mqttv3.1".to_owned(),
        headers: vec![
            ("X-Token".to_owned(), "a b".to_owned()),
            ("Host".to_owned(), "inner".to_owned()),
        ],
    };
    let report = probe(over(port, settings)).await.unwrap();
    assert!(report.transport.web_socket.is_some() && report.transport.subprotocol.is_none());
    let (request, _) = task.await.unwrap();
    for part in ["/broker/mqtt?token=1 ", r#""x-token": "a b""#, r#""host": "inner""#, "mqttv3.1"] {
        assert!(request.contains(part), "{part} is not in {request}");
    }
    assert!(!request.contains("127.0.0.1"), "only one host is named: {request}");
}

#[tokio::test]
async fn what_a_web_socket_carries_instead_of_mqtt_is_named() {
    let large = vec![0x20; 3 * 1024 * 1024];
    for (frame, code, sentence) in [
        (Message::text("hello"), "protocol", "it sent a text frame, where MQTT needs binary ones"),
        (binary(&large), "protocol", "a WebSocket message was larger than allowed"),
        (Message::Close(None), "closed-in-handshake", "during the wait for CONNACK"),
    ] {
        let (port, _task) = server(vec![frame]).await;
        let options = ConnectOptions { packet_limit: 1000, ..over(port, WebSocket::default()) };
        let error = probe(options).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
}

#[tokio::test]
async fn servers_that_open_no_web_socket_are_told_apart() {
    let wrong_key = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: \
                     Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n";
    for (answer, code, sentence) in [
        (
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "web-socket",
            "it answered 404 Not Found. Correct the path",
        ),
        (
            "HTTP/1.1 401 Unauthorized\r\n\r\n",
            "web-socket",
            "it answered 401 Unauthorized. Check the headers",
        ),
        ("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "web-socket", "it answered 302 Found"),
        (wrong_key, "web-socket", "its answer does not fit our question"),
        ("\x20\x02\0\0", "web-socket", "what it answered is not HTTP"),
        ("", "closed-in-handshake", "during the WebSocket handshake"),
    ] {
        let options = peer(move |stream| {
            let mut space = [0; 1024];
            let _ = stream.read(&mut space);
            let _ = stream.write_all(answer.as_bytes());
        });
        let error = probe(over(options.port, WebSocket::default())).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
    let silent = peer(|stream| {
        let _ = std::io::copy(stream, &mut std::io::sink());
    });
    let options = over(silent.port, WebSocket::default());
    let options = ConnectOptions { connect_timeout: Duration::from_millis(200), ..options };
    let (findings, _) = examined(options, &[]).await;
    let problem = find(&findings, FindingId::WebSocket).problem.clone().unwrap();
    assert_eq!(problem.code(), "handshake-timeout", "{problem}");
}

#[tokio::test]
async fn headers_that_would_smuggle_others_in_are_not_sent() {
    for (name, value) in [("X: y\r\nZ", "1"), ("X", "1\r\nZ: 2"), ("", "1")] {
        let headers = vec![(name.to_owned(), value.to_owned())];
        let (port, task) = server(Vec::new()).await;
        let settings = WebSocket { headers, ..WebSocket::default() };
        let error = probe(over(port, settings)).await.unwrap_err();
        assert_eq!(error.code(), "web-socket", "{error}");
        assert!(task.await.is_err(), "no request came");
    }
}

#[tokio::test]
async fn an_old_version_goes_through_as_well() {
    let broker = Mosquitto::start(&["listener {port} 127.0.0.1", "protocol websockets"]);
    let settings = WebSocket { subprotocol: "mqttv3.1".to_owned(), ..WebSocket::default() };
    let options = over(broker.second_port(), settings);
    let options = ConnectOptions { protocol: ProtocolVersion::V31, ..options };
    assert!(probe(options).await.is_ok());
}
