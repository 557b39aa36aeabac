#!/usr/bin/env python3
"""examples_test.py SOW EXAMPLES [MODEL]: the recipes in examples/, each at small scale.

Each is sound as it stands. With `sow mock` as its teacher it accepts 50 tasks or more; on the
embedded model (MODEL, a GGUF) it ends within its bound of requests, however little that brings.
In both every reject has a reason. TAP on standard output; what a build has not is skipped.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOW, EXAMPLES = map(os.path.abspath, sys.argv[1:3])
MODEL = sys.argv[3] if len(sys.argv) > 3 else None
REQUESTS = 16


class Skip(Exception):
    pass


def sow(*args):
    return subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=500, check=False)


def sound(path):
    done = sow("check", path)
    if re.search(r"unknown (method )?'(alpaca|evol)'", done.stdout):
        raise Skip("its method is not there")
    assert done.returncode == 0, done.stdout


def small(path, scratch, writer, n):
    """The recipe with this teacher and n tasks."""
    with open(path, encoding="utf-8") as recipe:
        text = recipe.read()
    text, teachers = re.subn(r"^  writer: \{\}$", "  writer: " + writer, text, flags=re.M)
    text, counts = re.subn(r"^    n: \d+$", "    n: %d" % n, text, flags=re.M)
    assert teachers == 1 and counts == 1, text
    copy = os.path.join(scratch, os.path.basename(path))
    with open(copy, "w", encoding="utf-8") as recipe:
        recipe.write(text)
    return copy


def explained(run):
    status = json.loads(sow("status", run, "--json").stdout)
    text = sow("status", run).stdout
    for rule, count in status["rejects"].items():
        line = re.search(r"^  %s +([\d,]+) +\S" % re.escape(rule), text, re.M)
        assert line and int(line[1].replace(",", "")) == count, (rule, count, text)
    return status


def on_mock(path, scratch):
    sound(path)
    mock = subprocess.Popen([SOW, "mock", "--until-eof"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = mock.stdout.readline().strip()
        if not url:
            raise Skip("there is no sow mock")
        recipe = small(path, scratch, "{teacher: '%s', model: mock}" % url, 60)
        run = os.path.join(scratch, "mock")
        done = sow("run", recipe, "-q", "--no-cache", "-o", run)
        assert done.returncode == 0, done.stderr
        status = explained(run)
        assert status["done"]
        for step in status["steps"]:
            assert step["counts"]["finished"] >= 50, step
        files = [name for name in os.listdir(run) if ".json" in name]
        assert files, os.listdir(run)
        return ", ".join("%d %s" % (step["counts"]["finished"], step["method"])
                         for step in status["steps"])
    finally:
        mock.stdin.close()
        mock.wait(60)
        mock.stdout.close()
        mock.stderr.close()


def on_model(path, scratch):
    if not MODEL:
        raise Skip("no embedded model")
    sound(path)
    recipe = small(path, scratch, "{teacher: '%s'}" % MODEL, 4)
    with open(recipe, encoding="utf-8") as text:
        # it writes some hundred tokens a second
        short = re.sub(r"^  - method: (alpaca|evol)$", r"\g<0>\n    max-tokens: 200", text.read(),
                       flags=re.M)
    with open(recipe, "w", encoding="utf-8") as text:
        text.write(short)
    run = os.path.join(scratch, "model")
    done = sow("run", recipe, "-q", "--no-cache", "--max-requests", str(REQUESTS), "-o", run)
    assert done.returncode in (0, 3), (done.returncode, done.stderr)
    counts = explained(run)["counts"]
    assert counts["replies"] <= REQUESTS, counts
    return "%d replies, %d finished" % (counts["replies"], counts["finished"])


def main():
    names = sorted(name for name in os.listdir(EXAMPLES) if name.endswith(".yaml"))
    tests = [(name, kind) for name in names for kind in (on_mock, on_model)]
    failed = 0
    print("1..%d" % len(tests))
    for i, (name, kind) in enumerate(tests, 1):
        scratch = tempfile.mkdtemp(prefix="sow-examples-")
        what = "%s %s" % (name, kind.__name__.replace("_", " "))
        try:
            print("ok %d - %s # %s" % (i, what, kind(os.path.join(EXAMPLES, name), scratch)))
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (i, what, why))
        except Exception as e:
            failed += 1
            print("not ok %d - %s" % (i, what))
            print("# %r" % e)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return failed > 0 or not tests


sys.exit(main())
