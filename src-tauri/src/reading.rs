//! Reading the history for the page: questions in, pages and lines out.

use std::time::Duration;

use wiretree_model::Timestamp;
use wiretree_session::{Cursor, Query, blocking};

use crate::querying;
use crate::state::Open;
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
pub(crate) fn query(open: &Open, query: HistoryQuery) -> Result<Query, AppError> {
    Ok(Query {
        connection: Some(open.session.log()),
        scope: querying::scope(query.scope),
        contains: None,
        matching: querying::expression(&query.text, query.utc_offset_minutes)?,
        from: query.from.map(Timestamp),
        to: query.to.map(Timestamp),
    })
}

/// Some messages, newest first.
///
/// # Errors
/// The history cannot be read.
pub(crate) async fn page(
    open: Open,
    question: HistoryQuery,
    cursor: Option<String>,
    limit: u32,
) -> Result<HistoryPage, AppError> {
    let query = query(&open, question)?;
    let cursor = cursor.and_then(|cursor| cursor.parse::<Cursor>().ok());
    let limit = (limit as usize).min(MOST);
    let reader = open.session.reader().clone();
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
pub(crate) async fn detail(open: Open, message: i64) -> Result<MessageDetail, AppError> {
    let detail = blocking(move || open.inspector.detail(message)).await?;
    Ok(MessageDetail::from_session(&detail))
}

/// Lines of a payload, marked where they differ from another message.
///
/// # Errors
/// It is not in the history, or that cannot be read.
pub(crate) async fn lines(
    open: Open,
    message: i64,
    compare_with: Option<i64>,
    view: PayloadView,
    first: u32,
    count: u32,
) -> Result<LinePage, AppError> {
    let window = first as usize..first as usize + (count as usize).min(MOST);
    let view = view.into();
    let inspector = open.inspector;
    let lines = blocking(move || inspector.lines(message, compare_with, view, window)).await?;
    Ok(LinePage::from_session(lines))
}

/// Two payloads in one list.
///
/// # Errors
/// One of them is not in the history, or that cannot be read.
pub(crate) async fn diff(
    open: Open,
    message: i64,
    compare_with: i64,
    first: u32,
    count: u32,
) -> Result<LinePage, AppError> {
    let window = first as usize..first as usize + (count as usize).min(MOST);
    let lines = blocking(move || open.inspector.diff(message, compare_with, window)).await?;
    Ok(LinePage::from_session(lines))
}

/// The bytes of a payload.
///
/// # Errors
/// It is not in the history, or that cannot be read.
pub(crate) async fn payload(open: Open, message: i64) -> Result<Vec<u8>, AppError> {
    Ok(blocking(move || open.inspector.payload(message)).await?.to_vec())
}
