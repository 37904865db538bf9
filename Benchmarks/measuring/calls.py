"""Questions to a model: how near the rate comes to what the width allows, and what a question costs."""

import os
import shutil
import sqlite3

from . import data
from .programs import ModelServer, load, measure
from .table import Figure

DELAY = 0.2
# Numbers of kinds in the journal.
START, ANSWER = 1, 2


def run(setting, server, records, width, note=""):
    """One run of `recipes/calls.yaml` against a server; gives its cost and its journal."""
    folder = os.path.join(setting.scratch, "run")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    # With the server's address in the recipe, so that the width of its model stands.
    with open(os.path.join(setting.recipes, "calls.yaml"), encoding="utf-8") as text:
        recipe = text.read().replace("http://127.0.0.1:1", server.url)
    with open(os.path.join(folder, "calls.yaml"), "w", encoding="utf-8") as text:
        text.write(recipe)
    before = server.stats()
    cost = measure(
        [setting.linecook, "run", os.path.join(folder, "calls.yaml"),
         "--input", data.texts(setting.scratch, records), "--output", os.path.join(folder, "out"),
         "--run", os.path.join(folder, "journal"), "--in-flight", str(width), "--progress", "lines", "--fresh"], folder)
    after = server.stats()
    answered = after["answered"] - before["answered"]
    if answered != 2 * records:
        raise SystemExit(f"{answered} answers were given where {2 * records} belong to {records} records:\n{cost.said}")
    with open(os.path.join(folder, "out", "answers.jsonl"), "rb") as rows:
        written = sum(1 for _ in rows)
    if written != records:
        raise SystemExit(f"{written} rows were written, not {records}:\n{cost.said}")
    print(f"  {note}{records} records, {width} in flight: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, load {load():.1f}",
          flush=True)
    return cost, os.path.join(folder, "journal", "journal.sqlite")


def rate_from_first_window(journal, width):
    """Answers a second from the moment when the window was full for the first time to the last answer."""
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as database:
        events = database.execute("SELECT kind, at FROM event WHERE kind IN (1, 2) ORDER BY at").fetchall()
    open_calls, full, answers, last = 0, None, 0, None
    for kind, at in events:
        open_calls += 1 if kind == START else -1
        if full is None and open_calls >= width:
            full = at
        elif full is not None and kind == ANSWER:
            answers, last = answers + 1, at
    if full is None:
        raise SystemExit(f"the window of {width} was never full")
    return answers / ((last - full) / 1e9)


def figures(setting):
    records = 2000 if setting.quick else 10000
    narrow = Figure("rate at 64 in flight, 200 ms, two calls a record, start and end included", "% of ideal", 95, True)
    wide = Figure("rate at 1,000 in flight, from the first full window on", "% of ideal", 85, True)
    cost = Figure("CPU a model call, warm, journal included: 64 in flight, 200 ms", "µs", 200, digits=0)
    cost_wide = Figure("CPU a model call: 1,000 in flight, 200 ms", "µs", 200, digits=0)
    cost_busy = Figure("CPU a model call: 64 in flight, 0 ms", "µs", 200, digits=0)
    server_cost = Figure("CPU of the model server a request", "µs", 20, digits=1)

    with ModelServer(setting.model_server, DELAY * 1000, 1000) as server:
        few = 64
        start = run(setting, server, few, 64, "cold: ")[0]
        start = min((run(setting, server, few, 64, "start: ")[0] for _ in range(3)), key=lambda it: it.cpu)
        calls = 2 * (records - few)
        for _ in range(setting.times):
            took, _ = run(setting, server, records, 64)
            narrow.runs.append(100 * 2 * records / took.wall / (64 / DELAY))
            cost.runs.append(1e6 * (took.cpu - start.cpu) / calls)
            took, journal = run(setting, server, records, 1000)
            wide.runs.append(100 * rate_from_first_window(journal, 1000) / (1000 / DELAY))
            cost_wide.runs.append(1e6 * (took.cpu - start.cpu) / calls)
    with ModelServer(setting.model_server, 0, 1000) as server:
        for _ in range(setting.times):
            before = server.stats()
            took, _ = run(setting, server, records, 64, "0 ms: ")
            after = server.stats()
            cost_busy.runs.append(1e6 * (took.cpu - start.cpu) / calls)
            server_cost.runs.append((after["cpu_microseconds"] - before["cpu_microseconds"]) / (2 * records))
    return [narrow, wide, cost, cost_wide, cost_busy, server_cost]
