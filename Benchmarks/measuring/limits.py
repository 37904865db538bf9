"""Limits: the width that is found against the best fixed one, refusals of a server that counts, requests a minute."""

import os
import shutil

from .programs import ModelServer, load, measure
from .table import Figure

DELAY = 0.2
SLOTS = (4, 64, 512)
# Exit code of a run that stopped at a limit.
STOPPED = 4

RECIPE = """recipe: limits
models:
  writer: {{provider: openai, url: "{url}/v1", model: stand-in, limits: {{{model}}}}}
input: {{csv: rows.csv}}
steps:
  - name: word
    ask: {{model: writer, prompt: "What is {{{{ input.number }}}}?", answer: {{text: string <= 40}}, max_tokens: 50}}
output: [{{jsonl: answers.jsonl, columns: {{text: word.text}}}}]
limits: {{time: {seconds}s}}
"""


def run(setting, server, seconds, model="", note=""):
    """Asks for so long, with more rows than can be asked about; gives what the server counted."""
    folder = os.path.join(setting.scratch, "limits")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "rows.csv"), "w", encoding="utf-8") as rows:
        rows.write("number\n")
        rows.writelines(f"{number}\n" for number in range(5000 * seconds))
    recipe = os.path.join(folder, "recipe.yaml")
    with open(recipe, "w", encoding="utf-8") as text:
        text.write(RECIPE.format(url=server.url, model=model, seconds=seconds))
    cost = measure([setting.linecook, "run", recipe, "--run", os.path.join(folder, "journal"), "--progress", "none"],
                   folder, expected=(STOPPED,))
    seen = server.stats()
    print(f"  {note}: {seen['answered']} answers in {cost.wall:.1f} s, {seen['past_bucket']} refused, "
          f"at most {seen['peak_open']} connections, CPU {cost.cpu:.1f} s, load {load():.1f}", flush=True)
    return seen


def found_width(setting, slots, seconds):
    """Answers with the width that is found, as a share of those with the best fixed one."""
    def answers(model, note):
        with ModelServer(setting.model_server, DELAY * 1000, 40, "--slots", str(slots)) as server:
            return run(setting, server, seconds, model, f"{slots} slots, {note}")["answered"]
    best = max(answers(f"in_flight: {width}", f"{width} in flight") for width in (slots, slots * 5 // 4, slots * 2))
    return 100 * answers("", "width found") / best


def figures(setting):
    seconds = 15 if setting.quick else 60
    minutes = 1 if setting.quick else 5
    figures = []
    for slots in SLOTS:
        figure = Figure(f"width found, {slots} slots of 200 ms, {seconds} s with the start", "% of the best fixed", 90, True)
        figure.runs.append(found_width(setting, slots, seconds))
        figures.append(figure)
    refused = Figure(f"refusals of 300 a second with a burst of 30, {seconds} s with the start", "% of requests", 1)
    with ModelServer(setting.model_server, DELAY * 1000, 40, "--bucket", "300,30") as server:
        seen = run(setting, server, seconds, note="300 a second")
        refused.runs.append(100 * seen["past_bucket"] / seen["requests"])
    busiest = Figure("requests_per_minute: 600, some tries refused: the most in any 60 s", "requests", 600, digits=0)
    reached = Figure(f"requests_per_minute: 600, over {minutes} min", "% of them", 97, True)
    with ModelServer(setting.model_server, DELAY * 1000, 40, "--fault", "500=5") as server:
        seen = run(setting, server, 60 * minutes, "requests_per_minute: 600", "600 a minute")
        busiest.runs.append(seen["busiest_minute"])
        # What was under way when the time was over may have been tried again after it.
        reached.runs.append(100 * seen["requests"] / (600 * minutes))
    return figures + [refused, busiest, reached]
