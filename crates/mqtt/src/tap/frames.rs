//! Cuts what comes in into packets.
//!
//! Promises: a packet above the limit is refused by its header, before there is room made for it;
//! packets share the bytes they were read into, and only what follows a large one is copied.

use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use wiretree_wire::{DecodeError, frame_length};

/// What is asked for at a time, in bytes.
const CHUNK: usize = 128 * 1024;
/// Less room than this is not worth a read.
const LEAST: usize = 16 * 1024;

/// A packet above this gets a buffer to itself, in bytes.
const LARGE: usize = 1024 * 1024;

/// The bytes that came in, up to the end of the last complete packet.
#[derive(Debug)]
pub(crate) struct Frames {
    buffer: BytesMut,
    limit: usize,
}

impl Frames {
    /// Takes packets of at most `limit` bytes; the first of them may have been read already.
    pub(crate) fn beginning_with(buffer: BytesMut, limit: usize) -> Self {
        Self { buffer, limit }
    }

    /// Reads once. Gives the number of bytes; 0 is the end of the stream.
    pub(crate) fn poll_fill<S: AsyncRead + Unpin + ?Sized>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.buffer.capacity() - self.buffer.len() < LEAST {
            // A large packet gets room as it comes, not as it is announced.
            self.buffer.reserve(CHUNK.max(self.buffer.len()));
        }
        pin!(stream.read_buf(&mut self.buffer)).poll(context)
    }

    /// The next complete packet.
    ///
    /// # Errors
    /// A header that is too long, or that announces more than the limit.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, DecodeError> {
        match frame_length(&self.buffer, self.limit)? {
            Some(length) if length <= self.buffer.len() => {
                let frame = self.buffer.split_to(length).freeze();
                if length > LARGE {
                    // Else a small packet that is kept would keep the room of a large one.
                    self.buffer = BytesMut::from(self.buffer.as_ref());
                }
                Ok(Some(frame))
            }
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use proptest::prelude::*;

    use super::*;

    fn packet(body: usize) -> Vec<u8> {
        let publish = wiretree_model::Publish {
            topic: wiretree_model::Topic::received("t"),
            payload: Bytes::from(vec![0xe0; body]),
            ..wiretree_model::Publish::default()
        };
        let mut bytes = Vec::new();
        let version = wiretree_model::ProtocolVersion::V5;
        wiretree_wire::encode(&wiretree_wire::Packet::Publish(publish), version, &mut bytes)
            .unwrap();
        bytes
    }

    /// What is cut out of a stream that gives at most `cut` bytes at a time.
    fn cut_out(stream: &[u8], cut: usize) -> Vec<Bytes> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut frames = Frames::beginning_with(BytesMut::new(), usize::MAX);
            let mut found = Vec::new();
            for mut part in stream.chunks(cut) {
                while !part.is_empty() {
                    poll_fn(|context| frames.poll_fill(&mut part, context)).await.unwrap();
                }
                while let Some(frame) = frames.next().unwrap() {
                    found.push(frame);
                }
            }
            found
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn packets_are_found_however_the_stream_is_cut(
            bodies in proptest::collection::vec(0_usize..40_000, 0..5),
            cut in 1_usize..5_000,
        ) {
            let packets: Vec<Vec<u8>> = bodies.into_iter().map(packet).collect();
            prop_assert_eq!(cut_out(&packets.concat(), cut), packets);
        }
    }

    #[tokio::test]
    async fn a_small_packet_does_not_hold_the_room_of_a_large_one_before_it() {
        let stream = [packet(8 << 20), packet(10), packet(10)].concat();
        let mut rest = stream.as_slice();
        let mut frames = Frames::beginning_with(BytesMut::new(), usize::MAX);
        let mut found = 0;
        while !rest.is_empty() {
            poll_fn(|context| frames.poll_fill(&mut rest, context)).await.unwrap();
            while let Some(frame) = frames.next().unwrap() {
                found += 1;
                // What is left of the buffer is what the next small packet holds.
                assert!(frames.buffer.capacity() < LARGE, "after {} bytes", frame.len());
            }
        }
        assert_eq!(found, 3);
    }

    #[test]
    fn a_packet_above_the_limit_is_refused_before_it_comes() {
        let announced = BytesMut::from([0x30, 0xff, 0xff, 0xff, 0x7f].as_slice());
        let mut frames = Frames::beginning_with(announced, 100);
        assert!(matches!(frames.next(), Err(DecodeError::TooLarge { limit: 100, .. })));
        assert!(frames.buffer.capacity() < 1000);
    }
}
