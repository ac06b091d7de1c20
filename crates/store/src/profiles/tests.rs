//! The profiles file: what is kept, what is refused, and that refusing changes nothing.

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use wiretree_model::{
    Acknowledge, Authentication, Birth, ClientCertificate, ClientCertificateFiles, Colour,
    ConnectProperties, PasswordSource, Profile, ProfileId, Properties, Property, ProtocolVersion,
    Proxy, ProxyKind, Purpose, QoS, RetainHandling, Subscription, Tls, TlsVersion, Topic,
    Transport, Trust, WebSocket, Will,
};

use super::Profiles;
use crate::StoreError;

fn profile(id: &str) -> Profile {
    Profile {
        id: ProfileId(id.to_owned()),
        name: "Plant ü".to_owned(),
        host: "broker.example".to_owned(),
        port: 1883,
        protocol: ProtocolVersion::V311,
        client_id: "wiretree-1".to_owned(),
        username: Some("operator".to_owned()),
        password: PasswordSource::Keychain,
        keep_alive: 30,
        clean_start: false,
        session_expiry: 3_600,
        subscriptions: vec![
            Subscription::parse("acme/#", QoS::AtLeastOnce).unwrap(),
            Subscription::parse("$share/g/+/x", QoS::ExactlyOnce).unwrap(),
        ],
        ..Profile::default()
    }
}

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config").join("profiles.json");
        Self { _folder: folder, path }
    }

    fn with(content: &str) -> Self {
        let place = Self::new();
        fs::create_dir(place.path.parent().unwrap()).unwrap();
        fs::write(&place.path, content).unwrap();
        place
    }
}

#[test]
fn profiles_come_back_as_they_were_saved() {
    let place = Place::new();
    let mut profiles = Profiles::open(&place.path).unwrap();
    assert!(profiles.list().is_empty());
    let other = Profile {
        protocol: ProtocolVersion::V5,
        username: None,
        password: PasswordSource::Ask,
        subscriptions: Vec::new(),
        ..profile("two")
    };
    profiles.save(profile("one")).unwrap();
    profiles.save(other.clone()).unwrap();
    let again = Profiles::open(&place.path).unwrap();
    assert_eq!(again.list(), [profile("one"), other.clone()]);
    assert_eq!(again.get(&ProfileId("two".to_owned())), Some(&other));
    assert_eq!(again.get(&ProfileId("three".to_owned())), None);
}

fn texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A profile with every setting other than its default.
fn complete() -> Profile {
    let bytes = Bytes::from_static(&[0, 0xff, 7]);
    let will = Will {
        topic: Topic::received("plant/status"),
        payload: bytes.clone(),
        qos: QoS::ExactlyOnce,
        retain: true,
        properties: Properties(vec![
            Property::WillDelayInterval(5),
            Property::PayloadFormatIndicator(1),
            Property::MessageExpiryInterval(60),
            Property::ContentType("text/plain".into()),
            Property::ResponseTopic("answers".into()),
            Property::CorrelationData(bytes.clone()),
            Property::UserProperty("a".into(), "1".into()),
            Property::UserProperty("a".into(), "2".into()),
        ]),
    };
    let birth = Birth {
        topic: Topic::received("plant/status"),
        payload: "online".into(),
        qos: QoS::AtLeastOnce,
        retain: true,
    };
    let tls = Tls {
        trust: Trust::Pinned([0xa5; 32]),
        ca_file: Some("/etc/ca.pem".to_owned()),
        client: Some(ClientCertificate {
            files: ClientCertificateFiles::Pem {
                certificate: "client.pem".to_owned(),
                key: "client.key".to_owned(),
            },
            passphrase: PasswordSource::Ask,
        }),
        server_name: Some("inner.example".to_owned()),
        alpn: vec!["mqtt".to_owned(), "x-amzn-mqtt-ca".to_owned()],
        minimum_version: TlsVersion::V13,
        key_log: true,
    };
    Profile {
        folder: "Plants/Munich".to_owned(),
        colour: Some(Colour::Teal),
        production: true,
        auto_connect: true,
        purpose: Purpose::ThingsBoardGateway,
        transport: Transport::WebSocket(WebSocket {
            path: "/mqtt?token=x".to_owned(),
            subprotocol: "mqttv3.1".to_owned(),
            headers: texts(&[("X-Plant", "7"), ("X-Plant", "8")]),
        }),
        tls: Some(tls),
        proxy: Some(Proxy {
            kind: ProxyKind::Http,
            host: "proxy.example".to_owned(),
            port: 3128,
            username: Some("out".to_owned()),
            password: PasswordSource::Keychain,
        }),
        connect_timeout: 3,
        access_token: true,
        protocol: ProtocolVersion::V5,
        will: Some(will),
        birth: Some(birth),
        properties: ConnectProperties {
            receive_maximum: Some(7),
            topic_alias_maximum: Some(8),
            request_response_information: true,
            request_problem_information: Some(false),
            user_properties: vec![("a".into(), "1".into()), ("a".into(), "2".into())],
        },
        authentication: Some(Authentication::ScramSha256),
        subscriptions: vec![Subscription {
            no_local: true,
            retain_as_published: false,
            retain_handling: RetainHandling::SendIfNew,
            identifier: Some(268_435_455),
            ..Subscription::parse("acme/#", QoS::AtLeastOnce).unwrap()
        }],
        acknowledge: Acknowledge::OnReceipt,
        send_topic_aliases: true,
        packet_limit: 1_000,
        payload_warning: Some(500),
        ..profile("complete")
    }
}

/// Variants that `complete` has no room for.
fn others() -> Vec<Profile> {
    let tls = |trust, files| Tls {
        trust,
        client: Some(ClientCertificate { files, passphrase: PasswordSource::None }),
        ..Tls::default()
    };
    let pkcs12 = || ClientCertificateFiles::Pkcs12 { file: "client.p12".to_owned() };
    let transport = Transport::Unix { path: "/run/mosquitto.sock".to_owned() };
    let mut subscription = Subscription::parse("x", QoS::AtMostOnce).unwrap();
    subscription.retain_handling = RetainHandling::DoNotSend;
    vec![
        Profile { transport, protocol: ProtocolVersion::V31, ..profile("unix") },
        Profile { tls: Some(tls(Trust::CaFile, pkcs12())), ..profile("authority") },
        Profile { tls: Some(tls(Trust::Anything, pkcs12())), ..profile("anything") },
        Profile { tls: Some(Tls::default()), ..profile("system") },
        Profile {
            purpose: Purpose::ThingsBoardProvisioning,
            subscriptions: vec![subscription],
            properties: ConnectProperties {
                request_problem_information: Some(true),
                ..ConnectProperties::default()
            },
            ..profile("provisioning")
        },
    ]
}

#[test]
fn every_setting_comes_back_as_it_was_saved() {
    let place = Place::new();
    let mut profiles = Profiles::open(&place.path).unwrap();
    let all: Vec<Profile> = [complete()].into_iter().chain(others()).collect();
    for profile in &all {
        profiles.save(profile.clone()).unwrap();
    }
    assert_eq!(Profiles::open(&place.path).unwrap().list(), all);
}

#[test]
fn a_file_of_the_first_version_is_read_and_saved_in_the_newest() {
    let place = Place::with(
        "{\"version\": 1, \"profiles\": [{\"id\": \"x\", \"name\": \"n\", \"host\": \"h\", \
         \"port\": 1884, \"protocol\": \"3.1.1\", \"client_id\": \"c\", \"username\": null, \
         \"password_source\": \"ask\", \"keep_alive\": 60, \"clean_start\": true, \
         \"session_expiry\": 0, \"subscriptions\": [{\"filter\": \"a/#\", \"qos\": 1}]}]}",
    );
    let expected = Profile {
        id: ProfileId("x".to_owned()),
        name: "n".to_owned(),
        host: "h".to_owned(),
        port: 1884,
        protocol: ProtocolVersion::V311,
        client_id: "c".to_owned(),
        password: PasswordSource::Ask,
        subscriptions: vec![Subscription::parse("a/#", QoS::AtLeastOnce).unwrap()],
        ..Profile::default()
    };
    let mut profiles = Profiles::open(&place.path).unwrap();
    assert_eq!(profiles.list(), std::slice::from_ref(&expected), "what is new has its default");
    profiles.save(expected.clone()).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&fs::read(&place.path).unwrap()).unwrap();
    assert_eq!(file["version"], 2, "a program that knows no TLS must not read it");
    assert_eq!(Profiles::open(&place.path).unwrap().list(), [expected]);
}

#[test]
fn saving_again_replaces_and_deleting_removes() {
    let place = Place::new();
    let mut profiles = Profiles::open(&place.path).unwrap();
    profiles.save(profile("one")).unwrap();
    profiles.save(profile("two")).unwrap();
    let edited = Profile { name: "Edited".to_owned(), ..profile("one") };
    profiles.save(edited.clone()).unwrap();
    assert_eq!(Profiles::open(&place.path).unwrap().list(), [edited.clone(), profile("two")]);
    assert!(profiles.delete(&ProfileId("two".to_owned())).unwrap());
    assert!(!profiles.delete(&ProfileId("two".to_owned())).unwrap(), "it is gone already");
    assert_eq!(Profiles::open(&place.path).unwrap().list(), [edited]);
}

#[test]
fn a_malformed_file_is_refused_with_its_place_and_left_as_it_was() {
    let with = |field: &str| {
        format!(
            "{{\"version\": 1, \"profiles\": [\n{{\"id\": \"x\", \"name\": \"n\", \"host\": \"h\", \
             \"port\": 1883, \"protocol\": \"5\", \"keep_alive\": 60, \"clean_start\": true,\n\
             {field}}}]}}"
        )
    };
    let cases = [
        ("", 1, "EOF"),
        ("{\"version\": 1,\n \"profiles\": [}", 2, "expected value"),
        ("{\"profiles\": []}", 1, "missing field `version`"),
        ("{\"version\": 1}", 1, "missing field `profiles`"),
        ("[]", 1, "invalid"),
        (&with("\"port\": 70000"), 3, ""),
        (
            &with("\"subscriptions\": [{\"filter\": \"a/#/b\", \"qos\": 0}]"),
            3,
            "# must be the last",
        ),
        (&with("\"subscriptions\": [{\"filter\": \"a\", \"qos\": 3}]"), 3, "QoS is 0, 1 or 2"),
        (&with("\"password_source\": \"hunter2\""), 3, "unknown variant"),
        (
            &with("\"tls\": {\"trust\": {\"kind\": \"pinned\", \"sha256\": \"ab\"}}"),
            3,
            "64 hex digits",
        ),
        (&with("\"will\": {\"topic\": \"t\", \"payload\": \"?\"}"), 3, "written as base64"),
    ];
    for (content, line, reason) in cases {
        let place = Place::with(content);
        let error = Profiles::open(&place.path).unwrap_err();
        let StoreError::ProfilesMalformed { line: found, .. } = error else { panic!("{error:?}") };
        assert_eq!(found, line, "{error}");
        let sentence = error.to_string();
        assert!(sentence.contains(reason) && sentence.contains("profiles.json"), "{sentence}");
        assert_eq!(fs::read_to_string(&place.path).unwrap(), content);
    }
}

#[test]
fn two_profiles_with_one_identifier_are_malformed() {
    let one = "{\"id\": \"x\", \"name\": \"n\", \"host\": \"h\", \"port\": 1, \"protocol\": \"5\", \
               \"keep_alive\": 60, \"clean_start\": true}";
    let place = Place::with(&format!("{{\"version\": 1, \"profiles\": [{one}, {one}]}}"));
    let error = Profiles::open(&place.path).unwrap_err();
    assert_eq!(error.code(), "profiles-malformed");
    assert!(error.to_string().contains("two profiles have the identifier"), "{error}");
}

#[test]
fn a_file_from_a_later_version_is_refused_whatever_is_in_it() {
    let content = "{\"version\": 3, \"profiles\": {\"by\": \"name\"}}";
    let place = Place::with(content);
    let error = Profiles::open(&place.path).unwrap_err();
    assert!(matches!(error, StoreError::ProfilesNewer { found: 3, known: 2, .. }), "{error}");
    assert_eq!(fs::read_to_string(&place.path).unwrap(), content);
}

#[test]
fn fields_that_are_not_known_are_kept() {
    let place = Place::with(
        "{\"version\": 1, \"theme\": \"dark\", \"profiles\": [{\"id\": \"x\", \"name\": \"n\", \
         \"host\": \"h\", \"port\": 1883, \"protocol\": \"5\", \"keep_alive\": 60, \
         \"clean_start\": true, \"lamp\": {\"hue\": 7}}]}",
    );
    let mut profiles = Profiles::open(&place.path).unwrap();
    let mut edited = profiles.list().remove(0);
    edited.name = "Edited".to_owned();
    profiles.save(edited).unwrap();
    profiles.save(profile("y")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&fs::read(&place.path).unwrap()).unwrap();
    assert_eq!(file["theme"], "dark");
    assert_eq!(file["profiles"][0]["lamp"]["hue"], 7);
    assert_eq!(file["profiles"][0]["name"], "Edited");
    assert_eq!(file["profiles"][1]["id"], "y");
}

#[test]
fn setting_aside_keeps_the_file_and_finds_a_free_name() {
    let place = Place::with("broken");
    let first = Profiles::set_aside(&place.path).unwrap();
    assert!(first.ends_with("profiles.json.damaged-1"), "{}", first.display());
    let mut profiles = Profiles::open(&place.path).unwrap();
    profiles.save(profile("one")).unwrap();
    fs::write(&place.path, "broken again").unwrap();
    let second = Profiles::set_aside(&place.path).unwrap();
    assert!(second.ends_with("profiles.json.damaged-2"), "{}", second.display());
    assert_eq!(fs::read_to_string(first).unwrap(), "broken");
    assert_eq!(fs::read_to_string(second).unwrap(), "broken again");
    assert_eq!(Profiles::set_aside(&place.path).unwrap_err().code(), "profiles-write");
}

#[test]
fn what_cannot_be_saved_changes_nothing() {
    let place = Place::new();
    let mut profiles = Profiles::open(&place.path).unwrap();
    profiles.save(profile("one")).unwrap();
    let folder = place.path.parent().unwrap().to_owned();
    let aside = folder.with_extension("aside");
    fs::rename(&folder, &aside).unwrap();
    fs::write(&folder, "in the way").unwrap();
    assert_eq!(profiles.save(profile("two")).unwrap_err().code(), "store-folder");
    assert_eq!(profiles.delete(&ProfileId("one".to_owned())).unwrap_err().code(), "store-folder");
    assert_eq!(profiles.list(), [profile("one")]);
    assert_eq!(Profiles::open(&aside.join("profiles.json")).unwrap().list(), [profile("one")]);
}

#[test]
fn no_other_file_is_left_behind() {
    let place = Place::new();
    let mut profiles = Profiles::open(&place.path).unwrap();
    for id in ["one", "two", "one"] {
        profiles.save(profile(id)).unwrap();
    }
    let entries: Vec<_> = fs::read_dir(place.path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(entries, ["profiles.json"]);
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with("{\"version\": 1, \"profiles\": []}");
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o644)).unwrap();
    Profiles::open(&place.path).unwrap().save(profile("one")).unwrap();
    assert_eq!(place.path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
