//! Reads certificates for people: whose, by whom, for which names, from when until when.
//!
//! Promise: no bytes make it fail; of what cannot be read only the fingerprint is told. Trust is
//! decided elsewhere. Pure.

use std::net::IpAddr;

use ring::digest::{SHA256, digest};
use rustls::pki_types::UnixTime;
use wiretree_model::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Version;

use crate::transport::facts::Certificate;

/// RSA keys below this many bits are no longer safe, and rustls takes none of them.
const RSA_BITS: usize = 2048;

/// SHA-256 of the DER bytes.
pub(super) fn fingerprint(der: &[u8]) -> [u8; 32] {
    digest(&SHA256, der).as_ref().try_into().unwrap_or_default()
}

/// Whether these are the bytes of a certificate.
pub(super) fn can_be_read(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok()
}

/// What a certificate says.
pub(super) fn describe(der: &[u8]) -> Certificate {
    let sha256 = fingerprint(der);
    let Ok((_, read)) = X509Certificate::from_der(der) else {
        return Certificate { sha256, subject: "unreadable".to_owned(), ..Certificate::default() };
    };
    Certificate {
        subject: read.subject().to_string(),
        issuer: read.issuer().to_string(),
        names: names(&read),
        not_before: timestamp(read.validity().not_before),
        not_after: timestamp(read.validity().not_after),
        sha256,
        serial: read.raw_serial_as_string(),
        algorithm: format!("{}, signed with {}", key(&read), signature(&read)),
        is_authority: read.is_ca(),
    }
}

/// The key's kind and size if it is too weak to be taken.
pub(super) fn weak_key(der: &[u8]) -> Option<String> {
    let (_, read) = X509Certificate::from_der(der).ok()?;
    match read.public_key().parsed().ok()? {
        PublicKey::RSA(rsa) if bits(rsa.modulus) < RSA_BITS => Some(key(&read)),
        _ => None,
    }
}

/// The DER of the public key.
pub(super) fn public_key(der: &[u8]) -> Option<Vec<u8>> {
    let (_, read) = X509Certificate::from_der(der).ok()?;
    Some(read.public_key().raw.to_vec())
}

/// Whether it is of the first version of X.509, which has no room for host names.
pub(super) fn is_first_version(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, read)| read.version() == X509Version::V1)
}

/// Whether it is valid at this moment; what cannot be read is not.
pub(super) fn is_valid_at(der: &[u8], now: UnixTime) -> bool {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    X509Certificate::from_der(der).is_ok_and(|(_, read)| {
        let validity = read.validity();
        (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&now)
    })
}

/// The algorithm a certificate is signed with.
pub(super) fn signature_algorithm(der: &[u8]) -> String {
    X509Certificate::from_der(der)
        .map_or_else(|_| "unknown".to_owned(), |(_, read)| signature(&read))
}

fn names(read: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = read.subject_alternative_name() else { return Vec::new() };
    names.value.general_names.iter().filter_map(name).collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn timestamp(time: ASN1Time) -> Timestamp {
    Timestamp(time.timestamp().saturating_mul(1_000_000))
}

fn key(read: &X509Certificate<'_>) -> String {
    match read.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {} bits", bits(rsa.modulus)),
        Ok(PublicKey::EC(point)) => format!("EC {} bits", point.key_size()),
        Ok(PublicKey::DSA(_)) => "DSA".to_owned(),
        _ => match read.public_key().algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".to_owned(),
            "1.3.101.113" => "Ed448".to_owned(),
            other => format!("key of kind {other}"),
        },
    }
}

/// Bits of a number without its leading zeros.
fn bits(number: &[u8]) -> usize {
    let significant = number.iter().skip_while(|byte| **byte == 0);
    let leading = significant.clone().next().map_or(0, |byte| byte.leading_zeros() as usize);
    (significant.count() * 8).saturating_sub(leading)
}

fn signature(read: &X509Certificate<'_>) -> String {
    let id = read.signature_algorithm.algorithm.to_id_string();
    let name = match id.as_str() {
        "1.2.840.113549.1.1.4" => "MD5 and RSA",
        "1.2.840.113549.1.1.5" => "SHA-1 and RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA-256 and RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 and RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 and RSA",
        "1.2.840.10045.4.1" => "SHA-1 and ECDSA",
        "1.2.840.10045.4.3.2" => "SHA-256 and ECDSA",
        "1.2.840.10045.4.3.3" => "SHA-384 and ECDSA",
        "1.2.840.10045.4.3.4" => "SHA-512 and ECDSA",
        "1.3.101.112" => "Ed25519",
        _ => return id,
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_certificate_says_whose_it_is_for_what_and_until_when() {
        let mut wanted = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        wanted.distinguished_name.push(rcgen::DnType::CommonName, "A broker");
        wanted.subject_alt_names.push(rcgen::SanType::IpAddress([127, 0, 0, 1].into()));
        wanted.not_before = rcgen::date_time_ymd(2020, 1, 2);
        wanted.not_after = rcgen::date_time_ymd(2030, 3, 4);
        let made = wanted.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let certificate = describe(made.der());
        assert!(certificate.subject.contains("CN=A broker"), "{}", certificate.subject);
        assert_eq!(certificate.issuer, certificate.subject);
        assert_eq!(certificate.names, ["a.example", "127.0.0.1"]);
        assert_eq!(certificate.not_before, Timestamp(1_577_923_200_000_000));
        assert_eq!(certificate.not_after, Timestamp(1_898_812_800_000_000));
        assert_eq!(certificate.algorithm, "EC 256 bits, signed with SHA-256 and ECDSA");
        assert!(!certificate.is_authority);
    }

    #[test]
    fn the_size_of_a_number_does_not_count_leading_zeros() {
        for (number, expected) in
            [(&[0, 0x80, 0][..], 16), (&[0x01], 1), (&[0, 0], 0), (&[], 0), (&[0xff; 256], 2048)]
        {
            assert_eq!(bits(number), expected, "{number:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(describe(&bytes).sha256, fingerprint(&bytes));
            prop_assert_eq!(weak_key(&bytes), None);
        }
    }
}
