"""The stream that everybody is measured on: tools/firehose, and what it says about a client."""

import contextlib
import dataclasses
import json
import re
import subprocess

from programs import PATIENCE, Failed

FIRST_NUMBER = 1_700_000_000_000  # what firehose adds to the number of each message
LEAST_RING = 4096  # messages after which firehose may begin again, but for the numbers
CLOSING_TOPIC = "firehose/done"


@dataclasses.dataclass(frozen=True)
class Stream:
    messages: int  # all, without the closing one
    topics: int
    retained: bool = False  # every topic once; else live
    qos: int = 0
    rate: int = 0  # messages a second; 0: as fast as the client takes them

    @property
    def ring(self):
        """How many messages differ in more than their number."""
        return self.topics * -(-LEAST_RING // self.topics)

    def options(self):
        live = 0 if self.retained else self.messages
        options = ["--messages", live, "--topics", self.topics, "--qos", self.qos]
        options += ["--rate", self.rate, "--inflight", 1000, "--done-timeout", PATIENCE]
        return options + (["--retained"] if self.retained else [])


@contextlib.contextmanager
def firehose(program, stream):
    """A broker that sends the stream to one client; gives its process and its port."""
    process = subprocess.Popen(
        [str(program), "--port", "0", *map(str, stream.options())],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        greeting = process.stderr.readline()
        port = re.search(r"listening on 127\.0\.0\.1:(\d+)", greeting)
        if port is None:
            raise Failed(f"firehose did not start: {greeting.strip()}")
        yield process, int(port[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def said(process):
    """What firehose reports when its one client is done or gone."""
    report, complaint = process.communicate(timeout=PATIENCE)
    if not report.strip():
        raise Failed(f"firehose has nothing to report: {complaint.strip()}")
    return json.loads(report)


def drained(process):
    report = said(process)
    if "error" in report or report["drained_by"] != "ack":
        raise Failed(f"The stream was not drained to its acknowledged end: {report}")
    return report
