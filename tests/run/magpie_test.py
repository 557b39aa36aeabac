#!/usr/bin/env python3
"""magpie_test.py SOW [GGUF]: a server's /v1/completions goes on with the user's turns as well.

What it is sent ends with the opening of a turn; conversations have as many turns as were asked for;
who can only be talked to is refused before anything is asked; 20 kills change no byte. With a model
file that alone is asked. TAP; the seed
of the random moments can be given in SEED.
"""
import hashlib
import json
import os
import random
import sqlite3
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from fake import Fake, err  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402

KILLS = 20
GGUF = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
USER, MODEL, END = "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>\n"
random.seed(int(os.environ.get("SEED", "1")))


def text(said):
    body = {"id": "x", "object": "text_completion",
            "choices": [{"index": 0, "text": said, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def number(said):
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "big")


class Place(Folder):
    def talks(self, run):
        return [[(m["role"], m["content"]) for m in record["messages"]]
                for record in self.records(run, "messages")]


def command(server, *args):
    return ["magpie", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args]


WORDS = ("amber basil cedar delta ember fjord grove hazel ivory jade kayak lemon maple nectar onyx pearl "
         "quartz river slate topaz umber violet willow yarrow zinnia").split()


def question(n):
    return "Tell me of %s, %s and %s %d, please" % (WORDS[n % 25], WORDS[n // 25 % 25],
                                                     WORDS[n // 625 % 25], n % 99991)


def completes(asked=None, trouble=0):
    def reply(n, path, headers, body):
        prompt = body["prompt"]
        if asked is not None:
            asked.append((path, body))
        if trouble and number(prompt + str(n)) % 100 < trouble:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        if trouble:
            time.sleep(number(prompt + str(body.get("seed"))) % 8 / 1000)
        if prompt.endswith(USER):
            n = number(prompt + str(body.get("seed")))
            return text("" if n % 17 == 0 else question(n) + "\nAnd more of that")
        assert prompt.endswith(MODEL), prompt
        return text("It is %d." % (number(prompt) % 1000))
    return reply


def from_nothing():
    asked = []
    with Place() as p, Fake(completes(asked)) as server:
        p.sow(*command(server, "--api", "completion", "--template", "qwen2.5", "-n", "30", "-o", "run"))
        talks = p.talks("run")
        assert len(talks) == 30, len(talks)
        for talk in talks:
            assert [role for role, _ in talk] == ["user", "assistant"], talk
            assert "\n" not in talk[0][1] and "And more" not in talk[0][1], talk
        first = [body for path, body in asked if body["prompt"].endswith(USER)]
        assert all(path.endswith("/completions") and "chat" not in path for path, _ in asked)
        assert all(b["prompt"].startswith("<|im_start|>system\nYou are Qwen") for b in first)
        assert all(b["temperature"] == 1 and "\n" in b["stop"] and "<|im_end|>" in b["stop"]
                   for b in first)
        answers = [body for _, body in asked if body["prompt"].endswith(MODEL)]
        assert all(b["temperature"] == 0 and "\n" not in b["stop"] for b in answers)
        assert len({b["seed"] for b in first}) == len(first), "the same question twice"


def announced_only():
    """"Translate this:" is nothing to be answered: the first is a reject, a later one ends its talk."""
    first = completes()

    def reply(n, path, headers, body):
        prompt = body["prompt"]
        if prompt.endswith(USER) and number(prompt + str(body.get("seed"))) % 3 == 0:
            return text("Translate sentence %d:" % number(prompt + str(body.get("seed"))))
        return first(n, path, headers, body)

    with Place() as p, Fake(reply) as server:
        args = command(server, "--api", "completion", "--template", "chatml", "-n", "20", "--turns", "2")
        p.sow(*args, "-o", "run")
        talks = p.talks("run")
        assert len(talks) == 20 and {len(talk) for talk in talks} == {2, 4}, talks
        assert not [talk for talk in talks for _, said in talk if said.endswith(":")], talks
        dropped = [r[2] for r in p.rejects("run") if r[1] == "ends-with-colon"]
        assert len(dropped) > 4 and all(said.startswith("Translate") for said in dropped), dropped
        p.sow(*args, "--rule", "ends-with-colon=off", "-o", "all")
        assert [talk for talk in p.talks("all") if talk[0][1].endswith(":")]


def labels():
    """What a model writes before a question is no part of it, in any turn; --cut none keeps it."""
    first = completes()
    heads = ("Q: ", "**Question 2:** ", "User: ", "")

    def reply(n, path, headers, body):
        prompt = body["prompt"]
        if prompt.endswith(USER):
            n = number(prompt + str(body.get("seed")))
            return text(heads[n % 4] + question(n))
        return first(n, path, headers, body)

    with Place() as p, Fake(reply) as server:
        args = command(server, "--api", "completion", "--template", "chatml", "-n", "20", "--turns", "2")
        p.sow(*args, "-o", "run")
        said = [text for talk in p.talks("run") for role, text in talk if role == "user"]
        assert len(said) == 40 and all(text.startswith("Tell me of") for text in said), said
        p.sow(*args, "--cut", "none", "-o", "whole")
        said = [text for talk in p.talks("whole") for role, text in talk if role == "user"]
        assert {head for head in heads for text in said if text.startswith(head + "Tell")} == set(heads), said


def conversations():
    asked = []
    with Place() as p, Fake(completes(asked)) as server:
        p.sow(*command(server, "--api", "completion", "--template", "chatml", "--turns", "3", "--system",
                       "Ask of trees.", "-n", "30", "-o", "run"))
        talks = p.talks("run")
        lengths = {len(talk) for talk in talks}
        assert 6 in lengths and lengths <= {2, 4, 6}, lengths
        for talk in talks:
            assert [role for role, _ in talk] == ["user", "assistant"] * (len(talk) // 2), talk
            assert all(said for _, said in talk), talk
        # what steers the user is not shown to the one who answers, and not kept
        for _, body in asked:
            steered = "Ask of trees." in body["prompt"]
            assert steered == body["prompt"].endswith(USER), body["prompt"]


def grid():
    asked = []
    with Place() as p, Fake(completes(asked)) as server:
        p.sow(*command(server, "--api", "completion", "--template", "chatml", "--grid", "1/1", "--grid",
                       "0.7/0.9", "-n", "20", "-o", "run"))
        used = {(b["temperature"], b["top_p"]) for _, b in asked if b["prompt"].endswith(USER)}
        assert used == {(1, 1), (0.7, 0.9)}, used
        said = p.sow(*command(server, "--api", "completion", "--template", "chatml", "--grid", "1",
                              "-o", "other"), status=2).stderr
        assert "--grid" in said and "'1'" in said, said


def refused():
    asked = []
    with Place() as p, Fake(completes(asked)) as server:
        said = p.sow(*command(server, "-o", "run"), status=2).stderr
        assert "--api completion" in said, said
        said = p.sow(*command(server, "--template", "chatml", "-o", "run"), status=2).stderr
        assert "--api completion" in said, said
        said = p.sow(*command(server, "--api", "completion", "-o", "run"), status=2).stderr
        assert "--template" in said and "llama3" in said, said
        said = p.sow(*command(server, "--api", "completion", "--template", "lama3", "-o", "run"),
                     status=2).stderr
        assert "lama3" in said and "llama3" in said, said
        said = p.sow(*command(server, "--api", "completion", "--template", "chatml", "--first-token", "1.2", "-o", "run"),
                     status=2).stderr
        assert "--first-token" in said, said
        said = p.sow(*command(server, "--seeds", "x", "-o", "run"), status=2).stderr
        assert "--seeds" in said, said
        assert not asked, asked


def killed_at_any_moment():
    with Place() as p, Fake(completes(trouble=5)) as server:
        args = command(server, "--api", "completion", "--template", "chatml", "--turns", "2", "-n", "150")
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun
        expected = p.talks("whole")
        assert len(expected) == 150

        def check():
            assert p.talks("killed") == expected

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS, seconds / 3,
                               check)


def on_a_model():
    """The built-in model's own template, without a server: the same bytes each time, its openings drawn as told."""
    def grow(p, run, *more):
        p.sow("magpie", "--teacher", GGUF, "--no-cache", "-q", "--max-tokens", "8", "--rule", "cut-reply=off", "--threads",
              "1", "--parallel", "1", "--max-requests", "10", "-n", "10", "--turns", "2", *more, "-o", run, status=3)
        with sqlite3.connect(p.path(run) + "/run.db") as db:
            return {(stage, ticket): said for stage, ticket, said in db.execute(
                "SELECT stage, ticket, text FROM reply ORDER BY stage, ticket")}

    with Place() as p:
        replies = grow(p, "one")
        assert replies == grow(p, "two") and len(replies) == 10, replies
        assert {1, 2} <= {stage for stage, _ in replies}, "nothing was answered"
        users = [said for (stage, _), said in replies.items() if stage == 1]
        assert all("\n" not in said and "<|im" not in said for said in users), users
        cold = [said for (stage, _), said in grow(p, "cold", "--first-token", "0.01").items() if stage == 1]
        openings = [len({said[:1] for said in texts}) for texts in (users, cold)]
        assert openings[0] > 1 and openings[1] == 1, (users, cold)
        for talk in p.talks("one"):
            assert [role for role, _ in talk] == ["user", "assistant"] * (len(talk) // 2), talk
        return "%d openings of %d" % (openings[0], len(users))


sys.exit(tap.run([("on a model without a server", on_a_model)] if GGUF else [
    ("instructions and answers from nothing", from_nothing),
    ("what only announces something", announced_only),
    ("labels before a question", labels),
    ("conversations", conversations),
    ("a grid of temperature and top-p", grid),
    ("who can't be asked so", refused),
    ("20 kills at any moment", killed_at_any_moment),
]))
