//! `publish`: it ends with 0 when everything has arrived, and only then.

use std::process::Command;

use wiretree_testkit::Mosquitto;

use crate::support::{Background, Folder, QuietBroker, export, fields, run, run_with_input};

#[test]
fn retained_messages_of_each_qos_reach_another_client() {
    let broker = Mosquitto::start(&[]);
    let port = broker.port().to_string();
    let url = format!("mqtt://127.0.0.1:{port}");
    for version in ["3.1.1", "5"] {
        for qos in ["0", "1", "2"] {
            run(&[
                "publish",
                "--broker",
                &url,
                "--protocol",
                version,
                "--topic",
                &format!("kept/{version}/{qos}"),
                "--payload",
                "Grüße",
                "--qos",
                qos,
                "--retain",
            ])
            .success();
        }
        let mut subscriber = Command::new("mosquitto_sub");
        subscriber.args(["-p", &port, "-t", &format!("kept/{version}/#"), "-q", "2", "-C", "3"]);
        subscriber.args(["-W", "30", "-F", "%t %q %r %p"]);
        let heard = Background::start(subscriber).wait().success();
        let mut heard: Vec<&str> = heard.lines().collect();
        heard.sort_unstable();
        let expected = ["0", "1", "2"].map(|qos| format!("kept/{version}/{qos} {qos} 1 Grüße"));
        assert_eq!(heard, expected);
    }
}

#[test]
fn every_copy_arrives() {
    let mosquitto = Mosquitto::start(&["max_queued_messages 0"]);
    let demo = QuietBroker::start();
    let folder = Folder::new();
    for url in [format!("mqtt://127.0.0.1:{}", mosquitto.port()), demo.url()] {
        for qos in ["0", "1", "2"] {
            let history = folder.path(&format!("{}-{qos}", url.replace(['/', ':'], "")));
            let recorder = Background::recording(&[
                "--broker",
                &url,
                "--filter",
                "n",
                "--qos",
                qos,
                "--history",
                &history,
                "--count",
                "2500",
            ]);
            run(&[
                "publish",
                "--broker",
                &url,
                "--topic",
                "n",
                "--payload",
                "-1",
                "--qos",
                qos,
                "--count",
                "2500",
            ])
            .success();
            assert_eq!(recorder.wait().json()["stored"], 2500, "QoS {qos} at {url}");
            let payloads = fields(&export(&history, &[]), "payload");
            assert!(payloads.iter().all(|payload| payload == "-1"));
        }
    }
}

#[test]
fn standard_input_can_be_the_payload() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, history) = (broker.url(), folder.path("history"));
    let large = "0123456789".repeat(30_000);
    let arguments = ["publish", "--broker", &url, "--topic", "big", "--retain", "--file", "-"];
    run_with_input(&[&arguments[..], &["--qos", "1"]].concat(), large.as_bytes()).success();
    run(&["record", "--broker", &url, "--history", &history, "--count", "1"]).success();
    assert_eq!(fields(&export(&history, &[]), "payload"), [large]);
}

#[test]
fn what_the_broker_does_not_take_is_a_refusal() {
    let broker = Mosquitto::start(&["max_packet_size 1000"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let large = "x".repeat(2_000);
    let sentence =
        run(&["publish", "--broker", &url, "--topic", "t", "--payload", &large, "--qos", "1"])
            .failure(4);
    assert!(sentence.contains("0 of 1 messages were delivered"), "{sentence}");
    assert!(sentence.contains("the broker takes at most 1000"), "{sentence}");
}

#[test]
fn a_loss_in_the_middle_is_not_a_success() {
    let mut broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    // Far more than can be acknowledged until the broker is gone.
    let publisher = Background::start(crate::support::cli(&[
        "publish",
        "--broker",
        &url,
        "--topic",
        "t",
        "--payload",
        "x",
        "--qos",
        "2",
        "--count",
        "100000000",
    ]));
    while !broker.log().contains("Sending PUBCOMP") {
        std::thread::yield_now();
    }
    broker.kill();
    let sentence = publisher.wait().failure(3);
    assert!(
        sentence.contains(" of 100000000 messages were delivered. The connection was lost"),
        "{sentence}"
    );
}
