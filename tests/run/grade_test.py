#!/usr/bin/env python3
"""grade_test.py SOW: a judge that often gets its JSON wrong, and what becomes of its grades.

Records of any shape are shown to the judge as question and answer; grades and reasons become fields;
what does not fit is asked again so often and no more; votes are averaged; 20 kills change no byte.
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
random.seed(int(os.environ.get("SEED", "1")))


def chance(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2 ** 32


class Place(Folder):
    def grade(self, server, *args, status=0):
        return self.sow("grade", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args,
                        status=status)


def members(body):
    return [name for name in body["response_format"]["json_schema"]["schema"]["properties"]]


def judgement(body, grade):
    return json.dumps({name: "because" if name.endswith("_reason") else grade for name in members(body)})


def shown(body):
    said = body["messages"][-1]["content"]
    return re.search(r"\nQuestion\n(.*)\n\nAnswer\n(.*)$", said, re.S).groups()


def any_shape():
    seen = []

    def reply(n, path, headers, body):
        seen.append(shown(body))
        return ok("Here you are:\n```json\n%s\n```" % judgement(body, 4))

    shapes = [
        {"instruction": "Name a river.", "input": "In Asia.", "output": "Indus.", "tags": [1, None]},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"},
                      {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]},
        {"prompt": "p", "chosen": "a", "rejected": "b"},
        {"instruction": "Without an answer."},
        {"question": "2+2?", "answer": "4", "helpfulness": 3},
    ]
    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", shapes)
        p.grade(server, "-i", "in.jsonl", "-o", "run")
        made = p.records("run")
        assert made == [{**shape, "helpfulness": 4, "helpfulness_reason": "because"}
                        for shape in shapes[:3]], made
        assert sorted(seen) == sorted([("Name a river.\n\nIn Asia.", "Indus."),
                                       ("[user]\nHi\n\n[assistant]\nHo\n\n[user]\nWhy?", "So."),
                                       ("p", "a")]), seen
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(4, "no-answer"), (5, "field-exists")]
        p.write("other.jsonl", [{"title": "T", "body": {"text": "B"}, "helpfulness": 1}, {"title": "U"}])
        p.grade(server, "-i", "other.jsonl", "--question", "Is {{title}} good?", "--answer",
                "{{body.text}}", "--replace", "-o", "other")
        assert seen[-1] == ("Is T good?", "B"), seen[-1]
        assert p.records("other") == [{"title": "T", "body": {"text": "B"}, "helpfulness": 4,
                                       "helpfulness_reason": "because"}]
        assert [(r[0], r[1]) for r in p.rejects("other")] == [(2, "missing-field")]


def fields_that_are_there():
    """They are noticed before anything is paid, and written over if that is asked for."""
    records = [{"instruction": field, "output": "b", field: "mine"}
               for field in ("helpfulness", "helpfulness_reason", "tone_reason", "grade", "other")]
    rubrics = ["--rubric", "helpfulness", "--rubric", "tone=1..5 How friendly?"]
    with Place() as p, Fake(lambda n, path, h, body: ok(judgement(body, 2))) as server:
        p.write("in.jsonl", records)
        p.grade(server, "-i", "in.jsonl", *rubrics, "-o", "run")
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(i, "field-exists") for i in range(1, 5)]
        assert "'helpfulness_reason'" in p.rejects("run")[1][3], p.rejects("run")
        assert len(server.requests) == 1 and len(p.records("run")) == 1, len(server.requests)
        p.grade(server, "-i", "in.jsonl", *rubrics, "--replace", "-o", "all")
        assert [r["helpfulness_reason"] for r in p.records("all")] == ["because"] * 5


def several_rubrics():
    def reply(n, path, headers, body):
        grades = {"helpfulness": 2, "truthfulness": 5, "tone": 7, "grade": 3}
        return ok(json.dumps({name: grades.get(name, "because") for name in members(body)}))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"instruction": "a", "output": "b"}])
        p.grade(server, "-i", "in.jsonl", "--rubric", "helpfulness", "--rubric", "truthfulness", "-o", "a")
        assert p.records("a")[0]["grade"] == 3.5, p.records("a")
        p.grade(server, "-i", "in.jsonl", "--rubric", "helpfulness", "--rubric", "tone=1..10 Friendly?",
                "-o", "b")
        made = p.records("b")[0]
        assert "grade" not in made and made["tone"] == 7 and made["helpfulness"] == 2, made
        # their mean is on the bound, then above it
        p.grade(server, "-i", "in.jsonl", "--rubric", "helpfulness", "--rubric", "truthfulness", "--least",
                "3.5", "-o", "c")
        assert len(p.records("c")) == 1
        p.grade(server, "-i", "in.jsonl", "--rubric", "helpfulness", "--rubric", "truthfulness", "--least",
                "3.51", "-o", "d", status=3)
        assert [(r[1], r[3]) for r in p.rejects("d")] == [("low-grade", "3.5")], p.rejects("d")
        # of different scales the lowest counts
        p.grade(server, "-i", "in.jsonl", "--rubric", "helpfulness", "--rubric", "tone=1..10 Friendly?",
                "--least", "3", "-o", "e", status=3)
        assert [(r[1], r[3]) for r in p.rejects("e")] == [("low-grade", "2")]
        for wrong in ("tome", "tone=5..1 x", "helpfulness"):
            said = p.grade(server, "-i", "in.jsonl", "--rubric", "helpfulness", "--rubric", wrong, "-o", "f",
                           status=2).stderr
            assert "--rubric" in said, said
        # a field that two would write
        for one, other, named in (("tone", "tone", "twice"), ("tone", "tone_reason", "reason of tone"),
                                  ("tone_reason", "tone", "reason of tone"), ("grade", "tone", "mean")):
            said = p.grade(server, "-i", "in.jsonl", "--rubric", one + "=1..5 x", "--rubric",
                           other + "=1..5 y", "-o", "f", status=2).stderr
            assert "--rubric" in said and named in said and said.count("\n") == 1, said
        assert "grade" not in members(server.requests[-1][2])
        p.grade(server, "-i", "in.jsonl", "--rubric", "grade=1..9 x", "--rubric", "tone=1..10 y", "-o", "h")
        os.mkdir(p.path("mine"))
        os.mkdir(p.path("mine/grade"))
        p.write("mine/grade/tone.txt", "1..10\nHow friendly it is.\n")
        p.grade(server, "-i", "in.jsonl", "--rubric", "tone", "--prompts", "mine", "-o", "g")
        assert p.records("g")[0]["tone"] == 7


def votes():
    asked = []

    def reply(n, path, headers, body):
        asked.append(body)
        return ok(judgement(body, 1 + len(asked) % 3))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"instruction": "a", "output": "b"}])
        p.grade(server, "-i", "in.jsonl", "--votes", "3", "-o", "no", status=2)
        p.grade(server, "-i", "in.jsonl", "--votes", "3", "--temperature", "0.7", "-o", "run")
        made = p.records("run")[0]
        assert len(asked) == 3 and made["helpfulness"] == 2.0, (len(asked), made)
        assert made["helpfulness_reason"] == ["because"] * 3, made
        assert len({b["seed"] for b in asked}) == 3, "the same vote three times"


def cut_vote():
    """What was paid for before a vote that is cut off counts; without any the record is a reject."""
    asked = {}

    def reply(n, path, headers, body):
        question = shown(body)[0]
        asked[question] = asked.get(question, 0) + 1
        if asked[question] == (2 if question == "second" else 1):
            return ok('{"helpfulness_reason": "be', finish="length")
        return ok(judgement(body, 4))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"instruction": name, "output": "b"} for name in ("first", "second")])
        p.grade(server, "-i", "in.jsonl", "--votes", "3", "--temperature", "0.7", "-o", "run")
        assert [(r["instruction"], r["helpfulness"]) for r in p.records("run")] == [("second", 4)]
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(1, "cut-reply")], p.rejects("run")


def wrong_replies():
    """30 % of them: each record ends with its grade or with the reason, asked three times at most."""
    asked = {}

    def reply(n, path, headers, body):
        question = shown({"messages": body["messages"][:2]})[0]
        asked.setdefault(question, []).append(body)
        luck = chance(question + str(len(asked[question])))
        if luck < 0.1:
            return ok("I would say 4.")
        if luck < 0.2:
            return ok(judgement(body, 9))
        if luck < 0.3:
            return ok('{"helpfulness": 4}')
        return ok(judgement(body, 3))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"instruction": "Question %d" % i, "output": "x"} for i in range(300)])
        p.grade(server, "-i", "in.jsonl", "-o", "run")
        made, rejects = p.records("run"), p.rejects("run")
        assert len(made) + len(rejects) == 300 and 0 < len(rejects) < 20, (len(made), len(rejects))
        assert all(len(tries) <= 3 for tries in asked.values())
        assert all(r[1] == "unfit" and r[2] and r[3] for r in rejects), rejects
        again = [b for tries in asked.values() for b in tries[1:]]
        assert again and all("did not fit" in b["messages"][-1]["content"] for b in again)
        # a vote that is not to be had is done without
        asked.clear()
        p.grade(server, "-i", "in.jsonl", "--votes", "3", "--temperature", "1", "--tries", "1", "-o", "votes")
        made = p.records("votes")
        assert len(made) + len(p.rejects("votes")) == 300 and len(made) > 280
        assert all(len(tries) == 3 for tries in asked.values())


def killed_at_any_moment():
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"]) + str(body.get("seed"))
        time.sleep(chance(asked) / 50)
        if chance(asked + str(n)) < 0.05:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        return ok("hm" if chance(asked + "x") < 0.3 else judgement(body, 1 + int(chance(asked + "y") * 5)))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"instruction": "Question %d" % i, "output": "x"} for i in range(200)])
        args = ["grade", "--teacher", server.url, "--model", "m", "--no-cache", "-q", "-i",
                p.path("in.jsonl"), "--votes", "2", "--temperature", "0.5", "--least", "2"]
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun
        expected = p.records("whole")
        assert 100 < len(expected) < 200

        def check():
            assert p.records("killed") == expected

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS, seconds / 3,
                               check)


def prompts_are_part_of_the_run():
    with Fake(lambda n, path, headers, body: ok(judgement(body, 4))) as server, Place() as p:
        p.write("in.jsonl", json.dumps({"instruction": "q", "output": "a"}) + "\n")
        os.makedirs(p.path("mine/grade"))
        p.write("mine/grade/tone.txt", "1..10\nHow friendly it is.\n")
        args = ["-i", "in.jsonl", "--rubric", "tone", "--prompts", "mine", "-o", "g"]
        p.grade(server, *args)
        p.grade(server, *args)
        p.write("mine/grade/tone.txt", "1..10\nHow formal it is.\n")
        said = p.grade(server, *args, status=1).stderr
        assert "another recipe" in said and "prompts" in said, said


sys.exit(tap.run([
    ("records of any shape", any_shape),
    ("fields that are there already", fields_that_are_there),
    ("several rubrics, and the least", several_rubrics),
    ("votes", votes),
    ("prompts are part of the run", prompts_are_part_of_the_run),
    ("a vote that is cut off", cut_vote),
    ("30 % wrong replies", wrong_replies),
    ("20 kills at any moment", killed_at_any_moment),
]))
