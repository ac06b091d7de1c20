//! Peers that Mosquitto cannot play: silent ones, rude ones, old ones.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use wiretree_model::{ProtocolVersion, QoS};
use wiretree_mqtt::{ConnectOptions, Event, MqttError, State};

use crate::common::{Client, VERSIONS, filter};

/// Accepts one connection after another, and plays the script on each.
pub(crate) fn peer(script: impl Fn(&mut TcpStream) + Send + 'static) -> ConnectOptions {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            script(&mut stream);
        }
    });
    ConnectOptions { port, ..ConnectOptions::default() }
}

/// Reads one packet with a length below 128, which all of ours are here.
pub(crate) fn read_packet(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut header = [0; 2];
    stream.read_exact(&mut header).ok()?;
    let mut body = vec![0; usize::from(header[1])];
    stream.read_exact(&mut body).ok()?;
    Some([header.to_vec(), body].concat())
}

pub(crate) fn connack(version: ProtocolVersion) -> &'static [u8] {
    match version {
        ProtocolVersion::V31 | ProtocolVersion::V311 => &[0x20, 2, 0, 0],
        ProtocolVersion::V5 => &[0x20, 3, 0, 0, 0],
    }
}

/// QoS 0 to the topic `t`, with the number as its payload.
pub(crate) fn publish(version: ProtocolVersion, number: u8) -> Vec<u8> {
    match version {
        ProtocolVersion::V31 | ProtocolVersion::V311 => vec![0x30, 4, 0, 1, b't', number],
        ProtocolVersion::V5 => vec![0x30, 5, 0, 1, b't', 0, number],
    }
}

#[tokio::test]
async fn what_came_before_the_end_is_not_lost_with_it() {
    let endings: [(&str, &[u8]); 2] =
        [("connection-lost", &[]), ("disconnected", &[0xe0, 2, 0x8b, 0])];
    for version in VERSIONS {
        for (code, ending) in endings {
            if version == ProtocolVersion::V311 && !ending.is_empty() {
                continue;
            }
            let mut options = peer(move |stream| {
                read_packet(stream);
                let burst: Vec<u8> = (0..100).flat_map(|number| publish(version, number)).collect();
                let _ = stream.write_all(&[connack(version), &burst, ending].concat());
            });
            options.protocol = version;
            let mut client = Client::open(options);
            assert_eq!(client.waiting().await.code(), code);
            let numbers: Vec<_> =
                client.messages(100).await.iter().map(|message| message.payload[0]).collect();
            assert_eq!(numbers, (0..100).collect::<Vec<u8>>(), "{version:?} {code}");
        }
    }
}

#[tokio::test]
async fn an_old_broker_tells_an_mqtt_5_client_that_it_is_old() {
    let mut client = Client::open(peer(|stream| {
        read_packet(stream);
        let _ = stream.write_all(&[0x20, 2, 0, 1]);
    }));
    let cause = client.refused().await;
    assert_eq!(
        cause.to_string(),
        "The broker refused the connection: Unacceptable protocol version (0x01). Choose the other \
         protocol version"
    );
}

#[tokio::test]
async fn a_refusal_keeps_the_text_of_the_broker() {
    let mut client = Client::open(peer(|stream| {
        read_packet(stream);
        let _ = stream.write_all(&[0x20, 9, 0, 0x8a, 6, 0x1f, 0, 3, b'o', b'u', b't']);
    }));
    let MqttError::Refused(reason) = client.refused().await else { panic!("not refused") };
    assert_eq!((reason.name, reason.text.as_deref()), ("Banned", Some("out")));
}

#[tokio::test]
async fn a_session_that_is_taken_over_is_not_taken_back() {
    let mut client = Client::open(peer(|stream| {
        read_packet(stream);
        let _ = stream.write_all(&[connack(ProtocolVersion::V5), &[0xe0, 2, 0x8e, 0]].concat());
    }));
    let cause = client.refused().await;
    assert_eq!(cause.to_string(), "The broker ended the connection: Session taken over (0x8E)");
}

#[tokio::test]
async fn a_silent_peer_is_given_up_at_the_deadline() {
    for version in VERSIONS {
        let mut options = peer(|stream| {
            // Until the other side gives up.
            while read_packet(stream).is_some() {}
        });
        options.protocol = version;
        options.connect_timeout = Duration::from_millis(100);
        let mut client = Client::open(options);
        assert_eq!(client.waiting().await.code(), "no-answer");
        client.close().await;
    }
}

#[tokio::test]
async fn closing_does_not_wait_for_an_attempt() {
    let options = peer(|stream| while read_packet(stream).is_some() {});
    let client =
        Client::open(ConnectOptions { connect_timeout: Duration::from_secs(3600), ..options });
    client.close().await;
}

#[tokio::test]
async fn a_web_server_is_not_a_broker() {
    for version in VERSIONS {
        let mut options = peer(|stream| {
            read_packet(stream);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        options.protocol = version;
        let cause = Client::open(options).waiting().await;
        assert_eq!(cause.code(), "protocol", "{cause}");
    }
}

#[tokio::test]
async fn a_slow_reader_gets_everything_in_order() {
    const COUNT: u32 = 40_000;
    const SIZE: usize = 1_000;
    for version in VERSIONS {
        let mut options = peer(move |stream| {
            read_packet(stream);
            let _ = stream.write_all(connack(version));
            read_packet(stream);
            let suback: &[u8] = match version {
                ProtocolVersion::V31 | ProtocolVersion::V311 => &[0x90, 3, 0, 1, 0],
                ProtocolVersion::V5 => &[0x90, 4, 0, 1, 0, 0],
            };
            let _ = stream.write_all(suback);
            let properties: &[u8] = if version == ProtocolVersion::V5 { &[0] } else { &[] };
            for number in 0..COUNT {
                let mut payload = vec![0; SIZE];
                payload[..4].copy_from_slice(&number.to_be_bytes());
                let length = 3 + properties.len() + SIZE;
                let header = [0x30, (length % 128) as u8 | 0x80, (length / 128) as u8, 0, 1, b't'];
                if stream.write_all(&[&header, properties, &payload].concat()).is_err() {
                    return;
                }
            }
            read_packet(stream);
        });
        options.protocol = version;
        options.subscriptions = vec![filter("#", QoS::AtMostOnce)];
        let mut client = Client::ready(options).await;
        // 40 MB are on their way and 16 fit: the peer has to wait for us, and nothing is dropped.
        let mut next = 0_u32;
        while next < COUNT {
            for message in client.messages(1).await {
                assert_eq!(message.payload[..4], next.to_be_bytes(), "{version:?}");
                next += 1;
            }
        }
    }
}

#[tokio::test]
async fn all_addresses_of_a_name_are_tried() {
    // `localhost` is ::1, too, on most machines, and there nobody listens.
    let options = peer(|stream| {
        read_packet(stream);
        let _ = stream.write_all(connack(ProtocolVersion::V5));
        read_packet(stream);
    });
    let mut client = Client::open(ConnectOptions { host: "localhost".to_owned(), ..options });
    client.connected().await;
}

#[tokio::test]
async fn a_session_that_is_silently_taken_over_is_not_fought_for() {
    let mut options = peer(|stream| {
        read_packet(stream);
        let _ = stream.write_all(connack(ProtocolVersion::V311));
    });
    options.protocol = ProtocolVersion::V311;
    let mut client = Client::open(options);
    let mut waits = Vec::new();
    for _ in 0..3 {
        let (cause, wait) = client
            .until("the time between two attempts", |event| match event {
                Event::State(State::WaitingToRetry { cause, retry_in, .. }) => {
                    Some((cause.to_string(), retry_in))
                }
                _ => None,
            })
            .await;
        waits.push((cause.contains("another client may be using"), wait));
    }
    let told: Vec<_> = waits.iter().map(|(told, _)| *told).collect();
    assert_eq!(told, [false, false, true], "once is an accident");
    assert!(waits[2].1 > Duration::from_secs(1), "{waits:?}");
    client.close().await;
}

#[tokio::test]
async fn a_wish_to_stop_what_was_refused_does_not_stop_the_next_attempt() {
    let attempts = std::sync::atomic::AtomicUsize::new(0);
    let mut options = peer(move |stream| {
        read_packet(stream);
        let first = attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        let answer: &[u8] = if first { &[0x20, 3, 0, 0x86, 0] } else { &[0x20, 3, 0, 0, 0] };
        let _ = stream.write_all(answer);
        read_packet(stream);
    });
    options.protocol = ProtocolVersion::V5;
    let mut client = Client::open(options);
    client.refused().await;
    client.connection.drop_connection();
    client.connection.retry_now();
    client.connected().await;
    assert!(client.connection.ping().await.is_err(), "the peer hangs up on it");
    assert_eq!(client.waiting().await.code(), "connection-lost", "and nobody has paused it");
    client.close().await;
}

#[tokio::test]
async fn another_server_is_named_and_never_gone_to() {
    // Use another server (0x9C), with a Server Reference.
    let connack = [0x20, 12, 0, 0x9c, 9, 0x1c, 0, 6, b'o', b't', b'h', b'e', b'r', b':'];
    let mut client = Client::open(peer(move |stream| {
        read_packet(stream);
        let _ = stream.write_all(&connack);
    }));
    let cause = client.refused().await.to_string();
    assert!(cause.contains("Use another server (0x9C), it says: use other:"), "{cause}");
}
