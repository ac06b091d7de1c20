//! Free ports on the loopback interface.

use std::net::TcpListener;

/// A port of 127.0.0.1 that nobody listens on at the moment.
///
/// Another process may take it before it is used; whoever starts something on it tries again then.
///
/// # Panics
/// When the system has no port left.
pub fn free_port() -> u16 {
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    match port {
        Ok(address) => address.port(),
        Err(error) => fail(&format!("no free port on 127.0.0.1: {error}")),
    }
}

/// Ends the test.
#[expect(clippy::panic, reason = "this crate is used by tests only, and says so by panicking")]
pub(crate) fn fail(message: &str) -> ! {
    panic!("{message}")
}
