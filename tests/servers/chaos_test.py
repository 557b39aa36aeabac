#!/usr/bin/env python3
"""chaos_test.py SOW [LLMOCK]: respond against llmock (PyPI), which breaks answers at random and gives
a verdict on its clients. Skipped where the program `llmock` is not found.

    python3 -m venv venv && venv/bin/pip install llmock
    tests/servers/chaos_test.py build/sow venv/bin/llmock
"""
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW = os.path.abspath(sys.argv[1])
LLMOCK = sys.argv[2] if len(sys.argv) > 2 else shutil.which("llmock")
PROMPTS = 300


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, *faults):
        port = free_port()
        self.root = "http://127.0.0.1:%d" % port
        self.process = subprocess.Popen([LLMOCK, "serve", "--port", str(port), "--log-level",
                                         "error", *faults], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(240):
            try:
                urllib.request.urlopen(self.root + "/_llmock/scenario", timeout=2).close()
                return
            except OSError:
                time.sleep(0.5)
        self.__exit__()
        raise RuntimeError("llmock does not come up")

    def verdict(self):
        done = subprocess.run([LLMOCK, "report", "--url", self.root, "--json"],
                              capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)


def survives(*faults, args=()):
    """Every prompt is answered, and the server has nothing to say against it."""
    if not LLMOCK:
        raise tap.Skip("llmock is not installed")
    scratch = tempfile.mkdtemp(prefix="sow-chaos-")
    run, prompts = os.path.join(scratch, "run"), os.path.join(scratch, "prompts.txt")
    with open(prompts, "w", encoding="utf-8") as f:
        f.writelines("Question %d?\n" % i for i in range(PROMPTS))
    try:
        with Server(*faults) as server:
            done = subprocess.run([SOW, "respond", "-i", prompts, "-o", run, "--teacher",
                                   server.root + "/v1", "--model", "gpt-4o", "--no-cache", *args],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=300)
            assert done.returncode == 0, done.stderr
            with sqlite3.connect(os.path.join(run, "run.db")) as db:
                assert db.execute("SELECT count(*) FROM instance").fetchone() == (PROMPTS,)
            verdict = server.verdict()
            assert not verdict["findings"], verdict["findings"][:3]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def errors():
    survives("--error-rate", "429=0.1", "--error-rate", "500=0.1", "--error-rate", "502=0.05",
             "--error-rate", "503=0.1")


def broken_streams():
    survives("--stream-fault", "truncate=0.03", "--stream-fault", "disconnect=0.03",
             "--stream-fault", "malformed=0.03", args=["--stream"])


def limits():
    survives("--rpm", "1200")


sys.exit(tap.run([(t.__name__, t) for t in (errors, broken_streams, limits)]))
