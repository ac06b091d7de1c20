//! Framing: where the first packet in a stream of bytes ends (MQTT 5 §2.1).
//!
//! Looks at nothing but the remaining length, so it also frames packets that cannot be decoded.

use crate::DecodeError;

/// The largest packet MQTT can express, fixed header included, in bytes (MQTT 5 §2.1.4).
pub const LARGEST_PACKET: usize = LARGEST_REMAINING + 5;

/// The largest value of a variable byte integer (MQTT 5 §1.5.5).
pub(crate) const LARGEST_REMAINING: usize = 268_435_455;

/// The length in bytes of the first packet, fixed header included; `None` while the bytes end
/// inside the fixed header. The packet itself need not be complete.
///
/// # Errors
/// [`DecodeError::RemainingLength`] and, for a packet of more than `limit` bytes,
/// [`DecodeError::TooLarge`].
pub fn frame_length(bytes: &[u8], limit: usize) -> Result<Option<usize>, DecodeError> {
    let mut remaining = 0;
    let mut header = 1;
    for (byte, shift) in bytes.iter().skip(1).zip([0, 7, 14, 21]) {
        remaining |= usize::from(byte & 0x7f) << shift;
        header += 1;
        if byte & 0x80 == 0 {
            let length = header + remaining;
            return if length > limit {
                Err(DecodeError::TooLarge { length, limit })
            } else {
                Ok(Some(length))
            };
        }
    }
    if header == 5 { Err(DecodeError::RemainingLength) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_the_specification_and_their_limits() {
        type Case = (&'static [u8], Result<Option<usize>, DecodeError>);
        let cases: [Case; 9] = [
            (&[], Ok(None)),
            (&[0xc0], Ok(None)),
            (&[0xc0, 0], Ok(Some(2))),
            (&[0x30, 0x7f], Ok(Some(129))),
            (&[0x30, 0x80], Ok(None)),
            (&[0x30, 0x80, 0x01], Ok(Some(131))),
            (&[0x30, 0xff, 0xff, 0xff, 0x7f], Ok(Some(LARGEST_PACKET))),
            (&[0x30, 0xff, 0xff, 0xff], Ok(None)),
            (&[0x30, 0xff, 0xff, 0xff, 0xff], Err(DecodeError::RemainingLength)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(frame_length(bytes, LARGEST_PACKET), expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn a_packet_over_the_limit_is_refused_before_it_arrives() {
        let refused = DecodeError::TooLarge { length: 131, limit: 130 };
        assert_eq!(frame_length(&[0x30, 0x80, 0x01], 130), Err(refused));
    }
}
