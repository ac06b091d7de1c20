//! Makes rustls's configuration from the settings of a connection.
//!
//! Promises: the provider of cryptography is named, so nothing depends on what else is linked in; an
//! authority of the system that cannot be used is skipped; files are read anew for each attempt, so
//! that a renewed certificate is found.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, InconsistentKeys, KeyLogFile, RootCertStore, SupportedProtocolVersion};
use tokio::task::spawn_blocking;
use wiretree_model::{Secret, Tls, TlsVersion, Trust};

use super::files::{self, setup};
use super::keys;
use super::verifier::{Judge, Seen, Verifier};
use crate::MqttError;

static ONLY_TLS13: [&SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

/// Reads the files and the system's store where that may block.
pub(super) async fn load(
    tls: &Tls,
    passphrase: Option<Secret>,
    seen: &Arc<Seen>,
) -> Result<ClientConfig, MqttError> {
    let tls = tls.clone();
    let seen = seen.clone();
    let loaded = spawn_blocking(move || configure(&tls, passphrase.as_ref(), seen)).await;
    loaded.unwrap_or_else(|error| {
        Err(setup(format!("Reading the certificates failed: {error}"), "Try again"))
    })
}

fn configure(
    tls: &Tls,
    passphrase: Option<&Secret>,
    seen: Arc<Seen>,
) -> Result<ClientConfig, MqttError> {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let judge = judge(tls, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions(tls.minimum_version))
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { judge, algorithms, seen }));
    let mut config = match &tls.client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let (chain, key) = keys::load(&client.files, passphrase)?;
            let key = client_key(chain, key, &provider)?;
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key)))
        }
    };
    config.alpn_protocols = tls.alpn.iter().map(|name| name.clone().into_bytes()).collect();
    if tls.key_log {
        config.key_log = Arc::new(KeyLogFile::new());
    }
    Ok(config)
}

/// The client certificate, ready to sign. One of X.509 version 1 cannot be compared with its key here,
/// and is none of our business otherwise: the server will tell.
fn client_key(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, MqttError> {
    let unusable = |error: rustls::Error| {
        let what = format!("The client certificate and its key cannot be used: {error}");
        setup(what, "Check that the two belong together")
    };
    let key = provider.key_provider.load_private_key(key).map_err(unusable)?;
    let pair = CertifiedKey::new(chain, key);
    match pair.keys_match() {
        Err(error @ rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(unusable(error))
        }
        _ => Ok(pair),
    }
}

fn versions(minimum: TlsVersion) -> &'static [&'static SupportedProtocolVersion] {
    match minimum {
        TlsVersion::V12 => rustls::ALL_VERSIONS,
        TlsVersion::V13 => &ONLY_TLS13,
    }
}

fn judge(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Judge, MqttError> {
    Ok(match tls.trust {
        Trust::Pinned(fingerprint) => Judge::Pinned(fingerprint),
        Trust::Anything => Judge::Anything,
        Trust::System | Trust::CaFile => {
            let chosen = chosen(tls)?;
            let roots = Arc::new(roots(tls, &chosen)?);
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
            let verifier = verifier.build().map_err(|error| {
                setup(format!("The authorities cannot be used: {error}"), "Choose another CA file")
            });
            Judge::Authorities { inner: verifier?, chosen }
        }
    })
}

/// The certificates of the CA file.
fn chosen(tls: &Tls) -> Result<Vec<CertificateDer<'static>>, MqttError> {
    let path = tls.ca_file.as_deref().filter(|path| !path.is_empty());
    path.map_or_else(|| Ok(Vec::new()), files::certificates)
}

fn roots(tls: &Tls, chosen: &[CertificateDer<'static>]) -> Result<RootCertStore, MqttError> {
    let mut roots = RootCertStore::empty();
    if tls.trust == Trust::System {
        // One that cannot be read is of no use, and no reason to do without the others.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    for certificate in chosen {
        roots.add(certificate.clone()).map_err(|error| {
            let path = tls.ca_file.as_deref().unwrap_or_default();
            let what = format!("A certificate in {path} cannot be used as an authority: {error}");
            setup(what, "Choose the file with the certificate of the authority")
        })?;
    }
    if roots.is_empty() {
        let what = "This system has no certificate authorities".to_owned();
        return Err(setup(what, "Choose a CA file, or install the system's certificates"));
    }
    Ok(roots)
}

fn unusable(error: rustls::Error) -> MqttError {
    setup(format!("These TLS settings cannot be used: {error}"), "Choose another lowest version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_keys_are_written_down_only_when_that_is_set() {
        for key_log in [false, true] {
            let tls = Tls { trust: Trust::Anything, key_log, ..Tls::default() };
            let config = configure(&tls, None, Arc::default()).unwrap();
            assert_eq!(config.key_log.will_log("CLIENT_RANDOM"), key_log);
        }
    }
}
