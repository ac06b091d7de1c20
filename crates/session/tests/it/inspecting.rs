//! One message looked at closely, as it comes out of the history.

use std::fs;
use std::ops::Range;

use bytes::Bytes;
use wiretree_model::{Direction, Message, Properties, Property, Publish, Timestamp, Topic};
use wiretree_session::payload::Format;
use wiretree_session::{Inspector, LineChange, Lines, PayloadView, ShownAs, ShownLine};

use crate::common::{Archive, all};
use crate::exporting::record;

/// An inspector of a history with these payloads on one topic, and the numbers of the messages.
async fn inspector(payloads: &[&[u8]]) -> (Archive, Inspector, Vec<i64>) {
    let archive = Archive::new();
    let message = |(sequence, payload): (u64, &&[u8])| Message {
        sequence,
        received_at: Timestamp(0),
        direction: Direction::Received,
        publish: Publish {
            topic: Topic::received("a"),
            payload: Bytes::copy_from_slice(payload),
            ..Publish::default()
        },
    };
    record(&archive, (1..).zip(payloads).map(message).collect()).await;
    let ids = all(&archive.reader()).iter().map(|stored| stored.id).collect();
    let inspector = Inspector::new(archive.reader());
    (archive, inspector, ids)
}

/// The payloads that the tests of the payload crate use too.
fn sample(name: &str) -> Vec<u8> {
    fs::read(format!("../payload/tests/data/{name}")).unwrap()
}

fn text(line: &ShownLine) -> String {
    line.tokens.iter().map(|token| token.text.as_str()).collect()
}

fn texts(lines: &Lines) -> Vec<String> {
    lines.lines.iter().map(text).collect()
}

fn changed(lines: &Lines) -> Vec<(usize, LineChange, Option<String>)> {
    let differs = lines.lines.iter().filter(|line| line.change != LineChange::Same);
    differs.map(|line| (line.number.unwrap_or(0), line.change, line.note.clone())).collect()
}

const ALL: Range<usize> = 0..1_000;

#[tokio::test]
async fn numbers_keep_their_digits() {
    let (_archive, inspector, ids) = inspector(&[&sample("json_bigint.json")]).await;
    let lines = inspector.lines(ids[0], None, PayloadView::Auto, ALL).unwrap();
    assert_eq!(lines.shown_as, ShownAs::Json);
    assert_eq!(
        texts(&lines),
        [
            "{",
            "\"u64\": 18446744073709551615,",
            "\"i\": 9007199254740993,",
            "\"d\": 0.1000000000000000055511151231257827,",
            "\"e\": 1e400,",
            "\"z\": -0",
            "}"
        ]
    );
    assert_eq!((lines.total, lines.changes), (7, 0));
}

#[tokio::test]
async fn each_payload_is_shown_as_what_it_is() {
    let samples = [
        ("json_1mb_array.json", Format::Json, ShownAs::Json),
        ("json_nan_invalid.txt", Format::Text, ShownAs::Text),
        ("json_ndjson.ndjson", Format::Text, ShownAs::Text),
        ("xml_text.xml", Format::Text, ShownAs::Text),
        ("text_latin1.bin", Format::Binary, ShownAs::Hex),
        ("binary_random.bin", Format::Binary, ShownAs::Hex),
        ("empty_retained.bin", Format::Empty, ShownAs::Empty),
        ("uns_value.json", Format::Json, ShownAs::Json),
    ];
    let payloads: Vec<Vec<u8>> = samples.iter().map(|(name, ..)| sample(name)).collect();
    let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
    let (_archive, inspector, ids) = inspector(&payloads).await;
    let mut previous = None;
    for ((id, payload), (name, format, shown_as)) in ids.iter().zip(&payloads).zip(samples) {
        let detail = inspector.detail(*id).unwrap();
        assert_eq!(detail.detected.format, format, "{name}: {}", detail.detected.reason);
        assert_eq!((detail.stored.id, detail.previous), (*id, previous), "{name}");
        assert_eq!(inspector.payload(*id).unwrap(), *payload, "{name}");
        let lines = inspector.lines(*id, None, PayloadView::Auto, 0..20).unwrap();
        assert_eq!((lines.shown_as, lines.lines.len()), (shown_as, lines.total.min(20)), "{name}");
        previous = Some(*id);
    }
}

#[tokio::test]
async fn one_message_can_be_looked_at_in_several_ways() {
    let (_archive, inspector, ids) = inspector(&[b"{\"a\":1}", b"\x01\x02"]).await;
    let shown = |id, view| {
        let lines = inspector.lines(id, None, view, ALL).unwrap();
        (lines.shown_as, texts(&lines))
    };
    // Twice, since the second time it is kept.
    for _ in 0..2 {
        assert_eq!(shown(ids[0], PayloadView::Auto).1, ["{", "\"a\": 1", "}"]);
        assert_eq!(shown(ids[0], PayloadView::Text), (ShownAs::Text, vec!["{\"a\":1}".to_owned()]));
        let (shown_as, hex) = shown(ids[0], PayloadView::Hex);
        assert!(shown_as == ShownAs::Hex && hex[0].contains("7B 22 61 22"), "{hex:?}");
        let (shown_as, text) = shown(ids[1], PayloadView::Json);
        assert_eq!((shown_as, text.len()), (ShownAs::Text, 1), "what is no JSON is shown as text");
    }
}

#[tokio::test]
async fn lines_that_changed_say_from_what_to_what() {
    let (old, new) = (r#"{"rpm":11790,"a":[1,2],"gone":1}"#, r#"{"a":[1,3],"rpm":11840,"new":1}"#);
    let (_archive, inspector, ids) = inspector(&[old.as_bytes(), new.as_bytes()]).await;
    let lines = inspector.lines(ids[1], Some(ids[0]), PayloadView::Auto, ALL).unwrap();
    let note = |text: &str| Some(text.to_owned());
    assert_eq!(
        changed(&lines),
        [
            (4, LineChange::Changed, note("2 → 3")),
            (6, LineChange::Changed, note("11790 → 11840")),
            (7, LineChange::Added, None),
        ]
    );
    assert_eq!(lines.changes, 4, "what is gone counts too");
    let itself = inspector.lines(ids[1], Some(ids[1]), PayloadView::Auto, ALL).unwrap();
    assert_eq!(itself.changes, 0);
}

#[tokio::test]
async fn a_unified_list_has_what_went_and_what_came() {
    let (old, new) = (r#"{"rpm":11790,"load":1}"#, r#"{"rpm":11840,"load":1}"#);
    let (_archive, inspector, ids) = inspector(&[old.as_bytes(), new.as_bytes()]).await;
    for window in [0..10, 1..3] {
        let lines = inspector.diff(ids[1], ids[0], window.clone()).unwrap();
        assert_eq!((lines.total, lines.changes, lines.first), (5, 2, window.start));
        let shown: Vec<_> =
            lines.lines.iter().map(|line| (line.number, line.change, text(line))).collect();
        let whole = [
            (Some(1), LineChange::Same, "{".to_owned()),
            (None, LineChange::Removed, "\"rpm\": 11790,".to_owned()),
            (Some(2), LineChange::Added, "\"rpm\": 11840,".to_owned()),
            (Some(3), LineChange::Same, "\"load\": 1".to_owned()),
            (Some(4), LineChange::Same, "}".to_owned()),
        ];
        assert_eq!(shown, whole[window.start..window.end.min(5)]);
    }
    // The other way round is another list.
    let back = inspector.diff(ids[0], ids[1], 0..10).unwrap();
    assert_eq!(text(&back.lines[1]), "\"rpm\": 11840,");
}

#[tokio::test]
async fn a_window_of_a_large_payload_is_all_that_is_made() {
    let large: Vec<u8> = (0..1_048_576_u32).map(|at| (at % 251) as u8).collect();
    let mut other = large.clone();
    other[1_048_575] ^= 0xff;
    let (_archive, inspector, ids) = inspector(&[&large, &other, &large[..100]]).await;
    let lines = inspector.lines(ids[0], None, PayloadView::Hex, 65_530..65_600).unwrap();
    assert_eq!((lines.total, lines.first, lines.lines.len()), (65_536, 65_530, 6));
    assert!(text(&lines.lines[0]).starts_with("000FFFA0 "), "{}", text(&lines.lines[0]));
    assert_eq!(lines.lines[5].number, Some(65_536));

    let lines = inspector.lines(ids[1], Some(ids[0]), PayloadView::Hex, 65_530..65_536).unwrap();
    let differing = changed(&lines);
    assert_eq!((differing.len(), differing[0].0, lines.changes), (1, 65_536, 1));

    let longer = inspector.lines(ids[0], Some(ids[2]), PayloadView::Hex, 0..10).unwrap();
    let kinds: Vec<_> = longer.lines.iter().map(|line| line.change).collect();
    assert_eq!(kinds[..6], [LineChange::Same; 6]);
    assert_eq!(
        kinds[6..],
        [LineChange::Changed, LineChange::Added, LineChange::Added, LineChange::Added]
    );
    assert!(longer.problems.is_empty());
    let shorter = inspector.lines(ids[2], Some(ids[0]), PayloadView::Hex, 0..10).unwrap();
    assert_eq!((shorter.total, shorter.changes), (7, 1));
    assert_eq!(shorter.problems, ["is 1048476 bytes shorter than the payload it is compared with"]);
    let beyond = inspector.lines(ids[0], Some(ids[1]), PayloadView::Hex, 70_000..80_000).unwrap();
    assert_eq!((beyond.lines.len(), beyond.total), (0, 65_536));
}

#[tokio::test]
async fn differences_of_large_bytes_are_bounded_and_say_so() {
    let old = vec![0xaa_u8; 8 << 20];
    let mut new = old.clone();
    new[5] = 0xff;
    let (_archive, inspector, ids) = inspector(&[&old, &new, b"\xff"]).await;
    let lines = inspector.diff(ids[1], ids[0], 0..5).unwrap();
    assert_eq!(lines.changes, 2, "one line went and one came");
    assert!(lines.total < 100_000, "{} lines", lines.total);
    let said = lines.problems.iter().filter(|problem| problem.contains("of 8388608 bytes")).count();
    assert_eq!(said, 2, "of both: {:?}", lines.problems);
    let lines = inspector.diff(ids[2], ids[0], 0..5).unwrap();
    assert!(lines.problems.iter().any(|problem| problem.contains("compared with")));
}

#[tokio::test]
async fn an_empty_payload_can_be_compared_both_ways() {
    let (_archive, inspector, ids) = inspector(&[b"", b"{\"a\":1}", b"\xff\xfe"]).await;
    for (new, old) in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (0, 0)] {
        for view in [PayloadView::Auto, PayloadView::Text, PayloadView::Hex, PayloadView::Json] {
            let lines = inspector.lines(ids[new], Some(ids[old]), view, ALL).unwrap();
            assert_eq!(lines.lines.len(), lines.total, "{new} {old} {view:?}");
        }
        let lines = inspector.diff(ids[new], ids[old], ALL).unwrap();
        assert_eq!(lines.changes > 0, new != old, "{new} {old}");
    }
}

#[tokio::test]
async fn the_declared_content_type_has_a_say() {
    let archive = Archive::new();
    let publish = Publish {
        topic: Topic::received("a"),
        payload: Bytes::from_static(b"{}"),
        properties: Properties(vec![Property::ContentType("text/plain".into())]),
        ..Publish::default()
    };
    let direction = Direction::Received;
    let message = Message { sequence: 1, received_at: Timestamp(0), direction, publish };
    record(&archive, vec![message]).await;
    let id = all(&archive.reader())[0].id;
    let inspector = Inspector::new(archive.reader());
    assert_eq!(inspector.detail(id).unwrap().detected.format, Format::Text);
    let lines = inspector.lines(id, None, PayloadView::Auto, ALL).unwrap();
    assert_eq!(lines.shown_as, ShownAs::Text);
}

#[tokio::test]
async fn a_message_that_is_not_there_is_told() {
    let (_archive, inspector, ids) = inspector(&[b"1"]).await;
    let gone = ids[0] + 1_000;
    let codes = [
        inspector.detail(gone).map(drop),
        inspector.payload(gone).map(drop),
        inspector.lines(gone, None, PayloadView::Auto, ALL).map(drop),
        inspector.lines(ids[0], Some(gone), PayloadView::Hex, ALL).map(drop),
        inspector.diff(ids[0], gone, ALL).map(drop),
    ]
    .map(|result| result.map_err(|error| error.code()));
    assert_eq!(codes, [Err("message-gone"); 5]);
}
