//! What is wrong is said in a sentence, with its exit code, and nothing is damaged.

use std::fs;

use wiretree_testkit::free_port;

use crate::support::{Background, Folder, QuietBroker, run};

#[test]
fn where_nobody_listens_the_sentence_says_so() {
    let url = format!("mqtt://127.0.0.1:{}", free_port());
    let folder = Folder::new();
    let history = folder.path("history");
    for arguments in [
        &["record", "--broker", &url, "--history", &history][..],
        &["publish", "--broker", &url, "--topic", "t", "--payload", "p"],
    ] {
        let sentence = run(arguments).failure(3);
        assert!(sentence.contains("Could not reach 127.0.0.1:"), "{sentence}");
        assert!(sentence.contains("Is the broker running"), "{sentence}");
    }
}

#[test]
fn credentials_in_the_address_are_not_used_and_not_repeated() {
    let broker = QuietBroker::start();
    let url = broker.url().replace("mqtt://", "mqtt://ada:s3cret@");
    let ended = run(&["probe", "--broker", &url]);
    assert!(ended.stderr.contains("is not used. Give --username"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    ended.success();
    let sentence = run(&["probe", "--broker", "mqtt://ada:s3cret@broker:port"]).failure(2);
    assert!(!sentence.contains("s3cret"), "{sentence}");
}

#[test]
fn a_history_that_cannot_be_written_is_named() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, notes) = (broker.url(), folder.path("notes.txt"));
    fs::write(&notes, "not a history, and long enough to be looked at".repeat(30)).unwrap();
    let before = fs::read(&notes).unwrap();
    for history in [format!("{notes}/history"), notes.clone(), folder.path("")] {
        let arguments = ["record", "--broker", &url, "--history", &history, "--count", "1"];
        let sentence = run(&arguments).failure(5);
        assert!(sentence.contains("notes.txt") || history.ends_with('/'), "{sentence}");
    }
    assert_eq!(fs::read(&notes).unwrap(), before, "what is not ours keeps every byte");
}

#[test]
fn a_history_has_one_writer() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, history) = (broker.url(), folder.path("history"));
    let first = Background::recording(&["--broker", &url, "--history", &history]);
    let arguments = ["record", "--broker", &url, "--history", &history, "--count", "1"];
    let sentence = run(&arguments).failure(5);
    assert!(sentence.contains("Another Wiretree is writing to"), "{sentence}");
    first.terminate().success();
}

#[test]
fn a_history_that_is_not_there_is_not_made_by_reading() {
    let folder = Folder::new();
    let history = folder.path("nothing");
    let sentence = run(&["export", "--history", &history, "--format", "json"]).failure(5);
    assert!(sentence.contains("There is no history at"), "{sentence}");
    assert!(!fs::exists(&history).unwrap());
}

#[test]
fn a_payload_file_that_is_not_there_is_named() {
    let broker = QuietBroker::start();
    let folder = Folder::new();
    let (url, file) = (broker.url(), folder.path("nothing.bin"));
    let sentence = run(&["publish", "--broker", &url, "--topic", "t", "--file", &file]).failure(5);
    assert!(sentence.contains("nothing.bin"), "{sentence}");
}
