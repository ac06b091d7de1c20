//! The client certificate and its key: PEM in all its forms, and PKCS#12.
//!
//! Blocks; a key derivation may take a second. Promises: keys are wiped when dropped as far as they
//! are ours, and no error says anything of a key or its passphrase.

use p12_keystore::Pkcs12Archive;
use pkcs8::EncryptedPrivateKeyInfoRef;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use wiretree_model::{ClientCertificateFiles, Secret};

use super::files::{self, setup};
use super::pem;
use crate::MqttError;

/// A client certificate: the chain, its own certificate first, and the key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads what the setting names.
///
/// # Errors
/// The file that cannot be used, and why; a missing or wrong passphrase.
pub(super) fn load(
    files: &ClientCertificateFiles,
    passphrase: Option<&Secret>,
) -> Result<Identity, MqttError> {
    match files {
        ClientCertificateFiles::Pem { certificate, key } => {
            Ok((files::certificates(certificate)?, pem_key(key, passphrase)?))
        }
        ClientCertificateFiles::Pkcs12 { file } => pkcs12(file, passphrase),
    }
}

fn pem_key(path: &str, passphrase: Option<&Secret>) -> Result<PrivateKeyDer<'static>, MqttError> {
    let bytes = files::read(path)?;
    let sections = std::str::from_utf8(&bytes).map(pem::sections).unwrap_or_default();
    let Some(section) = sections.into_iter().find(|section| section.label.ends_with("PRIVATE KEY"))
    else {
        // No PEM: maybe the bare DER of one of the three.
        let bare = PrivateKeyDer::try_from(bytes.to_vec());
        return bare.map_err(|_| {
            let what = format!("{path} has no private key in it that can be read");
            setup(what, "Choose the PEM file with the key of the certificate")
        });
    };
    if section.old_encryption {
        let what = format!("The key in {path} is encrypted in OpenSSL's old way");
        let advice = "Convert it with: openssl pkcs8 -topk8 -in old.pem -out new.pem";
        return Err(setup(what, advice));
    }
    let der = section.der.to_vec();
    match section.label.as_str() {
        "ENCRYPTED PRIVATE KEY" => decrypt(path, &der, passphrase),
        "RSA PRIVATE KEY" => Ok(PrivatePkcs1KeyDer::from(der).into()),
        "EC PRIVATE KEY" => Ok(PrivateSec1KeyDer::from(der).into()),
        "PRIVATE KEY" => Ok(PrivatePkcs8KeyDer::from(der).into()),
        other => {
            let what = format!("The key in {path} is of a kind that TLS has no use for: {other}");
            Err(setup(what, "Choose the key that belongs to the certificate"))
        }
    }
}

/// Opens an encrypted PKCS#8 key (RFC 5958 §3).
fn decrypt(
    path: &str,
    der: &[u8],
    passphrase: Option<&Secret>,
) -> Result<PrivateKeyDer<'static>, MqttError> {
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| {
        let what = format!("The encryption of the key in {path} is not known here");
        setup(what, "Convert it with: openssl pkcs8 -topk8 -v2 aes256 -in old.pem -out new.pem")
    })?;
    let file = path.to_owned();
    let passphrase =
        passphrase.ok_or_else(|| MqttError::PassphraseNeeded { file: file.clone() })?;
    let opened = encrypted
        .decrypt(passphrase.expose_bytes())
        .map_err(|_| MqttError::PassphraseWrong { file })?;
    Ok(PrivatePkcs8KeyDer::from(opened.as_bytes().to_vec()).into())
}

/// Opens a PKCS#12 file (RFC 7292). Without a passphrase the empty one is tried.
fn pkcs12(path: &str, passphrase: Option<&Secret>) -> Result<Identity, MqttError> {
    let bytes = files::read(path)?;
    let file = path.to_owned();
    let text = passphrase.map(Secret::expose_bytes).unwrap_or_default();
    let text =
        std::str::from_utf8(text).map_err(|_| MqttError::PassphraseWrong { file: file.clone() })?;
    let archive = Pkcs12Archive::from_pkcs12(&bytes, text).map_err(|error| match error {
        p12_keystore::error::Error::MacError(_) | p12_keystore::error::Error::Pkcs5Error(_)
            if passphrase.is_none() =>
        {
            MqttError::PassphraseNeeded { file: file.clone() }
        }
        p12_keystore::error::Error::MacError(_) | p12_keystore::error::Error::Pkcs5Error(_) => {
            MqttError::PassphraseWrong { file: file.clone() }
        }
        error => setup(
            format!("{path} cannot be read as a PKCS#12 file: {error}"),
            "Choose a .p12 or .pfx file, or give certificate and key as PEM files",
        ),
    })?;
    identity(&archive).ok_or_else(|| {
        let what = format!("{path} has no certificate together with its key in it");
        setup(what, "Export it again with its private key")
    })
}

/// The first key, its certificate, and the authorities above it.
fn identity(archive: &Pkcs12Archive) -> Option<Identity> {
    let bag = archive.keys.first()?;
    let id = bag.local_key_id.as_ref().map(AsRef::as_ref);
    let own = archive
        .certs
        .iter()
        .find(|each| each.local_key_id.is_some() && each.local_key_id.as_deref() == id)
        .or_else(|| archive.certs.first())?;
    let mut chain = vec![&own.cert];
    while let Some(last) = chain.last() {
        let above = archive.certs.iter().map(|each| &each.cert);
        let above = above.clone().find(|each| {
            each.subject() == last.issuer()
                && !chain.iter().any(|known| known.as_der() == each.as_der())
        });
        match above {
            Some(above) => chain.push(above),
            None => break,
        }
    }
    let chain = chain.iter().map(|each| CertificateDer::from(each.as_der().to_vec())).collect();
    let key = PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec());
    Some((chain, key.into()))
}
