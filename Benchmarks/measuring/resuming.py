"""Runs that are gone on with: one that is over, and one that was killed at half of its rows."""

import filecmp
import os
import shutil
import signal
import subprocess
import time

from . import data
from .programs import load, measure
from .table import Figure


def words(setting, folder, path):
    return [setting.linecook, "run", os.path.join(setting.recipes, "rows.yaml"), "--input", path,
            "--output", os.path.join(folder, "out"), "--run", os.path.join(folder, "journal"), "--progress", "lines"]


def empty(setting, name):
    folder = os.path.join(setting.scratch, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def killed(command, spool, size):
    """Runs until the output has so many bytes, then kills; gives the time that took."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and (not os.path.exists(spool) or os.path.getsize(spool) < size):
        time.sleep(0.002)
    if process.poll() is not None:
        raise SystemExit("the run ended before it could be killed")
    process.send_signal(signal.SIGKILL)
    process.wait()
    return time.monotonic() - begun


def figures(setting):
    rows = 100_000 if setting.quick else 1_000_000
    over = Figure("`resume` of a finished run of 100,000 rows, to know that there is nothing to do", "s", 2)
    half = Figure(f"{rows:,} rows killed at half and gone on with, against the whole run", "×", 1.1)
    small, path = data.orders(setting.scratch, 100_000), data.orders(setting.scratch, rows)

    folder = empty(setting, "finished")
    measure(words(setting, folder, small), folder)
    for _ in range(setting.times):
        cost = measure([setting.linecook, "resume", os.path.join(folder, "journal")], folder)
        if "nothing to do" not in cost.said:
            raise SystemExit(f"resume did something:\n{cost.said}")
        over.runs.append(cost.wall)

    for _ in range(setting.times):
        whole = empty(setting, "whole")
        cost = measure(words(setting, whole, path), whole)
        written = os.path.join(whole, "out", "orders.jsonl")
        parts = empty(setting, "parts")
        spool = os.path.join(parts, "out", ".orders.jsonl.spool")
        first = killed(words(setting, parts, path), spool, os.path.getsize(written) // 2)
        rest = measure(words(setting, parts, path), parts)
        if not filecmp.cmp(written, os.path.join(parts, "out", "orders.jsonl"), shallow=False):
            raise SystemExit("the run that was killed did not end in the same bytes")
        print(f"  whole {cost.wall:.2f} s; killed after {first:.2f} s, rest {rest.wall:.2f} s, load {load():.1f}", flush=True)
        half.runs.append((first + rest.wall) / cost.wall)
    return [over, half]
