//! One frame of any bytes, in all versions: strict, lenient, inspected, masked.

#![no_main]

#[path = "../../tests/checks/frame.rs"]
mod frame;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| frame::check(bytes));
