//! The bytes as one frame: strict, lenient and inspected, masked and told in a line.

use bytes::Bytes;
use wiretree_model::{ProtocolVersion, is_hidden};
use wiretree_wire::{
    Inspection, PacketType, decode_frame, decode_lenient, encode, inspect, masked, summary,
};

/// What holds for any bytes, in all versions.
pub(crate) fn check(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    for version in [ProtocolVersion::V31, ProtocolVersion::V311, ProtocolVersion::V5] {
        let strict = decode_frame(bytes.clone(), version);
        let lenient = decode_lenient(bytes.clone(), version);
        let inspection = inspect(&bytes, version);
        shows_all_bytes(&bytes, &inspection);
        if let Ok(packet) = strict {
            // What is accepted means something, so it can be said again.
            let mut again = Vec::new();
            assert_eq!(encode(&packet, version, &mut again), Ok(()));
            assert_eq!(decode_frame(again.into(), version), Ok(packet.clone()));
            assert_eq!(lenient.as_ref().map(|lenient| &lenient.packet), Ok(&packet));
        }
        match lenient {
            Ok(lenient) => {
                assert!(!summary(&lenient.packet, version).contains(is_hidden));
                assert_eq!(inspection.problems, lenient.problems);
                assert_eq!(inspection.packet, Some(lenient.packet));
            }
            Err(_) => {
                assert_eq!(inspection.packet, None);
                assert!(!inspection.problems.is_empty(), "nothing says why there is no packet");
            }
        }
    }
    for user_name_is_secret in [false, true] {
        let without = masked(&bytes, user_name_is_secret);
        assert_eq!(without.len(), bytes.len());
        let differs = without.iter().zip(&bytes).any(|(new, old)| new != old && *new != b'*');
        assert!(!differs, "only stars may take the place of bytes");
    }
}

/// Fields of depth 0 cover the frame without gap or overlap; what is deeper lies in the last of
/// them; nothing is shown as it would act on the screen.
pub(crate) fn shows_all_bytes(bytes: &Bytes, inspection: &Inspection) {
    let (mut covered, mut parent, mut before) = (0, 0..0, 0);
    for field in &inspection.fields {
        let range = &field.range;
        assert!(range.start <= range.end && before <= range.start, "{field:?}");
        before = range.start;
        if field.depth == 0 {
            assert_eq!(range.start, covered, "a gap or an overlap before {field:?}");
            (covered, parent) = (range.end, range.clone());
        } else {
            assert!(parent.start <= range.start && range.end <= parent.end, "{field:?}");
        }
        assert!(field.clause.starts_with("MQTT 5 §"), "{field:?}");
        assert!(!field.value.contains(is_hidden), "{field:?}");
    }
    assert_eq!(covered, bytes.len(), "bytes behind the last field: {inspection:?}");
    for problem in &inspection.problems {
        let range = &problem.range;
        assert!(range.start <= range.end && range.end <= bytes.len(), "{problem:?}");
        assert!(problem.clause.starts_with("MQTT 5 §"), "{problem:?}");
    }
    let announced = bytes.first().and_then(|first| PacketType::from_bits(first >> 4));
    assert_eq!(inspection.packet_type, announced);
}
