//! The plant as a client of the broker sees it.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use tokio::time::timeout;
use wiretree_model::{Property, Publish, Topic};
use wiretree_wire::Connect;

use super::client::Client;
use super::wanderer::Presence;
use super::*;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const DEADLINE: Duration = Duration::from_secs(30);

async fn watcher(broker: &Broker, filters: &[&str]) -> Outcome<Client> {
    let connect = Connect { clean_start: true, client_id: "watcher".into(), ..Connect::default() };
    let mut client = Client::connect(broker.address(), connect).await?;
    client.subscribe(filters)?;
    client.send().await?;
    Ok(client)
}

/// The next message that is wanted; acknowledges all on the way.
async fn until(client: &mut Client, wanted: impl Fn(&Publish) -> bool) -> Outcome<Publish> {
    timeout(DEADLINE, async {
        loop {
            let message = client.message().await?;
            client.send().await?;
            if wanted(&message) {
                return Ok(message);
            }
        }
    })
    .await?
}

#[tokio::test]
async fn every_kind_of_topic_appears() -> Outcome {
    let broker = Broker::start(None)?;
    let mut client = watcher(&broker, &["#"]).await?;
    let _plant = Plant::start(&broker, 2000.0)?;
    let mut missing: Vec<&[u8]> = [
        "acme/munich/packaging/line-1/cnc-01/spindle",
        "acme/munich/packaging/line-1/cnc-01/vibration",
        "acme/munich/packaging/line-1/cnc-01/vibration/raw",
        "acme/munich/packaging/line-1/cnc-01/status",
        "acme/munich/packaging/line-1/cnc-01/config",
        "acme/munich/packaging/line-1/robot-arm-02/pose",
        "acme/munich/packaging/line-2/cnc-03/status",
        "acme/munich/packaging/line-2/filler-01/level",
        "acme/munich/quality/cell-1/scale-01/weight",
        "acme/munich/quality/cell-1/camera-01/image",
        "acme/berlin/assembly/line-2/screwdriver-01/batch",
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/kitchen/motion",
        "v1/devices/me/telemetry",
        "v1/devices/me/rpc/request/1",
        "v1/devices/me/rpc/response/1",
        "lab/binary/cbor",
        "lab//empty level",
        "lab/مختبر/درجة الحرارة",
        "lab/🏭/🌡️",
        "lab/__proto__/constructor",
    ]
    .map(str::as_bytes)
    .to_vec();
    let mut longest = 0;
    while !missing.is_empty() || longest < 3000 {
        let message = until(&mut client, |_| true).await.map_err(|_| format!("{missing:?}"))?;
        longest = longest.max(message.topic.as_bytes().len());
        missing.retain(|name| *name != message.topic.as_bytes());
    }
    Ok(())
}

#[tokio::test]
async fn a_machine_drops_out_and_its_will_is_published() -> Outcome {
    let broker = Broker::start(None)?;
    let mut client = watcher(&broker, &["acme/munich/packaging/line-2/cnc-03/#"]).await?;
    let millis = Duration::from_millis;
    let presence = Presence { there: millis(200), away: millis(50), step: millis(20) };
    let _plant = Plant::with_presence(&broker, 1.0, presence)?;
    for status in ["\"running\"", "\"offline\"", "\"running\""] {
        until(&mut client, |message| message.payload == status).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_command_is_answered_and_changes_the_value() -> Outcome {
    let broker = Broker::start(None)?;
    let _plant = Plant::start(&broker, 500.0)?;
    let path = "acme/munich/packaging/line-1/cnc-01";
    let filters = [format!("{path}/#")];
    let mut client = watcher(&broker, &filters.each_ref().map(String::as_str)).await?;
    let spindle = Topic::received(format!("{path}/spindle"));
    let first = until(&mut client, |message| message.topic == spindle).await?;
    let sources = |one: &&Property| matches!(one, Property::UserProperty(name, _) if name.as_bytes() == b"source");
    assert_eq!(first.properties.iter().filter(sources).count(), 2, "a name stands twice");

    client.publish(Publish {
        topic: Topic::received(format!("{path}/command")),
        payload: br#"{"method":"setSpindle","params":{"rpm":500}}"#.as_slice().into(),
        ..Publish::default()
    })?;
    client.send().await?;
    let response = Topic::received(format!("{path}/command/response"));
    until(&mut client, |message| message.topic == response).await?;
    let is_slow = |message: &Publish| {
        let text = String::from_utf8_lossy(&message.payload);
        text.contains("\"rpm\":49") || text.contains("\"rpm\":50")
    };
    until(&mut client, |message| message.topic == spindle && is_slow(message)).await?;
    Ok(())
}

#[tokio::test]
async fn only_states_come_when_the_rate_is_nought() -> Outcome {
    let broker = Broker::start(None)?;
    let _plant = Plant::start(&broker, 0.0)?;
    let mut client = watcher(&broker, &["acme/+/+/+/+/+"]).await?;
    let status = "acme/berlin/utilities/hall-1/boiler-01/status";
    until(&mut client, |message| message.topic == Topic::received(status)).await?;
    // The answer to a command comes behind all that was published at the start.
    client.publish(Publish {
        topic: Topic::received("acme/berlin/utilities/hall-1/boiler-01/command"),
        payload: "stop".into(),
        ..Publish::default()
    })?;
    let mut seen = BTreeSet::new();
    client.send().await?;
    loop {
        let message = until(&mut client, |_| true).await?;
        let name = message.topic.levels().last().unwrap_or_default().to_vec();
        seen.insert(String::from_utf8(name)?);
        if message.payload == "\"stopped\"" {
            break;
        }
    }
    // The machine with its own connection measures its spindle at its own pace.
    seen.remove("spindle");
    let expected = ["command", "config", "status"];
    assert!(seen.iter().all(|name| expected.contains(&name.as_str())), "{seen:?}");
    Ok(())
}

#[tokio::test]
async fn a_rate_that_is_none_is_refused() -> Outcome {
    let broker = Broker::start(None)?;
    for rate in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = Plant::start(&broker, rate).map_err(|error| error.code());
        assert_eq!(refused.err(), Some("demo-rate"), "{rate}");
    }
    Ok(())
}
