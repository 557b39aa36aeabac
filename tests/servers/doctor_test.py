#!/usr/bin/env python3
"""doctor_test.py SOW [NAME…]: `sow doctor URL` against servers of which it is known what they can.
TAP.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../support")]
import tap  # noqa: E402
from fake import Fake, JSON, err, ok  # noqa: E402
from mock import Mock  # noqa: E402
from place import Place  # noqa: E402

KEY = "sk-not-a-real-key-0123456789"


def doctor(url, *args, status=0, env=None):
    """What it can, by name."""
    with Place() as p:
        done = p.sow("doctor", url, "--json", *args, env=env)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        assert KEY not in done.stdout
        said = json.loads(done.stdout)
        text = p.sow("doctor", url, *args, env=env)
        assert text.returncode == status
        for name, about in said["can"].items():
            assert any(line.split()[:2] == [about["verdict"], name]
                       for line in text.stdout.splitlines()), (name, text.stdout)
        return said


def verdicts(said):
    return {name: about["verdict"] for name, about in said["can"].items()}


def the_mock_is_known():
    with Mock("--refuse", "top_p", "--rpm", "5000") as mock:
        said = doctor(mock.url)
        assert (said["ok"], said["api"], said["model"]) == (True, "OpenAI", "sow-mock")
        assert verdicts(said) == {
            "models": "yes", "chat": "yes", "usage": "yes", "limits": "yes", "completions": "yes",
            "streaming": "yes", "temperature": "yes", "top_p": "no", "presence_penalty": "yes",
            "seed": "yes", "stop": "yes", "json-schema": "yes", "log-probabilities": "yes",
            "embeddings": "yes", "rerank": "yes", "batches": "yes"}, said
        assert said["requests"] < 20
        assert said["can"]["streaming"] == {"verdict": "yes", "found": "with usage",
                                            "option": "--stream"}
        assert said["can"]["rerank"]["option"] == "sow score --with reward", said
        said = doctor(mock.url + "/messages")
        assert (said["api"], verdicts(said)) == ("Anthropic", {
            "models": "yes", "messages": "yes", "usage": "yes", "limits": "yes", "streaming": "yes",
            "temperature": "yes", "top_p": "no", "presence_penalty": "no", "seed": "no",
            "stop": "yes", "json-schema": "yes", "batches": "yes"}), said


def a_mock_without():
    with Mock("--without", "echo", "--without", "prompt_logprobs", "--without", "rerank") as mock:
        said = verdicts(doctor(mock.url))
        assert (said["log-probabilities"], said["rerank"]) == ("ignored", "no"), said


def what_a_better_server_can_is_found():
    def reply(_, path, headers, body):
        assert headers["Authorization"] == "Bearer " + KEY
        what = path.split("/v1/")[1]
        if what == "models":
            return 200, JSON, json.dumps({"data": [{"id": "a"}, {"id": "b"}]}).encode()
        if what == "embeddings":
            assert body["model"] == "b"
            return 200, JSON, json.dumps({"data": [{"embedding": [0.5, 1, 2]}]}).encode()
        if what == "rerank":
            return 200, JSON, json.dumps({"results": [{"index": 0}]}).encode()
        if what == "batches":
            return 200, JSON, json.dumps({"object": "list", "data": []}).encode()
        if what == "completions":
            words = {"token_logprobs": [None, -1, -2, -3]} if body.get("echo") else None
            return 200, JSON, json.dumps({"choices": [{"text": " 4", "logprobs": words}]}).encode()
        if body.get("response_format"):
            return ok('{"colour": "red"}')
        return ok("one two three four " + ("" if body.get("stop") else "five"))
    with Fake(reply) as server:
        said = doctor(server.url, "--model", "b", "--key-env", "MY_KEY", env={"MY_KEY": KEY})
        found = verdicts(said)
        for name in ("models", "chat", "completions", "json-schema", "log-probabilities",
                     "embeddings", "rerank", "batches", "stop", "seed"):
            assert found[name] == "yes", (name, said)
        assert (found["streaming"], found["limits"]) == ("ignored", "no"), said
        assert said["can"]["models"]["found"] == "2, among them b", said
        assert said["can"]["log-probabilities"]["found"] == "by echo, 4 tokens", said
        assert said["can"]["embeddings"]["found"] == "3 numbers", said


def what_is_no_server_is_told():
    with Place() as p:
        done = p.sow("doctor", "http://127.0.0.1:9/v1")
        assert done.returncode == 1 and "cannot be a teacher" in done.stdout, done.stdout
        done = p.sow("doctor", "notes.txt")
        assert done.returncode == 2 and "expected a server's address" in done.stderr, done.stderr
        done = p.sow("doctor", "--model", "m")
        assert done.returncode == 2 and "expected a URL" in done.stderr, done.stderr
    with Fake(lambda *_: err(401, {"error": {"message": "No key"}})) as server:
        said = doctor(server.url, status=1)
        assert list(said["can"]) == ["models"] and "No key" in said["can"]["models"]["found"], said
        assert said["requests"] == 1
    with Mock() as mock, Place() as p:
        done = p.sow("doctor", mock.url[:-len("/v1")], "--model", "m")
        assert done.returncode == 1 and "/v1 missing" in done.stdout, done.stdout
        done = p.sow("doctor", mock.url, "--model", b"\xff", "--json")
        assert done.returncode == 1 and "not UTF-8" in done.stderr, done.stderr


TESTS = [the_mock_is_known, a_mock_without, what_a_better_server_can_is_found, what_is_no_server_is_told]


def main():
    chosen = [t for t in TESTS if not sys.argv[2:] or t.__name__ in sys.argv[2:]]
    return tap.run([(t.__name__, t) for t in chosen])


sys.exit(main())
