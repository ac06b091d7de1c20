//! Payloads as files of their own: what they are called, and the index that stands beside them.
//!
//! Names are made of topics, which anybody may choose: letters, digits, `-` and `_` of ASCII alone,
//! cut, with a number in front and a hash of the topic behind. So no name leaves its folder, none
//! is reserved on any system, and none comes twice. The index is NDJSON whose `encoding` is `file`
//! and whose `payload` is the name; with it nothing is lost.

use std::io::Write;

use wiretree_model::Topic;

use crate::{Record, TransferError, ndjson};

/// The name of the index.
pub const INDEX: &str = "index.ndjson";
/// How much of a topic stands in a name, in bytes.
const LONGEST_TOPIC: usize = 80;

/// The name for the payload of the message with this number of an export. `ending` has no dot.
pub fn file_name(number: u64, topic: &Topic, ending: &str) -> String {
    let bytes = topic.as_bytes();
    let mut name = format!("{number:08}-");
    for byte in bytes.iter().take(LONGEST_TOPIC) {
        let is_safe = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        name.push(if is_safe { char::from(*byte) } else { '-' });
    }
    name + &format!("-{:08x}.{ending}", short_hash(bytes))
}

/// Appends the line of a message to the index.
///
/// # Errors
/// The destination takes no more.
pub fn write_index(
    mut index: impl Write,
    record: &Record,
    file: &str,
) -> Result<(), TransferError> {
    ndjson::write_with_file(&mut index, record, file)
}

/// FNV-1a: tells topics apart whose names look alike once they are made safe.
fn short_hash(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stay_in_their_folder_and_tell_topics_apart() {
        let name = |topic: &str| file_name(7, &Topic::received(topic), "json");
        for (topic, expected) in [
            ("foobar", "00000007-foobar-bf9cf968.json"),
            ("a", "00000007-a-e40c292c.json"),
            ("", "00000007--811c9dc5.json"),
        ] {
            assert_eq!(name(topic), expected, "FNV-1a as published");
        }
        assert!(name("../../etc/passwd").starts_with("00000007-------etc-passwd-"));
        assert!(name("CON").starts_with("00000007-CON-"), "a device on Windows, but not so");
        assert_ne!(name("plant/line-1"), name("plant-line/1"));
    }

    proptest! {
        #[test]
        fn every_name_is_safe(topic in any::<Vec<u8>>(), number in any::<u64>()) {
            let name = file_name(number, &Topic::received(bytes::Bytes::from(topic)), "bin");
            prop_assert!(name.len() <= 128, "{}", name);
            let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            let stem = name.strip_suffix(".bin").unwrap();
            prop_assert!(stem.bytes().all(is_safe), "{}", name);
        }
    }
}
