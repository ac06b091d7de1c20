//! A stream of any bytes, cut anywhere.

#![no_main]

#[path = "../../tests/checks/stream.rs"]
mod stream;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stream::check(bytes));
