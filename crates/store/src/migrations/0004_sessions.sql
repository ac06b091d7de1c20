-- When a connection was up, as whom, and why it ended. One that has no end is going on.
CREATE TABLE sessions (
    id             INTEGER PRIMARY KEY,
    connection     INTEGER NOT NULL,
    after_sequence INTEGER NOT NULL, -- the newest message of the connection when it began
    after_message  INTEGER NOT NULL, -- the newest message of the file when it began; 0: none
    from_at        INTEGER NOT NULL,
    to_at          INTEGER,
    cause          TEXT,             -- of the end
    session_kept   INTEGER NOT NULL, -- the broker still had the session (MQTT 5 §3.2.2.1.1)
    client_id      TEXT    NOT NULL,
    broker         TEXT    NOT NULL,
    protocol       INTEGER NOT NULL  -- the protocol level of CONNECT: 3, 4 or 5
) STRICT;

CREATE INDEX sessions_by_place ON sessions (after_message);
CREATE INDEX sessions_by_connection ON sessions (connection, to_at);

-- What became of a message that was published from here. One that is not here has not ended, or
-- nobody was there to see it.
CREATE TABLE outcomes (
    connection  INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    kind        INTEGER NOT NULL, -- 0 sent, 1 acknowledged, 2 failed, 3 unknown
    after       INTEGER,          -- acknowledged: microseconds since it was sent
    reason_code INTEGER,          -- acknowledged: of PUBACK or PUBCOMP
    words       TEXT    NOT NULL, -- the reason or the cause, as a sentence; empty when sent
    PRIMARY KEY (connection, sequence)
) STRICT, WITHOUT ROWID;
