//! TLS below MQTT, by rustls.
//!
//! Promises: a certificate that is not trusted ends the handshake, so that CONNECT with its password
//! is never sent; the error names the cause, and carries the certificates for looking at; nothing
//! here panics, whatever stands in the system's store or in the user's files.
//!
//! Deliberately absent: TLS before 1.2, going back to plain text, asking whether to go on.

mod certificate;
mod fault;
mod files;
mod keys;
mod pem;
mod settings;
mod verifier;

use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wiretree_model::{Tls, Trust};

use super::BoxedStream;
use super::facts::TlsFacts;
use crate::{ConnectOptions, MqttError};

pub(super) use fault::in_words;
use verifier::Seen;

/// Makes the handshake. The name that is asked for and checked is the host, unless the settings
/// give another.
///
/// # Errors
/// Files that cannot be used, a certificate that is not trusted, or a handshake that failed.
pub(super) async fn secure(
    stream: BoxedStream,
    options: &ConnectOptions,
    tls: &Tls,
) -> Result<(TlsStream<BoxedStream>, TlsFacts), MqttError> {
    let name = tls.server_name.as_deref().unwrap_or_else(|| options.bare_host());
    let server_name = ServerName::try_from(name.to_owned()).map_err(|_| MqttError::TlsSetup {
        what: format!("{name:?} is not a name that TLS can ask for"),
        advice: "Enter the broker's host name as the server name".to_owned(),
    })?;
    let seen = Arc::new(Seen::default());
    let config = settings::load(tls, options.key_passphrase.clone(), &seen).await?;
    let started = Instant::now();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector
        .connect(server_name, stream)
        .await
        .map_err(|error| fault::during_handshake(&options.address(), name, &error, &seen))?;
    let session = stream.get_ref().1;
    let facts = TlsFacts {
        version: session.protocol_version().map_or_else(String::new, fault::version_in_words),
        cipher: session
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            .unwrap_or_default()
            .to_owned(),
        alpn: session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        chain: seen.chain(),
        handshake: started.elapsed(),
        verified: tls.trust != Trust::Anything,
    };
    Ok((stream, facts))
}
