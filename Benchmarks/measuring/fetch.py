"""Pages from a server of this machine: how many a second are fetched and made into text."""

import json
import os
import shutil

from .programs import ModelServer, load, measure
from .table import Figure


def rows(folder, count):
    path = os.path.join(folder, f"numbers-{count}.csv")
    if not os.path.exists(path):
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write("id\n" + "".join(f"{number}\n" for number in range(count)))
        os.rename(path + ".new", path)
    return path


def run(setting, server, records):
    folder = os.path.join(setting.scratch, "fetch")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(setting.recipes, "fetch.yaml"), encoding="utf-8") as text:
        recipe = text.read().replace("http://127.0.0.1:1", server.url)
    with open(os.path.join(folder, "fetch.yaml"), "w", encoding="utf-8") as text:
        text.write(recipe)
    cost = measure(
        [setting.linecook, "run", os.path.join(folder, "fetch.yaml"), "--input", rows(setting.scratch, records),
         "--output", os.path.join(folder, "out"), "--run", os.path.join(folder, "journal"), "--progress", "none",
         "--fresh"], folder)
    with open(os.path.join(folder, "out", "pages.jsonl"), encoding="utf-8") as lines:
        pages = [json.loads(line) for line in lines]
    if len(pages) != records or any(f"Page {page['id']}\n" not in page["text"] for page in pages):
        raise SystemExit(f"{len(pages)} pages were written, not {records}, or not each its own:\n{cost.said}")
    print(f"  {records} pages: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, peak {cost.peak >> 20} MB, load {load():.1f}",
          flush=True)
    return cost


def figures(setting):
    records = 2000 if setting.quick else 10000
    rate = Figure("pages of 4 KB a second, 64 in flight, as text, start and end included", "a second", 2000, True)
    cpu = Figure("CPU a page, journal included", "µs", 1000, digits=0)
    with ModelServer(setting.model_server, 0, 100) as server:
        for _ in range(setting.times):
            cost = run(setting, server, records)
            rate.runs.append(records / cost.wall)
            cpu.runs.append(1e6 * cost.cpu / records)
    return [rate, cpu]
