//! Imports: several at a time, cancelled ones, and damaged files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use wiretree_model::Timestamp;
use wiretree_session::{
    History, Import, ImportFile, ImportNews, ImportOffset, ImportOrder, Imported, ImportedSoFar,
    Naming, Policy, Query,
};

fn line(number: usize) -> String {
    format!(
        "{{\"ts\":\"2026-01-31T12:00:00.000000Z\",\"connection\":\"plant\",\"seq\":{number},\
         \"dir\":\"in\",\"topic\":\"a/{}\",\"qos\":0,\"retain\":false,\"dup\":false,\
         \"encoding\":\"utf8\",\"payload\":\"{number}\"}}\n",
        number % 7
    )
}

fn file(folder: &TempDir, lines: usize) -> PathBuf {
    let path = folder.path().join("messages");
    fs::write(&path, (1..=lines).map(line).collect::<String>()).unwrap();
    path
}

fn order(path: &Path) -> ImportOrder {
    let file = ImportFile::inspect(path, ImportOffset::default()).unwrap();
    ImportOrder { file, naming: Naming::AsWritten { otherwise: "file".to_owned() } }
}

fn history(folder: &TempDir) -> Arc<History> {
    Arc::new(History::open(&folder.path().join("history")).unwrap())
}

async fn ended(mut news: ImportNews) -> Imported {
    let mut last = None;
    while let Some(next) = news.next().await {
        last = Some(next);
    }
    last.unwrap()
}

#[track_caller]
fn finished(end: Imported) -> ImportedSoFar {
    match end {
        Imported::Finished(so_far) => so_far,
        other => panic!("{other:?}"),
    }
}

fn stored(history: &History, key: &str) -> u64 {
    let reader = history.reader();
    let connection = reader.connection(key).unwrap().map(|known| known.id);
    let mut count = 0;
    let read = reader.each(&Query { connection, ..Query::default() }, |found| {
        count += u64::from(matches!(found, wiretree_store::Found::Message(_)));
        std::ops::ControlFlow::Continue(())
    });
    read.unwrap();
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_the_same_time_do_not_meet() {
    let folder = tempfile::tempdir().unwrap();
    let (history, path) = (history(&folder), file(&folder, 5_000));
    let running: Vec<_> =
        (0..4).map(|_| Import::start(Arc::clone(&history), order(&path)).1).collect();
    let mut keys = Vec::new();
    for news in running {
        let so_far = finished(ended(news).await);
        assert_eq!((so_far.imported, so_far.bad, so_far.renumbered), (5_000, 0, 0));
        keys.extend(so_far.connections.into_iter().map(|into| into.key));
    }
    for key in &keys {
        assert_eq!(stored(&history, key), 5_000, "{key}");
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_imported_stays_though_it_is_older_than_what_the_history_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let (history, path) = (history(&folder), file(&folder, 100));
    let now = Timestamp(i64::MAX / 2);
    let keep = || {
        let policy = Policy { max_age: Some(Duration::from_secs(60)), ..Policy::default() };
        let go_on = |_| std::ops::ControlFlow::Continue(());
        history.set_policy(None, Some(policy), now, go_on).unwrap()
    };
    keep();
    let so_far = finished(ended(Import::start(Arc::clone(&history), order(&path)).1).await);
    assert_eq!(keep().messages, 0, "nothing goes by it");
    assert_eq!(stored(&history, &so_far.connections[0].key), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_import_says_exactly_what_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (history, path) = (history(&folder), file(&folder, 200_000));
    let (import, mut news) = Import::start(Arc::clone(&history), order(&path));
    let mut last = news.next().await.unwrap();
    import.cancel();
    while let Some(next) = news.next().await {
        last = next;
    }
    // It may have been through before it heard of it.
    let (Imported::Cancelled(so_far) | Imported::Finished(so_far)) = last else {
        panic!("{last:?}")
    };
    for into in &so_far.connections {
        assert_eq!(stored(&history, &into.key), into.messages);
    }
    let sum: u64 = so_far.connections.iter().map(|into| into.messages).sum();
    assert_eq!(so_far.imported, sum);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_before_a_damage_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(&folder);
    let path = folder.path().join("damaged.json");
    fs::write(&path, format!("[{},{} oh no", line(1).trim(), line(2).trim())).unwrap();
    let (_import, news) = Import::start(Arc::clone(&history), order(&path));
    let Imported::Failed(so_far, error) = ended(news).await else { panic!("it is damaged") };
    assert_eq!((error.code(), so_far.imported), ("import-malformed", 2));
    assert_eq!(stored(&history, "import:1"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn sequence_numbers_ascend_whatever_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(&folder);
    let path = folder.path().join("shuffled");
    let lines = [5, 3, 5, 0, 9, usize::MAX, 10].map(line);
    fs::write(&path, lines.concat()).unwrap();
    let (_import, news) = Import::start(Arc::clone(&history), order(&path));
    let so_far = finished(ended(news).await);
    let mut numbers = Vec::new();
    let read = history.reader().each(&Query::default(), |found| {
        if let wiretree_store::Found::Message(stored) = found {
            numbers.push(stored.message.sequence);
        }
        std::ops::ControlFlow::Continue(())
    });
    read.unwrap();
    assert_eq!(numbers, [5, 6, 7, 8, 9, 10, 11]);
    assert_eq!(so_far.renumbered, 4, "0 is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_no_message_makes_a_connection() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(&folder);
    let path = folder.path().join("long");
    let long = line(1).replace("a/1", &"x".repeat(70_000));
    fs::write(&path, format!("{long}{{\"ts\":1,\"dir\":\"in\",\"encoding\":\"utf8\"}}\n")).unwrap();
    let (_import, news) = Import::start(Arc::clone(&history), order(&path));
    let so_far = finished(ended(news).await);
    assert_eq!((so_far.imported, so_far.bad, so_far.connections.len()), (0, 2, 0));
    assert!(so_far.named[0].contains("65,535"), "{so_far:?}");
    assert!(so_far.named[1].starts_with("line 2: "), "{so_far:?}");
    assert!(history.reader().connections().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_that_no_packet_can_carry_are_named_and_the_others_imported() {
    let folder = tempfile::tempdir().unwrap();
    let history = history(&folder);
    let path = folder.path().join("properties");
    let with = |number, properties: &str| {
        line(number).replace("}\n", &format!(",\"properties\":{{{properties}}}}}\n"))
    };
    let lines = [
        line(1),
        with(2, "\"subscription_identifiers\":[268435455,268435456]"),
        with(3, &format!("\"user_properties\":[[\"a\",\"{}\"]]", "x".repeat(70_000))),
        with(4, "\"subscription_identifiers\":[268435455]"),
    ];
    fs::write(&path, lines.concat()).unwrap();
    let preview = order(&path).file.preview_messages().unwrap();
    assert_eq!((preview.count, preview.bad), (2, 2));
    let (_import, news) = Import::start(Arc::clone(&history), order(&path));
    let so_far = finished(ended(news).await);
    assert_eq!((so_far.imported, so_far.bad), (2, 2));
    assert!(so_far.named[0].contains("268,435,455"), "{so_far:?}");
    assert!(so_far.named[1].contains("65,535"), "{so_far:?}");
    assert_eq!(stored(&history, "import:1"), 2, "and can be read");
}
