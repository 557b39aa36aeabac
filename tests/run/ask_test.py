#!/usr/bin/env python3
"""ask_test.py SOW: questions about documents, their answers, and the judge's checks of them.

A record knows where its chunk stands; each check that is not passed is a reject with the judge's
reason; what does not fit is asked again; 20 kills change no byte.
TAP; the seed of the random moments can be given in SEED.
"""
import hashlib
import json
import os
import random
import re
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from fake import Fake, err, ok  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402

KILLS = 20
CORPUS = os.path.join(here, "../fixtures/documents")
CHECKS = {"supported": "unsupported", "answers": "off-question", "alone": "not-alone"}
KINDS = {"one fact": "fact", "not written anywhere": "reasoning", "short account": "summary",
         "compares two": "comparison", "does not answer": "unanswerable"}
random.seed(int(os.environ.get("SEED", "1")))


def chance(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2 ** 32


class Place(Folder):
    def ask(self, server, *args, run="run", status=0):
        return self.sow("ask", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args,
                        "-o", run, status=status)


def wanted(body):
    """The members that the reply has."""
    return list(body["response_format"]["json_schema"]["schema"]["properties"])


def prompt_of(body):
    return body["messages"][1]["content"]


def kind_of(body):
    said = prompt_of(body)
    return next(kind for words, kind in KINDS.items() if words in said.split("\n")[0])


def verdict(**no):
    return json.dumps({k: v for name in CHECKS for k, v in
                       ((name + "_reason", no.get(name, "fine")), (name, name not in no))})


def reply_to(body, checks="{}"):
    what = wanted(body)
    if what == ["question"]:
        return json.dumps({"question": "A %s question?" % kind_of(body)})
    if what == ["answer"]:
        return json.dumps({"answer": "An answer to: %s" % prompt_of(body).rsplit("Question\n", 1)[1]})
    return verdict(**json.loads(checks))


def where_it_stands():
    shown = []

    def reply(n, path, headers, body):
        shown.append((wanted(body)[-1], prompt_of(body), body.get("temperature")))
        return ok(reply_to(body))

    with Place() as p, Fake(reply) as server:
        p.ask(server, "--documents", CORPUS, "--chunk", "60", "--questions", "5")
        made = p.records("run", "alpaca")
        assert len(made) > 40 and len(made) % 5 == 0, len(made)
        for r in made:
            assert r["output"] == "An answer to: " + r["instruction"], r
            if not r["document"].endswith(".html"):
                with open(r["document"], encoding="utf-8", newline="") as text:
                    assert text.read()[r["start"]:r["end"]] == r["input"], r
        for i in range(0, len(made), 5):
            assert {r["kind"] for r in made[i:i + 5]} == set(KINDS.values()), made[i:i + 5]
            assert all(r["instruction"] == "A %s question?" % r["kind"] for r in made[i:i + 5])
        assert {r["heading"] for r in made} >= {"The lamp of Lindholm > Care > Signals"}
        assert all(t == 0 for what, _, t in shown if what == "alone")
        assert all(t == 0.7 for what, _, t in shown if what != "alone")
        meant = [said for what, said, _ in shown if what == "alone" and "A unanswerable question?" in said]
        assert meant and all("is meant to have no answer in the text" in said for said in meant)
        assert all(re.search(r"Headings: .*\nText\n", said) for _, said, _ in shown)
        short = [r for r in p.rejects("run") if r[1] != "short-chunk"]
        assert not short, short
        p.ask(server, "--documents", CORPUS, "--chunk", "60", "--closed-book", run="closed")
        closed = p.records("closed", "alpaca")
        assert closed and all(r["input"] == "" and r["chunk"] in [m["input"] for m in made] for r in closed)


def checks():
    def reply(n, path, headers, body):
        said = prompt_of(body)
        no = {}
        for i, name in enumerate(CHECKS):
            if "number %d" % i in said:
                no[name] = "it is number %d" % i
        return ok(reply_to(body, json.dumps(no)))

    with Place() as p, Fake(reply) as server:
        os.makedirs(p.path("in"))
        for i in range(5):
            p.write("in/%d.txt" % i, "This is text number %d. " % i + "It says some things. " * 6)
        p.write("in/short.txt", "Too short to ask about.")
        p.ask(server, "--documents", "in")
        assert [r["document"] for r in p.records("run")] == ["in/3.txt", "in/4.txt"]
        assert [(r[0], r[1], r[3]) for r in p.rejects("run")] == [
            (i + 1, rule, "it is number %d" % i) for i, rule in enumerate(CHECKS.values())
        ] + [(6, "short-chunk", "5 words")], p.rejects("run")
        p.ask(server, "--documents", "in", "--rule", "unsupported=off", "--rule", "short-chunk=3", run="less")
        assert [r["document"] for r in p.records("less")] == [
            "in/0.txt", "in/3.txt", "in/4.txt", "in/short.txt"]
        before = len(server.requests)
        p.ask(server, "--documents", "in", *[a for r in CHECKS.values() for a in ("--rule", r + "=off")],
              run="none")
        assert len(p.records("none")) == 5 and len(server.requests) - before == 10, "a check was asked for"


def what_does_not_fit():
    asked = {}

    def reply(n, path, headers, body):
        key = (prompt_of(body), wanted(body)[0])
        asked[key] = asked.get(key, 0) + 1
        last = body["messages"][-1]["content"]
        if len(body["messages"]) > 2:
            assert last.startswith("That did not fit: "), last
        if "never" in prompt_of(body).rsplit("Text\n", 1)[1]:
            return ok("I would rather not.")
        return ok("Hm." if asked[key] < 3 else reply_to(body))

    with Place() as p, Fake(reply) as server:
        p.write("a.txt", "Words of a text that is read. " * 5)
        p.write("b.txt", "Words that are never fit for it. " * 5)
        p.ask(server, "--documents", "a.txt", "--documents", "b.txt")
        assert [r["document"] for r in p.records("run")] == ["a.txt"]
        assert list(asked.values()).count(3) == 4, asked
        assert [(r[0], r[1], r[2]) for r in p.rejects("run")] == [(2, "unfit", "I would rather not.")]


def other_inputs():
    def reply(n, path, headers, body):
        return ok(reply_to(body))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"chunk": "A text of some words. " * 6, "page": 7, "kind": "x"}, {"text": "none"}])
        p.ask(server, "-i", "in.jsonl", "--kinds", "summary")
        made = p.records("run", "alpaca")
        assert [(r["page"], r["kind"]) for r in made] == [(7, "summary")], made
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(2, "missing-field")]
        for kinds, why in (("facts", "expected fact"), ("fact*0", "above 0"), ("fact,,summary", "expected fact"),
                           ("fact*x", "above 0")):
            done = p.sow("ask", "-i", "in.jsonl", "--kinds", kinds, "-o", "no", "--teacher", server.url,
                         "--model", "m", status=2)
            assert why in done.stderr, done.stderr
        done = p.sow("ask", "-o", "no", "--teacher", server.url, "--model", "m", status=2)
        assert "--documents PATH" in done.stderr, done.stderr


def killed_at_any_moment():
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"]) + str(body.get("seed"))
        time.sleep(chance(asked) / 50)
        if chance(asked + str(n)) < 0.05:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        if chance(asked + "x") < 0.2:
            return ok("hm")
        no = {name: "no" for name in CHECKS if chance(asked + name) < 0.15}
        return ok(reply_to(body, json.dumps(no)))

    with Place() as p, Fake(reply) as server:
        args = ["ask", "--teacher", server.url, "--model", "m", "--no-cache", "-q", "--documents", CORPUS,
                "--chunk", "40", "--overlap", "10", "--questions", "5", "--tries", "2"]
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun
        expected = p.records("whole"), sorted(p.rejects("whole", "ticket, item, rule, text, detail"))
        assert len(expected[0]) > 20 and len(expected[1]) > 10, [len(e) for e in expected]

        def check():
            assert (p.records("killed"),
                    sorted(p.rejects("killed", "ticket, item, rule, text, detail"))) == expected

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS, seconds / 3,
                               check)


if __name__ == "__main__":
    sys.exit(tap.run([
        ("records know where their chunk stands", where_it_stands),
        ("checks", checks),
        ("what does not fit is asked again", what_does_not_fit),
        ("records of another kind, and mistakes", other_inputs),
        ("20 kills at any moment", killed_at_any_moment),
    ]))
