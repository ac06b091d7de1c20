"""What others would do: a row a message in SQLite, and an index by topic.

A client of its own, so that the same stream goes into both stores. The schema is the usual one: topics
by number, time, flags, and the payload as text, which LIKE needs. Settings are those of our history
(WAL, synchronous=NORMAL); a transaction holds 10,000 rows.
"""

import contextlib
import itertools
import socket
import sqlite3
import time

from programs import Failed
from stream import firehose, drained

CONNECT = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04rows"
SUBSCRIBE = b"\x82\x06\x00\x01\x00\x01#\x00"
BATCH = 10_000
CACHE_KIB = 64 * 1024

SCHEMA = """
    CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE messages (
        id      INTEGER PRIMARY KEY,
        topic   INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        flags   INTEGER NOT NULL,
        payload TEXT    NOT NULL
    );
"""
INDEX = "CREATE INDEX messages_by_topic ON messages (topic);"


def packets(connection):
    """Each packet of a stream: its first byte and its body."""
    waiting, place = b"", 0
    while True:
        more = connection.recv(1 << 20)
        if not more:
            raise Failed("firehose closed the connection to the rows.")
        waiting, place = waiting[place:] + more, 0
        while True:
            length, shift, body = 0, 0, place + 1
            while body < len(waiting):
                byte = waiting[body]
                length |= (byte & 127) << shift
                body, shift = body + 1, shift + 7
                if byte < 128:
                    break
            else:
                break
            if len(waiting) < body + length:
                break
            yield waiting[place], waiting[body : body + length]
            place = body + length


def publishes(port):
    """Topic and payload of each message, until the closing one, which is acknowledged."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(CONNECT)
        connection.sendall(SUBSCRIBE)
        for first, body in packets(connection):
            if first >> 4 != 3:
                continue
            end = 2 + (body[0] << 8 | body[1])
            if first & 6:
                connection.sendall(b"\x40\x02" + body[end : end + 2])
                return
            yield body[2:end], body[end:]


def open_database(place):
    database = sqlite3.connect(place, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return contextlib.closing(database)


def record(program, stream, place, indexed):
    """Stores the stream in a new database, and returns the bytes of its file."""
    with firehose(program, stream) as (sender, port), open_database(place) as database:
        database.executescript(SCHEMA + (INDEX if indexed else ""))
        numbers = {}
        rows = (
            (numbers.setdefault(topic, len(numbers)), time.time_ns() // 1000, 0, payload.decode())
            for topic, payload in publishes(port)
        )
        while batch := list(itertools.islice(rows, BATCH)):
            database.execute("BEGIN")
            insert = "INSERT INTO messages (topic, at, flags, payload) VALUES (?, ?, ?, ?)"
            database.executemany(insert, batch)
            database.execute("COMMIT")
        names = ((number, topic.decode()) for topic, number in numbers.items())
        database.execute("BEGIN")
        database.executemany("INSERT INTO topics VALUES (?, ?)", names)
        database.execute("COMMIT")
        drained(sender)
        (count,) = database.execute("SELECT count(*) FROM messages").fetchone()
        if count != stream.messages:
            raise Failed(f"The rows are {count}, not {stream.messages}.")
    return place.stat().st_size


def like(place, text):
    """Seconds that it takes to find the one row with this text in it, of all."""
    with open_database(place) as database:
        began = time.perf_counter()
        found = database.execute(
            "SELECT id FROM messages WHERE payload LIKE ?", (f"%{text}%",)
        ).fetchall()
        took = time.perf_counter() - began
    if len(found) != 1:
        raise Failed(f"LIKE found {len(found)} rows where one has {text} in it.")
    return took
