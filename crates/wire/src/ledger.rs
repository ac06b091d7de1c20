//! What is done with what the decoder finds, beside the packet itself: one decoder serves those
//! who want it strict, those who want to read on, and those who want to see every field.
//!
//! The decoder is compiled once for each ledger, so a ledger that keeps nothing costs nothing.

use std::ops::Range;

use crate::{DecodeError, Field, Problem};

/// How many problems of one packet are kept: a hostile one can have millions.
const MOST_PROBLEMS: usize = 100;

/// Hears of each field and each deviation, in the order of the bytes. Ranges are in the frame.
pub(crate) trait Ledger {
    /// The packet deviates, and can be read on. An error ends the decoding.
    fn deviation(&mut self, error: DecodeError, range: Range<usize>) -> Result<(), DecodeError>;

    /// The frame is shorter than it says, so that not even a lenient decoder gives a packet.
    fn cut(&mut self, error: DecodeError, _range: Range<usize>) -> Result<(), DecodeError> {
        Err(error)
    }

    /// A deviation that the strict decoder lets pass.
    fn remark(&mut self, _range: Range<usize>, _problem: impl FnOnce() -> (&'static str, String)) {}

    /// A field. Those of depth 0 follow each other without a gap; deeper ones lie in the last of
    /// them. The value is only made if somebody wants it.
    fn field(
        &mut self,
        _field: Field,
        _range: Range<usize>,
        _depth: u8,
        _value: impl FnOnce() -> String,
    ) {
    }
}

/// The first deviation is the error.
pub(crate) struct Strict;

impl Ledger for Strict {
    fn deviation(&mut self, error: DecodeError, _range: Range<usize>) -> Result<(), DecodeError> {
        Err(error)
    }
}

/// Deviations are noted, and reading goes on.
#[derive(Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problems {
    pub(crate) fn push(&mut self, clause: &'static str, range: Range<usize>, message: String) {
        if self.0.len() < MOST_PROBLEMS {
            self.0.push(Problem { clause, range, message });
        }
    }
}

impl Ledger for Problems {
    fn deviation(&mut self, error: DecodeError, range: Range<usize>) -> Result<(), DecodeError> {
        self.push(error.clause(), range, error.sentence());
        Ok(())
    }

    fn remark(&mut self, range: Range<usize>, problem: impl FnOnce() -> (&'static str, String)) {
        let (clause, message) = problem();
        self.push(clause, range, message);
    }
}
