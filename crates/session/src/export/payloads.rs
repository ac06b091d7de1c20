//! Payloads as files of their own, with an index beside them.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wiretree_model::{Property, Publish};
use wiretree_payload::{Format, detect};
use wiretree_transfer::{Record, TransferError, raw};

use super::destination::{Counted, failed};
use crate::SessionError;

/// What files of known kinds begin with, and the ending that their programs know them by. None of
/// them is run when it is opened.
const BEGINNINGS: [(&[u8], &str); 9] = [
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
    (b"\x1f\x8b", "gz"),
    (b"PK\x03\x04", "zip"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"PAR1", "parquet"),
];

/// Fills a folder that is ours alone.
pub(super) struct PayloadFiles {
    folder: PathBuf,
    index: BufWriter<Counted<File>>,
    bytes: Arc<AtomicU64>,
    written: u64,
}

impl PayloadFiles {
    pub(super) fn create(folder: &Path, bytes: Arc<AtomicU64>) -> Result<Self, SessionError> {
        let index = new_file(&folder.join(raw::INDEX))?;
        let index = BufWriter::new(Counted::new(index, Arc::clone(&bytes)));
        Ok(Self { folder: folder.to_owned(), index, bytes, written: 0 })
    }

    pub(super) fn write(&mut self, record: &Record) -> Result<(), SessionError> {
        self.written += 1;
        let publish = &record.message.publish;
        let name = raw::file_name(self.written, &publish.topic, ending(publish));
        let mut file = new_file(&self.folder.join(&name))?;
        file.write_all(&publish.payload).map_err(TransferError::Write)?;
        self.bytes.fetch_add(publish.payload.len() as u64, Ordering::Relaxed);
        Ok(raw::write_index(&mut self.index, record, &name)?)
    }

    /// Completes the index, and gives the number of payloads.
    pub(super) fn finish(mut self) -> Result<u64, SessionError> {
        self.index.flush().map_err(TransferError::Write)?;
        self.index.get_ref().get_ref().sync_all().map_err(TransferError::Write)?;
        Ok(self.written)
    }
}

/// A file that was not there before.
fn new_file(path: &Path) -> Result<File, SessionError> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.map_err(|error| failed("created", path, &error))
}

fn ending(publish: &Publish) -> &'static str {
    let known = BEGINNINGS.iter().find(|(beginning, _)| publish.payload.starts_with(beginning));
    if let Some((_, ending)) = known {
        return ending;
    }
    let content_type = publish.properties.iter().find_map(|property| match property {
        Property::ContentType(text) => text.as_str(),
        _ => None,
    });
    match detect(&publish.payload, content_type).format {
        Format::Json => "json",
        Format::Text => "txt",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_is_in_it_and_nothing_can_be_run() {
        let cases: [(&'static [u8], &str); 6] = [
            (b"{\"a\":1}", "json"),
            (b"ON", "txt"),
            (b"", "bin"),
            (b"\x89PNG\r\n\x1a\n\0", "png"),
            (b"MZ\x90\0", "bin"),
            (b"#!/bin/sh\n", "txt"),
        ];
        for (payload, expected) in cases {
            let publish = Publish { payload: payload.into(), ..Publish::default() };
            assert_eq!(ending(&publish), expected, "{payload:?}");
        }
    }
}
