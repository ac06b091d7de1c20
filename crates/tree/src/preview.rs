//! The beginning of the last payload of a topic, for its row.
//!
//! Bytes, not text: what they mean is for the payload crate. A cut never splits a UTF-8 character,
//! so that clean text stays clean text.

/// The most bytes of a payload that are kept.
pub const LONGEST_PREVIEW: usize = 64;

/// The beginning of a payload, and how long the whole was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// At most [`LONGEST_PREVIEW`] bytes from the start.
    pub bytes: Vec<u8>,
    /// Whether the payload went on.
    pub truncated: bool,
    /// Length of the whole payload in bytes.
    pub size: u32,
}

impl Preview {
    /// The beginning of a payload.
    pub fn of(payload: &[u8]) -> Self {
        let length = cut(payload, LONGEST_PREVIEW);
        Self {
            bytes: payload.get(..length).unwrap_or_default().to_vec(),
            truncated: length < payload.len(),
            size: u32::try_from(payload.len()).unwrap_or(u32::MAX),
        }
    }
}

/// A preview as the arena keeps it: in place, without an allocation of its own.
pub(crate) struct Kept {
    size: u32,
    length: u8,
    bytes: [u8; LONGEST_PREVIEW],
}

impl Default for Kept {
    fn default() -> Self {
        Self { size: 0, length: 0, bytes: [0; LONGEST_PREVIEW] }
    }
}

impl Kept {
    /// Keeps the first `limit` bytes of a payload, or fewer.
    pub(crate) fn keep(&mut self, payload: &[u8], limit: usize) {
        let length = cut(payload, limit.min(LONGEST_PREVIEW));
        self.size = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.length = u8::try_from(length).unwrap_or(0);
        if let (Some(to), Some(from)) = (self.bytes.get_mut(..length), payload.get(..length)) {
            to.copy_from_slice(from);
        }
    }

    pub(crate) fn preview(&self) -> Preview {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default().to_vec();
        Preview { truncated: u32::from(self.length) < self.size, bytes, size: self.size }
    }
}

/// Where to cut so that a character which begins before `limit` is not split.
fn cut(payload: &[u8], limit: usize) -> usize {
    let Some(next) = payload.get(limit) else { return payload.len() };
    let is_inside = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
    if !is_inside(*next) {
        return limit;
    }
    let start = (limit.saturating_sub(3)..limit)
        .rev()
        .find(|at| payload.get(*at).is_some_and(|byte| !is_inside(*byte)));
    // Four continuation bytes in a row are not UTF-8: then any place is as good.
    start.unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(payload: &[u8], limit: usize) -> Preview {
        let mut kept = Kept::default();
        kept.keep(&[b'x'; 70], LONGEST_PREVIEW);
        kept.keep(payload, limit);
        kept.preview()
    }

    #[test]
    fn short_payloads_are_kept_whole() {
        for payload in [&b""[..], b"1", &[0xff; 64]] {
            let preview = kept(payload, 64);
            assert_eq!(preview.bytes, payload);
            assert!(!preview.truncated);
            assert_eq!(preview, Preview::of(payload));
        }
    }

    #[test]
    fn a_cut_does_not_split_a_character() {
        for (payload, limit, expected) in [
            ("abcdef", 4, "abcd"),
            ("abcä", 4, "abc"),
            ("abäc", 4, "abä"),
            ("a€€", 6, "a€"),
            ("😀😀", 7, "😀"),
            ("😀", 3, ""),
        ] {
            let preview = kept(payload.as_bytes(), limit);
            assert_eq!(String::from_utf8(preview.bytes).as_deref(), Ok(expected));
            assert!(preview.truncated);
            assert_eq!(preview.size as usize, payload.len());
        }
        assert_eq!(kept(&[0x80; 9], 4).bytes, [0x80; 4], "not UTF-8: cut anywhere");
    }

    #[test]
    fn the_limit_is_never_above_the_room_there_is() {
        assert_eq!(kept(&[b'a'; 500], 100_000).bytes.len(), LONGEST_PREVIEW);
        assert_eq!(kept(&[b'a'; 500], 100_000), Preview::of(&[b'a'; 500]));
        assert_eq!(kept(&[b'a'; 500], 0).bytes.len(), 0);
    }
}
