#!/usr/bin/env python3
"""mock_test.py SOW: `sow mock` from outside, feature by feature, over real sockets.

TAP on standard output. Each test starts its own mock, which ends with its standard input.
Times are checked only from below: a busy machine may be slow, never early.
"""
import contextlib
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW = sys.argv[1]
TIMEOUT = 60


class Mock:
    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.process = subprocess.Popen([SOW, "mock", "--until-eof", *self.options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.process.stderr.read()
        self.host, self.port = re.fullmatch(r"http://([^:]+):(\d+)/v1", self.url).groups()
        self.port = int(self.port)
        return self

    def __exit__(self, *why):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        status = self.process.wait(TIMEOUT)
        said = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        assert status == 0 and not said, (status, said)

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT)

    def ask(self, method, path, body=None, headers=None, connection=None):
        """(status, headers, body as bytes); an exception if there is no whole answer."""
        c = connection or self.connect()
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            if not connection:
                c.close()

    def post(self, body, path="/v1/chat/completions", **options):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        status, headers, text = self.ask("POST", path, body, **options)
        return status, headers, text

    def stats(self):
        return json.loads(self.ask("GET", "/stats")[2])


def chat(text="What is a tidal pool?", **more):
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


def content(reply):
    return json.loads(reply[2])["choices"][0]["message"]["content"]


def error(reply):
    e = json.loads(reply[2])["error"]
    assert set(e) == {"message", "type", "param", "code"}, e
    return e


# -- what is asked and answered ------------------------------------------------------------

def test_chat():
    with Mock() as m:
        status, headers, body = m.post(chat())
        assert status == 200 and headers["Content-Type"] == "application/json"
        reply = json.loads(body)
        assert reply["object"] == "chat.completion" and reply["model"] == "m"
        [choice] = reply["choices"]
        assert choice["message"]["role"] == "assistant" and choice["finish_reason"] == "stop"
        assert 20 <= len(choice["message"]["content"].split()) <= 160
        usage = reply["usage"]
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
        assert usage["completion_tokens"] > 20 and "prompt_tokens_details" not in usage


def test_completion():
    with Mock() as m:
        status, _, body = m.post({"model": "m", "prompt": "Once upon a time"}, "/v1/completions")
        reply = json.loads(body)
        assert status == 200 and reply["object"] == "text_completion"
        assert len(reply["choices"][0]["text"]) > 20


def test_same_bytes():
    """Equal requests have equal answers, on another mock too; volatile fields don't matter."""
    replies = []
    for options in ([], [], ["--seed", "7"]):
        with Mock(*options) as m:
            replies.append(m.post(chat()))
            replies.append(m.post(chat(user="somebody", temperature=0.5)))
            replies.append(m.post(chat(seed=5)))
    texts = [content(r) for r in replies]
    assert replies[0][2] == replies[3][2]
    assert texts[0] == texts[1] == texts[3] == texts[4]
    assert texts[2] == texts[5] != texts[0]
    assert texts[6] != texts[0]


def test_self_instruct_list():
    tasks = "".join("Task %d: Name %d rivers.\n" % (i, i) for i in range(1, 9))
    with Mock() as m:
        counts = []
        for seed in range(40):
            body = {"model": "m", "prompt": "A series of tasks.\n" + tasks + "Task 9:",
                    "seed": seed, "max_tokens": 1024, "stop": ["Task 16", "\n\n"]}
            text = json.loads(m.post(body, "/v1/completions")[2])["choices"][0]["text"]
            lines = text.rstrip("\n").split("\n")
            assert all(line.startswith("Task %d: " % (10 + i))
                       for i, line in enumerate(lines[1:])), text
            counts.append(len(lines))
        assert max(counts) == 7 and sum(counts) > 200
        text = content(m.post(chat("Go on with Task 9 to Task 15, in the same format.\n" + tasks)))
        assert re.search(r"(?m)^Task 9: \w", text), text


def test_classification_and_instances():
    with Mock() as m:
        def raw(prompt):
            return json.loads(m.post({"model": "m", "prompt": prompt},
                                     "/v1/completions")[2])["choices"][0]["text"]
        said = [raw("Task: %s the e-mail no. %d as spam or ham.\nIs it classification?"
                    % (verb, i)).split()[0] for verb in ("Label", "Sort") for i in range(20)]
        assert said.count("Yes") > 35 and set(said) <= {"Yes", "No"}
        said = [raw("Task: Write a poem no. %d.\nIs it classification?" % i).split()[0]
                for i in range(20)]
        assert said.count("No") > 17
        text = raw("Class label: a\n\nTask: Label the following text as spam, ham, or bacon.\n")
        assert sorted(re.findall(r"(?m)^Class label: (\w+)", text)) == ["bacon", "ham", "spam"]
        text = raw("Output: a\n\nTask: Write a haiku about rain.\n")
        assert text.startswith("Output: ")
        text = raw("Output: a\n\nTask: Summarise the following text.\n")
        assert re.match(r"Example 1\n\w+: .*\nOutput: ", text), text


def test_models():
    with Mock("--model", "big") as m:
        status, _, body = m.ask("GET", "/v1/models")
        assert status == 200 and [e["id"] for e in json.loads(body)["data"]] == ["big"]


def test_length_and_stops():
    with Mock() as m:
        whole = content(m.post(chat()))
        for name in ("max_tokens", "max_completion_tokens"):
            cut = json.loads(m.post(chat(**{name: 5}))[2])
            assert cut["choices"][0]["finish_reason"] == "length"
            assert whole.startswith(cut["choices"][0]["message"]["content"])
            assert cut["usage"]["completion_tokens"] == 5
        word = whole.split()[3]
        stopped = json.loads(m.post(chat(stop=["no such text", word]))[2])["choices"][0]
        assert stopped["finish_reason"] == "stop"
        assert stopped["message"]["content"] == whole[:whole.index(word)]
        assert content(m.post(chat(stop=word))) == whole[:whole.index(word)]


def events(body):
    lines = body.decode().split("\n\n")
    assert lines[-1] == "" and lines[-2] == "data: [DONE]", lines[-2:]
    return [json.loads(line[len("data: "):]) for line in lines[:-2]]


def test_stream():
    with Mock() as m:
        plain = json.loads(m.post(chat())[2])
        status, headers, body = m.post(chat(stream=True))
        assert status == 200 and headers["Content-Type"].startswith("text/event-stream")
        got = events(body)
        assert got[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
        text = "".join(e["choices"][0]["delta"].get("content", "") for e in got)
        assert text == plain["choices"][0]["message"]["content"]
        assert [e["choices"][0]["finish_reason"] for e in got] == [None] * (len(got) - 1) + ["stop"]
        assert all("usage" not in e for e in got)
        got = events(m.post(chat(stream=True, stream_options={"include_usage": True}))[2])
        assert got[-1]["choices"] == [] and got[-1]["usage"] == plain["usage"]
        assert all(e["usage"] is None for e in got[:-1])
        got = events(m.post({"model": "m", "prompt": "Once", "stream": True}, "/v1/completions")[2])
        assert "".join(e["choices"][0]["text"] for e in got).strip()


def test_reasoning():
    with Mock("--reasoning", "--cached", "50") as m:
        reply = json.loads(m.post(chat())[2])
        message, usage = reply["choices"][0]["message"], reply["usage"]
        assert len(message["reasoning_content"].split()) >= 15
        thought = usage["completion_tokens_details"]["reasoning_tokens"]
        assert 0 < thought < usage["completion_tokens"]
        assert usage["prompt_tokens_details"]["cached_tokens"] == usage["prompt_tokens"] // 2
        short = json.loads(m.post(chat(max_tokens=3))[2])["choices"][0]
        assert short["finish_reason"] == "length" and short["message"]["content"] == ""
        got = events(m.post(chat(stream=True))[2])
        assert "".join(e["choices"][0]["delta"].get("reasoning_content", "") for e in got) \
            == message["reasoning_content"]
    with Mock("--think") as m:
        assert re.match(r"<think>\n.+\n</think>\n\n" + re.escape(message["content"]),
                        content(m.post(chat())))
    with Mock("--no-usage") as m:
        assert "usage" not in json.loads(m.post(chat())[2])


# -- what is refused ---------------------------------------------------------------------------

def test_validation():
    cases = [
        ("{", "JSON body", None, None),
        (b"\xff", "JSON body", None, None),
        ("[]", "has to be an object", None, None),
        ({"messages": []}, "'model'", "missing_required_parameter", "model"),
        ({"model": 1, "messages": []}, "'model'", "invalid_type", "model"),
        ({"model": "m"}, "'messages'", "missing_required_parameter", "messages"),
        ({"model": "m", "messages": None}, "'messages'", "missing_required_parameter", "messages"),
        ({"model": "m", "messages": "x"}, "got a string", "invalid_type", "messages"),
        ({"model": "m", "messages": []}, "empty array", "empty_array", "messages"),
        ({"model": "m", "messages": [1]}, "array of objects", "invalid_type", "messages"),
        ({"model": "m", "messages": [{"role": "me", "content": "x"}]}, "'me'", "invalid_value",
         "messages"),
        ({"model": "m", "messages": [{"role": "user"}]}, "content", "invalid_type",
         "messages.content"),
        (chat(n=2), "'n'", "invalid_value", "n"),
        (chat(temperature="hot"), "'temperature'", "invalid_type", "temperature"),
        (chat(temperature=3), "<= 2", "decimal_above_max_value", "temperature"),
        (chat(top_p=-1), ">= 0", "decimal_below_min_value", "top_p"),
        (chat(max_tokens=0), ">= 1", "integer_below_min_value", "max_tokens"),
        (chat(max_tokens=1.5), "an integer", "invalid_type", "max_tokens"),
        (chat(stream=1), "a boolean", "invalid_type", "stream"),
        (chat(stop=["a"] * 5), "maximum length 4", "array_above_max_length", "stop"),
        (chat(stop=[1]), "array of strings", "invalid_type", "stop"),
    ]
    with Mock("--stops", "4") as m:
        for body, words, code, param in cases:
            reply = m.post(body)
            e = error(reply)
            assert reply[0] == 400 and words in e["message"], (body, e)
            assert (e["code"], e["param"]) == (code, param), (body, e)
            assert e["type"] == "invalid_request_error"
        assert error(m.post({"model": "m"}, "/v1/completions"))["param"] == "prompt"
        assert m.post(chat(n=1, stop=None, temperature=None, unknown=[1]))[0] == 200
        parts = [{"type": "text", "text": "What is a "}, {"type": "text", "text": "tidal pool?"}]
        assert content(m.post(chat(parts))) == content(m.post(chat()))


def test_model_key_path():
    with Mock("--model", "big", "--key", "sesame") as m:
        good = {"Authorization": "Bearer sesame"}
        body = {**chat(), "model": "big"}
        assert m.post(body, headers=good)[0] == 200
        reply = m.post(chat(), headers=good)
        assert reply[0] == 404 and error(reply)["code"] == "model_not_found"
        reply = m.post(body)
        assert reply[0] == 401 and "didn't provide" in error(reply)["message"]
        for wrong in ("Bearer sesam", "Bearer sesame2", "sesame", "Basic sesame"):
            reply = m.post(body, headers={"Authorization": wrong})
            assert reply[0] == 401 and error(reply)["code"] == "invalid_api_key"
            assert "sesam" not in error(reply)["message"]
        assert m.ask("GET", "/v1/models")[0] == 401
        reply = m.ask("GET", "/v1/nothing")
        assert reply[0] == 404 and "/v1/nothing" in error(reply)["message"]
        assert m.ask("GET", "/v1/chat/completions")[0] == 405


def test_refuse():
    with Mock("--refuse", "max_tokens", "--refuse", "temperature", "--refuse", "stop",
              "--refuse", "logprobs") as m:
        e = error(m.post(chat(max_tokens=5)))
        assert e["message"] == ("Unsupported parameter: 'max_tokens' is not supported with this "
                                "model. Use 'max_completion_tokens' instead.")
        assert (e["code"], e["param"]) == ("unsupported_parameter", "max_tokens")
        e = error(m.post(chat(temperature=0.7)))
        assert e["message"] == ("Unsupported value: 'temperature' does not support 0.7 with this "
                                "model. Only the default (1) value is supported.")
        assert (e["code"], e["param"]) == ("unsupported_value", "temperature")
        e = error(m.post(chat(stop="x")))
        assert e["message"] == "Unsupported parameter: 'stop' is not supported with this model."
        assert error(m.post(chat(logprobs=True)))["param"] == "logprobs"
        assert m.post(chat(temperature=1, max_completion_tokens=5))[0] == 200


def test_context():
    with Mock("--context", "100") as m:
        assert m.post(chat("x" * 350))[0] == 200
        e = error(m.post(chat("x" * 500)))
        assert e["code"] == "context_length_exceeded" and "100 tokens" in e["message"]
        e = error(m.post({"model": "m", "prompt": "x" * 350, "max_tokens": 50}, "/v1/completions"))
        assert e["code"] == "context_length_exceeded"


# -- what goes wrong ----------------------------------------------------------------------------

def outcome(m, body):
    try:
        status, headers, text = m.post(body)
    except http.client.IncompleteRead:
        return "cut"
    except ConnectionResetError:
        return "reset"
    if status != 200:
        return str(status)
    if headers["Content-Type"].startswith("text/html"):
        return "type"
    try:
        reply = json.loads(text)
    except ValueError:
        return "garbage"
    if not reply["choices"]:
        return "empty"
    if reply["choices"][0]["finish_reason"] == "content_filter":
        return "filtered"
    return "ok"


FAULTS = ["429", "500", "503", "reset", "cut", "garbage", "type", "empty", "filtered"]


def test_each_fault():
    for fault in FAULTS:
        with Mock("--fault", fault + "=1") as m:
            for i in range(5):
                assert outcome(m, chat("Number %d" % i)) == fault, fault
            stats = m.stats()
            assert stats["faults"] == {fault: 5} and stats["answered"] == 0, stats
    with Mock("--fault", "quota=1") as m:
        reply = m.post(chat())
        assert reply[0] == 429 and error(reply)["code"] == "insufficient_quota"
    with Mock("--fault", "filter=1") as m:
        reply = m.post(chat())
        assert reply[0] == 400 and error(reply)["code"] == "content_filter"
    with Mock("--fault", "cut=1") as m:
        try:
            m.post(chat(stream=True))
            assert False, "whole"
        except http.client.IncompleteRead:
            pass


def test_faults_by_body_and_attempt():
    """The same faults whatever the order, and a retry may go well."""
    options = [o for fault in FAULTS for o in ("--fault", fault + "=0.08")]
    bodies = [chat("Number %d" % i) for i in range(60)]

    def attempts(order):
        with Mock(*options) as m:
            got = {}
            for i in order:
                got.setdefault(i, []).append(outcome(m, bodies[i]))
            return got
    by_body = attempts([i for i in range(60) for _ in range(4)])
    by_round = attempts(list(range(60)) * 4)
    backwards = attempts(list(reversed(range(60))) * 4)
    assert by_body == by_round == backwards
    flat = [o for list_ in by_body.values() for o in list_]
    assert set(flat) == set(FAULTS) | {"ok"}, set(flat)
    assert 0.15 < flat.count("ok") / len(flat) < 0.45
    assert any(list_[0] != "ok" and "ok" in list_ for list_ in by_body.values())
    with Mock(*options, "--seed", "9") as m:
        assert [outcome(m, b) for b in bodies] != [list_[0] for list_ in by_body.values()]


def test_drip():
    with Mock("--fault", "drip=1") as m:
        began = time.monotonic()
        assert m.post(chat())[0] == 200
        assert time.monotonic() - began >= 1.5
        assert m.stats()["answered"] == 1


def test_hang():
    with Mock("--fault", "hang=1") as m:
        c = m.connect()
        c.request("POST", "/v1/chat/completions", json.dumps(chat()))
        while not m.stats()["in_flight"]:
            time.sleep(0.01)
        c.sock.settimeout(0.3)
        try:
            assert c.sock.recv(1) != b"", "closed"
            assert False, "answered"
        except TimeoutError:
            pass
        c.close()
        while m.stats()["in_flight"]:
            time.sleep(0.01)


def test_retry_after():
    for form, pattern in ((None, "1"), ("7", "7"), ("none", None),
                          ("date", r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")):
        with Mock("--fault", "429=1", *(["--retry-after", form] if form else [])) as m:
            got = m.post(chat())[1]["Retry-After"]
            assert got is None if pattern is None else re.fullmatch(pattern, got), (form, got)


# -- limits and time ---------------------------------------------------------------------------

def test_rpm():
    with Mock("--rpm", "5") as m:
        for left in range(4, -1, -1):
            status, headers, _ = m.post(chat("Number %d" % left))
            assert status == 200
            assert headers["x-ratelimit-limit-requests"] == "5"
            assert headers["x-ratelimit-remaining-requests"] == str(left)
            assert re.fullmatch(r"(\d+m)?[\d.]+(ms|s)", headers["x-ratelimit-reset-requests"])
            assert headers["x-ratelimit-limit-tokens"] is None
        reply = m.post(chat())
        assert reply[0] == 429 and 1 <= int(reply[1]["Retry-After"]) <= 12
        assert error(reply)["type"] == "requests" and "RPM" in error(reply)["message"]
        assert m.stats()["violations"] == {"requests": 1, "tokens": 0, "in_flight": 0}


def test_tpm():
    with Mock("--tpm", "1000") as m:
        status, headers, _ = m.post(chat(max_tokens=900))
        assert status == 200 and int(headers["x-ratelimit-remaining-tokens"]) < 100
        assert headers["x-ratelimit-limit-tokens"] == "1000"
        reply = m.post(chat("again", max_tokens=900))
        assert reply[0] == 429 and error(reply)["type"] == "tokens"
        reply = m.post(chat("again", max_tokens=2000))
        assert reply[0] == 429 and "too large" in error(reply)["message"]
        assert reply[1]["Retry-After"] is None
        assert m.stats()["violations"]["tokens"] == 2


def ask_many(m, count, body=lambda i: chat("Number %d" % i)):
    """(status, seconds) of each, all at once."""
    got = [None] * count

    def one(i):
        began = time.monotonic()
        got[i] = (m.post(body(i))[0], time.monotonic() - began)
    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return got


def test_max_in_flight():
    with Mock("--max-in-flight", "3", "--latency", "500") as m:
        statuses = [status for status, _ in ask_many(m, 8)]
        stats = m.stats()
        assert statuses.count(200) >= 3 and stats["violations"]["in_flight"] == statuses.count(429)
        assert set(statuses) <= {200, 429}


def test_latency():
    with Mock("--latency", "300") as m:
        began = time.monotonic()
        got = ask_many(m, 20)
        assert all(status == 200 and seconds >= 0.3 for status, seconds in got), got
        assert time.monotonic() - began < 0.3 * 20, "one after another"
        assert m.stats()["peak_in_flight"] >= 5
    with Mock("--latency", "40", "--sigma", "0.7") as m:
        times = []
        for i in range(40):
            began = time.monotonic()
            m.post(chat("Number %d" % i))
            times.append(time.monotonic() - began)
        assert max(times) > 1.5 * min(times)
    with Mock("--token-latency", "10") as m:
        began = time.monotonic()
        m.post(chat(max_tokens=30))
        assert time.monotonic() - began >= 0.3
        began = time.monotonic()
        c = m.connect()
        c.request("POST", "/v1/chat/completions", json.dumps(chat(max_tokens=30, stream=True)))
        r = c.getresponse()
        arrivals = []
        while line := r.readline():
            if line.startswith(b"data"):
                arrivals.append(time.monotonic() - began)
        assert arrivals[-1] >= 0.3 and arrivals[-1] - arrivals[0] >= 0.25, arrivals
        c.close()


# -- how it lives and dies ----------------------------------------------------------------------

def test_keep_alive_and_stats():
    with Mock() as m:
        c = m.connect()
        for i in range(6):
            assert m.post(chat("Number %d" % (i % 4)), connection=c)[0] == 200
        m.post("{", connection=c)
        c.close()
        stats = m.stats()
        assert stats["connections"]["opened"] == 2
        assert (stats["requests"], stats["answered"], stats["asked_again"],
                stats["answered_again"]) == (7, 6, 2, 2)
        assert stats["by_status"] == {"200": 6, "400": 1}


def test_big_and_pipelined():
    with Mock() as m:
        reply = json.loads(m.post(chat("word " * 200000))[2])
        assert reply["usage"]["prompt_tokens"] > 200000
        body = json.dumps(chat()).encode()
        one = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
               % len(body)) + body
        chunked = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body)) + body + b"\r\n0\r\n\r\n"
        with socket.create_connection((m.host, m.port), TIMEOUT) as s:
            s.sendall(one * 3 + chunked)
            got = b""
            while piece := s.recv(65536):
                got += piece
        assert got.count(b"HTTP/1.1 200") == 4


def test_log():
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "log.jsonl")
        body = json.dumps(chat()).encode()
        with Mock("--log", path, "--fault", "500=0.5", "--seed", "3") as m:
            for _ in range(6):
                m.post(body, headers={"Authorization": "Bearer sesame"})
            m.post("{")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["n"] for line in lines] == list(range(1, 8))
        assert [line["attempt"] for line in lines[:6]] == list(range(6))
        assert all(line["body"] == hashlib.sha256(body).hexdigest() for line in lines[:6])
        assert all(line["key"] == hashlib.sha256(b"sesame").hexdigest()[:16] for line in lines[:6])
        assert {(line["fault"], line["status"], line["answered"]) for line in lines[:6]} == \
            {("500", 500, False), (None, 200, True)}
        assert lines[6]["status"] == 400 and lines[6]["key"] == ""
        assert abs(lines[0]["time"] - time.time()) < TIMEOUT and "sesame" not in text


def test_die_after():
    process = subprocess.Popen([SOW, "mock", "--die-after", "5", "--latency", "50"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    m = Mock()
    m.host, m.port = re.search(r"//([^:]+):(\d+)", process.stdout.readline()).groups()
    served = 0
    try:
        for i in range(20):
            m.post(chat("Number %d" % i))
            served += 1
    except OSError:
        pass
    assert process.wait(TIMEOUT) == 0 and served == 5, served
    process.stdout.close()


def test_requests():
    process = subprocess.Popen([SOW, "mock", "-n", "8", "--latency", "200"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    m = Mock()
    m.host, m.port = re.search(r"//([^:]+):(\d+)", process.stdout.readline()).groups()
    assert [status for status, _ in ask_many(m, 8)] == [200] * 8
    assert process.wait(TIMEOUT) == 0
    process.stdout.close()


def test_outage():
    with Mock("--down-from", "0.5", "--down-to", "1.2") as m:
        began, seen = time.monotonic(), []
        while time.monotonic() - began < 1.8 or seen[-1] != "up":
            assert time.monotonic() - began < TIMEOUT, seen
            try:
                now = "up" if m.post(chat())[0] == 200 else "odd"
            except OSError:
                now = "down"
            if seen[-1:] != [now]:
                seen.append(now)
            time.sleep(0.02)
        assert seen == ["up", "down", "up"], seen


def test_outage_ends_what_is_under_way():
    with Mock("--down-from", "0.5", "--down-to", "0.8", "--latency", "5000") as m:
        idle = m.connect()
        idle.request("GET", "/v1/models")
        idle.getresponse().read()
        try:
            m.post(chat())
            assert False, "answered"
        except (OSError, http.client.HTTPException):
            pass
        assert idle.sock.recv(1) == b""
        idle.close()


def test_signals():
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen([SOW, "mock", "--latency", "60000"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True)
        port = int(re.search(r":(\d+)/", process.stdout.readline()).group(1))
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        c.request("POST", "/v1/chat/completions", json.dumps(chat()))
        process.send_signal(number)
        assert process.wait(TIMEOUT) == 0
        c.close()
        process.stdout.close()


def test_port_taken():
    with Mock() as m:
        done = subprocess.run([SOW, "mock", "--port", str(m.port)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr == "sow: 127.0.0.1:%d: Address already in use\n" % m.port, done.stderr


def test_eof_of_a_file():
    done = subprocess.run([SOW, "mock", "--until-eof"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0 and done.stdout.startswith("http://127.0.0.1:")


def main():
    tests = [(name[5:].replace("_", " "), f) for name, f in globals().items()
             if name.startswith("test_")]
    only = sys.argv[2:]
    tests = [t for t in tests if not only or t[0] in only]
    sys.exit(tap.run(tests))


if __name__ == "__main__":
    main()
