#!/usr/bin/env python3
"""anthropic_test.py SOW [NAME…]: runs against servers that speak Anthropic's Messages API, `sow mock`
and one that answers as the API's reference says. TAP.
"""
import json
import os
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../support")]
import tap  # noqa: E402
from fake import EVENTS, Fake, JSON, err  # noqa: E402
from mock import Mock  # noqa: E402
from place import Place  # noqa: E402

KEY = "sk-ant-not-a-real-key-0123456789"
USAGE = {"input_tokens": 4, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 6,
         "output_tokens": 5}


def text(content):
    return {"type": "text", "text": content}


def message(*blocks, stop="end_turn", usage=USAGE, **more):
    body = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": list(blocks), "stop_reason": stop, "stop_sequence": None, "usage": usage,
            **more}
    return 200, {**JSON, "request-id": "req_1"}, json.dumps(body).encode()


def event(type_, **members):
    return ("event: %s\ndata: %s\n\n" % (type_, json.dumps({"type": type_, **members}))).encode()


START = event("message_start", message={
    "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
    "stop_reason": None, "stop_sequence": None, "usage": {**USAGE, "output_tokens": 1}})


def block(index, kind, *pieces):
    """Of "text" or "thinking"."""
    yield event("content_block_start", index=index, content_block={"type": kind, kind: ""})
    for piece in pieces:
        yield event("content_block_delta", index=index, delta={"type": kind + "_delta", kind: piece})
    yield event("content_block_stop", index=index)


def end(reason="end_turn", **more):
    return event("message_delta", delta={"stop_reason": reason, "stop_sequence": None, **more},
                 usage={"output_tokens": 5}) + event("message_stop")


def refused(status, type_, words, **headers):
    return err(status, {"type": "error", "error": {"type": type_, "message": words},
                        "request_id": "req_1"}, **headers)


def asked(body):
    return body["messages"][-1]["content"][-1]["text"]


def a_request_is_in_its_words():
    with Fake(lambda *_: message(text("Hello"))) as server, Place() as p:
        done = p.respond(server.url + "/messages", "--system", "Be brief.", "--temperature", "0.5",
                         "--max-tokens", "50", "--key-env", "MY_KEY", env={"MY_KEY": KEY})
        assert done.returncode == 0 and p.answers() == ["Hello"], done.stderr
        path, headers, body = server.requests[0]
        headers = {name.lower(): value for name, value in headers.items()}
        assert path == "/v1/messages" and headers["anthropic-version"] == "2023-06-01", headers
        assert headers["x-api-key"] == KEY and "authorization" not in headers, headers
        assert body == {"model": "m", "max_tokens": 50, "temperature": 0.5, "stream": False,
                        "system": [text("Be brief.")],
                        "messages": [{"role": "user", "content": [text("Question 1?")]}]}, body
        assert p.rows("SELECT prompt_tokens, shared_tokens, completion_tokens, estimated FROM reply"
                      ) == [(10, 6, 5, 0)]
        assert "no 'seed'" in p.status(), p.status()
        assert done.stderr.count("'seed'") == 1, done.stderr


def it_is_found_by_name():
    """A key goes to the address that the environment names, and its language with it."""
    with Fake(lambda *_: message(text("Hello"))) as server, Place() as p:
        done = p.sow("respond", "-i", p.prompts, "-o", p.run, "--model", "m", "--teacher", "anthropic",
                     "--header", "anthropic-version: 2026-10-21", "--no-cache",
                     env={"ANTHROPIC_BASE_URL": server.root, "ANTHROPIC_API_KEY": KEY})
        assert done.returncode == 0, done.stderr
        path, headers, _ = server.requests[0]
        headers = {name.lower(): value for name, value in headers.items()}
        assert path == "/v1/messages" and headers["x-api-key"] == KEY, (path, headers)
        assert headers["anthropic-version"] == "2026-10-21", headers
    for args in (["--api", "messages"], []):
        with Fake(lambda *_: message(text("Hello"))) as server, Place() as p:
            url = server.url if args else server.root + "/anthropic"
            done = p.respond(url, *args, env={"ANTHROPIC_API_KEY": KEY})
            assert done.returncode == 0, done.stderr
            path, headers, _ = server.requests[0]
            assert path.endswith("/v1/messages"), path
            assert KEY not in str(headers), headers
    with Place() as p:
        done = p.respond("https://api.anthropic.com", "--api", "completion")
        assert done.returncode == 2 and "chats alone" in done.stderr, done.stderr


def a_stream_says_the_same():
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "x"}
    said = message(thought, {"type": "redacted_thinking", "data": "x"}, text("Hel"), text("lo"))
    stream = 200, EVENTS, [START, event("ping"), *block(0, "thinking", "H", "m."),
                           *block(1, "text", "He", "ll"), *block(2, "text", "o"), end()]
    with Fake(lambda n, p, h, body: stream if body["stream"] else said) as server:
        for args in ([], ["--stream"]):
            with Place() as p:
                done = p.respond(server.url + "/messages", *args)
                assert done.returncode == 0 and p.answers() == ["Hello"], done.stderr
                assert p.rows("SELECT reasoning, prompt_tokens, completion_tokens FROM reply") == [
                    ("Hm.", 10, 5)]
        assert [body["stream"] for _, _, body in server.requests] == [False, True]


def failures_are_understood():
    """Overloaded, by status and within a stream; a stream that is cut; then answers."""
    replies = [refused(529, "overloaded_error", "Overloaded", retry_after_ms="1"),
               (200, EVENTS, [START, *block(0, "text", "Hel"),
                              event("error", error={"type": "overloaded_error",
                                                    "message": "Overloaded"})]),
               (200, EVENTS, [START, *block(0, "text", "Hel")]),
               refused(429, "rate_limit_error", "Too many tokens", retry_after_ms="1"),
               refused(500, "api_error", "Internal server error", retry_after_ms="1"),
               (200, EVENTS, [START, *block(0, "text", "Hello"), end("stop_sequence")])]
    with Fake(lambda n, *_: replies[min(n, 5)]) as server, Place() as p:
        done = p.respond(server.url + "/messages", "--stream")
        assert done.returncode == 0 and p.answers() == ["Hello"], done.stderr
        assert len(server.requests) == 6
        for words in ("overloaded", "Too many tokens", "Internal server error", "malformed"):
            assert words in " ".join(p.status().split()), (words, p.status())


def refusals_are_told():
    """By the model, with its reason; a limit of money stops the run."""
    details = {"type": "refusal", "category": "bio", "explanation": "Not about this."}
    for stream in (False, True):
        def reply(_, __, ___, body, stream=stream):
            if asked(body) != "Question 2?":
                return (200, EVENTS, [START, *block(0, "text", "Hello"), end()]) if stream \
                    else message(text("Hello"))
            return (200, EVENTS, [START, end("refusal", stop_details=details)]) if stream \
                else message(stop="refusal", stop_details=details)
        with Fake(reply) as server, Place(3) as p:
            done = p.respond(server.url + "/messages", *(["--stream"] if stream else []))
            assert done.returncode == 0 and p.answers() == ["Hello"] * 2, done.stderr
            assert "Not about this." in " ".join(p.status().split()), p.status()
            assert len(server.requests) == 3
    broke = refused(400, "invalid_request_error",
                    "Your credit balance is too low to access the Anthropic API.")
    with Fake(lambda *_: broke) as server, Place(20) as p:
        done = p.respond(server.url + "/messages", "--concurrency", "2")
        assert done.returncode == 3 and "credit balance" in done.stderr, done.stderr
        assert len(server.requests) < 5


def endings_are_known():
    stops = {"Question 1?": "max_tokens", "Question 2?": "pause_turn", "Question 3?": "end_turn",
             "Question 4?": "model_context_window_exceeded"}
    with Fake(lambda n, p, h, body: message(text("Hello"), stop=stops[asked(body)])) as server, \
            Place(4) as p:
        done = p.respond(server.url + "/messages")
        assert done.returncode == 0, done.stderr
        assert p.answers() == ["Hello"], p.answers()
        assert p.rows("SELECT count(*) FROM reject WHERE rule = 'cut-reply'") == [(3,)]


def what_newer_models_refuse_is_learnt():
    def reply(_, __, ___, body):
        for name in ("temperature", "top_p"):
            if name in body:
                return refused(400, "invalid_request_error",
                               "`%s` is deprecated for this model." % name)
        if body["max_tokens"] > 64:
            return refused(400, "invalid_request_error", "max_tokens: %d > 64, which is the maximum "
                           "allowed number of output tokens for m" % body["max_tokens"])
        return message(text("Hello"))
    with Fake(reply) as server, Place(20) as p:
        done = p.respond(server.url + "/messages", "--temperature", "0.5", "--top-p", "0.5",
                         "--max-tokens", "100", "--concurrency", "1")
        assert done.returncode == 0 and p.answers() == ["Hello"] * 20, done.stderr
        assert len(server.requests) == 23
        for name in ("temperature", "top_p", "max_tokens"):
            assert done.stderr.count("refuses '%s'" % name) == 1, done.stderr


def limits_are_kept():
    """The next request waits until the date that the headers name."""
    at = []

    def reply(n, *_):
        at.append(time.monotonic())
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        status, headers, payload = message(text("Hello"))
        return status, {**headers, "anthropic-ratelimit-requests-limit": "50",
                        "anthropic-ratelimit-requests-remaining": "0" if not n else "40",
                        "anthropic-ratelimit-requests-reset": when}, payload
    with Fake(reply) as server, Place(3) as p:
        done = p.respond(server.url + "/messages", "--concurrency", "1")
        assert done.returncode == 0, done.stderr
        assert at[1] - at[0] >= 0.9, at


def a_long_system_message_is_cached():
    system = "You know all of this. " * 250
    with Fake(lambda *_: message(text("Hello"))) as server, Place(2) as p:
        done = p.respond(server.url + "/messages", "--system", system)
        assert done.returncode == 0, done.stderr
        for _, _, body in server.requests:
            assert [b["cache_control"] for b in body["system"]] == [{"type": "ephemeral"}]
            assert "cache_control" not in body["messages"][0]["content"][0]


def calls_and_pictures_are_put_into_shape():
    turns = [{"role": "user", "content": [text("See"), {"type": "image_url", "image_url": {
        "url": "data:image/png;base64,AAAA"}}]},
             {"role": "assistant", "content": None, "tool_calls": [
                 {"id": "c1", "type": "function", "function": {"name": "f",
                                                               "arguments": "{\"x\": 1}"}}]},
             {"role": "tool", "tool_call_id": "c1", "content": "42"},
             {"role": "user", "content": "So?"}]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    with Fake(lambda *_: message(text("Hello"))) as server, Place() as p:
        p.prompts += ".jsonl"
        with open(p.prompts, "w") as f:
            f.write(json.dumps({"messages": turns, "tools": tools}) + "\n")
        done = p.respond(server.url + "/messages")
        assert done.returncode == 0, done.stderr
        body = server.requests[0][2]
        assert body["tools"] == [{"name": "f", "input_schema": {"type": "object"}}], body
        assert [m["role"] for m in body["messages"]] == ["user", "assistant", "user"], body
        assert body["messages"][0]["content"][1]["source"] == {
            "type": "base64", "media_type": "image/png", "data": "AAAA"}, body
        assert body["messages"][1]["content"] == [
            {"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}}], body
        assert body["messages"][2]["content"] == [
            {"type": "tool_result", "tool_use_id": "c1", "content": [text("42")]}, text("So?")], body


def a_bad_day_changes_no_byte():
    """The mock's answers depend on the requests alone: what goes wrong must not show."""
    exports = []
    faults = ["529=0.1", "429=0.05", "error=0.1", "500=0.05", "reset=0.05", "garbage=0.05"]
    for args, more in ([], []), ([a for f in faults for a in ("--fault", f)], ["--stream"]):
        with Mock("--reasoning", "--retry-after", "none", *args) as mock, Place(40) as p:
            done = p.respond(mock.url + "/messages", "--max-tokens", "300", "--timeout", "20", *more)
            assert done.returncode == 0, done.stderr
            assert len(p.answers()) == 40, done.stdout
            exports.append(p.sow("export", p.run, "--format", "messages", "--jsonl", "-o", "-").stdout)
    assert exports[0] == exports[1] and exports[0].count("\n") == 40


def self_instruct_grows_tasks():
    with Mock("--key", KEY, "--cached", "50") as mock, Place() as p:
        done = p.sow("self-instruct", "-n", "10", "-o", p.run, "--model", "m", "--teacher",
                     mock.url + "/messages", "--key-env", "MY_KEY", "--no-cache", env={"MY_KEY": KEY})
        assert done.returncode == 0, done.stderr
        assert p.rows("SELECT count(*) FROM instance")[0][0] >= 10
        assert p.rows("SELECT min(shared_tokens) FROM reply")[0][0] > 0
        shutil.rmtree(p.run)
        done = p.sow("self-instruct", "-n", "10", "-o", p.run, "--model", "m", "--teacher",
                     mock.url + "/messages", "--no-cache")
        assert done.returncode == 3 and "x-api-key" in done.stderr, done.stderr


TESTS = [a_request_is_in_its_words, it_is_found_by_name, a_stream_says_the_same,
         failures_are_understood, refusals_are_told, endings_are_known,
         what_newer_models_refuse_is_learnt, limits_are_kept, a_long_system_message_is_cached,
         calls_and_pictures_are_put_into_shape, a_bad_day_changes_no_byte, self_instruct_grows_tasks]


def main():
    chosen = [t for t in TESTS if not sys.argv[2:] or t.__name__ in sys.argv[2:]]
    return tap.run([(t.__name__, t) for t in chosen])


sys.exit(main())
