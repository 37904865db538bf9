"""How long a look at a recipe takes, and that it starts nothing and opens no database."""

import os
import re
import shutil
import statistics
import subprocess

from .programs import load, measure
from .table import Figure


def figures(setting):
    command = [setting.linecook, "check", os.path.join(setting.root, "recipes", "summarise-documents.yaml")]
    took = Figure("`linecook check` of the shipped recipe, median of 50, warm", "ms", 30, digits=1)
    cpu = Figure("  its CPU time, for the record", "ms", float("inf"), digits=1)
    for _ in range(setting.times):
        for _ in range(3):
            measure(command)
        costs = [measure(command) for _ in range(50)]
        took.runs.append(1e3 * statistics.median(cost.wall for cost in costs))
        cpu.runs.append(1e3 * statistics.median(cost.cpu for cost in costs))
        print(f"  check: {took.runs[-1]:.1f} ms, CPU {cpu.runs[-1]:.1f} ms, load {load():.1f}", flush=True)
    return [took, cpu] + seen(setting, command)


def seen(setting, command):
    """What the system saw of one `check`, where strace is there to look."""
    if not shutil.which("strace"):
        print("  strace is not here, so nobody looked which processes and databases `check` opens")
        return []
    log = os.path.join(setting.scratch, "check.strace")
    subprocess.run(["strace", "-f", "-e", "trace=execve,fork,vfork,openat,open", "-o", log, *command],
                   check=True, capture_output=True)
    with open(log, encoding="utf-8") as file:
        lines = [line for line in file if "ENOENT" not in line]
    programs = Figure("processes that `check` starts", "", 0, digits=0)
    databases = Figure("databases that it opens", "", 0, digits=0)
    programs.runs.append(sum(1 for line in lines if re.search(r"\b(execve|fork|vfork)\(", line)) - 1)
    databases.runs.append(sum(1 for line in lines if re.search(r'\.(sqlite|db)(-\w+)?"', line)))
    return [programs, databases]
