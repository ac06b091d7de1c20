//! Secrets on their way in. Nothing here can go out, and nothing here has Debug text.

use serde::Deserialize;
use specta::Type;

use super::{Encoding, TypedPayload};

/// What to do with a secret in the keychain when a profile is saved.
#[derive(Clone, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum PasswordInput {
    /// Leave it as it is.
    Keep,
    /// Put this one there.
    Set {
        /// The secret; it goes in and never comes back out.
        value: String,
        /// How the text is meant.
        encoding: Encoding,
    },
    /// Remove it.
    Clear,
}

/// What to do with the secrets of a profile when it is saved.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecretsInput {
    /// The password for the broker.
    pub password: PasswordInput,
    /// The passphrase of the client certificate's key.
    pub key_passphrase: PasswordInput,
    /// The password for the proxy.
    pub proxy_password: PasswordInput,
}

/// Secrets that the user has just typed for one connection.
#[derive(Clone, Default, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GivenSecrets {
    /// The password for the broker.
    pub password: Option<TypedPayload>,
    /// The passphrase of the client certificate's key.
    pub key_passphrase: Option<String>,
    /// The password for the proxy.
    pub proxy_password: Option<String>,
}
