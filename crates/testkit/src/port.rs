//! Free ports on the loopback interface.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that systems give to outgoing connections (from 32768 on Linux, from 49152 by
/// RFC 6335): those come and go while tests run, and one of them would be in the way of a broker
/// that is started again on its old port.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port of 127.0.0.1 that nobody listens on at the moment.
///
/// Another process may take it before it is used; whoever starts something on it tries again then.
///
/// # Panics
/// When the system has no port left.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes that run side by side begin at different places.
    let start = process::id().wrapping_mul(769);
    for _ in 0..COUNT {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let offset = start.wrapping_add(step) % u32::from(COUNT);
        let port = FIRST + u16::try_from(offset).unwrap_or_default();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    fail("no free port on 127.0.0.1")
}

/// Ends the test.
#[expect(clippy::panic, reason = "this crate is used by tests only, and says so by panicking")]
pub(crate) fn fail(message: &str) -> ! {
    panic!("{message}")
}
