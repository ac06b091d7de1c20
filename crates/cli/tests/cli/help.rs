//! `--help`: every command documents its exit codes.

use crate::support::run;

#[test]
fn exit_codes_are_documented_everywhere() {
    for command in [
        "",
        "record",
        "subscribe",
        "publish",
        "export",
        "import",
        "search",
        "tree",
        "replay",
        "clear",
        "keep",
        "check",
        "salvage",
        "upgrade",
        "probe",
        "trace",
        "demo",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = run(&arguments).success();
        assert!(help.contains("Exit codes:"), "{help}");
        assert!(help.contains("4  The broker refused"), "{help}");
        assert!(help.contains("Usage: wiretree-cli"), "{help}");
    }
}

#[test]
fn the_password_is_documented_and_is_no_option() {
    let help = run(&["record", "--help"]).success();
    assert!(help.contains("WIRETREE_PASSWORD"), "{help}");
    run(&["record", "--broker", "b", "--history", "h", "--password", "p"]).failure(2);
}

#[test]
fn a_wrong_command_line_is_told_apart_from_failures() {
    for arguments in [
        &["record"][..],
        &["record", "--broker", "b", "--history", "h", "--qos", "3"],
        &["record", "--broker", "b", "--history", "h", "--persistent"],
        &["record", "--broker", "b", "--history", "h", "--count", "1", "--for", "1"],
        &["record", "--broker", "http://b", "--history", "h"],
        &["record", "--broker", "b:0", "--history", "h"],
        &["record", "--broker", "b", "--history", "h", "--clean", "--persistent"],
        &["probe", "--broker", "b", "--access-token", "--username", "u"],
        &["probe", "--broker", "mqtt://b", "--insecure"],
        &["probe", "--broker", "wss://b", "--insecure", "--ca-file", "f"],
        &["probe", "--broker", "mqtts://b", "--key", "f"],
        &["probe", "--broker", "mqtts://b", "--pin", "00"],
        &["probe", "--broker", "mqtts://b", "--ws-header", "a: b"],
        &["probe", "--broker", "unix:///s", "--proxy", "socks5://p"],
        &["probe", "--broker", "b", "--proxy", "ftp://p"],
        &["probe", "--broker", "b", "--protocol", "3.1.1", "--session-expiry", "1"],
        &["probe", "--broker", "b", "--protocol", "3.1.1", "--no-username"],
        &["probe", "--broker", "b", "--auth", "scram-sha-256"],
        &["probe", "--broker", "b", "--will-qos", "1"],
        &["probe", "--broker", "b", "--will-topic", "a/#"],
        &["probe", "--broker", "b", "--user-property", "a"],
        &["publish", "--broker", "b", "--topic", "a/#", "--payload", "p"],
        &["publish", "--broker", "b", "--topic", "a"],
        &["publish", "--broker", "b", "--topic", "a", "--payload", "p", "--file", "f"],
        &["publish", "--broker", "b", "--topic", "a", "--payload", "p", "--correlation-hex", "0"],
        &["replay", "--broker", "b", "--history", "h", "--speed", "2", "--rate", "1"],
        &["replay", "--broker", "b", "--history", "h", "--repeat", "2", "--loop"],
        &["replay", "--broker", "b", "--history", "h", "--map", "a/+ -> b/+"],
        &["search", "--history", "h", "--count", "--lossless"],
        &["search", "--history", "h", "qos:3"],
        &["tree", "--history", "h", "--at", "noon"],
        &["export", "--history", "h", "--format", "csv", "--where", "a or"],
        &["subscribe", "--broker", "b", "--filter", "a", "--where", "$.a >"],
        &["export", "--history", "h", "--format", "xml"],
        &["clear", "--history", "h", "--yes"],
        &["clear", "--history", "h", "--all"],
        &["clear", "--history", "h", "--all", "--yes", "--dry-run"],
        &["keep", "--history", "h", "--max-age", "1y"],
        &["keep", "--history", "h", "--inherit", "--apply"],
        &["keep", "--history", "h", "--max-age", "1d"],
        &["keep", "--history", "h", "--apply"],
        &["keep", "--history", "h", "--max-age", "1d", "--apply", "--dry-run"],
        &["keep", "--history", "h", "--rule", "a#=skip"],
        &["import", "f"],
        &["import", "--history", "h"],
        &["import", "--history", "h", "f", "--utc-offset", "MEZ"],
        &["export", "--history", "h", "--format", "csv", "--from", "yesterday"],
        &["export", "--history", "h", "--format", "csv", "--filter", "a#"],
    ] {
        let said = run(arguments).failure(2);
        assert!(!said.is_empty(), "{arguments:?}");
    }
}
