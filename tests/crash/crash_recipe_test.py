#!/usr/bin/env python3
"""crash_recipe_test.py SOW TASKS: recipes, killed 20 times and resumed.

Self-Instruct makes TASKS tasks, Evol-Instruct takes them through four rounds, `sow mock`
answers: about four times as many records. Then goals of people become conversations, texts
get instructions, and of tasks with scores some are chosen. What is exported after the kills is byte
for byte what a run gives that was never touched. TAP; the seed of the random moments can be given in SEED.
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
from killed import finishes, kill_and_resume  # noqa: E402

SOW, TASKS = sys.argv[1], int(sys.argv[2])
KILLS = 20
RECIPE = """no-cache: true
concurrency: 64
teachers:
  writer: {teacher: "%s", model: mock}
steps:
  - {method: self-instruct, n: %d}
  - {method: evol, rounds: 4}
"""
TALKS = """no-cache: true
concurrency: 32
teachers:
  writer: {teacher: "%s", model: mock}
  user: {teacher: "%s", model: other}
steps:
  - {method: map, input: people.jsonl, prompt: "What may {{persona}} want?", into: goal}
  - {method: converse, turns: 4, talks: 2}
"""
CHOICE = """no-cache: true
concurrency: 64
teachers:
  writer: {teacher: "%s", model: mock}
  embedder: {teacher: "%s", model: other}
steps:
  - {method: self-instruct, n: %d}
  - {method: score, with: [length, refusal, novelty, embed]}
  - {method: select, where: refusal == 0, pick: kcenter, top: 60%%}
"""
MANY = """steps:
  - {method: score, input: many.jsonl, with: length}
  - {method: select, where: length > 2, by: length, top: 60%, ranked: true}
"""
TEXTS = """no-cache: true
concurrency: 32
teachers:
  writer: {teacher: "%s", model: mock}
  judge: {teacher: "%s", model: other}
steps:
  - {method: map, input: people.jsonl, prompt: "Tell of {{persona}}.", into: text}
  - {method: backtranslate, field: text, votes: 3, keep: 3, rule: [short-text=20]}
"""


def command(recipe, run):
    return [SOW, "run", recipe, "-q", "-o", run]


def exported(run, form):
    done = subprocess.run([SOW, "export", run, "--format", form, "-o", "-"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare(scratch, text, least, form):
    recipe = os.path.join(scratch, "recipe.yaml")
    with open(recipe, "w", encoding="utf-8") as out:
        out.write(text)
    with open(os.path.join(scratch, "people.jsonl"), "w", encoding="utf-8") as out:
        out.writelines('{"persona": "person number %d"}\n' % i for i in range(TASKS // 20))
    with open(os.path.join(scratch, "many.jsonl"), "w", encoding="utf-8") as out:
        out.writelines('{"instruction": "Ask %d", "output": "%s"}\n' % (i, "word " * (i * 7919 % 50)) for i in range(6 * TASKS))
    untouched, killed = os.path.join(scratch, "untouched"), os.path.join(scratch, "killed")
    begun = time.monotonic()
    assert finishes(command(recipe, untouched), 600)
    seconds = time.monotonic() - begun
    whole = exported(untouched, form)
    records = whole.count(b"\n")
    assert records > least, records

    def check():
        assert exported(killed, form) == whole

    done = kill_and_resume(command(recipe, killed), killed, KILLS, seconds / 8, check)
    shutil.rmtree(untouched)
    return "%d records, %s" % (records, done)


def main():
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    random.seed(seed)
    print("# seed %d" % seed)
    scratch = tempfile.mkdtemp(prefix="sow-crash-")
    mock = subprocess.Popen([SOW, "mock", "--port", "0", "--until-eof"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    try:
        url = mock.stdout.readline().strip()
        return tap.run([
            ("recipe killed and resumed",
             lambda: compare(scratch, RECIPE % (url, TASKS), 2 * TASKS, "self-instruct")),
            ("conversations", lambda: compare(scratch, TALKS % (url, url), TASKS // 20, "messages")),
            ("choice among many", lambda: compare(scratch, MANY, 3 * TASKS, "records")),
            ("choice", lambda: compare(scratch, CHOICE % (url, url, TASKS // 2), TASKS // 5, "records")),
            ("backtranslation", lambda: compare(scratch, TEXTS % (url, url), TASKS // 100, "records")),
        ])
    finally:
        mock.stdin.close()
        mock.wait(timeout=60)
        mock.stdout.close()
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
