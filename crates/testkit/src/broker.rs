//! Mosquitto under the control of a test.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::port::{fail, free_port};
use crate::process::Running;

/// How long a start or an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a start is tried when another process took the port in between.
const STARTS: usize = 5;

/// A Mosquitto broker on a free port of 127.0.0.1, with its own folder.
#[derive(Debug)]
pub struct Mosquitto {
    port: u16,
    second_port: u16,
    folder: TempDir,
    process: Option<Running>,
}

impl Mosquitto {
    /// Starts a broker. The lines are added to its configuration; unless they say something about
    /// `allow_anonymous`, everybody may connect. `{folder}` in a line stands for its folder,
    /// `{port}` for [`Self::second_port`].
    ///
    /// # Panics
    /// When no broker can be started: is the Debian package `mosquitto` installed?
    pub fn start(lines: &[&str]) -> Self {
        Self::start_with_files(lines, &[])
    }

    /// Starts a broker with files in its folder: access lists, certificates. For passwords see
    /// [`Self::password_file`].
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_with_files(lines: &[&str], files: &[(&str, &str)]) -> Self {
        let folder = match tempfile::tempdir() {
            Ok(folder) => folder,
            Err(error) => fail(&format!("no temporary folder: {error}")),
        };
        for (name, text) in files {
            write(&folder.path().join(name), text);
        }
        let mut broker = Self { port: 0, second_port: 0, folder, process: None };
        for _ in 0..STARTS {
            broker.port = free_port();
            broker.second_port = free_port();
            broker.write_configuration(lines);
            if broker.try_start() {
                return broker;
            }
        }
        fail(&format!("Mosquitto did not start: {}", broker.log()))
    }

    /// The text of a password file for these users, hashed by `mosquitto_passwd`.
    ///
    /// # Panics
    /// When the program fails.
    pub fn password_file(users: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap_or_else(|error| fail(&error.to_string()));
        let path = folder.path().join("passwords");
        write(&path, "");
        for (user, password) in users {
            let status = Command::new("mosquitto_passwd")
                .arg("-b")
                .arg(&path)
                .args([user, password])
                .stderr(Stdio::null())
                .status();
            if !status.is_ok_and(|status| status.success()) {
                fail("mosquitto_passwd failed");
            }
        }
        fs::read_to_string(&path).unwrap_or_else(|error| fail(&error.to_string()))
    }

    /// The path of the plugin that decides who may subscribe to what; it comes with Mosquitto.
    ///
    /// # Panics
    /// When it is not installed.
    pub fn dynamic_security() -> String {
        let name = "mosquitto_dynamic_security.so";
        let architectures = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let mut folders = architectures.map(|entry| entry.path()).collect::<Vec<_>>();
        folders.push(PathBuf::from("/usr/lib"));
        match folders.into_iter().map(|folder| folder.join(name)).find(|path| path.exists()) {
            Some(path) => path.display().to_string(),
            None => fail(&format!("{name} is not installed")),
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A port of its own for a second listener: `{port}` in a line stands for it.
    pub fn second_port(&self) -> u16 {
        self.second_port
    }

    /// The lines of a second listener with TLS, on `{port}`. Its certificate and key are in the
    /// files `server.pem` and `server.key`.
    pub fn tls_lines() -> [&'static str; 3] {
        ["listener {port} 127.0.0.1", "certfile {folder}/server.pem", "keyfile {folder}/server.key"]
    }

    /// The path of a file in its folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// What it has written to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Ends it in good order: what is to persist is written.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.terminate();
        }
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Stops it if it runs, and starts it again on the same port.
    ///
    /// # Panics
    /// When it does not come up again.
    pub fn restart(&mut self) {
        self.stop();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.try_start() {
                return;
            }
        }
        fail(&format!("Mosquitto did not start again: {}", self.log()))
    }

    fn try_start(&mut self) -> bool {
        let binary = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .unwrap_or("mosquitto");
        let mut command = Command::new(binary);
        command.arg("-c").arg(self.folder.path().join("mosquitto.conf"));
        let mut process = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
        let deadline = Instant::now() + PATIENCE;
        while process.ended().is_none() && Instant::now() < deadline {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                // Another process may hold the port while ours is about to give up: ours is the
                // one that says in its log that it runs.
                if process.ended().is_none() && self.log().contains("running") {
                    self.process = Some(process);
                    return true;
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    fn write_configuration(&self, lines: &[&str]) {
        let folder = self.folder.path().display().to_string();
        let mut text = format!(
            "listener {} 127.0.0.1\npersistence_location {folder}/\nlog_dest file {}\nlog_type all\n",
            self.port,
            self.log_path().display()
        );
        if !lines.iter().any(|line| line.starts_with("allow_anonymous")) {
            text.push_str("allow_anonymous true\n");
        }
        // Debian's Mosquitto gives up root's rights, and then could not write here.
        if !lines.iter().any(|line| line.starts_with("user ")) {
            text.push_str("user root\n");
        }
        for line in lines {
            let port = self.second_port.to_string();
            text.push_str(&line.replace("{folder}", &folder).replace("{port}", &port));
            text.push('\n');
        }
        let _ = fs::remove_file(self.log_path());
        write(&self.folder.path().join("mosquitto.conf"), &text);
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("mosquitto.log")
    }
}

fn write(path: &Path, text: &str) {
    if let Err(error) = fs::write(path, text) {
        fail(&format!("could not write {}: {error}", path.display()));
    }
}
