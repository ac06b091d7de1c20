//! Why a file cannot be imported, as sentences. Values to keep and show again.

/// Why nothing, or nothing more, can be read from a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The source gave no more.
    #[error("Reading the file failed ({0}). Check the file and the disk")]
    Read(String),
    /// Nothing that this program knows.
    #[error(
        "The file is nothing that can be imported. What can: NDJSON of Wiretree or mosquitto_sub, \
         exports and MQTTX.db of MQTTX, settings.json of MQTT Explorer, MqttViewer.db of \
         mqtt-viewer, mqtt-connections.json of MQ3T"
    )]
    Unknown,
    /// There is nothing in it.
    #[error("The file is empty. Choose another one")]
    Empty,
    /// A form of something known that is not read, and what to do instead.
    #[error("{0}")]
    NotThisForm(&'static str),
    /// Its text ends the reading: what stands behind cannot be told apart any more.
    #[error("The file is damaged at line {line}, column {column} ({reason}). Export it anew")]
    Malformed {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser said.
        reason: String,
    },
    /// More than is read of its kind.
    #[error("The file has {what} of more than {limit} bytes, which no such file needs. Check it")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// In bytes.
        limit: u64,
    },
    /// More of something than is taken.
    #[error("The file has more than {limit} {what}, which no such file needs. Check it")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many are taken.
        limit: usize,
    },
}

impl ImportError {
    /// A short name that stays the same when the sentence is reworded.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "import-read",
            Self::Unknown | Self::Empty | Self::NotThisForm(_) => "import-unknown",
            Self::Malformed { .. } => "import-malformed",
            Self::TooLarge { .. } | Self::TooMany { .. } => "import-too-large",
        }
    }
}
