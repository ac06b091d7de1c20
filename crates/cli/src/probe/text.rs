//! Findings for people: a line for each step, and below it what there is to know.

use std::fmt::Write;

use wiretree_model::escaped;
use wiretree_session::{Certificate, Finding};

use super::{fingerprint, word};
use crate::time::to_text;

/// Where the details of a step begin.
const INDENT: &str = "         ";

/// All of it, without the end of the last line.
pub(super) fn report(findings: &[Finding], certificates: bool) -> String {
    let mut out = String::new();
    for finding in findings {
        step(&mut out, finding);
        if certificates {
            finding.chain.iter().for_each(|shown| certificate(&mut out, shown));
        }
    }
    out.truncate(out.trim_end().len());
    out
}

// Writing into memory does not fail.
fn step(out: &mut String, finding: &Finding) {
    let took =
        finding.took.map_or(String::new(), |took| format!("{:.1} ms", took.as_secs_f64() * 1e3));
    let (status, name) = (word(finding.status), finding.id.name());
    let line = format!("{status:<9}{name:<28}{took:>11}  {}", escaped(finding.detail.as_bytes()));
    let _ = writeln!(out, "{}", line.trim_end());
    for (name, value) in &finding.facts {
        let _ =
            writeln!(out, "{INDENT}{}: {}", escaped(name.as_bytes()), escaped(value.as_bytes()));
    }
    for (name, text) in [("Likely cause", &finding.likely_cause), ("What to do", &finding.fix)] {
        if let Some(text) = text {
            let _ = writeln!(out, "{INDENT}{name}: {}", escaped(text.as_bytes()));
        }
    }
}

fn certificate(out: &mut String, shown: &Certificate) {
    let kind = if shown.is_authority { "Authority" } else { "Certificate" };
    let _ = writeln!(out, "{INDENT}{kind}: {}", escaped(shown.subject.as_bytes()));
    let valid = format!("{} to {}", to_text(shown.not_before), to_text(shown.not_after));
    for (name, value) in [
        ("Issued by", &shown.issuer),
        ("Valid from", &valid),
        ("For", &shown.names.join(", ")),
        ("SHA-256", &fingerprint(&shown.sha256)),
        ("Serial number", &shown.serial),
        ("Algorithm", &shown.algorithm),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "{INDENT}  {name}: {}", escaped(value.as_bytes()));
        }
    }
}
