#!/usr/bin/env python3
"""crash_test.py SOW RECORD: kill a run with SIGKILL at 50 random moments, resume each time,
and compare what comes out with a run that was never touched, byte by byte.

The replies are replayed from a run of made-up answers of over 200 tickets; the cache is
off. Also: one request in flight and 64, whose replies come in another order, give the same
bytes; a run stopped by SIGINT says so and goes on; two at once are told apart; an evolution is
killed 20 times.
TAP on standard output; the seed of the random moments is printed and can be given in SEED.
"""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
from killed import finishes  # noqa: E402

SOW, RECORD = sys.argv[1:3]
TASKS = 500
KILLS = 50
KILLS_OF_STEPS = 20
RECIPE = """no-cache: yes
teachers:
  writer: {teacher: "replay:recording"}
steps:
  - {method: self-instruct, n: %d}
  - {method: respond, temperature: 0.9, samples: 2}
  - {method: respond, temperature: 0.2}
"""
CHAINS = 150
EVOLUTION_KILLS = 20


def sow(*args, **options):
    return subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120, **options)


def command(recording, run, concurrency=64, n=TASKS):
    return [SOW, "self-instruct", "-q", "-n", str(n), "-o", run, "--no-cache",
            "--teacher", "replay:" + recording, "--concurrency", str(concurrency)]


def finish(recording, run, **options):
    done = subprocess.run(command(recording, run, **options), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def exported(run):
    done = sow("export", run, "--format", "self-instruct", "-o", "-")
    assert done.returncode == 0, done.stderr
    return done.stdout


def tickets(run):
    with sqlite3.connect(os.path.join(run, "run.db")) as db:
        return db.execute("SELECT count(*) FROM ticket").fetchone()[0]


def replies(run):
    with sqlite3.connect(os.path.join(run, "run.db")) as db:
        return db.execute("SELECT count(*) FROM reply").fetchone()[0]


def killed_runs(command_of, scratch, whole, seconds, enough=KILLS):
    """Runs of at most ten kills each; every one must end in the same bytes."""
    kills = runs = 0
    while kills < enough:
        run = os.path.join(scratch, "killed%d" % runs)
        runs += 1
        had = of_this = 0
        while True:
            if finishes(command_of(run), random.uniform(0.001, seconds) if of_this < 10 else 120):
                break
            kills += 1
            of_this += 1
            if os.path.exists(os.path.join(run, "run.db")):
                try:
                    has = replies(run)
                except sqlite3.OperationalError:  # killed before the tables were made
                    has = 0
                assert has >= had, "a stored reply was lost"
                had = has
        assert exported(run) == whole, "run %d differs after kills" % runs
        shutil.rmtree(run)
    return "%d kills over %d runs" % (kills, runs)


def concurrency_one(recording, scratch, whole):
    run = os.path.join(scratch, "one")
    finish(recording, run, concurrency=1)
    assert exported(run) == whole


def interrupted(recording, scratch, whole, seconds):
    run = os.path.join(scratch, "interrupted")
    process = subprocess.Popen(command(recording, run), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not os.path.exists(os.path.join(run, "run.db-wal")):
        time.sleep(0.001)
    time.sleep(seconds / 10)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3, (process.returncode, err)
    assert "self-instruct" in err, err
    finish(recording, run)
    assert exported(run) == whole


def two_at_once(recording, scratch, whole):
    run = os.path.join(scratch, "two")
    first = subprocess.Popen(command(recording, run), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(os.path.join(run, "run.db-wal")):
        time.sleep(0.001)
    second = subprocess.run(command(recording, run), stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=60)
    looked = sow("status", run)
    first.wait(timeout=120)
    assert second.returncode == 1 and "in use" in second.stderr, (second.returncode, second.stderr)
    assert looked.returncode == 0, looked.stderr
    assert exported(run) == whole


def raised(recording, scratch, whole):
    run = os.path.join(scratch, "raised")
    finish(recording, run, n=100)
    finish(recording, run)
    assert exported(run) == whole


def killed_steps(scratch):
    """A recipe of three steps, killed in each of them."""
    folder = os.path.join(scratch, "steps")
    os.mkdir(folder)
    path = os.path.join(folder, "recipe.yaml")
    # More is recorded than replayed, as above.
    for name, n in (("wide.yaml", 260), ("recipe.yaml", 200)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as recipe:
            text = RECIPE % n
            if name == "wide.yaml":
                text = text.replace('teachers:\n  writer: {teacher: "replay:recording"}\n', "")
            recipe.write(text)
    subprocess.run([RECORD, os.path.join(folder, "recording"), os.path.join(folder, "wide.yaml")],
                   check=True, timeout=300)

    def command_of(run):
        return [SOW, "run", path, "-q", "-o", run]

    untouched = os.path.join(folder, "untouched")
    begun = time.monotonic()
    done = subprocess.run(command_of(untouched), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    whole = exported(untouched)
    assert whole.count("task_3_") >= 200, whole.count("\n")
    return killed_runs(command_of, folder, whole, time.monotonic() - begun, KILLS_OF_STEPS)


def evolved(recording, tasks, run, concurrency=64, wait=120):
    """Runs or goes on with an evolution; False if it was killed after `wait` seconds."""
    return finishes([SOW, "evol", "-q", "--input", tasks, "-o", run, "--no-cache", "--teacher",
                     "replay:" + recording, "--concurrency", str(concurrency)], wait)


def evolution_export(run):
    done = sow("export", run, "--format", "self-instruct", "-o", "-")
    assert done.returncode == 0, done.stderr
    return done.stdout


def evolution(scratch):
    """Chains of four rounds: 20 kills, and one request in flight, all end in the same bytes."""
    tasks = os.path.join(scratch, "tasks.txt")
    with open(tasks, "w", encoding="utf-8") as out:
        for i in range(CHAINS):
            out.write("Describe thing number %d.\n" % i)
    recording = os.path.join(scratch, "evolution")
    subprocess.run([RECORD, recording, tasks], check=True, timeout=300)
    untouched = os.path.join(scratch, "evolved")
    begun = time.monotonic()
    assert evolved(recording, tasks, untouched)
    seconds = time.monotonic() - begun
    whole = evolution_export(untouched)
    assert whole.count("\n") > CHAINS, whole.count("\n")
    one = os.path.join(scratch, "evolved-one")
    assert evolved(recording, tasks, one, concurrency=1)
    assert evolution_export(one) == whole
    kills = runs = 0
    while kills < EVOLUTION_KILLS:
        run = os.path.join(scratch, "evolved%d" % runs)
        runs += 1
        of_this = 0
        while not evolved(recording, tasks, run,
                          wait=random.uniform(0.001, seconds) if of_this < 10 else 120):
            kills += 1
            of_this += 1
        assert evolution_export(run) == whole, "evolution %d differs after kills" % runs
        shutil.rmtree(run)
    return "%d kills over %d runs" % (kills, runs)


def main():
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    random.seed(seed)
    print("# seed %d" % seed)
    scratch = tempfile.mkdtemp(prefix="sow-crash-")
    os.environ["XDG_CACHE_HOME"] = os.path.join(scratch, "cache")
    try:
        recording = os.path.join(scratch, "recording")
        # More than is replayed: how far a run plans ahead of its end is a matter of time.
        subprocess.run([RECORD, recording, str(TASKS + 300)], check=True, timeout=300)
        untouched = os.path.join(scratch, "untouched")
        begun = time.monotonic()
        finish(recording, untouched)
        seconds = time.monotonic() - begun
        whole = exported(untouched)
        assert tickets(untouched) >= 200, tickets(untouched)
        assert whole.count("\n") == TASKS, whole.count("\n")
        tests = [
            ("killed and resumed", lambda: killed_runs(lambda run: command(recording, run), scratch,
                                                       whole, seconds)),
            ("one in flight", lambda: concurrency_one(recording, scratch, whole)),
            ("interrupted and resumed", lambda: interrupted(recording, scratch, whole, seconds)),
            ("two at once", lambda: two_at_once(recording, scratch, whole)),
            ("steps killed and resumed", lambda: killed_steps(scratch)),
            ("evolution killed and resumed", lambda: evolution(scratch)),
            ("n raised", lambda: raised(recording, scratch, whole)),
        ]
        return tap.run(tests)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
