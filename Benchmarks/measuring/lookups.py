"""Many leads, each looked up in a SQLite file with an index."""

import csv
import os
import shutil

from . import data
from .programs import load, measure
from .table import Figure


def linecook(setting, path):
    folder = os.path.join(setting.scratch, "lookups")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    cost = measure(
        [setting.linecook, "run", os.path.join(setting.recipes, "lookups.yaml"), "--input", path,
         "--output", os.path.join(folder, "out"), "--run", os.path.join(folder, "journal"), "--progress", "lines",
         "--fresh", "--no-cache"], folder)
    print(f"  {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, peak {cost.peak / 1e6:.0f} MB, load {load():.1f}", flush=True)
    return cost, os.path.join(folder, "out", "leads.csv")


def compare(written, leads, accounts):
    """Every lead is there, in its order, with what the database has of it."""
    with open(written, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with open(leads, newline="", encoding="utf-8") as file:
        for number, (lead, row) in enumerate(zip(csv.DictReader(file), rows, strict=True)):
            owner, plan = accounts.get(lead["domain"], ("", ""))
            if (row["domain"], row["owner"], row["plan"]) != (lead["domain"], owner, plan):
                raise SystemExit(f"row {number + 1} is not what the database says: {row}")


def figures(setting):
    count = 20_000 if setting.quick else 100_000
    leads, accounts = data.leads(setting.scratch, count)
    wall = Figure(f"{count:,} leads looked up in SQLite by an index, wall time", "s", 4 * count / 100_000)
    cpu = Figure("CPU time of the same, a lead", "µs", 40, digits=1)
    linecook(setting, leads)  # to warm up
    for number in range(setting.times):
        cost, written = linecook(setting, leads)
        if number == 0:
            compare(written, leads, accounts)
        wall.runs.append(cost.wall)
        cpu.runs.append(cost.cpu / count * 1e6)
    return [wall, cpu]
