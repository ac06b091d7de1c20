//! Replays through real brokers: what arrives, what a loss does, and where it ends.

use bytes::Bytes;
use tokio::time::timeout;
use wiretree_demo::Broker;
use wiretree_model::{
    Direction, Message, MqttString, Properties, Property, Publish, QoS, Timestamp, Topic,
};
use wiretree_session::replay::{
    Cap, Remap, Repeat, Replay, ReplayEnd, ReplayNews, ReplayOrder, ReplayProgress, Timing,
};
use wiretree_session::{Query, Session, SessionSpec};
use wiretree_testkit::Mosquitto;

use crate::common::{Archive, PATIENCE, all, is_connected, publish, received, spec, until};
use crate::exporting::record;

/// Messages with everything that a publish may have, and one thing that it may not.
fn rich() -> Vec<Message> {
    let user = |name: &str, value: &str| {
        Property::UserProperty(MqttString::from(name), MqttString::from(value))
    };
    let properties = Properties(vec![
        user("b", "1"),
        Property::PayloadFormatIndicator(1),
        user("a", ""),
        Property::SubscriptionIdentifier(7),
        Property::ContentType("text/plain".into()),
        Property::ResponseTopic("answers/here".into()),
        Property::CorrelationData(Bytes::from_static(b"\xff\0\x01")),
        user("b", "1"),
    ]);
    let payloads: [&[u8]; 4] = [b"{\"n\":  9007199254740993}", b"", b"plain", b"\xc3\xbc"];
    let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
    let one = |sequence: u64, payload: &'static [u8]| Message {
        sequence,
        received_at: Timestamp(1_700_000_000_000_000 + sequence as i64 * 1_000),
        direction: Direction::Received,
        publish: Publish {
            topic: Topic::received(format!("plant/\u{fc}/{sequence}")),
            payload: Bytes::from_static(payload),
            qos: qos[sequence as usize % 3],
            // An empty retained one would remove what it is to be compared with.
            retain: sequence.is_multiple_of(2) && !payload.is_empty(),
            dup: false,
            packet_id: None,
            properties: if sequence < 9 { properties.clone() } else { Properties::default() },
        },
    };
    (1..=12).zip(payloads.into_iter().cycle()).map(|(at, payload)| one(at, payload)).collect()
}

/// A session that only sends.
fn sender(port: u16) -> SessionSpec {
    let mut spec = spec(port);
    spec.key = "sender".to_owned();
    spec.options.subscriptions.clear();
    spec
}

fn order(rules: &[&str]) -> ReplayOrder {
    ReplayOrder {
        remap: Remap::parse(rules.iter().copied()).unwrap(),
        timing: Timing::FixedRate(1_000.0),
        ..ReplayOrder::new(Query::default())
    }
}

async fn connected(archive: &Archive, spec: SessionSpec) -> Session {
    let session = archive.open(spec).await;
    until(&session, "the connection", is_connected).await;
    session
}

async fn end(news: &mut ReplayNews) -> ReplayProgress {
    reach(news, |progress| progress.end.is_some()).await
}

async fn reach(news: &mut ReplayNews, fits: impl Fn(&ReplayProgress) -> bool) -> ReplayProgress {
    let found = async {
        loop {
            let progress = news.next().await.expect("it goes on");
            if fits(&progress) {
                return progress;
            }
        }
    };
    timeout(PATIENCE, found).await.expect("it gets there")
}

#[tokio::test]
async fn a_second_client_gets_what_was_recorded_bit_for_bit() {
    let broker = Mosquitto::start(&[]);
    let (source, heard) = (Archive::new(), Archive::new());
    let recorded = rich();
    record(&source, recorded.clone()).await;
    let listener = heard.ready(spec(broker.port())).await;
    let target = connected(&source, sender(broker.port())).await;
    let mut order = order(&["plant/+/# -> lab/{rest}/{1}"]);
    // Else one of QoS 0 may overtake one of QoS 2 at the broker.
    order.cap = Cap { in_flight: 1, ..Cap::default() };
    let (_, mut news) = Replay::start(source.reader(), order, target.clone(), None).unwrap();
    let ended = end(&mut news).await;
    assert!(matches!(ended.end, Some(ReplayEnd::Finished)) && ended.counts.is_clean(), "{ended:?}");
    assert_eq!((ended.counts.sent, ended.counts.acknowledged), (4, 8));
    received(&listener, 12).await;
    listener.close().await;
    target.close().await;
    for (before, after) in recorded.iter().zip(all(&heard.reader())) {
        let (before, after) = (&before.publish, &after.message.publish);
        let sequence = before.topic.to_text().rsplit('/').next().unwrap().to_owned();
        assert_eq!(after.topic, Topic::received(format!("lab/{sequence}/\u{fc}")));
        assert_eq!(after.payload, before.payload);
        assert_eq!((after.qos, after.retain), (before.qos, before.retain), "{sequence}");
        let is_ours =
            |property: &&Property| !matches!(property, Property::SubscriptionIdentifier(_));
        let sent: Vec<_> = before.properties.iter().filter(is_ours).collect();
        let user = |list: &Properties| {
            let is_user = |property: &&Property| matches!(property, Property::UserProperty(..));
            list.iter().filter(is_user).cloned().collect::<Vec<_>>()
        };
        // A broker may order the others anew, but for user properties (MQTT 5 §3.3.2.3.7).
        assert_eq!(user(&after.properties), user(&before.properties));
        assert_eq!(after.properties.0.len(), sent.len());
        assert!(sent.iter().all(|property| after.properties.0.contains(property)), "{after:?}");
    }
}

#[tokio::test]
async fn a_replay_into_its_own_history_does_not_feed_on_itself() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    let session = archive.ready(spec(broker.address().port())).await;
    for number in 0..5 {
        publish(&session, "a", number.to_string()).await;
    }
    received(&session, 5).await;
    until(&session, "all to be stored", |frame| (frame.totals.stored >= 5).then_some(())).await;
    let order = ReplayOrder { repeat: Repeat::Times(3), ..order(&[]) };
    let (_, mut news) = Replay::start(archive.reader(), order, session.clone(), None).unwrap();
    let ended = end(&mut news).await;
    assert_eq!((ended.counts.published(), ended.pass), (15, 3), "{ended:?}");
    received(&session, 20).await;
    session.close().await;
    broker.stop().await;
}

#[tokio::test]
async fn a_broker_that_goes_and_comes_is_waited_for_and_nothing_is_lost_in_silence() {
    const MANY: u64 = 600;
    let mut broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let one = |sequence| Message {
        sequence,
        received_at: Timestamp(sequence as i64),
        direction: Direction::Received,
        publish: Publish {
            topic: Topic::received("many"),
            payload: Bytes::from(sequence.to_string()),
            qos: QoS::AtLeastOnce,
            ..Publish::default()
        },
    };
    record(&archive, (1..=MANY).map(one).collect()).await;
    let target = connected(&archive, sender(broker.port())).await;
    let order = ReplayOrder { timing: Timing::FixedRate(300.0), ..order(&["-> x/"]) };
    let (_, mut news) = Replay::start(archive.reader(), order, target.clone(), None).unwrap();
    reach(&mut news, |progress| progress.counts.acknowledged >= 30).await;
    broker.restart();
    let ended = end(&mut news).await;
    let counts = ended.counts;
    assert!(matches!(ended.end, Some(ReplayEnd::Finished)), "{ended:?}");
    assert_eq!((counts.published(), counts.failed), (MANY, 0), "{ended:?}");
    assert_eq!(counts.acknowledged + counts.unknown, MANY, "{ended:?}");
    assert_eq!(ended.failures.len() as u64, counts.unknown.min(100));
    target.close().await;
}

#[tokio::test]
async fn it_ends_when_it_is_told_to_and_when_its_target_is_closed() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    record(&archive, rich()).await;
    let target = connected(&archive, sender(broker.address().port())).await;
    let slow = || ReplayOrder { timing: Timing::FixedRate(0.01), ..order(&["-> x/"]) };
    let (replay, mut news) = Replay::start(archive.reader(), slow(), target.clone(), None).unwrap();
    reach(&mut news, |progress| progress.counts.published() == 1).await;
    replay.pause();
    reach(&mut news, |progress| progress.stage == wiretree_session::replay::ReplayStage::Paused)
        .await;
    replay.stop();
    replay.resume();
    let ended = end(&mut news).await;
    assert!(matches!(ended.end, Some(ReplayEnd::Stopped)), "a stop is for good: {ended:?}");
    assert_eq!(ended.counts.published(), 1);

    let order = ReplayOrder { timing: Timing::FixedRate(20.0), repeat: Repeat::Forever, ..slow() };
    let (_, mut news) = Replay::start(archive.reader(), order, target.clone(), None).unwrap();
    reach(&mut news, |progress| progress.counts.published() > 12).await;
    target.close().await;
    let ended = end(&mut news).await;
    let Some(ReplayEnd::Failed(error)) = ended.end else { panic!("{ended:?}") };
    assert_eq!(error.code(), "session-ended");
    broker.stop().await;
}

#[tokio::test]
async fn the_outcomes_are_in_their_file_which_is_never_overwritten() {
    let broker = Broker::start(None).unwrap();
    let archive = Archive::new();
    record(&archive, rich()).await;
    let target = connected(&archive, sender(broker.address().port())).await;
    let path = archive.export("outcomes.ndjson");
    let start = || {
        let order = order(&["plant/\u{fc}/1 ->", "-> x/"]);
        Replay::start(archive.reader(), order, target.clone(), Some(&path))
    };
    let (_, mut news) = start().unwrap();
    let ended = end(&mut news).await;
    assert_eq!((ended.counts.refused, ended.counts.published()), (1, 11), "{ended:?}");
    assert_eq!(ended.log_problem, None);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 12);
    assert_eq!(text.matches("\"outcome\":\"refused\"").count(), 1);
    assert_eq!(
        text.matches("\"outcome\":\"acknowledged\"").count() as u64,
        ended.counts.acknowledged
    );
    let Err(error) = start() else { panic!("it was overwritten") };
    assert_eq!(error.code(), "outcome-file");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    target.close().await;
    broker.stop().await;
}
