//! The options of a connection do what they say: what carries the bytes, who connects, and the will.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;
use wiretree_testkit::{Mosquitto, free_port};

use crate::support::{Background, Folder, cli, run, wait_for_log};

/// The messages that mosquitto_sub prints until it has this many.
fn listen(port: u16, topic: &str, count: u32) -> Background {
    let (port, count) = (port.to_string(), count.to_string());
    let mut command = Command::new("mosquitto_sub");
    command.args(["-p", &port, "-V", "mqttv5", "-t", topic, "-q", "1", "-C", &count, "-W", "50"]);
    Background::start({
        command.args(["-F", "%J"]).stdin(Stdio::null());
        command
    })
}

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

#[test]
fn web_sockets_and_unix_sockets_carry_every_version() {
    let port = free_port();
    let web_socket = format!("listener {port} 127.0.0.1");
    let folder = Folder::new();
    let socket = folder.path("socket");
    let unix = format!("listener 0 {socket}");
    let broker = Mosquitto::start(&[&web_socket, "protocol websockets", &unix]);
    for url in [format!("ws://127.0.0.1:{port}/mqtt"), format!("unix://{socket}")] {
        for version in ["3.1", "3.1.1", "5"] {
            let subscribed = broker.log().matches("Sending SUBACK").count();
            let heard = listen(broker.port(), "t", 1);
            wait_for_log(&broker, "Sending SUBACK", subscribed + 1);
            let arguments = ["--broker", &url, "--protocol", version, "--topic", "t"];
            let message = ["publish", "--payload", "1", "--qos", "1"];
            run(&[&message[..], &arguments[..]].concat()).success();
            assert_eq!(objects(&heard.wait().success())[0]["payload"], 1, "{url} {version}");
        }
    }
}

#[test]
fn a_proxy_is_asked_with_its_own_password() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody comes");
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a request") == 1 {
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").expect("it reads the answer");
        String::from_utf8(head).expect("text")
    });
    let proxy = format!("http://ada@127.0.0.1:{port}");
    let mut command = cli(&["probe", "--broker", "mqtt://broker.invalid:1884", "--proxy", &proxy]);
    command.env("WIRETREE_PROXY_PASSWORD", "s3cret").env("WIRETREE_PASSWORD", "another");
    let ended = Background::start(command).wait();
    assert!(ended.stderr.contains("403"), "{}", ended.stderr);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let head = asked.join().expect("no panic");
    assert!(head.starts_with("CONNECT broker.invalid:1884 HTTP/1.1\r\n"), "{head}");
    // ada:s3cret
    assert!(head.contains("Basic YWRhOnMzY3JldA==\r\n"), "{head}");
}

#[test]
fn a_will_has_all_its_properties_and_a_birth_message_comes_first() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let heard = listen(broker.port(), "status/#", 2);
    wait_for_log(&broker, "Sending SUBACK", 1);
    let mut command = cli(&["subscribe", "--broker", &url, "--filter", "nothing"]);
    command.args(["--will-topic", "status/me", "--will-payload", "\"offline\"", "--will-qos", "1"]);
    command.args(["--will-retain", "--will-content-type", "text/plain", "--will-payload-is-text"]);
    command.args(["--will-expiry", "900", "--will-response-topic", "r"]);
    command.args(["--will-correlation-data", "c", "--will-user-property", "a=b=c"]);
    command.args(["--birth-topic", "status/me", "--birth-payload", "\"online\"", "--birth-retain"]);
    let mut running = Background::start(command);
    running.wait_for(|line| line == "subscribed");
    wait_for_log(&broker, "Sending PUBLISH", 1);
    running.signal("-KILL");
    running.wait();
    let messages = objects(&heard.wait().success());
    assert_eq!(messages[0]["payload"], "online");
    let will = &messages[1];
    assert_eq!((&will["payload"], &will["qos"]), (&"offline".into(), &1.into()));
    let expected = serde_json::json!({
        "payload-format-indicator": 1,
        "message-expiry-interval": 900,
        "content-type": "text/plain",
        "response-topic": "r",
        "correlation-data": "c",
        "user-properties": { "a": "b=c" },
    });
    assert_eq!(will["properties"], expected, "{will}");
}

#[test]
fn connect_says_what_it_was_told() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let mut command = cli(&["probe", "--broker", &url, "--client-id", "me", "--keep-alive", "7"]);
    command.args(["--clean", "--session-expiry", "3", "--user-property", "a=b", "--no-username"]);
    command.args(["--receive-maximum", "9", "--topic-alias-maximum", "5", "--max-packet", "5000"]);
    command.args(["--password-encoding", "hex"]).env("WIRETREE_PASSWORD", "00 ff");
    Background::start(command).wait().success();
    let log = broker.log();
    assert!(log.contains("as me (p5, c1, k7)"), "{log}");
}

#[test]
fn an_access_token_is_sent_as_the_user_name_and_is_in_no_output() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    for version in ["3.1.1", "5"] {
        let mut command = cli(&["trace", "--broker", &url, "--access-token", "--count", "2"]);
        command.args(["--protocol", version, "--client-id", "me", "--verbose"]);
        command.args(["--filter", "t"]).env("WIRETREE_PASSWORD", "T0KEN");
        let text = Background::start(command).wait().success();
        assert!(text.contains("CONNECT") && !text.contains("T0KEN"), "{text}");
    }
    wait_for_log(&broker, "u'T0KEN'", 2);
    let mut command = cli(&["probe", "--broker", &url, "--access-token"]);
    command.env("WIRETREE_PASSWORD", "");
    let ended = Background::start(command).wait();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("access token"), "{}", ended.stderr);
}
