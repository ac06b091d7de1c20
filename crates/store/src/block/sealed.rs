//! Bytes that are compressed and carry a checksum: of themselves, and of numbers that stand beside
//! them and must not be exchanged for others.
//!
//! | bytes | hold |
//! |---|---|
//! | 4 | CRC-32 of the numbers and of all that follows |
//! | 4 | the size of what was sealed |
//! | the rest | it, compressed with Zstandard at level 1 |

use std::io;

use zstd::bulk::{Compressor, Decompressor};

use super::Damage;

/// The fastest level: the others cost far more than they save on messages.
const LEVEL: i32 = 1;
/// Checksum and size.
const FRONT: usize = 8;
/// The most that unpacks from one seal: the largest packet of MQTT (§2.1.4) and a little more.
const MOST: usize = 256 * 1024 * 1024 + 1024 * 1024;
/// The most of a head: 20 bytes for each connection, and 65 for each of the messages that a block has.
const MOST_OF_HEAD: usize = 1024 * 1024;

/// Seals.
pub(crate) struct Sealer {
    compressor: Compressor<'static>,
}

/// Opens what a [`Sealer`] sealed.
pub(crate) struct Opener {
    decompressor: Decompressor<'static>,
}

impl Sealer {
    /// # Errors
    /// No memory for it.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { compressor: Compressor::new(LEVEL)? })
    }

    /// # Errors
    /// It is larger than anything that can be opened again.
    pub(crate) fn seal(&mut self, beside: &[i64], raw: &[u8]) -> io::Result<Vec<u8>> {
        let size = u32::try_from(raw.len()).ok().filter(|_| raw.len() <= MOST);
        let size = size.ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let mut out = vec![0; FRONT + zstd::zstd_safe::compress_bound(raw.len())];
        let (front, room) = out.split_at_mut(FRONT);
        let length = self.compressor.compress_to_buffer(raw, room)?;
        let (checksum_at, size_at) = front.split_at_mut(4);
        size_at.copy_from_slice(&size.to_le_bytes());
        let packed = room.get(..length).unwrap_or_default();
        checksum_at.copy_from_slice(&checksum(beside, size, packed).to_le_bytes());
        out.truncate(FRONT + length);
        Ok(out)
    }
}

impl Opener {
    /// # Errors
    /// No memory for it.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { decompressor: Decompressor::new()? })
    }

    /// What was sealed, into `out`, which is cleared before.
    pub(crate) fn open(
        &mut self,
        beside: &[i64],
        sealed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Damage> {
        self.open_up_to(MOST, beside, sealed, out)
    }

    /// The same for the head of a block, which is never large.
    pub(crate) fn open_head(
        &mut self,
        beside: &[i64],
        sealed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Damage> {
        self.open_up_to(MOST_OF_HEAD, beside, sealed, out)
    }

    /// The same for what has never more bytes than `most`.
    pub(crate) fn open_up_to(
        &mut self,
        most: usize,
        beside: &[i64],
        sealed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Damage> {
        let (front, packed) = sealed.split_at_checked(FRONT).ok_or(Damage::Truncated)?;
        let mut words = front.chunks_exact(4).map(|word| word.try_into().map(u32::from_le_bytes));
        let (Some(Ok(expected)), Some(Ok(size))) = (words.next(), words.next()) else {
            return Err(Damage::Truncated);
        };
        if checksum(beside, size, packed) != expected {
            return Err(Damage::Checksum);
        }
        let size = size as usize;
        if size > most {
            return Err(Damage::Number);
        }
        out.clear();
        out.reserve(size);
        let opened = self.decompressor.decompress_to_buffer(packed, out);
        match opened {
            Ok(length) if length == size => Ok(()),
            _ => Err(Damage::Compression),
        }
    }
}

fn checksum(beside: &[i64], size: u32, packed: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for number in beside {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(&size.to_le_bytes());
    hasher.update(packed);
    hasher.finalize()
}
