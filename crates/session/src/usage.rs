//! What this process uses of the machine. The only place in the session that asks the system.

/// CPU time and memory of this process; what a system does not tell is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// User and system time since the start, in seconds.
    pub cpu_seconds: Option<f64>,
    /// The most memory that was ever resident, in bytes.
    pub peak_resident_bytes: Option<u64>,
    /// The memory resident now, in bytes.
    pub resident_bytes: Option<u64>,
}

impl Usage {
    /// Asks the system.
    pub fn now() -> Self {
        let (cpu_seconds, peak_resident_bytes) = totals();
        Self { cpu_seconds, peak_resident_bytes, resident_bytes: resident() }
    }
}

#[cfg(unix)]
fn totals() -> (Option<f64>, Option<u64>) {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    /// `ru_maxrss` is in KiB, but in bytes on macOS.
    const UNIT: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return (None, None) };
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let peak = u64::try_from(usage.max_rss()).ok().map(|peak| peak * UNIT);
    (Some(microseconds as f64 / 1e6), peak)
}

#[cfg(not(unix))]
fn totals() -> (Option<f64>, Option<u64>) {
    (None, None)
}

/// `VmRSS` in `/proc/self/status` is the resident set, in KiB whatever the size of a page.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let figure = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = figure.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_a_running_process_are_plausible() {
        let usage = Usage::now();
        let resident = usage.resident_bytes.expect("linux tells it");
        let peak = usage.peak_resident_bytes.expect("linux tells it");
        assert!(resident > 500_000, "a test binary needs more than {resident} bytes");
        assert!(peak >= resident / 2, "the peak {peak} belongs to the same process as {resident}");
        assert!(usage.cpu_seconds.is_some());
    }
}
