//! The doctor on brokers that are well, restricted, old, rude or not there.

use std::io::Write;
use std::time::Duration;

use wiretree_model::{ProtocolVersion, Secret};
use wiretree_mqtt::{Check, ConnectOptions, Finding, FindingId, FindingStatus, examine};
use wiretree_testkit::{Mosquitto, free_port};

use crate::common::{Client, VERSIONS, mosquitto_pub, to, watching};
use crate::scripted::{connack, peer, read_packet};

const EVERYTHING: [Check; 5] =
    [Check::AllTopics, Check::System, Check::Retained, Check::Shared, Check::LargestPacket];

/// The last finding of each step, in the order in which the steps began; and whether all went well.
pub(crate) async fn examined(options: ConnectOptions, checks: &[Check]) -> (Vec<Finding>, bool) {
    let checks = checks.to_vec();
    let task = tokio::spawn(async move {
        let mut findings: Vec<Finding> = Vec::new();
        let healthy = examine(options, checks, |finding| {
            match findings.iter_mut().find(|earlier| earlier.id == finding.id) {
                Some(earlier) => *earlier = finding,
                None => findings.push(finding),
            }
        })
        .await;
        (findings, healthy)
    });
    let (findings, healthy) = task.await.unwrap();
    let running = findings.iter().find(|finding| finding.status == FindingStatus::Running);
    assert_eq!(running, None, "each step has an end");
    (findings, healthy)
}

pub(crate) fn find(findings: &[Finding], id: FindingId) -> &Finding {
    findings.iter().find(|finding| finding.id == id).unwrap_or_else(|| panic!("{id:?} is missing"))
}

fn fact<'a>(finding: &'a Finding, name: &str) -> &'a str {
    let fact = finding.facts.iter().find(|(each, _)| each == name);
    fact.map_or_else(|| panic!("{name} is missing in {finding:?}"), |(_, value)| value)
}

#[tokio::test]
async fn a_broker_that_is_well_passes_every_check_and_nothing_is_left_behind() {
    let broker = Mosquitto::start(&["sys_interval 1"]);
    for version in VERSIONS {
        let (findings, healthy) = examined(to(&broker, version), &EVERYTHING).await;
        assert!(healthy, "{findings:#?}");
        let order: Vec<_> = findings.iter().map(|finding| finding.id).collect();
        use FindingId as F;
        assert_eq!(
            order,
            [
                F::Address,
                F::Reach,
                F::Connack,
                F::AllTopics,
                F::System,
                F::Retained,
                F::Shared,
                F::LargestPacket,
                F::Disconnect
            ]
        );
        for finding in &findings {
            assert_eq!(finding.status, FindingStatus::Ok, "{finding:?}");
            assert!(finding.took.is_some(), "{finding:?}");
        }
        let largest = &find(&findings, F::LargestPacket).detail;
        assert_eq!(largest, "It took 16 MiB, the most that was tried");
        assert!(fact(find(&findings, F::System), "First topic").starts_with("$SYS/"));
    }
    // What is retained comes before what is published after SUBACK.
    let mut client = Client::ready(watching(&broker, ProtocolVersion::V5)).await;
    mosquitto_pub(&broker, ProtocolVersion::V5, &["-t", "canary", "-m", "x"]);
    let topic = client.message().await.topic.to_text().into_owned();
    assert_eq!(topic, "canary", "the scratch topic is cleared");
}

#[tokio::test]
async fn every_limit_of_connack_is_told_with_its_default() {
    let broker = Mosquitto::start(&["max_packet_size 5000", "retain_available false"]);
    let options = to(&broker, ProtocolVersion::V5);
    let (findings, healthy) = examined(options, &[Check::Retained, Check::LargestPacket]).await;
    assert!(healthy, "a limit is no failure: {findings:#?}");
    let connack = find(&findings, FindingId::Connack);
    assert_eq!(fact(connack, "Maximum Packet Size"), "5000 bytes");
    assert_eq!(fact(connack, "Retain Available"), "no");
    assert_eq!(fact(connack, "Maximum QoS"), "2 (not said; the default)");
    assert_eq!(fact(connack, "Session Present"), "no");
    assert!(fact(connack, "Client identifier").starts_with("wiretree-"));
    assert_eq!(find(&findings, FindingId::LargestPacket).detail, "The broker says: 5000 bytes");
    let retained = find(&findings, FindingId::Retained);
    assert_eq!(retained.status, FindingStatus::Warning);
    assert!(retained.fix.is_some());
}

#[tokio::test]
async fn what_a_user_may_not_do_is_a_warning_with_a_cause() {
    let users = Mosquitto::password_file(&[("ada", "right")]);
    let broker = Mosquitto::start_with_files(
        &["allow_anonymous false", "password_file {folder}/users", "acl_file {folder}/acl"],
        &[("users", &users), ("acl", "user ada\ntopic readwrite mine/#\n")],
    );
    for protocol in VERSIONS {
        let options = ConnectOptions {
            username: Some("ada".to_owned()),
            password: Some(Secret::new("right")),
            ..to(&broker, protocol)
        };
        let (findings, healthy) =
            examined(options, &[Check::System, Check::Retained, Check::Shared]).await;
        assert!(healthy, "{findings:#?}");
        for id in [FindingId::System, FindingId::Retained, FindingId::Shared] {
            let finding = find(&findings, id);
            assert_eq!(finding.status, FindingStatus::Warning, "{finding:?}");
            assert!(finding.likely_cause.is_some() && finding.fix.is_some(), "{finding:?}");
        }
    }
}

#[tokio::test]
async fn a_failure_has_a_cause_and_a_fix_and_the_rest_is_skipped() {
    let nowhere = ConnectOptions { port: free_port(), ..ConnectOptions::default() };
    let (findings, healthy) = examined(nowhere, &[Check::AllTopics]).await;
    assert!(!healthy);
    let status: Vec<_> = findings.iter().map(|finding| (finding.id, finding.status)).collect();
    use FindingStatus as S;
    assert_eq!(
        status,
        [
            (FindingId::Address, S::Ok),
            (FindingId::Reach, S::Failed),
            (FindingId::Connack, S::Skipped),
            (FindingId::AllTopics, S::Skipped),
            (FindingId::Disconnect, S::Skipped),
        ]
    );
    let reach = find(&findings, FindingId::Reach);
    assert_eq!(reach.problem.as_ref().map(|problem| problem.code()), Some("unreachable"));
    let cause = reach.likely_cause.as_deref();
    assert_eq!(cause, Some("The machine is there, but nothing listens on this port"));
    assert!(reach.fix.is_some());
}

#[tokio::test]
async fn a_refusal_of_every_code_is_told_by_name_with_a_fix() {
    let codes = [1, 2, 3, 4, 5].map(|code| (ProtocolVersion::V311, code)).into_iter();
    let five = [
        0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97,
        0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f, 0xee,
    ];
    let old = [(ProtocolVersion::V5, 1), (ProtocolVersion::V5, 5)];
    let five = five.map(|code| (ProtocolVersion::V5, code));
    for (version, code) in codes.chain(five).chain(old) {
        let mut options = peer(move |stream| {
            read_packet(stream);
            let refusal: &[u8] = match version {
                // A broker of 3.1.1 answers in its own short form.
                ProtocolVersion::V5 if code >= 0x80 => &[0x20, 3, 0, code, 0],
                _ => &[0x20, 2, 0, code],
            };
            let _ = stream.write_all(refusal);
        });
        options.protocol = version;
        let (findings, healthy) = examined(options, &[]).await;
        let connack = find(&findings, FindingId::Connack);
        assert_eq!((healthy, connack.status), (false, FindingStatus::Failed));
        assert!(connack.detail.contains("refused"), "{}", connack.detail);
        assert!(connack.likely_cause.is_some() && connack.fix.is_some());
    }
}

#[tokio::test]
async fn a_broker_that_hangs_up_over_a_check_is_asked_the_next_one_anew() {
    for version in VERSIONS {
        let mut options = peer(move |stream| {
            read_packet(stream);
            let _ = stream.write_all(connack(version));
            read_packet(stream);
            // Whatever was asked: closed.
        });
        options.protocol = version;
        let checks = [Check::AllTopics, Check::System, Check::LargestPacket];
        let (findings, healthy) = examined(options, &checks).await;
        assert!(healthy, "{findings:#?}");
        for id in checks.map(FindingId::from) {
            let finding = find(&findings, id);
            assert_eq!(finding.status, FindingStatus::Warning, "{finding:?}");
        }
        assert_eq!(find(&findings, FindingId::Disconnect).status, FindingStatus::Skipped);
    }
}

#[tokio::test]
async fn connack_byte_by_byte_or_glued_to_the_next_packet_is_understood() {
    let pieces: [Vec<Vec<u8>>; 2] = [
        vec![vec![0x20], vec![3], vec![0], vec![0], vec![0]],
        vec![vec![0x20, 3, 0, 0, 0, 0x30, 5, 0, 1, b't', 0, b'x']],
    ];
    for pieces in pieces {
        let options = peer(move |stream| {
            let _ = stream.set_nodelay(true);
            read_packet(stream);
            for piece in &pieces {
                let _ = stream.write_all(piece);
                let _ = stream.flush();
                std::thread::yield_now();
            }
            read_packet(stream);
        });
        let (findings, healthy) = examined(options, &[]).await;
        assert!(healthy, "{findings:#?}");
    }
}

#[tokio::test]
async fn a_peer_that_says_nothing_or_something_else_is_told_from_a_broker() {
    let silent = peer(|stream| while read_packet(stream).is_some() {});
    let silent = ConnectOptions { connect_timeout: Duration::from_millis(100), ..silent };
    let web = peer(|stream| {
        read_packet(stream);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let closing = peer(|stream| {
        read_packet(stream);
    });
    for (options, code) in
        [(silent, "no-answer"), (web, "protocol"), (closing, "closed-in-handshake")]
    {
        let (findings, _) = examined(options, &[]).await;
        let problem = find(&findings, FindingId::Connack).problem.clone().unwrap();
        assert_eq!(problem.code(), code, "{problem}");
    }
}

#[tokio::test]
async fn giving_up_closes_the_connection() {
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (ended, has_ended) = tokio::sync::oneshot::channel();
    let signals = std::sync::Mutex::new(Some((begun, ended)));
    let options = peer(move |stream| {
        read_packet(stream);
        let Some((begun, ended)) = signals.lock().unwrap().take() else { return };
        let _ = begun.send(());
        let _ = ended.send(read_packet(stream));
    });
    let task = tokio::spawn(examine(options, Vec::new(), |_| {}));
    has_begun.await.unwrap();
    task.abort();
    assert_eq!(has_ended.await, Ok(None), "the end of the stream, and no DISCONNECT");
}
