"""Programs that are run and watched: built, timed, and ended whatever happens.

Absent: what they are run for.
"""

import dataclasses
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 1200  # seconds one program may take
LOOK_EVERY = 0.02  # seconds between two looks at a program's memory


class Failed(Exception):
    """A run that gives no figures, with the reason as a sentence."""


@dataclasses.dataclass(frozen=True)
class Usage:
    cpu_seconds: float  # user and system
    peak_bytes: int  # resident


def target():
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target")


def build_firehose():
    folder = ROOT / "tools/firehose"
    cargo("build", "--manifest-path", folder / "Cargo.toml", "--target-dir", folder / "target")
    return folder / "target/release/firehose"


def build_cli():
    cargo("build", "--package", "wiretree-cli")
    return target() / "release/wiretree-cli"


def cargo(verb, *arguments):
    command = ["cargo", verb, "--quiet", "--release", "--locked", *map(str, arguments)]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise Failed("The build failed (see above).")


def bench_target(package, name, *arguments):
    """What a bench target of ours prints for these arguments. Cargo builds it where it must."""
    command = ["cargo", "bench", "--quiet", "--locked", "--package", package, "--bench", name]
    command += ["--", *map(str, arguments)]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
    if ran.returncode != 0:
        raise Failed(f"The bench {name} of {package} failed (see above).")
    return ran.stdout


def peak_memory(pid):
    """The highest resident memory of a running process so far in bytes; 0 when it has ended.

    From /proc, because the figure of wait4 begins with the memory of this script.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def watch(command, stdout=subprocess.DEVNULL, kill_after=None):
    """Runs a program to its end. With `kill_after` seconds its end is kill -9, and is no failure."""
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen([str(part) for part in command], stdout=stdout, stderr=stderr)
        try:
            usage = wait(process, command[0], kill_after)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
        killed = kill_after is not None and process.returncode == -signal.SIGKILL
        if process.returncode != 0 and not killed:
            stderr.seek(0)
            last = stderr.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Failed(f"{command[0]} ended with {process.returncode}: {' / '.join(last)}")
        return usage


def wait(process, name, kill_after):
    began, peak, killed = time.monotonic(), 0, False
    while True:
        peak = max(peak, peak_memory(process.pid))
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(status)
            return Usage(usage.ru_utime + usage.ru_stime, peak)
        passed = time.monotonic() - began
        if kill_after is not None and passed > kill_after and not killed:
            process.send_signal(signal.SIGKILL)
            killed = True
        if passed > PATIENCE:
            raise Failed(f"{name} was not done after {PATIENCE} s.")
        time.sleep(LOOK_EVERY if kill_after is None else 0.002)
