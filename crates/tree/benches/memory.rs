//! What a topic costs in memory: `cargo bench -p wiretree-tree --bench memory -- [TOPICS]`.
//!
//! Fills a tree with a plant's topics, each with a payload that fills its preview, as the window does,
//! and divides by their number what the process has grown by in resident memory (Linux only), names
//! given to it not counted. Prints one object of JSON.

use std::io::Write;

use wiretree_model::{Timestamp, Topic};
use wiretree_tree::{Limits, Tree, Update};

const PAYLOAD: &[u8] =
    br#"{"ts":1795170923144,"values":{"rpm":11840,"load":0.62,"temp":48.5,"tool":"T-14"}}"#;

fn main() -> std::io::Result<()> {
    // Cargo adds `--bench`.
    let topics = std::env::args().find_map(|given| given.parse().ok()).unwrap_or(1_000_000);
    let before = resident();
    let mut tree = Tree::new(Limits::default(), 0x5eed);
    for number in 0..topics {
        let topic = topic(number);
        let received_at = Timestamp(1);
        tree.apply([Update { topic: &topic, payload: PAYLOAD, retain: false, received_at }]);
    }
    tree.settle();
    let bytes = resident().saturating_sub(before) / topics.max(1);
    drop(tree);
    writeln!(std::io::stdout(), r#"{{"topics":{topics},"bytes_per_topic":{bytes}}}"#)
}

/// As the generator of the bench names them: 10 points a device, 20 devices a line.
fn topic(number: usize) -> Topic {
    let (device, point) = (number / 10, number % 10);
    let (line, area, site) = (device / 20, device / 200, device / 2_000);
    Topic::received(format!(
        "site-{site:02}/area-{}/line-{}/device-{:03}/point-{point}",
        area % 10,
        line % 10,
        device % 1_000
    ))
}

/// Resident bytes of this process; 0 where /proc is not there.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}
