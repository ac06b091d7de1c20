//! `demo`: a broker with a plant, for as long as it runs and no longer.

use std::net::TcpStream;
use std::process::Stdio;

use wiretree_testkit::Running;

use crate::support::{Folder, cli, lines_of, run};

/// Starts the demo in the background; gives the process and the address it prints.
pub(crate) fn start(arguments: &[&str]) -> (Running, String) {
    let mut command = cli(&[&["demo"], arguments].concat());
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let process = Running::start(command.stdout(Stdio::from(writer)));
    drop(command);
    let address = lines_of(reader).recv().expect("the demo prints its address");
    (process, address)
}

#[test]
fn it_prints_its_address_and_ends_when_told() {
    let (mut demo, url) = start(&["--rate", "500"]);
    let folder = Folder::new();
    let history = folder.path("history");
    let arguments = ["record", "--broker", &url, "--history", &history, "--count", "200"];
    let report = run(&arguments).json();
    assert!(report["topics"].as_u64().is_some_and(|topics| topics > 20), "{report}");

    let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let taken = run(&["demo", "--port", &format!("{port}")]).failure(1);
    assert!(taken.contains("choose another port"), "{taken}");
    demo.terminate();
    assert!(demo.ended().is_some_and(|status| status.success()), "it ends in good order");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody listens any more");
}

#[test]
fn a_rate_that_is_none_is_refused() {
    for rate in ["-1", "many", "nan", "1e12"] {
        run(&["demo", &format!("--rate={rate}")]).failure(2);
    }
}
