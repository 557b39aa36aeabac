#!/usr/bin/env python3
"""score_test.py SOW [MODEL]: scores as fields of records of any shape.

Those of texts are checked against what is said of them, computed here anew, with no teacher in sight;
20 kills change no byte. TAP; the seed of the random moments can be given in SEED.
"""
import json
import os
import random
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402

KILLS = 20
TEXT_SCORES = "length,repetition,refusal,language,novelty"
random.seed(int(os.environ.get("SEED", "1")))


class Place(Folder):
    """Without a server to ask, a model to open, or a way to fetch one."""

    def score(self, *args, status=0):
        return self.sow("score", "-q", *args, status=status, SOW_MODELS=self.path("nowhere"),
                        XDG_CACHE_HOME=self.path("cache"), PATH="/nowhere")


def rouge_l(a, b):
    a, b = a.split(), b.split()
    row = [0] * (len(b) + 1)
    for word in a:
        before = 0
        for i, other in enumerate(b):
            above = row[i + 1]
            row[i + 1] = before + 1 if word == other else max(above, row[i])
            before = above
    p, r = row[-1] / len(a), row[-1] / len(b)
    return 2 * p * r / (p + r) if p + r else 0


def repetition(text, n=4):
    words = text.split()
    runs = [tuple(words[i:i + n]) for i in range(len(words) - n + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0


def without(record, *fields):
    return {name: value for name, value in record.items() if name not in fields}


def any_shape():
    shapes = [
        {"instruction": "Name a river.", "input": "In Asia.", "output": "The Indus is a long river in Asia.",
         "tags": [1, None, 1.50]},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"},
                      {"role": "user", "content": "Why?"},
                      {"role": "assistant", "content": "Weil der Himmel heute so blau ist, mein Freund."}]},
        {"prompt": "p", "chosen": "I'm sorry, but I can't assist with that.", "rejected": "b"},
        {"question": "海?", "answer": "海は広いです。"},
    ]
    with Place() as p:
        p.write("in.jsonl", shapes)
        p.score("-i", "in.jsonl", "--with", TEXT_SCORES, "-o", "run")
        made = p.records("run")
        fields = ("length", "length_characters", "repetition", "refusal", "language", "novelty")
        assert [without(r, *fields) for r in made] == shapes, made
        assert [list(r)[-6:] for r in made] == [list(fields)] * 4, made
        assert [r["length"] for r in made] == [8, 9, 8, 6], made
        assert [r["length_characters"] for r in made] == [34, 47, 40, 7], made
        assert [r["refusal"] for r in made] == [0, 0, 1, 0], made
        assert [r["language"] for r in made][:2] == ["en", "de"], made
        assert [r["novelty"] for r in made] == [1, 1, 1, 1], made
        # nothing is said: the same
        p.score("-i", "in.jsonl", "-o", "usual")
        assert p.records("usual") == made
        # one after the other, in any order
        p.score("-i", "in.jsonl", "--with", "novelty,length", "--with", "length", "-o", "two")
        assert [list(r)[-3:] for r in p.records("two")] == [["length", "length_characters", "novelty"]] * 4


def what_has_no_score():
    with Place() as p:
        p.write("in.jsonl", [
            {"instruction": "Without an answer."},
            {"instruction": "a", "output": "b", "length_characters": 3},
            {"answer": "Without a question."},
            {"instruction": "Without an answer."},
            {"instruction": "Whole.", "output": "b"},
        ])
        p.score("-i", "in.jsonl", "-o", "run")
        assert [(r[0], r[1]) for r in p.rejects("run")] == [
            (1, "no-answer"), (2, "field-exists"), (3, "empty"), (4, "no-answer")], p.rejects("run")
        assert "'length_characters'" in p.rejects("run")[1][3]
        assert [r["novelty"] for r in p.records("run")] == [1]
        # who asks for one side needs the other not; what was rejected is no neighbour
        p.score("-i", "in.jsonl", "--with", "novelty", "--replace", "-o", "novelty")
        assert [r["novelty"] for r in p.records("novelty")] == [1, 1, 0, 1], p.records("novelty")
        p.score("-i", "in.jsonl", "--with", "length", "--replace", "-o", "length")
        assert [r["length"] for r in p.records("length")] == [1, 1], p.records("length")
        for wrong in ("lenght", "length,,novelty", "length, "):
            said = p.score("-i", "in.jsonl", "--with", wrong, "-o", "wrong", status=2).stderr
            assert "--with" in said and "novelty" in said and said.count("\n") == 1, said
        assert not os.path.exists(p.path("wrong"))


def templates():
    with Place() as p:
        p.write("in.jsonl", [{"title": "Rain", "body": {"text": "It rains and rains."}}, {"title": "Sun"}])
        p.score("-i", "in.jsonl", "--question", "About {{title}}?", "--answer", "{{body.text}}", "-o", "run")
        made = p.records("run")
        assert len(made) == 1 and made[0]["length"] == 4 and made[0]["novelty"] == 1, made
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(2, "missing-field")]


def some_texts(count):
    words = ["sea", "rain", "sun", "wind", "cloud", "storm", "river", "hill", "snow", "fog"]
    return [{"instruction": " ".join(random.choices(words, k=random.randint(1, 9))),
             "output": " ".join(random.choices(words[:3], k=random.randint(1, 20)))} for _ in range(count)]


def by_their_definition():
    """Repetition and novelty computed anew; the records after 150 of 200 in a second go of the run."""
    records = some_texts(200)
    with Place() as p:
        p.write("in.jsonl", records)
        p.score("-i", "in.jsonl", "-n", "150", "-o", "run")
        assert len(p.records("run")) == 150
        p.score("-i", "in.jsonl", "-o", "run")
        p.score("-i", "in.jsonl", "-o", "whole")
        made = p.records("run")
        assert made == p.records("whole")
        for i, record in enumerate(made):
            asked = record["instruction"]
            nearest = max([rouge_l(asked, r["instruction"]) for r in records[:i]], default=0)
            assert abs(record["novelty"] - (1 - nearest)) < 1e-12, (i, record, nearest)
            assert abs(record["repetition"] - repetition(record["output"])) < 1e-12, record
            assert record["length"] == len(record["output"].split()), record


def a_step_and_select():
    """A step of a recipe scores what the one before scored; select takes them."""
    with Place() as p:
        p.write("in.jsonl", some_texts(50))
        p.write("recipe.yaml", "steps:\n"
                "  - {method: score, input: in.jsonl, with: [length, novelty]}\n"
                "  - {method: score, with: repetition}\n")
        p.sow("run", "recipe.yaml", "-q", "-o", "run", PATH="/nowhere", SOW_MODELS=p.path("nowhere"))
        p.score("-i", "in.jsonl", "--with", "length,novelty,repetition", "-o", "alone")
        made, alone = p.records("run"), p.records("alone")
        assert made == alone and len(made) == 50
        p.sow("select", "run", "--where", "novelty > 0", "--by", "length * novelty", "--top", "3", "--ranked",
              "-o", "best.jsonl")
        expected = sorted((r for r in alone if r["novelty"] > 0), key=lambda r: -r["length"] * r["novelty"])
        assert [json.loads(line) for line in p.read("best.jsonl").splitlines()] == expected[:3]


def killed_at_any_moment():
    with Place() as p:
        p.write("in.jsonl", some_texts(6000))
        args = ["score", "-q", "-i", p.path("in.jsonl")]
        begun = time.monotonic()
        p.score(*args[2:], "-o", "whole")
        seconds = time.monotonic() - begun
        expected = p.records("whole")
        assert len(expected) == 6000

        def check():
            assert p.records("killed") == expected

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS,
                               0.7 * seconds, check)


sys.exit(tap.run([
    ("records of any shape", any_shape),
    ("what has no score", what_has_no_score),
    ("templates", templates),
    ("as they are defined, also when a run goes on", by_their_definition),
    ("a step of a recipe, and select", a_step_and_select),
    ("20 kills at any moment", killed_at_any_moment),
]))
