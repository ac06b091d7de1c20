//! The broker as the clients of Mosquitto see it, in both versions. Packages: mosquitto-clients.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::support::{Outcome, Subscriber, publish};
use wiretree_demo::Broker;

const VERSIONS: [&str; 2] = ["mqttv311", "mqttv5"];
/// How long a port may take to be free again.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn every_qos_arrives_with_the_lower_of_both() -> Outcome {
    let broker = Broker::start(None)?;
    for version in VERSIONS {
        for (sent, asked) in [("0", "0"), ("1", "1"), ("2", "2"), ("2", "1"), ("0", "2")] {
            let options = ["-t", "a/+/#", "-q", asked];
            let mut subscriber = Subscriber::start(broker.address(), version, &options).await?;
            let options = ["-t", "a/b/c", "-m", "hello", "-q", sent];
            publish(broker.address(), version, &options).await?;
            let qos = sent.min(asked);
            assert_eq!(subscriber.message().await?, format!("a/b/c {qos} 0 hello"), "{version}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn versions_talk_to_each_other() -> Outcome {
    let broker = Broker::start(None)?;
    for (sender, receiver) in [(VERSIONS[0], VERSIONS[1]), (VERSIONS[1], VERSIONS[0])] {
        let mut subscriber = Subscriber::start(broker.address(), receiver, &["-t", "#"]).await?;
        publish(broker.address(), sender, &["-t", "x", "-m", "y", "-q", "1"]).await?;
        assert_eq!(subscriber.message().await?, "x 0 0 y");
    }
    Ok(())
}

#[tokio::test]
async fn a_retained_message_comes_until_it_is_cleared() -> Outcome {
    let broker = Broker::start(None)?;
    for version in VERSIONS {
        publish(broker.address(), version, &["-t", "r/1", "-m", "kept", "-r", "-q", "1"]).await?;
        let mut first = Subscriber::start(broker.address(), version, &["-t", "r/#"]).await?;
        assert_eq!(first.message().await?, "r/1 0 1 kept");
        publish(broker.address(), version, &["-t", "r/1", "-n", "-r", "-q", "1"]).await?;
        assert_eq!(first.message().await?, "r/1 0 0 ", "the clearing is a message");

        let mut second = Subscriber::start(broker.address(), version, &["-t", "r/#"]).await?;
        publish(broker.address(), version, &["-t", "r/2", "-m", "canary", "-q", "1"]).await?;
        assert_eq!(second.message().await?, "r/2 0 0 canary", "nothing retained came before");
    }
    Ok(())
}

#[tokio::test]
async fn a_will_is_published_for_who_ends_without_a_word() -> Outcome {
    let broker = Broker::start(None)?;
    for version in VERSIONS {
        let mut watcher = Subscriber::start(broker.address(), version, &["-t", "will/#"]).await?;
        let will =
            ["--will-topic", "will/a", "--will-payload", "gone", "--will-qos", "1", "-t", "x"];
        Subscriber::start(broker.address(), version, &will).await?.kill().await?;
        assert_eq!(watcher.message().await?, "will/a 0 0 gone", "{version}");

        // A publisher says goodbye, so its will must not come before the canary.
        let will = ["--will-topic", "will/b", "--will-payload", "no", "-t", "will/c", "-m", "ok"];
        publish(broker.address(), version, &[&will[..], &["-q", "1"]].concat()).await?;
        publish(broker.address(), version, &["-t", "will/d", "-m", "canary"]).await?;
        assert_eq!(watcher.message().await?, "will/c 0 0 ok");
        assert_eq!(watcher.message().await?, "will/d 0 0 canary");
    }
    Ok(())
}

#[tokio::test]
async fn a_persistent_session_keeps_what_came_meanwhile() -> Outcome {
    let broker = Broker::start(None)?;
    for (version, expiry) in [(VERSIONS[0], &[][..]), (VERSIONS[1], &["-x", "600"][..])] {
        let options = ["-i", "keeper", "-c", "-q", "1", "-t", "p/#"];
        let options = [&options[..], expiry].concat();
        Subscriber::start(broker.address(), version, &options).await?.kill().await?;
        for number in ["1", "2", "3"] {
            publish(broker.address(), version, &["-t", "p/a", "-m", number, "-q", "2"]).await?;
        }
        let mut again = Subscriber::start(broker.address(), version, &options).await?;
        for number in ["1", "2", "3"] {
            assert_eq!(again.message().await?, format!("p/a 1 0 {number}"), "{version}");
        }
        again.kill().await?;
        forget(broker.address(), version).await?;
    }
    Ok(())
}

/// Ends the session of `keeper` by a clean start.
async fn forget(address: SocketAddr, version: &str) -> Outcome {
    publish(address, version, &["-i", "keeper", "-t", "x", "-m", "y", "-q", "1"]).await
}

#[tokio::test]
async fn overlapping_filters_give_one_copy_with_the_higher_qos() -> Outcome {
    let broker = Broker::start(None)?;
    for version in VERSIONS {
        let options = ["-q", "1", "-t", "o/#", "-t", "o/+", "-t", "o/a"];
        let mut subscriber = Subscriber::start(broker.address(), version, &options).await?;
        publish(broker.address(), version, &["-t", "o/a", "-m", "once", "-q", "2"]).await?;
        publish(broker.address(), version, &["-t", "o/b", "-m", "next", "-q", "0"]).await?;
        assert_eq!(subscriber.message().await?, "o/a 1 0 once");
        assert_eq!(subscriber.message().await?, "o/b 0 0 next", "{version}");
    }
    Ok(())
}

#[tokio::test]
async fn a_large_payload_arrives_whole() -> Outcome {
    let broker = Broker::start(None)?;
    let payload = "0123456789".repeat(30_000);
    let file = std::env::temp_dir().join(format!("wiretree-demo-{}", std::process::id()));
    std::fs::write(&file, &payload)?;
    for version in VERSIONS {
        let options = ["-t", "large", "-q", "2"];
        let mut subscriber = Subscriber::start(broker.address(), version, &options).await?;
        let path = file.to_string_lossy();
        publish(broker.address(), version, &["-t", "large", "-q", "2", "-f", &path]).await?;
        assert_eq!(subscriber.message().await?, format!("large 2 0 {payload}"), "{version}");
    }
    Ok(std::fs::remove_file(&file)?)
}

#[tokio::test]
async fn the_broker_tells_about_itself_but_not_to_wildcards() -> Outcome {
    let broker = Broker::start(None)?;
    let options = ["-t", "$SYS/broker/version"];
    let mut subscriber = Subscriber::start(broker.address(), "mqttv311", &options).await?;
    let told = subscriber.message().await?;
    assert!(told.starts_with("$SYS/broker/version 0 1 Wiretree"), "{told}");

    let mut everything = Subscriber::start(broker.address(), "mqttv311", &["-t", "#"]).await?;
    publish(broker.address(), "mqttv311", &["-t", "$SYS/broker/version", "-m", "no"]).await?;
    publish(broker.address(), "mqttv311", &["-t", "canary", "-m", "x"]).await?;
    assert_eq!(everything.message().await?, "canary 0 0 x");
    Ok(())
}

#[tokio::test]
async fn the_port_is_free_again_after_the_end() -> Outcome {
    // Not one that the system chooses: it could give it to an outgoing connection meanwhile.
    let broker = Broker::start(Some(wiretree_testkit::free_port()))?;
    let address = broker.address();
    assert!(address.ip().is_loopback());
    let taken = Broker::start(Some(address.port()));
    assert_eq!(taken.map_err(|error| error.code()).err(), Some("demo-listen"));
    broker.stop().await;
    let again = start_again(address.port()).await?;
    publish(again.address(), "mqttv5", &["-t", "x", "-m", "y", "-q", "1"]).await
}

/// Starts a broker on a port that was given up. A program that another test is just starting still
/// has everything open that this process had, until its own code begins to run.
async fn start_again(port: u16) -> Outcome<Broker> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match Broker::start(Some(port)) {
            Err(_) if Instant::now() < deadline => tokio::task::yield_now().await,
            outcome => return Ok(outcome?),
        }
    }
}
