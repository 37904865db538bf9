"""Running programs and saying what they cost: wall time, CPU time, peak memory."""

import json
import os
import re
import subprocess
import time
import urllib.request
from dataclasses import dataclass


@dataclass
class Cost:
    wall: float
    cpu: float
    peak: int  # bytes
    status: int
    said: str  # on standard error


def measure(command, folder=None, expected=(0,), stdout=subprocess.DEVNULL):
    """Runs a command to its end. What children of its own cost counts when it waited for them."""
    with open(os.path.join(folder, "stderr.txt") if folder else os.devnull, "w+", encoding="utf-8") as errors:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read()
    if process.returncode not in expected:
        raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}:\n{said}")
    # macOS counts bytes where Linux counts kilobytes.
    peak = usage.ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024)
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak, process.returncode, said)


class ModelServer:
    """The stand-in for a model, for the length of a `with`."""

    def __init__(self, program, delay, text, *options):
        self.command = [program, "--delay", str(delay), "--text", str(text), "--stdin-guard", *options]

    def __enter__(self):
        # It ends when its standard input closes, so it cannot outlive this process.
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        found = re.search(r"listening on (http://\S+)", line)
        if not found:
            raise SystemExit(f"the model server did not start: {line}")
        self.url = found.group(1)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def stats(self):
        with urllib.request.urlopen(self.url + "/stats") as answer:
            return json.load(answer)


def load():
    """How many processes wanted a core in the last minute; the figures hold where that is near zero at the start."""
    return os.getloadavg()[0]
