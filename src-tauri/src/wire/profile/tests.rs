//! Profiles on the way to the page and back, and what is wrong with a form.

use super::super::{ClientCertificate, ClientFiles, Encoding, TypedPayload};
use super::*;
use model::Property;

/// A profile in which every setting differs from its default.
fn full() -> model::Profile {
    let pair = |name: &str, value: &str| (name.into(), value.into());
    let mut wanted = model::Subscription::parse("$share/g/a/+", model::QoS::ExactlyOnce).unwrap();
    wanted.retain_as_published = false;
    wanted.retain_handling = model::RetainHandling::DoNotSend;
    wanted.identifier = Some(7);
    model::Profile {
        id: model::ProfileId("p".to_owned()),
        name: "mill".to_owned(),
        folder: "plant/hall 1".to_owned(),
        colour: Some(model::Colour::Teal),
        production: true,
        auto_connect: true,
        purpose: model::Purpose::ThingsBoardGateway,
        transport: model::Transport::WebSocket(model::WebSocket {
            path: "/ws?x=1".to_owned(),
            subprotocol: "mqttv3.1".to_owned(),
            headers: vec![("X-A".to_owned(), "1".to_owned())],
        }),
        tls: Some(model::Tls {
            trust: model::Trust::Pinned([0xab; 32]),
            ca_file: Some("/ca.pem".to_owned()),
            client: Some(model::ClientCertificate {
                files: model::ClientCertificateFiles::Pkcs12 { file: "/c.p12".to_owned() },
                passphrase: model::PasswordSource::Keychain,
            }),
            server_name: Some("broker.example".to_owned()),
            alpn: vec!["mqtt".to_owned(), "x-amzn-mqtt-ca".to_owned()],
            minimum_version: model::TlsVersion::V13,
            key_log: true,
        }),
        proxy: Some(model::Proxy {
            kind: model::ProxyKind::Http,
            host: "proxy.example".to_owned(),
            port: 3128,
            username: Some("bob".to_owned()),
            password: model::PasswordSource::Ask,
        }),
        connect_timeout: 7,
        host: "10.0.0.7".to_owned(),
        port: 8084,
        protocol: model::ProtocolVersion::V5,
        client_id: "window".to_owned(),
        username: Some("ada".to_owned()),
        password: model::PasswordSource::Ask,
        access_token: false,
        keep_alive: 30,
        clean_start: false,
        session_expiry: 3600,
        will: Some(model::Will {
            topic: model::Topic::received("a/status"),
            payload: b"\0off"[..].into(),
            qos: model::QoS::AtLeastOnce,
            retain: true,
            properties: model::Properties(vec![
                Property::WillDelayInterval(5),
                Property::PayloadFormatIndicator(1),
                Property::MessageExpiryInterval(60),
                Property::ContentType("text/plain".into()),
                Property::ResponseTopic("a/answer".into()),
                Property::CorrelationData(b"\x01\x02"[..].into()),
                Property::UserProperty("k".into(), "2".into()),
                Property::UserProperty("k".into(), "1".into()),
            ]),
        }),
        birth: Some(model::Birth {
            topic: model::Topic::received("a/status"),
            payload: "online".into(),
            qos: model::QoS::ExactlyOnce,
            retain: true,
        }),
        properties: model::ConnectProperties {
            receive_maximum: Some(10),
            topic_alias_maximum: Some(20),
            request_response_information: true,
            request_problem_information: Some(false),
            user_properties: vec![pair("k", "2"), pair("k", "1")],
        },
        authentication: Some(model::Authentication::ScramSha256),
        subscriptions: vec![wanted],
        acknowledge: model::Acknowledge::OnReceipt,
        send_topic_aliases: true,
        packet_limit: 1000,
        payload_warning: Some(65_536),
    }
}

fn form() -> Profile {
    Profile::from_model(&full())
}

fn fields(form: &Profile) -> Vec<String> {
    form.read().1.into_iter().map(|flaw| flaw.field).collect()
}

#[test]
fn every_setting_survives_the_way_through_the_page() {
    let changes: [fn(&mut model::Profile); 6] = [
        |_| {},
        |profile| *profile = crate::profiles::tests::profile("p"),
        |profile| profile.transport = model::Transport::Tcp,
        |profile| {
            (profile.access_token, profile.username) = (true, None);
            profile.authentication = None;
        },
        |profile| {
            profile.transport = model::Transport::Unix { path: "/run/mqtt".to_owned() };
            (profile.tls, profile.proxy) = (None, None);
        },
        |profile| {
            let files = model::ClientCertificateFiles::Pem {
                certificate: "/c.pem".to_owned(),
                key: "/k.pem".to_owned(),
            };
            let client = model::ClientCertificate { files, passphrase: Default::default() };
            let trust = model::Trust::Anything;
            profile.tls = Some(model::Tls { trust, client: Some(client), ..Default::default() });
        },
    ];
    for change in changes {
        let mut profile = full();
        change(&mut profile);
        let text = serde_json::to_string(&Profile::from_model(&profile)).unwrap();
        let back: Profile = serde_json::from_str(&text).unwrap();
        assert_eq!(back.to_model().unwrap(), profile);
    }
}

#[test]
fn a_flaw_names_the_field_it_was_typed_into() {
    type Case = (&'static [&'static str], fn(&mut Profile));
    let hex = |value: &str| TypedPayload { encoding: Encoding::Hex, value: value.to_owned() };
    let cases: &[Case] = &[
        (&[], |_| {}),
        (&["clientId"], |form| form.client_id.clear()),
        (&["packetLimit"], |form| form.packet_limit = 0),
        (&["scram"], |form| form.username = None),
        (&["properties.receiveMaximum"], |form| form.properties.receive_maximum = Some(0)),
        (&["tls.trust.fingerprint"], |form| {
            let fingerprint = "AB:CD".to_owned();
            let trust = super::super::Trust::Pinned { fingerprint };
            form.tls.as_mut().unwrap().trust = trust;
        }),
        (&["tls.client.files.key"], |form| {
            let (certificate, key) = ("/c.pem".to_owned(), String::new());
            let files = ClientFiles::Pem { certificate, key };
            let passphrase = PasswordSource::None;
            form.tls.as_mut().unwrap().client = Some(ClientCertificate { files, passphrase });
        }),
        (&["will.qos", "will.topic"], |form| {
            let will = form.will.as_mut().unwrap();
            (will.topic, will.qos) = ("a/+".to_owned(), 3);
        }),
    ];
    for (expected, change) in cases {
        let mut form = form();
        change(&mut form);
        assert_eq!(fields(&form), *expected);
        assert_eq!(form.to_model().is_ok(), expected.is_empty());
    }
    let mut form = form();
    form.will.as_mut().unwrap().payload = hex("0g");
    form.will.as_mut().unwrap().correlation_data = Some("0".to_owned());
    form.birth.as_mut().unwrap().payload = hex("f");
    assert_eq!(fields(&form), ["will.payload", "will.correlationData", "birth.payload"]);
    assert_eq!(form.to_model().unwrap_err().code, "profile-invalid");
}

#[test]
fn a_wrong_filter_does_not_move_the_others() {
    let mut form = form();
    let wanted = |filter: &str, identifier| SubscriptionInput {
        filter: filter.to_owned(),
        identifier,
        ..form.subscriptions[0].clone()
    };
    form.subscriptions = vec![wanted("a+", None), wanted("a", None), wanted("b", Some(0))];
    assert_eq!(fields(&form), ["subscriptions.0.filter", "subscriptions.2.identifier"]);
    let said = form.to_model().unwrap_err().message;
    assert!(said.contains("\"a+\""), "{said}");
}
