//! SOCKS 5 and HTTP proxies: the way through, and every way of not getting through.

use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use wiretree_model::{PasswordSource, Proxy, ProxyKind, Secret, Tls, Trust};
use wiretree_mqtt::{ConnectOptions, FindingId, FindingStatus, MqttError, probe};
use wiretree_testkit::{Authority, Folder, Mosquitto, Wish, free_port};

use crate::doctor::{examined, find};
use crate::scripted::peer;

/// The host that only the proxy knows.
const HOST: &str = "inner.invalid";
const LOGIN: (&str, &str) = ("ada", "s3cret");

/// A proxy that leads to this port of the loopback, whatever it is asked for; gives its own port.
async fn proxy(kind: ProxyKind, target: u16, guarded: bool) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = match kind {
                    ProxyKind::Socks5 => socks(stream, target, guarded).await,
                    ProxyKind::Http => http(stream, target, guarded).await,
                };
            });
        }
    });
    port
}

async fn forward(mut near: TcpStream, target: u16) -> std::io::Result<()> {
    let mut far = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, target))).await?;
    copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}

/// RFC 1928 and 1929, the server's part.
async fn socks(mut stream: TcpStream, target: u16, guarded: bool) -> std::io::Result<()> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let mut methods = vec![0; usize::from(head[1])];
    stream.read_exact(&mut methods).await?;
    let method = if guarded { 2 } else { 0 };
    if !methods.contains(&method) {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, method]).await?;
    if guarded {
        let _ = stream.read_u8().await?;
        let user = text(&mut stream).await?;
        let password = text(&mut stream).await?;
        let right = (user.as_str(), password.as_str()) == LOGIN;
        stream.write_all(&[1, u8::from(!right)]).await?;
        if !right {
            return Ok(());
        }
    }
    let mut request = [0; 4];
    stream.read_exact(&mut request).await?;
    assert_eq!(request, [5, 1, 0, 3], "CONNECT to a name, not to an address that was looked up");
    let host = text(&mut stream).await?;
    let _port = stream.read_u16().await?;
    if host != HOST {
        // Host unreachable.
        return stream.write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    }
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    forward(stream, target).await
}

async fn text(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = vec![0; usize::from(stream.read_u8().await?)];
    stream.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn http(mut stream: TcpStream, target: u16, guarded: bool) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let login = STANDARD.encode(format!("{}:{}", LOGIN.0, LOGIN.1));
    let answer = if guarded && !head.contains(&format!("Proxy-Authorization: Basic {login}\r\n")) {
        "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    } else if head.starts_with(&format!("CONNECT {HOST}:")) {
        "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"
    } else {
        "HTTP/1.1 502 Bad Gateway\r\n\r\n"
    };
    stream.write_all(answer.as_bytes()).await?;
    if answer.contains("200") { forward(stream, target).await } else { Ok(()) }
}

fn through(kind: ProxyKind, port: u16, login: Option<(&str, &str)>) -> ConnectOptions {
    let proxy = Proxy {
        kind,
        host: "127.0.0.1".to_owned(),
        port,
        username: login.map(|(user, _)| user.to_owned()),
        password: PasswordSource::Ask,
    };
    ConnectOptions {
        host: HOST.to_owned(),
        proxy: Some(proxy),
        proxy_password: login.map(|(_, password)| Secret::new(password)),
        ..ConnectOptions::default()
    }
}

const KINDS: [ProxyKind; 2] = [ProxyKind::Socks5, ProxyKind::Http];

#[tokio::test]
async fn a_proxy_finds_the_broker_and_its_time_is_told() {
    let broker = Mosquitto::start(&[]);
    for kind in KINDS {
        for guarded in [false, true] {
            let port = proxy(kind, broker.port(), guarded).await;
            let options = through(kind, port, guarded.then_some(LOGIN));
            let (findings, healthy) = examined(options, &[]).await;
            assert!(healthy, "{kind:?} {guarded}: {findings:#?}");
            let step = find(&findings, FindingId::Proxy);
            assert!(step.status == FindingStatus::Ok && step.took.is_some());
        }
    }
}

#[tokio::test]
async fn tls_goes_through_a_proxy_to_the_name_of_the_broker() {
    let authority = Authority::new("Ours");
    let issued = authority.issue(&Wish { names: vec![HOST.to_owned()], ..Wish::server() });
    let folder = Folder::new();
    let broker = Mosquitto::start_with_files(
        &Mosquitto::tls_lines(),
        &[("server.pem", &issued.certificate), ("server.key", &issued.key)],
    );
    let tls = Tls {
        trust: Trust::CaFile,
        ca_file: Some(folder.write("ca.pem", &authority.own().certificate)),
        ..Tls::default()
    };
    for kind in KINDS {
        let port = proxy(kind, broker.second_port(), false).await;
        let options = ConnectOptions { tls: Some(tls.clone()), ..through(kind, port, None) };
        let report = probe(options).await.unwrap();
        assert!(report.transport.tls.is_some() && report.transport.proxy.is_some());
    }
}

#[tokio::test]
async fn what_the_proxy_refuses_is_told_without_the_password() {
    let wrong = Some(("ada", "hunter2"));
    for (kind, login, host, sentence) in [
        (ProxyKind::Socks5, wrong, HOST, "it did not take the user name and the password"),
        (ProxyKind::Http, wrong, HOST, "it did not take the user name and the password (407)"),
        (ProxyKind::Http, None, HOST, "it wants a user name and a password (407)"),
        (ProxyKind::Socks5, None, HOST, "it wants another way of logging in"),
        (ProxyKind::Socks5, Some(LOGIN), "other.invalid", "it cannot reach the broker's host"),
        (ProxyKind::Http, Some(LOGIN), "other.invalid", "it answered 502 Bad Gateway"),
    ] {
        let port = proxy(kind, free_port(), true).await;
        let options = ConnectOptions { host: host.to_owned(), ..through(kind, port, login) };
        let error = probe(options).await.unwrap_err();
        assert_eq!(error.code(), "proxy", "{error}");
        assert!(error.to_string().contains(sentence), "{kind:?}: {error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let MqttError::Proxy { address, .. } = error else { panic!("{error:?}") };
        assert_eq!(address, format!("127.0.0.1:{port}"));
    }
}

#[tokio::test]
async fn what_is_no_proxy_or_not_there_is_told() {
    let foreign = peer(|stream| {
        use std::io::{Read, Write};
        let _ = stream.read(&mut [0; 256]);
        let _ = stream.write_all(b"SSH-2.0-x\r\n\r\n");
    });
    for (kind, port, sentence) in [
        (ProxyKind::Socks5, foreign.port, "what it answered is not SOCKS 5"),
        (ProxyKind::Http, foreign.port, "what it answered is not HTTP"),
        (ProxyKind::Socks5, free_port(), "it cannot be reached: connection refused"),
        (ProxyKind::Http, free_port(), "it cannot be reached: connection refused"),
    ] {
        let error = probe(through(kind, port, None)).await.unwrap_err();
        assert_eq!(error.code(), "proxy", "{error}");
        assert!(error.to_string().contains(sentence), "{kind:?}: {error}");
    }
}
