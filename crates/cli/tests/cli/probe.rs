//! `probe`: what a broker says to CONNECT and allows, for people and for programs.

use serde_json::Value;
use wiretree_testkit::{Authority, Mosquitto, Wish, free_port};

use crate::support::{QuietBroker, run};

fn step<'a>(report: &'a Value, id: &str) -> &'a Value {
    let steps = report["steps"].as_array().expect("steps");
    steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no {id}: {report}"))
}

fn probe(arguments: &[&str]) -> crate::support::Ended {
    run(&[&["probe", "--json"], arguments].concat())
}

#[test]
fn a_broker_that_accepts_tells_its_limits() {
    let broker = Mosquitto::start(&["max_inflight_messages 7", "max_keepalive 30"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let report = probe(&["--broker", &url, "--client-id", "me"]).json();
    assert_eq!((&report["result"], &report["error"]), (&"accepted".into(), &Value::Null));
    let facts = &step(&report, "connack")["facts"];
    assert_eq!(facts["Session Present"], "no", "{report}");
    assert_eq!(facts["Client identifier"], "me", "{report}");
    assert_eq!(facts["Receive Maximum"], "7", "{report}");
    assert_eq!(facts["Server Keep Alive"], "30 s", "{report}");
    for id in ["address", "reach", "connack", "disconnect"] {
        let step = step(&report, id);
        assert_eq!(step["status"], "ok", "{report}");
        assert!(step["milliseconds"].as_f64().is_some_and(|time| time >= 0.0), "{report}");
    }
    let text = run(&["probe", "--broker", &url]).success();
    let line = text.lines().find(|line| line.contains("CONNECT and CONNACK")).expect("a line");
    assert!(line.starts_with("ok ") && line.contains(" ms  The broker took"), "{text}");
    assert!(text.contains("\n         Receive Maximum: 7\n"), "{text}");

    let report = probe(&["--broker", &url, "--protocol", "3.1.1"]).json();
    let facts = &step(&report, "connack")["facts"];
    assert_eq!(facts["Limits"], "a broker of MQTT 3.1.1 tells none", "{report}");
}

#[test]
fn a_persistent_session_is_found_again() {
    let broker = QuietBroker::start();
    for version in ["3.1.1", "5"] {
        let url = broker.url();
        let id = format!("probe-{version}");
        let fixed = ["--broker", &url, "--protocol", version, "--client-id", &id, "--persistent"];
        let present = || step(&probe(&fixed).json(), "connack")["facts"]["Session Present"].clone();
        assert_eq!((present(), present()), ("no".into(), "yes".into()));
    }
}

#[test]
fn what_is_asked_for_is_looked_at() {
    let broker = Mosquitto::start(&["sys_interval 1"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let checks = "all-topics,system,retained,shared,largest-packet";
    let report = probe(&["--broker", &url, "--check", checks]).json();
    for id in checks.split(',') {
        assert_eq!(step(&report, id)["status"], "ok", "{report}");
    }
    assert_eq!(report["steps"].as_array().map(Vec::len), Some(9), "{report}");
}

#[test]
fn a_refusal_has_its_name() {
    let broker = Mosquitto::start(&["allow_anonymous false"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    for (version, code, name) in [("3.1.1", 5, "Not authorized"), ("5", 0x87, "Not authorized")] {
        let ended = probe(&["--broker", &url, "--protocol", version]);
        assert!(ended.stderr.contains("The broker refused the connection: Not authorized"));
        let report = ended.json_with(4);
        assert_eq!(report["result"], "refused", "{report}");
        let reason = &report["reason"];
        assert_eq!((&reason["code"], &reason["name"]), (&code.into(), &name.into()));
        assert!(step(&report, "connack")["fix"].as_str().is_some_and(|fix| !fix.is_empty()));
    }
}

#[test]
fn where_nobody_listens_it_failed() {
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let ended = probe(&["--broker", &url]);
    assert!(ended.stderr.contains("Is the broker running"), "{}", ended.stderr);
    let report = ended.json_with(3);
    assert_eq!((&report["result"], &report["error"]), (&"failed".into(), &"unreachable".into()));
    assert_eq!(step(&report, "connack")["status"], "skipped", "{report}");
    let ended = run(&["probe", "--broker", &url]);
    let text = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(text.contains("failed   Reach the broker"), "{text}");
    assert!(text.contains("What to do: ") && text.contains("skipped  CONNECT"), "{text}");
    assert_eq!(ended.code, Some(3));
}

#[test]
fn tls_is_verified_and_its_certificates_can_be_looked_at() {
    let authority = Authority::new("A test's authority");
    let files = authority.issue(&Wish::server());
    let client = authority.issue(&Wish::client("ada"));
    let lines =
        [&Mosquitto::tls_lines()[..], &["cafile {folder}/ca.pem", "require_certificate true"]]
            .concat();
    let certificates = [
        ("ca.pem", authority.own().certificate.as_str()),
        ("server.pem", files.certificate.as_str()),
        ("server.key", files.key.as_str()),
        ("client.pem", client.certificate.as_str()),
        ("client.key", client.key.as_str()),
    ];
    let broker = Mosquitto::start_with_files(&lines, &certificates);
    let url = format!("mqtts://localhost:{}", broker.second_port());
    let [ca, cert, key] = ["ca.pem", "client.pem", "client.key"].map(|name| broker.path(name));
    let own = ["--cert", &cert, "--key", &key];

    let good = [&["--broker", &url, "--ca-file", &ca], &own[..]].concat();
    let report = probe(&good).json();
    let shown = &step(&report, "tls")["certificates"][0];
    assert_eq!(shown["names"][0], "localhost", "{report}");
    let pin = shown["sha256"].as_str().expect("a fingerprint");
    let text = run(&[&["probe", "--certificates"], &good[..]].concat()).success();
    assert!(text.contains(&format!("SHA-256: {pin}")), "{text}");
    assert!(text.contains("Valid from: 2020-01-01T00:00:00Z to 2100-"), "{text}");

    probe(&[&["--broker", &url, "--pin", pin], &own[..]].concat()).json();
    let another = "00".repeat(32);
    probe(&[&["--broker", &url, "--pin", &another], &own[..]].concat()).failure(3);
    let stranger = probe(&["--broker", &url]).failure(3);
    assert!(stranger.contains("not trusted"), "{stranger}");
    let ended = probe(&[&["--broker", &url, "--insecure"], &own[..]].concat());
    assert!(ended.stderr.contains("NOT SECURE"), "{}", ended.stderr);
    ended.json();
    let nobody = probe(&["--broker", &url, "--ca-file", &ca]);
    assert_eq!(nobody.json_with(3)["result"], "failed");
    let report = probe(&["--broker", &url, "--ca-file", "nothing.pem"]);
    assert_eq!(report.json_with(5)["error"], "tls-setup");

    // The other commands read the same options.
    let message = ["publish", "--topic", "t", "--payload", "x", "--qos", "1"];
    run(&[&message[..], &good[..]].concat()).success();
}
