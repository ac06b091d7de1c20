//! CSV: columns, quoting, and cells that a spreadsheet must not compute.

use super::messages::{any_record, record, written};
use crate::{Format, Formulas, Record};
use proptest::prelude::*;
use wiretree_model::{Properties, Property};

fn rows(formulas: Formulas, records: &[Record]) -> Vec<Vec<String>> {
    let text = written(Format::Csv(formulas), records);
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_columns_of_a_plain_message() {
    let text = written(Format::Csv(Formulas::Disarmed), &[record("a/b", "say \"hi\",\r\nnow")]);
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "ts,dir,topic,qos,retain,dup,mid,size,encoding,payload,properties\r\n\
         2025-12-31T23:59:59.999999Z,in,a/b,0,false,false,,14,utf8,\
         \"say \"\"hi\"\",\r\nnow\",\r\n"
    );
}

#[test]
fn no_messages_still_have_column_names() {
    assert_eq!(rows(Formulas::Disarmed, &[]).len(), 1);
}

#[test]
fn formulas_are_disarmed_unless_asked_for_verbatim() {
    for formula in ["=cmd|'/C calc'!A0", "@SUM(1)", "+1", "-1", "\tx", "\rx", "\0x"] {
        let given = [record(formula, formula.to_owned())];
        let cells = |formulas| {
            let row = rows(formulas, &given).remove(1);
            (row[2].clone(), row[9].clone())
        };
        let safe = format!("'{formula}");
        assert_eq!(cells(Formulas::Disarmed), (safe.clone(), safe));
        assert_eq!(cells(Formulas::Verbatim), (formula.to_owned(), formula.to_owned()));
    }
}

#[test]
fn bytes_and_properties() {
    let mut given = record("a", vec![0xff, 0]);
    given.message.publish.packet_id = Some(9);
    given.message.publish.properties = Properties(vec![Property::ContentType("x".into())]);
    let row = rows(Formulas::Disarmed, &[given]).remove(1);
    assert_eq!(row[6..], ["9", "2", "base64", "/wA=", "{\"content_type\":\"x\"}"]);
}

proptest! {
    #[test]
    fn no_cell_is_a_formula(records in proptest::collection::vec(any_record(), 0..4)) {
        let rows = rows(Formulas::Disarmed, &records);
        prop_assert_eq!(rows.len(), records.len() + 1);
        for cell in rows.iter().flatten() {
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']), "{cell:?}");
        }
    }

    #[test]
    fn verbatim_payloads_come_back(given in any_record()) {
        let row = rows(Formulas::Verbatim, std::slice::from_ref(&given)).remove(1);
        if let Ok(text) = std::str::from_utf8(&given.message.publish.payload) {
            prop_assert_eq!(&row[9], text);
        }
    }
}
