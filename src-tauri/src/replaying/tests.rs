//! What guards a replay, with the demo as the broker.

use tauri::async_runtime::block_on;
use tempfile::TempDir;
use tokio::time::timeout;
use wiretree_session::replay::{ReplayEnd, ReplayProgress};
use wiretree_session::{Query, State};

use super::*;
use crate::opening;
use crate::state::{Kind, Place};
use crate::wire::{HistoryQuery, ReplayDirection, ReplayRetain, ReplayRule, ReplayTiming, Scope};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

fn state() -> (TempDir, AppState) {
    let folder = tempfile::tempdir().unwrap();
    let state = AppState::new(folder.path(), false);
    (folder, state)
}

/// The demo, once some messages of it are stored.
async fn demo(state: &AppState) -> u32 {
    let opened = opening::demo(state, Channel::new(|_| Ok(()))).await.unwrap();
    let session = state.open(opened.connection).unwrap().session;
    let stored = async {
        while session.summary().await.unwrap().totals.stored < 50 {
            // Frames are the one thing that can be waited for.
            session.next_frame().await;
        }
    };
    timeout(PATIENCE, stored).await.expect("the demo sends");
    opened.connection
}

fn request(target: u32, rules: &[(&str, &str)]) -> ReplayRequest {
    let rule = |(from, to): &(&str, &str)| ReplayRule { from: (*from).into(), to: (*to).into() };
    ReplayRequest {
        query: HistoryQuery {
            scope: Some(Scope { topic: "acme".to_owned(), subtree: true }),
            text: String::new(),
            utc_offset_minutes: 0,
            from: None,
            to: None,
        },
        target,
        timing: ReplayTiming::FixedRate { per_second: 10_000.0 },
        longest_gap: None,
        cap: None,
        in_flight: 50,
        rules: rules.iter().map(rule).collect(),
        qos: None,
        retain: ReplayRetain::AsRecorded,
        direction: ReplayDirection::Received,
        times: Some(1),
        outcomes: None,
        confirmed: None,
    }
}

async fn end(mut news: ReplayNews) -> ReplayProgress {
    let last = async {
        let mut last = None;
        while let Some(progress) = news.next().await {
            last = Some(progress);
        }
        last
    };
    timeout(PATIENCE, last).await.expect("a replay ends").expect("its end is told")
}

fn refused(state: &AppState, connection: u32, request: &ReplayRequest) -> String {
    match begin(state, connection, request, None) {
        Ok(_) => panic!("it was begun"),
        Err(error) => error.code,
    }
}

#[test]
fn the_broker_that_the_messages_came_from_has_to_be_confirmed_unless_all_of_them_move() {
    let (_folder, state) = state();
    block_on(async {
        let connection = demo(&state).await;
        for rules in [&[][..], &[("acme/munich/", "x/")]] {
            let code = refused(&state, connection, &request(connection, rules));
            assert_eq!(code, "replay-unconfirmed", "{rules:?}");
        }
        let mistyped = ReplayRequest { confirmed: Some("x".into()), ..request(connection, &[]) };
        assert_eq!(refused(&state, connection, &mistyped), "replay-unconfirmed");
        let glance = OutlookExtent::Glance;
        let found = look(&state, connection, request(connection, &[]), glance).await.unwrap();
        let confirmation = found.confirmation.expect("it is asked for");
        assert!(confirmation.reasons[0].contains("recorded again"), "{confirmation:?}");
        assert!(found.messages > 0 && found.unchanged == found.messages);

        let typed = ReplayRequest { confirmed: Some("demo".into()), ..request(connection, &[]) };
        let (replay, news) = begin(&state, connection, &typed, None).unwrap();
        replay.stop();
        end(news).await;
        let moved = request(connection, &[("", "replayed/")]);
        let (_, news) = begin(&state, connection, &moved, None).unwrap();
        let ended = end(news).await;
        assert!(matches!(ended.end, Some(ReplayEnd::Finished)), "{ended:?}");
        assert!(ended.counts.is_clean() && ended.counts.published() > 0, "{ended:?}");
        opening::end_all(&state).await;
    });
}

#[test]
fn production_is_read_only_until_it_is_unlocked_and_then_has_to_be_confirmed() {
    let (_folder, state) = state();
    block_on(async {
        let connection = demo(&state).await;
        let open = state.open(connection).unwrap();
        assert!(matches!(open.session.summary().await.unwrap().state, State::Connected { .. }));
        let place = Place { name: "Works", host: "works", address: "mqtts://works:8883" };
        let (target, _) = state.insert(Kind::Production, &place, open.session.clone());
        let moved = request(target, &[("", "replayed/")]);
        assert_eq!(refused(&state, connection, &moved), "read-only");
        let glance = OutlookExtent::Glance;
        let found = look(&state, connection, moved.clone(), glance).await.unwrap();
        assert!(found.is_locked && found.confirmation.is_some_and(|asked| asked.name == "Works"));
        state.open(target).unwrap().unlock();
        assert_eq!(refused(&state, connection, &moved), "replay-unconfirmed");
        let typed = ReplayRequest { confirmed: Some(" Works ".into()), ..moved };
        let (replay, news) = begin(&state, connection, &typed, None).unwrap();
        replay.stop();
        assert!(matches!(end(news).await.end, Some(ReplayEnd::Stopped | ReplayEnd::Finished)));
        opening::end_all(&state).await;
    });
}

#[test]
fn this_machine_is_the_same_broker_by_whatever_name() {
    let here = broker("localhost", "mqtt://localhost:1883");
    for (host, address) in [
        ("127.0.0.1", "mqtt://127.0.0.1:1883"),
        ("::1", "mqtt://[::1]:1883"),
        ("[::1]", "mqtt://[::1]:1883"),
    ] {
        assert_eq!(broker(host, address), here);
    }
    for (host, address) in [
        ("localhost", "mqtt://localhost:1884"),
        ("works", "mqtt://works:1883"),
        ("localhost", "unix:/run/localhost"),
    ] {
        assert_eq!(broker(host, address), address);
    }
}

#[test]
fn what_is_not_valid_is_refused_by_name() {
    let rules =
        |rules| request(1, rules).to_session(Query::default()).map_err(|error| error.message);
    let error = rules(&[("a/", "b/"), ("a/+", "b/+")]).unwrap_err();
    assert!(error.starts_with("Rule 2 has the wildcard +"), "{error}");
    let code = |request: ReplayRequest| {
        request.to_session(Query::default()).map_err(|error| error.code).unwrap_err()
    };
    let usual = || request(1, &[]);
    assert_eq!(code(ReplayRequest { qos: Some(3), ..usual() }), "qos-invalid");
    assert_eq!(code(ReplayRequest { longest_gap: Some(-1.0), ..usual() }), "replay-invalid");
    assert_eq!(code(ReplayRequest { times: Some(0), ..usual() }), "replay-invalid");
    let timing = ReplayTiming::Original { speed: 0.0 };
    assert_eq!(code(ReplayRequest { timing, ..usual() }), "replay-invalid");
}
