//! What becomes of a publish, and of a retained message that is to go.

use tokio::time::timeout;
use wiretree_model::{ProtocolVersion, Publish, QoS, Topic};
use wiretree_session::{Gesture, PublishOutcome, Session};
use wiretree_testkit::Mosquitto;

use crate::common::{
    Archive, PATIENCE, all, look, message, publish, received, row, spec, unconnected,
};

async fn outcome(session: &Session, publish: Publish) -> PublishOutcome {
    let ticket = session.publish(publish).await;
    timeout(PATIENCE, ticket.finished()).await.expect("every publish ends")
}

#[tokio::test]
async fn each_quality_of_service_ends_as_it_should_and_comes_back_as_sent() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let session = archive.ready(spec(broker.port())).await;
    for (qos, payload) in [(QoS::AtMostOnce, "0"), (QoS::AtLeastOnce, "1"), (QoS::ExactlyOnce, "2")]
    {
        let ended = outcome(&session, Publish { qos, ..message("a", payload) }).await;
        let fits = match qos {
            QoS::AtMostOnce => ended == PublishOutcome::Sent,
            _ => matches!(ended, PublishOutcome::Acknowledged { .. }),
        };
        assert!(fits, "{qos:?}: {ended:?}");
        received(&session, u64::from(qos.bits()) + 1).await;
    }
    session.close().await;
    for (stored, bits) in all(&archive.reader()).iter().zip(0..) {
        let publish = &stored.message.publish;
        assert_eq!((publish.qos.bits(), publish.payload.as_ref()), (bits, &[b'0' + bits][..]));
        assert_eq!(publish.packet_id.is_some(), bits > 0);
    }
}

#[tokio::test]
async fn without_a_connection_a_publish_fails_with_a_sentence() {
    let archive = Archive::new();
    let session = archive.open(unconnected()).await;
    let ended = outcome(&session, message("a", "1")).await;
    assert!(matches!(&ended, PublishOutcome::Failed { cause } if !cause.to_string().is_empty()));
    session.close().await;
    let ended = outcome(&session, message("a", "1")).await;
    assert!(matches!(ended, PublishOutcome::Failed { .. }), "{ended:?}");
}

#[tokio::test]
async fn a_retained_message_that_was_cleared_loses_its_mark() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let first = archive.ready(spec(broker.port())).await;
    for topic in ["goes", "stays"] {
        let retained = Publish { qos: QoS::AtLeastOnce, retain: true, ..message(topic, "1") };
        outcome(&first, retained).await;
    }
    first.close().await;

    let session = archive.ready(spec(broker.port())).await;
    look(&session, Gesture::SetWindow { first: 0, count: 10 }).await;
    row(&session, "goes", |row| row.retained).await;
    row(&session, "stays", |row| row.retained).await;
    let retained_only = Gesture::SetFilter { text: None, topic_filter: None, retained_only: true };
    look(&session, retained_only).await;

    let ticket = session.clear_retained(Topic::received("goes")).await;
    let ended = timeout(PATIENCE, ticket.finished()).await.unwrap();
    assert!(matches!(ended, PublishOutcome::Acknowledged { .. }), "{ended:?}");
    crate::common::until(&session, "one row less", |frame| {
        let names: Vec<_> = frame.window.rows.iter().map(|row| row.name.as_slice()).collect();
        (names == [b"stays"]).then_some(())
    })
    .await;
    session.close().await;

    let third = archive.ready(spec(broker.port())).await;
    publish(&third, "canary", "1").await;
    received(&third, 2).await;
    let totals = third.close().await.totals;
    assert_eq!(totals.received, 2, "the broker has only one retained message left");
}

#[tokio::test]
async fn what_we_had_retained_is_marked_also_where_the_protocol_does_not_say() {
    let broker = Mosquitto::start(&[]);
    let archive = Archive::new();
    let mut spec = spec(broker.port());
    spec.options.protocol = ProtocolVersion::V311;
    let session = archive.ready(spec).await;
    look(&session, Gesture::SetWindow { first: 0, count: 10 }).await;
    publish(&session, "a", "live").await;
    row(&session, "a", |row| !row.retained).await;

    let retained = Publish { qos: QoS::AtLeastOnce, retain: true, ..message("a", "kept") };
    outcome(&session, retained).await;
    row(&session, "a", |row| row.retained).await;
    session.close().await;
}
