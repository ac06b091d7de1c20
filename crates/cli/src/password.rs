//! Where the password comes from: the environment, or a prompt that shows nothing. Never from an
//! option, which everybody on the machine could read.

use std::env;
use std::io::{self, IsTerminal};

use wiretree_model::Secret;

use crate::address::Address;
use crate::error::CliError;

/// Set but empty, it says that there is no password, and nobody is asked.
const VARIABLE: &str = "WIRETREE_PASSWORD";

/// The password of a user, if there is one.
///
/// # Errors
/// [`CliError::Password`]: the terminal failed.
pub(crate) fn find(username: &str, address: &Address) -> Result<Option<Secret>, CliError> {
    let bytes = match env::var_os(VARIABLE) {
        Some(value) => value.into_encoded_bytes(),
        None if io::stdin().is_terminal() => {
            let prompt = format!("Password of {username} at {address}: ");
            rpassword::prompt_password(prompt).map_err(CliError::Password)?.into_bytes()
        }
        None => return Ok(None),
    };
    Ok((!bytes.is_empty()).then(|| Secret::new(bytes)))
}
