//! TLS: which certificates are trusted, and which one is shown.

use std::fs;

use clap::ValueEnum;
use wiretree_model::{
    ClientCertificate, ClientCertificateFiles, PasswordSource, Secret, Tls, TlsVersion, Trust,
};

use super::parsing::parse_fingerprint;
use crate::console::warn;
use crate::error::CliError;
use crate::password;

#[derive(clap::Args)]
#[command(next_help_heading = "TLS (mqtts:// and wss://)")]
pub(super) struct TlsOptions {
    /// File with the certificate authorities to trust, PEM or DER, instead of the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<String>,
    /// Trust the system's authorities beside those of --ca-file
    #[arg(long, requires = "ca_file")]
    system_roots: bool,
    /// Trust this one certificate only, whoever signed it: its SHA-256 in hex
    #[arg(long, value_name = "SHA256", value_parser = parse_fingerprint, conflicts_with = "ca_file")]
    pin: Option<[u8; 32]>,
    /// Do not verify the broker's certificate: whoever is on the way can read and change everything
    #[arg(long, conflicts_with_all = ["ca_file", "pin"])]
    insecure: bool,
    /// Client certificate, PEM, with the authorities between it and the root
    #[arg(long, value_name = "FILE")]
    cert: Option<String>,
    /// Key of the client certificate, PEM; the file of --cert unless given. The passphrase of an
    /// encrypted one comes from WIRETREE_KEY_PASSPHRASE, or is asked for at the terminal
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<String>,
    /// Client certificate and key together in a PKCS#12 file
    #[arg(long, value_name = "FILE", conflicts_with = "cert")]
    p12: Option<String>,
    /// Name to ask for and to check, instead of the host (SNI)
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,
    /// Protocols to offer by ALPN, in order, with commas between them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    alpn: Vec<String>,
    /// Lowest version of TLS to take
    #[arg(long, value_enum, value_name = "V")]
    tls_min: Option<Version>,
    /// Write the session keys to the file that SSLKEYLOGFILE names; whoever has it can read
    /// everything
    #[arg(long)]
    key_log: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Version {
    #[value(name = "1.2")]
    V12,
    #[value(name = "1.3")]
    V13,
}

impl TlsOptions {
    pub(super) fn to_tls(&self) -> Tls {
        Tls {
            trust: match (self.pin, &self.ca_file) {
                _ if self.insecure => Trust::Anything,
                (Some(fingerprint), _) => Trust::Pinned(fingerprint),
                (None, Some(_)) if !self.system_roots => Trust::CaFile,
                (None, _) => Trust::System,
            },
            ca_file: self.ca_file.clone(),
            client: self
                .files()
                .map(|files| ClientCertificate { files, passphrase: PasswordSource::Ask }),
            server_name: self.sni.clone(),
            alpn: self.alpn.clone(),
            minimum_version: match self.tls_min {
                None | Some(Version::V12) => TlsVersion::V12,
                Some(Version::V13) => TlsVersion::V13,
            },
            key_log: self.key_log,
        }
    }

    fn files(&self) -> Option<ClientCertificateFiles> {
        match (&self.cert, &self.p12) {
            (Some(certificate), _) => Some(ClientCertificateFiles::Pem {
                certificate: certificate.clone(),
                key: self.key.as_ref().unwrap_or(certificate).clone(),
            }),
            (None, Some(file)) => Some(ClientCertificateFiles::Pkcs12 { file: file.clone() }),
            (None, None) => None,
        }
    }

    /// The passphrase of the key, if it needs one.
    ///
    /// # Errors
    /// [`CliError::Password`].
    pub(super) fn passphrase(&self) -> Result<Option<Secret>, CliError> {
        let (file, encrypted) = match self.files() {
            None => return Ok(None),
            Some(ClientCertificateFiles::Pkcs12 { file }) => (file, true),
            // A file that cannot be read is the business of whoever connects.
            Some(ClientCertificateFiles::Pem { key, .. }) => {
                let text = fs::read(&key).unwrap_or_default();
                let encrypted = text.windows(9).any(|word| word == b"ENCRYPTED");
                (key, encrypted)
            }
        };
        if !encrypted {
            return Ok(None);
        }
        password::find(password::KEY, &format!("Passphrase of {file}"))
    }

    /// Says loudly what gives protection away.
    pub(super) fn warn(&self) {
        if self.insecure {
            warn(
                "NOT SECURE: the certificate of the broker is not verified (--insecure). Whoever \
                 is on the way can read and change everything, the password included",
            );
        }
        if self.key_log {
            warn(
                "NOT SECURE: the keys of this connection are written to the file that \
                 SSLKEYLOGFILE names (--key-log)",
            );
        }
    }

    /// Refuses these options where there is no TLS: whoever gives one counts on it.
    ///
    /// # Errors
    /// [`CliError::Usage`].
    pub(super) fn check_absent(&self) -> Result<(), CliError> {
        let given = [
            (self.ca_file.is_some(), "--ca-file"),
            (self.pin.is_some(), "--pin"),
            (self.insecure, "--insecure"),
            (self.cert.is_some(), "--cert"),
            (self.p12.is_some(), "--p12"),
            (self.sni.is_some(), "--sni"),
            (!self.alpn.is_empty(), "--alpn"),
            (self.tls_min.is_some(), "--tls-min"),
            (self.key_log, "--key-log"),
        ];
        match given.iter().find(|(given, _)| *given) {
            Some((_, option)) => Err(CliError::Usage(format!(
                "{option} belongs to TLS: give the broker as mqtts:// or wss://"
            ))),
            None => Ok(()),
        }
    }
}
