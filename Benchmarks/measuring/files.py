"""A folder of many small files, listed, read and written through."""

import json
import os
import shutil

from . import data
from .programs import load, measure
from .table import Figure


def linecook(setting, folder, note=""):
    work = os.path.join(setting.scratch, "files-run")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    cost = measure(
        [setting.linecook, "run", os.path.join(setting.recipes, "files.yaml"), "--input", folder,
         "--output", os.path.join(work, "out"), "--run", os.path.join(work, "journal"), "--progress", "lines",
         "--fresh", "--no-cache"], work)
    print(f"  files{note}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, peak {cost.peak / 1e6:.0f} MB, load {load():.1f}",
          flush=True)
    return cost, os.path.join(work, "out", "files.jsonl")


def compare(written, folder, count):
    """Every file is there, in the order of the paths, with its bytes and its words."""
    with open(written, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    if len(rows) != count or [row["path"] for row in rows] != sorted(row["path"] for row in rows):
        raise SystemExit(f"{len(rows)} rows were written, not {count} in the order of their paths")
    for row in rows:
        with open(os.path.join(folder, row["path"]), encoding="utf-8") as file:
            text = file.read()
        if (row["text"], row["bytes"], row["words"]) != (text, len(text.encode()), len(text.split())):
            raise SystemExit(f"{row['path']} is not what the file says")


def figures(setting):
    count = 1_000 if setting.quick else 10_000
    folder, tenth = data.files(setting.scratch, count), data.files(setting.scratch, count // 10)
    wall = Figure(f"a folder of {count:,} text files of 2 KB, listed, read and written through", "s", 5 * count / 10_000)
    cpu = Figure("  CPU time of the same, a file, for the record", "µs", float("inf"), digits=1)
    peak = Figure(f"peak memory against that of {count // 10:,} files", "×", 1.2)
    linecook(setting, folder, " (warm-up)")
    for number in range(setting.times):
        cost, written = linecook(setting, folder)
        if number == 0:
            compare(written, folder, count)
        wall.runs.append(cost.wall)
        cpu.runs.append(cost.cpu / count * 1e6)
        peak.runs.append(cost.peak / linecook(setting, tenth, f" ({count // 10:,})")[0].peak)
    return [wall, cpu, peak]
