#!/usr/bin/env python3
"""kill_test.py SOW yes|no: a rank is killed at 20 moments, and the same command started again resumes and
writes the bytes of one process. TAP."""
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mpi_test import Place, documents, lines, tap  # noqa: E402

KILLS = 20
PATIENCE = 300  # seconds, of a busy machine
COMMANDS = [["dedup"], ["dedup", "--method", "minhash", "--shingle", "1"], ["novel", "-t", "0.5"]]
NOVEL = 2
ENDS = ["-o", "out/", "--explain", "why/"]


def names(path):
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


# A moment is reached when this is true: of the job's folder and the number of ranks. The last ones are
# short, so that a job may end before it is killed.
MOMENTS = [
    lambda p, n: True,
    lambda p, n: True,
    lambda p, n: "command" in names(p.path("out.work")),
    lambda p, n: settled(p) > 0,
    lambda p, n: settled(p) == n,
    lambda p, n: "index.json" in names(p.path("why.work/shards")),
    lambda p, n: os.path.exists(p.path("why")),
]


def settled(p):
    return sum(name.startswith("settled-") for name in names(p.path("out.work")))


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as ids:
            return [int(i) for i in ids.read().split()]
    except OSError:
        return []


def stop_at(p, rng, n, args, moment):
    """Starts a job and kills one of its ranks. True if it was killed before its end."""
    env = dict(p.env, TMPDIR=p.dir)
    job = subprocess.Popen(p.command(n, *args), cwd=p.dir, env=env, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    late = rng.choice([0, 0, rng.random() * 0.3])
    while job.poll() is None and not (len(children(job.pid)) >= n and moment(p, n)):
        time.sleep(0.001)
    time.sleep(late)
    ranks = children(job.pid)
    if ranks and job.poll() is None:
        try:
            os.kill(rng.choice(ranks), signal.SIGKILL)
        except ProcessLookupError:
            pass
    return job.wait(timeout=PATIENCE) != 0


def whole(p, kept, why, n):
    assert p.shards("out") == kept
    assert p.shards("why") == why
    assert len(names(p.path("out"))) == n + 1


def killed():
    rng = random.Random(20)
    deaths = resumed = 0
    with Place() as p:
        p.write("in.jsonl", lines(documents(1500)))
        want = []
        for command in COMMANDS:
            p.sow(command[0], "in.jsonl", *command[1:], "-q", "-o", "one", "--explain", "one-why")
            want.append((p.bytes("one"), p.bytes("one-why")))
        tries = list(itertools.product(MOMENTS, range(len(COMMANDS))))[:KILLS]
        for moment, which in tries:
            n = rng.choice([2, 3])
            args = [COMMANDS[which][0], "in.jsonl", *COMMANDS[which][1:], *ENDS]
            died = stop_at(p, rng, n, args, moment)
            deaths += died
            if os.path.exists(p.path("out")):  # killed when it had done all
                whole(p, *want[which], n)
                p.mpirun(n, *args, status=2, timeout=PATIENCE)  # removes what it left
            else:
                assert died
                ready = settled(p)
                said = p.mpirun(n, *args, timeout=PATIENCE)
                told = [line for line in said if "out.work: resuming: " in line]
                resumed += len(told)
                assert len(told) == 1 or ready < n and (ready == 0 or which != NOVEL), (which, said)
                whole(p, *want[which], n)
            assert [name for name in names(p.dir) if name.startswith(("out", "why"))] == ["out", "why"], names(p.dir)
            shutil.rmtree(p.path("out"))
            shutil.rmtree(p.path("why"))
    assert deaths >= KILLS // 2 and resumed >= 2, (deaths, resumed)
    return "%d died, %d resumed" % (deaths, resumed)


def starts_over():
    """select keeps nothing: killed, it chooses again."""
    rng = random.Random(21)
    args = ["select", "in.jsonl", "--pick", "facility", "--top", "200", "--vector", "v", "--parts", "6", "--ranked", *ENDS]
    with Place() as p:
        p.write("in.jsonl", lines([{"instruction": "text %d" % i, "v": [round(rng.gauss(0, 1), 3) for _ in range(40)]}
                                   for i in range(3000)]))
        p.sow(*args[:-4], "-o", "one.jsonl", "--explain", "one-why")
        for _ in range(20):  # a job that ends before it is killed is started again
            died = stop_at(p, rng, 3, args, MOMENTS[2])
            if died and not os.path.exists(p.path("out")):
                break
            shutil.rmtree(p.path("out"))
            shutil.rmtree(p.path("why"))
        assert died and "out.work" in names(p.dir), names(p.dir)
        p.mpirun(2, *args, timeout=PATIENCE)
        whole(p, p.bytes("one.jsonl"), p.bytes("one-why"), 2)
        assert [name for name in names(p.dir) if name.startswith(("out", "why"))] == ["out", "why"], names(p.dir)


sys.exit(tap.run([("a rank is killed at %d moments" % KILLS, killed), ("a choice starts over", starts_over)]))
