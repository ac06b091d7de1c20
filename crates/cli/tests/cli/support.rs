//! Running the binary: to its end, or in the background; every wait has a deadline.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wiretree_demo::Broker;
use wiretree_testkit::Mosquitto;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    /// The standard output of a run that has to have succeeded.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        String::from_utf8(self.stdout).expect("text on standard output")
    }

    /// The one JSON object of a run that has to have succeeded.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        self.json_with(0)
    }

    /// The one JSON object of a run that has to have ended with this code.
    #[track_caller]
    pub(crate) fn json_with(self, code: i32) -> Value {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        serde_json::from_slice(&self.stdout).expect("one JSON object on standard output")
    }

    /// The standard error of a run that has to have failed with this code, without status lines.
    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

/// The binary with these arguments, in an environment without passwords.
pub(crate) fn cli(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretree-cli"));
    command.args(arguments).stdin(Stdio::null());
    for variable in ["WIRETREE_PASSWORD", "WIRETREE_KEY_PASSPHRASE", "WIRETREE_PROXY_PASSWORD"] {
        command.env_remove(variable);
    }
    command
}

/// Runs it to its end.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) -> Ended {
    Background::start(cli(arguments)).wait()
}

/// Runs it to its end with this standard input.
#[track_caller]
pub(crate) fn run_with_input(arguments: &[&str], input: &[u8]) -> Ended {
    let mut command = cli(arguments);
    command.stdin(Stdio::piped());
    let mut running = Background::start(command);
    let mut stdin = running.child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(input).expect("it reads its standard input");
    drop(stdin);
    running.wait()
}

/// A process that runs beside the test, and is killed by its id at the latest with its value.
pub(crate) struct Background {
    child: Child,
    lines: Receiver<String>,
    stderr: String,
    stdout: Option<JoinHandle<Vec<u8>>>,
}

impl Background {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut out = child.stdout.take().expect("standard output is a pipe");
        let stdout = thread::spawn(move || {
            let mut bytes = Vec::new();
            out.read_to_end(&mut bytes).expect("standard output can be read");
            bytes
        });
        let lines = lines_of(child.stderr.take().expect("standard error is a pipe"));
        Self { child, lines, stderr: String::new(), stdout: Some(stdout) }
    }

    /// Starts `record` with these arguments, and waits until the broker sends what is published
    /// from now on.
    #[track_caller]
    pub(crate) fn recording(arguments: &[&str]) -> Self {
        let mut running = Self::start(cli(&[&["record"], arguments].concat()));
        running.wait_for(|line| line.starts_with("recording"));
        running
    }

    /// Waits for a line on standard error.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.stderr.push_str(&line);
                    self.stderr.push('\n');
                    if wanted(&line) {
                        return line;
                    }
                }
                Err(error) => panic!("the line never came ({error}):\n{}", self.stderr),
            }
        }
    }

    /// Sends SIGTERM, and waits for the end.
    #[track_caller]
    pub(crate) fn terminate(self) -> Ended {
        self.signal("-TERM");
        self.wait()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill runs").success(), "the signal was sent");
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        // Standard error ends with the process.
        while let Ok(line) =
            self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.stderr.push_str(&line);
            self.stderr.push('\n');
        }
        assert!(Instant::now() < deadline, "it did not end:\n{}", self.stderr);
        let stdout = self.stdout.take().map(|reader| reader.join().expect("no panic"));
        let status = self.child.wait().expect("the process can be waited for");
        let stderr = std::mem::take(&mut self.stderr);
        Ended { code: status.code(), stdout: stdout.unwrap_or_default(), stderr }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a stream as they come.
pub(crate) fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// The demo broker without its plant: nothing is published but what the test publishes.
pub(crate) struct QuietBroker {
    broker: Broker,
    _runtime: Runtime,
}

impl QuietBroker {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let entered = runtime.enter();
        let broker = Broker::start(None).expect("a free port");
        drop(entered);
        Self { broker, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://{}", self.broker.address())
    }
}

/// Waits until the broker has said something this often.
#[track_caller]
pub(crate) fn wait_for_log(broker: &Mosquitto, text: &str, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    while broker.log().matches(text).count() < count {
        assert!(Instant::now() < deadline, "{}", broker.log());
        thread::yield_now();
    }
}

/// A folder for histories and exports.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
}

/// A payload from real devices.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Publishes a text.
#[track_caller]
pub(crate) fn publish(url: &str, topic: &str, payload: &str, more: &[&str]) {
    let fixed = ["publish", "--broker", url, "--topic", topic, "--payload", payload];
    run(&[&fixed, more].concat()).success();
}

/// Exports as NDJSON, with these options.
#[track_caller]
pub(crate) fn export(history: &str, more: &[&str]) -> Vec<Value> {
    let fixed = ["export", "--history", history, "--format", "ndjson"];
    let text = run(&[&fixed, more].concat()).success();
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// One field of each message as text.
pub(crate) fn fields(messages: &[Value], name: &str) -> Vec<String> {
    let text = |message: &Value| message[name].as_str().unwrap_or_default().to_owned();
    messages.iter().map(text).collect()
}

/// The payload of an exported message.
pub(crate) fn payload(message: &Value) -> Vec<u8> {
    use base64::Engine as _;
    let text = message["payload"].as_str().expect("a payload");
    match message["encoding"].as_str() {
        Some("base64") => base64::engine::general_purpose::STANDARD.decode(text).expect("base64"),
        _ => text.as_bytes().to_vec(),
    }
}
