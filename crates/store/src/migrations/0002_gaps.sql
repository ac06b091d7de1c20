-- When a connection recorded nothing, and why. One that has no end is going on.
CREATE TABLE gaps (
    id             INTEGER PRIMARY KEY,
    connection     INTEGER NOT NULL,
    after_sequence INTEGER NOT NULL, -- the newest message of the connection by then
    after_message  INTEGER NOT NULL, -- the newest message of the file by then; 0: none
    from_at        INTEGER NOT NULL,
    to_at          INTEGER,
    cause          TEXT    NOT NULL,
    session_kept   INTEGER NOT NULL DEFAULT 0 -- the broker had kept the session when it ended
) STRICT;

CREATE INDEX gaps_by_place ON gaps (after_message);
CREATE INDEX gaps_by_connection ON gaps (connection, to_at);

-- When the newest message came: a recorder that was killed left no other trace of its end.
ALTER TABLE connections ADD COLUMN last_at INTEGER;
