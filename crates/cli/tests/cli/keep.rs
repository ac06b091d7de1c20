//! `keep` and `clear`: what would go is said first, and only that goes.

use crate::export::history;
use crate::support::{Folder, export, fields, run};

#[test]
fn what_is_cleared_was_foretold_and_nothing_else_goes() {
    let folder = Folder::new();
    let history = history(&folder);
    let clear = |more: &[&str]| run(&[&["clear", "--history", &history], more].concat());
    let foretold = clear(&["--filter", "a/+", "--dry-run"]).json();
    assert_eq!(foretold["messages"], 2);
    assert_eq!((&foretold["topics"], &foretold["total"]), (&2.into(), &4.into()));
    assert_eq!(export(&history, &[]).len(), 4, "nothing has gone yet");
    assert_eq!(clear(&["--filter", "a/+", "--yes"]).json()["messages"], 2);
    assert_eq!(fields(&export(&history, &[]), "topic"), ["b", "a"]);
    assert_eq!(clear(&["--to", "-1h", "--yes"]).json()["messages"], 0);
    assert_eq!(clear(&["--connection", "plant", "--yes"]).json()["messages"], 2);
    assert!(export(&history, &[]).is_empty());
}

#[test]
fn a_policy_is_kept_and_carried_out() {
    let folder = Folder::new();
    let history = history(&folder);
    let keep = |more: &[&str]| run(&[&["keep", "--history", &history], more].concat());
    let options = ["--max-messages", "1", "--rule", "a/1=record"];
    let foretold = keep(&[&options[..], &["--dry-run"]].concat()).json();
    assert_eq!(foretold["messages"], 2);
    assert_eq!(keep(&[]).json()["all"]["max_messages"], serde_json::Value::Null);
    assert_eq!(keep(&[&options[..], &["--apply"]].concat()).json()["messages"], 2);
    assert_eq!(fields(&export(&history, &[]), "topic"), ["a/1", "a"]);
    let shown = keep(&[]).json();
    assert_eq!(shown["all"]["max_messages"], 1);
    assert_eq!(shown["all"]["rules"][0], "a/1=record");
    assert_eq!(shown["connections"][0]["messages"], 2);
    keep(&["--connection", "plant", "--forever", "--apply"]).success();
    assert!(keep(&[]).json()["connections"][0]["own"].is_object());
    keep(&["--connection", "plant", "--inherit", "--apply"]).success();
    assert!(keep(&[]).json()["connections"][0]["own"].is_null());
    assert!(keep(&["--connection", "nobody"]).failure(2).contains("plant"));
}
