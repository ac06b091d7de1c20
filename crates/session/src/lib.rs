//! Joins the parts: one actor for each open connection, what a window shows of it, and jobs.
//!
//! The doors (window and command line) know this crate and none below it: what they need of the
//! edges is passed through here. Reading the history never goes through the actor.

mod actor;
mod blocking;
mod claim;
mod clock;
mod counters;
mod error;
mod export;
mod frame;
mod gaps;
mod handle;
mod history_mark;
mod import;
mod inspect;
mod job;
mod keeping;
mod pace;
mod packets;
mod past;
mod picture;
pub mod replay;
mod spec;
mod subscriptions;
mod suggest;
mod usage;

pub use blocking::blocking;
pub use counters::Totals;
pub use error::SessionError;
pub use export::{
    Estimate, Existing, Export, ExportForm, ExportNews, ExportOrder, Exported, RecordSink, Split,
    SplitError, Sunk, Walked, estimate as estimate_export, free_path, named_path,
    write as write_export,
};
pub use frame::{Frame, Selection};
pub use handle::Session;
pub use import::{
    Import, ImportFile, ImportNews, ImportOrder, ImportPreview, Imported, ImportedInto,
    ImportedSoFar, MessagesPreview, Naming,
};
pub use inspect::{Detail, Inspector, LineChange, Lines, PayloadView, ShownAs, ShownLine};
pub use job::News;
pub use keeping::{RemovalJob, RemovalNews, RemovalOrder, Removed, effect_of, rules_of};
pub use packets::{
    Handshake, HandshakeStep, PacketDetail, PacketExportOrder, PacketFilter, PacketKind, PacketRow,
    PacketWindow, PacketWriter, Packets,
};
pub use past::{Beside, Difference, DifferentTopic, Moment, Past, PastFrame, Value, changes};
pub use picture::Gesture;
pub use spec::{Secrets, Seeding, SessionSpec, Summary, connect_options};
pub use subscriptions::SubscriptionState;
pub use suggest::suggest;
pub use usage::Usage;

pub use wiretree_mqtt::{
    Certificate, Check, ConnectOptions, Connection, Event, Events, Farewell, Finding, FindingId,
    FindingStatus, MqttError, Notice, ProbeReport, PublishOutcome, PublishTicket, Reason,
    ServerLimits, State, Step as ConnectStep, SubscribeOutcome, TlsFacts, Trace, TraceEntry,
    TraceExtent, Traced, TransportFacts, UnsubscribeOutcome, examine, open as connect, probe,
};
pub use wiretree_payload as payload;
pub use wiretree_query as query;
pub use wiretree_store::{
    Change, ChangeKind, Checked, ClearOrder, Cleared, ConnectionId, ConnectionSize, Cursor,
    Damaged, Density, Effect, Gap, History, Mended, Page, Policies, Policy, Profiles, Progressed,
    Pruned, PublishEnding, Query, Reader, Removal, Salvaged, Scope, SessionStart,
    State as StoredState, StoreError, StoredConnection, StoredMessage, StoredOutcome,
    StoredSession, TopicState,
};
pub use wiretree_transfer::import::connections::{
    CertificatePart, ConnectionFile, EmbeddedFile, ImportedConnection, RefusedConnection,
};
pub use wiretree_transfer::import::{FileKind as ImportKind, ImportError, Offset as ImportOffset};
pub use wiretree_transfer::packets::Format as PacketFormat;
pub use wiretree_transfer::{
    Format, Formulas, Record, TableExtent, TransferError, Writer as RecordWriter,
};
pub use wiretree_tree::{Limits, NodeId, Outlook, Preview, Row, Step, Window};
pub use wiretree_wire::{FieldValue, PacketType, Problem as PacketProblem};
