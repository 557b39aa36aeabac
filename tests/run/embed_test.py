#!/usr/bin/env python3
"""embed_test.py SOW [MODEL]: a vector of each record, kept with the run, and found by sow select.

A server's vectors are checked against what it sent, those of the embedded model by what they say of
texts; a run that is killed 20 times has the same bytes. TAP; the seed of the random moments can be
given in SEED.
"""
import hashlib
import json
import os
import random
import sqlite3
import struct
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from fake import Fake, err  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402
from mock import Mock  # noqa: E402

KILLS = 20
MODEL = sys.argv[2] if len(sys.argv) > 2 else None
random.seed(int(os.environ.get("SEED", "1")))


class Place(Folder):
    def score(self, server, *args, status=0):
        return self.sow("score", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args,
                        status=status)

    def vectors(self, run):
        """embed.npy as rows of numbers."""
        with open(os.path.join(self.path(run), "embed.npy"), "rb") as f:
            data = f.read()
        assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
        size = struct.unpack("<H", data[8:10])[0]
        assert (10 + size) % 64 == 0
        head = eval(data[10:10 + size])
        assert head["descr"] == "<f4" and not head["fortran_order"], head
        rows, dims = head["shape"]
        assert len(data) == 10 + size + 4 * rows * dims
        return [list(struct.unpack_from("<%df" % dims, data, 10 + size + 4 * dims * i)) for i in range(rows)]

    def bytes(self, run):
        with open(os.path.join(self.path(run), "embed.npy"), "rb") as f:
            return f.read()


def vector(text, dims=5):
    digest = hashlib.sha256(text.encode()).digest()
    return [round(b / 128 - 1, 6) for b in digest[:dims]]


def embedding(numbers, tokens=7):
    return 200, {}, json.dumps({"object": "list", "model": "m",
                                "data": [{"object": "embedding", "index": 0, "embedding": numbers}],
                                "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}).encode()


def server(seen=None):
    def reply(n, path, headers, body):
        assert path == "/v1/embeddings" and sorted(body) == ["input", "model"], (path, body)
        if seen is not None:
            seen.append(body["input"])
        return embedding(vector(body["input"]))
    return Fake(reply)


def near(a, b):
    return len(a) == len(b) and all(abs(x - y) < 1e-6 for x, y in zip(a, b))


SHAPES = [
    {"instruction": "Name a river.", "input": "In Asia.", "output": "The Indus."},
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]},
    {"note": 1, "output": "nothing is asked"},
    {"question": "2+2?", "answer": "4", "n": 1.50},
]


def in_order():
    seen = []
    with Place() as p, server(seen) as s:
        p.write("in.jsonl", SHAPES)
        p.score(s, "-i", "in.jsonl", "--with", "embed", "-o", "run")
        assert p.records("run") == [SHAPES[0], SHAPES[1], SHAPES[3]]
        texts = ["Name a river.\n\nIn Asia.", "Hi", "2+2?"]
        assert sorted(seen) == sorted(texts), seen
        rows = p.vectors("run")
        assert len(rows) == 3 and all(near(row, vector(t)) for row, t in zip(rows, texts)), rows
        assert [r[:2] for r in p.rejects("run")] == [(3, "empty")]
        with sqlite3.connect(p.path("run/run.db")) as db:
            told = db.execute("SELECT DISTINCT sampling, prompt_tokens, completion_tokens, estimated FROM reply")
            told = told.fetchall()
            assert told == [('{"kind":"embed"}', 7, 0, 0)], told


def of_what():
    seen = []
    with Place() as p, server(seen) as s:
        p.write("in.jsonl", SHAPES[:1] + SHAPES[3:] + [{"instruction": "No answer."}])
        p.score(s, "-i", "in.jsonl", "--with", "embed,length", "--embed-of", "answer", "-o", "answer")
        assert sorted(seen) == ["4", "The Indus."], seen
        assert p.rejects("answer")[0][:2] == (3, "no-answer")
        assert [r["length"] for r in p.records("answer")] == [2, 1]
        seen.clear()
        p.score(s, "-i", "in.jsonl", "--with", "embed", "--embed-of", "both", "-o", "both")
        assert sorted(seen) == ["2+2?\n\n4", "Name a river.\n\nIn Asia.\n\nThe Indus."], seen


def selected():
    with Place() as p, server() as s:
        p.write("in.jsonl", [{"id": i, "instruction": "Ask %d" % i, "output": "x", "good": i % 5}
                             for i in range(40)])
        p.score(s, "-i", "in.jsonl", "--with", "embed", "-o", "run")
        for pick in (["kcenter"], ["facility"], ["dpp"], ["deita", "--by", "good"]):
            args = ["--pick", *pick, "--top", "7", "--jsonl", "--ranked"]
            found = p.sow("select", "run", *args).stdout
            assert found == p.sow("select", "run", "--vectors", "run/embed.npy", *args).stdout
            assert len(found.splitlines()) == 7
        done = p.sow("select", "in.jsonl", "--pick", "kcenter", "--top", "3", status=2)
        assert "sow score -i in.jsonl --with embed -o RUN" in done.stderr, done.stderr
        p.sow("score", "-i", "in.jsonl", "--with", "length", "-q", "-o", "plain")
        done = p.sow("select", "plain", "--pick", "kcenter", "--top", "3", status=1)
        assert "plain: a run without vectors" in done.stderr, done.stderr
        assert not os.path.exists(p.path("plain/embed.npy"))


def broken():
    """Vectors that are none are asked for again, and fail alone."""
    def reply(n, path, headers, body):
        text = body["input"]
        if "refuse" in text:
            return err(400, {"error": {"message": "input is too long", "code": "context_length_exceeded"}})
        if "nan" in text:
            return 200, {}, b'{"data": [{"embedding": [1, NaN, 2, 3, 4]}]}'
        if "none" in text:
            return 200, {}, b'{"data": [{"embedding": []}]}'
        if "text" in text:
            return 200, {}, b'{"data": [{"embedding": "AAAA"}]}'
        return embedding(vector(text))
    with Place() as p, Fake(reply) as s:
        p.write("in.jsonl", [{"instruction": t} for t in ("one", "refuse", "nan", "none", "text", "two")])
        p.score(s, "-i", "in.jsonl", "--with", "embed", "-o", "run")
        assert [r["instruction"] for r in p.records("run")] == ["one", "two"]
        assert [r[:2] for r in p.rejects("run")] == [(n, "refused") for n in (2, 3, 4, 5)], p.rejects("run")
        rows = p.vectors("run")
        assert near(rows[0], vector("one")) and near(rows[1], vector("two")) and len(rows) == 2


def of_several_lengths():
    def reply(n, path, headers, body):
        return embedding(vector(body["input"], 5 if "one" in body["input"] else 6))
    with Place() as p, Fake(reply) as s:
        p.write("in.jsonl", [{"instruction": t} for t in ("one", "two")])
        done = p.score(s, "-i", "in.jsonl", "--with", "embed", "-o", "run", status=1)
        assert "several lengths" in done.stderr, done.stderr
        assert len(p.records("run")) == 2


def cannot():
    """Who answers no such request is an error before anything is asked."""
    with Place() as p:
        p.write("in.jsonl", SHAPES[:1])
        p.write("rec.jsonl", [{"key": "0" * 64, "text": "x"}])
        done = p.sow("score", "-i", "in.jsonl", "--with", "embed", "--teacher", "anthropic", "--model", "m",
                     "-q", "-o", "run", status=2, ANTHROPIC_API_KEY="k")
        assert "cannot embed texts" in done.stderr, done.stderr


def in_a_recipe():
    """Who embeds may be another than who writes."""
    with Place() as p, Mock() as writer, server() as s:
        p.write("seeds.jsonl", [{"instruction": "Seed %d of a few" % i, "output": "x"} for i in range(8)])
        p.write("r.yaml", "teachers:\n"
                "  writer: {teacher: '%s', model: w}\n"
                "  embedder: {teacher: '%s', model: e}\n"
                "steps:\n"
                "  - {method: self-instruct, seeds: seeds.jsonl, n: 6}\n"
                "  - {method: score, with: 'length,embed'}\n" % (writer.url, s.url))
        p.sow("run", "r.yaml", "-q", "--no-cache", "-o", "run")
        rows, made = p.vectors("run"), p.records("run")
        assert len(rows) == len(made) == 6 and all("length" in r for r in made)
        for row, r in zip(rows, made):
            given = (r.get("instances") or [r])[0].get("input")
            assert near(row, vector(r["instruction"] + ("\n\n" + given if given else ""))), r
        with sqlite3.connect(p.path("run/run.db")) as db:
            names = dict(db.execute("SELECT name, value FROM identity WHERE step = 0"))
        assert names["model of the embedder"].endswith(" e"), names
        assert len(p.sow("select", "run", "--pick", "kcenter", "--top", "2", "--jsonl").stdout.splitlines()) == 2


def replayed():
    with Place() as p, server() as s:
        p.write("in.jsonl", SHAPES)
        p.score(s, "-i", "in.jsonl", "--with", "embed", "-o", "run")
        p.sow("score", "-q", "-i", "in.jsonl", "--with", "embed", "--teacher", "replay:run", "-o", "again")
        assert p.bytes("run") == p.bytes("again")


def killed_at_any_moment():
    with Place() as p, Mock("--fault", "429=0.1", "--fault", "cut=0.1", "--retry-after", "0",
                            "--latency", "5") as s:
        p.write("in.jsonl", [{"instruction": "Ask about %d things and %d others" % (i, i * i)}
                             for i in range(150)])
        args = ["score", "-q", "-i", p.path("in.jsonl"), "--with", "novelty,embed", "--teacher", s.url,
                "--model", "m", "--no-cache", "-o"]
        begun = time.monotonic()
        p.sow(*args, "whole")
        seconds = time.monotonic() - begun

        def check():
            assert p.bytes("killed") == expected

        expected = p.bytes("whole")
        assert len(p.vectors("whole")) == 150
        return kill_and_resume([SOW, *args, p.path("killed")], p.path("killed"), KILLS, 0.7 * seconds, check)


def by_the_model():
    """No teacher is named: all-MiniLM-L6-v2. Who is alike is near; a second run has the same bytes."""
    if not MODEL:
        raise tap.Skip("there is no embedding model")
    texts = ["How do I bake bread?", "Give me a recipe for a loaf of bread.", "Prove that the square root of "
             "two is irrational.", "Show why no fraction is the square root of 2."]
    with Place() as p:
        p.write("in.jsonl", [{"instruction": t} for t in texts])
        for run in ("run", "again"):
            p.sow("score", "-q", "-i", "in.jsonl", "--with", "embed", "--no-cache", "-o", run)
        a = p.vectors("run")
        assert p.bytes("run") == p.bytes("again") and len(a[0]) == 384

        def cosine(i, k):
            return sum(x * y for x, y in zip(a[i], a[k]))

        assert min(cosine(0, 1), cosine(2, 3)) > 0.6 > 0.3 > max(cosine(0, 2), cosine(1, 3)), a
        p.sow("score", "-q", "-i", "in.jsonl", "--with", "embed", "--teacher", MODEL, "--no-cache", "-o", "file")
        assert p.bytes("file") == p.bytes("run")
        done = p.sow("self-instruct", "-q", "-n", "1", "--teacher", MODEL, "-o", "no", status=2)
        assert "cannot generate texts" in done.stderr, done.stderr


sys.exit(tap.run([
    ("rows in the order of the records", in_order),
    ("question, answer or both", of_what),
    ("select finds the vectors of a run", selected),
    ("vectors that are none", broken),
    ("vectors of several lengths", of_several_lengths),
    ("a teacher that embeds nothing", cannot),
    ("an embedder in a recipe", in_a_recipe),
    ("replayed", replayed),
    ("killed at any moment", killed_at_any_moment),
    ("the embedded model", by_the_model),
]))
