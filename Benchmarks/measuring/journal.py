"""What the journal costs for a start and an answer of 1 KB, checkpoints included."""

import os
import shutil
import subprocess

from .programs import load
from .table import Figure

SECONDS = 10


def run(setting, folder, width, jitter):
    """Pairs that were written, and the CPU time of the process in µs."""
    said = subprocess.run(
        [setting.journal_load, folder, str(width), "200", str(SECONDS), str(jitter)],
        capture_output=True, text=True, check=True).stdout.split()
    return int(said[0]), int(said[1])


def cost(setting, width, jitter):
    """µs a pair beside what the waiting itself costs."""
    folder = os.path.join(setting.scratch, "journal")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    idle_pairs, idle = run(setting, "-", width, jitter)
    pairs, busy = run(setting, folder, width, jitter)
    each = busy / pairs - idle / idle_pairs
    print(f"  {width} in flight, 200 ms, jitter {jitter} %: {pairs / SECONDS:.0f} pairs a second, {each:.1f} µs each, "
          f"load {load():.1f}", flush=True)
    return each


def figures(setting):
    busy = Figure("CPU of the journal for a start and an answer of 1 KB, 5,000 a second", "µs", 25, digits=1)
    few = Figure("the same with 64 in flight at 200 ms, which come together", "µs", 60, digits=1)
    spread = Figure("the same with 64 in flight at 100 to 300 ms, which come one by one", "µs", 60, digits=1)
    for _ in range(setting.times):
        busy.runs.append(cost(setting, 1000, 10))
        few.runs.append(cost(setting, 64, 0))
        spread.runs.append(cost(setting, 64, 50))
    return [busy, few, spread]
