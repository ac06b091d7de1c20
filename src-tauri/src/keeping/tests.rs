//! Pausing, rules and clearing, with the demo as the broker.

use std::time::Duration;

use tauri::async_runtime::block_on;
use tempfile::TempDir;
use tokio::time::timeout;
use wiretree_session::{Frame, Removed};

use super::*;
use crate::opening;
use crate::wire::{Keep, KeepRule, Scope};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(60);

fn state() -> (TempDir, AppState) {
    let folder = tempfile::tempdir().unwrap();
    let state = AppState::new(folder.path(), false);
    (folder, state)
}

/// Waits for a frame of the demo that is like this.
async fn until(state: &AppState, connection: u32, is_there: impl Fn(&Frame) -> bool) -> Frame {
    let session = state.open(connection).unwrap().session;
    let seen = async {
        loop {
            let frame = session.next_frame().await.expect("it is open");
            if is_there(&frame) {
                return frame;
            }
        }
    };
    timeout(PATIENCE, seen).await.expect("the demo sends")
}

async fn demo(state: &AppState) -> u32 {
    let opened = opening::demo(state, Channel::new(|_| Ok(()))).await.unwrap();
    until(state, opened.connection, |frame| frame.totals.stored >= 50).await;
    opened.connection
}

async fn remove(state: &AppState, connection: u32, request: RemovalRequest) -> RemovalEvent {
    let order = order(&state.open(connection).unwrap(), request).unwrap();
    let (_job, mut news) = RemovalJob::start(state.history().await.unwrap(), order);
    loop {
        match news.next().await.expect("its end is told") {
            Removed::Progress(..) => {}
            last => return RemovalEvent::from_session(last),
        }
    }
}

#[test]
fn a_pause_is_seen_and_what_comes_meanwhile_is_counted() {
    let (_folder, state) = state();
    block_on(async {
        let connection = demo(&state).await;
        pause(&state, connection, true).await.unwrap();
        let is_paused = |frame: &Frame| {
            frame.recording == Recording::Paused
                && frame.totals.left_out_paused > 20
                && frame.totals.waiting == 0
        };
        let paused = until(&state, connection, is_paused).await.totals.stored;
        pause(&state, connection, false).await.unwrap();
        let goes_on =
            |frame: &Frame| frame.recording == Recording::On && frame.totals.stored > paused;
        until(&state, connection, goes_on).await;
        opening::end_all(&state).await;
    });
}

#[test]
fn what_is_cleared_was_foretold() {
    let (_folder, state) = state();
    block_on(async {
        let connection = demo(&state).await;
        pause(&state, connection, true).await.unwrap();
        let is_calm =
            |frame: &Frame| frame.recording == Recording::Paused && frame.totals.waiting == 0;
        until(&state, connection, is_calm).await;
        let scope = Scope { topic: "acme/munich".to_owned(), subtree: true };
        let request = RemovalRequest::Clear { scope: Some(scope), before: None };
        let effect = foretell(&state, connection, request.clone()).await.unwrap().unwrap();
        assert!(effect.messages > 0 && effect.messages < effect.total, "{effect:?}");
        assert!(effect.oldest <= effect.newest && effect.topics > 0, "{effect:?}");
        let RemovalEvent::Finished { messages, .. } =
            remove(&state, connection, request.clone()).await
        else {
            panic!("it does not finish");
        };
        assert_eq!(messages, effect.messages);
        let left = foretell(&state, connection, request).await.unwrap().unwrap();
        assert_eq!((left.messages, left.total), (0, effect.total - effect.messages));
        assert_eq!(look(&state, connection).await.unwrap().messages, left.total);
        opening::end_all(&state).await;
    });
}

#[test]
fn a_rule_goes_for_what_is_recorded_from_then_on_and_after_opening_again() {
    let (_folder, state) = state();
    block_on(async {
        let connection = demo(&state).await;
        let rules = vec![KeepRule { filter: "acme/#".to_owned(), keep: Keep::DontRecord }];
        let policy = KeepPolicy { rules, ..KeepPolicy::default() };
        let target = KeepTarget::Connection;
        let request = RemovalRequest::Policy { target, policy: Some(policy.clone()) };
        let effect = foretell(&state, connection, request.clone()).await.unwrap().unwrap();
        assert_eq!(effect.messages, 0, "what is there stays");
        remove(&state, connection, request).await;
        assert_eq!(look(&state, connection).await.unwrap().own, Some(policy));
        tell_rules(&state).await;
        until(&state, connection, |frame| frame.totals.left_out_by_rule > 20).await;
        opening::close(&state, connection).await;
        let again = opening::demo(&state, Channel::new(|_| Ok(()))).await.unwrap().connection;
        until(&state, again, |frame| frame.totals.left_out_by_rule > 20).await;
        opening::end_all(&state).await;
    });
}
