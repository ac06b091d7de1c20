-- How long messages are kept: of a connection, or (0) of each that has no policy of its own.
CREATE TABLE policies (
    connection   INTEGER PRIMARY KEY,
    max_age      INTEGER, -- seconds; NULL, as below: no limit
    max_messages INTEGER,
    max_bytes    INTEGER  -- on the disk
) STRICT;

-- What happens with the topics that a filter matches; the first that matches decides.
CREATE TABLE rules (
    connection INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    filter     TEXT    NOT NULL,
    action     TEXT    NOT NULL, -- record, skip or keep
    seconds    INTEGER,          -- of keep
    PRIMARY KEY (connection, place)
) STRICT, WITHOUT ROWID;

-- The highest numbers that were ever given, for those that had them may be removed.
CREATE TABLE used (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    message INTEGER NOT NULL,
    topic   INTEGER NOT NULL
) STRICT;
INSERT INTO used VALUES (1, 0, 0);
