#!/usr/bin/env python3
"""servers_test.py SOW: runs against servers (`sow mock`, on 127.0.0.1) as a user has them: a key
that must not leak, a pool of which one dies, all down and back, a budget, refusals and retry,
reasoning, a completion server, and the messages and exit statuses that go with them. TAP.
"""
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW = sys.argv[1]
KEY = "sk-Wq7vN2xR8tLm4ZpKe3Yd"


class Mock:
    def __init__(self, *args, port=0):
        self.process = subprocess.Popen([SOW, "mock", "--port", str(port), "--until-eof", *args],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()

    def stats(self):
        import urllib.request
        with urllib.request.urlopen(self.url[:-3] + "/stats", timeout=10) as answer:
            return json.load(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait(timeout=60)
        self.process.stdout.close()


class Place:
    """A scratch folder with prompts, and the command that answers them."""

    def __init__(self, prompts):
        self.dir = tempfile.mkdtemp(prefix="sow-servers-")
        self.run = os.path.join(self.dir, "run")
        self.prompts = os.path.join(self.dir, "prompts.txt")
        with open(self.prompts, "w") as f:
            f.writelines("Describe thing number %d in a few words.\n" % i for i in range(prompts))

    def respond(self, *args, env=None, command="respond", timeout=300):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("OPENAI_") and "proxy" not in name.lower()}
        environment.update(XDG_CACHE_HOME=os.path.join(self.dir, "cache"), **(env or {}))
        given = ["-i", self.prompts, "-o", self.run, "--model", "m"] if command == "respond" else []
        return subprocess.run([SOW, command, *given, *args], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout, env=environment)

    def rows(self, sql):
        with sqlite3.connect(os.path.join(self.run, "run.db")) as db:
            return db.execute(sql).fetchall()

    def one(self, sql):
        return self.rows(sql)[0][0]

    def holds(self, text):
        """The files under it that have the text in them, and whatever commands said."""
        found = []
        for folder, _, names in os.walk(self.dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    if text.encode() in f.read():
                        found.append(name)
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)


def key_stays_secret():
    """Not in run, cache or log, on screen or in a message, right or wrong."""
    with Mock("--key", KEY) as mock, Place(20) as p:
        log = os.path.join(p.dir, "log")
        said = []
        for env, args, status in [
                ({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": mock.url}, [], 0),
                ({"MY_KEY": KEY + "-wrong"}, ["--key-env", "MY_KEY"], 3),
                ({}, [], 3)]:
            shutil.rmtree(p.run, ignore_errors=True)
            done = p.respond("--teacher", mock.url, "--log", log, "--no-cache", *args, env=env)
            said.append(done.stdout + done.stderr)
            assert done.returncode == status, (done.returncode, done.stderr)
            if status:
                assert "401" in done.stderr and "key" in done.stderr.lower(), done.stderr
        for name in ("status", "export"):
            done = p.respond(p.run, *(["--format", "messages"] if name == "export" else []),
                             command=name)
            said.append(done.stdout + done.stderr)
        assert not p.holds(KEY), p.holds(KEY)
        assert not any(KEY in text for text in said)
        # from a file, too
        path = os.path.join(tempfile.mkdtemp(prefix="sow-servers-key-"), "key")
        with open(path, "w") as f:
            f.write(KEY + "\n")
        shutil.rmtree(p.run, ignore_errors=True)
        done = p.respond("--teacher", mock.url, "--key-file", path)
        shutil.rmtree(os.path.dirname(path))
        assert done.returncode == 0, done.stderr
        assert not p.holds(KEY), p.holds(KEY)


def environment_alone_asks_nobody():
    with Mock() as mock, Place(2) as p:
        done = p.respond("--teacher", "replay:" + p.dir, env={
            "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": mock.url})
        assert done.returncode == 1, done.stderr
        assert mock.stats()["requests"] == 0
        done = p.respond("--teacher", "openai", env={"OPENAI_API_KEY": KEY,
                                                     "OPENAI_BASE_URL": mock.url})
        assert done.returncode == 0, done.stderr
        assert mock.stats()["answered"] == 2


def first_server_has_the_key():
    with Mock("--key", KEY) as first, Mock() as second, Place(60) as p:
        log = os.path.join(p.dir, "second.log")
        with Mock("--log", log) as third:
            done = p.respond("--teacher", first.url, "--teacher", second.url, "--teacher",
                             third.url, "--key-env", "MY_KEY", env={"MY_KEY": KEY})
            assert done.returncode == 0, done.stderr
        with open(log) as f:
            keys = {json.loads(line)["key"] for line in f}
        assert keys <= {""}, keys
        assert first.stats()["answered"] > 0 and second.stats()["answered"] > 0


def one_of_two_dies():
    """No request is lost, no record appears twice."""
    with Mock("--latency", "5", "--die-after", "150") as dying, Mock("--latency", "5") as other, \
            Place(600) as p:
        done = p.respond("--teacher", dying.url, "--teacher", other.url, "--concurrency", "32",
                         "--no-cache")
        assert done.returncode == 0, done.stderr
        assert p.one("SELECT count(*) FROM instance") == 600
        assert p.one("SELECT count(DISTINCT ticket) FROM unit WHERE state = 1") == 600
        assert other.stats()["answered"] >= 450 - 32


def all_down_and_back():
    with Place(40) as p:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        mock = []
        timer = threading.Timer(2, lambda: mock.append(Mock(port=port)))
        timer.start()
        try:
            done = p.respond("--teacher", "http://127.0.0.1:%d/v1" % port)
            assert done.returncode == 0, done.stderr
            assert "down" in done.stderr or "not asked" in done.stderr, done.stderr
            assert p.one("SELECT count(*) FROM instance") == 40
        finally:
            timer.join()
            for m in mock:
                m.__exit__()


def gives_up():
    with Place(3) as p:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        begun = time.monotonic()
        done = p.respond("--teacher", "http://127.0.0.1:%d/v1" % port, "--give-up-after", "2")
        assert done.returncode == 3, (done.returncode, done.stderr)
        assert time.monotonic() - begun < 30
        assert str(port) in done.stderr and "To resume" in done.stderr, done.stderr


def budget_stops_and_goes_on():
    with Mock() as mock, Place(200) as p:
        args = ["--teacher", mock.url, "--price-in", "1", "--price-out", "2", "--max-tokens", "60",
                "--concurrency", "8", "--rule", "cut-reply=off"]
        done = p.respond(*args, "--budget", "0.005")
        assert done.returncode == 3, (done.returncode, done.stderr)
        assert "--budget" in done.stderr, done.stderr
        cost = p.one("SELECT sum(cost) FROM reply") / 1e9
        assert 0.004 < cost <= 0.005, cost
        some = p.one("SELECT count(*) FROM reply")
        assert p.respond(*args, "--budget", "0.005").returncode == 3
        assert p.one("SELECT count(*) FROM reply") == some
        assert p.respond(*args, "--budget", "1").returncode == 0
        assert p.one("SELECT count(*) FROM instance") == 200
        assert mock.stats()["answered"] == 200
        status = p.respond(p.run, command="status")
        assert "cost" in status.stdout, status.stdout


def refusals_are_listed_and_retried():
    with Mock("--fault", "filter=0.2", "--seed", "3") as mock, Place(100) as p:
        done = p.respond("--teacher", mock.url, "--cache-as", "m", "--no-cache")
        assert done.returncode == 0, done.stderr
        refused = p.one("SELECT count(*) FROM reject WHERE rule = 'refused'")
        assert 5 < refused < 50, refused
        status = p.respond(p.run, command="status").stdout
        assert "Refused by the teacher: %d" % refused in status, status
        before = mock.stats()["requests"]
        done = p.respond(p.run, command="retry")
        assert done.returncode == 0, done.stderr
        # a fault is another one at the next attempt
        assert before < mock.stats()["requests"] <= before + refused * 2
        assert p.one("SELECT count(*) FROM instance") > 100 - refused


def reasoning_is_kept_apart():
    for how in ("--reasoning", "--think"):
        with Mock(how) as mock, Place(5) as p:
            done = p.respond("--teacher", mock.url)
            assert done.returncode == 0, done.stderr
            assert p.one("SELECT count(*) FROM reply WHERE reasoning != ''") == 5
            assert p.one("SELECT count(*) FROM reply WHERE text LIKE '%<think>%'") == 0
            assert p.one("SELECT count(*) FROM instance WHERE output LIKE '%think>%'") == 0
            if how == "--reasoning":
                assert p.one("SELECT min(reasoning_tokens) FROM reply") > 0


def parameters_are_learnt():
    with Mock("--refuse", "temperature", "--refuse", "max_tokens") as mock, Place(30) as p:
        done = p.respond("--teacher", mock.url, "--temperature", "0.5", "--max-tokens", "50",
                         "--rule", "cut-reply=off")
        assert done.returncode == 0, done.stderr
        assert p.one("SELECT count(*) FROM instance") == 30
        assert done.stderr.count("temperature") == 1, done.stderr
        assert done.stderr.count("max_completion_tokens") == 1, done.stderr


def base_models_go_on_from_text():
    with Mock() as mock, Place(4) as p:
        run = os.path.join(p.dir, "grown")
        done = p.respond("-n", "12", "-o", run, "--teacher", mock.url, "--model", "m", "--api",
                         "completion", command="self-instruct")
        assert done.returncode == 0, done.stderr
        with sqlite3.connect(os.path.join(run, "run.db")) as db:
            roles = {part["role"] for prompt, in db.execute("SELECT prompt FROM reply")
                     for part in json.loads(prompt)}
        assert roles == {""}, roles


def streams():
    with Mock() as mock, Place(20) as p:
        done = p.respond("--teacher", mock.url, "--stream")
        assert done.returncode == 0, done.stderr
        assert p.one("SELECT count(*) FROM instance") == 20
        assert p.one("SELECT min(completion_tokens) FROM reply") > 0


def equal_prompts_are_sent_once():
    with Mock("--latency", "20") as mock, Place(1) as p:
        with open(p.prompts, "w") as f:
            f.write("The same.\n" * 50)
        done = p.respond("--teacher", mock.url, "--no-cache")
        assert done.returncode == 0, done.stderr
        assert mock.stats()["requests"] == 1, mock.stats()
        assert p.one("SELECT count(*) FROM instance") == 50


def cache_serves_another_run():
    with Mock() as mock, Place(30) as p:
        for _ in range(2):
            shutil.rmtree(p.run, ignore_errors=True)
            done = p.respond("--teacher", mock.url)
            assert done.returncode == 0, done.stderr
        assert mock.stats()["requests"] == 30
        assert p.one("SELECT sum(cached) FROM reply") == 30
        cache = os.path.join(p.dir, "cache", "sow")
        done = p.respond("verify", "--cache-dir", cache, command="cache")
        assert done.returncode == 0 and "whole" in done.stdout, done.stderr


def bad_options_say_so():
    with Place(1) as p:
        for args, words in [
                (["--teacher", "http://127.0.0.1:1/v1", "--extra-body", "[1]"], "--extra-body"),
                (["--teacher", "http://127.0.0.1:1/v1", "--header", "nothing"], "--header"),
                (["--teacher", "http://127.0.0.1:1/v1,weight=x"], "weight"),
                (["--teacher", "http://127.0.0.1:1/v1", "--key-file", "/nonexistent"], "/nonexistent"),
                (["--teacher", "http://127.0.0.1:1/v1", "--ca-file", "/nonexistent"], "/nonexistent"),
                (["--teacher", "http://127.0.0.1:1/v1", "--teacher", "m.gguf"], "m.gguf"),
                (["--teacher", "http://127.0.0.1:1/v1", "--budget", "1"], "--price-in")]:
            done = p.respond(*args)
            assert done.returncode in (1, 2), (args, done.returncode, done.stderr)
            assert words in done.stderr and done.stderr.count("\n") == 1, (args, done.stderr)
            assert not os.path.exists(p.run), args


TESTS = [key_stays_secret, environment_alone_asks_nobody, first_server_has_the_key,
         one_of_two_dies, all_down_and_back, gives_up, budget_stops_and_goes_on,
         refusals_are_listed_and_retried, reasoning_is_kept_apart, parameters_are_learnt,
         base_models_go_on_from_text, streams, equal_prompts_are_sent_once,
         cache_serves_another_run, bad_options_say_so]


def main():
    chosen = [t for t in TESTS if not sys.argv[2:] or t.__name__ in sys.argv[2:]]
    return tap.run([(t.__name__, t) for t in chosen])


sys.exit(main())
