#!/usr/bin/env python3
"""crash_http_test.py SOW: kill a run over HTTP with SIGKILL at 50 random moments, 64 requests
in flight, against `sow mock`, which is slow by chance, refuses, and breaks off; resume each time.

What comes out is byte for byte that of a run that was never touched, though each start has a
reply cache of its own; and by the mock's log nothing that was answered and on disk was asked
again: the seed of a request is in both. TAP; the seed of the random moments can be given
in SEED.
"""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
from killed import finishes  # noqa: E402

SOW = sys.argv[1]
TASKS = 300
KILLS = 50
FAULTS = ["--fault", "429=0.03", "--fault", "500=0.02", "--fault", "reset=0.02", "--fault",
          "cut=0.02", "--retry-after", "none"]


class Mock:
    def __init__(self, scratch, *args):
        self.log = os.path.join(scratch, "mock.log")
        self.process = subprocess.Popen(
            [SOW, "mock", "--port", "0", "--until-eof", "--seed", "5", "--log", self.log, *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def asked(self):
        """The seeds that came so far, in order, and which of them were answered."""
        with open(self.log) as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


def environment(scratch, number):
    return dict(os.environ, XDG_CACHE_HOME=os.path.join(scratch, "cache%d" % number))


def command(url, run):
    return [SOW, "self-instruct", "-q", "-n", str(TASKS), "-o", run, "--teacher", url,
            "--model", "mock", "--cache-as", "mock", "--concurrency", "64"]


def exported(run):
    done = subprocess.run([SOW, "export", run, "--format", "self-instruct", "-o", "-"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == TASKS, done.stdout.count("\n")
    return done.stdout


def stored(run):
    """The seeds, as they were sent, of the replies on disk."""
    path = os.path.join(run, "run.db")
    if not os.path.exists(path):
        return set()
    try:
        with sqlite3.connect(path) as db:
            return {seed & 0x7FFFFFFF for seed, in db.execute("SELECT seed FROM reply")}
    except sqlite3.OperationalError:  # killed before the tables were made
        return set()


def whole_run(mock, scratch, name, number):
    run = os.path.join(scratch, name)
    done = subprocess.run(command(mock.url, run), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=300, env=environment(scratch, number))
    assert done.returncode == 0, done.stderr
    return exported(run)


def killed_runs(mock, scratch, whole, seconds):
    kills = runs = asked_again = 0
    number = 100
    while kills < KILLS:
        run = os.path.join(scratch, "killed%d" % runs)
        runs += 1
        of_this, kept = 0, set()
        while True:
            number += 1
            before = len(mock.asked())
            killed = not finishes(command(mock.url, run),
                                  random.uniform(0.02, 0.6 * seconds) if of_this < 10 else 300,
                                  env=environment(scratch, number))
            kills += killed
            of_this += killed
            time.sleep(0.05)  # what was on its way is logged
            since = {line["seed"] for line in mock.asked()[before:]}
            assert not kept & since, "%d stored replies were asked for again" % len(kept & since)
            has = stored(run)
            assert kept <= has, "a stored reply was lost"
            asked_again += len(since - has)
            kept = has
            if not killed:
                break
        assert exported(run) == whole, "run %d differs after kills" % runs
        shutil.rmtree(run)
    return "%d kills over %d runs; %d replies were lost in flight" % (kills, runs, asked_again)


def main():
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    random.seed(seed)
    print("# seed %d" % seed)
    scratch = tempfile.mkdtemp(prefix="sow-crash-")
    mock = Mock(scratch, "--latency", "4", "--sigma", "0.8", *FAULTS)
    try:
        begun = time.monotonic()
        whole = whole_run(mock, scratch, "untouched", 1)
        seconds = time.monotonic() - begun
        tests = [
            ("killed and resumed", lambda: killed_runs(mock, scratch, whole, seconds)),
            ("again from the start", lambda: check(whole_run(mock, scratch, "again", 2) == whole)),
        ]
        return tap.run(tests)
    finally:
        mock.close()
        shutil.rmtree(scratch, ignore_errors=True)


def check(truth):
    assert truth


sys.exit(main())
