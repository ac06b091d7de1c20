//! What makes a profile usable: each rule with the field it belongs to, so that a form can point at
//! it while one types.
//!
//! Deliberately absent: advice. What is legal but unwise is for whoever shows the form.

use super::{PasswordSource, Profile, ProfileError};
use crate::{
    Birth, ClientCertificateFiles, ConnectProperties, MqttString, Properties, Property, Proxy,
    Subscription, Tls, Topic, Transport, Trust, WebSocket, Will,
};

/// The most that the length prefix of a string or of binary data can say (MQTT 5 §1.5.4, §1.5.6).
const LONGEST: usize = 65_535;
/// The largest subscription identifier (MQTT 5 §3.8.2.1.2).
const LARGEST_IDENTIFIER: u32 = 268_435_455;

/// Something wrong in a profile, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The path of the field in [`Profile`], as in `tls.ca_file` or `subscriptions.0.filter`.
    pub field: String,
    /// What is wrong.
    pub error: ProfileError,
}

#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn unless(&mut self, is_right: bool, field: &str, error: ProfileError) {
        if !is_right {
            self.0.push(FieldError { field: field.to_owned(), error });
        }
    }

    fn text(&mut self, text: &[u8], field: &str, what: &'static str) {
        let is_right = text.len() <= LONGEST && !text.contains(&0);
        self.unless(is_right, field, ProfileError::Text(what));
    }

    fn topic(&mut self, topic: &Topic, field: &str, what: &'static str) {
        if let Err(error) = topic.check_to_publish() {
            self.unless(false, field, ProfileError::MessageTopic(what, error.to_string()));
        }
    }
}

impl Profile {
    /// Checks what a form or a file gave.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ProfileError> {
        self.errors().into_iter().next().map_or(Ok(()), |found| Err(found.error))
    }

    /// Everything that is wrong, in the order of the form.
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Errors::default();
        errors.unless(!self.name.trim().is_empty(), "name", ProfileError::NoName);
        self.address(&mut errors);
        self.identity(&mut errors);
        self.authentication(&mut errors);
        if let Some(will) = &self.will {
            check_will(will, &mut errors);
        }
        if let Some(Birth { topic, .. }) = &self.birth {
            errors.topic(topic, "birth.topic", "birth message");
        }
        check_properties(&self.properties, &mut errors);
        errors.unless(
            self.packet_limit != 0,
            "packet_limit",
            ProfileError::Zero("the largest packet"),
        );
        for (index, wanted) in self.subscriptions.iter().enumerate() {
            check_subscription(wanted, index, &mut errors);
        }
        errors.0
    }

    fn address(&self, errors: &mut Errors) {
        if let Transport::Unix { path } = &self.transport {
            let error = ProfileError::Transport;
            errors.unless(
                !path.is_empty(),
                "transport.path",
                error("give the path of the Unix socket"),
            );
            let no_tls = error("a Unix socket takes no TLS");
            errors.unless(self.tls.is_none(), "tls", no_tls);
            let no_proxy = error("a Unix socket takes no proxy");
            errors.unless(self.proxy.is_none(), "proxy", no_proxy);
            return;
        }
        errors.unless(!self.host.is_empty(), "host", ProfileError::NoHost);
        errors.unless(is_host(&self.host), "host", ProfileError::BadHost);
        errors.unless(self.port != 0, "port", ProfileError::NoPort);
        if let Transport::WebSocket(web_socket) = &self.transport {
            check_web_socket(web_socket, errors);
        }
        if let Some(tls) = &self.tls {
            check_tls(tls, errors);
        }
        if let Some(Proxy { host, port, .. }) = &self.proxy {
            let error = ProfileError::Proxy;
            let no_host = "give the host name or address of the proxy, without scheme and path";
            errors.unless(!host.is_empty() && is_host(host), "proxy.host", error(no_host));
            let no_port = "the port of the proxy is a number from 1 to 65535";
            errors.unless(*port != 0, "proxy.port", error(no_port));
        }
    }

    fn identity(&self, errors: &mut Errors) {
        let has_identifier = self.clean_start || !self.client_id.is_empty();
        errors.unless(has_identifier, "client_id", ProfileError::NoClientId);
        errors.text(self.client_id.as_bytes(), "client_id", "the client identifier");
        let username = self.username.as_deref().unwrap_or_default();
        errors.text(username.as_bytes(), "username", "the user name");
        if self.access_token {
            return self.access_token(errors);
        }
        let is_alone = self.password != PasswordSource::None && self.username.is_none();
        errors.unless(
            !is_alone || self.protocol.has_properties(),
            "password",
            ProfileError::PasswordWithoutUser,
        );
    }

    fn access_token(&self, errors: &mut Errors) {
        let error = ProfileError::AccessToken;
        let has_source = self.password != PasswordSource::None;
        let no_source = "an access token is kept by the keychain, or asked for at each connect";
        errors.unless(has_source, "password", error(no_source));
        let two_names = "an access token is sent as the user name, so there can be no other";
        errors.unless(self.username.is_none(), "username", error(two_names));
    }

    fn authentication(&self, errors: &mut Errors) {
        if self.authentication.is_none() {
            return;
        }
        let error = ProfileError::Authentication;
        let needs_version = error("enhanced authentication needs MQTT 5");
        errors.unless(self.protocol.has_properties(), "authentication", needs_version);
        let has_both = self.username.is_some() && self.password != PasswordSource::None;
        let needs_both = error("SCRAM needs a user name and a password");
        errors.unless(has_both, "authentication", needs_both);
    }
}

fn is_host(host: &str) -> bool {
    !host.contains("://") && !host.contains(['/', '@', ' ', '\0'])
}

fn check_web_socket(web_socket: &WebSocket, errors: &mut Errors) {
    let error = ProfileError::Transport;
    let path = &web_socket.path;
    let is_path = path.starts_with('/') && !path.contains(|c: char| c.is_control() || c == ' ');
    let bad_path = "the path of the WebSocket begins with /, and has no blanks in it";
    errors.unless(is_path, "transport.path", error(bad_path));
    let is_token = web_socket.subprotocol.chars().all(is_token_character);
    let bad_token = "the subprotocol is one word, as in mqtt";
    errors.unless(is_token, "transport.subprotocol", error(bad_token));
    for (index, (name, value)) in web_socket.headers.iter().enumerate() {
        let is_name = !name.is_empty() && name.chars().all(is_token_character);
        let is_value = !value.contains(|c: char| c.is_control() && c != '\t');
        let bad = "a header has a name of letters, digits and hyphens, and a value on one line";
        let field = format!("transport.headers.{index}");
        errors.unless(is_name && is_value, &field, error(bad));
    }
}

/// What a name in HTTP may have in it (RFC 9110 §5.6.2).
fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

fn check_tls(tls: &Tls, errors: &mut Errors) {
    let error = ProfileError::Tls;
    let has_file = tls.ca_file.as_deref().is_some_and(|file| !file.is_empty());
    let no_file = "choose the file with the certificate authority";
    errors.unless(tls.trust != Trust::CaFile || has_file, "tls.ca_file", error(no_file));
    match tls.client.as_ref().map(|client| &client.files) {
        Some(ClientCertificateFiles::Pem { certificate, key }) => {
            let both = "a client certificate needs both the certificate and its key";
            errors.unless(!certificate.is_empty(), "tls.client.files.certificate", error(both));
            errors.unless(!key.is_empty(), "tls.client.files.key", error(both));
        }
        Some(ClientCertificateFiles::Pkcs12 { file }) => {
            let missing = "choose the PKCS#12 file with the client certificate";
            errors.unless(!file.is_empty(), "tls.client.files.file", error(missing));
        }
        None => {}
    }
    let is_name = tls.server_name.as_deref().is_none_or(|name| !name.is_empty() && is_host(name));
    let bad_name = "the server name is a host name or an address, without port and path";
    errors.unless(is_name, "tls.server_name", error(bad_name));
    let fits = |name: &String| (1..=255).contains(&name.len());
    let bad_protocol = "a protocol of ALPN has 1 to 255 bytes";
    errors.unless(tls.alpn.iter().all(fits), "tls.alpn", error(bad_protocol));
}

fn check_will(will: &Will, errors: &mut Errors) {
    errors.topic(&will.topic, "will.topic", "will");
    let fits = will.payload.len() <= LONGEST;
    errors.unless(fits, "will.payload", ProfileError::Text("the payload of the will"));
    check_will_properties(&will.properties, errors);
}

fn check_will_properties(properties: &Properties, errors: &mut Errors) {
    let mut pairs = 0;
    for property in properties.iter() {
        match property {
            Property::ContentType(text) => {
                errors.text(text.as_bytes(), "will.content_type", "the content type");
            }
            Property::ResponseTopic(text) => {
                let topic = Topic::received(text.clone());
                errors.topic(&topic, "will.response_topic", "response of the will");
            }
            Property::CorrelationData(data) => {
                let error = ProfileError::Text("the correlation data");
                errors.unless(data.len() <= LONGEST, "will.correlation_data", error);
            }
            Property::UserProperty(name, value) => {
                check_pair(name, value, &format!("will.user_properties.{pairs}"), errors);
                pairs += 1;
            }
            _ => {}
        }
    }
}

fn check_properties(properties: &ConnectProperties, errors: &mut Errors) {
    let error = ProfileError::Zero("the receive maximum");
    errors.unless(properties.receive_maximum != Some(0), "properties.receive_maximum", error);
    for (index, (name, value)) in properties.user_properties.iter().enumerate() {
        check_pair(name, value, &format!("properties.user_properties.{index}"), errors);
    }
}

fn check_pair(name: &MqttString, value: &MqttString, field: &str, errors: &mut Errors) {
    for text in [name, value] {
        errors.text(text.as_bytes(), field, "a user property");
    }
}

impl Subscription {
    /// Checks what it asks for beside the filter, which is right already.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ProfileError> {
        let mut errors = Errors::default();
        check_subscription(self, 0, &mut errors);
        errors.0.into_iter().next().map_or(Ok(()), |found| Err(found.error))
    }
}

fn check_subscription(wanted: &Subscription, index: usize, errors: &mut Errors) {
    let field = |name: &str| format!("subscriptions.{index}.{name}");
    let zero = ProfileError::Zero("a subscription identifier");
    errors.unless(wanted.identifier != Some(0), &field("identifier"), zero);
    let fits = wanted.identifier.is_none_or(|identifier| identifier <= LARGEST_IDENTIFIER);
    let large = ProfileError::Subscription("a subscription identifier is at most 268,435,455");
    errors.unless(fits, &field("identifier"), large);
    let is_shared = wanted.filter.as_str().starts_with("$share/");
    let forbidden = "a shared subscription cannot leave out what this connection publishes";
    let error = ProfileError::Subscription(forbidden);
    errors.unless(!(is_shared && wanted.no_local), &field("no_local"), error);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientCertificate, ProtocolVersion, QoS};

    fn good() -> Profile {
        Profile { name: "mill".to_owned(), host: "10.0.0.7".to_owned(), ..Profile::default() }
    }

    fn fields(change: impl FnOnce(&mut Profile)) -> Vec<String> {
        let mut profile = good();
        change(&mut profile);
        assert_eq!(profile.check().is_ok(), profile.errors().is_empty());
        profile.errors().into_iter().map(|found| found.field).collect()
    }

    fn will(property: Property) -> Option<Will> {
        let topic = Topic::received("a");
        Some(Will { topic, properties: Properties(vec![property]), ..Will::default() })
    }

    #[test]
    fn every_rule_names_its_field() {
        type Case = (&'static [&'static str], fn(&mut Profile));
        let cases: &[Case] = &[
            (&[], |_| {}),
            (&["name"], |p| p.name = " ".to_owned()),
            (&["host"], |p| p.host.clear()),
            (&["host"], |p| p.host = "mqtt://ada:secret@host".to_owned()),
            (&["port"], |p| p.port = 0),
            (&["client_id"], |p| p.clean_start = false),
            (&["client_id"], |p| p.client_id = "a\0".to_owned()),
            (&["username"], |p| p.username = Some("a".repeat(65_536))),
            (&["packet_limit"], |p| p.packet_limit = 0),
            (&["properties.receive_maximum"], |p| p.properties.receive_maximum = Some(0)),
            (&["properties.user_properties.1"], |p| {
                let pair = |text: &str| (text.into(), "v".into());
                p.properties.user_properties = vec![pair("a"), pair("\0")];
            }),
            (&[], |p| {
                (p.access_token, p.password) = (true, PasswordSource::Ask);
                p.protocol = ProtocolVersion::V311;
            }),
            (&["password", "username"], |p| {
                (p.access_token, p.username) = (true, Some("ada".to_owned()));
            }),
            (&["authentication"], |p| {
                (p.access_token, p.password) = (true, PasswordSource::Keychain);
                p.authentication = Some(crate::Authentication::ScramSha256);
            }),
            (&["authentication", "authentication"], |p| {
                p.protocol = ProtocolVersion::V311;
                p.authentication = Some(crate::Authentication::ScramSha256);
            }),
            (&["transport.path", "tls", "proxy"], |p| {
                p.transport = Transport::Unix { path: String::new() };
                p.tls = Some(Tls::default());
                p.proxy = Some(proxy(""));
            }),
            (&["proxy.host", "proxy.port"], |p| p.proxy = Some(proxy("http://x"))),
            (&["tls.ca_file"], |p| {
                p.tls = Some(Tls { trust: Trust::CaFile, ..Tls::default() });
            }),
            (&["tls.server_name", "tls.alpn"], |p| {
                let server_name = Some("a/b".to_owned());
                p.tls = Some(Tls { server_name, alpn: vec![String::new()], ..Tls::default() });
            }),
            (&["will.topic"], |p| p.will = Some(Will::default())),
            (&["birth.topic"], |p| p.birth = Some(Birth::default())),
            (&["will.response_topic"], |p| p.will = will(Property::ResponseTopic("a/#".into()))),
            (&["will.content_type"], |p| p.will = will(Property::ContentType("\0".into()))),
        ];
        for (expected, change) in cases {
            assert_eq!(fields(change), *expected);
        }
    }

    fn proxy(host: &str) -> Proxy {
        let (host, kind) = (host.to_owned(), crate::ProxyKind::Http);
        Proxy { kind, host, port: 0, username: None, password: PasswordSource::None }
    }

    #[test]
    fn half_a_client_certificate_is_refused_where_the_other_half_belongs() {
        let with = |files| {
            fields(|profile| {
                let client = ClientCertificate { files, passphrase: PasswordSource::None };
                profile.tls = Some(Tls { client: Some(client), ..Tls::default() });
            })
        };
        let pem = |certificate: &str, key: &str| ClientCertificateFiles::Pem {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        };
        assert_eq!(with(pem("", "k.pem")), ["tls.client.files.certificate"]);
        assert_eq!(with(pem("c.pem", "")), ["tls.client.files.key"]);
        let file = String::new();
        assert_eq!(with(ClientCertificateFiles::Pkcs12 { file }), ["tls.client.files.file"]);
    }

    #[test]
    fn a_web_socket_is_what_a_request_can_ask_for() {
        let with = |path: &str, subprotocol: &str, name: &str, value: &str| {
            let headers = vec![(name.to_owned(), value.to_owned())];
            let (path, subprotocol) = (path.to_owned(), subprotocol.to_owned());
            fields(|profile| {
                profile.transport = Transport::WebSocket(WebSocket { path, subprotocol, headers });
            })
        };
        assert!(with("/mqtt?x=1", "mqtt", "X-Key", "a b").is_empty());
        assert_eq!(with("mqtt", "mqtt", "a", ""), ["transport.path"]);
        assert_eq!(with("/", "mqtt, x", "a", ""), ["transport.subprotocol"]);
        assert_eq!(with("/", "", "a:", ""), ["transport.headers.0"]);
        assert_eq!(with("/", "", "a", "1\r\nHost: b"), ["transport.headers.0"]);
    }

    #[test]
    fn a_subscription_asks_only_for_what_there_is() {
        let with = |filter: &str, identifier, no_local| {
            let mut wanted = Subscription::parse(filter, QoS::AtMostOnce).unwrap();
            wanted.identifier = identifier;
            wanted.no_local = no_local;
            fields(|profile| profile.subscriptions = vec![wanted])
        };
        assert!(with("a/#", Some(LARGEST_IDENTIFIER), true).is_empty());
        assert_eq!(with("a", Some(0), false), ["subscriptions.0.identifier"]);
        assert_eq!(with("a", Some(LARGEST_IDENTIFIER + 1), false), ["subscriptions.0.identifier"]);
        assert_eq!(with("$share/g/a", None, true), ["subscriptions.0.no_local"]);
    }
}
