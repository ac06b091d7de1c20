//! Reading the history for the page: questions in, pages and lines out.

use std::time::Duration;

use wiretree_model::Timestamp;
use wiretree_session::{Cursor, Query, blocking};

use crate::querying;
use crate::sights::Sight;
use crate::wire::{
    AppError, Damaged, Gap, HistoryItem, HistoryPage, HistoryQuery, LinePage, MessageDetail,
    PayloadView,
};

/// How long a page may take before it comes back with what it has.
const BUDGET: Duration = Duration::from_millis(150);
/// The most messages in a page, and the most lines.
const MOST: usize = 500;

/// The page's question in the history's terms.
///
/// # Errors
/// Its text is no query.
pub(crate) fn query(sight: &Sight, query: HistoryQuery) -> Result<Query, AppError> {
    Ok(Query {
        connection: Some(sight.log),
        scope: querying::scope(query.scope),
        contains: None,
        matching: querying::expression(&query.text, query.utc_offset_minutes)?,
        from: query.from.map(Timestamp),
        to: query.to.map(Timestamp),
    })
}

/// The same, bounded by the clock where a moment is looked at.
///
/// # Errors
/// Its text is no query.
pub(crate) fn query_by_then(sight: &Sight, question: HistoryQuery) -> Result<Query, AppError> {
    let mut query = query(sight, question)?;
    if let Some(open) = sight.moment() {
        let end = Timestamp(open.past.moment().0.saturating_add(1));
        query.to = Some(query.to.map_or(end, |to| to.min(end)));
    }
    Ok(query)
}

/// Some messages, newest first; where a moment is looked at, none that came later.
///
/// # Errors
/// The history cannot be read.
pub(crate) async fn page(
    sight: Sight,
    question: HistoryQuery,
    cursor: Option<String>,
    limit: u32,
) -> Result<HistoryPage, AppError> {
    let query = query(&sight, question)?;
    let cursor = cursor.and_then(|cursor| cursor.parse::<Cursor>().ok());
    let then = sight.moment().map(|open| Cursor::up_to(open.past.position()));
    let cursor = cursor.or(then);
    let limit = (limit as usize).min(MOST);
    let reader = sight.reader;
    let page = blocking(move || Ok(reader.page(&query, cursor, limit, BUDGET)?)).await?;
    Ok(HistoryPage {
        items: page.items.iter().map(HistoryItem::from_session).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        searched_to: page.searched_to.map(|moment| moment.0),
        scanned: page.scanned,
        gaps: page.gaps.iter().map(Gap::from_session).collect(),
        damaged: page.damaged.iter().map(Damaged::from_session).collect(),
    })
}

/// All of a message but its payload.
///
/// # Errors
/// It is not in the history, or that cannot be read.
pub(crate) async fn detail(sight: Sight, message: i64) -> Result<MessageDetail, AppError> {
    let detail = blocking(move || sight.inspector.detail(message)).await?;
    Ok(MessageDetail::from_session(&detail))
}

/// Lines of a payload, marked where they differ from another message.
///
/// # Errors
/// It is not in the history, or that cannot be read.
pub(crate) async fn lines(
    sight: Sight,
    message: i64,
    compare_with: Option<i64>,
    view: PayloadView,
    first: u32,
    count: u32,
) -> Result<LinePage, AppError> {
    let window = first as usize..first as usize + (count as usize).min(MOST);
    let view = view.into();
    let inspector = sight.inspector;
    let lines = blocking(move || inspector.lines(message, compare_with, view, window)).await?;
    Ok(LinePage::from_session(lines))
}

/// Two payloads in one list.
///
/// # Errors
/// One of them is not in the history, or that cannot be read.
pub(crate) async fn diff(
    sight: Sight,
    message: i64,
    compare_with: i64,
    first: u32,
    count: u32,
) -> Result<LinePage, AppError> {
    let window = first as usize..first as usize + (count as usize).min(MOST);
    let lines = blocking(move || sight.inspector.diff(message, compare_with, window)).await?;
    Ok(LinePage::from_session(lines))
}

/// The bytes of a payload.
///
/// # Errors
/// It is not in the history, or that cannot be read.
pub(crate) async fn payload(sight: Sight, message: i64) -> Result<Vec<u8>, AppError> {
    Ok(blocking(move || sight.inspector.payload(message)).await?.to_vec())
}
