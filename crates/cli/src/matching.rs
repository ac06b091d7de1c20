//! Queries on the command line: read, and where they are wrong, shown with a caret below the spot.
//!
//! Moments without a zone are in UTC here, as all times on the command line are.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use wiretree_model::Timestamp;
use wiretree_session::query::{Clock, Expression, parse};

use crate::console::say;
use crate::error::CliError;

/// Reads a query; `None` for one that asks for everything.
///
/// # Errors
/// [`CliError::Usage`], when standard error has the query with the spot marked.
pub(crate) fn parse_query(text: &str) -> Result<Option<Arc<Expression>>, CliError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    match parse(text, &Clock { now, utc_offset_minutes: 0 }) {
        Ok(expression) if expression.is_everything() => Ok(None),
        Ok(expression) => Ok(Some(Arc::new(expression))),
        Err(error) => {
            say(error.pointed(text));
            let expected = match error.expected.as_str() {
                "" => String::new(),
                expected => format!(" Expected: {expected}"),
            };
            Err(CliError::Usage(format!("{}{expected}", error.sentence)))
        }
    }
}

/// The query of an option that may be missing.
///
/// # Errors
/// As [`parse_query`].
pub(crate) fn parse_option(text: Option<&String>) -> Result<Option<Arc<Expression>>, CliError> {
    text.map_or(Ok(None), |text| parse_query(text))
}
