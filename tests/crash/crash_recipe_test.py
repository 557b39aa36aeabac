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


def go_on(recipe, run, seconds):
    """False if it was killed after so long."""
    process = subprocess.Popen([SOW, "run", recipe, "-q", "-o", run], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        process.wait(timeout=seconds)
        assert process.returncode == 0, process.stderr.read()
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    finally:
        process.stderr.close()


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
    assert go_on(recipe, untouched, 600)
    seconds = time.monotonic() - begun
    whole = exported(untouched)
    records = whole.count(b"\n")
    assert records > 2 * TASKS, records
    kills = runs = 0
    while kills < KILLS:
        if go_on(recipe, killed, random.uniform(0.01, seconds / 8)):
            assert exported(killed) == whole
            shutil.rmtree(killed)
            runs += 1
        else:
            kills += 1
    if os.path.exists(killed):
        assert go_on(recipe, killed, 600)
        assert exported(killed) == whole
        runs += 1
    return "%d records, %d kills over %d runs" % (records, kills, runs)


def main():
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    random.seed(seed)
    print("# seed %d\n1..1" % seed)
    scratch = tempfile.mkdtemp(prefix="sow-crash-")
    mock = subprocess.Popen([SOW, "mock", "--port", "0", "--until-eof"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    failed = False
    try:
        print("ok 1 - recipe killed and resumed # %s" % compare(scratch,
                                                               mock.stdout.readline().strip()))
    except Exception as e:
        failed = True
        print("not ok 1 - recipe killed and resumed\n# %r" % e)
    finally:
        mock.stdin.close()
        mock.wait(timeout=60)
        mock.stdout.close()
        shutil.rmtree(scratch, ignore_errors=True)
    return failed


sys.exit(main())
