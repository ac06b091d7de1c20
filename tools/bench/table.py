"""The table: what must hold, what is aimed at, what was measured."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Line:
    key: str  # for --only
    title: str
    must: float
    aim: float
    unit: str = ""
    more_is_better: bool = False
    form: str = ".2f"

    def words(self, value):
        return f"{value:{self.form}}{self.unit}"

    def reaches(self, value, limit):
        return value >= limit if self.more_is_better else value <= limit


LINES = [
    Line("rate", "rate / mosquitto_sub's", 4, 8, more_is_better=True),
    Line("rate-mqttjs", "rate / MQTT.js counting only", 0.8, 1.5, more_is_better=True),
    Line("cpu", "CPU per message / mosquitto_sub's", 0.30, 0.15),
    Line("paced", "CPU per message, paced 20,000/s", 3, 2, " µs"),
    Line("topic-memory", "memory growth per topic, 1 M topics", 350, 240, " B", form=".0f"),
    Line("retained", "peak memory, 1 M retained topics with history", 600, 400, " MB", form=".0f"),
    Line("large", "memory after 10 M messages of 10 k topics", 200, 100, " MB", form=".0f"),
    Line("disk", "disk per message / rows with a topic index", 0.35, 0.2),
    Line("substring", "10 M: substring over all / LIKE over rows", 0.7, 0.4),
    Line("last", "10 M: last 100 of a topic, p95", 20, 8, " ms", form=".1f"),
    Line("jump", "10 M: jump to a time, p95", 10, 2, " ms", form=".1f"),
    Line("qos1", "QoS 1, acknowledged after commit: rate / mosquitto_sub's", 1, 3,
         more_is_better=True),
    Line("loss", "lost, repeated or out of order, also after kill -9", 0, 0, form=".0f"),
]
KEYS = [line.key for line in LINES]


class Table:
    """Takes figures as they come, and prints them in the order of the lines."""

    def __init__(self):
        self.measured, self.notes = {}, []

    def put(self, key, value):
        self.measured[key] = value

    def note(self, text):
        """Something to read below the table."""
        self.notes.append(text)

    def print(self):
        """True when nothing that was measured misses what it must be."""
        rows = [self.row(line) for line in LINES if line.key in self.measured]
        rows.insert(0, ("", "must", "aim", "measured", ""))
        wide = max(len(title) for title, *_ in rows)
        print()
        for title, must, aim, measured, verdict in rows:
            print(f"  {title:<{wide}} {must:>9} {aim:>9} {measured:>10}  {verdict}".rstrip())
        print()
        for text in self.notes:
            print(f"  {text}")
        return not any(verdict == "MISSED" for *_, verdict in rows)

    def row(self, line):
        value = self.measured[line.key]
        sign = "≥ " if line.more_is_better else "≤ "
        limits = [sign + f"{limit:g}{line.unit}" for limit in (line.must, line.aim)]
        verdict = "MISSED"
        if line.reaches(value, line.aim):
            verdict = "aim"
        elif line.reaches(value, line.must):
            verdict = "must"
        return line.title, *limits, line.words(value), verdict
