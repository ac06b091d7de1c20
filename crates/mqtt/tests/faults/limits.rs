//! What the broker has ruled out is refused here, before it would cost the connection.

use wiretree_model::{Property, Publish, QoS};
use wiretree_mqtt::PublishOutcome;

use crate::common::Client;
use crate::peer::{Peer, V5, accepting, message};

/// F15, C1-19.
#[tokio::test]
async fn a_publish_beyond_a_limit_is_refused_by_name_and_never_sent() {
    use Property as P;
    let large = || Publish { payload: vec![0; 200].into(), ..message("t", "") };
    let cases: [(Property, Publish, &str); 4] = [
        (
            P::MaximumQoS(0),
            Publish { qos: QoS::AtLeastOnce, ..message("t", "x") },
            "qos-not-supported",
        ),
        (
            P::MaximumQoS(1),
            Publish { qos: QoS::ExactlyOnce, ..message("t", "x") },
            "qos-not-supported",
        ),
        (
            P::RetainAvailable(0),
            Publish { retain: true, ..message("t", "x") },
            "retain-not-supported",
        ),
        (P::MaximumPacketSize(100), large(), "too-large"),
    ];
    for (limit, publish, code) in cases {
        let peer = Peer::new(V5).await;
        let mut client = Client::open(peer.options());
        let (_, mut link) = peer.connected_with(accepting([limit])).await;
        client.connected().await;
        let outcome = client.connection.publish(publish).await.finished().await;
        let PublishOutcome::Failed { cause } = outcome else { panic!("{code}: {outcome:?}") };
        assert_eq!(cause.code(), code);
        client.connection.publish(message("allowed", "x")).await;
        assert_eq!(link.publish().await, message("allowed", "x"), "the first thing on the wire");
        link.canary(&mut client).await;
    }
}
