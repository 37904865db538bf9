"""A thousand records that wait for a person: how soon the list opens and an answer is stored while the run writes on."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time
from urllib.parse import urlencode

from .programs import load
from .table import Figure

WAITING = 1000
# Of the run that goes on meanwhile: so many steps at once, each of so many milliseconds. Its records stand behind those
# that wait.
STEPS, DELAY, FIRST = 1000, 185, 1_000_000


class Pages:
    """`linecook review --web` and a person who is signed in, for the length of a `with`."""

    def __init__(self, setting, folder):
        self.command = [setting.linecook, "review", "run", "--web", "--as", "Ada"]
        self.folder = folder

    def __enter__(self):
        self.process = subprocess.Popen(self.command, cwd=self.folder, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        found = re.match(r"Ada: http://(\S+?)(/in/\w+)", line)
        if not found:
            raise SystemExit(f"the review pages did not start: {line}")
        self.host = found.group(1)
        self.line = http.client.HTTPConnection(self.host)
        self.headers = {}
        self.headers["Cookie"] = self.ask("GET", found.group(2))[2]["Set-Cookie"].split(";")[0]
        page = self.ask("GET", "/")[1]
        self.token = re.search(r'name="token" value="(\w+)"', page).group(1)
        return self

    def __exit__(self, *_):
        self.line.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.process.stderr.close()

    def ask(self, method, target, body=None, expected=200):
        """Milliseconds up to the last byte, the page, its headers."""
        headers = dict(self.headers, Origin=f"http://{self.host}") if body else self.headers
        begun = time.monotonic()
        self.line.request(method, target, body, headers)
        answer = self.line.getresponse()
        page = answer.read().decode()
        took = 1000 * (time.monotonic() - begun)
        if answer.status != expected:
            raise SystemExit(f"{method} {target} gave {answer.status}:\n{page}")
        return took, page, answer.headers

    def approve(self, item):
        form = urlencode({"token": self.token, "word": "approve", "seen": item["seen"]}).encode()
        return self.ask("POST", f"/record/{item['number']}/answer", form, expected=303)[0]


def queue(setting, folder, state):
    said = subprocess.run(
        [setting.linecook, "review", "run", "--list", "--json", "--state", state], cwd=folder, capture_output=True,
        text=True, check=True).stdout
    return [json.loads(line) for line in said.splitlines()]


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def sync_time(folder):
    """Milliseconds that the disk takes to sync a commit's worth, p99: no answer is stored in less."""
    times = []
    path = os.path.join(folder, "probe")
    with open(path, "wb", buffering=0) as file:
        for _ in range(300):
            file.write(bytes(16384))
            begun = time.monotonic()
            os.fdatasync(file.fileno())
            times.append(1000 * (time.monotonic() - begun))
            time.sleep(0.003)
    os.remove(path)
    return percentile(times, 0.99)


def measure(setting, seconds):
    """The times of lists, those of answers, and how many steps were written a second meanwhile."""
    folder = os.path.join(setting.scratch, "review")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "run"))
    subprocess.run([setting.review_room, os.path.join(folder, "run"), str(WAITING)], check=True)
    sync = sync_time(folder)
    items = [item for item in queue(setting, folder, "open") if item["kind"] == "review"][:WAITING]
    with Pages(setting, folder) as pages:
        writer = subprocess.Popen(
            [setting.journal_load, os.path.join(folder, "run"), str(STEPS), str(DELAY), str(seconds), "10", str(FIRST)],
            stdout=subprocess.PIPE, text=True)
        lists, answers = [], []
        # A list for every ten answers, as long as the run writes.
        while writer.poll() is None and items:
            if len(answers) % 10 == 0:
                lists.append(pages.ask("GET", "/")[0])
            answers.append(pages.approve(items.pop()))
        if writer.poll() is not None and len(answers) < 200:
            raise SystemExit(f"only {len(answers)} answers were given while the run wrote")
        written = int(writer.communicate()[0].split()[0]) / seconds
    if len(queue(setting, folder, "answered")) != len(answers):
        raise SystemExit("not every answer is in the journal")
    print(f"  list {percentile(lists, 0.5):.0f} ms, at most {max(lists):.0f}; {len(answers)} answers: median "
          f"{percentile(answers, 0.5):.1f} ms, p99 {percentile(answers, 0.99):.1f}, at most {max(answers):.1f}; "
          f"{written:.0f} steps a second; a sync of the disk alone p99 {sync:.1f} ms, load {load():.1f}", flush=True)
    return lists, answers, written


def figures(setting):
    seconds = 5 if setting.quick else 10
    opened = Figure(f"the list of {WAITING:,} waiting records opens, the slowest of many", "ms", 200, digits=0)
    stored = Figure("an answer is stored and the next record known, p99", "ms", 20, digits=1)
    steps = Figure("steps a second that another process writes to the same journal meanwhile", "", 5000, True, digits=0)
    for _ in range(setting.times):
        lists, answers, written = measure(setting, seconds)
        opened.runs.append(max(lists))
        stored.runs.append(percentile(answers, 0.99))
        steps.runs.append(written)
    return [opened, stored, steps]
