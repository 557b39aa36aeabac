#!/usr/bin/env python3
"""crash_examples_test.py SOW EXAMPLES: recipes of examples/, each killed 20 times and resumed.

Those that make instructions of documents, of nothing, and of people, and the one that chooses, as they
stand, on `sow mock`.
After the kills the file that a recipe writes, its records and its rejects are byte for byte those of
a run that was never touched. TAP; the seed of the random moments can be given in SEED.
"""
import contextlib
import functools
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import example  # noqa: E402
import tap  # noqa: E402
from killed import finishes, kill_and_resume  # noqa: E402

SOW, EXAMPLES = map(os.path.abspath, sys.argv[1:3])
KILLS = 20
# What a recipe writes, how much of it there is at least, and how many are asked at once: a whole
# run takes half a second or more, so that a kill can meet any part of it.
RECIPES = [("documents", "questions.jsonl", 60, 8), ("backtranslate", "pairs.jsonl", 1, 1),
           ("magpie", "data.jsonl", 200, 32), ("conversations", "talks.jsonl", 50, 16),
           ("choose", "chosen.jsonl", 20, 8)]


def contents(run, file):
    records = subprocess.run([SOW, "export", run, "--format", "records", "-o", "-"], check=True,
                             stdin=subprocess.DEVNULL, capture_output=True, timeout=120).stdout
    with contextlib.closing(sqlite3.connect(os.path.join(run, "run.db"))) as db:
        rejects = db.execute("SELECT step, ticket, item, stage, rule, text, detail, near, score"
                             " FROM reject ORDER BY 1, 2, 3, 4, 5, 6, 7").fetchall()
    with open(os.path.join(run, file), "rb") as out:
        return out.read(), records, rejects


def killed(scratch, url, name, file, least, at_once):
    recipe = example.copied(os.path.join(EXAMPLES, name + ".yaml"), scratch, example.on_mock(url))
    untouched, torn = os.path.join(scratch, "untouched"), os.path.join(scratch, "torn")

    def command(run):
        return [SOW, "run", recipe, "-q", "--no-cache", "--concurrency", str(at_once), "-o", run]

    begun = time.monotonic()
    assert finishes(command(untouched), 600)
    seconds = time.monotonic() - begun
    whole = contents(untouched, file)
    records = whole[0].count(b"\n")
    assert records >= least, records

    def check():
        assert contents(torn, file) == whole

    done = kill_and_resume(command(torn), torn, KILLS, seconds / 3, check)
    return "%d records, %d rejects, %s" % (records, len(whole[2]), done)


def on_mock(*what):
    scratch = tempfile.mkdtemp(prefix="sow-crash-")
    mock = subprocess.Popen([SOW, "mock", "--port", "0", "--latency", "20", "--sigma", "0.5",
                             "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        return killed(scratch, mock.stdout.readline().strip(), *what)
    finally:
        mock.stdin.close()
        mock.wait(timeout=60)
        mock.stdout.close()
        shutil.rmtree(scratch, ignore_errors=True)


def main():
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    random.seed(seed)
    print("# seed %d" % seed)
    return tap.run([(what[0], functools.partial(on_mock, *what)) for what in RECIPES])


sys.exit(main())
