#!/usr/bin/env python3
"""odd_test.py SOW [NAME…]: runs against servers that behave as some real ones do. Every reply is
read right, nothing is paid for twice, and every run ends. TAP.
"""
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../support")]
import tap  # noqa: E402
from fake import Fake, JSON, asked, chunk, cut, err, events, ok  # noqa: E402
from place import SOW, Place  # noqa: E402


# -- a run always ends


def one_prompt_fails_for_ever():
    """The last one left fails after its tries, with the server's words."""
    kinds = {"500": 10, "502": 10, "504": 5, "reset": 10}

    def reply(_, path, headers, body):
        kind = path.split("/")[1]
        if asked(body) != "Question 3?":
            return ok()
        return None if kind == "reset" else err(
            int(kind), {"error": {"message": "roles must alternate"}}, retry_after_ms="1")

    with Fake(reply) as server:
        for kind, tries in kinds.items():
            with Place(20) as p:
                before = len(server.requests)
                done = p.respond("%s/%s/v1" % (server.root, kind))
                assert done.returncode == 0, (kind, done.stderr)
                assert "19 of 20 prompts answered, 1 failed" in done.stdout, done.stdout
                assert len(p.answers()) == 19
                if kind != "reset":
                    # its first may have come before any other's answer
                    assert len(server.requests) - before in (19 + tries, 20 + tries), kind
                    assert "roles must alternate" in p.status(), p.status()
                    # told once
                    assert done.stderr.count("roles must alternate") == 1, done.stderr
                assert "Trouble with the teacher" in p.status()


def a_limit_of_the_day_stops():
    """With words that it will stay so; or with a time that is longer than the user waits."""
    tomorrow = str(int(time.time() + 9 * 3600) * 1000)
    replies = {
        "day": err(429, {"error": {"message": "Rate limit exceeded: free-models-per-day"}}),
        "reset": err(429, {"error": {"message": "Rate limit exceeded", "metadata": {
            "headers": {"X-RateLimit-Reset": tomorrow}}}}),
        "header": err(429, {"error": {"message": "Rate limit exceeded"}}, Retry_After="86400"),
        "zero": err(429, [{"error": {"code": 429, "message": "You exceeded your current quota, "
                                     "limit: 0", "status": "RESOURCE_EXHAUSTED"}}]),
    }
    with Fake(lambda n, path, h, b: replies[path.split("/")[1]]) as server:
        for kind in replies:
            with Place(20) as p:
                done = p.respond("%s/%s/v1" % (server.root, kind), timeout=60)
                assert done.returncode == 3, (kind, done.returncode, done.stderr)
                assert "limit" in done.stderr and "To resume" in done.stderr, done.stderr
                assert "--give-up-after" in done.stderr, done.stderr
                assert len(p.rows("SELECT * FROM reply")) == 0


def a_short_limit_is_waited_for():
    def reply(n, _, __, ___):
        return ok() if n else err(429, {"error": {"message": "Please try again in 1.5s."}})
    with Fake(reply) as server, Place() as p:
        begun = time.monotonic()
        done = p.respond(server.url)
        assert done.returncode == 0 and p.answers() == ["Hello"], done.stderr
        assert 1.5 <= time.monotonic() - begun < 10
        assert done.stderr.count("try again in") == 1, done.stderr


def a_web_page_stops():
    page = 200, {"Content-Type": "text/html"}, b"<!doctype html><html><body>Sign in</body></html>"
    with Fake(lambda *_: page) as server, Place(20) as p:
        done = p.respond(server.root, timeout=60)
        assert done.returncode == 3, done.stderr
        assert "web page" in done.stderr and "/v1" in done.stderr, done.stderr
    with Fake(lambda *_: err(405, {"detail": "Method Not Allowed"})) as server, Place(20) as p:
        done = p.respond(server.root + "/api", timeout=60)
        assert done.returncode == 3, done.stderr
        assert "Method Not Allowed" in done.stderr and "/v1" in done.stderr, done.stderr


# -- the same refusal for all


def all_refused_alike_stops():
    refusal = err(400, {"error": {"code": "invalid", "message": "enable_thinking must be false",
                                  "param": None}})
    with Fake(lambda *_: refusal) as server, Place(300) as p:
        done = p.respond(server.url)
        assert done.returncode == 3, (done.returncode, done.stderr)
        assert "enable_thinking must be false" in done.stderr, done.stderr
        assert "enable_thinking must be false" in " ".join(p.status().split()), p.status()
        assert "accepted" not in done.stdout + done.stderr
        assert len(server.requests) <= 60, len(server.requests)
    fixed = []
    with Fake(lambda *_: ok() if fixed else refusal) as server, Place(40) as p:
        assert p.respond(server.url, "--concurrency", "8").returncode == 3
        fixed.append(True)
        done = p.respond(server.url, "--concurrency", "8") # the same command asks them again
        assert done.returncode == 0, done.stderr
        assert p.answers() == ["Hello"] * 40, p.answers()


def one_refused_beside_a_slow_one_ends():
    """It is put aside until the slow one is answered, which says nothing about it."""
    def reply(_, __, ___, body):
        if body["messages"][0]["role"] == "system":
            time.sleep(0.5)
            return err(400, {"error": {"message": "Bad Request"}})
        time.sleep(2 if asked(body).startswith("Slow") else 0)
        return ok()

    with Fake(reply) as server, Place() as p:
        system, user = {"role": "system", "content": "Be brief."}, {"role": "user"}
        p.prompts += ".jsonl"
        with open(p.prompts, "w") as f:
            for turns in ([system, {**user, "content": "Refused?"}],
                          [{**user, "content": "Fast?"}], [{**user, "content": "Slow?"}]):
                f.write(json.dumps({"messages": turns}) + "\n")
        done = p.respond(server.url, timeout=30)
        assert done.returncode == 0, (done.returncode, done.stderr)
        assert "2 of 3 prompts answered, 1 failed" in done.stdout, done.stdout
        assert "Bad Request" in " ".join(p.status().split()), p.status()


def what_cannot_be_read_stops():
    """A model that always answers in another form is paid for 20 times, and the run says why."""
    for method, rule, text in (("self-instruct", "no-list", "Rivers, lakes and seas.\nNothing more."),
                               ("alpaca", "no-list", "I would rather not."),
                               ("alpaca", "malformed", "###\n4. Instruction: Go.\n4. Input: x")):
        with Fake(lambda *_, text=text: ok(text)) as server, Place() as p:
            done = p.sow(method, "-n", "50", "-o", p.run, "--model", "m", "--teacher", server.url,
                         "--no-cache", "--concurrency", "16")
            assert done.returncode == 3, (done.returncode, done.stderr)
            assert len(server.requests) == 20, len(server.requests)
            assert " ".join(text.split()) in done.stderr, done.stderr
            assert p.rows("SELECT rule, text FROM reject") == \
                [(rule, text.replace("###\n", ""))] * 20, p.rows("SELECT rule, text FROM reject")
            assert "nothing could be read" in " ".join(p.status().split()), p.status()
            again = p.sow(method, "-n", "50", "-o", p.run, "--model", "m", "--teacher", server.url,
                          "--no-cache")
            assert again.returncode == 3 and len(server.requests) == 40, again.stderr


def lists_in_another_dress_are_read():
    """The tasks of each request have names of their own, so that none is like another."""
    def reply(n, _, __, body):
        if "Is it classification?" in asked(body):
            return ok("**No**")
        if "Example 1" in asked(body):
            return ok("**Example 1**\n**Input:** a%d\n**Output:** b\n\n**Example 2**\n"
                      "**Input:** c\n**Output:** d" % n)
        words = ["w%d%s%d" % (n, "abc"[i % 3], i) for i in range(12)]
        return ok("Sure!\n\n" + "\n".join(
            "- **Task %d:** Name %s" % (9 + i, " ".join(words[4 * i:4 * i + 4])) for i in range(3)) +
            "\n\nLet me know if you need more!")
    with Fake(reply) as server, Place() as p:
        done = p.sow("self-instruct", "-n", "6", "-o", p.run, "--model", "m", "--teacher", server.url,
                     "--no-cache")
        assert done.returncode == 0, done.stderr
        assert p.rows("SELECT count(*) FROM reject") == [(0,)], p.rows("SELECT * FROM reject")
        outputs = p.rows("SELECT output FROM instance WHERE ticket = 1 AND item = 3 ORDER BY number")
        assert outputs == [("b",), ("d",)], outputs
        last, = p.rows("SELECT instruction FROM unit WHERE ticket = 1 AND item = 3")[0]
        assert "Let me know" not in last and last.startswith("Name w"), last


def nothing_answered_is_no_success():
    refusal = err(400, {"error": {"message": "No."}})
    with Fake(lambda *_: refusal) as server, Place(5) as p:
        done = p.respond(server.url)
        assert done.returncode == 3, (done.returncode, done.stderr)
        assert "0 of 5 prompts answered, 5 failed" in done.stdout, done.stdout
        assert "retry" in done.stderr, done.stderr
    with Fake(lambda n, *_: ok() if not n else refusal) as server, Place(5) as p:
        assert p.respond(server.url, "--concurrency", "1").returncode == 0


def what_is_paid_lands():
    """The key is refused while other answers are on their way."""
    def reply(n, *_):
        if n == 3:
            time.sleep(0.3)
            return err(402, {"error": {"message": "Insufficient credits"}})
        time.sleep(1.5)
        return ok()

    with Fake(reply) as server, Place(40) as p:
        done = p.respond(server.url, "--concurrency", "8")
        assert done.returncode == 3 and "Insufficient credits" in done.stderr, done.stderr
        assert p.answers() == ["Hello"] * 7, p.answers()
        assert len(server.requests) == 8


def what_is_paid_lands_after_giving_up():
    def reply(_, __, ___, body):
        if asked(body) == "Question 1?":
            return err(500, {"error": {"message": "oops"}})
        time.sleep(4)
        return ok()

    with Fake(reply) as server, Place(2) as p:
        done = p.respond(server.url, "--give-up-after", "2")
        assert done.returncode == 3 and "no answer for 2 s" in done.stderr, done.stderr
        assert p.answers() == ["Hello"], p.answers()


# -- finish reasons, and answers that say nothing


def finish_reasons_are_known():
    outcome = {"length": "cut-reply", "MAX_TOKENS": "cut-reply", "model_length": "cut-reply",
               "max_length": "cut-reply", "content_filter": "refused", "SAFETY": "refused",
               "PROHIBITED_CONTENT": "refused", "RECITATION": "refused", "stop": None,
               "eos_token": None, "eureka": None}
    with Fake(lambda n, path, h, b: ok("The steps are", path.split("/")[1])) as server:
        for reason, rule in outcome.items():
            with Place() as p:
                done = p.respond("%s/%s/v1" % (server.root, reason))
                assert done.returncode == (3 if rule else 0), (reason, done.stderr)
                rejects = [name for name, in p.rows("SELECT rule FROM reject")]
                assert rejects == ([rule] if rule else []), (reason, rejects)
                assert ("eureka" in p.status()) == (reason == "eureka"), p.status()
    for broken in ("abort", "insufficient_system_resource", "error"):
        with Fake(lambda n, *_, b=broken: ok("Hello", "stop" if n else b)) as server, Place() as p:
            done = p.respond(server.url)
            assert done.returncode == 0 and p.answers() == ["Hello"], (broken, done.stderr)
            assert len(server.requests) == 2


def answers_that_call_a_tool_are_refused():
    """Its text alone would pass for the whole answer."""
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    whole = ok("Let me look.", "tool_calls", tool_calls=[call])
    pieces = events(chunk(content="Let me look."), chunk("tool_calls", tool_calls=[call]))
    with Fake(lambda _, __, ___, b: pieces if b["stream"] else whole) as server:
        for args in [], ["--stream"]:
            with Place() as p:
                done = p.respond(server.url, *args)
                assert done.returncode == 3, (done.returncode, done.stderr)
                said = " ".join((done.stderr + p.status()).split())
                assert "calls a tool" in said and "Let me look." in said, said


def cut_answers_can_be_kept():
    with Fake(lambda *_: ok("The steps are", "length")) as server, Place(3) as p:
        done = p.respond(server.url, "--rule", "cut-reply=off")
        assert done.returncode == 0 and len(p.answers()) == 3, done.stderr
    with Fake(lambda *_: ok()) as server, Place() as p:
        done = p.respond(server.url, "--rule", "too-long=9")
        assert done.returncode == 2 and "respond does not know it" in done.stderr, done.stderr
        assert not server.requests


def a_whole_answer_is_better_than_a_cut_one():
    with Fake(lambda n, *_: ok("Hello") if n else ok("The steps are", "length")) as server, \
            Place() as p:
        done = p.respond(server.url, "--best-of", "2", "--concurrency", "1")
        assert done.returncode == 0 and p.answers() == ["Hello"], (p.answers(), done.stderr)
        assert len(server.requests) == 2 # nothing is left to judge


def empty_answers_are_asked_again():
    nothing = {"prompt_tokens": 3, "completion_tokens": 0}
    for empty in (ok(None), ok(""), ok(" \n"), ok(None, usage=nothing), ok([]),
                  (200, JSON, b'{"choices": []}')):
        with Fake(lambda n, *_, e=empty: ok() if n else e) as server, Place() as p:
            done = p.sow("respond", "-i", p.prompts, "-o", p.run, "--model", "m", "--teacher",
                         server.url)
            assert done.returncode == 0 and p.answers() == ["Hello"], done.stderr
            assert len(server.requests) == 2
    # it fails in the end, is not kept for other runs, and retry takes it
    said = []
    with Fake(lambda *_: ok(*said) if said else ok("", usage=nothing)) as server, Place() as p:
        args = ["respond", "-i", p.prompts, "--model", "m", "--teacher", server.url]
        done = p.sow(*args, "-o", p.run)
        assert done.returncode == 3 and "to ask again: " in done.stderr, done.stderr
        assert len(server.requests) == 5
        said.append("Hello")
        assert p.sow("retry", p.run).returncode == 0 and p.answers() == ["Hello"]
        p.run += "2"
        assert p.sow(*args, "-o", p.run).returncode == 0 and p.answers() == ["Hello"]


# -- parameters


def refused_parameters_are_learnt():
    def says(path, body):
        penalty, temperature = body.get("presence_penalty"), body.get("temperature")
        if path == "gemini" and penalty:
            return [{"error": {"code": 400, "message": "Penalty is not enabled for models/m"}}]
        if path == "range" and penalty and penalty >= 2:
            return [{"error": {"code": 400, "message": "presencePenalty is 2.0 but the supported "
                               "range is from -2.0 (inclusive) to 2.0 (exclusive)"}}]
        if path == "xai" and penalty:
            return {"code": "Client specified an invalid argument",
                    "error": "Argument not supported on this model: presencePenalty"}
        if path == "list" and penalty:
            return {"error": {"message": "m does not support parameters: ['presence_penalty']"}}
        if path == "unsaid" and penalty:
            return {"error": {"message": "Bad Request"}}
        if path == "pydantic" and penalty: # llama_cpp.server says it with status 500
            return {"error": {"message": "1 validation error: {'type': 'literal_error', 'loc': "
                              "('body', 'presence_penalty'), 'msg': 'Input should be 0'}",
                              "type": "internal_server_error"}}
        if path == "positive" and temperature == 0:
            return {"error": "Input validation error: `temperature` must be strictly positive"}
        return None

    mock = subprocess.Popen([SOW, "mock", "--port", "0", "--until-eof"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    where = mock.stdout.readline().strip()

    def reply(_, path, __, body):
        import urllib.request
        words = says(path.split("/")[1], body)
        if words:
            return err(500 if "pydantic" in path else 400, words)
        request = urllib.request.Request(where + "/chat/completions", json.dumps(body).encode(),
                                         JSON)
        with urllib.request.urlopen(request) as f:
            return 200, JSON, f.read()

    try:
        with Fake(reply) as server:
            for kind in ("gemini", "range", "xai", "list", "unsaid", "positive", "pydantic"):
                with Place() as p:
                    done = p.sow("self-instruct", "-n", "3", "-o", p.run, "--model", "m",
                                 "--teacher", "%s/%s/v1" % (server.root, kind), "--prompt-style",
                                 "chat", "--no-cache", timeout=60)
                    assert done.returncode == 0, (kind, done.stderr)
                    refused = p.rows("SELECT count(*) FROM reject WHERE rule = 'refused'")[0][0]
                    assert refused == 0, (kind, refused)
                    name = "temperature" if kind == "positive" else "presence_penalty"
                    assert done.stderr.count("'%s'" % name) == 1, (kind, done.stderr)
                    assert "Learnt of the teacher" in p.status() and name in p.status(), kind
    finally:
        mock.stdin.close()
        mock.wait(timeout=60)
        mock.stdout.close()


# -- thoughts, streams, broken bytes


def thoughts_are_kept_apart():
    texts = ["<thinking>hm</thinking>Hello", "[THINK]hm[/THINK]Hello", "hm\n</think>\n\nHello",
             "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>"
             "Hello", "<plan>hm</plan>Hello"]
    with Fake(lambda n, p, h, body: ok(texts[int(asked(body)[9]) - 1])) as server, Place(5) as p:
        for args, last in ([], texts[4]), (["--think-tags", "<plan> </plan>"], "Hello"):
            shutil.rmtree(p.run, ignore_errors=True)
            done = p.respond(server.url, *args)
            assert done.returncode == 0, done.stderr
            assert p.answers() == ["Hello"] * 4 + [last], p.answers()
            thoughts = p.rows("SELECT count(*) FROM reply WHERE reasoning = 'hm'")[0][0]
            assert thoughts == 4 + (last == "Hello")
    mention = "Split the text once at `</think>`, and keep what follows."
    with Fake(lambda *_: ok(mention)) as server, Place() as p:
        p.respond(server.url)
        assert p.answers() == [mention]


def streams_say_the_same():
    parts = [[{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}],
             [{"type": "text", "text": "Hel"}], [{"type": "text", "text": "lo"}]]
    done = b"data: [DONE]\n\n"
    whole = b"data: " + ok()[2] + b"\n\n"
    said = {
        "parts": (events(*[chunk(content=c) for c in parts], chunk("stop"), done), ok(sum(parts, []))),
        "message": (events(whole, done), ok()),
        "refusal": (events(chunk(refusal="Hel"), chunk(refusal="lo"), chunk("stop"), done),
                    ok(None, refusal="Hello")),
        "empty": (events(chunk(content="Hel"), b"data:\n\n", b"data: heartbeat\n\n",
                         chunk(content="lo"), chunk("stop"), done), ok()),
        "unasked": (events(chunk(content="Hel"), chunk("stop", content="lo"), done),
                    events(chunk(content="Hel"), chunk("stop", content="lo"), done)),
        "behind": (events(chunk(content="Hello"), chunk("stop"), done),
                   (200, JSON, ok()[2] + b"\n" + done)),
    }

    def reply(_, path, __, body):
        return said[path.split("/")[1]][0 if body["stream"] else 1]

    with Fake(reply) as server:
        for kind in said:
            for args in ([], ["--stream"]):
                with Place() as p:
                    done_ = p.respond("%s/%s/v1" % (server.root, kind), *args)
                    assert done_.returncode == 0, (kind, args, done_.stderr)
                    assert p.answers() == ["Hello"], (kind, args, p.answers())
        assert len(server.requests) == 2 * len(said)
        assert {body["stream"] for _, _, body in server.requests} == {False, True}
    halves = [b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n',
              b'data: {"choices":[{"delta":{"content":"\\ude00"},"finish_reason":"stop"}]}\n\n']
    with Fake(lambda *_: events(*halves)) as server, Place() as p:
        p.respond(server.url, "--stream")
        assert p.answers() == ["\U0001F600"], p.answers()


def what_ended_before_it_was_cut_is_paid_once():
    """The server has said that the answer ends: that its connection breaks then loses nothing."""
    ends = {"done": [chunk(content="Hello"), b"data: [DONE]\n\n"],
            "reason": [chunk(content="Hello"), chunk("stop")]}
    for kind, pieces in ends.items():
        with Fake(lambda *_: cut(events(*pieces))) as server, Place() as p:
            done = p.respond(server.url, "--stream")
            assert done.returncode == 0 and p.answers() == ["Hello"], (kind, done.stderr)
            assert len(server.requests) == 1, (kind, len(server.requests))
    replies = [cut(events(chunk(content="Hel"))), cut(ok()), ok()]
    with Fake(lambda n, *_: replies[n]) as server, Place() as p:
        done = p.respond(server.url)
        assert done.returncode == 0 and p.answers() == ["Hello"], done.stderr
        assert len(server.requests) == 3, len(server.requests)


def the_first_choice_is_the_answer():
    """A server that sends more answers than it was asked for, mixed as it likes."""
    choice = {"index": 1, "message": {"role": "assistant", "content": "Other"}, "finish_reason": "stop"}
    body = json.loads(ok()[2])
    body["choices"].insert(0, choice)
    whole = 200, JSON, json.dumps(body).encode()
    other = b'data: {"choices":[{"index":1,"delta":{"content":"Other"},"finish_reason":"length"}]}\n\n'
    both = b'data: {"choices":[{"index":1,"delta":{"content":"x"}},{"index":0,"delta":{"content":"lo"}}]}\n\n'
    stream = events(chunk(content="Hel"), other, both, chunk("stop"), other, b"data: [DONE]\n\n",
                    chunk(content="more"))
    with Fake(lambda _, __, ___, body: stream if body["stream"] else whole) as server:
        for args in ([], ["--stream"]):
            with Place() as p:
                done = p.respond(server.url, *args)
                assert done.returncode == 0 and p.answers() == ["Hello"], (args, p.answers(), done.stderr)


def words_that_are_no_text_are_told():
    """What a server says is shown, whatever bytes it is made of."""
    replies = [(200, JSON, b'{"choices": \xff\xfe garbage'), ok()]
    with Fake(lambda n, *_: replies[min(n, 1)]) as server, Place() as p:
        done = p.respond(server.url)
        assert done.returncode == 0 and p.answers() == ["Hello"], done.stderr
        status = p.sow("status", p.run, "--json")
        assert status.returncode == 0 and json.loads(status.stdout), status.stderr
    said = (500, {"Content-Type": "text/plain"}, b"no \xff room")
    with Fake(lambda n, *_: said if n == 0 else ok()) as server, Place() as p:
        done = p.respond(server.url)
        assert done.returncode == 0 and "no \ufffd room" in done.stderr, done.stderr
        status = p.sow("status", p.run, "--json")
        assert status.returncode == 0 and "no \ufffd room" in status.stdout, status.stderr


def a_header_that_is_too_long_ends_no_run():
    long = (200, {**JSON, "X-Long": "x" * 200000}, ok()[2])
    with Fake(lambda n, *_: long if n == 0 else ok()) as server, Place(2) as p:
        done = p.respond(server.url, "--concurrency", "1")
        assert "out of memory" not in done.stderr, done.stderr
        assert done.returncode == 0 and p.answers()[-1:] == ["Hello"], (done.returncode, done.stderr)


def broken_bytes_are_paid_once():
    bodies = {
        "Hi \ufffd": b'{"choices":[{"message":{"content":"Hi \\ud83d"},"finish_reason":"stop"}]}',
        "Hi\ufffd": b'{"choices":[{"message":{"content":"Hi\xf0\x9f"},"finish_reason":"stop"}]}',
        "Hi\nthere": b'{"choices":[{"message":{"content":"Hi\nthere"},"finish_reason":"stop"}]}',
        "Hi": b'{"choices":[{"logprob":NaN,"message":{"content":"Hi"},"x":-Infinity}]}',
    }
    for text, body in bodies.items():
        with Fake(lambda *_, b=body: (200, JSON, b)) as server, Place() as p:
            done = p.respond(server.url)
            assert done.returncode == 0 and p.answers() == [text], (text, p.answers(), done.stderr)
            assert len(server.requests) == 1
            assert "repaired" in p.status(), p.status()


# -- money, keys, what is kept


def usage_of_nothing_is_reckoned():
    zero = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    for usage in (zero, {"prompt_tokens": -1, "completion_tokens": "2"}):
        with Fake(lambda *_, u=usage: ok("Hello " * 50, usage=u)) as server, Place(200) as p:
            done = p.respond(server.url, "--max-tokens", "60", "--price-in", "100", "--price-out",
                             "100", "--budget", "0.02", "--concurrency", "2")
            assert done.returncode == 3 and "--budget" in done.stderr, done.stderr
            assert len(server.requests) < 10
            assert p.rows("SELECT min(completion_tokens), min(estimated) FROM reply") == [(75, 1)]


def keys_stay_with_their_hosts():
    key, azure = "sk-not-a-real-key-0123456789", "not-a-real-key-either-0123456789"
    sent = []

    def reply(_, __, headers, ___):
        sent.append({name: headers[name] for name in ("Authorization", "api-key") if headers[name]})
        return ok()

    with Fake(reply) as server, Place() as p:
        bearer = {"Authorization": "Bearer " + key}
        for env, args, want in [
                ({}, [], {}),
                ({"OPENAI_BASE_URL": server.url}, [], bearer),
                ({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, [], {}),
                ({}, ["--key-env", "OPENAI_API_KEY"], bearer),
                ({}, ["--header", "api-key: env:AZURE_KEY"], {"api-key": azure}),
                ({}, ["--header", "api-key: env:AZURE_KEY", "--key-env", "OPENAI_API_KEY"],
                 {"api-key": azure})]:
            shutil.rmtree(p.run, ignore_errors=True)
            done = p.respond(server.url, *args, env={"OPENAI_API_KEY": key, "AZURE_KEY": azure, **env})
            assert done.returncode == 0, done.stderr
            assert sent.pop() == want, (env, args)
    with Fake(lambda *_: err(401, {"error": {"message": "No key"}})) as server, Place() as p:
        done = p.respond(server.url, env={"OPENAI_API_KEY": key})
        assert done.returncode == 3 and "--key-env" in done.stderr, done.stderr


def a_key_that_comes_back_is_not_kept():
    key = "sk-not-a-real-key-0123456789"
    with Fake(lambda *_: ok("Key: " + key, reasoning="Sent: " + key)) as server, Place() as p:
        done = p.respond(server.url, "--key-env", "MY_KEY", env={"MY_KEY": key})
        assert done.returncode == 0, done.stderr
        assert p.rows("SELECT output FROM instance") == [("Key: [key]",)], p.answers()
        assert p.rows("SELECT reasoning FROM reply") == [("Sent: [key]",)], p.rows(
            "SELECT reasoning FROM reply")


def half_a_key_is_not_told():
    """Words are cut where they are long: not within a key that the server repeats."""
    key = "sk-not-a-real-key-0123456789"
    for words in 45, 385:
        said = "x" * words + key
        with Fake(lambda *_: err(401, {"error": {"message": said}})) as server, Place() as p:
            done = p.respond(server.url, "--key-env", "MY_KEY", env={"MY_KEY": key})
            assert done.returncode == 3 and key[:8] not in done.stderr, done.stderr
            done = p.sow("doctor", server.url, "--key-env", "MY_KEY", env={"MY_KEY": key})
            assert done.returncode == 1 and key[:8] not in done.stdout, done.stdout


def the_system_message_is_kept():
    with Fake(lambda *_: ok()) as server, Place() as p:
        for args, roles in ([], ["system", "user", "assistant"]), (["--no-system-out"],
                                                                  ["user", "assistant"]):
            shutil.rmtree(p.run, ignore_errors=True)
            done = p.respond(server.url, "--system", "Be brief.", *args)
            assert done.returncode == 0, done.stderr
            out = p.sow("export", p.run, "--format", "messages", "--jsonl", "-o", "-").stdout
            turns = json.loads(out)["messages"]
            assert [turn["role"] for turn in turns] == roles, turns
            sent = server.requests.pop()[2]["messages"]
            assert [turn["role"] for turn in sent] == ["system", "user"], sent


TESTS = [one_prompt_fails_for_ever, a_limit_of_the_day_stops, a_short_limit_is_waited_for,
         a_web_page_stops, all_refused_alike_stops, one_refused_beside_a_slow_one_ends,
         what_cannot_be_read_stops, lists_in_another_dress_are_read,
         nothing_answered_is_no_success, what_is_paid_lands, what_is_paid_lands_after_giving_up,
         finish_reasons_are_known, answers_that_call_a_tool_are_refused,
         cut_answers_can_be_kept,
         a_whole_answer_is_better_than_a_cut_one, empty_answers_are_asked_again,
         refused_parameters_are_learnt, thoughts_are_kept_apart, streams_say_the_same,
         what_ended_before_it_was_cut_is_paid_once, the_first_choice_is_the_answer,
         words_that_are_no_text_are_told, a_header_that_is_too_long_ends_no_run,
         broken_bytes_are_paid_once, usage_of_nothing_is_reckoned, keys_stay_with_their_hosts,
         a_key_that_comes_back_is_not_kept, half_a_key_is_not_told, the_system_message_is_kept]


def main():
    chosen = [t for t in TESTS if not sys.argv[2:] or t.__name__ in sys.argv[2:]]
    return tap.run([(t.__name__, t) for t in chosen])


sys.exit(main())
