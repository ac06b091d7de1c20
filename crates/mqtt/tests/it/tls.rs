//! TLS against a real Mosquitto, and against servers that are wrong in every way we know: to those
//! not one byte of MQTT may go, for the first ones would be the password.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::TLS12;
use rustls::{ALL_VERSIONS, ServerConfig, SupportedProtocolVersion};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use wiretree_model::{
    ClientCertificate, ClientCertificateFiles, PasswordSource, Secret, Tls, TlsVersion, Trust,
};
use wiretree_mqtt::{ConnectOptions, FindingId, FindingStatus, MqttError, probe};
use wiretree_testkit::{
    Authority, Folder, Issued, Mosquitto, Purpose, Running, Wish, free_port, self_signed,
};

use crate::common::{Client, VERSIONS, eventually, message};
use crate::doctor::{examined, find};
use crate::scripted::peer;

const PATIENCE: Duration = Duration::from_secs(30);

/// Mosquitto with TLS on its second port, and more lines for it.
fn broker(server: &Issued, authority: &Authority, lines: &[&str]) -> Mosquitto {
    let lines = [&Mosquitto::tls_lines(), lines].concat();
    let files = [
        ("server.pem", server.certificate.as_str()),
        ("server.key", server.key.as_str()),
        ("ca.pem", authority.own().certificate.as_str()),
    ];
    Mosquitto::start_with_files(&lines, &files)
}

/// What trusts this authority alone.
fn trusting(folder: &Folder, authority: &Authority) -> Tls {
    Tls {
        trust: Trust::CaFile,
        ca_file: Some(folder.write("ca.pem", &authority.own().certificate)),
        ..Tls::default()
    }
}

fn options(port: u16, tls: Tls) -> ConnectOptions {
    ConnectOptions {
        port,
        tls: Some(tls),
        password: Some(Secret::new("s3cret")),
        ..ConnectOptions::default()
    }
}

/// A server that shows this chain, and gives what came through TLS.
async fn server(
    chain: Vec<Vec<u8>>,
    key: &[u8],
    alpn: &[&str],
    versions: &[&'static SupportedProtocolVersion],
) -> (u16, JoinHandle<(Vec<u8>, Option<String>)>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = chain.into_iter().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.to_vec()));
    let resolver = rustls::sign::CertifiedKey::new(
        chain,
        provider.key_provider.load_private_key(key).unwrap(),
    );
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(resolver)));
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut came = Vec::new();
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
            return (came, None);
        };
        let name = stream.get_ref().1.server_name().map(str::to_owned);
        let _ = timeout(PATIENCE, stream.read_buf(&mut came)).await;
        (came, name)
    });
    (port, task)
}

/// One attempt: it has to fail, and nothing may have come through.
async fn refused(chain: Vec<Vec<u8>>, key: &[u8], tls: Tls) -> MqttError {
    let (port, task) = server(chain, key, &[], ALL_VERSIONS).await;
    let error = probe(options(port, tls)).await.unwrap_err();
    let (came, _) = timeout(PATIENCE, task).await.unwrap().unwrap();
    assert!(came.is_empty(), "{} bytes were sent in spite of: {error}", came.len());
    assert!(!error.to_string().contains("s3cret"));
    error
}

#[tokio::test]
async fn messages_go_through_tls_both_ways() {
    let authority = Authority::new("Ours");
    let folder = Folder::new();
    let broker = broker(&authority.issue(&Wish::server()), &authority, &[]);
    for protocol in VERSIONS {
        for host in ["127.0.0.1", "localhost"] {
            let options = ConnectOptions {
                protocol,
                host: host.to_owned(),
                subscriptions: vec![crate::common::filter("#", wiretree_model::QoS::ExactlyOnce)],
                ..options(broker.second_port(), trusting(&folder, &authority))
            };
            let options = ConnectOptions { password: None, ..options };
            let mut client = Client::ready(options).await;
            let payload = vec![7; 300_000];
            let large = message("large", payload.clone(), wiretree_model::QoS::AtLeastOnce);
            client.connection.publish(large).await;
            assert_eq!(client.message().await.payload, payload, "{host} {protocol:?}");
            client.close().await;
        }
    }
}

#[tokio::test]
async fn the_chain_the_version_and_the_cipher_can_be_looked_at() {
    let authority = Authority::new("Ours");
    let folder = Folder::new();
    let broker = broker(&authority.issue(&Wish::server()), &authority, &[]);
    let options = ConnectOptions {
        password: None,
        ..options(broker.second_port(), trusting(&folder, &authority))
    };
    let facts = probe(options.clone()).await.unwrap().transport.tls.unwrap();
    assert_eq!((facts.version.as_str(), facts.verified), ("TLS 1.3", true));
    assert!(facts.cipher.starts_with("TLS13_"), "{}", facts.cipher);
    assert_eq!(facts.chain[0].issuer, "CN=Ours");
    assert_eq!(facts.chain[0].names, ["localhost", "127.0.0.1", "::1"]);
    let (findings, healthy) = examined(options, &[]).await;
    let tls = find(&findings, FindingId::Tls);
    assert!(healthy && tls.status == FindingStatus::Ok && tls.took.is_some(), "{tls:?}");
    assert_eq!(tls.chain, facts.chain);
}

#[tokio::test]
async fn a_bad_certificate_is_refused_before_connect_and_the_cause_is_named() {
    let authority = Authority::new("Ours");
    let folder = Folder::new();
    let tls = || trusting(&folder, &authority);
    let good = Wish::server();
    let name = |name: &str| Wish { names: vec![name.to_owned()], ..Wish::server() };
    let middle = Wish { common_name: "Middle".to_owned(), names: Vec::new(), ..Wish::server() };
    let late = authority.below(&Wish { until: 2022, ..middle.clone() });
    let below = authority.below(&middle);
    let own = |issued: &Issued| (vec![issued.der.clone()], issued.key_der.clone());
    let under = |authority: &Authority, sent: bool| {
        let leaf = authority.issue(&good);
        let chain = [leaf.der.clone(), authority.own().der.clone()];
        (chain.into_iter().take(if sent { 2 } else { 1 }).collect(), leaf.key_der)
    };
    let mut forged = authority.issue(&good);
    *forged.der.last_mut().unwrap() ^= 1;
    let cases = [
        (
            own(&authority.issue(&Wish { until: 2021, ..good.clone() })),
            "The certificate of 127.0.0.1 expired on 2021-01-01. ",
        ),
        (
            own(&authority.issue(&Wish { from: 2090, ..good.clone() })),
            "The certificate of 127.0.0.1 is not valid before 2090-01-01. ",
        ),
        (
            own(&authority.issue(&name("other.example"))),
            "The certificate of 127.0.0.1 is for other.example, and not for this name. ",
        ),
        (
            own(&authority.issue(&name("127.0.0.2"))),
            "The certificate of 127.0.0.1 is for 127.0.0.2, and not for this name. ",
        ),
        (
            own(&Authority::new("Somebody").issue(&good)),
            "The certificate of 127.0.0.1 was issued by \"CN=Somebody\", which is not trusted here. ",
        ),
        (
            own(&self_signed(&good)),
            "The certificate of 127.0.0.1 is signed by itself only, and not trusted here. ",
        ),
        (
            own(&authority.issue(&Wish { purposes: vec![Purpose::Client], ..good.clone() })),
            "The certificate of 127.0.0.1 is not for servers. ",
        ),
        (
            own(&authority.issue(&Wish { names: Vec::new(), ..good.clone() })),
            "The certificate of 127.0.0.1 names no host: \"CN=A test's broker\" alone does not say \
             where it belongs. ",
        ),
        (
            under(&late, true),
            "The certificate of 127.0.0.1 rests on the one of \"CN=Middle\", which expired on \
             2022-01-01. ",
        ),
        (
            under(&below, false),
            "The certificate of 127.0.0.1 was issued by \"CN=Middle\", which is not trusted here. ",
        ),
        (
            own(&Authority::new("Somebody").own().clone()),
            "The certificate of 127.0.0.1 is that of an authority, and not for a server. ",
        ),
        (own(&forged), "The certificate of 127.0.0.1 has a signature that is wrong. "),
    ];
    for ((chain, key), sentence) in cases {
        let sent = chain.len();
        let error = refused(chain, &key, tls()).await;
        assert!(error.to_string().starts_with(sentence), "{error}\nis not\n{sentence}");
        let MqttError::CertificateRefused { chain, .. } = &error else { panic!("{error:?}") };
        assert_eq!(chain.len(), sent, "what was shown can be looked at");
    }
    let (chain, key) = under(&below, true);
    let (port, task) = server(chain, &key, &[], ALL_VERSIONS).await;
    assert_eq!(probe(options(port, tls())).await.unwrap_err().code(), "closed-in-handshake");
    let (came, _) = timeout(PATIENCE, task).await.unwrap().unwrap();
    assert_eq!(came.first(), Some(&0x10), "and a good one is sent CONNECT, so the test can fail");
}

/// `openssl s_server`, for what no library of today does. Everything it got through TLS is in
/// its standard output.
struct OldServer {
    _process: Running,
    port: u16,
    output: String,
}

async fn old_server(folder: &Folder, arguments: &[&str]) -> OldServer {
    let port = free_port();
    let output = folder.path("came");
    let mut command = Command::new("openssl");
    command
        .args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-quiet"])
        .args(["-cert", &folder.path("old.pem"), "-key", &folder.path("old.key")])
        .args(["-cipher", "ALL:@SECLEVEL=0"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(std::fs::File::create(&output).unwrap())
        .stderr(Stdio::null());
    let process = Running::start(&mut command);
    eventually("openssl listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
        .await;
    OldServer { _process: process, port, output }
}

#[tokio::test]
async fn weak_keys_and_old_versions_are_refused_before_connect() {
    let authority = Authority::new("Ours");
    let folder = Folder::new();
    let tls = trusting(&folder, &authority);
    folder.write("ca.key", &authority.own().key);
    folder.write("names", "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    for (bits, arguments, code, sentence) in [
        ("1024", &[][..], "certificate-refused", "has a key that is too weak (RSA 1024 bits)"),
        ("2048", &["-tls1"], "tls-failed", "it offers no version of TLS that is taken here"),
        ("2048", &["-tls1_1"], "tls-failed", "it offers no version of TLS that is taken here"),
    ] {
        folder.openssl(&["genrsa", "-out", "old.key", bits]);
        folder.openssl(&["req", "-new", "-key", "old.key", "-out", "csr", "-subj", "/CN=old"]);
        folder.openssl(&[
            "x509",
            "-req",
            "-in",
            "csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-out",
            "old.pem",
            "-days",
            "10",
            "-extfile",
            "names",
        ]);
        let server = old_server(&folder, arguments).await;
        let error = probe(options(server.port, tls.clone())).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
        assert_eq!(std::fs::read(&server.output).unwrap(), b"", "{arguments:?}");
    }
}

#[tokio::test]
async fn a_certificate_of_the_first_version_can_be_pinned() {
    let authority = Authority::new("Ours");
    let folder = Folder::new();
    let tls = trusting(&folder, &authority);
    folder.write("ca.key", &authority.own().key);
    folder.openssl(&["genrsa", "-out", "old.key", "2048"]);
    folder.openssl(&["req", "-new", "-key", "old.key", "-out", "csr", "-subj", "/CN=127.0.0.1"]);
    let sign = ["x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca.key"];
    folder.openssl(&[&sign[..], &["-CAcreateserial", "-days", "9", "-out", "old.pem"]].concat());
    let server = old_server(&folder, &[]).await;
    let attempt = |tls| ConnectOptions {
        connect_timeout: Duration::from_secs(1),
        ..options(server.port, tls)
    };
    let error = probe(attempt(tls)).await.unwrap_err();
    assert!(error.to_string().contains("is of an old form without host names"), "{error}");
    let MqttError::CertificateRefused { chain, .. } = error else { panic!("{error:?}") };
    let pinned = Tls { trust: Trust::Pinned(chain[0].sha256), ..Tls::default() };
    assert_eq!(probe(attempt(pinned)).await.unwrap_err().code(), "no-answer", "it is no broker");
    assert_eq!(std::fs::read(&server.output).unwrap().first(), Some(&0x10));
}

#[tokio::test]
async fn servers_that_do_not_speak_tls_are_told_apart() {
    let closing = peer(|_| {});
    let plain = peer(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = std::io::copy(stream, &mut std::io::sink());
    });
    let silent = peer(|stream| {
        let _ = std::io::copy(stream, &mut std::io::sink());
    });
    let cases = [
        (closing.port, "closed-in-handshake", "during the TLS handshake"),
        (plain.port, "tls-failed", "what it sent is not TLS"),
        (silent.port, "handshake-timeout", "the TLS handshake was not finished"),
    ];
    for (port, code, sentence) in cases {
        let options = ConnectOptions {
            connect_timeout: Duration::from_millis(500),
            ..options(port, Tls { trust: Trust::Anything, ..Tls::default() })
        };
        let error = probe(options).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_alone_and_whoever_signed_it() {
    let one = self_signed(&Wish { until: 2021, names: Vec::new(), ..Wish::server() });
    let other = self_signed(&Wish::server());
    let pin = |issued: &Issued| {
        let digest = ring::digest::digest(&ring::digest::SHA256, &issued.der);
        Tls { trust: Trust::Pinned(digest.as_ref().try_into().unwrap()), ..Tls::default() }
    };
    let authority = Authority::new("Ours");
    let server = broker(&one, &authority, &[]);
    let accepted = ConnectOptions { password: None, ..options(server.second_port(), pin(&one)) };
    let facts = probe(accepted).await.unwrap().transport.tls.unwrap();
    assert!(facts.verified);
    let error = refused(vec![other.der.clone()], &other.key_der, pin(&one)).await;
    assert!(error.to_string().contains("is not the one that was pinned"), "{error}");
    // The pinned certificate is public: whoever shows it must also have its key.
    let error = refused(vec![one.der.clone()], &other.key_der, pin(&one)).await;
    assert_eq!(error.code(), "certificate-refused", "{error}");
}

#[tokio::test]
async fn a_server_that_shows_the_chosen_authority_itself_is_trusted_for_its_names_and_time() {
    let folder = Folder::new();
    let own = Authority::like(&Wish::server());
    let broker = broker(own.own(), &own, &[]);
    let options =
        ConnectOptions { password: None, ..options(broker.second_port(), trusting(&folder, &own)) };
    assert!(probe(options).await.unwrap().transport.tls.unwrap().verified);
    let elsewhere = Wish { names: vec!["other.example".to_owned()], ..Wish::server() };
    for (wish, sentence) in [
        (elsewhere, "is for other.example, and not for this name"),
        (Wish { until: 2021, ..Wish::server() }, "expired on 2021-01-01"),
    ] {
        let bad = Authority::like(&wish);
        let tls = trusting(&folder, &bad);
        let error = refused(vec![bad.own().der.clone()], &bad.own().key_der, tls).await;
        assert!(error.to_string().contains(sentence), "{error}");
    }
    let stranger = Authority::like(&Wish::server());
    let chain = vec![stranger.own().der.clone()];
    let error = refused(chain, &stranger.own().key_der, trusting(&folder, &own)).await;
    assert_eq!(error.code(), "certificate-refused", "{error}");
}

#[tokio::test]
async fn not_to_verify_works_and_is_said_loudly() {
    let bad = self_signed(&Wish { until: 2021, names: Vec::new(), ..Wish::server() });
    let broker = broker(&bad, &Authority::new("Ours"), &[]);
    let tls = Tls { trust: Trust::Anything, ..Tls::default() };
    let options = ConnectOptions { password: None, ..options(broker.second_port(), tls) };
    let (findings, healthy) = examined(options, &[]).await;
    let tls = find(&findings, FindingId::Tls);
    assert!(healthy && tls.status == FindingStatus::Warning, "{tls:?}");
    assert!(tls.detail.contains("not checked"), "{}", tls.detail);
}

#[tokio::test]
async fn server_name_alpn_and_lowest_version_are_as_set() {
    let authority = Authority::new("Ours");
    let folder = Folder::new();
    let issued = authority.issue(&Wish { names: vec!["b.example".to_owned()], ..Wish::server() });
    let tls = Tls {
        server_name: Some("b.example".to_owned()),
        alpn: vec!["x-amzn-mqtt-ca".to_owned(), "mqtt".to_owned()],
        ..trusting(&folder, &authority)
    };
    let (port, task) =
        server(vec![issued.der.clone()], &issued.key_der, &["mqtt"], ALL_VERSIONS).await;
    // It answers nothing to CONNECT, but the handshake is what is looked at.
    let _ = probe(options(port, tls.clone())).await;
    let (came, name) = timeout(PATIENCE, task).await.unwrap().unwrap();
    assert_eq!((came.first(), name.as_deref()), (Some(&0x10), Some("b.example")));

    let wrong = &["http/1.1"];
    let (port, _task) =
        server(vec![issued.der.clone()], &issued.key_der, wrong, ALL_VERSIONS).await;
    let error = probe(options(port, tls.clone())).await.unwrap_err();
    assert!(error.to_string().contains("knows none of the ALPN protocols"), "{error}");

    for (minimum_version, status) in
        [(TlsVersion::V12, FindingStatus::Ok), (TlsVersion::V13, FindingStatus::Failed)]
    {
        let chain = vec![issued.der.clone()];
        let (port, _task) = server(chain, &issued.key_der, &[], &[&TLS12]).await;
        let tls = Tls { minimum_version, alpn: Vec::new(), ..tls.clone() };
        let (findings, _) = examined(options(port, tls), &[]).await;
        let tls = find(&findings, FindingId::Tls);
        assert_eq!(tls.status, status, "{tls:?}");
        let said = ["TLS 1.2, TLS_", "it offers no version of TLS that is taken here"];
        assert!(said.iter().any(|said| tls.detail.contains(said)), "{tls:?}");
    }
}

/// Files of one client certificate in every form, and Mosquitto that asks for one.
struct Clients {
    folder: Folder,
    authority: Authority,
    broker: Mosquitto,
}

impl Clients {
    fn new() -> Self {
        let authority = Authority::new("Ours");
        let lines =
            ["cafile {folder}/ca.pem", "require_certificate true", "use_identity_as_username true"];
        let broker = broker(&authority.issue(&Wish::server()), &authority, &lines);
        Self { folder: Folder::new(), authority, broker }
    }

    fn options(&self, files: ClientCertificateFiles, passphrase: Option<&str>) -> ConnectOptions {
        let passphrase_source = PasswordSource::Ask;
        let client = Some(ClientCertificate { files, passphrase: passphrase_source });
        let tls = Tls { client, ..trusting(&self.folder, &self.authority) };
        ConnectOptions {
            password: None,
            key_passphrase: passphrase.map(Secret::new),
            ..options(self.broker.second_port(), tls)
        }
    }

    fn pem(&self, certificate: &str, key: &str) -> ClientCertificateFiles {
        ClientCertificateFiles::Pem {
            certificate: self.folder.path(certificate),
            key: self.folder.path(key),
        }
    }
}

#[tokio::test]
async fn client_certificates_in_every_form_are_taken() {
    let clients = Clients::new();
    let (folder, ada) = (&clients.folder, clients.authority.issue(&Wish::client("ada")));
    folder.write("ada.pem", &ada.certificate);
    folder.write("ada.der", &ada.der);
    folder.write("pkcs8.key", &ada.key);
    folder.write("both.pem", format!("{}{}", ada.key, ada.certificate));
    folder.write("ca.pem", &clients.authority.own().certificate);
    folder.write("ca.key", &clients.authority.own().key);
    folder.openssl(&["ec", "-in", "pkcs8.key", "-out", "sec1.key"]);
    let encrypt = ["pkcs8", "-topk8", "-in", "pkcs8.key", "-passout", "pass:open sesame"];
    folder.openssl(&[&encrypt[..], &["-v2", "aes256", "-out", "encrypted.key"]].concat());
    folder.openssl(&[&encrypt[..], &["-scrypt", "-out", "scrypt.key"]].concat());
    folder.openssl(
        &[&encrypt[..], &["-v2", "des3", "-v2prf", "hmacWithSHA1", "-out", "old.key"]].concat(),
    );
    let export =
        ["pkcs12", "-export", "-inkey", "pkcs8.key", "-in", "ada.pem", "-certfile", "ca.pem"];
    let pass = ["-passout", "pass:open sesame"];
    folder.openssl(&[&export[..], &pass, &["-out", "ada.p12"]].concat());
    folder.openssl(
        &[
            &export[..],
            &pass,
            &[
                "-keypbe",
                "PBE-SHA1-3DES",
                "-certpbe",
                "PBE-SHA1-3DES",
                "-macalg",
                "sha1",
                "-out",
                "old.p12",
            ],
        ]
        .concat(),
    );
    folder.openssl(&[&export[..], &["-passout", "pass:", "-out", "open.p12"]].concat());
    folder.openssl(&["genrsa", "-traditional", "-out", "pkcs1.key", "2048"]);
    folder.openssl(&["req", "-new", "-key", "pkcs1.key", "-out", "csr", "-subj", "/CN=ada"]);
    folder.openssl(&[
        "x509",
        "-req",
        "-in",
        "csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "rsa.pem",
        "-days",
        "10",
    ]);
    let pkcs12 = |file: &str| ClientCertificateFiles::Pkcs12 { file: folder.path(file) };
    let secret = Some("open sesame");
    for (files, passphrase) in [
        (clients.pem("ada.pem", "pkcs8.key"), None),
        (clients.pem("ada.der", "pkcs8.key"), None),
        (clients.pem("both.pem", "both.pem"), None),
        (clients.pem("ada.pem", "sec1.key"), None),
        (clients.pem("rsa.pem", "pkcs1.key"), None),
        (clients.pem("ada.pem", "encrypted.key"), secret),
        (clients.pem("ada.pem", "scrypt.key"), secret),
        (clients.pem("ada.pem", "old.key"), secret),
        (pkcs12("ada.p12"), secret),
        (pkcs12("old.p12"), secret),
        (pkcs12("open.p12"), None),
    ] {
        let what = format!("{files:?}");
        let answered = probe(clients.options(files, passphrase)).await;
        assert!(answered.is_ok(), "{what}: {}", answered.unwrap_err());
    }

    for (files, passphrase, code) in [
        (clients.pem("ada.pem", "encrypted.key"), None, "passphrase-needed"),
        (clients.pem("ada.pem", "encrypted.key"), Some("guess"), "passphrase-wrong"),
        (pkcs12("ada.p12"), None, "passphrase-needed"),
        (pkcs12("ada.p12"), Some("guess"), "passphrase-wrong"),
        (clients.pem("ada.pem", "missing.key"), None, "tls-setup"),
        (clients.pem("pkcs8.key", "pkcs8.key"), None, "tls-setup"),
        (clients.pem("ada.pem", "ada.pem"), None, "tls-setup"),
        (clients.pem("ada.pem", "pkcs1.key"), None, "tls-setup"),
        (pkcs12("ada.pem"), None, "tls-setup"),
    ] {
        let what = format!("{files:?}");
        let error = probe(clients.options(files, passphrase)).await.unwrap_err();
        assert_eq!(error.code(), code, "{what}: {error}");
        assert!(!error.to_string().contains("guess"), "{error}");
    }
}

#[tokio::test]
async fn a_key_in_the_oldest_encryption_comes_with_the_command_that_converts_it() {
    let clients = Clients::new();
    let ada = clients.authority.issue(&Wish::client("ada"));
    clients.folder.write("ada.pem", &ada.certificate);
    clients.folder.openssl(&["genrsa", "-traditional", "-out", "plain.key", "2048"]);
    clients.folder.openssl(&[
        "rsa",
        "-in",
        "plain.key",
        "-traditional",
        "-aes128",
        "-passout",
        "pass:x",
        "-out",
        "old.key",
    ]);
    let files = clients.pem("ada.pem", "old.key");
    let error = probe(clients.options(files, Some("x"))).await.unwrap_err();
    assert!(error.to_string().contains("openssl pkcs8 -topk8"), "{error}");
}

#[tokio::test]
async fn a_client_certificate_that_is_missing_or_bad_is_named_as_such() {
    let clients = Clients::new();
    let bad = [
        ("expired", clients.authority.issue(&Wish { until: 2021, ..Wish::client("ada") })),
        ("unknown", Authority::new("Somebody").issue(&Wish::client("ada"))),
    ];
    for (name, issued) in &bad {
        clients.folder.write(&format!("{name}.pem"), &issued.certificate);
        clients.folder.write(&format!("{name}.key"), &issued.key);
    }
    let none = ConnectOptions {
        password: None,
        ..options(clients.broker.second_port(), trusting(&clients.folder, &clients.authority))
    };
    let with = |name: &str| {
        let files = clients.pem(&format!("{name}.pem"), &format!("{name}.key"));
        clients.options(files, None)
    };
    for (options, sentence) in [
        (none, "it wants a client certificate"),
        (with("expired"), "it says that our client certificate has expired"),
        (with("unknown"), "it does not know who issued our client certificate"),
    ] {
        let error = probe(options.clone()).await.unwrap_err();
        assert_eq!(error.code(), "tls-failed", "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
        let (findings, healthy) = examined(options.clone(), &[]).await;
        assert!(!healthy);
        assert_eq!(find(&findings, FindingId::Tls).status, FindingStatus::Failed);
        assert_eq!(find(&findings, FindingId::Connack).status, FindingStatus::Skipped);
        let cause = Client::open(options).waiting().await;
        assert!(cause.to_string().contains(sentence), "the connection says the same: {cause}");
    }
}
