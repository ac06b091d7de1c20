"""What a recorded history holds: every message of a stream once, in order, unchanged.

It is looked at through `wiretree-cli export`, as a person would, and is read as lines, not as SQLite.
"""

import re
import subprocess
import sys

from programs import Failed
from stream import CLOSING_TOPIC, FIRST_NUMBER

TOPIC = re.compile(rb'"topic":"([^"]*)"')
PAYLOAD = re.compile(rb'"payload":"\{\\"ts\\":(\d{13})(.*?\}\})"')
REST = 100 - len('{"ts":1700000000000')  # bytes of a payload behind its number


def files(place):
    return [file for end in ("", "-wal", "-shm", "-lock")
            if (file := place.with_name(place.name + end)).exists()]


def size(place):
    return sum(file.stat().st_size for file in files(place))


def remove(place):
    for file in files(place):
        file.unlink()


def verify(cli, place, stream, least):
    """Messages 0, 1, 2 … of the stream, at least so many of them, and no other. Returns how many."""
    command = [str(cli), "export", "--history", str(place), "--format", "ndjson"]
    exporter = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        count = follow(exporter.stdout, stream)
    finally:
        if sys.exc_info()[0] is not None:
            exporter.kill()
        exporter.stdout.close()
        exporter.wait()
    if exporter.returncode != 0:
        raise Failed("wiretree-cli could not export what it had recorded.")
    if count < least:
        raise Failed(f"The history holds {count} messages of {least}.")
    return count


def follow(lines, stream):
    seen, count = [], 0
    for line in lines:
        topic, payload = TOPIC.search(line), PAYLOAD.search(line)
        if topic and topic[1] == CLOSING_TOPIC.encode():
            continue
        if topic is None or payload is None:
            raise Failed(f"The history changed a message: {line!r}")
        number = int(payload[1]) - FIRST_NUMBER
        if number != count:
            raise Failed(f"The history has message {number} where {count} belongs.")
        content = topic[1], payload[2]
        if count < stream.ring:
            if len(payload[2].replace(b"\\", b"")) != REST:
                raise Failed(f"The history cut a payload: {line!r}")
            seen.append(content)
        elif seen[count % stream.ring] != content:
            raise Failed(f"The history changed message {number}: {line!r}")
        count += 1
    return count
