"""Who drains a stream, and what it took: mosquitto_sub, MQTT.js, wiretree-cli.

All are timed by firehose, from the first byte it sends to the acknowledgement of the closing message.
mosquitto_sub prints to nowhere, MQTT.js counts. wiretree-cli acknowledges what is committed only, so
its time includes storing everything.
"""

import dataclasses
import json
import subprocess
import tempfile
from pathlib import Path

import history
from programs import Failed, watch
from stream import drained, firehose

HERE = Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Figures:
    rate: float  # messages a second
    cpu: float  # µs of processor time a message
    memory: float  # bytes, resident, at the peak
    lag: float  # seconds that a paced stream was late at the most
    disk: float = 0  # bytes of the history


class Mosquitto:
    name = "mosquitto_sub"

    def drain(self, program, stream):
        def command(port):
            count = str(stream.messages + 1)
            options = ["-p", port, "-t", "#", "-q", stream.qos, "-F", "%t %p", "-C", count]
            return ["mosquitto_sub", *options]

        return measured(program, stream, command)


class MqttJs:
    name = "MQTT.js"

    def __init__(self):
        """Installs what package-lock.json says, once for each state of it."""
        lock, installed = HERE / "package-lock.json", HERE / "node_modules/.installed-lock.json"
        if not installed.exists() or installed.read_bytes() != lock.read_bytes():
            command = ["npm", "ci", "--prefix", str(HERE), "--loglevel", "error"]
            if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
                raise Failed("npm could not install MQTT.js (see above).")
            installed.write_bytes(lock.read_bytes())

    def drain(self, program, stream):
        script = HERE / "count.mjs"
        return measured(program, stream, lambda port: ["node", script, port, stream.qos])


class Wiretree:
    def __init__(self, cli, folder, name="wiretree-cli"):
        self.cli, self.folder, self.name = cli, folder, name

    def drain(self, program, stream, keep_as=None):
        """Checks what was recorded too, and removes it, unless there is a name to keep it by."""
        place = self.folder / (keep_as or "history.sqlite3")
        with tempfile.TemporaryFile() as stdout:
            figures = measured(program, stream, self.recorder(stream, place), stdout)
            stdout.seek(0)
            counted = json.load(stdout)
        expected = {
            "received": stream.messages + 1, "stored": stream.messages + 1, "dropped": 0,
            "topics": stream.topics + 1,
        }
        if wrong := {key: counted.get(key) for key in expected if counted.get(key) != expected[key]}:
            raise Failed(f"wiretree-cli counted {wrong} where {expected} came.")
        history.verify(self.cli, place, stream, stream.messages)
        figures = dataclasses.replace(figures, disk=history.size(place))
        if keep_as is None:
            history.remove(place)
        return figures

    def recorder(self, stream, place):
        def command(port):
            return [
                self.cli, "record", "--broker", f"mqtt://127.0.0.1:{port}", "--protocol", "3.1.1",
                "--filter", "#", "--qos", stream.qos, "--history", place,
                "--count", stream.messages + 1,
            ]

        return command


def measured(program, stream, command_for, stdout=subprocess.DEVNULL):
    """Lets one client drain one stream. `command_for` makes its command line from the port."""
    with firehose(program, stream) as (sender, port):
        usage = watch(command_for(port), stdout)
        report = drained(sender)
    cpu = usage.cpu_seconds * 1e6 / stream.messages
    return Figures(report["msgs_per_s"], cpu, usage.peak_bytes, report["max_lag_ms"] / 1e3)
