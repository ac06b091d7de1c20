//! Where passwords come from: the environment, or a prompt that shows nothing. Never from an
//! option, which everybody on the machine could read.

use std::env;
use std::io::{self, IsTerminal};

use wiretree_model::Secret;

use crate::error::CliError;

/// The password for the broker.
pub(crate) const BROKER: &str = "WIRETREE_PASSWORD";
/// The passphrase of the key of the client certificate.
pub(crate) const KEY: &str = "WIRETREE_KEY_PASSPHRASE";
/// The password for the proxy.
pub(crate) const PROXY: &str = "WIRETREE_PROXY_PASSWORD";

/// What the variable holds, or what somebody at the terminal types; set but empty, the variable
/// says that there is no password, and nobody is asked.
///
/// # Errors
/// [`CliError::Password`]: the terminal failed.
pub(crate) fn find(variable: &'static str, whose: &str) -> Result<Option<Secret>, CliError> {
    let bytes = match env::var_os(variable) {
        Some(value) => value.into_encoded_bytes(),
        None if io::stdin().is_terminal() => {
            let typed = rpassword::prompt_password(format!("{whose}: "));
            typed.map_err(|cause| CliError::Password { cause, variable })?.into_bytes()
        }
        None => return Ok(None),
    };
    Ok((!bytes.is_empty()).then(|| Secret::new(bytes)))
}
