"""Measures `wiretree-cli record` beside mosquitto_sub on the same stream, in turns.

The stream comes from tools/firehose, which sends as fast as the client takes it and numbers its
messages. mosquitto_sub, which prints to nowhere, is timed by firehose: until it acknowledges the last
message. wiretree-cli is timed by itself, from the first message until the last is committed, so its
figures include storing everything.
After each round the history is exported and every number must be there, once, in order.

Ends with 0 when nothing was lost and the median rate is at least that of mosquitto_sub.
"""

import argparse
import dataclasses
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_NUMBER = 1_700_000_000_000  # what firehose adds to the number of each message
PAYLOAD_START = '{"ts":'
CLOSING_TOPIC = "firehose/done"
PATIENCE = 600  # seconds one client may take for one stream
LOOK_EVERY = 0.02  # seconds between two looks at a client's memory


class Failed(Exception):
    """A run that gives no figures, with the reason as a sentence."""


@dataclasses.dataclass(frozen=True)
class Scenario:
    title: str
    messages: int  # without the closing one
    topics: int
    firehose: tuple


@dataclasses.dataclass(frozen=True)
class Figures:
    rate: float  # messages a second
    cpu: float  # µs of processor time a message, user and system
    memory: float  # MiB at the peak


def scenarios(scale):
    flood, retained = 1_000_000 // scale, 1_000_000 // scale
    return [
        Scenario(
            f"{flood:,} live messages of 100 B on 10,000 topics, QoS 0",
            flood, 10_000, ("--messages", flood, "--topics", 10_000),
        ),
        Scenario(
            f"{retained:,} retained topics of 100 B, QoS 0",
            retained, retained, ("--messages", 0, "--topics", retained, "--retained"),
        ),
    ]


def build(cli):
    """Builds both programs and returns their paths."""
    firehose = ROOT / "tools/firehose"
    target = firehose / "target"
    run_cargo("--manifest-path", firehose / "Cargo.toml", "--target-dir", target)
    if cli is None:
        run_cargo("--package", "wiretree-cli")
        cli = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release/wiretree-cli"
    return target / "release/firehose", cli


def run_cargo(*arguments):
    command = ["cargo", "build", "--quiet", "--release", "--locked", *map(str, arguments)]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise Failed("The build failed (see above).")


def start_firehose(program, scenario):
    process = subprocess.Popen(
        [str(program), "--port", "0", *map(str, scenario.firehose)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    greeting = process.stderr.readline()
    port = re.search(r"listening on 127\.0\.0\.1:(\d+)", greeting)
    if port is None:
        process.kill()
        process.wait()
        raise Failed(f"firehose did not start: {greeting.strip()}")
    return process, int(port[1])


def peak_memory(pid):
    """The highest resident memory of a running process so far in KiB, or 0 when it has ended.

    From /proc, because the figure of wait4 begins with the memory of this script.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0


def watch(command, stdout, stderr):
    """Runs a client to its end; returns its CPU seconds and its peak memory in KiB."""
    process = subprocess.Popen([str(part) for part in command], stdout=stdout, stderr=stderr)
    deadline = time.monotonic() + PATIENCE
    peak = 0
    try:
        while True:
            peak = max(peak, peak_memory(process.pid))
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            if time.monotonic() > deadline:
                raise Failed(f"{command[0]} was not done after {PATIENCE} s.")
            time.sleep(LOOK_EVERY)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
    if process.returncode != 0:
        stderr.seek(0)
        last = stderr.read().decode(errors="replace").strip().splitlines()[-3:]
        raise Failed(f"{command[0]} ended with {process.returncode}: {' / '.join(last)}")
    return usage.ru_utime + usage.ru_stime, peak


def measure(firehose, scenario, command_for, stdout):
    """Lets one client drain one stream. `command_for` makes its command line from the port."""
    sender, port = start_firehose(firehose, scenario)
    try:
        with tempfile.TemporaryFile() as stderr:
            cpu_seconds, peak = watch(command_for(port), stdout, stderr)
        report, complaint = sender.communicate(timeout=PATIENCE)
    finally:
        if sender.poll() is None:
            sender.kill()
            sender.wait()
    if not report.strip():
        raise Failed(f"firehose has nothing to report: {complaint.strip()}")
    report = json.loads(report)
    if "error" in report or report["drained_by"] != "ack":
        raise Failed(f"The stream was not drained to its acknowledged end: {report}")
    return Figures(report["msgs_per_s"], cpu_seconds * 1e6 / scenario.messages, peak / 1024)


def measure_mosquitto(firehose, scenario):
    def command(port):
        count = str(scenario.messages + 1)
        return ["mosquitto_sub", "-p", str(port), "-t", "#", "-F", "%t %p", "-C", count]

    return measure(firehose, scenario, command, subprocess.DEVNULL)


def measure_wiretree(firehose, cli, scenario, folder):
    history = Path(folder) / "history.sqlite3"

    def command(port):
        return [
            cli, "record", "--broker", f"mqtt://127.0.0.1:{port}", "--protocol", "3.1.1",
            "--filter", "#", "--qos", "0", "--history", history,
            "--count", str(scenario.messages + 1),
        ]

    with tempfile.TemporaryFile() as stdout:
        figures = measure(firehose, scenario, command, stdout)
        stdout.seek(0)
        said = json.load(stdout)
    expected = {
        "received": scenario.messages + 1, "stored": scenario.messages + 1, "dropped": 0,
        "topics": scenario.topics + 1,
    }
    if wrong := {key: said.get(key) for key in expected if said.get(key) != expected[key]}:
        raise Failed(f"wiretree-cli counted {wrong} where {expected} came.")
    verify(cli, history, scenario)
    for file in Path(folder).iterdir():
        file.unlink()
    return dataclasses.replace(figures, rate=said["received"] / said["seconds"])


def verify(cli, history, scenario):
    """Every message that was sent is in the history once, in the order in which it was sent."""
    command = [str(cli), "export", "--history", str(history), "--format", "ndjson"]
    exporter = subprocess.Popen(command, stdout=subprocess.PIPE)
    expected = 0
    try:
        for line in exporter.stdout:
            message = json.loads(line)
            if message["topic"] == CLOSING_TOPIC:
                continue
            payload = message["payload"]
            if not payload.startswith(PAYLOAD_START):
                raise Failed(f"The history changed a payload: {payload!r}")
            start = len(PAYLOAD_START)
            number = int(payload[start : start + 13]) - FIRST_NUMBER
            if number != expected:
                raise Failed(f"The history has message {number} where {expected} belongs.")
            expected += 1
    finally:
        if sys.exc_info()[0] is not None:
            exporter.kill()
        exporter.stdout.close()
        exporter.wait()
    if exporter.returncode != 0 or expected != scenario.messages:
        raise Failed(f"The history holds {expected} of {scenario.messages} messages.")


def compare(firehose, cli, scenario, rounds):
    """Runs both in turns, each first every other time. True when wiretree-cli is quick enough."""
    print(f"\n{scenario.title}; {rounds} rounds in turns, medians")
    ours, theirs = [], []
    # On the disk of the project: a history in memory would flatter us.
    (ROOT / "target").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "target") as folder:
        turns = [
            lambda: theirs.append(measure_mosquitto(firehose, scenario)),
            lambda: ours.append(measure_wiretree(firehose, cli, scenario, folder)),
        ]
        for number in range(rounds):
            for turn in turns if number % 2 == 0 else reversed(turns):
                turn()
            if sys.stderr.isatty():
                print(f"  round {number + 1} of {rounds}", end="\r", file=sys.stderr)
    return report(ours, theirs)


def report(ours, theirs):
    def median(runs, field):
        return statistics.median(getattr(run, field) for run in runs)

    fields = [("rate", "messages/s", ",.0f"), ("cpu", "CPU µs/message", ".2f"),
              ("memory", "peak MiB", ".1f")]
    print(" " * 16 + "".join(f"{title:>18}" for _, title, _ in fields))
    for name, runs in [("mosquitto_sub", theirs), ("wiretree-cli", ours)]:
        row = "".join(f"{median(runs, field):>18{form}}" for field, _, form in fields)
        print(f"  {name:<14}{row}")
    ratios = {field: median(ours, field) / median(theirs, field) for field, _, _ in fields}
    print(f"  {'ratio':<14}" + "".join(f"{ratios[field]:>18.2f}" for field, _, _ in fields))
    quick = ratios["rate"] >= 1
    print("  no loss: received = stored = sent, in order, in every round")
    print("  rate at least that of mosquitto_sub: " + ("yes" if quick else "NO"))
    return quick


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages, 2 rounds")
    parser.add_argument("--rounds", type=int, help="rounds for each stream [5]")
    parser.add_argument("--cli", type=Path, help="measure this wiretree-cli, without building one")
    options = parser.parse_args()
    rounds = options.rounds or (2 if options.quick else 5)
    try:
        firehose, cli = build(options.cli)
        quick = [
            compare(firehose, cli, scenario, rounds)
            for scenario in scenarios(10 if options.quick else 1)
        ]
    except Failed as reason:
        sys.exit(f"script/bench: {reason}")
    sys.exit(0 if all(quick) else 1)


if __name__ == "__main__":
    main()
