#!/usr/bin/env python3
"""crash_recipe_test.py SOW TASKS: a recipe of two methods, killed 20 times and resumed.

Self-Instruct makes TASKS tasks, Evol-Instruct takes them through four rounds, `sow mock`
answers: about four times as many records. What is exported after the kills is byte for byte
what a run gives that was never touched. TAP; the seed of the random moments can be given in SEED.
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


def command(recipe, run):
    return [SOW, "run", recipe, "-q", "-o", run]


def exported(run):
    done = subprocess.run([SOW, "export", run, "--format", "self-instruct", "-o", "-"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare(scratch, url):
    recipe = os.path.join(scratch, "recipe.yaml")
    with open(recipe, "w", encoding="utf-8") as out:
        out.write(RECIPE % (url, TASKS))
    untouched, killed = os.path.join(scratch, "untouched"), os.path.join(scratch, "killed")
    begun = time.monotonic()
    assert finishes(command(recipe, untouched), 600)
    seconds = time.monotonic() - begun
    whole = exported(untouched)
    records = whole.count(b"\n")
    assert records > 2 * TASKS, records

    def check():
        assert exported(killed) == whole

    done = kill_and_resume(command(recipe, killed), killed, KILLS, seconds / 8, check)
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
        return tap.run([("recipe killed and resumed", lambda: compare(scratch, url))])
    finally:
        mock.stdin.close()
        mock.wait(timeout=60)
        mock.stdout.close()
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
