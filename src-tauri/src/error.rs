//! The door's errors: whatever failed below becomes a code, a sentence and a detail for the page.

use wiretree_demo::DemoError;
use wiretree_session::{ImportError, MqttError, Notice, SessionError, StoreError};

use crate::wire::AppError;

impl AppError {
    /// An error of the door itself.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: sentence(&message.into()), detail: None }
    }

    /// The page spoke of a connection that is not open.
    pub(crate) fn not_open() -> Self {
        Self::new("not-open", "This connection is not open any more. Open it again to go on.")
    }

    /// A QoS that MQTT does not have.
    pub(crate) fn bad_qos() -> Self {
        Self::new("qos-invalid", "The QoS is 0, 1 or 2. Choose one of them")
    }

    /// The connection is somebody's production, and nobody has unlocked it.
    pub(crate) fn read_only() -> Self {
        let message = "Nothing was sent: this is a production connection, and it is read-only. \
                       Unlock it to go on";
        Self::new("read-only", message)
    }
}

/// Gives a sentence its capital letter and its full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return String::new() };
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), characters.as_str())
}

impl From<SessionError> for AppError {
    fn from(error: SessionError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<&StoreError> for AppError {
    fn from(error: &StoreError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<&MqttError> for AppError {
    fn from(error: &MqttError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<&Notice> for AppError {
    fn from(notice: &Notice) -> Self {
        Self::new(notice.code(), notice.to_string())
    }
}

impl From<ImportError> for AppError {
    fn from(error: ImportError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<DemoError> for AppError {
    fn from(error: DemoError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_shows_is_a_sentence() {
        assert_eq!(AppError::new("x", "the disk is full").message, "The disk is full.");
        assert_eq!(AppError::new("x", "Is it on?").message, "Is it on?");
        assert_eq!(AppError::new("x", "über").message, "Über.");
    }
}
