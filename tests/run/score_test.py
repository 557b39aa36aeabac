#!/usr/bin/env python3
"""score_test.py SOW [MODEL]: scores as fields of records of any shape.

Those of texts are checked against what is said of them, computed here anew, with no teacher in sight.
Those of a model are computed anew from the log-probabilities that are in run.db; what these are is
checked token by token in teacher/llama_test.c. 20 kills change no byte. TAP; the seed of the random moments can be given in SEED.
"""
import json
import math
import os
import random
import sqlite3
import struct
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402

KILLS = 20
MODEL = sys.argv[2] if len(sys.argv) > 2 else None
MODEL_SCORES = "perplexity,ifd,ifd-perplexity,superfilter"
ALPACA = ("Below is an instruction that describes a task{}. Write a response that appropriately completes "
          "the request.\n\n### Instruction:\n")
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


def needs_model():
    if not MODEL:
        raise tap.Skip("there is no model")


def likelihoods(p, run):
    """Of each ticket the texts that were asked: what stood before the answer, its tokens, and the
    logarithms of the answer's."""
    with sqlite3.connect(os.path.join(p.path(run), "run.db")) as db:
        parts = dict(db.execute("SELECT id, text FROM part"))
        found = {}
        for ticket, prompt, tokens, numbers in db.execute(
                "SELECT ticket, prompt, prompt_tokens, numbers FROM reply ORDER BY ticket, sample"):
            text = "".join(parts[x["part"]] if "part" in x else x["text"] for x in json.loads(prompt))
            logs = struct.unpack("<%df" % (len(numbers) // 4), numbers)
            found.setdefault(ticket, []).append((text, tokens - len(logs), logs))
        return found


def mean_nll(logs, room):
    logs = logs[:max(room, 0)]
    return -sum(logs) / len(logs) if logs else math.nan


def anew(texts, cut=None):
    (_, before, with_it), (_, _, prefixed), (_, plain_before, plain), (_, _, bare) = texts
    room, plain_room = (cut or 512) - before, (cut or 1024) - plain_before
    behind, alone = mean_nll(with_it, room), mean_nll(prefixed, room)
    return {"perplexity": math.exp(behind), "ifd": behind / alone,
            "ifd_perplexity": math.exp(behind - alone),
            "superfilter": math.exp(mean_nll(plain, plain_room) - mean_nll(bare, plain_room))}


def of_a_model():
    needs_model()
    long = " ".join("The town number %d lies by the sea." % i for i in range(200))
    records = [
        {"instruction": "Name the capital of Norway.", "output": "Oslo is the capital of Norway."},
        {"instruction": "Translate.", "input": "Guten Tag", "output": "Good day\n"},
        {"instruction": "Name the capital of Norway.", "output": "Oslo is the capital of Norway.", "id": 3},
        {"instruction": "One token.", "output": "sea"},
        {"instruction": "Tell me of towns.", "output": long},
        {"instruction": long, "output": "Towns."},
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
                      {"role": "assistant", "content": "Hello there."}]},
    ]
    with Place() as p:
        p.write("in.jsonl", records)
        ask = ("--teacher", MODEL, "--no-cache", "-i", "in.jsonl", "--with")
        p.score(*ask, "length," + MODEL_SCORES, "-o", "run")
        made, texts = p.records("run"), likelihoods(p, "run")
        fields = ("length", "length_characters", "perplexity", "ifd", "ifd_perplexity", "superfilter")
        assert [without(r, *fields) for r in made] == records, made
        assert [text for text, _, _ in texts[1]] == [
            ALPACA.format("") + "Name the capital of Norway.\n\n### Response:", "### Response:",
            "Name the capital of Norway.\n", ""], texts[1]
        assert [text for text, _, _ in texts[2]] == [
            ALPACA.format(", paired with an input that provides further context") +
            "Translate.\n\n### Input:\nGuten Tag\n\n### Response:", "### Response:",
            "Translate.\nGuten Tag\n", ""], texts[2]
        assert texts[7][2][0] == "[system]\nBe brief.\n\n[user]\nHi\n", texts[7]
        # the answer's tokens are the same everywhere; with nothing before them the first has no likelihood
        for ticket in (1, 2, 4, 7):
            counts = [len(logs) for _, _, logs in texts[ticket]]
            assert counts == [counts[0]] * 3 + [counts[0] - 1], (ticket, counts)
        # of what is cut no token more is evaluated
        cut = texts[5]
        assert cut[0][1] + len(cut[0][2]) == 512 == cut[1][1] + len(cut[1][2]), cut
        assert cut[2][1] + len(cut[2][2]) == 1024 == cut[3][1] + len(cut[3][2]), cut
        for ticket, record in enumerate(made, 1):
            for field, value in anew(texts[ticket]).items():
                if math.isnan(value):
                    assert record[field] is None, (ticket, field, record)
                else:
                    assert abs(record[field] - value) < 1e-9 * value, (ticket, field, record, value)
        # equal records have equal scores; one token has no score alone; nor has an answer none is left of
        assert {f: made[0][f] for f in fields} == {f: made[2][f] for f in fields}, made
        assert made[3]["superfilter"] is None and made[3]["ifd"], made[3]
        assert [made[5][f] for f in fields[2:]] == [None] * 4, made[5]
        # an answer that fits is likelier behind its question, one of something else is not
        assert made[0]["ifd"] < 1 and made[0]["superfilter"] < 1, made[0]
        # another cut; and what select does with a score that is not there
        p.score(*ask, MODEL_SCORES, "--cut", "60", "-n", "5", "-o", "cut")
        for ticket, record in enumerate(p.records("cut"), 1):
            for field, value in anew(likelihoods(p, "cut")[ticket], 60).items():
                assert math.isnan(value) if record[field] is None else abs(record[field] - value) < 1e-9
        said = p.sow("select", "run", "--by", "superfilter", "--top", "2", "-o", "best.jsonl").stderr
        assert "superfilter" in said, said


def planned():
    """sow plan rehearses the requests, and asks nobody."""
    with Place() as p:
        p.write("in.jsonl", some_texts(40))
        p.write("recipe.yaml", "teachers: {writer: {teacher: small, price-in: 1, price-out: 1}}\n"
                "steps:\n  - {method: score, input: in.jsonl, with: [novelty, ifd]}\n")
        plan = json.loads(p.sow("plan", "--json", "recipe.yaml").stdout)
        assert [(s["stage"], s["requests"]) for s in plan["stages"]] == [("score: score", 80)], plan
        assert plan["completion_tokens"] == {"low": 0, "likely": 0, "high": 0}, plan
        assert plan["prompt_tokens"]["likely"] > 80 * 5 and plan["dollars"]["likely"] > 0, plan


def only_who_can_score():
    with Place() as p:
        p.write("in.jsonl", some_texts(3))
        said = p.score("-i", "in.jsonl", "--with", "ifd", "--teacher", "http://127.0.0.1:9/v1", "--model",
                       "m", "--api", "messages", "-o", "run", status=2).stderr
        assert "score" in said and "embedded model" in said and said.count("\n") == 1, said
        assert not os.path.exists(p.path("run"))


def killed_with_a_model():
    """The log-probabilities of a run, recorded: a model's own differ with what is evaluated beside."""
    needs_model()
    with Place() as p:
        p.write("in.jsonl", [dict(r, output=" ".join(r["output"].split()[:4])) for r in some_texts(30)])
        args = ["score", "-q", "-i", p.path("in.jsonl"), "--with", "novelty,superfilter"]
        p.score(*args[2:], "--teacher", MODEL, "--no-cache", "-o", "recorded")
        args += ["--teacher", "replay:" + p.path("recorded")]
        begun = time.monotonic()
        p.score(*args[2:], "-o", "whole")
        seconds = time.monotonic() - begun

        def check():
            assert p.records("killed") == expected

        # what was asked twice has one reply in a recording
        expected = p.records("whole")
        assert len(expected) == 30 == len(p.records("recorded"))
        assert [r["novelty"] for r in expected] == [r["novelty"] for r in p.records("recorded")]
        assert all(r["superfilter"] is None or r["superfilter"] > 0 for r in expected)
        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS,
                               0.7 * seconds, check)


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
    ("scores of a model", of_a_model),
    ("a plan of what a model is asked", planned),
    ("a teacher that cannot score", only_who_can_score),
    ("20 kills of a run with a model", killed_with_a_model),
]))
