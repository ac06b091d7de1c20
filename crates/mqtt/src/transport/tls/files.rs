//! Reads the files a TLS setting names: authorities, certificates, keys.
//!
//! Blocks; to be called where that may be. Promises: a file's size is bounded before it is read, and
//! an error names the file and what to do, never what stands in it.

use std::fs::File;
use std::io::Read;

use rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::pem;
use crate::MqttError;

/// Far above any bundle of authorities.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The bytes of a file, wiped when dropped.
pub(super) fn read(path: &str) -> Result<Zeroizing<Vec<u8>>, MqttError> {
    let fault =
        |cause: String| setup(format!("{path} cannot be read: {cause}"), "Choose the file again");
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(|error| fault(error.to_string()))?;
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| fault(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(fault("it is too large for a certificate or a key".to_owned()));
    }
    Ok(bytes)
}

/// The certificates in a file, PEM or DER.
pub(super) fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, MqttError> {
    let bytes = read(path)?;
    let found = match std::str::from_utf8(&bytes) {
        Ok(text) => pem::sections(text)
            .into_iter()
            .filter(|section| section.label.ends_with("CERTIFICATE"))
            .map(|section| CertificateDer::from(section.der.to_vec()))
            .collect(),
        Err(_) => vec![CertificateDer::from(bytes.to_vec())],
    };
    let readable = found.iter().all(|der| super::certificate::can_be_read(der));
    if found.is_empty() || !readable {
        let what = format!("{path} has no certificate in it that can be read");
        return Err(setup(what, "Choose a PEM or DER file with a certificate"));
    }
    Ok(found)
}

/// A setting of TLS that cannot be used.
pub(super) fn setup(what: String, advice: &str) -> MqttError {
    MqttError::TlsSetup { what, advice: advice.to_owned() }
}
