//! A child process that ends with its value.

use std::process::{Child, Command, ExitStatus};

use crate::port::fail;

/// A process a test has started; killed by its id and reaped when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts a command.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn start(command: &mut Command) -> Self {
        match command.spawn() {
            Ok(child) => Self { child },
            Err(error) => fail(&format!("could not start {command:?}: {error}")),
        }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn terminate(&mut self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status();
        if !sent.is_ok_and(|status| status.success()) && self.ended().is_none() {
            fail("could not send SIGTERM");
        }
        let _ = self.child.wait();
    }

    /// Ends it at once (SIGKILL), and waits until it has.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
