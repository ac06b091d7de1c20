"""Records a steady stream for a long time and watches what it takes: memory, files, threads, disk.

Ends with 0 when every message is in the history, once, in order, and memory does not grow by more a
hour than --slope allows. The slope is that of the line of least squares through the samples behind the
warm-up, a fifth of the time; a short run has few of them, so its slope says little.
"""

import argparse
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import clients
import history
import programs
from programs import Failed
from stream import Stream, drained, firehose

SAMPLE_EVERY = 10  # seconds
WARM_UP = 0.2  # of the time
MEGABYTE = 1e6


@dataclasses.dataclass(frozen=True)
class Sample:
    seconds: float
    resident: float  # bytes
    files: int  # open descriptors
    threads: int
    disk: int  # bytes of the history


def sample(pid, began, place):
    process = Path(f"/proc/{pid}")
    status = dict(
        line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line
    )
    return Sample(
        time.monotonic() - began,
        int(status["VmRSS"].split()[0]) * 1024,
        len(os.listdir(process / "fd")),
        int(status["Threads"]),
        history.size(place),
    )


def soak(program, ours, stream, place):
    """Samples one recording from its beginning to its end."""
    samples = []
    with firehose(program, stream) as (sender, port), tempfile.TemporaryFile() as stderr:
        command = [str(part) for part in ours.recorder(stream, place)(port)]
        recorder = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        began = time.monotonic()
        try:
            while recorder.poll() is None:
                try:
                    samples.append(sample(recorder.pid, began, place))
                except (OSError, KeyError):
                    break  # It has just ended.
                show(samples[-1])
                wait(recorder)
            recorder.wait(programs.PATIENCE)
        finally:
            if recorder.poll() is None:
                recorder.kill()
                recorder.wait()
        if recorder.returncode != 0:
            raise Failed(f"wiretree-cli ended with {recorder.returncode}.")
        report = drained(sender)
    if report["max_lag_ms"] > 1000:
        raise Failed(f"wiretree-cli was up to {report['max_lag_ms'] / 1e3:.1f} s behind the stream.")
    return samples


def wait(process):
    try:
        process.wait(SAMPLE_EVERY)
    except subprocess.TimeoutExpired:
        pass


def show(found):
    print(
        f"{found.seconds:7.0f} s  {found.resident / MEGABYTE:7.1f} MB  {found.files:4} files"
        f"  {found.threads:3} threads  {found.disk / MEGABYTE:8.1f} MB on disk",
        flush=True,
    )


def judge(samples, stream, place, most):
    """Prints what the samples say. True when memory stays within `most` MB an hour."""
    warm = [each for each in samples if each.seconds >= samples[-1].seconds * WARM_UP]
    if len(warm) < 3:
        raise Failed("There are too few samples for a slope; let it run for longer.")
    line = statistics.linear_regression(
        [each.seconds / 3600 for each in warm], [each.resident / MEGABYTE for each in warm]
    )
    for name in ("files", "threads"):
        values = [getattr(each, name) for each in warm]
        print(f"{name}: {values[0]} after the warm-up, {values[-1]} at the end, {max(values)} at the most")
    resident = [each.resident / MEGABYTE for each in warm]
    print(f"memory: {resident[0]:.1f} MB after the warm-up, {resident[-1]:.1f} at the end, "
          f"{max(resident):.1f} at the most; {line.slope:+.1f} MB an hour (allowed: {most:g})")
    print(f"disk: {history.size(place) / stream.messages:.1f} B a message")
    return line.slope <= most


def main():
    parser = argparse.ArgumentParser(
        prog="script/soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30, help="how long [30]")
    parser.add_argument("--rate", type=int, default=2_000, help="messages a second [2000]")
    parser.add_argument("--topics", type=int, default=10_000, help="distinct topics [10000]")
    parser.add_argument(
        "--slope", type=float, default=24, help="MB that memory may grow by in an hour [24]"
    )
    parser.add_argument(
        "--cli", type=Path, metavar="FILE", help="watch this wiretree-cli, without building one"
    )
    options = parser.parse_args()
    stream = Stream(int(options.minutes * 60 * options.rate), options.topics, rate=options.rate)
    base = programs.ROOT / "target"
    base.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="soak-", dir=base) as folder:
            program = programs.build_firehose()
            ours = clients.Wiretree(options.cli or programs.build_cli(), Path(folder))
            place = Path(folder) / "history.sqlite3"
            samples = soak(program, ours, stream, place)
            print(f"looking through {stream.messages:,} messages")
            history.verify(ours.cli, place, stream, stream.messages)
            print("every message is there, once, in order")
            is_flat = judge(samples, stream, place, options.slope)
    except Failed as reason:
        sys.exit(f"script/soak: {reason}")
    sys.exit(0 if is_flat else 1)


if __name__ == "__main__":
    main()
