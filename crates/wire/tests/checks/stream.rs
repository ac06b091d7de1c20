//! The bytes as a stream: however it is cut, the same packets and errors come out of it.

use bytes::BytesMut;
use wiretree_model::ProtocolVersion;
use wiretree_wire::{decode, frame_length};

/// What holds for any bytes, the first of which says where the others are cut.
pub(crate) fn check(bytes: &[u8]) {
    const LIMIT: usize = 1_000;
    let Some((cut, stream)) = bytes.split_first() else { return };
    let version = if cut & 1 == 0 { ProtocolVersion::V5 } else { ProtocolVersion::V311 };
    let pieces = usize::from(*cut) + 1;
    let read = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let (mut buffer, mut results) = (BytesMut::new(), Vec::new());
        for piece in pieces {
            buffer.extend_from_slice(piece);
            // An error in the length leaves the packet where it is: the stream is at its end.
            while frame_length(&buffer, LIMIT).is_ok() {
                match decode(&mut buffer, version, LIMIT).transpose() {
                    Some(result) => results.push(result),
                    None => break,
                }
            }
        }
        (results, buffer)
    };
    let whole = read(&mut std::iter::once(stream));
    let cut = read(&mut stream.chunks(pieces));
    assert_eq!(whole, cut);
}
