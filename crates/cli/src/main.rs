//! Wiretree without a window.
fn main() {}
