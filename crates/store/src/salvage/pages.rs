//! The pages of a damaged database file, without SQLite, which cannot reach a page when one that
//! leads to it is lost.
//!
//! Promises: a page of the write-ahead log that was committed stands for its older self; pages that
//! nothing stands on, or only a part of a long row, are left out as far as the file can tell, so that
//! nothing comes back that was removed; no more is visited than the file and its log have. Section
//! numbers are those of SQLite's "Database File Format".

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::file;

/// Bytes of a page: every history has SQLite's usual ones, all of which are used, and a pointer map.
/// So a header that is damaged need not be asked.
pub(super) const SIZE: usize = 4_096;
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Pages that one page of the pointer map tells of, and itself (§1.8).
const STRIDE: u32 = SIZE as u32 / 5 + 1;
/// The page where SQLite takes its locks, which is never used (§1.2).
const LOCKED: u32 = (1 << 30) / SIZE as u32 + 1;
/// The pages that a trunk of the free list names (§1.5).
const NAMED: u32 = SIZE as u32 / 4 - 2;
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

pub(super) struct Pages {
    file: File,
    log: Option<(File, Committed)>,
    /// Bytes of both.
    bytes: u64,
    /// Pages that the file has, as far as they belong to the database.
    count: u32,
    free: HashSet<u32>,
}

/// What was committed to a log (§4).
struct Committed {
    /// Where the newest version of a page stands in it.
    pages: BTreeMap<u32, u64>,
    /// Pages of the database, as the last transaction left it; `None`: what came behind is damaged.
    size: Option<u32>,
}

/// What the pointer map says of a page (§1.8).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Rows,
    /// Free, or the rest of a long row.
    NoRows,
    /// It is damaged.
    Unknown,
}

impl Pages {
    /// # Errors
    /// The file cannot be read. A log that cannot be is passed over.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut bytes = file.metadata()?.len();
        let log = File::open(file::beside(path, "-wal")).ok();
        let log = log.and_then(|log| committed(&log).ok().map(|committed| (log, committed)));
        let there = u32::try_from(bytes.div_ceil(SIZE as u64)).unwrap_or(u32::MAX);
        let size = log.as_ref().and_then(|(_, committed)| committed.size);
        let count = size.map_or(there, |size| size.min(there));
        if let Some((log, _)) = &log {
            bytes += log.metadata()?.len();
        }
        let mut pages = Self { file, log, bytes, count, free: HashSet::new() };
        if let Some(first) = pages.read(1).filter(|page| page.starts_with(MAGIC)) {
            pages.note_free(four(&first, 32));
        }
        Ok(pages)
    }

    /// Bytes of the file and its log.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A page as it was committed last; `None`: it cannot be read. What a file that was cut short
    /// lacks of its last page is zeros.
    pub(super) fn read(&self, number: u32) -> Option<Vec<u8>> {
        let in_log =
            self.log.as_ref().and_then(|(log, known)| Some((log, *known.pages.get(&number)?)));
        let (mut from, at) = match in_log {
            Some(found) => found,
            None => (&self.file, u64::from(number.checked_sub(1)?) * SIZE as u64),
        };
        from.seek(SeekFrom::Start(at)).ok()?;
        let mut page = Vec::with_capacity(SIZE);
        from.take(SIZE as u64).read_to_end(&mut page).ok()?;
        (!page.is_empty()).then(|| {
            page.resize(SIZE, 0);
            page
        })
    }

    /// Shows each page that rows may begin on, in order. Tells before each of all pages, these or
    /// not, how many have been looked at, and how many there are.
    pub(super) fn each<E>(
        &self,
        mut visit: impl FnMut(u32, &[u8]) -> Result<(), E>,
        mut word: impl FnMut(u64, u64),
    ) -> Result<(), E> {
        let mut map = (0, None);
        let beyond = self.beyond();
        let total = u64::from(self.count) + beyond.len() as u64;
        for (number, seen) in (1..=self.count).chain(beyond).zip(0..) {
            word(seen, total);
            let map_number = map_of(number);
            if map.0 != map_number {
                map = (map_number, self.read(map_number));
            }
            let has_rows = match map.1.as_ref().map_or(Use::Unknown, |map| use_of(number, map)) {
                Use::Rows => true,
                Use::NoRows => false,
                Use::Unknown => !self.free.contains(&number),
            };
            if number != map_number
                && has_rows
                && let Some(page) = self.read(number)
            {
                visit(number, &page)?;
            }
        }
        Ok(())
    }

    /// Pages that only the log has.
    fn beyond(&self) -> Vec<u32> {
        let Some((_, known)) = &self.log else { return Vec::new() };
        let most = known.size.unwrap_or(u32::MAX);
        let beyond = known.pages.range(self.count.saturating_add(1)..);
        beyond.map(|(number, _)| *number).filter(|number| *number <= most).collect()
    }

    /// Notes the pages of the free list, which begins with this trunk (§1.5).
    fn note_free(&mut self, mut trunk: u32) {
        while (2..=self.count).contains(&trunk) && self.free.insert(trunk) {
            let Some(page) = self.read(trunk) else { return };
            let named = (0..four(&page, 4).min(NAMED) as usize).map(|at| four(&page, 8 + at * 4));
            self.free.extend(named.filter(|number| (2..=self.count).contains(number)));
            trunk = four(&page, 0);
        }
    }
}

/// The page of the pointer map that tells of a page, or that it is; 0: none does.
fn map_of(number: u32) -> u32 {
    if number < 2 {
        return 0;
    }
    let map = (number - 2) / STRIDE * STRIDE + 2;
    map + u32::from(map == LOCKED)
}

fn use_of(number: u32, map: &[u8]) -> Use {
    let place = number.checked_sub(map_of(number) + 1);
    match place.and_then(|place| map.get(place as usize * 5)) {
        Some(1 | 5) => Use::Rows,
        Some(2..=4) => Use::NoRows,
        _ => Use::Unknown,
    }
}

/// What was committed to a log: as SQLite, up to the first frame that is not right (§4.1, §4.4).
fn committed(log: &File) -> io::Result<Committed> {
    let mut log = io::BufReader::new(log);
    let mut header = [0; LOG_HEADER];
    log.read_exact(&mut header)?;
    let is_big = four(&header, 0) & 1 == 1;
    let mut sum = checksum((0, 0), &header[..24], is_big);
    let is_ours = four(&header, 0) & !1 == 0x377f_0682 && four(&header, 8) as usize == SIZE;
    if !is_ours || sum != (four(&header, 24), four(&header, 28)) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (mut pages, mut open, mut size) = (BTreeMap::new(), Vec::new(), None);
    let mut frame = vec![0; FRAME_HEADER + SIZE];
    let mut at = LOG_HEADER as u64;
    let is_of_log = |frame: &[u8]| frame[8..16] == header[16..24];
    let mut read = next_frame(&mut log, &mut frame);
    while let Ok(true) = read {
        let (front, page) = frame.split_at(FRAME_HEADER);
        sum = checksum(checksum(sum, &front[..8], is_big), page, is_big);
        let number = four(front, 0);
        if !is_of_log(front) || number == 0 || sum != (four(front, 16), four(front, 20)) {
            break;
        }
        open.push((number, at + FRAME_HEADER as u64));
        if four(front, 4) > 0 {
            pages.extend(open.drain(..));
            size = Some(four(front, 4));
        }
        at += frame.len() as u64;
        read = next_frame(&mut log, &mut frame);
    }
    // A frame that is not right is left from before, or was never finished. It is damaged where others
    // of this log come behind it, or something cannot be read: then the file may be larger than what
    // was read says.
    let mut goes_on = false;
    while !goes_on && matches!(read, Ok(true)) {
        read = next_frame(&mut log, &mut frame);
        goes_on = matches!(read, Ok(true)) && is_of_log(&frame);
    }
    let is_damaged = goes_on || read.is_err();
    Ok(Committed { pages, size: size.filter(|_| !is_damaged) })
}

/// Reads a frame; false: there is no whole one any more.
fn next_frame(log: &mut impl Read, frame: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(frame) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A log with one frame, which commits a page of zeros.
    fn log_with(number: u32, size: u32) -> Vec<u8> {
        let mut log: Vec<u8> = [0x377f_0683, 3_007_000, SIZE as u32, 0, 7, 8]
            .into_iter()
            .flat_map(u32::to_be_bytes)
            .collect();
        let mut sum = checksum((0, 0), &log, true);
        log.extend([sum.0, sum.1].into_iter().flat_map(u32::to_be_bytes));
        let front: Vec<u8> = [number, size].into_iter().flat_map(u32::to_be_bytes).collect();
        let page = [0; SIZE];
        sum = checksum(checksum(sum, &front, true), &page, true);
        log.extend(front);
        log.extend([7, 8, sum.0, sum.1].into_iter().flat_map(u32::to_be_bytes));
        log.extend(page);
        log
    }

    fn seen(log: &[u8]) -> Vec<u32> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pages");
        std::fs::write(&path, vec![1; 3 * SIZE]).unwrap();
        std::fs::write(folder.path().join("pages-wal"), log).unwrap();
        let mut seen = Vec::new();
        let pages = Pages::open(&path).unwrap();
        let visit = |number, page: &[u8]| {
            assert_eq!(page.len(), SIZE);
            seen.push(number);
            Ok::<_, std::convert::Infallible>(())
        };
        pages.each(visit, |_, total| assert!(total < 10)).unwrap();
        assert_eq!(pages.bytes(), (3 * SIZE + log.len()) as u64);
        seen
    }

    #[test]
    fn a_log_makes_no_pages_that_nobody_has() {
        assert_eq!(seen(&[]), [1, 3], "the second is the pointer map");
        assert_eq!(seen(&log_with(u32::MAX, u32::MAX)), [1, 3, u32::MAX]);
        assert_eq!(seen(&log_with(5, 5)), [1, 3, 5]);
        assert_eq!(seen(&log_with(0, 5)), [1, 3], "there is no such page");
    }

    #[test]
    fn pages_beyond_what_was_committed_last_are_of_the_past() {
        assert_eq!(seen(&log_with(1, 2)), [1]);
        // A transaction that was never finished does not change that; damage in the middle does.
        let whole = log_with(1, 2);
        let half = &whole[LOG_HEADER..LOG_HEADER + 1_000];
        assert_eq!(seen(&[&whole, half].concat()), [1]);
        let mut wrong = whole[LOG_HEADER..].to_vec();
        assert_eq!(seen(&[&whole, wrong.as_slice()].concat()), [1]);
        wrong[100] ^= 1;
        assert_eq!(seen(&[&whole, wrong.as_slice(), &whole[LOG_HEADER..]].concat()), [1, 3]);
    }

    #[test]
    fn the_pages_of_the_map_are_where_sqlite_has_them() {
        assert_eq!([1, 2, 3, 821, 822].map(map_of), [0, 2, 2, 2, 822]);
        assert_eq!((LOCKED, map_of(LOCKED)), (262_145, 261_582));
    }
}
