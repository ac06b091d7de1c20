//! What holds for any bytes whatsoever: property tests, the corpus and the fuzzer check it.

pub(crate) mod frame;
pub(crate) mod stream;
