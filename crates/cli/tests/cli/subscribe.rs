//! `subscribe`: the lines of mosquitto_sub, the lossless ones, and an end in good order.

use std::process::{Command, Stdio};

use serde_json::Value;
use wiretree_testkit::Mosquitto;

use crate::support::{
    Background, Folder, QuietBroker, cli, export, payload, publish, run, run_with_input,
    wait_for_log,
};

/// Starts `subscribe` with these arguments, and waits until the broker has taken the filters.
#[track_caller]
fn subscribing(arguments: &[&str]) -> Background {
    let mut running = Background::start(cli(&[&["subscribe"], arguments].concat()));
    running.wait_for(|line| line == "subscribed");
    running
}

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// What both programs have to agree on: all but the time.
fn without_time(mut object: Value) -> Value {
    let time = object.as_object_mut().and_then(|fields| fields.remove("tst"));
    let time = time.as_ref().and_then(Value::as_str).expect("the time is text");
    assert!(time.len() == "2026-01-31T12:00:00.000000Z+0000".len(), "{time}");
    object
}

/// Publishes every kind of message that mosquitto_sub can print as JSON.
fn publish_variety(url: &str) {
    publish(url, "t/object", r#"{"a": 1.50, "b": [true, null, "x\ty"], "größe": "ä"}"#, &[]);
    publish(url, "t/number", "-21.5", &["--qos", "1"]);
    publish(url, "t/text", r#""a \"quoted\" text""#, &["--qos", "2"]);
    publish(url, "t/empty", "", &[]);
    publish(url, "t/array", " [1, 2 ,\n3] ", &["--qos", "1", "--retain"]);
    let properties = [
        "--content-type",
        "application/json",
        "--payload-is-text",
        "--expiry",
        "1000",
        "--response-topic",
        "r/t",
        "--correlation-data",
        "co\"r",
        "--message-user-property",
        "a=b",
        "--message-user-property",
        "c=d=e",
    ];
    publish(url, "t/props \"q\"", "{}", &properties);
}

#[test]
fn the_lines_are_those_of_mosquitto_sub() {
    let broker = Mosquitto::start(&[]);
    let port = broker.port().to_string();
    let url = format!("mqtt://127.0.0.1:{port}");
    for version in ["3.1.1", "5"] {
        let mut theirs = Command::new("mosquitto_sub");
        let name = if version == "5" { "mqttv5" } else { "mqttv311" };
        theirs.args(["-p", &port, "-V", name, "-t", "t/#", "-q", "2", "-F", "%J", "-C", "6"]);
        theirs.args(["-W", "50"]).stdin(Stdio::null());
        let theirs = Background::start(theirs);
        let arguments = ["--broker", &url, "--protocol", version, "--filter", "t/#", "--qos", "2"];
        let ours = subscribing(&[&arguments[..], &["--count", "6", "--wait", "50"]].concat());
        wait_for_log(&broker, "Sending SUBACK", if version == "5" { 4 } else { 2 });
        publish_variety(&url);
        let ours = ours.wait().success();
        let theirs = theirs.wait().success();
        // Of QoS 2, ours prints PUBLISH as it comes, and theirs when the exchange is complete.
        let plain = |lines: &str| {
            let mut list: Vec<Value> = objects(lines).into_iter().map(without_time).collect();
            list.sort_by_key(|message| message["topic"].to_string());
            list
        };
        assert_eq!(plain(&ours), plain(&theirs), "MQTT {version}");
        publish(&url, "t/array", "", &["--retain"]);
    }
}

#[test]
fn what_is_no_json_is_a_string() {
    let broker = QuietBroker::start();
    let url = broker.url();
    let running = subscribing(&["--broker", &url, "--filter", "t", "--count", "1"]);
    publish(&url, "t", "plain \"text\"", &[]);
    let found = &objects(&running.wait().success())[0];
    assert_eq!(found["payload"], "plain \"text\"");
}

#[test]
fn lossless_lines_are_those_of_an_export() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, history) = (broker.url(), folder.path("history"));
    let recorder = Background::recording(&[
        "--broker",
        &url,
        "--history",
        &history,
        "--filter",
        "t/#",
        "--qos",
        "1",
        "--count",
        "2",
    ]);
    let options = ["--filter", "t/#", "--qos", "1", "--retain-as-published", "--lossless"];
    let running = subscribing(&[&["--broker", &url, "--count", "2"], &options[..]].concat());
    let bytes = [0xff, 0x00, 0x7f];
    let fixed = ["publish", "--broker", &url, "--topic", "t/bytes", "--file", "-"];
    let more = ["--qos", "1", "--retain", "--message-user-property", "a=b"];
    run_with_input(&[&fixed[..], &more[..]].concat(), &bytes).success();
    publish(&url, "t/text", "Grüße", &[]);
    let printed = objects(&running.wait().success());
    recorder.wait().success();
    assert_eq!(payload(&printed[0]), bytes);
    let plain = |mut message: Value| {
        let fields = message.as_object_mut().expect("an object");
        fields.retain(|name, _| !["ts", "connection", "mid"].contains(&name.as_str()));
        message
    };
    let recorded: Vec<Value> = export(&history, &[]).into_iter().map(plain).collect();
    assert_eq!(printed.into_iter().map(plain).collect::<Vec<_>>(), recorded);
}

#[test]
fn more_messages_come_than_the_broker_has_on_its_way_at_a_time() {
    let broker = Mosquitto::start(&["max_inflight_messages 3"]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    for qos in ["1", "2"] {
        let wanted = ["--filter", "t", "--qos", qos, "--count", "50"];
        let running = subscribing(&[&["--broker", &url], &wanted[..]].concat());
        publish(&url, "t", "x", &["--count", "50", "--qos", qos]);
        assert_eq!(objects(&running.wait().success()).len(), 50, "QoS {qos}");
    }
}

#[test]
fn subscription_options_reach_the_broker() {
    let broker = Mosquitto::start(&[]);
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    publish(&url, "kept/a", "1", &["--retain", "--qos", "1"]);
    let running = subscribing(&[
        "--broker",
        &url,
        "--count",
        "1",
        "--filter",
        "kept/#",
        "--retain-handling",
        "do-not-send",
        "--retain-as-published",
        "--qos",
        "1",
        "--subscription-id",
        "77",
    ]);
    publish(&url, "kept/b", "2", &["--retain", "--qos", "1"]);
    let found = &objects(&running.wait().success())[0];
    assert_eq!((&found["topic"], &found["retain"]), (&"kept/b".into(), &1.into()));
    assert_eq!(found["properties"]["subscription-identifier"], 77, "{found}");
}

#[test]
fn a_reader_who_has_enough_is_a_success() {
    let broker = QuietBroker::start();
    let url = broker.url();
    let mut command = cli(&["subscribe", "--broker", &url, "--filter", "t"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let stderr = crate::support::lines_of(child.stderr.take().expect("a pipe"));
    while stderr.recv().expect("it tells when it is subscribed") != "subscribed" {}
    drop(child.stdout.take());
    publish(&url, "t", "x", &[]);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(stderr.iter().collect::<Vec<_>>(), [""; 0], "quietly");
}

#[test]
fn a_reader_who_has_stopped_does_not_keep_a_signal_from_ending_it() {
    let broker = QuietBroker::start();
    let url = broker.url();
    let mut command = cli(&["subscribe", "--broker", &url, "--filter", "t"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let stderr = crate::support::lines_of(child.stderr.take().expect("a pipe"));
    while stderr.recv().expect("it tells when it is subscribed") != "subscribed" {}
    // More than a pipe holds.
    publish(&url, "t", &"x".repeat(100_000), &["--count", "10", "--qos", "1"]);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn the_time_may_be_limited() {
    let broker = QuietBroker::start();
    let url = broker.url();
    let fixed = ["subscribe", "--broker", &url, "--filter", "t", "--wait", "0.3"];
    assert_eq!(run(&fixed).success(), "");
    let sentence = run(&[&fixed[..], &["--count", "1"]].concat()).failure(1);
    assert!(sentence.contains("0 of 1 messages came"), "{sentence}");
}

#[test]
fn with_nothing_to_subscribe_to_it_says_so() {
    let sentence = run(&["subscribe", "--broker", "localhost"]).failure(2);
    assert!(sentence.contains("--filter 'site/#'"), "{sentence}");
}
