//! Exports: bit for bit, complete or not there, and never over what exists.

use std::fs;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::timeout;
use wiretree_model::{
    Direction, Message, MqttString, Properties, Property, Publish, QoS, Timestamp, Topic,
};
use wiretree_session::{
    ConnectionId, Existing, Export, ExportForm, ExportNews, ExportOrder, Exported, Format,
    Formulas, Query, Scope, Split, estimate_export, write_export,
};
use wiretree_transfer::Reader as Capture;

use crate::common::{Archive, PATIENCE, all, page};

/// Messages that a careless export would change.
fn awkward() -> Vec<Message> {
    let user = |name: &str, value: &str| {
        Property::UserProperty(MqttString::from(name), MqttString::from(value))
    };
    let properties = Properties(vec![
        user("b", "1"),
        user("a", "2"),
        user("b", "1"),
        Property::ContentType("application/json".into()),
        Property::SubscriptionIdentifier(7),
        Property::SubscriptionIdentifier(3),
        Property::CorrelationData(Bytes::from_static(b"\xff\0\x01")),
    ]);
    let topics = [
        Topic::received("=cmd|' /C calc'!A0"),
        Topic::received("a//ü/\u{202e}x"),
        Topic::received(Bytes::from_static(b"not/utf8/\xff")),
    ];
    let payloads: [&[u8]; 4] = [
        b"{\"u\": 18446744073709551615,  \"u\":1e400}",
        b"",
        b"\0\xff\x80",
        "line\r\nline\u{2028}\"quoted\", ü".as_bytes(),
    ];
    let mut messages = Vec::new();
    for topic in &topics {
        for payload in payloads {
            let count = messages.len() as u64;
            let publish = Publish {
                topic: topic.clone(),
                payload: Bytes::from_static(payload),
                qos: [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][count as usize % 3],
                retain: count.is_multiple_of(2),
                dup: count.is_multiple_of(5),
                packet_id: (!count.is_multiple_of(3)).then_some(count as u16 + 1),
                properties: if count.is_multiple_of(2) {
                    properties.clone()
                } else {
                    Properties::default()
                },
            };
            let received_at = Timestamp(1_700_000_000_000_001 + count as i64);
            let direction =
                if count.is_multiple_of(4) { Direction::Sent } else { Direction::Received };
            messages.push(Message { sequence: count + 1, received_at, direction, publish });
        }
    }
    messages
}

/// Records messages, and waits until they are on the disk.
pub(crate) async fn record(archive: &Archive, messages: Vec<Message>) -> ConnectionId {
    let history = Arc::clone(&archive.history);
    let open = tokio::task::spawn_blocking(move || history.connection("test", "Test"));
    let log = open.await.unwrap().unwrap();
    let last = messages.last().map_or(0, |message| message.sequence);
    log.append(messages).await.unwrap();
    let mut progress = log.progress();
    let committed = progress.wait_for(|progress| progress.committed_sequence >= last);
    timeout(PATIENCE, committed).await.expect("it is committed").unwrap();
    log.id()
}

fn many(count: u64) -> Vec<Message> {
    let one = |sequence| Message {
        sequence,
        received_at: Timestamp(sequence as i64),
        direction: Direction::Received,
        publish: Publish {
            topic: Topic::received("many"),
            payload: Bytes::from(sequence.to_string()),
            ..Publish::default()
        },
    };
    (1..=count).map(one).collect()
}

async fn end(mut news: ExportNews) -> Exported {
    let last = async {
        let mut last = None;
        while let Some(next) = news.next().await {
            last = Some(next);
        }
        last
    };
    timeout(PATIENCE, last).await.expect("an export ends").expect("its end is told")
}

async fn export(archive: &Archive, query: Query, format: Format, path: &Path) -> Exported {
    let form = ExportForm::Messages(format, Split::Never);
    carry_out(archive, ExportOrder { query, form, ..to(path) }).await
}

/// An order of everything, to this path.
fn to(path: &Path) -> ExportOrder {
    ExportOrder {
        query: Query::default(),
        form: ExportForm::Messages(Format::Ndjson, Split::Never),
        path: path.to_owned(),
        existing: Existing::Kept,
    }
}

async fn carry_out(archive: &Archive, order: ExportOrder) -> Exported {
    end(Export::start(archive.reader(), order).1).await
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

#[tokio::test]
async fn ndjson_gives_every_message_back_bit_for_bit() {
    let archive = Archive::new();
    let expected = awkward();
    record(&archive, expected.clone()).await;
    let path = archive.export("all.ndjson");
    let ended = export(&archive, Query::default(), Format::Ndjson, &path).await;
    let size = fs::metadata(&path).unwrap().len();
    assert!(
        matches!(&ended, Exported::Finished { written: 12, bytes, path: at, unreadable: 0 } if (*bytes, at) == (size, &path)),
        "{ended:?}"
    );
    let capture = Capture::new(BufReader::new(fs::File::open(&path).unwrap()));
    let records: Vec<_> = capture.map(|record| record.unwrap()).collect();
    assert!(records.iter().all(|record| record.connection == "Test"));
    let messages: Vec<_> = records.into_iter().map(|record| record.message).collect();
    assert_eq!(messages, expected);
    assert_eq!(files(path.parent().unwrap()), ["all.ndjson"]);
}

#[tokio::test]
async fn csv_is_a_line_a_message_and_runs_nothing() {
    let archive = Archive::new();
    let log = record(&archive, awkward()).await;
    let scope = Scope::Topic(Topic::received("=cmd|' /C calc'!A0"));
    let query = Query { connection: Some(log), scope, ..Query::default() };
    for (formulas, cell) in [(Formulas::Disarmed, ",'=cmd|"), (Formulas::Verbatim, ",=cmd|")] {
        let path = archive.export(&format!("{formulas:?}.csv"));
        let ended = export(&archive, query.clone(), Format::Csv(formulas), &path).await;
        assert!(matches!(ended, Exported::Finished { written: 4, .. }), "{ended:?}");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("ts,dir,topic,"), "{text}");
        assert_eq!(text.matches(cell).count(), 4, "{text}");
    }
}

#[tokio::test]
async fn json_is_one_array_even_of_nothing() {
    let archive = Archive::new();
    record(&archive, awkward()).await;
    for (name, scope, count) in
        [("all.json", Scope::All, 12), ("none.json", Scope::Topic(Topic::received("nowhere")), 0)]
    {
        let path = archive.export(name);
        let query = Query { scope, ..Query::default() };
        export(&archive, query, Format::Json, &path).await;
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with('[') && text.ends_with("\n]\n"), "{text}");
        assert_eq!(text.matches("\"seq\":").count(), count);
    }
}

#[tokio::test]
async fn what_was_cancelled_leaves_nothing() {
    let archive = Archive::new();
    record(&archive, many(30_000)).await;
    let path = archive.export("cancelled.ndjson");
    let order = to(&path);
    let cancelled = async {
        // It may be through before it hears of it; then the next one is to be cancelled.
        loop {
            let (export, news) = Export::start(archive.reader(), order.clone());
            export.cancel();
            match end(news).await {
                Exported::Cancelled { written, path } => return (written, path),
                Exported::Finished { .. } => fs::remove_file(&order.path).unwrap(),
                other => panic!("{other:?}"),
            }
        }
    };
    let (written, told) = timeout(PATIENCE, cancelled).await.unwrap();
    assert!(written < 30_000);
    assert_eq!(told, path);
    assert!(files(path.parent().unwrap()).is_empty());
}

#[tokio::test]
async fn what_exists_is_never_overwritten_and_what_failed_leaves_nothing() {
    let archive = Archive::new();
    record(&archive, awkward()).await;
    let path = archive.export("mine.csv");
    fs::write(&path, "mine").unwrap();
    let refused = export(&archive, Query::default(), Format::Ndjson, &path).await;
    let Exported::Failed(error) = refused else { panic!("{refused:?}") };
    assert_eq!(error.code(), "export-exists");
    assert!(error.to_string().contains("exists already"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");

    let nowhere = path.parent().unwrap().join("no/such/folder/all.csv");
    let failed = export(&archive, Query::default(), Format::Ndjson, &nowhere).await;
    assert!(matches!(failed, Exported::Failed(_)), "{failed:?}");
    assert_eq!(files(path.parent().unwrap()), ["mine.csv"]);
}

#[tokio::test]
async fn a_destination_that_takes_no_more_ends_it_with_a_sentence() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(buffer.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(buffer.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let archive = Archive::new();
    record(&archive, many(1_000)).await;
    let go_on = |_, _| ControlFlow::Continue(());
    let (reader, all_of_them) = (archive.reader(), Query::default());
    for format in [
        Format::Ndjson,
        Format::Json,
        Format::Csv(Formulas::Disarmed),
        Format::Mqttx,
        Format::Mosquitto,
    ] {
        let error = write_export(&reader, &all_of_them, format, Full(20_000), go_on).unwrap_err();
        assert!(error.to_string().contains("check the space on the disk"), "{error}");
        assert!(write_export(&reader, &all_of_them, format, Full(10_000_000), go_on).is_ok());
    }
    assert_eq!(all(&reader).len(), page(&reader, all(&reader)[0].connection, "many").items.len());
}

#[tokio::test]
async fn a_folder_of_files_appears_only_when_it_is_complete() {
    let archive = Archive::new();
    record(&archive, many(3_000)).await;
    let path = archive.export("all.parquet");
    let folder = path.with_extension("");
    let form = ExportForm::Messages(Format::Parquet, Split::Every(60));
    let ended = carry_out(&archive, ExportOrder { form, ..to(&path) }).await;
    let Exported::Finished { written: 3_000, bytes, path: told, unreadable: 0 } = ended else {
        panic!("{ended:?}")
    };
    assert_eq!(told, folder);
    assert_eq!(files(&folder), ["part-1970-01-01T00-00-00Z-0001.parquet"]);
    let part = fs::metadata(folder.join(&files(&folder)[0])).unwrap();
    assert_eq!(part.len(), bytes);
    assert_eq!(files(path.parent().unwrap()), ["all"]);

    let refused =
        carry_out(&archive, ExportOrder { form, existing: Existing::Replaced, ..to(&path) }).await;
    assert!(matches!(refused, Exported::Failed(_)), "a folder is never replaced: {refused:?}");
}

#[tokio::test]
async fn what_is_not_large_stays_one_file() {
    let archive = Archive::new();
    record(&archive, awkward()).await;
    let path = archive.export("all.parquet");
    let form = ExportForm::Messages(Format::Parquet, Split::WhenLarge);
    for existing in [Existing::Kept, Existing::Replaced] {
        let ended = carry_out(&archive, ExportOrder { form, existing, ..to(&path) }).await;
        assert!(
            matches!(&ended, Exported::Finished { written: 12, path: told, .. } if *told == path),
            "{ended:?}"
        );
        assert_eq!(files(path.parent().unwrap()), ["all.parquet"]);
    }
    let refused = carry_out(&archive, ExportOrder { form, ..to(&path) }).await;
    let Exported::Failed(error) = refused else { panic!("{refused:?}") };
    assert_eq!(error.code(), "export-exists");
}

#[tokio::test]
async fn a_file_is_replaced_on_request() {
    let archive = Archive::new();
    record(&archive, awkward()).await;
    let path = archive.export("mine.ndjson");
    fs::write(&path, "mine").unwrap();
    let order = ExportOrder { existing: Existing::Replaced, ..to(&path) };
    let ended = carry_out(&archive, order).await;
    assert!(matches!(ended, Exported::Finished { written: 12, .. }), "{ended:?}");
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 12);
    assert_eq!(files(path.parent().unwrap()), ["mine.ndjson"]);
}

#[tokio::test]
async fn payloads_are_files_byte_by_byte_under_harmless_names() {
    let archive = Archive::new();
    let expected = awkward();
    record(&archive, expected.clone()).await;
    let path = archive.export("payloads");
    let form = ExportForm::PayloadFiles;
    let ended = carry_out(&archive, ExportOrder { form, ..to(&path) }).await;
    assert!(matches!(ended, Exported::Finished { written: 12, .. }), "{ended:?}");
    let names = files(&path);
    assert_eq!(names.len(), 13, "twelve and their index: {names:?}");
    let index = fs::read_to_string(path.join("index.ndjson")).unwrap();
    for (line, message) in index.lines().zip(&expected) {
        assert!(line.contains("\"encoding\":\"file\""), "{line}");
        let name = line.split("\"payload\":\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(fs::read(path.join(name)).unwrap(), message.publish.payload, "{name}");
        assert!(line.contains(&format!("\"seq\":{},", message.sequence)), "{line}");
    }
    let named = |ending: &str| names.iter().filter(|name| name.ends_with(ending)).count();
    assert_eq!((named(".json"), named(".txt"), named(".bin"), named(".ndjson")), (3, 3, 6, 1));
}

#[tokio::test]
async fn a_cancelled_folder_leaves_nothing() {
    let archive = Archive::new();
    record(&archive, many(5_000)).await;
    let path = archive.export("payloads");
    let cancelled = async {
        // It may be through before it hears of it; then the next one is to be cancelled.
        loop {
            let order = ExportOrder { form: ExportForm::PayloadFiles, ..to(&path) };
            let (export, news) = Export::start(archive.reader(), order);
            export.cancel();
            match end(news).await {
                Exported::Cancelled { .. } => return,
                Exported::Finished { .. } => fs::remove_dir_all(&path).unwrap(),
                other => panic!("{other:?}"),
            }
        }
    };
    timeout(PATIENCE, cancelled).await.unwrap();
    assert_eq!(files(path.parent().unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn a_count_is_exact_when_there_is_time() {
    let archive = Archive::new();
    record(&archive, many(10_000)).await;
    let count = |query: &Query, budget| estimate_export(&archive.reader(), query, budget).unwrap();
    let exact = count(&Query::default(), PATIENCE);
    assert_eq!((exact.messages, exact.is_exact), (10_000, true));
    let sevens = Query { contains: Some(b"77".to_vec()), ..Query::default() };
    assert_eq!(count(&sevens, PATIENCE).messages, 280);
    let reckoned = count(&Query::default(), std::time::Duration::ZERO);
    assert_eq!((reckoned.messages, reckoned.is_exact), (10_000, false), "all alike, so it fits");
}
