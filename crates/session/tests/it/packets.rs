//! Exports of packets: whole files, none that is overwritten, what the trace gives up included.

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use tokio::time::timeout;
use wiretree_model::{Direction, ProtocolVersion, Publish, Topic};
use wiretree_session::{
    Export, ExportNews, Exported, PacketExportOrder, PacketFilter, PacketFormat, Packets, Trace,
    Traced,
};
use wiretree_wire::{Packet, encode};

use crate::common::PATIENCE;

/// A trace with so many messages.
fn recorded(count: usize) -> Packets {
    let trace = Trace::default();
    trace.set_recording(true);
    let (direction, version) = (Direction::Received, ProtocolVersion::V5);
    for step in 0..count {
        let topic = Topic::received(if step % 2 == 0 { "even" } else { "odd" });
        let publish = Publish { topic, payload: "x".into(), ..Publish::default() };
        let mut bytes = Vec::new();
        encode(&Packet::Publish(publish), version, &mut bytes).unwrap();
        trace.record(1, Traced::Packet { direction, version, bytes: Bytes::from(bytes) });
    }
    Packets::new(trace)
}

fn order(path: PathBuf, format: PacketFormat) -> PacketExportOrder {
    let filter = PacketFilter { topic: "even".to_owned(), ..PacketFilter::default() };
    PacketExportOrder { filter, format, path }
}

async fn last((_, mut news): (Export, ExportNews)) -> Exported {
    let wait = async {
        let mut last = None;
        while let Some(next) = news.next().await {
            last = Some(next);
        }
        last.expect("there is a last word")
    };
    timeout(PATIENCE, wait).await.expect("the export ends")
}

#[tokio::test]
async fn a_file_has_what_the_trace_held_when_the_export_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packets.ndjson");
    let packets = recorded(5_000);
    let export = packets.export(order(path.clone(), PacketFormat::Ndjson));
    packets.trace().clear();
    let ended = last(export).await;
    assert!(matches!(ended, Exported::Finished { written: 2_500, .. }), "{ended:?}");
    let text = fs::read_to_string(&path).unwrap();
    let numbers = text.lines().map(|line| {
        let rest = line.strip_prefix("{\"number\":").unwrap();
        rest.split(',').next().unwrap().parse::<u64>().unwrap()
    });
    assert!(numbers.eq((0..5_000).step_by(2)), "every other one, in order");

    let again = last(recorded(2).export(order(path.clone(), PacketFormat::Ndjson))).await;
    assert!(matches!(again, Exported::Failed(_)), "{again:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "nothing is overwritten");
}

#[tokio::test]
async fn what_was_cancelled_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packets.pcapng");
    let packets = recorded(50_000);
    let (export, news) = packets.export(order(path, PacketFormat::pcapng("127.0.0.1")));
    export.cancel();
    let ended = last((export, news)).await;
    assert!(matches!(ended, Exported::Cancelled { .. }), "{ended:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
