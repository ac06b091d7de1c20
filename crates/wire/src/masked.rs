//! Frames without their credentials, for whoever keeps or shows them.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use wiretree_model::ProtocolVersion;

use crate::decode::read;
use crate::ledger::Ledger;
use crate::{DecodeError, Field, PacketType, field};

/// The frame with the password of a CONNECT, and its user name if that is secret too, replaced by
/// `*` of equal length. Other packets are the same bytes.
///
/// Where a CONNECT cannot be read to its end, the password may be anywhere in the rest, so all of
/// the rest is replaced. The data of an enhanced authentication is left as it is.
pub fn masked(frame: &Bytes, user_name_is_secret: bool) -> Bytes {
    let is_connect = frame.first().is_some_and(|first| first >> 4 == PacketType::Connect as u8);
    if !is_connect {
        return frame.clone();
    }
    let mut credentials = Credentials { user_name_is_secret, ..Credentials::default() };
    // A CONNECT brings its own version; an error leaves a rest that is not covered.
    let _ = read(frame.clone(), ProtocolVersion::V5, &mut credentials);
    credentials.secret.push(credentials.covered..frame.len());
    let mut bytes = BytesMut::from(frame.as_ref());
    for range in credentials.secret {
        if let Some(secret) = bytes.get_mut(range) {
            secret.fill(b'*');
        }
    }
    bytes.freeze()
}

/// Keeps where the credentials are.
#[derive(Default)]
struct Credentials {
    user_name_is_secret: bool,
    secret: Vec<Range<usize>>,
    /// Where the last field of depth 0 ends.
    covered: usize,
}

impl Ledger for Credentials {
    fn deviation(&mut self, _: DecodeError, _: Range<usize>) -> Result<(), DecodeError> {
        Ok(())
    }

    fn cut(&mut self, _: DecodeError, _: Range<usize>) -> Result<(), DecodeError> {
        Ok(())
    }

    fn field(&mut self, field: Field, range: Range<usize>, depth: u8, _: impl FnOnce() -> String) {
        if depth != 0 {
            return;
        }
        self.covered = range.end;
        let is_user_name = field == field::USER_NAME && self.user_name_is_secret;
        if field == field::PASSWORD || is_user_name {
            // Behind the two bytes of its length.
            self.secret.push((range.start + 2).min(range.end)..range.end);
        }
        if field == field::TRAILING_BYTES || field == field::UNREAD_BYTES {
            self.secret.push(range);
        }
    }
}
