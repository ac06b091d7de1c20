//! Our own formats: what was exported, imported and exported again is the same, byte for byte.

use std::ops::ControlFlow;

use proptest::prelude::*;

use crate::import::{Entry, FileKind, Offset, detect, read_messages};
use crate::tests::messages::{any_record, written};
use crate::{Format, Record};

pub(super) fn read_as(kind: FileKind, text: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    let read = read_messages(kind, Offset::default(), text, &mut |entry| {
        found.push(entry);
        ControlFlow::Continue(())
    });
    read.unwrap();
    found
}

fn records(entries: Vec<Entry>) -> Vec<Record> {
    let records = entries.into_iter().map(|entry| match entry {
        Entry::Message { record, .. } => record,
        Entry::Bad { place, reason } => panic!("{place}: {reason}"),
    });
    records.collect()
}

proptest! {
    #[test]
    fn the_second_export_is_the_first(given in proptest::collection::vec(any_record(), 1..5)) {
        for (format, kind) in [(Format::Ndjson, FileKind::Ndjson), (Format::Json, FileKind::Json)] {
            let text = written(format, &given);
            prop_assert_eq!(detect(&text).unwrap(), kind);
            let back = records(read_as(kind, &text));
            prop_assert_eq!(&written(format, &back), &text);
            prop_assert_eq!(back, given.clone());
        }
    }

    #[test]
    fn reading_can_be_ended_at_any_message(
        given in proptest::collection::vec(any_record(), 2..5),
        json in any::<bool>(),
    ) {
        let (format, kind) = match json {
            true => (Format::Json, FileKind::Json),
            false => (Format::Ndjson, FileKind::Ndjson),
        };
        let text = written(format, &given);
        let mut count = 0;
        let read = read_messages(kind, Offset::default(), text.as_slice(), &mut |_| {
            count += 1;
            if count == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        prop_assert_eq!((read, count), (Ok(()), 2));
    }
}
