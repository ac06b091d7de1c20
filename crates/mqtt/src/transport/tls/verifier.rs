//! Decides about the server's certificate, and remembers what was shown.
//!
//! Promises: whatever is trusted, the server has to prove by its signature that it holds the key of
//! the certificate it shows; the certificates are remembered also when they are refused.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};

use super::certificate;
use crate::transport::facts::Certificate;

/// The certificates of one handshake, the server's own first.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Vec<CertificateDer<'static>>>);

impl Seen {
    fn note(&self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) {
        let chain = std::iter::once(own).chain(others);
        let chain = chain.map(|each| each.clone().into_owned()).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = chain;
    }

    /// The bytes as they came.
    pub(super) fn raw(&self) -> Vec<CertificateDer<'static>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The certificates for looking at.
    pub(super) fn chain(&self) -> Vec<Certificate> {
        self.raw().iter().map(|der| certificate::describe(der)).collect()
    }
}

/// What decides.
pub(super) enum Judge {
    /// Authorities, validity, host name, purpose; `chosen` are those of the CA file.
    Authorities { inner: Arc<WebPkiServerVerifier>, chosen: Vec<CertificateDer<'static>> },
    /// The fingerprint alone.
    Pinned([u8; 32]),
    /// Nothing.
    Anything,
}

/// A verifier that remembers what it saw.
pub(super) struct Verifier {
    pub(super) judge: Judge,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    pub(super) seen: Arc<Seen>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Verifier")
    }
}

/// A server may show the very certificate that was chosen as authority: one that `openssl req -x509`
/// makes is both. The verifier of rustls takes no authority for a server, so name and time are looked
/// at here; that it was chosen stands for the rest.
fn if_chosen_itself(
    own: &CertificateDer<'_>,
    chosen: &[CertificateDer<'static>],
    name: &ServerName<'_>,
    now: UnixTime,
    error: rustls::Error,
) -> Result<ServerCertVerified, rustls::Error> {
    let other = matches!(&error, rustls::Error::InvalidCertificate(CertificateError::Other(_)));
    if !other || !chosen.iter().any(|each| each == own) || !certificate::is_valid_at(own, now) {
        return Err(error);
    }
    verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
    Ok(ServerCertVerified::assertion())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.seen.note(own, others);
        match &self.judge {
            Judge::Authorities { inner, chosen } => {
                let verified = inner.verify_server_cert(own, others, name, ocsp, now);
                verified.or_else(|error| if_chosen_itself(own, chosen, name, now, error))
            }
            Judge::Pinned(wanted) if certificate::fingerprint(own) != *wanted => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            Judge::Pinned(_) | Judge::Anything => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, own, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verified = verify_tls13_signature(message, own, signature, &self.algorithms);
        match (&self.judge, certificate::public_key(own)) {
            // Certificates of X.509 version 1 cannot be read by the verifier; their key can be.
            (Judge::Pinned(_) | Judge::Anything, Some(key)) if verified.is_err() => {
                let key = SubjectPublicKeyInfoDer::from(key);
                verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
            }
            _ => verified,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
