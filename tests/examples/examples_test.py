#!/usr/bin/env python3
"""examples_test.py SOW EXAMPLES [MODEL]: the recipes in examples/, each at small scale.

Each is sound as it stands. With `sow mock` as its teacher it accepts 50 tasks or more (of few documents fewer); with MODEL
(a GGUF) on that, where it ends within its bound of requests, however little that brings. In both
every reject has a reason. TAP on standard output.
"""
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import example  # noqa: E402
import tap  # noqa: E402

SOW, EXAMPLES = map(os.path.abspath, sys.argv[1:3])
MODEL = sys.argv[3] if len(sys.argv) > 3 else None
REQUESTS = 8
LEAST = {"backtranslate": 1,  # few sections, of which a judge keeps few
         "select": 20}  # so many of what is neither short nor alike


def sow(*args):
    return subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=500, check=False)


def sound(path):
    example.needed(path)
    done = sow("check", path)
    assert done.returncode == 0, done.stdout


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
        recipe = example.copied(path, scratch, example.on_mock(url), 60)
        run = os.path.join(scratch, "mock")
        done = sow("run", recipe, "-q", "--no-cache", "-o", run)
        assert done.returncode == 0, done.stderr
        status = explained(run)
        assert status["done"]
        for step in status["steps"]:
            assert step["counts"]["finished"] >= LEAST.get(step["method"], 50), step
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
    sound(path)
    recipe = example.copied(path, scratch, "{teacher: '%s'}" % MODEL, 4)
    with open(recipe, encoding="utf-8") as text:
        # it writes some hundred tokens a second
        short = re.sub(r"^  - method: (alpaca|ask|backtranslate|converse|evol|grade|magpie|map|pairs)( .*)?$",
                       r"\g<0>\n    max-tokens: 200", text.read(), flags=re.M)
    with open(recipe, "w", encoding="utf-8") as text:
        text.write(short)
    run = os.path.join(scratch, "model")
    done = sow("run", recipe, "-q", "--no-cache", "--max-requests", str(REQUESTS), "-o", run)
    assert done.returncode in (0, 3), (done.returncode, done.stderr)
    counts = explained(run)["counts"]
    assert counts["replies"] <= REQUESTS, counts
    return "%d replies, %d finished" % (counts["replies"], counts["finished"])


def in_scratch(kind, name):
    scratch = tempfile.mkdtemp(prefix="sow-examples-")
    try:
        return kind(os.path.join(EXAMPLES, name), scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def main():
    names = sorted(name for name in os.listdir(EXAMPLES) if name.endswith(".yaml"))
    kind = on_model if MODEL else on_mock
    return tap.run([("%s %s" % (name, kind.__name__.replace("_", " ")),
                     functools.partial(in_scratch, kind, name))
                    for name in names])


sys.exit(main())
