#!/usr/bin/env python3
"""memory_test.py SOW SHORT: a run that is out of memory at a random allocation, 200 times.

SHORT is sow, but its nth allocation fails. Each end is one line and status 1; the same command
resumes; what comes out is byte for byte that of a run with memory enough. So it is with a file
that export writes: it is there whole or not at all. The replies are those of `sow mock`.
TAP; the seed of the random numbers is printed and can be given in SEED.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW, SHORT = sys.argv[1:3]
ENDS = 200
ENDS_OF_EXPORT = 40
ENDS_OF_ONE_RUN = 10
# A run that was ended when it had all says so first. What is asked for as the input decides fails with an
# error, and what the error needs then ends it.
LINES = re.compile(r"(sow: .* has its \d+ \w+ already(; .*)?\n)?(sow: .*: out of memory\n)?"
                   r"(sow: out of memory: \d+ bytes asked for\n)?")
RECIPE = """no-cache: yes
teachers:
  writer: {teacher: "%s", model: mock, cache-as: mock}
steps:
  - {method: self-instruct, n: 12}
  - {method: evol, rounds: 1}
  - {method: respond, temperature: 0.9, samples: 2}
"""


def sow(*args):
    return subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120)


def short(allocations, *args):
    """True if it ended well; how many allocations it asked for is kept in `calls`."""
    done = subprocess.run([SHORT, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, env=dict(os.environ, SOW_TEST_ALLOCATIONS=str(allocations)))
    said = re.sub(r"allocations: (\d+)\n", "", done.stderr)
    if done.returncode == 0:
        short.calls = int(re.search(r"allocations: (\d+)\n", done.stderr).group(1))
        return True
    assert done.returncode == 1, (allocations, done.returncode, done.stderr)
    assert said and LINES.fullmatch(said), (allocations, done.stderr)
    return False


def anywhere(calls):
    """The beginning is as likely as all the rest: most of what a program sets up is there."""
    return random.randrange(1, calls if random.random() < 0.5 else calls // 10)


def exported(run):
    done = sow("export", run, "--format", "self-instruct", "-o", "-")
    assert done.returncode == 0, done.stderr
    return done.stdout


def resumed(recipe, scratch, whole, calls):
    ends = runs = 0
    while ends < ENDS:
        run = os.path.join(scratch, "run%d" % runs)
        runs += 1
        of_this = 0
        while not short(anywhere(calls) if of_this < ENDS_OF_ONE_RUN else 10**9, "run", recipe, "-q",
                        "-o", run):
            ends += 1
            of_this += 1
        assert exported(run) == whole, "run %d differs after it was short of memory" % runs
        shutil.rmtree(run)
    return "%d ends over %d runs, up to allocation %d" % (ends, runs, calls)


def a_file(run, scratch, whole):
    out = os.path.join(scratch, "data.jsonl")
    command = ["export", run, "--format", "self-instruct", "-o", out]
    assert short(10**9, *command)
    calls = short.calls
    ends = 0
    while ends < ENDS_OF_EXPORT:
        if os.path.exists(out):
            os.unlink(out)
        if short(random.randrange(1, calls), *command):
            continue
        ends += 1
        assert not os.path.exists(out), "there is a file that was not ended"
    assert short(10**9, *command)
    with open(out, encoding="utf-8") as f:
        assert f.read() == whole
    return "%d ends, up to allocation %d" % (ends, calls)


def main():
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    random.seed(seed)
    print("# seed %d" % seed)
    scratch = tempfile.mkdtemp(prefix="sow-memory-")
    os.environ["XDG_CACHE_HOME"] = os.path.join(scratch, "cache")
    mock = subprocess.Popen([SOW, "mock", "--port", "0", "--until-eof", "--seed", "5"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        recipe = os.path.join(scratch, "recipe.yaml")
        with open(recipe, "w", encoding="utf-8") as f:
            f.write(RECIPE % mock.stdout.readline().strip())
        untouched = os.path.join(scratch, "untouched")
        assert short(10**9, "run", recipe, "-q", "-o", untouched)
        calls = short.calls
        whole = exported(untouched)
        assert whole.count("\n") >= 12, whole
        return tap.run([
            ("short of memory and resumed", lambda: resumed(recipe, scratch, whole, calls)),
            ("an export short of memory", lambda: a_file(untouched, scratch, whole)),
        ])
    finally:
        mock.stdin.close()
        mock.wait(timeout=60)
        mock.stdout.close()
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
