//! Packets of a connection to the demo, as the page asks for them.

use std::time::Duration;

use tauri::async_runtime::block_on;
use tauri::ipc::Channel;
use wiretree_model::{PasswordSource, Purpose, QoS, Topic};

use super::*;
use crate::opening;
use crate::state::AppState;
use crate::wire::{GivenSecrets, TypedPayload};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

fn of(kinds: &[&str]) -> PacketFilter {
    let types = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    PacketFilter { types, ..PacketFilter::default() }
}

/// Waits until there are so many packets of a kind.
async fn until(open: &Open, kind: &str, count: u32) -> PacketWindow {
    let found = async {
        loop {
            let window = window(open.clone(), &of(&[kind]), Some(0), 10).await.unwrap();
            if window.total >= count {
                return window;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("such packets come")
}

#[test]
fn the_window_has_the_packets_their_fields_and_their_handshakes() {
    let folder = tempfile::tempdir().unwrap();
    let state = AppState::new(folder.path(), false);
    block_on(async {
        let opened = opening::demo(&state, Channel::new(|_| Ok(()))).await.unwrap();
        let open = state.open(opened.connection).unwrap();
        let suback = until(&open, "SUBACK", 1).await;
        let connect = until(&open, "CONNECT", 1).await;
        assert_eq!(connect.rows[0].number, connect.rows[0].number.min(suback.rows[0].number));
        assert!(connect.recording);
        let detail = detail(open.clone(), connect.rows[0].number).await.unwrap();
        assert_eq!(detail.row, connect.rows[0]);
        assert!(detail.bytes.starts_with("10"), "{}", detail.bytes);
        assert_eq!(detail.bytes.len(), detail.size as usize * 2);
        assert!(detail.fields.iter().all(|field| field.start <= field.end));
        assert!(!detail.fields.is_empty() && detail.problems.is_empty());
        let publish = wiretree_model::Publish {
            topic: Topic::to_publish("a").unwrap(),
            qos: QoS::ExactlyOnce,
            ..Default::default()
        };
        open.session.publish(publish).await.finished().await;
        let end = until(&open, "PUBREL", 1).await;
        let ladder = handshake(open.clone(), end.rows[0].number).await.unwrap().unwrap();
        assert!(ladder.complete, "{ladder:?}");
        assert_eq!(ladder.steps.len(), 4);
        let wrong = window(open.clone(), &of(&["CONECT"]), None, 1).await.unwrap_err();
        assert_eq!(wrong.code, "packet-type-invalid");
        open.session.packets().trace().set_recording(false);
        open.session.packets().trace().clear();
        let gone = super::detail(open.clone(), connect.rows[0].number).await.unwrap_err();
        assert_eq!(gone.code, "packet-gone");
        opening::close(&state, opened.connection).await;
    });
}

/// What the trace of a connection that signs in by this token shows of its CONNECT: as a user name in
/// the profile, or as a secret that was asked for.
async fn traced_connect(purpose: Purpose, is_secret: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    let state = AppState::new(folder.path(), false);
    let mut saved = crate::profiles::tests::profile("p");
    saved.port = state.demo.enter().await.unwrap().port;
    (saved.purpose, saved.password) = (purpose, PasswordSource::None);
    saved.username = Some("T0KEN".to_owned());
    let (mut given, frames) = (GivenSecrets::default(), Channel::new(|_| Ok(())));
    if is_secret {
        (saved.access_token, saved.username) = (true, None);
        saved.password = PasswordSource::Ask;
        given.password = Some(TypedPayload { value: "T0KEN".to_owned(), ..Default::default() });
    }
    state.with_profiles(|profiles| profiles.save(saved)).unwrap();
    let opened = opening::profile(&state, "p".to_owned(), given, frames).await.unwrap();
    let open = state.open(opened.connection).unwrap();
    let connect = until(&open, "CONNECT", 1).await;
    let detail = detail(open, connect.rows[0].number).await.unwrap();
    opening::close(&state, opened.connection).await;
    state.demo.leave().await;
    format!("{detail:?}")
}

#[test]
fn an_access_token_is_not_in_the_trace() {
    let token = "T0KEN".bytes().map(|byte| format!("{byte:02X}")).collect::<String>();
    let shows = |text: &str| text.contains("T0KEN") || text.contains(&token);
    assert!(shows(&block_on(traced_connect(Purpose::General, false))), "a user name is no secret");
    for (purpose, is_secret) in [
        (Purpose::ThingsBoardDevice, false),
        (Purpose::ThingsBoardGateway, false),
        (Purpose::ThingsBoardDevice, true),
        (Purpose::General, true),
    ] {
        let shown = block_on(traced_connect(purpose, is_secret));
        assert!(!shows(&shown), "{shown}");
    }
}
