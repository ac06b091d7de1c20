//! Certificates made while a test runs: an authority, and what it issues, good and bad.
//!
//! Promise: nothing here is a secret or kept; each authority has a key of its own.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType, date_time_ymd,
};

use crate::port::fail;

/// A certificate and its key, as PEM.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// Its key, PKCS#8.
    pub key: String,
    /// The bytes of the certificate.
    pub der: Vec<u8>,
    /// The bytes of the key, PKCS#8.
    pub key_der: Vec<u8>,
}

/// What a certificate is to be like.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Whose it is.
    pub common_name: String,
    /// The host names and addresses it is for.
    pub names: Vec<String>,
    /// The first year in which it is valid, from its first day.
    pub from: i32,
    /// The year with whose first day it expires.
    pub until: i32,
    /// For servers, for clients, or for both.
    pub purposes: Vec<Purpose>,
}

/// What a certificate may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Purpose {
    Server,
    Client,
}

impl Wish {
    /// A good certificate for the broker of a test: `localhost`, 127.0.0.1 and ::1.
    pub fn server() -> Self {
        Self {
            common_name: "A test's broker".to_owned(),
            names: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec(),
            from: 2020,
            until: 2100,
            purposes: vec![Purpose::Server],
        }
    }

    /// A good certificate for a client.
    pub fn client(name: &str) -> Self {
        Self {
            common_name: name.to_owned(),
            names: Vec::new(),
            purposes: vec![Purpose::Client],
            ..Self::server()
        }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, self.common_name.as_str());
        params.subject_alt_names = self.names.iter().map(|name| alternative(name)).collect();
        params.not_before = date_time_ymd(self.from, 1, 1);
        params.not_after = date_time_ymd(self.until, 1, 1);
        params.extended_key_usages = self.purposes.iter().map(|purpose| usage(*purpose)).collect();
        params
    }
}

fn alternative(name: &str) -> SanType {
    match (name.parse(), name.try_into()) {
        (Ok(address), _) => SanType::IpAddress(address),
        (_, Ok(name)) => SanType::DnsName(name),
        (_, Err(_)) => fail(&format!("{name} is no name for a certificate")),
    }
}

fn usage(purpose: Purpose) -> ExtendedKeyUsagePurpose {
    match purpose {
        Purpose::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Purpose::Client => ExtendedKeyUsagePurpose::ClientAuth,
    }
}

/// An authority with a name, which issues what is wished for.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    own: Issued,
}

impl Authority {
    /// A new authority.
    ///
    /// # Panics
    /// When the system has no random numbers.
    pub fn new(name: &str) -> Self {
        Self::like(&Wish { common_name: name.to_owned(), names: Vec::new(), ..Wish::server() })
    }

    /// A new authority whose own certificate is like this one.
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn like(wish: &Wish) -> Self {
        let mut params = wish.params();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages.clear();
        let key = generate();
        let made = params.self_signed(&key).unwrap_or_else(|error| fail(&error.to_string()));
        let own = issued(&made, &key);
        Self { issuer: Issuer::new(params, key), own }
    }

    /// Its own certificate and key.
    pub fn own(&self) -> &Issued {
        &self.own
    }

    /// A certificate signed by it.
    ///
    /// # Panics
    /// When the wish cannot be put into a certificate.
    pub fn issue(&self, wish: &Wish) -> Issued {
        let key = generate();
        let made = wish.params().signed_by(&key, &self.issuer);
        issued(&made.unwrap_or_else(|error| fail(&error.to_string())), &key)
    }

    /// An authority below it.
    ///
    /// # Panics
    /// As [`Self::issue`].
    pub fn below(&self, wish: &Wish) -> Self {
        let mut params = wish.params();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages.clear();
        let key = generate();
        let made = params.signed_by(&key, &self.issuer);
        let own = issued(&made.unwrap_or_else(|error| fail(&error.to_string())), &key);
        Self { issuer: Issuer::new(params, key), own }
    }
}

/// A certificate that nobody but itself vouches for.
///
/// # Panics
/// When the wish cannot be put into a certificate.
pub fn self_signed(wish: &Wish) -> Issued {
    let key = generate();
    let made = wish.params().self_signed(&key);
    issued(&made.unwrap_or_else(|error| fail(&error.to_string())), &key)
}

fn generate() -> KeyPair {
    KeyPair::generate().unwrap_or_else(|error| fail(&error.to_string()))
}

fn issued(made: &rcgen::Certificate, key: &KeyPair) -> Issued {
    Issued {
        certificate: made.pem(),
        key: key.serialize_pem(),
        der: made.der().to_vec(),
        key_der: key.serialize_der(),
    }
}
