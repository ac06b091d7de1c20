//! What can go wrong on the command line, and the exit code that tells a script of what kind it was.

use std::io;
use std::path::PathBuf;

use wiretree_demo::DemoError;
use wiretree_session::{ImportError, MqttError, SessionError, StoreError, TransferError};

/// Stands under the help of each command.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  Done
  1  Failed for a reason that is none of those below
  2  The command line is wrong
  3  The broker could not be reached, its certificate is not trusted, or the connection was lost
  4  The broker refused: the connection, every topic filter, or a message
  5  The history, or a file, could not be read or written; a key needs a passphrase
Standard error has the reason as a sentence.";

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// An option that only makes sense otherwise.
    #[error("{0}")]
    Usage(String),
    /// What the session or one of its edges said.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// What the demo said.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// Nothing would ever be received.
    #[error("The broker denied every topic filter, so nothing will ever come: {0}")]
    Denied(String),
    /// A step of an examination failed without an error of its own.
    #[error("Something is wrong with the connection. The steps above say what")]
    Unhealthy,
    /// The time was up.
    #[error("{printed} of {wanted} messages came within the time. Give more of it with --wait")]
    TooFew {
        /// How many came.
        printed: u64,
        /// How many were to come.
        wanted: u64,
    },
    /// Some messages of a publish failed; the first cause.
    #[error("{done} of {wanted} messages were delivered. {cause}")]
    Undelivered {
        /// How many the broker has for sure; with QoS 0, how many were handed to the network.
        done: u64,
        /// How many were to be published.
        wanted: u64,
        /// Why the first of the others failed.
        cause: MqttError,
    },
    /// Messages were received, and could not be written down.
    #[error("{count} messages were received and could not be stored. {cause}")]
    Lost {
        /// How many.
        count: u64,
        /// What the history said.
        cause: String,
    },
    /// Segments that are not Parquet yet.
    #[error(
        "{count} segments could not be converted and are kept. Record with the same --history and \
             --parquet again, and they are converted then"
    )]
    Unconverted {
        /// How many.
        count: usize,
    },
    /// Part of the history is damaged.
    #[error(
        "{count} messages in this history are damaged and were passed over; all others that were \
             asked for are there"
    )]
    Unreadable {
        /// How many.
        count: u64,
    },
    /// A payload that cannot be read.
    #[error("The payload could not be read from {path}: {cause}. Check the path")]
    Payload {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A payload beyond what MQTT can carry (MQTT 5 §1.5.5).
    #[error("{path} is larger than the 268,435,455 bytes that a message can carry")]
    PayloadTooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A file that cannot be made.
    #[error("{path} could not be written: {cause}. Check the folder and its rights")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file that would have to be overwritten.
    #[error(
        "{path} exists already and was left as it is. Choose another name, or give --overwrite"
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The replay was told to end before it was through.
    #[error("The replay was stopped after {published} messages")]
    ReplayStopped {
        /// How many were published by then.
        published: u64,
    },
    /// Messages whose topic nobody may publish to.
    #[error(
        "{count} messages were not sent, since nobody may publish to their topics. Add a --map"
    )]
    Unpublishable {
        /// How many.
        count: u64,
    },
    /// The outcomes of a replay are not all in their file.
    #[error("{0}. Free some space, or choose another folder")]
    Outcomes(String),
    /// The export was told to end.
    #[error("The export was interrupted, and nothing is left of it. Start it again")]
    Interrupted,
    /// Clearing was told to end.
    #[error(
        "It was interrupted; {messages} messages are gone, the others are still there. Start it \
             again to go on"
    )]
    ClearInterrupted {
        /// How many.
        messages: u64,
    },
    /// A file that cannot be imported.
    #[error("{path} was not imported. {cause}")]
    Import {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: ImportError,
    },
    /// The import was told to end.
    #[error(
        "The import was interrupted; {imported} messages are in the history. Start it again to \
             have all of them in another connection"
    )]
    ImportInterrupted {
        /// How many.
        imported: u64,
    },
    /// The search was told to end.
    #[error("The search was interrupted after {0} messages were found")]
    SearchInterrupted(u64),
    /// A history is not as it was written.
    #[error(
        "The history is damaged: {damaged} of its messages cannot be read. `wiretree-cli salvage` makes \
         a new one of what is intact"
    )]
    NotWhole {
        /// How many.
        damaged: u64,
    },
    /// The check was told to end.
    #[error("The check was interrupted; what it had found until then is above")]
    CheckInterrupted,
    /// Standard output takes no more.
    #[error("Standard output could not be written: {0}")]
    Output(io::Error),
    /// The prompt failed.
    #[error("The password could not be asked for: {cause}. Set {variable} instead")]
    Password {
        /// What the terminal said.
        cause: io::Error,
        /// What can be set.
        variable: &'static str,
    },
    /// The system refused what every program needs.
    #[error("The program could not be started: {0}")]
    System(io::Error),
}

impl CliError {
    /// What the process ends with; see [`EXIT_CODES`].
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Demo(DemoError::Rate(_)) => 2,
            Self::Session(error) => of_session(error),
            Self::Denied(_) => 4,
            Self::Undelivered { cause, .. } => of_mqtt(cause),
            Self::Lost { .. }
            | Self::Unreadable { .. }
            | Self::Unconverted { .. }
            | Self::Payload { .. }
            | Self::PayloadTooLarge { .. }
            | Self::File { .. }
            | Self::Import { .. }
            | Self::Outcomes(_)
            | Self::NotWhole { .. }
            | Self::Exists { .. } => 5,
            Self::Interrupted
            | Self::SearchInterrupted(_)
            | Self::ClearInterrupted { .. }
            | Self::CheckInterrupted
            | Self::ImportInterrupted { .. }
            | Self::ReplayStopped { .. }
            | Self::Unpublishable { .. }
            | Self::TooFew { .. }
            | Self::Unhealthy
            | Self::Demo(_)
            | Self::Output(_)
            | Self::Password { .. }
            | Self::System(_) => 1,
        }
    }
}

impl From<MqttError> for CliError {
    fn from(error: MqttError) -> Self {
        Self::Session(error.into())
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

impl From<TransferError> for CliError {
    fn from(error: TransferError) -> Self {
        Self::Session(error.into())
    }
}

fn of_session(error: &SessionError) -> u8 {
    match error {
        SessionError::Mqtt(error) => of_mqtt(error),
        SessionError::Store(_)
        | SessionError::Export(_)
        | SessionError::Exists(_)
        | SessionError::Import(_)
        | SessionError::OutcomeFile(_) => 5,
        SessionError::Profile(_)
        | SessionError::Topic(_)
        | SessionError::Filter(_)
        | SessionError::Replay(_) => 2,
        _ => 1,
    }
}

fn of_mqtt(error: &MqttError) -> u8 {
    match error {
        MqttError::Unresolved { .. }
        | MqttError::Unreachable { .. }
        | MqttError::ConnectTimeout { .. }
        | MqttError::HandshakeTimeout { .. }
        | MqttError::ClosedInHandshake { .. }
        | MqttError::Proxy { .. }
        | MqttError::CertificateRefused { .. }
        | MqttError::TlsFailed { .. }
        | MqttError::WebSocket { .. }
        | MqttError::ClosedAfterPublish
        | MqttError::PacketTooLarge { .. }
        | MqttError::NoAnswer { .. }
        | MqttError::ConnectionLost { .. }
        | MqttError::KeepAlive { .. }
        | MqttError::Protocol { .. }
        | MqttError::NotConnected
        | MqttError::SessionLost
        | MqttError::NotSent => 3,
        MqttError::Refused(_)
        | MqttError::Authentication(_)
        | MqttError::Disconnected(_)
        | MqttError::Rejected(_)
        | MqttError::TooLarge { .. }
        | MqttError::RetainNotSupported
        | MqttError::QosNotSupported(_) => 4,
        MqttError::NoClientId
        | MqttError::InvalidTopic(_)
        | MqttError::InvalidProperty(_)
        | MqttError::Unsendable(_) => 2,
        MqttError::TlsSetup { .. }
        | MqttError::PassphraseNeeded { .. }
        | MqttError::PassphraseWrong { .. } => 5,
        _ => 1,
    }
}
