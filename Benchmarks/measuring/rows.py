"""Many rows through plain steps, beside Miller doing the same work."""

import json
import os
import shutil
import subprocess

from . import data
from .programs import ModelServer, load, measure
from .table import Figure

# What `recipes/rows.yaml` does, in Miller's language; `format_values` and the like are left out, because nobody needs them.
MILLER = """
$total = $quantity * $price;
$month = substr($ordered, 0, 6);
$sound = $quantity > 0 && $total < 90000;
if ($paid != "true") {
  $reminder = $customer . " owes " . $total . " for " . $product;
} else {
  $reminder = "";
}
"""


def linecook(setting, recipe, path, note, more=()):
    folder = os.path.join(setting.scratch, "run")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    cost = measure(
        [setting.linecook, "run", os.path.join(setting.recipes, recipe + ".yaml"), "--input", path,
         "--output", os.path.join(folder, "out"), "--run", os.path.join(folder, "journal"), "--progress", "lines",
         "--fresh", "--no-cache", *more], folder)
    tell(recipe + note, cost)
    return cost, os.path.join(folder, "out", "orders.jsonl")


def miller(setting, path):
    written = os.path.join(setting.scratch, "miller.jsonl")
    with open(written, "wb") as file:
        cost = measure(["mlr", "--icsv", "--ojsonl", "--from", path, "put", MILLER], stdout=file)
    tell("miller", cost)
    return cost, written


def tell(name, cost):
    print(f"  {name}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, peak {cost.peak / 1e6:.0f} MB, load {load():.1f}", flush=True)


def compare(ours, theirs, rows):
    """Both wrote the same rows with the same values; numbers are compared as numbers."""
    with open(ours, encoding="utf-8") as one, open(theirs, encoding="utf-8") as other:
        count = 0
        for left, right in zip(one, other, strict=True):
            count += 1
            left, right = json.loads(left), json.loads(right)
            left["paid"] = str(left["paid"]).lower()
            same = list(left) == list(right) and all(
                abs(left[name] - right[name]) < 1e-6 if isinstance(left[name], float) else left[name] == right[name]
                for name in left if name not in ("reminder", "sound"))
            # The amount in the sentence has as many digits as the language gives it.
            same = same and bool(left["reminder"]) == bool(right["reminder"])
            same = same and left["sound"] == (right["sound"] in (True, "true"))
            if not same:
                raise SystemExit(f"row {count} is not the same:\n{left}\n{right}")
    if count != rows:
        raise SystemExit(f"{count} rows were written, not {rows}")


def figures(setting):
    rows = 100_000 if setting.quick else 1_000_000
    path, tenth = data.orders(setting.scratch, rows), data.orders(setting.scratch, rows // 10)
    version = subprocess.run(["mlr", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"  {version}; {rows} rows, {os.path.getsize(path) / 1e6:.0f} MB")
    wall = Figure(f"wall time of {rows:,} rows through three plain steps, against Miller's", "× Miller", 0.5)
    cpu = Figure("CPU time of the same, against Miller's", "× Miller", 1)
    peak = Figure(f"peak memory against that of {rows // 10:,} rows", "×", 1.2)
    key = Figure("memory a record more where records have a `key`", "bytes", 32, digits=0)
    asked = Figure("wall time with a question on 1 %, against 1.5 × that without + 200 µs a call", "×", 1)
    absolute = [
        Figure("  linecook's wall time, for the record", "s", float("inf")),
        Figure("  linecook's CPU time, for the record", "s", float("inf")),
        Figure("  Miller's wall time, for the record", "s", float("inf")),
        Figure("  Miller's CPU time, for the record", "s", float("inf")),
    ]

    linecook(setting, "rows", path, " (warm-up)")
    for number in range(setting.times):
        ours, written = linecook(setting, "rows", path, "")
        theirs, same = miller(setting, path)
        if number == 0:
            compare(written, same, rows)
        wall.runs.append(ours.wall / theirs.wall)
        cpu.runs.append(ours.cpu / theirs.cpu)
        for figure, run in zip(absolute, (ours.wall, ours.cpu, theirs.wall, theirs.cpu)):
            figure.runs.append(run)
        peak.runs.append(ours.peak / linecook(setting, "rows", tenth, f" ({rows // 10:,} rows)")[0].peak)
        key.runs.append((linecook(setting, "rows-with-key", path, "")[0].peak - ours.peak) / rows)
        with ModelServer(setting.model_server, 0, 150) as server:
            more, _ = linecook(
                setting, "rows-with-questions", path, "", ["--model", f"writer={server.url}/v1#stand-in"])
            calls = server.stats()["answered"]
        if not 0.008 * rows < calls < 0.012 * rows:
            raise SystemExit(f"{calls} questions were asked about {rows} rows")
        asked.runs.append(more.wall / (1.5 * ours.wall + calls * 200e-6))
    return [wall, cpu, peak, key, asked] + absolute
