"""How long the loop of whoever changes Linecook is: a clean build, the tests, an edit and its tests."""

import os
import shutil
import time

from .programs import load, measure
from .table import Figure

# The edit: a line at the end of a file in the middle of the house, and the tests of its room.
EDITED = "Sources/Execution/RecordProgress.swift"
TESTED = "ExecutionTests"


def timed(name, command, setting):
    begun = time.monotonic()
    os.chdir(setting.root)
    measure(command, setting.scratch)
    took = time.monotonic() - begun
    print(f"  {name}: {took:.0f} s, load {load():.1f}", flush=True)
    return took


def figures(setting):
    """Once, not five times: a clean build takes minutes and varies little beside that."""
    place = os.path.join(setting.scratch, "clean")
    shutil.rmtree(place, ignore_errors=True)
    swift = ["swift", "build", "--scratch-path", place]
    measured = []

    def note(name, command):
        figure = Figure(name, "s", float("inf"), digits=0)
        figure.runs.append(timed(name, command, setting))
        measured.append(figure)

    timed("fetching the packages", ["swift", "package", "resolve", "--scratch-path", place], setting)
    note("`swift build` from clean, debug", swift)
    note("the same with the tests", swift + ["--build-tests"])
    test = ["swift", "test", "--disable-xctest", "--scratch-path", place]
    note("`swift test`, everything built", test)
    source = os.path.join(setting.root, EDITED)
    with open(source, encoding="utf-8") as file:
        text = file.read()
    try:
        with open(source, "w", encoding="utf-8") as file:
            file.write(text + "\nprivate let edited = 1\n")
        note("an edit in `Execution` and its tests", test + ["--filter", TESTED])
    finally:
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
    note("`swift build -c release --product linecook` from clean", swift + ["-c", "release", "--product", "linecook"])
    shutil.rmtree(place, ignore_errors=True)
    return measured
