//! Another client with the same identifier, and a broker that does not say so.

use wiretree_mqtt::ConnectOptions;

use crate::peer::{Peer, V311};

/// C3-12 with a broker that names no reason: no ping-pong with the other client.
#[tokio::test]
async fn a_chosen_identifier_that_is_taken_over_in_silence_is_left_to_the_other() {
    let peer = Peer::new(V311).await;
    let options = ConnectOptions { client_id: "twin".to_owned(), ..peer.options() };
    let (mut client, link) = peer.client_with(options).await;
    drop(link);
    for _ in 0..4 {
        drop(peer.connected().await);
    }
    let cause = client.refused().await;
    assert_eq!(cause.code(), "connection-lost");
    assert!(cause.to_string().contains("client identifier \"twin\""), "{cause}");
    client.connection.retry_now();
    peer.connected().await.canary(&mut client).await;
}
