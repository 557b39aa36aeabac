#!/usr/bin/env python3
"""batch_test.py SOW: requests in batches, against `sow mock`, killed and interrupted, and with a
proxy before it that loses what the server says. Nothing is paid for twice. TAP.
"""
import http.client
import http.server
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../support"), os.path.join(HERE, "../crash")]
import killed  # noqa: E402
import tap  # noqa: E402
from mock import Mock  # noqa: E402
from place import SOW, Place  # noqa: E402

SHAPES = {"openai": [], "anthropic": ["--api", "messages"]}


def logged(server):
    """Bodies that the mock answered, each with how often."""
    with open(server.log, encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    return Counter(line["body"] for line in lines if line["answered"])


class Logged(Mock):
    def __init__(self, place, *args):
        self.log = os.path.join(place.dir, "mock.log")
        super().__init__("--log", self.log, *args)


def batched(place, server, *args, **more):
    return place.respond(server if isinstance(server, str) else server.url, "--batch", *args, **more)


class Proxy:
    """Passes all on to a server, but for the answers that `loses` says are lost; `alters` makes others
    of them: bytes, a list of bytes that come slowly, a number for a status, or a text, behind which
    the connection is cut."""

    def __init__(self, url, loses=lambda *_: False, alters=lambda method, path, data: data):
        host = url.split("/")[2]
        self.requests = []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                proxy.requests.append((self.command, self.path))
                there = http.client.HTTPConnection(host, timeout=60)
                there.request(self.command, self.path, body, dict(self.headers))
                answer = there.getresponse()
                data = answer.read()
                there.close()
                if loses(self.command, self.path):
                    self.close_connection = True
                    return
                data = alters(self.command, self.path, data)
                status = answer.status
                if isinstance(data, int):
                    status, data = data, b"{}"
                if isinstance(data, str): # cut, after that much
                    data = data.encode()
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(data) + 100))
                    self.end_headers()
                    self.wfile.write(data)
                    self.close_connection = True
                    return
                parts = data if isinstance(data, list) else [data]
                data = b"".join(parts)
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Content-Type", answer.getheader("Content-Type") or "text/plain")
                self.end_headers()
                for i, part in enumerate(parts):
                    time.sleep(0.5 if i else 0)
                    self.wfile.write(part)

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/v1" % self.server.server_address[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Bare:
    """A server that has nothing but pages, and takes no POST."""

    def __enter__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return "http://127.0.0.1:%d/v1" % self.server.server_address[1]

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


# -- answers are those of the same requests one by one


def the_same_as_one_by_one():
    for shape in SHAPES.values():
        with Place(300) as one, Place(300) as p, Logged(p, "--batch-delay", "0.5") as server:
            assert one.respond(server.url, *shape).returncode == 0
            os.remove(server.log)
            open(server.log, "w").close()
            prices = ["--price-in", "1", "--price-out", "2"]
            done = batched(p, server, "--batch-size", "100", *prices, *shape)
            assert done.returncode == 0, done.stderr
            assert p.answers() == one.answers()
            batches = p.rows("SELECT state, requests, answered, remote FROM batch ORDER BY id")
            assert [b[:3] for b in batches] == [(2, 100, 100)] * 3, batches
            assert p.rows("SELECT sum(attempts), sum(unknown) FROM reply") == [(300, 0)]
            tokens = p.rows("SELECT sum(prompt_tokens), sum(completion_tokens), sum(cost) FROM reply")[0]
            assert abs(tokens[2] / 1000 - (tokens[0] + 2 * tokens[1]) / 2) < 300, tokens
            assert "Batches: 3, 3 of them done" in p.status(), p.status()
            plan = ["plan", "respond", "-i", p.prompts, "--teacher", server.url, "--model", "m",
                    "--json", *prices]
            whole, half = [json.loads(p.sow(*plan, *more).stdout)["dollars"]["likely"]
                           for more in ([], ["--batch"])]
            assert abs(half / whole - 0.5) < 0.01, (whole, half)


def stages_and_pools():
    """Each stage of a chain, and the tickets of a pool, go in batches of their own."""
    with Place(20) as one, Place(20) as p, Mock() as server:
        for place, more in ((one, []), (p, ["--batch"])):
            for command in (["evol", "--input", place.prompts], ["self-instruct", "-n", "12"]):
                done = place.sow(*command, "-o", place.run + command[0], "--teacher", server.url,
                                 "--model", "m", "--no-cache", *more, timeout=300)
                assert done.returncode == 0, done.stderr
        for name in ("evol", "self-instruct"):
            export = [place.sow("export", place.run + name, "--format", "alpaca").stdout
                      for place in (one, p)]
            assert export[0] == export[1] and export[0], name
            assert p.sow("status", p.run + name).stdout.count("Batches: ") == 1


def what_fails_is_asked_again():
    """Failing lines and such as are not come to go into the next batch, and all end answered."""
    for shape in SHAPES.values():
        with Place(200) as p, Logged(p, "--fault", "500=0.1", "--fault", "reset=0.02",
                                     "--batch-expire", "0.1") as server:
            done = batched(p, server, *shape)
            assert done.returncode == 0, done.stderr
            assert len(p.answers()) == 200 and all(p.answers())
            assert "they are asked again in the next batch" in done.stderr, done.stderr
            assert set(logged(server).values()) == {1}


def the_rest_is_asked_directly():
    with Place(200) as p, Logged(p, "--batch-expire", "0.3") as server:
        done = batched(p, server, "--batch-rest", "now", "--price-in", "1", "--price-out", "1")
        assert done.returncode == 0, done.stderr
        assert len(p.answers()) == 200
        assert len(p.rows("SELECT id FROM batch")) == 1
        assert set(logged(server).values()) == {1}
        whole, paid = p.rows("SELECT sum((prompt_tokens + completion_tokens) * 1000), sum(cost) "
                             "FROM reply")[0]
        assert 0.5 < paid / whole < 0.9, (paid, whole)


def a_refused_part_is_left_out():
    for shape, name in ((SHAPES["openai"], "presence_penalty"), (SHAPES["anthropic"], "top_p")):
        option = "--" + name.replace("_", "-")
        with Place(30) as p, Mock("--refuse", name) as server:
            done = batched(p, server, option, "0.5", *shape)
            assert done.returncode == 0, done.stderr
            assert len(p.answers()) == 30
            assert name in done.stderr, done.stderr


def too_long_ones_fail():
    with Place(30) as p, Mock("--context", "200") as server:
        with open(p.prompts, "a", encoding="utf-8") as f:
            f.write("long " * 400 + "\n")
        done = batched(p, server, "--max-tokens", "20", "--rule", "cut-reply=off")
        assert done.returncode == 0, done.stderr
        assert "30 of 31 prompts answered, 1 failed" in done.stdout, done.stdout
        batches = len(p.rows("SELECT id FROM batch"))
        done = p.sow("retry", p.run) # it is sent again, and not read out of the old batch
        assert len(p.rows("SELECT id FROM batch")) == batches + 1, done.stderr


# -- killed, interrupted, cancelled


def killed_at_random(shape, prompts, kills, size):
    draw = random.Random(len(shape))
    with Place(prompts) as p, Logged(p, "--batch-delay", "0.6", "--batch-expire", "0.05") as server:
        command = [SOW, "respond", "-i", p.prompts, "-o", p.run, "--model", "m", "--teacher",
                   server.url, "--no-cache", "--batch", "--batch-size", str(size), *shape]
        environment = {**os.environ, "XDG_CACHE_HOME": os.path.join(p.dir, "cache")}
        count = 0
        while not killed.finishes(command, draw.uniform(0.02, 0.3) if count < kills else 300,
                                  env=environment):
            count += 1
        paid = logged(server)
        assert len(paid) == prompts, len(paid)
        twice = [body for body, times in paid.items() if times > 1]
        assert not twice, "%d paid twice, after %d kills" % (len(twice), count)
        assert p.rows("SELECT count(*) FROM reply WHERE finish != 'error'") == [(prompts,)]
        with Place(prompts) as one:
            assert one.respond(server.url, *shape).returncode == 0
            export = [place.sow("export", place.run, "--format", "messages", "--jsonl").stdout
                      for place in (one, p)]
        assert export[0] == export[1]
        return "%d kills, %d batches" % (count, p.rows("SELECT count(*) FROM batch")[0][0])


def killed_openai():
    return killed_at_random(SHAPES["openai"], 5000, 50, 1000)


def killed_anthropic():
    return killed_at_random(SHAPES["anthropic"], 1500, 25, 300)


def what_was_made_is_found():
    """The server has made the batch, and its answer was lost: it is looked for, and not made again;
    also by a process that comes later."""
    for shape in SHAPES.values():
        for killed_then in (False, True):
            lost = []

            def loses(method, path):
                is_first = method == "POST" and path.endswith("/batches") and not lost
                if is_first:
                    lost.append(path)
                return is_first

            with Place(40) as p, Logged(p) as server, Proxy(server.url, loses) as proxy:
                if killed_then:
                    process = subprocess.Popen(
                        [SOW, "respond", "-i", p.prompts, "-o", p.run, "--model", "m", "--teacher",
                         proxy.url, "--no-cache", "--batch", *shape], stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    while not lost:
                        time.sleep(0.01)
                    process.kill()
                    process.wait()
                done = batched(p, proxy.url, *shape)
                assert done.returncode == 0, done.stderr
                made = [path for method, path in proxy.requests
                        if method == "POST" and path.endswith("/batches")]
                assert len(made) == 1, proxy.requests
                assert len(p.answers()) == 40 and set(logged(server).values()) == {1}


def those_of_one_size_are_told_apart():
    """Several batches of as many requests, none of them known by its name, after a kill."""
    lost = []

    def loses(method, path):
        is_create = method == "POST" and path.endswith("/batches") and len(lost) < 3
        if is_create:
            lost.append(path)
        return is_create

    with Place(60) as p, Logged(p) as server, Proxy(server.url, loses) as proxy:
        with Place(40) as other: # and another run's, as large
            assert batched(other, server, "--batch-size", "20", *SHAPES["anthropic"]).returncode == 0
        process = subprocess.Popen(
            [SOW, "respond", "-i", p.prompts, "-o", p.run, "--model", "m", "--teacher", proxy.url,
             "--no-cache", "--batch", "--batch-size", "20", *SHAPES["anthropic"]],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(lost) < 3:
            time.sleep(0.01)
        process.kill()
        process.wait()
        before = sum(logged(server).values())
        done = batched(p, proxy.url, "--batch-size", "20", *SHAPES["anthropic"])
        assert done.returncode == 0 and len(p.answers()) == 60, done.stderr
        made = [path for method, path in proxy.requests if method == "POST"]
        assert len(made) == 3 and sum(logged(server).values()) == before + 60, made


def interrupted_they_stay():
    with Place(60) as p, Logged(p, "--batch-delay", "4") as server:
        command = [SOW, "respond", "-i", p.prompts, "-o", p.run, "--model", "m", "--teacher",
                   server.url, "--no-cache", "--batch", "--batch-size", "30"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        while "2, 0 of them done" not in p.status():
            time.sleep(0.05)
        time.sleep(0.5)
        assert p.sow("cancel", p.run).returncode == 1 # it is under way
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 3, said
        assert "2 batches with 60 requests stay with the server" in said, said
        assert "with the server, for 2" in p.status(), p.status()
        done = batched(p, server, "--batch-size", "30")
        assert done.returncode == 0 and len(p.answers()) == 60, done.stderr
        assert len(p.rows("SELECT id FROM batch")) == 2
        assert set(logged(server).values()) == {1}
        done = p.sow("cancel", p.run)
        assert done.returncode == 0 and "no batch is with a server" in done.stderr, done.stderr


def cancelled_ones_end():
    """What had been answered is read, and the rest is asked again."""
    for shape in SHAPES.values():
        with Place(200) as p, Logged(p, "--batch-delay", "6") as server:
            command = [SOW, "respond", "-i", p.prompts, "-o", p.run, "--model", "m", "--teacher",
                       server.url, "--no-cache", "--batch", *shape]
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as process:
                while "with the server" not in p.status():
                    time.sleep(0.05)
                time.sleep(1)
                process.send_signal(signal.SIGINT)
            done = p.sow("cancel", p.run)
            assert done.returncode == 0 and "cancelled" in done.stderr, done.stderr
            assert "cancelled" in p.status(), p.status()
            answered = sum(logged(server).values())
            done = batched(p, server, *shape)
            assert done.returncode == 0 and len(p.answers()) == 200, done.stderr
            assert 0 < answered < 200 and set(logged(server).values()) == {1}, answered


# -- what stops it


def servers_without_batches():
    with Bare() as url, Place(5) as p:
        done = batched(p, url)
        assert done.returncode == 3, (done.returncode, done.stderr)
        assert "it may take no batches" in done.stderr, done.stderr
    with Place(5) as p, Mock("--key", "right") as server:
        done = batched(p, server, "--key-env", "KEY", env={"KEY": "wrong"})
        assert done.returncode == 3 and "key is refused" in done.stderr, done.stderr
        assert "wrong" not in done.stderr
        done = batched(p, server, "--key-env", "KEY", env={"KEY": "right"})
        assert done.returncode == 0 and len(p.answers()) == 5, done.stderr
    with Place(5) as p:
        done = p.sow("respond", "-i", p.prompts, "-o", p.run, "--batch", "--teacher", "small")
        assert done.returncode == 2 and "--batch" in done.stderr, done.stderr
        done = batched(p, "http://127.0.0.1:1/v1", "--teacher", "http://127.0.0.1:2/v1")
        assert done.returncode == 2 and "expected one --teacher" in done.stderr, done.stderr


def refused_as_a_whole():
    """For a parameter: it is left out of the next batch. For what is not known: the run stops."""
    def fails(words):
        told = []

        def alters(method, path, data):
            if method != "GET" or not path.startswith("/v1/batches/") or told:
                return data
            told.append(path)
            return json.dumps({"id": path.split("/")[-1], "status": "failed", "errors": {
                "object": "list", "data": [{"code": "invalid", "message": words, "line": 1}]}}).encode()
        return alters

    with Place(20) as p, Mock() as server:
        words = "Unsupported parameter: 'presence_penalty' is not supported with this model."
        with Proxy(server.url, alters=fails(words)) as proxy:
            done = batched(p, proxy.url, "--presence-penalty", "0.5")
        assert done.returncode == 0 and len(p.answers()) == 20, done.stderr
        assert "presence_penalty" in done.stderr, done.stderr
    with Place(20) as p, Mock() as server:
        with Proxy(server.url, alters=fails("The model takes no batches.")) as proxy:
            done = batched(p, proxy.url)
            assert done.returncode == 3 and "The model takes no batches." in done.stderr, done.stderr
            done = batched(p, proxy.url)
        assert done.returncode == 0 and len(p.answers()) == 20, done.stderr


def rubbish_is_asked_for_again():
    """Pages, halves and wrong lines in place of what was asked for harm nothing."""
    rubbish = {"/v1/batches/": b"<html>", "/v1/files/": b'not json\n{"custom_id":7}\n{"custom_id":"00"}\n[1]\n'}
    with Place(20) as p, Logged(p) as server:
        told = []

        def alters(method, path, data):
            start = path[:path.rindex("/", 0, 12) + 1] if path.count("/") > 2 else ""
            if method == "GET" and start in rubbish and start not in told:
                told.append(start)
                return rubbish[start]
            return data

        with Proxy(server.url, alters=alters) as proxy:
            done = batched(p, proxy.url)
        assert done.returncode == 0 and len(p.answers()) == 20, done.stderr
        assert len(told) == 2, told
        assert set(logged(server).values()) == {1}


def a_server_that_is_away_is_waited_for():
    with Place(30) as p, Mock("--batch-delay", "1", "--down-from", "0.7", "--down-to", "3") as server:
        done = batched(p, server)
        assert done.returncode == 0 and len(p.answers()) == 30, done.stderr
    with Place(5) as p:
        done = batched(p, "http://127.0.0.1:1/v1", "--give-up-after", "2")
        assert done.returncode == 3 and "no answer for 2 s" in done.stderr, done.stderr

# -- servers that lie, and orders of things that are seldom


def posts(proxy, what="/batches"):
    return [path for method, path in proxy.requests if method == "POST" and path.endswith(what)]


def is_status(method, path):
    return method == "GET" and path.rpartition("/")[0].endswith("/batches")


def once(when, makes):
    """What `makes` makes of the first answer for which `when` is true, and nothing of others."""
    met = []

    def alters(method, path, data):
        if met or not when(method, path):
            return data
        met.append(path)
        return makes(data)
    return alters


def altered(prompts, *args, alters=lambda method, path, data: data, loses=lambda *_: False, status=0,
            makes=1, **more):
    """A run against an altered server: what it said. So many batches are made, and nothing is paid
    for twice."""
    with Place(prompts) as p, Logged(p) as server, Proxy(server.url, loses, alters) as proxy:
        done = batched(p, proxy.url, *args, **more)
        assert done.returncode == status, (done.returncode, done.stderr)
        assert len(posts(proxy)) == makes, proxy.requests
        assert set(logged(server).values()) <= {1}, logged(server)
        if not status:
            assert len(p.answers()) == prompts and all(p.answers())
        return done.stderr


def not_found_for_a_moment():
    """A server of many machines may not find at once what it has."""
    altered(20, alters=once(is_status, lambda _: 404))
    altered(20, alters=once(lambda method, path: path.endswith("/content"), lambda _: 404))


def results_that_come_later_than_the_end():
    def without_files(data):
        return json.dumps({**json.loads(data), "output_file_id": None}).encode()

    def ends(method, path, data, met=[]):
        if len(met) < 2 and is_status(method, path) and json.loads(data).get("output_file_id"):
            met.append(path)
            return without_files(data)
        return data

    altered(20, alters=ends)


def results_that_are_cut_and_short():
    met = []

    def alters(method, path, data):
        if path.endswith("/content"):
            met.append(path)
            lines = data.decode().splitlines(keepends=True)
            if len(met) == 1:
                return "".join(lines[:15])
            if len(met) == 2:
                return "".join(lines[:10]).encode()
        return data

    altered(20, alters=alters)
    assert len(met) == 3, met


def what_is_made_slowly_is_looked_for_again():
    lost, looked = [], []

    def loses(method, path):
        if method == "POST" and path.endswith("/batches") and not lost:
            lost.append(path)
            return True
        return False

    altered(20, loses=loses, alters=once(lambda method, path: "?limit" in path,
                                         lambda _: b'{"data":[],"has_more":false}'))
    # a list without an end
    lost.clear()

    def endless(method, path, data):
        if "?limit" not in path:
            return data
        looked.append(path)
        return json.dumps({"has_more": True, "data": [{"id": "batch_77", "status": "completed"}]}).encode()

    with Place(5) as p, Mock() as server, Proxy(server.url, loses, endless) as proxy:
        done = batched(p, proxy.url)
        assert done.returncode == 0 and len(looked) < 20, (len(looked), done.stderr)


def what_says_nothing_is_given_up():
    asked = []

    def alters(method, path, data):
        if is_status(method, path):
            asked.append(path)
        return b"{}" if is_status(method, path) else data

    said = altered(5, "--give-up-after", "6", status=3, alters=alters)
    assert "no answer for 6 s" in said and len(asked) <= 3, (said, asked) # after 0, 1 and 3 seconds


def one_that_never_ends_is_left():
    """Its time is over, and the server says that it goes on; later it has ended after all."""
    going_on = [True]

    def alters(method, path, data):
        if not is_status(method, path) or not going_on:
            return data
        return json.dumps(dict(json.loads(data), status="in_progress", expires_at=20)).encode()

    with Place(20) as p, Logged(p) as server, Proxy(server.url, alters=alters) as proxy:
        done = batched(p, proxy.url, "--give-up-after", "2")
        assert done.returncode == 3, (done.returncode, done.stderr)
        assert "to have ended" in done.stderr and '"in_progress"' in done.stderr, done.stderr
        going_on.clear()
        done = batched(p, proxy.url)
        assert done.returncode == 0 and len(posts(proxy)) == 1, (done.returncode, done.stderr)
        assert len(p.answers()) == 20 and set(logged(server).values()) == {1}


def answers_of_no_use_are_paid_for_once():
    """Where nothing of a whole batch can be used, or had, no second one is sent unasked."""
    def content(makes):
        return lambda method, path, data: makes(data) if path.endswith("/content") else data

    def state(**members):
        return lambda method, path, data: json.dumps(
            {**json.loads(data), **members}).encode() if is_status(method, path) else data

    said = altered(30, status=3, alters=content(lambda data: data.replace(b'"choices":', b'"chances":')))
    assert "none of its 30 answers is of use" in said, said
    said = altered(30, status=3, timeout=60, alters=content(
        lambda data: data.replace(b'"status_code":200', b'"status_code":"well"')))
    assert "none of its 30 answers is of use" in said, said
    said = altered(30, "--give-up-after", "3", status=3, alters=content(lambda _: b""))
    assert "0 of 30 answers of a batch came" in said, said
    altered(30, "--give-up-after", "3", status=3, alters=state(output_file_id=None))
    said = altered(30, "--give-up-after", "300", status=3,
                   alters=lambda method, path, data: 404 if is_status(method, path) else data)
    assert "going on sends the 30 requests" in said, said


def lines_that_stop_the_run():
    """The rest of the results is read, and what stopped the run is sent again once it goes on."""
    broke = json.dumps({"status_code": 429, "body": {"error": {
        "code": "insufficient_quota", "message": "You exceeded your current quota."}}})

    def alters(method, path, data):
        if not path.endswith("file-out-2/content"):
            return data
        lines = data.decode().splitlines()
        for i in range(5):
            lines[i] = '{"custom_id":"%s","response":%s}' % (json.loads(lines[i])["custom_id"], broke)
        return "\n".join(lines).encode()

    with Place(30) as p, Logged(p) as server, Proxy(server.url, alters=alters) as proxy:
        done = batched(p, proxy.url)
        assert done.returncode == 3 and "current quota" in done.stderr, done.stderr
        assert p.rows("SELECT count(*) FROM reply") == [(25,)]
        done = batched(p, proxy.url)
        assert done.returncode == 0 and len(p.answers()) == 30, done.stderr
        assert sorted(logged(server).values()) == [1] * 25 + [2] * 5


def too_many_for_the_server():
    """A batch that it has no room for, with nothing else under way, is parted."""
    def alters(method, path, data):
        if is_status(method, path) and json.loads(data)["request_counts"]["total"] > 15:
            return json.dumps({"id": path.split("/")[-1], "status": "failed", "errors": {"data": [
                {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}]}}).encode()
        return data

    with Place(40) as p, Mock() as server, Proxy(server.url, alters=alters) as proxy:
        done = batched(p, proxy.url, "--batch-size", "40", timeout=50)
        assert done.returncode == 0 and len(p.answers()) == 40, done.stderr
        assert len(posts(proxy)) > 4, proxy.requests


def process_of(p, url, *args):
    return subprocess.Popen([SOW, "respond", "-i", p.prompts, "-o", p.run, "--model", "m", "--teacher",
                             url, "--no-cache", *args], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def left_with_the_server(p, url, *args):
    """A run whose batches are with the server."""
    with process_of(p, url, "--batch", *args) as process:
        while "with the server" not in p.status() or "about to be" in p.status():
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)


def smaller_batches_later():
    """Requests that are asked for while the results of their batch are read."""
    def alters(method, path, data):
        lines = data.splitlines(keepends=True)
        return [data[:-len(lines[-1])], lines[-1]] if path.endswith("/content") else data

    with Place(40) as p, Logged(p, "--batch-delay", "4") as server, \
            Proxy(server.url, alters=alters) as proxy:
        left_with_the_server(p, proxy.url)
        done = batched(p, proxy.url, "--batch-size", "2")
        assert done.returncode == 0 and len(p.answers()) == 40, done.stderr
        assert set(logged(server).values()) == {1}, Counter(logged(server).values())
        assert len(p.rows("SELECT id FROM batch")) == 1


def without_the_option_later():
    """What is with a server and is not waited for is named."""
    with Place(20) as p, Logged(p, "--batch-delay", "4") as server:
        left_with_the_server(p, server.url)
        done = p.respond(server.url)
        assert "1 batch with 20 requests, sent to" in done.stderr, done.stderr
    with Place(20) as p, Logged(p, "--batch-delay", "4") as server, Proxy(server.url) as proxy:
        left_with_the_server(p, server.url)
        done = batched(p, proxy.url)
        assert "1 batch with 20 requests, sent to " + server.url in done.stderr, done.stderr
        assert done.returncode == 0, done.stderr
        done = p.sow("cancel", p.run)
        assert done.returncode == 2 and server.url in done.stderr, done.stderr


def nothing_is_sent_after_the_end():
    """Ctrl-C before a batch is sent: it is not sent then."""
    def begun(p):
        try:
            return p.rows("SELECT count(*) FROM unit")[0][0]
        except sqlite3.OperationalError: # not made yet
            return 0

    with Place(8000) as p, Mock() as server:
        with process_of(p, server.url, "--batch", "--batch-size", "20000") as process:
            while not os.path.exists(p.run + "/run.db") or not begun(p):
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            process.wait()
        assert p.rows("SELECT count(*) FROM batch") == [(0,)]


def another_of_the_same_size():
    """Found by its size, and another's, whose results come to another process."""
    lost, asked = [], []

    def loses(method, path):
        if method == "POST" and path.endswith("/batches") and not lost:
            lost.append(path)
            return True
        if path.endswith("/results") and not asked:
            asked.append(path)
            return True
        return False

    shape = SHAPES["anthropic"]
    with Place(30) as p, Place(30) as other, Logged(p) as server, Proxy(server.url, loses) as proxy:
        with process_of(p, proxy.url, "--batch", *shape) as process:
            while not lost:
                time.sleep(0.01)
            process.kill()
        with open(other.prompts, "w", encoding="utf-8") as f:
            f.writelines("Another question %d?\n" % i for i in range(30))
        assert batched(other, server, *shape).returncode == 0
        with process_of(p, proxy.url, "--batch", *shape) as process:
            while not asked:
                time.sleep(0.01)
            process.kill()
        done = batched(p, proxy.url, *shape)
        assert done.returncode == 0 and len(p.answers()) == 30, done.stderr
        assert len(posts(proxy)) == 1, proxy.requests
        assert set(logged(server).values()) == {1}


TESTS = (the_same_as_one_by_one, stages_and_pools, what_fails_is_asked_again,
         the_rest_is_asked_directly, a_refused_part_is_left_out, too_long_ones_fail, killed_openai,
         killed_anthropic, what_was_made_is_found, those_of_one_size_are_told_apart, interrupted_they_stay, cancelled_ones_end,
         servers_without_batches, refused_as_a_whole,
         rubbish_is_asked_for_again, a_server_that_is_away_is_waited_for,
         not_found_for_a_moment,
         results_that_come_later_than_the_end,
         results_that_are_cut_and_short,
         answers_of_no_use_are_paid_for_once,
         what_is_made_slowly_is_looked_for_again,
         what_says_nothing_is_given_up,
         one_that_never_ends_is_left,
         lines_that_stop_the_run,
         too_many_for_the_server,
         smaller_batches_later,
         without_the_option_later,
         nothing_is_sent_after_the_end,
         another_of_the_same_size)
chosen = sys.argv[2:]
sys.exit(tap.run([(t.__name__, t) for t in TESTS if not chosen or t.__name__ in chosen]))
