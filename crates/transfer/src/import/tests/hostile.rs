//! Files that want to do harm, or are merely broken: refused with a sentence, and no panic.

use std::io::{BufReader, Read};
use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::round_trip::read_as;
use crate::import::{Entry, FileKind, HEAD, ImportError, Offset, detect, read_messages};

const KINDS: [FileKind; 8] = [
    FileKind::Ndjson,
    FileKind::Json,
    FileKind::Mosquitto,
    FileKind::MqttxJson,
    FileKind::MqttxCsv,
    FileKind::MqttExplorer,
    FileKind::Mq3t,
    FileKind::Database,
];

fn read(kind: FileKind, source: impl Read) -> (usize, Result<(), ImportError>) {
    let mut count = 0;
    let source = BufReader::new(source);
    let ended = read_messages(kind, Offset::default(), source, &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    (count, ended)
}

#[test]
fn what_cannot_be_imported_is_refused_with_what_to_do() {
    for (head, words) in [
        (b"PK\x03\x04rest".as_slice(), "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"PAR1", "Parquet"),
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe\0\0", "nothing that can be imported"),
        (b"{}", "nothing that can be imported"),
        (b"[]", "nothing that can be imported"),
        (b"{\"name\":\"wiretree\"}", "nothing that can be imported"),
        (b"<?xml version=\"1.0\"?><root><oneConnection><clientId>x", "as JSON"),
        (b"- clientId: mqttx_1\n  name: a\n", "as JSON"),
        (b"id,clientId,name,messages,subscriptions\n", "as JSON"),
        (b"ts,dir,topic,qos,retain,dup,mid,size,encoding,payload,properties\r\n", "as NDJSON"),
    ] {
        let error = detect(head).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(detect(&[b' '; HEAD]), Err(ImportError::Unknown), "something may come yet");
}

#[test]
fn depth_is_no_danger() {
    let deep = "[".repeat(300_000);
    let object = "{\"a\":".repeat(300_000);
    for kind in KINDS {
        for text in [
            deep.clone(),
            object.clone(),
            format!("[{{\"messages\":[{deep}"),
            format!("[{{\"name\":{deep}"),
            format!("{{\"tst\":\"x\",\"topic\":\"a\",\"payload\":{deep}"),
            format!("[{{\"ts\":{object}"),
        ] {
            let _ = detect(&text.as_bytes()[..HEAD]);
            let (_, ended) = read(kind, text.as_bytes());
            if let Err(error) = ended {
                assert!(error.to_string().len() < 300, "{error}");
            }
        }
    }
}

#[test]
fn an_entry_without_an_end_is_refused_before_it_fills_the_memory() {
    let endless = |beginning: &'static [u8]| beginning.chain(std::io::repeat(b'x'));
    let (_, ended) = read(FileKind::MqttxJson, endless(b"[{\"name\":\""));
    assert!(matches!(ended, Err(ImportError::TooLarge { limit: 1_048_576, .. })), "{ended:?}");
    let (_, ended) = read(FileKind::MqttxCsv, endless(b"topic,payload\n\""));
    assert!(matches!(ended, Err(ImportError::TooLarge { .. })), "{ended:?}");
}

#[test]
fn a_bad_entry_is_named_and_the_next_is_read() {
    let good = r#"{"tst":"2026-01-31T12:00:00.000000Z+0000","topic":"a","payload":"1"}"#;
    let text = format!("{good}\nnot json\n{{\"tst\":1}}\n\n{good}\n{{\"tst\":");
    let found: Vec<_> = read_as(FileKind::Mosquitto, text.as_bytes())
        .into_iter()
        .map(|entry| match entry {
            Entry::Message { .. } => "message".to_owned(),
            Entry::Bad { place, .. } => place.to_string(),
        })
        .collect();
    assert_eq!(found, ["message", "line 2", "line 3", "message", "line 6"]);
}

#[test]
fn wrong_types_are_bad_messages_and_the_rest_is_read() {
    let good = r#"{"createAt":"2026-01-31 12:00:00:000","topic":"a","payload":"1","qos":0}"#;
    let bad = [
        "1",
        "[]",
        "{}",
        r#"{"createAt":{},"topic":"a"}"#,
        r#"{"createAt":"2026-01-31 12:00:00:000","topic":7}"#,
        r#"{"createAt":"2026-01-31 12:00:00:000","topic":"a","qos":9}"#,
        r#"{"createAt":"2026-01-31 12:00:00:000","topic":"a","qos":{}}"#,
        r#"{"createAt":"2026-01-31 12:00:00:000","topic":"a","properties":7}"#,
        r#"{"createAt":"soon","topic":"a"}"#,
    ];
    let text = format!("[{{\"clientId\":\"c\",\"messages\":[{},{good}]}}]", bad.join(","));
    let found = read_as(FileKind::MqttxJson, text.as_bytes());
    let numbers: Vec<_> = found.iter().filter(|entry| matches!(entry, Entry::Bad { .. })).collect();
    assert_eq!((numbers.len(), found.len()), (bad.len(), bad.len() + 1), "{found:?}");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        let _ = detect(&bytes);
        for kind in KINDS {
            let _ = read(kind, bytes.as_slice());
        }
    }

    #[test]
    fn no_damage_panics(
        kind in 0_usize..KINDS.len(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        end in any::<prop::sample::Index>(),
    ) {
        for sample in super::files::SAMPLES {
            let mut bytes = sample.to_vec();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(end.index(bytes.len()));
            let _ = detect(&bytes);
            let _ = read(KINDS[kind], bytes.as_slice());
        }
    }
}

/// Two bytes of text can become seventy in memory, and a line may have 512 MiB.
#[test]
fn a_message_with_properties_without_end_is_refused() {
    /// A file with one message of so many properties.
    type Text<'a> = Box<dyn Fn(usize) -> String + 'a>;
    const MANY: usize = 65_537;
    let ours = |field: &str| {
        format!(
            r#"{{"ts":0,"seq":1,"dir":"in","topic":"t","qos":0,"retain":false,"dup":false,"encoding":"utf8","payload":"",{field}}}"#
        )
    };
    let mosquitto = |properties: &str| {
        format!(r#"{{"tst":"2026-01-31T12:00:00Z","topic":"t","properties":{{{properties}}}}}"#)
    };
    let mqttx = |properties: &str| {
        let message = format!(
            r#"{{"createAt":"2026-01-31 12:00:00:000","topic":"t","payload":"","properties":{{{properties}}}}}"#
        );
        format!(r#"[{{"name":"a","messages":[{message}]}}]"#)
    };
    let list = |element: &str, count: usize| vec![element; count].join(",");
    let bytes = |count: usize| STANDARD.encode([0x0b, 1].repeat(count));
    let cases: [(FileKind, Text<'_>); 9] = [
        (
            FileKind::Ndjson,
            Box::new(|count| {
                ours(&format!(
                    r#""properties":{{"subscription_identifiers":[{}]}}"#,
                    list("1", count)
                ))
            }),
        ),
        (
            FileKind::Ndjson,
            Box::new(|count| {
                let pairs = list(r#"["",""]"#, count - 1);
                ours(&format!(r#""properties":{{"topic_alias":1,"user_properties":[{pairs}]}}"#))
            }),
        ),
        (
            FileKind::Ndjson,
            Box::new(|count| ours(&format!(r#""properties_base64":"{}""#, bytes(count)))),
        ),
        (
            FileKind::Mosquitto,
            Box::new(|count| {
                mosquitto(&format!(r#""user-properties":{{"a":[{}]}}"#, list(r#""""#, count)))
            }),
        ),
        (
            FileKind::Mosquitto,
            Box::new(|count| {
                mosquitto(&format!(r#""user-properties":{{{}}}"#, list(r#""a":"""#, count)))
            }),
        ),
        (FileKind::Mosquitto, Box::new(|count| mosquitto(&list(r#""topic-alias":1"#, count)))),
        (
            FileKind::MqttxJson,
            Box::new(|count| {
                mqttx(&format!(r#""userProperties":[{}]"#, list(r#"["",""]"#, count)))
            }),
        ),
        (
            FileKind::MqttxJson,
            Box::new(|count| {
                let pairs = list(r#"{"key":"","value":""}"#, count);
                mqttx(&format!(r#""userProperties":[{pairs}]"#))
            }),
        ),
        (
            FileKind::MqttxJson,
            Box::new(|count| mqttx(&format!(r#""subscriptionIdentifier":[{}]"#, list("1", count)))),
        ),
    ];
    for (at, (kind, text)) in cases.iter().enumerate() {
        let taken = read_as(*kind, text(MANY - 1).as_bytes());
        let [Entry::Message { record, .. }] = &taken[..] else { panic!("{at}: {taken:?}") };
        assert_eq!(record.message.publish.properties.0.len(), MANY - 1, "{at}");
        let refused = read_as(*kind, text(MANY).as_bytes());
        let [Entry::Bad { reason, .. }] = &refused[..] else { panic!("{at} is taken") };
        assert!(reason.contains("65536 properties"), "{at}: {reason}");
    }
}
