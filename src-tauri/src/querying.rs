//! Queries of the page: read, checked and completed.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use wiretree_model::{Timestamp, Topic};
use wiretree_session::query::{Clock, Expression, QueryError, parse};
use wiretree_session::{Query, Scope, blocking, suggest};

use crate::sights::Sight;
use crate::wire::{self, AppError, QueryCompletion, QueryProblem, from_utf16};

/// Reads a query; `None`: it asks for everything.
///
/// # Errors
/// `query-invalid`: the page has checked it before, so this is rare.
pub(crate) fn expression(
    text: &str,
    utc_offset_minutes: i32,
) -> Result<Option<Arc<Expression>>, AppError> {
    let expression = read(text, utc_offset_minutes).map_err(|error| {
        AppError::new(error.code(), format!("{} Change the search text", error.sentence))
    })?;
    Ok((!expression.is_everything()).then(|| Arc::new(expression)))
}

/// What is wrong with a query, if anything.
pub(crate) fn check(text: &str, utc_offset_minutes: i32) -> Option<QueryProblem> {
    read(text, utc_offset_minutes).err().map(|error| QueryProblem::new(text, error))
}

/// What could stand at the cursor, by what was recorded in the scope.
///
/// # Errors
/// The history cannot be read.
pub(crate) async fn complete(
    sight: Sight,
    question: Option<wire::Scope>,
    text: String,
    cursor: u32,
) -> Result<QueryCompletion, AppError> {
    let query = Query { connection: Some(sight.log), scope: scope(question), ..Query::default() };
    let found = blocking(move || {
        let found = suggest(&sight.reader, &query, &text, from_utf16(&text, cursor))?;
        Ok(QueryCompletion::new(&text, found))
    });
    Ok(found.await?)
}

/// The page's scope in the history's terms.
pub(crate) fn scope(scope: Option<wire::Scope>) -> Scope {
    let Some(wire::Scope { topic, subtree }) = scope else { return Scope::All };
    let topic = Topic::received(topic);
    if subtree { Scope::Subtree(topic) } else { Scope::Topic(topic) }
}

fn read(text: &str, utc_offset_minutes: i32) -> Result<Expression, QueryError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    parse(text, &Clock { now, utc_offset_minutes })
}
