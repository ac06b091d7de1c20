//! `probe`: what a broker says to CONNECT, for people and for programs.

use wiretree_testkit::{Mosquitto, free_port};

use crate::support::{QuietBroker, run};

#[test]
fn a_broker_that_accepts_tells_its_limits() {
    let broker = Mosquitto::start(&["max_inflight_messages 7", "max_keepalive 30"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let report = run(&["probe", "--broker", &url, "--client-id", "me"]).json();
    assert_eq!(report["result"], "accepted", "{report}");
    assert_eq!(report["session_present"], false, "{report}");
    assert_eq!(report["client_id"], "me", "{report}");
    assert_eq!(report["limits"]["receive_maximum"], 7, "{report}");
    assert_eq!(report["limits"]["server_keep_alive"], 30, "{report}");
    for step in ["resolve", "tcp_connect", "connack"] {
        assert!(report["timings_ms"][step].as_f64().is_some_and(|time| time >= 0.0), "{report}");
    }

    let report = run(&["probe", "--broker", &url, "--protocol", "3.1.1"]).json();
    assert_eq!(report["result"], "accepted", "{report}");
    assert_eq!(report["limits"]["receive_maximum"], serde_json::Value::Null, "{report}");
}

#[test]
fn a_persistent_session_is_found_again() {
    let broker = QuietBroker::start();
    for version in ["3.1.1", "5"] {
        let url = broker.url();
        let id = format!("probe-{version}");
        let fixed = ["--broker", &url, "--protocol", version, "--client-id", &id, "--persistent"];
        let probe = || run(&[&["probe"], &fixed[..]].concat()).json();
        assert_eq!(probe()["session_present"], false);
        assert_eq!(probe()["session_present"], true);
    }
}

#[test]
fn a_refusal_has_its_name() {
    let broker = Mosquitto::start(&["allow_anonymous false"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    for (version, code, name) in [("3.1.1", 5, "Not authorized"), ("5", 0x87, "Not authorized")] {
        let ended = run(&["probe", "--broker", &url, "--protocol", version]);
        assert!(ended.stderr.contains("The broker refused the connection: Not authorized"));
        let report = ended.json_with(4);
        assert_eq!(report["result"], "refused", "{report}");
        assert_eq!((&report["code"], &report["name"]), (&code.into(), &name.into()));
    }
}

#[test]
fn where_nobody_listens_it_failed() {
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let ended = run(&["probe", "--broker", &url]);
    assert!(ended.stderr.contains("Is the broker running"), "{}", ended.stderr);
    let report = ended.json_with(3);
    assert_eq!((&report["result"], &report["error"]), (&"failed".into(), &"unreachable".into()));
}
