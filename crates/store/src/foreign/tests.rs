//! Databases made by their documented schemas, and such as want to do harm.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use super::{ForeignKind, read_foreign};
use crate::StoreError;

const MQTTX: &str = "
    CREATE TABLE ConnectionEntity (id varchar PRIMARY KEY, client_id varchar, name varchar,
        clean boolean, protocol varchar, host varchar, port integer, keepalive integer,
        username varchar, password varchar, ssl boolean, mqttVersion varchar, willId integer,
        userProperties varchar);
    CREATE TABLE WillEntity (id integer PRIMARY KEY, lastWillTopic varchar, lastWillQos integer);
    CREATE TABLE SubscriptionEntity (id varchar PRIMARY KEY, topic varchar, qos varchar,
        connection_id varchar);
    CREATE TABLE MessageEntity (id varchar PRIMARY KEY, payload varchar, connection_id varchar);
    INSERT INTO ConnectionEntity VALUES ('c1', 'mqttx_1', 'plant', 1, 'mqtts', 'h', 8883, 60,
        'ada', 's3cret', 1, '5.0', 7, '{\"a\":\"1\"}');
    INSERT INTO ConnectionEntity (id, name) VALUES ('c2', 'bare');
    INSERT INTO WillEntity VALUES (7, 'status', 1);
    INSERT INTO SubscriptionEntity VALUES ('s1', 'a/#', '1', 'c1'), ('s2', 'b', '0', 'c1'),
        ('s3', 'lost', '0', 'nobody');
    INSERT INTO MessageEntity VALUES ('m1', 'x', 'c1'), ('m2', 'y', 'c1');";

const MQTT_VIEWER: &str = "
    CREATE TABLE connections (id integer PRIMARY KEY, name text, mqtt_version text, host text,
        port integer, protocol text, password text);
    CREATE TABLE subscriptions (id integer PRIMARY KEY, connection_id integer, qo_s integer,
        topic text);
    INSERT INTO connections VALUES (3, 'viewer', '5', 'h', 1883, 'mqtt', 'sealed');
    INSERT INTO subscriptions VALUES (1, 3, 2, 'v/#');";

fn made(folder: &TempDir, name: &str, sql: &str) -> PathBuf {
    let path = folder.path().join(name);
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    path
}

fn connections(path: &Path) -> (ForeignKind, Value, u64) {
    let found = read_foreign(path).unwrap();
    (found.kind, serde_json::from_str(&found.connections).unwrap(), found.messages)
}

#[track_caller]
fn refused(path: &Path, words: &str) {
    let error = read_foreign(path).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn connections_with_what_belongs_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let (kind, found, messages) = connections(&made(&folder, "what? 100%#.db", MQTTX));
    assert_eq!((kind, messages), (ForeignKind::Mqttx, 2));
    assert_eq!(found[0]["clientId"], "mqttx_1");
    assert_eq!(found[0]["will"]["lastWillTopic"], "status");
    assert_eq!(found[0]["subscriptions"][1]["topic"], "b");
    assert_eq!(
        (found[0]["subscriptions"].as_array().unwrap().len(), found[0]["ssl"].as_i64()),
        (2, Some(1))
    );
    assert_eq!(found[1]["subscriptions"].as_array().unwrap().len(), 0);
    let (kind, found, _) = connections(&made(&folder, "viewer.db", MQTT_VIEWER));
    assert_eq!(kind, ForeignKind::MqttViewer);
    assert_eq!(found[0]["subscriptions"][0]["qo_s"], 2);
}

#[test]
fn nothing_is_written_to_the_file_or_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(&folder, "a.db", MQTTX);
    Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "WAL").unwrap();
    let before = fs::read(&path).unwrap();
    connections(&path);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_its_program_has_not_written_back_yet_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(&folder, "a.db", MQTTX);
    assert!(!read_foreign(&path).unwrap().has_more_beside);
    fs::write(folder.path().join("a.db-wal"), "changes").unwrap();
    assert!(read_foreign(&path).unwrap().has_more_beside);
}

#[test]
fn what_could_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in [
        ("trigger", "CREATE TRIGGER t AFTER INSERT ON WillEntity BEGIN SELECT 1; END;"),
        ("view", "CREATE VIEW v AS SELECT * FROM WillEntity;"),
        ("virtual", "CREATE VIRTUAL TABLE f USING fts5(text);"),
    ] {
        refused(&made(&folder, name, &format!("{MQTTX}{sql}")), "views, triggers");
    }
    let views =
        "CREATE VIEW ConnectionEntity AS SELECT 1; CREATE VIEW SubscriptionEntity AS SELECT 1;";
    refused(&made(&folder, "only views", views), "views, triggers");
}

#[test]
fn what_is_too_large_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cell = "UPDATE ConnectionEntity SET name = printf('%.2000000c', 'x');";
    refused(&made(&folder, "cell", &format!("{MQTTX}{cell}")), "too big");
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
        INSERT INTO ConnectionEntity (id, name) SELECT i, printf('%.900000c', 'x') FROM n;";
    refused(&made(&folder, "many", &format!("{MQTTX}{many}")), "8 MiB");
}

#[test]
fn what_is_no_such_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    refused(&made(&folder, "other", "CREATE TABLE a (b);"), "neither MQTTX nor mqtt-viewer");
    refused(&folder.path().join("missing"), "no such file");
    refused(folder.path(), "no plain file");
    let path = folder.path().join("noise");
    fs::write(&path, [b"SQLite format 3\0".as_slice(), &[0x5a; 4096]].concat()).unwrap();
    assert!(matches!(read_foreign(&path), Err(StoreError::Foreign { .. })));
}

#[test]
fn no_damage_panics() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(made(&folder, "a.db", MQTTX)).unwrap();
    let path = folder.path().join("damaged.db");
    for step in 0..200 {
        let mut bytes = whole.clone();
        let at = step * bytes.len() / 200;
        bytes[at] ^= 0xff;
        bytes.truncate(bytes.len() - step * 7);
        fs::write(&path, bytes).unwrap();
        let _ = read_foreign(&path);
    }
}
