//! Looking at other moments: densities, pictures of the past, what differs, and history files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use wiretree_model::Timestamp;
use wiretree_session::{
    Beside, Cursor, Gesture, History, Inspector, Limits, Moment, Outlook, Past, Query, Reader,
    SessionError, blocking, changes,
};

use crate::sights::Sight;
use crate::state::AppState;
use crate::wire::{self, AppError, FoundMoment, HistoryFile, OpenedPast, PastFrame, Timeline};
use crate::{choosing, querying, stream};

/// The most parts of a timeline, and the most topics in a page of differences.
const MOST: usize = 500;
/// The most gaps that a timeline looks through.
const GAPS: usize = 1_000;

/// How the messages of a scope lie in time; without a scope, those of the whole connection.
///
/// # Errors
/// The history cannot be read.
pub(crate) async fn timeline(
    sight: Sight,
    scope: Option<wire::Scope>,
    (from, to): (i64, i64),
    parts: u32,
) -> Result<Timeline, AppError> {
    let query = query(&sight, scope);
    let (from, to) = (Timestamp(from), Timestamp(to));
    let parts = (parts as usize).min(MOST);
    let timeline = blocking(move || {
        let density = sight.reader.density(&query, from, to, parts)?;
        let mut gaps = sight.reader.gaps(sight.log, GAPS)?;
        gaps.retain(|gap| gap.from < to && gap.to.is_none_or(|end| end > from));
        Ok(Timeline::from_session(density, &gaps))
    });
    Ok(timeline.await?)
}

/// When the first and the last message of a scope came.
///
/// # Errors
/// The history cannot be read.
pub(crate) async fn span(
    sight: Sight,
    scope: Option<wire::Scope>,
) -> Result<Option<wire::Span>, AppError> {
    let query = query(&sight, scope);
    let span = blocking(move || Ok(sight.reader.span(&query)?)).await?;
    Ok(span.map(|(first, last)| wire::Span { first: first.0, last: last.0 }))
}

/// Goes back to a moment, looking at it as `sight` is looked at.
///
/// # Errors
/// The history cannot be read, or has no such message.
pub(crate) async fn travel(
    state: &AppState,
    sight: Sight,
    moment: Moment,
    (first, count): (u32, u32),
    frames: Channel<PastFrame>,
) -> Result<OpenedPast, AppError> {
    let outlook = sight.outlook().await?;
    let Sight { reader, log, inspector, .. } = sight;
    let of = reader.clone();
    let past = blocking(move || open_past(of, log, moment, &outlook)).await?;
    past.look(Gesture::SetWindow { first: first as usize, count: count as usize });
    Ok(show(state, Sight::past(reader, inspector, past), frames))
}

/// The message of a scope just before or after the moment that is looked at.
///
/// # Errors
/// It is no moment that is looked at, or the history cannot be read.
pub(crate) async fn beside(
    sight: Sight,
    scope: Option<wire::Scope>,
    side: Beside,
) -> Result<Option<i64>, AppError> {
    let open = sight.moment().ok_or_else(AppError::not_open)?;
    let (open, scope) = (Arc::clone(open), query(&sight, scope).scope);
    Ok(blocking(move || open.past.beside(scope, side)).await?)
}

/// Where in the history a moment is.
///
/// # Errors
/// The history cannot be read, or has no such message.
pub(crate) async fn find(sight: Sight, moment: Moment) -> Result<FoundMoment, AppError> {
    let (position, at) = blocking(move || moment.find(&sight.reader, sight.log)).await?;
    Ok(FoundMoment { position, at: at.0 })
}

/// What became of the topics between two positions.
///
/// # Errors
/// The history cannot be read.
pub(crate) async fn difference(
    sight: Sight,
    between: (i64, i64),
    cursor: Option<String>,
    limit: u32,
) -> Result<wire::Difference, AppError> {
    let cursor = cursor.and_then(|cursor| cursor.parse::<Cursor>().ok());
    let limit = (limit as usize).min(MOST);
    let found = blocking(move || changes(&sight.reader, sight.log, between, cursor, limit));
    Ok(wire::Difference::from_session(&found.await?))
}

/// Lets the user choose a history file, and opens it; none: no choice was made.
///
/// # Errors
/// It cannot be read, or is no history that this version knows.
pub(crate) async fn choose(app: &AppHandle) -> Result<Option<HistoryFile>, AppError> {
    match choosing::history(app).await {
        Some(path) => open_file(&app.state::<AppState>(), path).await.map(Some),
        None => Ok(None),
    }
}

/// Opens a history file, for reading only.
///
/// # Errors
/// It cannot be read, or is no history that this version knows.
pub(crate) async fn open_file(state: &AppState, path: PathBuf) -> Result<HistoryFile, AppError> {
    let of = path.clone();
    let (reader, connections) = blocking(move || {
        let reader = History::open_read_only(&of)?;
        let connections = reader.connections()?;
        Ok((reader, connections))
    })
    .await?;
    let number = state.number();
    state.sights.insert_file(number, reader);
    Ok(HistoryFile::new(number, &path, &connections))
}

/// Opens the history of this window, for reading only.
///
/// # Errors
/// It could not be opened, or cannot be read.
pub(crate) async fn open_own(state: &AppState) -> Result<HistoryFile, AppError> {
    let path = state.history().await?.path().to_owned();
    open_file(state, path).await
}

/// Shows one connection of a file that was opened, as of its end.
///
/// # Errors
/// The file was not opened, has no such connection, or cannot be read.
pub(crate) async fn show_file(
    state: &AppState,
    file: u32,
    key: String,
    frames: Channel<PastFrame>,
) -> Result<OpenedPast, AppError> {
    let reader = state.sights.file(file).ok_or_else(AppError::not_open)?;
    let of = reader.clone();
    let past = blocking(move || match of.connection(&key)? {
        Some(found) => open_past(of, found.id, Moment::End, &Outlook::default()).map(Some),
        None => Ok(None),
    });
    let past = past.await?.ok_or_else(AppError::not_open)?;
    let inspector = Arc::new(Inspector::new(reader.clone()));
    Ok(show(state, Sight::past(reader, inspector, past), frames))
}

/// The name of a file without its folders.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn open_past(
    reader: Reader,
    log: wiretree_session::ConnectionId,
    moment: Moment,
    outlook: &Outlook,
) -> Result<Past, SessionError> {
    Past::open(reader, log, moment, outlook, (Limits::default(), rand::random()))
}

fn show(state: &AppState, sight: Sight, frames: Channel<PastFrame>) -> OpenedPast {
    let connection = state.number();
    let opened = sight.moment().map_or((0, 0), |open| (open.past.position(), open.past.moment().0));
    state.sights.insert(connection, sight.clone());
    stream::start_past(sight, frames);
    OpenedPast { connection, position: opened.0, at: opened.1 }
}

fn query(sight: &Sight, scope: Option<wire::Scope>) -> Query {
    Query { connection: Some(sight.log), scope: querying::scope(scope), ..Query::default() }
}
