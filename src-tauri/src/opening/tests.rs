//! Connections to the demo, from opening to the end, with a page that only notes what it is sent.

use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use tauri::async_runtime::block_on;
use tauri::ipc::{Channel, InvokeResponseBody};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use wiretree_model::PasswordSource;
use wiretree_session::History;

use super::*;
use crate::wire::FarewellInput;

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

/// The frames that a page was sent.
struct Page(UnboundedReceiver<Value>);

impl Page {
    fn new() -> (Self, Channel<Frame>) {
        let (sender, frames) = unbounded_channel();
        let channel = Channel::new(move |body| {
            let InvokeResponseBody::Json(text) = body else { panic!("frames are JSON") };
            // The test may have heard enough.
            let _ = sender.send(serde_json::from_str(&text)?);
            Ok(())
        });
        (Self(frames), channel)
    }

    /// Draws frames until one fits.
    async fn until(&mut self, open: &Open, fits: impl Fn(&Value) -> bool) {
        let found = async {
            loop {
                let frame = self.0.recv().await.expect("the stream goes on");
                open.shown.notify_one();
                if fits(&frame) {
                    return;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("such a frame comes");
    }
}

fn state() -> (TempDir, AppState) {
    let folder = tempfile::tempdir().unwrap();
    let state = AppState::new(folder.path(), false);
    (folder, state)
}

fn listens(opened: &Opened) -> bool {
    TcpStream::connect(opened.address.trim_start_matches("mqtt://")).is_ok()
}

#[test]
fn the_demo_shows_its_messages_and_ends_with_its_tab() {
    let (_folder, state) = state();
    block_on(async {
        let (mut page, frames) = Page::new();
        let opened = demo(&state, frames).await.unwrap();
        let open = state.open(opened.connection).unwrap();
        page.until(&open, |frame| frame["counters"]["stored"].as_u64() > Some(0)).await;
        assert!(listens(&opened));
        close(&state, opened.connection).await;
        assert!(!listens(&opened), "nothing listens without a tab on the demo");
        assert_eq!(state.open(opened.connection).err().unwrap().code, "not-open");
        while timeout(PATIENCE, page.0.recv()).await.expect("the stream ends").is_some() {}
    });
}

#[test]
fn the_next_frame_waits_until_the_last_was_drawn() {
    let (_folder, state) = state();
    block_on(async {
        let (mut page, frames) = Page::new();
        let opened = demo(&state, frames).await.unwrap();
        let open = state.open(opened.connection).unwrap();
        page.until(&open, |frame| frame["state"]["kind"] == "connected").await;
        // That one was drawn, so one more comes. Messages go on, and no other frame may.
        timeout(PATIENCE, page.0.recv()).await.expect("one more frame comes");
        let received = open.session.summary().await.unwrap().totals.received;
        let more = async {
            while open.session.summary().await.unwrap().totals.received < received + 100 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, more).await.expect("the demo goes on");
        assert!(page.0.try_recv().is_err(), "a frame went to a page that has not drawn the last");
        end_all(&state).await;
        while timeout(PATIENCE, page.0.recv()).await.expect("the stream ends").is_some() {}
    });
}

#[test]
fn a_connection_is_open_once_and_a_refused_one_leaves_the_demo_to_the_other() {
    let (_folder, state) = state();
    block_on(async {
        let first = demo(&state, Page::new().1).await.unwrap();
        let refused = demo(&state, Page::new().1).await.unwrap_err();
        assert_eq!(refused.code, "already-open");
        assert!(listens(&first));
        end_all(&state).await;
        assert!(!listens(&first));
        let again = demo(&state, Page::new().1).await.unwrap();
        assert!(listens(&again), "it can be opened again");
        end_all(&state).await;
    });
}

#[test]
fn what_is_done_by_hand_shows_in_the_state() {
    let (_folder, state) = state();
    block_on(async {
        let (mut page, frames) = Page::new();
        let opened = demo(&state, frames).await.unwrap();
        let open = state.open(opened.connection).unwrap();
        let session = open.session.clone();
        let is = |kind: &'static str| move |frame: &Value| frame["state"]["kind"] == kind;
        page.until(&open, |frame| is("connected")(frame) && frame["state"]["limits"].is_array())
            .await;
        let trip = timeout(PATIENCE, session.ping()).await.unwrap().unwrap();
        assert!(crate::wire::microseconds(trip) > 0);
        let (reason, reason_string) = (4, Some("over".to_owned()));
        let farewell = FarewellInput { reason, reason_string, ..FarewellInput::default() };
        session.disconnect(farewell.to_session());
        page.until(&open, |frame| is("paused")(frame) && frame["state"]["dropped"] == false).await;
        session.retry_now();
        page.until(&open, is("connected")).await;
        session.drop_connection();
        page.until(&open, |frame| is("paused")(frame) && frame["state"]["dropped"] == true).await;
        let before = session.packets().trace().extent().next;
        session.retry_now();
        page.until(&open, |frame| {
            is("connected")(frame) && frame["packets"].as_u64() > Some(before)
        })
        .await;
        end_all(&state).await;
    });
}

#[test]
fn without_a_history_nothing_is_opened_and_the_demo_ends() {
    let folder = tempfile::tempdir().unwrap();
    let _other = History::open(&folder.path().join("history.wiretree")).unwrap();
    let state = AppState::new(folder.path(), false);
    block_on(async {
        let refused = demo(&state, Page::new().1).await.unwrap_err();
        assert_eq!(state.history().await.err().unwrap(), refused);
    });
}

#[test]
fn a_profile_that_is_gone_is_named() {
    let (_folder, state) = state();
    let refused =
        block_on(profile(&state, "nobody".to_owned(), GivenSecrets::default(), Page::new().1));
    assert_eq!(refused.unwrap_err().code, "profile-gone");
}

#[test]
fn an_address_is_written_as_people_write_it() {
    let address = |host: &str| {
        let host = host.to_owned();
        super::address(&ConnectOptions { host, port: 1884, ..ConnectOptions::default() })
    };
    assert_eq!(address("broker.local"), "mqtt://broker.local:1884");
    assert_eq!(address("[::1]"), "mqtt://[::1]:1884");
    assert_eq!(address("fe80::1"), "mqtt://[fe80::1]:1884");
}

#[test]
fn an_address_says_how_it_is_reached_and_shows_no_credentials() {
    let web_socket = |path: &str| {
        let path = path.to_owned();
        Transport::WebSocket(wiretree_model::WebSocket { path, ..Default::default() })
    };
    let tls = || Some(wiretree_model::Tls::default());
    for (transport, tls, expected) in [
        (Transport::Tcp, tls(), "mqtts://b:1883"),
        (web_socket("/mqtt"), None, "ws://b:1883/mqtt"),
        (web_socket("/mqtt?token=secret"), tls(), "wss://b:1883/mqtt"),
        (Transport::Unix { path: "/run/mqtt".to_owned() }, None, "unix:/run/mqtt"),
    ] {
        let host = "b".to_owned();
        let options = ConnectOptions { host, transport, tls, ..ConnectOptions::default() };
        assert_eq!(super::address(&options), expected);
    }
}

#[test]
fn production_sends_nothing_until_it_is_unlocked() {
    let (_folder, state) = state();
    let mut saved = crate::profiles::tests::profile("p");
    // Nobody listens there.
    (saved.production, saved.port, saved.password) = (true, 1, PasswordSource::None);
    block_on(async {
        state.with_profiles(|profiles| profiles.save(saved.clone())).unwrap();
        let given = GivenSecrets::default();
        let opened = profile(&state, saved.id.0.clone(), given, Page::new().1).await.unwrap();
        assert!(opened.production);
        let code = |answer: Result<Open, AppError>| answer.err().map(|error| error.code);
        assert!(state.open(opened.connection).is_ok(), "reading is always allowed");
        let refused = code(state.open_to_write(opened.connection));
        assert_eq!(refused.as_deref(), Some("read-only"));
        state.open(opened.connection).unwrap().unlock();
        assert_eq!(code(state.open_to_write(opened.connection)), None);
        end_all(&state).await;
    });
}
