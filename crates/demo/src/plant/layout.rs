//! The factory: which machines stand where.

use super::machine::{Kind, Machine};

const MACHINES: [(&str, Kind); 14] = [
    ("acme/munich/packaging/line-1/cnc-01", Kind::Mill),
    ("acme/munich/packaging/line-1/cnc-02", Kind::Mill),
    ("acme/munich/packaging/line-1/robot-arm-02", Kind::Robot),
    ("acme/munich/packaging/line-2/filler-01", Kind::Filler),
    ("acme/munich/packaging/line-2/filler-02", Kind::Filler),
    ("acme/munich/packaging/line-2/labeler-01", Kind::Counter),
    ("acme/munich/quality/cell-1/scale-01", Kind::Scale),
    ("acme/munich/quality/cell-1/scanner-01", Kind::Counter),
    ("acme/munich/quality/cell-2/scale-02", Kind::Scale),
    ("acme/berlin/assembly/line-1/cnc-11", Kind::Mill),
    ("acme/berlin/assembly/line-1/robot-arm-11", Kind::Robot),
    ("acme/berlin/assembly/line-2/robot-arm-12", Kind::Robot),
    ("acme/berlin/assembly/line-2/screwdriver-01", Kind::Counter),
    ("acme/berlin/utilities/hall-1/boiler-01", Kind::Filler),
];

/// The machine that comes and goes, with a connection of its own.
pub(super) const WANDERER: &str = "acme/munich/packaging/line-2/cnc-03";

/// All machines that share the gateway.
pub(super) fn machines() -> Vec<Machine> {
    let machine = |(seed, (path, kind))| Machine::new(path, kind, seed);
    (1..).zip(MACHINES).map(machine).collect()
}
