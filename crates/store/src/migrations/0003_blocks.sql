-- Messages by the block. A file with messages in the form before this is written anew, see upgrade.rs;
-- this step only ever meets an empty one.
DROP TABLE postings;
DROP TABLE segments;
DROP TABLE messages;

-- Covers connection and name, so that no message gets a topic that it was not on.
ALTER TABLE topics ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;

-- The newest messages, a row for each, until there are enough for a block.
CREATE TABLE tail (
    id          INTEGER PRIMARY KEY,
    topic       INTEGER NOT NULL,
    received_at INTEGER NOT NULL, -- microseconds since 1970, UTC, as the clock said: may run back
    sequence    INTEGER NOT NULL,
    flags       INTEGER NOT NULL, -- see block.rs
    packet_id   INTEGER,
    size        INTEGER NOT NULL, -- bytes of payload
    checksum    INTEGER NOT NULL, -- of all the others
    properties  BLOB,             -- as on the wire, MQTT 5 §2.2.2, without the length; NULL: none here
    payload     BLOB              -- NULL: properties and payload stand alone
) STRICT;

-- In order of arrival; all numbers of messages in a block are below those in the next.
CREATE TABLE blocks (
    last_id  INTEGER PRIMARY KEY,
    first_id INTEGER NOT NULL,
    min_at   INTEGER NOT NULL,
    max_at   INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    head     BLOB    NOT NULL,
    body     BLOB    NOT NULL
) STRICT;

-- Properties and payload of a message that is too large to stand among others.
CREATE TABLE alone (
    id      INTEGER PRIMARY KEY,
    content BLOB    NOT NULL
) STRICT;

-- Stretches of blocks that have an index; the blocks behind the last one are scanned.
CREATE TABLE segments (
    last_id  INTEGER PRIMARY KEY,
    first_id INTEGER NOT NULL UNIQUE,
    min_at   INTEGER NOT NULL,
    max_at   INTEGER NOT NULL,
    messages INTEGER NOT NULL
) STRICT;

-- The index of each segment, see index.rs.
CREATE TABLE indexes (
    segment   INTEGER PRIMARY KEY,
    spans     BLOB NOT NULL,
    directory BLOB NOT NULL,
    places    BLOB NOT NULL
) STRICT;

-- What every topic was at the end of some segments: what lies between is found by their indexes.
CREATE TABLE snapshots (
    last_id INTEGER PRIMARY KEY,
    topics  INTEGER NOT NULL,
    content BLOB    NOT NULL
) STRICT;
