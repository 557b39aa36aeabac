#!/usr/bin/env python3
"""semantic_test.py SOW [MODEL]: dedup and decontaminate by vectors. TAP."""
import json
import math
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
from folder import Folder  # noqa: E402

SIZES = (1, 5, 60, 300)


def npy(p, name, rows):
    import struct
    head = "{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    head = head.encode().ljust(117) + b"\n"
    p.write(name, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head +
            b"".join(struct.pack("<%dd" % len(row), *row) for row in rows))


def cosine(a, b):
    length = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(x * x for x in b))
    return sum(x * y for x, y in zip(a, b)) / length if length else 0


def random_rows(count, seed):
    draw = random.Random(seed)
    centres = [[draw.uniform(-1, 1) for _ in range(8)] for _ in range(10)]
    return [[x + draw.uniform(-0.3, 0.3) for x in draw.choice(centres)] for _ in range(count)]


def why(p, *args):
    p.sow(*args, "--explain", "why.jsonl", "-o", "out.jsonl")
    return [json.loads(line) for line in p.read("why.jsonl").splitlines()]


def greedily():
    with Folder() as p:
        for seed, count in enumerate(SIZES):
            rows, kept = random_rows(count, seed), []
            p.write("in.jsonl", [{"id": i, "instruction": "q", "s": i * 7 % 10, "v": v} for i, v in enumerate(rows)])
            npy(p, "v.npy", rows)
            order = sorted(range(count), key=lambda i: -(i * 7 % 10))
            for args, way in (([], range(count)), (["--keep", "best", "--score", "s"], order)):
                kept, near = [], {}
                for i in way:
                    best = max(kept, key=lambda k: (cosine(rows[i], rows[k]), -kept.index(k)), default=None)
                    if best is not None and cosine(rows[i], rows[best]) >= 0.95:
                        near[i] = best
                    else:
                        kept.append(i)
                for source in (["--vector", "v"], ["--vectors", "v.npy", "--threads", "3"]):
                    said = why(p, "dedup", "in.jsonl", "-m", "semantic", *source, *args)
                    assert [w["kept"] for w in said] == [i in kept for i in range(count)]
                    assert {i: w["nearest"] - 1 for i, w in enumerate(said) if not w["kept"]} == near
                    out = [json.loads(line) for line in p.read("out.jsonl").splitlines()]
                    assert [r["id"] for r in out] == sorted(kept)


def by_clusters():
    """The row in the middle is near both others, which are not near each other."""
    rows = [[1, 0, 0], [0.96, 0.28, 0], [0.9, 0.342857142857, 0.26916]]
    with Folder() as p:
        p.write("in.jsonl", [{"id": i, "instruction": "q", "v": v} for i, v in enumerate(rows)])
        args = ["dedup", "in.jsonl", "-m", "semantic", "--vector", "v"]
        assert [w["kept"] for w in why(p, *args)] == [True, False, True]
        assert [w["kept"] for w in why(p, *args, "--clusters", "1", "--order", "hard")] == [True, False, True]
        assert [w["kept"] for w in why(p, *args, "--clusters", "1", "--order", "easy")] == [False, True, False]
        # in clusters of their own none is compared
        assert all(w["kept"] for w in why(p, *args, "--clusters", "3"))


def benchmarks():
    rows, items = random_rows(80, 9), random_rows(20, 10)
    items[3], items[15] = rows[5], rows[40]
    with Folder() as p:
        p.write("in.jsonl", [{"id": i, "instruction": "q", "v": v} for i, v in enumerate(rows)])
        p.write("a.jsonl", [{"question": "x", "v": v} for v in items[:10]])
        p.write("b.jsonl", [{"question": "x", "v": v} for v in items[10:]])
        npy(p, "v.npy", rows)
        npy(p, "items.npy", items)
        args = ["decontaminate", "in.jsonl", "--against", "a.jsonl", "--against", "b.jsonl", "--method", "semantic"]
        for source in (["--vector", "v"], ["--vectors", "v.npy", "--against-vectors", "items.npy"]):
            said = why(p, *args, "-t", "0.97", *source)
            for row, w in zip(rows, said):
                best = max(range(20), key=lambda k: cosine(row, items[k]))
                assert w["kept"] == (cosine(row, items[best]) < 0.97), w
                if not w["kept"]:
                    assert w["nearest"] == "%s.jsonl:%d" % ("ab"[best // 10], best % 10 + 1), w
                    assert w["reason"] == "semantic" and abs(w["score"] - cosine(row, items[best])) < 1e-5
            assert not said[5]["kept"] and said[40]["nearest"] == "b.jsonl:6"


def refused():
    with Folder() as p:
        p.write("in.jsonl", [{"instruction": "a", "v": [1, 2]}, {"instruction": "b", "v": [1, 3]}])
        p.write("ragged.jsonl", [{"instruction": "a", "v": [1, 2]}, {"instruction": "b", "v": [1]}])
        npy(p, "three.npy", [[1, 2]] * 3)
        npy(p, "wide.npy", [[1, 2, 3]] * 2)
        for status, args, words in [
                (2, ["dedup", "in.jsonl", "-m", "semantic", "--vector", "v", "--vectors", "three.npy"], "not both"),
                (2, ["dedup", "in.jsonl", "--vector", "v"], "--method semantic"),
                (2, ["dedup", "in.jsonl", "-m", "semantic", "--vector", "v", "--clusters", "2", "--keep", "longest"],
                 "--order"),
                (2, ["dedup", "in.jsonl", "-m", "semantic", "--vector", "v", "-t", "1.5"], "--threshold"),
                (1, ["dedup", "in.jsonl", "-m", "semantic", "--vectors", "three.npy"], "3 vectors for 2 records"),
                (1, ["dedup", "in.jsonl", "-m", "semantic", "--vector", "w"], "in.jsonl:1: w: expected"),
                (1, ["dedup", "ragged.jsonl", "-m", "semantic", "--vector", "v"], "ragged.jsonl:2: v: expected"),
                (2, ["decontaminate", "in.jsonl", "--against", "in.jsonl", "--vector", "v"], "--method semantic"),
                (2, ["decontaminate", "in.jsonl", "--against", "in.jsonl", "--method", "semantic", "--vectors",
                     "wide.npy"], "--against-vectors"),
                (1, ["decontaminate", "in.jsonl", "--against", "in.jsonl", "--method", "semantic", "--vectors",
                     "wide.npy", "--against-vectors", "three.npy"], "3 vectors for 2 records")]:
            said = p.sow(*args, "-o", "out.jsonl", status=status).stderr
            assert words in said, (args, said)
            assert not os.path.exists(p.path("out.jsonl"))
        out = p.sow("dedup", "ragged.jsonl", "-m", "semantic", "--vector", "w", "--skip-bad", "-o", "out.jsonl",
                    status=1).stderr
        assert "no record in it can be read" in out, out


def by_the_model():
    """Where nobody brings vectors the built-in model makes them of the texts."""
    if len(sys.argv) < 3:
        raise tap.Skip("no embedding model")
    texts = ["How do I bake bread?", "Name a river in France.", "How can I bake a bread?",
             "Which river flows through France?"]
    with Folder() as p:
        p.write("in.jsonl", [{"instruction": text, "output": "yes"} for text in texts])
        told = why(p, "dedup", "in.jsonl", "--method", "semantic", "--threshold", "0.8")
        assert [t["kept"] for t in told] == [True, True, False, False], told
        assert [t.get("nearest") for t in told[2:]] == [1, 2], told
        p.write("bench.jsonl", [{"question": "What river is there in France?"}])
        told = why(p, "decontaminate", "in.jsonl", "--method", "semantic", "--threshold", "0.7",
                   "--against", "bench.jsonl", "--against-field", "question")
        assert [t["kept"] for t in told] == [True, False, True, False], told


sys.exit(tap.run([
    ("greedily", greedily),
    ("in clusters", by_clusters),
    ("benchmarks", benchmarks),
    ("what is refused", refused),
    ("by the built-in model", by_the_model),
]))
