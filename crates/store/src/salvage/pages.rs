//! The pages of a damaged database file, without SQLite, which cannot reach a page when one that
//! leads to it is lost.
//!
//! Promises: a page of the write-ahead log that was committed stands for its older self; pages that
//! nothing stands on, or only a part of a long row, are left out as far as the file can tell, so that
//! nothing comes back that was removed. Section numbers are those of SQLite's "Database File Format".

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::file;

const MAGIC: &[u8] = b"SQLite format 3\0";
/// The page size of every history, for one that has lost its header.
const USUAL_SIZE: usize = 4_096;
/// Where SQLite takes its locks: the page there is never used (§1.2).
const LOCK_BYTE: u64 = 1 << 30;
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// What the pointer map says of pages that no rows begin on: free, and both kinds of overflow (§1.8).
const WITHOUT_ROWS: std::ops::RangeInclusive<u8> = 2..=4;

pub(super) struct Pages {
    file: File,
    log: Option<File>,
    /// Bytes of a page, and of these used.
    pub(super) size: usize,
    pub(super) usable: usize,
    count: u32,
    /// Where in the log the newest version of a page stands.
    newer: HashMap<u32, u64>,
    free: HashSet<u32>,
    has_map: bool,
}

impl Pages {
    /// # Errors
    /// The file cannot be read. A log that cannot be is passed over.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let log = File::open(file::beside(path, "-wal")).ok();
        let (size, newer) = log.as_ref().and_then(|log| committed(log).ok()).unwrap_or_default();
        let mut header = [0; 100];
        let is_there = (&file).read_exact(&mut header).is_ok() && header.starts_with(MAGIC);
        let said = match (size, is_there, two(&header, 16)) {
            (0, true, 1) => 65_536,
            (0, true, size) => usize::from(size),
            (0, false, _) => USUAL_SIZE,
            (size, ..) => size,
        };
        let size = if (512..=65_536).contains(&said) { said } else { USUAL_SIZE };
        let in_file = u32::try_from(length.div_ceil(size as u64)).unwrap_or(u32::MAX);
        let count = newer.keys().copied().max().unwrap_or(0).max(in_file);
        let (free, has_map) = (HashSet::new(), true);
        let mut pages = Self { file, log, size, usable: size, count, newer, free, has_map };
        let first = pages.read(1).filter(|page| page.starts_with(MAGIC));
        if let Some(first) = first {
            pages.usable = size.saturating_sub(usize::from(first.get(20).copied().unwrap_or(0)));
            pages.has_map = four(&first, 52) != 0;
            pages.note_free(four(&first, 32));
        }
        Ok(pages)
    }

    /// How many bytes they are.
    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.count) * self.size as u64
    }

    /// A page as it was committed last; `None`: it cannot be read. What a file that was cut short
    /// lacks of its last page is zeros.
    pub(super) fn read(&self, number: u32) -> Option<Vec<u8>> {
        let (mut from, at) = match (&self.log, self.newer.get(&number)) {
            (Some(log), Some(at)) => (log, *at),
            _ => (&self.file, u64::from(number.checked_sub(1)?) * self.size as u64),
        };
        from.seek(SeekFrom::Start(at)).ok()?;
        let mut page = Vec::with_capacity(self.size);
        from.take(self.size as u64).read_to_end(&mut page).ok()?;
        (!page.is_empty()).then(|| {
            page.resize(self.size, 0);
            page
        })
    }

    /// Shows each page that rows may begin on.
    pub(super) fn each<E>(
        &self,
        mut visit: impl FnMut(u32, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut map = (0, None);
        for number in 1..=self.count {
            let map_number = self.map_of(number);
            if map.0 != map_number {
                map = (map_number, self.read(map_number));
            }
            let is_map = self.has_map && number == map_number;
            if is_map || self.free.contains(&number) || self.is_without_rows(number, &map) {
                continue;
            }
            if let Some(page) = self.read(number) {
                visit(number, &page)?;
            }
        }
        Ok(())
    }

    /// The page of the pointer map that tells of a page; 0: there is none.
    fn map_of(&self, number: u32) -> u32 {
        if !self.has_map || number < 2 {
            return 0;
        }
        let stride = (self.usable / 5 + 1) as u32;
        let map = (number - 2) / stride * stride + 2;
        let is_locked = u64::from(map - 1) == LOCK_BYTE / self.size as u64;
        map + u32::from(is_locked)
    }

    fn is_without_rows(&self, number: u32, (map_number, map): &(u32, Option<Vec<u8>>)) -> bool {
        let Some(place) = number.checked_sub(map_number + 1) else { return false };
        let kind = map.as_ref().and_then(|map| map.get(place as usize * 5));
        self.has_map && *map_number > 0 && kind.is_some_and(|kind| WITHOUT_ROWS.contains(kind))
    }

    /// Notes the pages of the free list, which begins with this trunk (§1.5).
    fn note_free(&mut self, mut trunk: u32) {
        while (2..=self.count).contains(&trunk) && self.free.insert(trunk) {
            let Some(page) = self.read(trunk) else { return };
            let most = (self.usable / 4).saturating_sub(2) as u32;
            for at in 0..four(&page, 4).min(most) as usize {
                self.free.insert(four(&page, 8 + at * 4));
            }
            trunk = four(&page, 0);
        }
    }
}

/// The page size of a log, and where the newest committed version of each page stands in it (§4).
fn committed(log: &File) -> io::Result<(usize, HashMap<u32, u64>)> {
    let mut log = io::BufReader::new(log);
    let mut header = [0; LOG_HEADER];
    log.read_exact(&mut header)?;
    let size = four(&header, 8) as usize;
    let is_ours = four(&header, 0) & !1 == 0x377f_0682 && (512..=65_536).contains(&size);
    if !is_ours || !size.is_power_of_two() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let is_big = four(&header, 0) & 1 == 1;
    let mut sum = checksum((0, 0), &header[..24], is_big);
    if sum != (four(&header, 24), four(&header, 28)) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (mut known, mut open) = (HashMap::new(), Vec::new());
    let mut frame = vec![0; FRAME_HEADER + size];
    let mut at = LOG_HEADER as u64;
    // A frame that is not right, or not whole, is left from before, or was never finished.
    while log.read_exact(&mut frame).is_ok() {
        let (front, page) = frame.split_at(FRAME_HEADER);
        sum = checksum(checksum(sum, &front[..8], is_big), page, is_big);
        if front[8..16] != header[16..24] || sum != (four(front, 16), four(front, 20)) {
            break;
        }
        open.push((four(front, 0), at + FRAME_HEADER as u64));
        if four(front, 4) > 0 {
            known.extend(open.drain(..));
        }
        at += frame.len() as u64;
    }
    Ok((size, known))
}

/// The checksum of the log goes on over pairs of words (§4.2).
fn checksum((mut one, mut two): (u32, u32), bytes: &[u8], is_big: bool) -> (u32, u32) {
    let word = |word: &[u8]| {
        let word = word.try_into().unwrap_or_default();
        if is_big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
    };
    for pair in bytes.chunks_exact(8) {
        let (first, second) = pair.split_at(4);
        one = one.wrapping_add(word(first)).wrapping_add(two);
        two = two.wrapping_add(word(second)).wrapping_add(one);
    }
    (one, two)
}

/// Two bytes as a number; 0 beyond the end.
pub(super) fn two(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map_or(0, u16::from_be_bytes)
}

/// Four bytes as a number; 0 beyond the end.
pub(super) fn four(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}
