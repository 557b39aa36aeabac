#!/usr/bin/env python3
"""foreign_test.py SOW [FOLDER]: runs against a server that this project did not write: LiteLLM's
proxy, with replies it makes up itself. Skipped where the program `litellm` is neither in FOLDER nor
on the PATH.

    python3 -m venv venv && venv/bin/pip install 'litellm[proxy]'
    tests/servers/foreign_test.py build/sow venv/bin
"""
import functools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
import foreign  # noqa: E402
from foreign import PORT  # noqa: E402

SOW = os.path.abspath(sys.argv[1])
LITELLM = foreign.program("litellm")
KEY = "sk-Rk3vW8qLp0ZxYt5M"
ANSWER = "Oslo is the capital of Norway."
CONFIG = """model_list:
  - model_name: echo
    litellm_params: {model: openai/echo, api_key: none, mock_response: "%s"}
general_settings: {master_key: %s}
""" % (ANSWER, KEY)


class Proxy(foreign.Server):
    def __init__(self, scratch):
        config = os.path.join(scratch, "config.yaml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG)
        super().__init__([LITELLM, "--config", config, "--host", "127.0.0.1", "--port", PORT],
                         "/health/liveliness", LITELLM_LOCAL_MODEL_COST_MAP="True")
        self.url = self.root + "/v1"


def sow(scratch, name, *args, key=KEY):
    run = os.path.join(scratch, name)
    done = subprocess.run([SOW, *args, "-o", run, "--no-cache", "-q", "--key-env", "OPENAI_API_KEY"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, OPENAI_API_KEY=key))
    return done, run


def rows(run, sql):
    with sqlite3.connect(os.path.join(run, "run.db")) as db:
        return db.execute(sql).fetchall()


def answers(proxy, scratch, prompts):
    for name, more in (("plain", []), ("streamed", ["--stream"])):
        done, run = sow(scratch, name, "respond", "-i", prompts, "--teacher", proxy.url,
                        "--model", "echo", *more)
        assert done.returncode == 0, done.stderr
        assert rows(run, "SELECT output FROM instance") == [(ANSWER,)] * 20
        assert rows(run, "SELECT min(completion_tokens) FROM reply")[0][0] > 0


def completions(proxy, scratch, prompts):
    done, run = sow(scratch, "raw", "respond", "-i", prompts, "--teacher", proxy.url, "--model",
                    "echo", "--api", "completion", "--max-tokens", "40")
    assert done.returncode == 0, done.stderr
    assert rows(run, "SELECT count(*) FROM instance") == [(20,)]


def messages(proxy, scratch, prompts):
    """Its own reading of Anthropic's API."""
    for name, more in (("message", []), ("events", ["--stream"])):
        done, run = sow(scratch, name, "respond", "-i", prompts, "--teacher", proxy.url + "/messages",
                        "--model", "echo", "--system", "Be brief.", *more)
        assert done.returncode == 0, done.stderr
        assert rows(run, "SELECT output FROM instance") == [(ANSWER,)] * 20
        assert rows(run, "SELECT min(completion_tokens) FROM reply")[0][0] > 0


def doctor(proxy, *_):
    for url, name in ((proxy.url, "chat"), (proxy.url + "/messages", "messages")):
        done = subprocess.run([SOW, "doctor", url, "--model", "echo", "--key-env", "OPENAI_API_KEY",
                               "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, env=dict(os.environ, OPENAI_API_KEY=KEY))
        assert done.returncode == 0, done.stdout + done.stderr
        can = json.loads(done.stdout)["can"]
        for what in ("models", name, "usage"):
            assert can[what]["verdict"] == "yes", can
        # of an answer that is made up it makes no events in Anthropic's API
        assert can["streaming"]["verdict"] == ("ignored" if name == "messages" else "yes"), can
        assert can["json-schema"]["verdict"] == "ignored", can # its answer is made up


def no_such_model(proxy, scratch, prompts):
    done, run = sow(scratch, "none", "respond", "-i", prompts, "--teacher", proxy.url, "--model",
                    "nope")
    assert done.returncode == 3 and "nope" in done.stderr, (done.returncode, done.stderr)
    assert rows(run, "SELECT count(*) FROM reply") == [(0,)]


def wrong_key(proxy, scratch, prompts):
    done, run = sow(scratch, "key", "respond", "-i", prompts, "--teacher", proxy.url, "--model",
                    "echo", key="sk-wrong-wrong-wrong")
    assert done.returncode == 3 and "sk-wrong" not in done.stderr, (done.returncode, done.stderr)


def main():
    tests = [answers, completions, messages, doctor, no_such_model, wrong_key]
    if not LITELLM:
        print("1..0 # SKIP litellm is not installed: tools/setup --ci")
        return 0
    scratch = tempfile.mkdtemp(prefix="sow-foreign-")
    try:
        prompts = os.path.join(scratch, "prompts.txt")
        with open(prompts, "w", encoding="utf-8") as f:
            f.writelines("What is the capital of Norway, asked for time %d?\n" % i for i in range(20))
        with Proxy(scratch) as proxy:
            return tap.run([(t.__name__, functools.partial(t, proxy, scratch, prompts))
                            for t in tests])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
