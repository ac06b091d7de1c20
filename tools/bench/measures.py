"""What is run for which lines of the table.

Each measure is one interleaved run: everybody it compares drains the same stream, in turns, each first
every other time, and the medians count.
"""

import dataclasses
import json
import random
import statistics
import sys

import history
import rows
from clients import Mosquitto, MqttJs, Wiretree
from programs import Failed, bench_target, watch
from stream import FIRST_NUMBER, Stream, firehose, said

MEGABYTE = 1e6
PACE = 20_000  # messages a second
PACED_SECONDS = 20
KILLS = 5
LOOKUPS = 500
JUMP_ROWS = 1_000


@dataclasses.dataclass
class Setting:
    firehose: object  # path of the program
    ours: list  # wiretree-cli, and the one to compare with, if any
    folder: object  # on a real disk: a history in memory would flatter us
    rounds: int
    scale: int  # by how much less than the table says is sent
    wanted: list  # keys of lines
    table: object

    def wants(self, *keys):
        return any(key in self.wanted for key in keys)

    def put(self, key, value):
        if key in self.wanted:
            self.table.put(key, value)


def in_turns(setting, clients, stream, title, rounds=None):
    """The median of each figure for each client, by name."""
    rounds = rounds or setting.rounds
    runs = {client.name: [] for client in clients}
    for number in range(rounds):
        for client in clients if number % 2 == 0 else reversed(clients):
            progress(f"{title}, round {number + 1} of {rounds}: {client.name}")
            runs[client.name].append(client.drain(setting.firehose, stream))
    medians = {name: median(figures) for name, figures in runs.items()}
    for name, figures in medians.items():
        setting.table.note(
            f"{title}, {name}: {figures.rate:,.0f}/s, {figures.cpu:.2f} µs of CPU a message,"
            f" {figures.memory / MEGABYTE:.0f} MB at the peak"
        )
    return medians


def median(runs):
    names = [field.name for field in dataclasses.fields(runs[0])]
    return type(runs[0])(*(statistics.median(getattr(run, name) for run in runs) for name in names))


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr)


def flood(setting):
    stream = Stream(1_000_000 // setting.scale, 10_000)
    clients = [*setting.ours]
    if setting.wants("rate", "cpu"):
        clients.insert(0, Mosquitto())
    if setting.wants("rate-mqttjs"):
        clients.insert(0, MqttJs())
    found = in_turns(setting, clients, stream, f"flood of {stream.messages:,}")
    ours = found[setting.ours[0].name]
    if setting.wants("rate", "cpu"):
        theirs = found[Mosquitto.name]
        setting.put("rate", ours.rate / theirs.rate)
        setting.put("cpu", ours.cpu / theirs.cpu)
    if setting.wants("rate-mqttjs"):
        setting.put("rate-mqttjs", ours.rate / found[MqttJs.name].rate)
    if setting.wants("disk"):
        disk(setting, stream, ours)


def disk(setting, stream, ours):
    progress("the same messages as rows")
    place = setting.folder / "rows.sqlite3"
    size = rows.record(setting.firehose, stream, place, indexed=True)
    history.remove(place)
    setting.put("disk", ours.disk / size)
    each = [f"{bytes_ / stream.messages:.1f} B" for bytes_ in (ours.disk, size)]
    setting.table.note(f"disk: {each[0]} a message, as rows with an index by topic {each[1]}")


def paced(setting):
    seconds = PACED_SECONDS if setting.scale == 1 else 5
    stream = Stream(PACE * seconds, 10_000, rate=PACE)
    rounds = min(setting.rounds, 3)
    found = in_turns(setting, setting.ours, stream, f"paced for {seconds} s", rounds)
    ours = found[setting.ours[0].name]
    if ours.lag > 1:
        raise Failed(f"wiretree-cli was {ours.lag:.1f} s behind a stream of {PACE:,}/s.")
    setting.put("paced", ours.cpu)


def topic_memory(setting):
    """Of the tree with its previews: its growth from empty to a million topics, in a process alone."""
    progress("memory of the tree")
    said = json.loads(bench_target("wiretree-tree", "memory", 1_000_000 // setting.scale))
    setting.put("topic-memory", said["bytes_per_topic"])


def retained(setting):
    topics = 1_000_000 // setting.scale
    few = Stream(10_000, 10_000, retained=True)
    many = Stream(topics, topics, retained=True)
    title = f"{topics:,} retained topics"
    base = in_turns(setting, setting.ours[:1], few, "10,000 retained topics", 1)
    found = in_turns(setting, setting.ours, many, title, min(setting.rounds, 3))
    name = setting.ours[0].name
    setting.put("retained", found[name].memory / MEGABYTE)
    if topics > 10_000:
        growth = (found[name].memory - base[name].memory) / (topics - 10_000)
        setting.table.note(f"whole process: {growth:.0f} B at the peak for each retained topic more")


def large(setting):
    """Ten million messages: what they need in memory, and how fast the history of them answers."""
    stream = Stream(10_000_000 // setting.scale, 10_000)
    title = f"{stream.messages:,} messages"
    name = "large.sqlite3"
    progress(title)
    figures = setting.ours[0].drain(setting.firehose, stream, keep_as=name)
    setting.table.note(
        f"{title}: {figures.rate:,.0f}/s, {figures.cpu:.2f} µs of CPU and {figures.disk / stream.messages:.1f} B a message"
    )
    # The peak: what it has afterwards is less.
    setting.put("large", figures.memory / MEGABYTE)
    place = setting.folder / name
    if setting.wants("last"):
        asked(setting, "last", place, LOOKUPS, 100)
    if setting.wants("jump"):
        asked(setting, "jump", place, LOOKUPS, JUMP_ROWS)
    if setting.wants("substring"):
        substring(setting, stream, place)
    history.remove(place)


def asked(setting, key, place, *arguments):
    progress(f"{LOOKUPS} times: {key}")
    said = json.loads(bench_target("wiretree-store", "lookups", place, key, *arguments))
    setting.table.note(
        f"{key}: p50 {said['p50_ms']:.2f} ms, p95 {said['p95_ms']:.2f} ms, {said['found']:,} messages"
    )
    setting.put(key, said["p95_ms"])


def substring(setting, stream, place):
    progress("the rows to compare with")
    table = setting.folder / "rows.sqlite3"
    rows.record(setting.firehose, stream, table, indexed=False)
    text = str(FIRST_NUMBER + stream.messages // 3)
    rows.like(table, text)
    ours, theirs = [], []
    for number in range(setting.rounds):
        progress(f"substring, round {number + 1} of {setting.rounds}")
        answer = json.loads(bench_target("wiretree-store", "lookups", place, "substring", text))
        if answer["found"] != 1:
            raise Failed(f"{answer['found']} messages were found where one has {text} in it.")
        ours.append(answer["p50_ms"] / 1e3)
        theirs.append(rows.like(table, text))
    history.remove(table)
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    setting.put("substring", ours / theirs)
    setting.table.note(f"substring: {ours:.2f} s, LIKE over rows {theirs:.2f} s")


def qos1(setting):
    stream = Stream(300_000 // setting.scale, 10_000, qos=1)
    clients = [Mosquitto(), *setting.ours]
    found = in_turns(setting, clients, stream, "QoS 1, window 1000")
    setting.put("qos1", found[setting.ours[0].name].rate / found[Mosquitto.name].rate)


def loss(setting):
    """Kill -9 in the middle of a stream of QoS 1: what was acknowledged is there, in order, once.

    Everything else that is measured was checked in the same way, and would have ended the run.
    """
    ours = setting.ours[0]
    stream = Stream(1_000_000, 10_000, qos=1)
    moments = random.Random(4)
    killed = []
    while len(killed) < KILLS:
        progress(f"kill -9, {len(killed) + 1} of {KILLS}")
        place = setting.folder / "killed.sqlite3"
        with firehose(setting.firehose, stream) as (sender, port):
            command = ours.recorder(stream, place)(port)
            watch(command, kill_after=moments.uniform(0.2, 1.5))
            acknowledged = said(sender)["acks"]
        kept = history.verify(ours.cli, place, stream, acknowledged)
        history.remove(place)
        killed.append((acknowledged, kept))
    total = sum(acknowledged for acknowledged, _ in killed)
    if total == 0:
        raise Failed("kill -9 came before anything was acknowledged, five times.")
    setting.table.note(f"kill -9, {KILLS} times: none lost of {total:,} acknowledged")
    setting.put("loss", 0)


MEASURES = [
    (flood, {"rate", "rate-mqttjs", "cpu", "disk"}),
    (paced, {"paced"}),
    (topic_memory, {"topic-memory"}),
    (retained, {"retained"}),
    (large, {"large", "substring", "last", "jump"}),
    (qos1, {"qos1"}),
    (loss, {"loss"}),
]
