//! Which secrets are asked for, and for which profiles a stored one is good.

use wiretree_model::{
    ClientCertificate, ClientCertificateFiles, ProfileId, Proxy, ProxyKind, Tls, TlsVersion,
    Transport, Trust, WebSocket,
};

use super::*;
use crate::profiles::tests::profile;
use crate::wire::TypedPayload;

fn answer(profile: &Profile, given: GivenSecrets) -> Result<Secrets, String> {
    let answer = given_or_stored(profile, given);
    tauri::async_runtime::block_on(answer).map_err(|error| error.code)
}

fn asked(source: PasswordSource, given: Option<&str>) -> Result<Option<Secret>, String> {
    let profile = Profile { password: source, ..profile("p") };
    let given = given.map(|value| TypedPayload { value: value.to_owned(), ..Default::default() });
    let answer = answer(&profile, GivenSecrets { password: given, ..Default::default() });
    answer.map(|secrets| secrets.password)
}

fn with_tls(change: impl FnOnce(&mut Tls)) -> Profile {
    let mut tls = Tls::default();
    change(&mut tls);
    Profile { tls: Some(tls), ..profile("p") }
}

fn with_client(files: ClientCertificateFiles, passphrase: PasswordSource) -> Profile {
    with_tls(|tls| tls.client = Some(ClientCertificate { files, passphrase }))
}

fn pem(key: &str) -> ClientCertificateFiles {
    ClientCertificateFiles::Pem { certificate: "/c.pem".to_owned(), key: key.to_owned() }
}

fn proxy(kind: ProxyKind, host: &str, port: u16, username: Option<&str>) -> Profile {
    let (host, username) = (host.to_owned(), username.map(str::to_owned));
    let password = PasswordSource::Ask;
    Profile { proxy: Some(Proxy { kind, host, port, username, password }), ..profile("p") }
}

#[test]
fn a_password_is_asked_for_unless_it_was_given_or_none_is_needed() {
    let given = Ok(Some(Secret::new("x")));
    assert_eq!(asked(PasswordSource::Ask, None), Err("password-needed".to_owned()));
    assert_eq!(asked(PasswordSource::Ask, Some("x")), given);
    assert_eq!(asked(PasswordSource::None, None), Ok(None));
    assert_eq!(asked(PasswordSource::Keychain, Some("x")), given, "no look into the keychain");
}

#[test]
fn each_missing_secret_has_its_own_question() {
    let mut all = proxy(ProxyKind::Http, "proxy", 3128, None);
    all.tls = with_client(pem("/k.pem"), PasswordSource::Ask).tls;
    all.password = PasswordSource::Ask;
    let mut given = GivenSecrets::default();
    let code = |given: &GivenSecrets| answer(&all, given.clone()).unwrap_err();
    assert_eq!(code(&given), "password-needed");
    given.password = Some(TypedPayload { encoding: Encoding::Hex, value: "00 ff".to_owned() });
    assert_eq!(code(&given), "passphrase-needed");
    given.key_passphrase = Some("open".to_owned());
    assert_eq!(code(&given), "proxy-password-needed");
    given.proxy_password = Some(String::new());
    let secrets = answer(&all, given).unwrap();
    assert_eq!(secrets.password, Some(Secret::new([0, 0xff])));
    assert_eq!(secrets.key_passphrase, Some(Secret::new("open")));
    assert_eq!(secrets.proxy_password, Some(Secret::new("")), "an empty one is one");
}

#[test]
fn an_access_token_is_asked_for_as_what_it_is() {
    let password = PasswordSource::Ask;
    let by_token = Profile { access_token: true, username: None, password, ..profile("p") };
    let needed = Held::Password.needed(&by_token);
    assert_eq!(needed.code, "password-needed");
    assert_eq!(needed.message, "Enter the access token for mill.");
    let given = TypedPayload { encoding: Encoding::Hex, value: "0g".to_owned() };
    let given = GivenSecrets { password: Some(given), ..GivenSecrets::default() };
    let refused = tauri::async_runtime::block_on(given_or_stored(&by_token, given)).unwrap_err();
    assert!(refused.message.starts_with("The access token was not taken"), "{}", refused.message);
}

#[test]
fn a_secret_that_is_typed_wrong_is_refused_without_being_quoted() {
    for (encoding, text) in [
        (Encoding::Hex, "7z7z"),
        (Encoding::Hex, "777"),
        (Encoding::Base64, "z*z*"),
        (Encoding::Text, &*"z".repeat(LONGEST + 1)),
    ] {
        let error = typed("password", encoding, text).unwrap_err();
        assert_eq!(error.code, "secret-invalid");
        assert!(error.detail.is_none());
        assert!(!error.message.contains(['z', '7', '*']), "{}", error.message);
    }
}

#[test]
fn a_password_is_valid_only_where_it_was_stored_for() {
    let mill = profile("p");
    let elsewhere = |change: fn(&mut Profile)| {
        let mut changed = mill.clone();
        change(&mut changed);
        changed.bound()
    };
    for password in ["", "p4ss", "two\nlines", "(\"127.0.0.1\", 1883, Some(\"ada\"))\n"] {
        let password = Secret::new(password);
        let stored = bind(&mill.bound(), &password);
        assert_eq!(unbind(&elsewhere(|it| it.name = "lathe".to_owned()), &stored), Some(password));
        for other in [
            elsewhere(|profile| profile.host = "127.0.0.11".to_owned()),
            elsewhere(|profile| profile.host.clear()),
            elsewhere(|profile| profile.port = 188),
            elsewhere(|profile| profile.port = 18_831),
            elsewhere(|profile| profile.username = Some("ad".to_owned())),
            elsewhere(|profile| profile.username = Some("ada\"))\n".to_owned())),
            elsewhere(|profile| profile.username = Some(String::new())),
            elsewhere(|profile| profile.username = None),
        ] {
            assert_eq!(unbind(&other, &stored), None, "{other:?}");
        }
    }
    assert_eq!(unbind(&mill.bound(), &Secret::new("a password alone")), None);
}

trait Bound {
    fn bound(&self) -> String;
}

impl Bound for Profile {
    fn bound(&self) -> String {
        Held::Password.bound_to(self)
    }
}

#[test]
fn a_password_goes_no_more_openly_than_it_was_stored_for() {
    let file = |name: &str| Some(name.to_owned());
    let unix = |path: &str| Transport::Unix { path: path.to_owned() };
    let mut scram = profile("p");
    scram.authentication = Some(wiretree_model::Authentication::ScramSha256);
    let mut secure_through_proxy = proxy(ProxyKind::Http, "proxy", 3128, None);
    secure_through_proxy.tls = Some(Tls::default());
    let ways = [
        profile("p"),
        Profile { access_token: true, ..profile("p") },
        scram,
        with_tls(|_| ()),
        with_tls(|tls| tls.trust = Trust::Anything),
        with_tls(|tls| tls.trust = Trust::Pinned([1; 32])),
        with_tls(|tls| tls.trust = Trust::Pinned([2; 32])),
        with_tls(|tls| tls.ca_file = file("/ca.pem")),
        with_tls(|tls| (tls.trust, tls.ca_file) = (Trust::CaFile, file("/ca.pem"))),
        with_tls(|tls| (tls.trust, tls.ca_file) = (Trust::CaFile, file("/other.pem"))),
        with_tls(|tls| tls.server_name = file("elsewhere.example")),
        Profile { transport: Transport::WebSocket(WebSocket::default()), ..profile("p") },
        Profile { transport: unix("/run/a"), ..profile("p") },
        Profile { transport: unix("/run/b"), ..profile("p") },
        proxy(ProxyKind::Http, "proxy", 3128, None),
        proxy(ProxyKind::Socks5, "proxy", 3128, None),
        proxy(ProxyKind::Http, "elsewhere", 3128, None),
        secure_through_proxy,
    ];
    let secret = Secret::new("p4ss");
    for (here, way) in ways.iter().enumerate() {
        let stored = bind(&way.bound(), &secret);
        for (there, other) in ways.iter().enumerate() {
            assert_eq!(unbind(&other.bound(), &stored).is_some(), here == there, "{way:?}");
        }
    }
    // What says nothing about who reads along may be changed.
    let sturdier = with_tls(|tls| tls.minimum_version = TlsVersion::V13);
    assert_eq!(sturdier.bound(), with_tls(|_| ()).bound());
}

#[test]
fn the_other_secrets_are_bound_to_their_file_and_their_proxy() {
    let key = |files| Held::KeyPassphrase.bound_to(&with_client(files, PasswordSource::Ask));
    let file = "/k.pem".to_owned();
    assert_eq!(key(pem("/k.pem")), key(ClientCertificateFiles::Pkcs12 { file }));
    assert_ne!(key(pem("/k.pem")), key(pem("/other.pem")));
    assert_ne!(key(pem("/k.pem")), Held::KeyPassphrase.bound_to(&profile("p")));
    let ways = [
        profile("p"),
        proxy(ProxyKind::Http, "proxy", 3128, None),
        proxy(ProxyKind::Socks5, "proxy", 3128, None),
        proxy(ProxyKind::Http, "other", 3128, None),
        proxy(ProxyKind::Http, "proxy", 3129, None),
        proxy(ProxyKind::Http, "proxy", 3128, Some("ada")),
    ]
    .map(|profile| Held::ProxyPassword.bound_to(&profile));
    let distinct: std::collections::HashSet<_> = ways.iter().collect();
    assert_eq!(distinct.len(), ways.len());
}

#[test]
fn each_secret_has_an_entry_of_its_own() {
    let id = ProfileId("00ff".to_owned());
    let names = Held::ALL.map(|held| held.entry_name(&id));
    assert_eq!(names, ["00ff", "00ff:key-passphrase", "00ff:proxy-password"]);
}
