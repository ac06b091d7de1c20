//! Finds where packets begin in a stream that is cut anywhere (MQTT 5 §2.1).
//!
//! Looks at fixed headers only, so it costs next to nothing a packet. Promise: no bytes can make it
//! fail; after a malformed length it finds nothing more. Pure.

/// DISCONNECT in the upper half of the first byte (MQTT 5 §2.1.2).
const DISCONNECT: u8 = 14;

/// Where in a packet the stream stands.
#[derive(Debug, Default)]
pub(super) struct Frames {
    place: Place,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Start,
    Length {
        value: usize,
        shift: u32,
    },
    Body(usize),
    Malformed,
}

impl Frames {
    /// Takes the next bytes of the stream. Gives the place among them where a DISCONNECT begins;
    /// what stands from there on is not taken.
    pub(super) fn find_disconnect(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            match self.place {
                Place::Start => {
                    if bytes.get(at)? >> 4 == DISCONNECT {
                        return Some(at);
                    }
                    at += 1;
                    self.place = Place::Length { value: 0, shift: 0 };
                }
                Place::Length { value, shift } => {
                    let byte = *bytes.get(at)?;
                    at += 1;
                    let value = value | usize::from(byte & 0x7f) << shift;
                    self.place = match (byte & 0x80 != 0, shift) {
                        (false, _) if value == 0 => Place::Start,
                        (false, _) => Place::Body(value),
                        (true, 0..=14) => Place::Length { value, shift: shift + 7 },
                        (true, _) => Place::Malformed,
                    };
                }
                Place::Body(left) => {
                    let here = left.min(bytes.len().saturating_sub(at));
                    at += here;
                    if here < left {
                        self.place = Place::Body(left - here);
                        return None;
                    }
                    self.place = Place::Start;
                }
                Place::Malformed => return None,
            }
        }
    }
}

/// A DISCONNECT as the engine understands it, once the bytes hold all of it.
///
/// It may end after its reason code (MQTT 5 §3.14.2.2.1), and then the engine overlooks it: so the
/// empty property length that the specification lets the sender leave out is put in.
pub(super) fn complete_disconnect(bytes: &[u8]) -> Option<Vec<u8>> {
    match bytes {
        [first, 1, code, rest @ ..] => Some([&[*first, 2, *code, 0], rest].concat()),
        [_, length, rest @ ..] if *length < 0x80 && rest.len() >= usize::from(*length) => {
            Some(bytes.to_vec())
        }
        // A longer one has its property length, and needs no help.
        [_, length, ..] if *length >= 0x80 => Some(bytes.to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(body: usize) -> Vec<u8> {
        let mut bytes = vec![0x30];
        let mut length = body;
        while length >= 0x80 {
            bytes.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        // A body that looks like nothing but DISCONNECT.
        bytes.extend(std::iter::repeat_n(0xe0, body));
        bytes
    }

    proptest! {
        #[test]
        fn a_disconnect_is_found_after_any_packets_however_they_are_cut(
            bodies in proptest::collection::vec(0_usize..40_000, 0..4),
            cut in 1_usize..5_000,
        ) {
            let mut stream: Vec<u8> = bodies.into_iter().flat_map(packet).collect();
            let expected = stream.len();
            stream.extend([0xe0, 1, 0x8b]);
            let mut frames = Frames::default();
            let mut found = None;
            for (index, part) in stream.chunks(cut).enumerate() {
                if let Some(at) = frames.find_disconnect(part) {
                    found = Some(index * cut + at);
                    break;
                }
            }
            prop_assert_eq!(found, Some(expected));
        }

        #[test]
        fn no_bytes_make_it_fail(bytes in any::<Vec<u8>>()) {
            let _ = Frames::default().find_disconnect(&bytes);
            let _ = complete_disconnect(&bytes);
        }
    }

    #[test]
    fn a_disconnect_is_completed() {
        let complete = complete_disconnect;
        assert_eq!(complete(&[0xe0]), None);
        assert_eq!(complete(&[0xe0, 1]), None);
        assert_eq!(complete(&[0xe0, 1, 0x8b]), Some(vec![0xe0, 2, 0x8b, 0]));
        assert_eq!(complete(&[0xe0, 2, 0x8b]), None);
        assert_eq!(complete(&[0xe0, 2, 0x8b, 0]), Some(vec![0xe0, 2, 0x8b, 0]));
        assert_eq!(complete(&[0xe0, 0]), Some(vec![0xe0, 0]));
    }
}
