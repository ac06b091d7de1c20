//! What the connections of each program become, and what hostile files come to.

use proptest::prelude::*;
use serde_json::{Value, json};
use wiretree_model::{
    Authentication, ClientCertificateFiles, PasswordSource, Property, ProtocolVersion, QoS,
    RetainHandling, Transport, Trust,
};

use super::{CertificatePart, ConnectionFile, DatabaseKind, read_connections, read_database};
use crate::import::tests::files::{MQ3T, MQTT_EXPLORER, MQTTX};
use crate::import::{FileKind, ImportError};

fn read(kind: FileKind, text: &[u8]) -> ConnectionFile {
    read_connections(kind, text).unwrap()
}

fn remarks(file: &ConnectionFile, index: usize) -> String {
    file.connections[index].remarks.join("\n")
}

#[test]
fn mqtt_explorer() {
    let file = read(FileKind::MqttExplorer, MQTT_EXPLORER);
    assert_eq!(file.refused, []);
    assert!(file.remarks[0].contains("charts"));
    let [secure, plain] = &file.connections[..] else { panic!("{file:?}") };
    assert_eq!((plain.profile.name.as_str(), plain.profile.port), ("eclipse", 1883));
    assert_eq!(plain.profile.client_id, "", "it was made up");
    assert_eq!(plain.profile.protocol, ProtocolVersion::V311);
    assert_eq!(plain.profile.password, PasswordSource::None);
    let wanted: Vec<_> =
        plain.profile.subscriptions.iter().map(|it| (it.filter.as_str(), it.qos)).collect();
    assert_eq!(wanted, [("#", QoS::AtMostOnce), ("$SYS/#", QoS::AtLeastOnce)]);
    assert_eq!(plain.remarks, Vec::<String>::new());

    let profile = &secure.profile;
    assert_eq!((profile.host.as_str(), profile.port), ("factory.example", 8884));
    assert_eq!(profile.client_id, "line-1");
    let Transport::WebSocket(web_socket) = &profile.transport else { panic!("{profile:?}") };
    assert_eq!(web_socket.path, "/ws/mqtt");
    let tls = profile.tls.as_ref().unwrap();
    assert_eq!(tls.trust, Trust::CaFile, "checks are on");
    assert!(tls.client.is_some());
    assert_eq!(secure.password.as_ref().unwrap().expose_bytes(), b"s3cret-explorer");
    assert_eq!(profile.password, PasswordSource::Ask);
    let parts: Vec<_> = secure.certificates.iter().map(|file| file.part).collect();
    use CertificatePart::{Authority, Certificate, Key};
    assert_eq!(parts, [Authority, Certificate, Key]);
    assert!(secure.certificates[0].contents.expose_bytes().starts_with(b"-----BEGIN CERT"));
    assert_eq!(profile.subscriptions.len(), 1);
    let said = remarks(&file, 0);
    assert!(said.contains("not checked there") && said.contains("factory/#/bad"), "{said}");
}

#[test]
fn mqttx() {
    let file = read(FileKind::MqttxJson, MQTTX);
    assert_eq!(file.refused[0].name, "broken");
    assert!(file.refused[0].reason.contains("host"), "{file:?}");
    let [plant, old] = &file.connections[..] else { panic!("{file:?}") };
    let profile = &plant.profile;
    assert_eq!((profile.keep_alive, profile.connect_timeout), (30, 15));
    assert_eq!((profile.session_expiry, profile.packet_limit), (300, 100_000));
    assert_eq!(profile.properties.receive_maximum, Some(20));
    assert_eq!(profile.properties.request_problem_information, Some(false));
    assert_eq!(profile.properties.user_properties.len(), 2);
    assert_eq!(profile.authentication, Some(Authentication::ScramSha256));
    assert_eq!(profile.client_id, "");
    let tls = profile.tls.as_ref().unwrap();
    assert_eq!((tls.trust.clone(), tls.ca_file.as_deref()), (Trust::CaFile, Some("/certs/ca.pem")));
    assert_eq!(tls.alpn, ["mqtt", "x-amzn-mqtt-ca"]);
    let Some(ClientCertificateFiles::Pem { key, .. }) = tls.client.as_ref().map(|it| &it.files)
    else {
        panic!("{tls:?}")
    };
    assert_eq!(key, "/certs/client.key");
    let will = profile.will.as_ref().unwrap();
    assert_eq!(
        (will.payload.as_ref(), will.qos, will.retain),
        (&b"offline"[..], QoS::AtLeastOnce, true)
    );
    let expected = [
        Property::WillDelayInterval(5),
        Property::PayloadFormatIndicator(1),
        Property::ContentType("text/plain".into()),
        Property::UserProperty("from".into(), "mqttx".into()),
    ];
    assert_eq!(will.properties.0, expected);
    let [subscription] = &profile.subscriptions[..] else { panic!("{profile:?}") };
    assert!(subscription.no_local && !subscription.retain_as_published);
    assert_eq!(subscription.retain_handling, RetainHandling::DoNotSend);
    assert_eq!(subscription.identifier, Some(7));
    let said = remarks(&file, 0);
    for words in ["not checked there", "other/+ was left out", "bad/#/filter"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(old.profile.client_id, "my-own-id");
    assert_eq!((old.profile.clean_start, old.profile.tls.clone()), (false, None));
    assert_eq!(old.remarks, Vec::<String>::new());
}

#[test]
fn mqttx_from_its_database() {
    let rows = json!([{
        "name": "db", "host": "h", "port": 1884, "clientId": "mqttx_1", "clean": 1, "ssl": 0,
        "protocol": "mqtt", "mqttVersion": "5.0", "sessionExpiryInterval": 7,
        "rejectUnauthorized": 1, "userProperties": "{\"a\":\"1\"}",
        "will": {"lastWillTopic": "w", "lastWillQos": 2, "willDelayInterval": 3},
        "subscriptions": [{"topic": "t/#", "qos": "1", "nl": 0, "rap": 1, "rh": "1"}],
    }]);
    let file = read_database(DatabaseKind::Mqttx, &rows.to_string()).unwrap();
    let profile = &file.connections[0].profile;
    assert_eq!((profile.port, profile.session_expiry, profile.clean_start), (1884, 7, true));
    assert_eq!(profile.properties.user_properties, [("a".into(), "1".into())]);
    let will = profile.will.as_ref().unwrap();
    assert_eq!(will.properties.0, [Property::WillDelayInterval(3)]);
    let subscription = &profile.subscriptions[0];
    assert_eq!(subscription.qos, QoS::AtLeastOnce);
    assert_eq!(subscription.retain_handling, RetainHandling::SendIfNew);
}

#[test]
fn mqtt_viewer() {
    let rows = json!([
        {"name": "v", "host": "h", "port": 8883, "protocol": "mqtts", "mqtt_version": "3",
         "username": "ada", "password": "c2VhbGVk", "is_certs_enabled": 1, "cert_ca": "/ca",
         "skip_cert_verification": 1, "is_proto_enabled": 1, "has_custom_client_id": 0,
         "client_id": "mqtt-viewer-77", "subscriptions": [{"topic": "a/#", "qo_s": 2}]},
    ]);
    let file = read_database(DatabaseKind::MqttViewer, &rows.to_string()).unwrap();
    let connection = &file.connections[0];
    let profile = &connection.profile;
    assert_eq!(profile.protocol, ProtocolVersion::V311);
    assert_eq!((profile.client_id.as_str(), profile.password), ("", PasswordSource::Ask));
    assert_eq!(connection.password, None, "what stands there is of no use here");
    assert_eq!(profile.tls.as_ref().unwrap().trust, Trust::CaFile);
    assert_eq!(profile.subscriptions[0].qos, QoS::ExactlyOnce);
    let said = remarks(&file, 0);
    for words in ["password", "not checked there", "Protobuf"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn mq3t() {
    let file = read(FileKind::Mq3t, MQ3T);
    let connection = &file.connections[0];
    let profile = &connection.profile;
    assert_eq!((profile.host.as_str(), profile.port), ("home.example", 8883));
    assert_eq!(profile.tls.as_ref().unwrap().trust, Trust::System);
    assert_eq!((profile.client_id.as_str(), profile.session_expiry), ("", 60));
    assert_eq!(profile.will.as_ref().unwrap().payload, "gone");
    assert_eq!(profile.properties.user_properties, [("a".into(), "1".into())]);
    assert_eq!(connection.password.as_ref().unwrap().expose_bytes(), b"s3cret-mq3t");
    assert_eq!(profile.subscriptions.len(), 2);
}

#[test]
fn no_password_is_in_what_is_shown() {
    for (kind, text) in [
        (FileKind::MqttExplorer, MQTT_EXPLORER),
        (FileKind::MqttxJson, MQTTX),
        (FileKind::Mq3t, MQ3T),
    ] {
        let shown = format!("{:?}", read(kind, text));
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(!shown.contains("BEGIN"), "{shown}");
    }
}

#[test]
fn too_many_and_too_large_are_refused() {
    let one = json!({"clientKey": "k", "hostname": "h", "name": "n"});
    let many = Value::Array(vec![one.clone(); super::MOST + 1]).to_string();
    let error = read_connections(FileKind::Mq3t, many.as_bytes()).unwrap_err();
    assert!(matches!(error, ImportError::TooMany { .. }), "{error}");
    let large = format!("[{}{one}]", " ".repeat(super::LARGEST as usize));
    let error = read_connections(FileKind::Mq3t, large.as_bytes()).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");
    let filters = vec![json!({"topic": "a"}); 5_000];
    let busy = json!([{"clientKey": "k", "hostname": "h", "subscribedTopics": filters}]);
    let file = read(FileKind::Mq3t, busy.to_string().as_bytes());
    assert_eq!(file.connections[0].profile.subscriptions.len(), 1_000);
    assert_eq!(file.connections[0].remarks.len(), 1, "it is said once");
}

#[test]
fn an_address_with_a_password_in_it_is_refused_without_being_quoted() {
    let text = br#"[{"clientKey": "k", "name": "n", "hostname": "mqtt://ada:s3cret@h"}]"#;
    let file = read(FileKind::Mq3t, text);
    assert_eq!((file.connections.len(), file.refused.len()), (0, 1));
    assert!(!format!("{file:?}").contains("s3cret"), "{file:?}");
}

fn json_value() -> impl Strategy<Value = Value> {
    let names = "(name|host|hostname|port|protocol|clientId|clientKey|subscriptions|topic|qos|will|lastWillTopic|properties|userProperties|encryption|clientCertificate|data|clean|ssl|username|password|x)";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(ws|mqtts|wss|true|a/#|mqttx_1|h|)".prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(names, inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_comes_out_can_be_saved(value in json_value()) {
        let explorer = json!({"ConnectionManager_connections": {"a": value}}).to_string();
        let list = json!([value]).to_string();
        let mut files = vec![
            read_connections(FileKind::MqttExplorer, explorer.as_bytes()),
            read_connections(FileKind::Mq3t, list.as_bytes()),
            read_connections(FileKind::MqttxJson, list.as_bytes()),
            read_connections(FileKind::MqttExplorer, list.as_bytes()),
        ];
        files.extend([DatabaseKind::Mqttx, DatabaseKind::MqttViewer].map(|kind| read_database(kind, &list)));
        for file in files.into_iter().flatten() {
            for connection in file.connections {
                prop_assert_eq!(connection.profile.check(), Ok(()));
                let unchecked = connection.profile.tls.is_some_and(|tls| tls.trust == Trust::Anything);
                prop_assert!(!unchecked);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        for kind in [FileKind::MqttExplorer, FileKind::Mq3t, FileKind::MqttxJson] {
            let _ = read_connections(kind, bytes.as_slice());
        }
    }
}
