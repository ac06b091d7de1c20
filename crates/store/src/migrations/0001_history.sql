-- One row for each profile that ever recorded; the key is the profile's identifier.
CREATE TABLE connections (
    id            INTEGER PRIMARY KEY,
    key           TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    last_sequence INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Names are bytes: a broker may send what is not UTF-8. No index on the name: at a million topics
-- it costs four times what the row does, and the writer has the names in memory.
CREATE TABLE topics (
    id         INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL,
    name       BLOB    NOT NULL
) STRICT;

-- In order of arrival. The payload stands last, so that a scan need not read it.
CREATE TABLE messages (
    id          INTEGER PRIMARY KEY,
    topic       INTEGER NOT NULL,
    received_at INTEGER NOT NULL, -- microseconds since 1970, UTC, as the clock said: may run back
    sequence    INTEGER NOT NULL,
    flags       INTEGER NOT NULL,
    packet_id   INTEGER,
    properties  BLOB,             -- as on the wire, MQTT 5 §2.2.2, without the length; NULL: none
    payload     BLOB    NOT NULL
) STRICT;

-- Stretches of messages that have postings; what is newer than the last one is scanned.
CREATE TABLE segments (
    last_id  INTEGER PRIMARY KEY,
    first_id INTEGER NOT NULL UNIQUE,
    min_at   INTEGER NOT NULL,
    max_at   INTEGER NOT NULL
) STRICT;

-- For each topic in a segment: the message with the highest id, and the steps down to the others.
CREATE TABLE postings (
    topic   INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    steps   BLOB    NOT NULL,
    PRIMARY KEY (topic, last_id)
) STRICT, WITHOUT ROWID;
