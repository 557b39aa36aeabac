#!/usr/bin/env python3
"""select_test.py SOW: what sow select takes, what it says of the rest, and what it refuses. TAP."""
import json
import os
import random
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
from folder import Folder  # noqa: E402


class Place(Folder):
    def npy(self, name, rows):
        head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
        head = head.encode().ljust(117) + b"\n"
        return self.write(name, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head +
                          b"".join(struct.pack("<%df" % len(row), *row) for row in rows))

    def take(self, *args):
        """The ids of what is taken, in the order of the file that is written."""
        done = self.sow("select", *args, "--jsonl", "-o", "-")
        return [json.loads(line)["id"] for line in done.stdout.splitlines()]

    def why(self, *args):
        self.sow("select", *args, "--explain", "why.jsonl", "-o", "out.jsonl")
        return [json.loads(line) for line in self.read("why.jsonl").splitlines()]


RECORDS = [{"id": i, "instruction": "Ask %d" % i, "output": "word " * (i % 4 + 1), "ifd": (i * 7 % 10) / 10,
            "quality": i % 3, "lang": "en" if i % 4 else "de", "keep": {"this": [i, None]}}
           for i in range(20)]


def by_score():
    with Place() as p:
        p.write("in.jsonl", RECORDS)
        best = sorted(range(20), key=lambda i: (-RECORDS[i]["ifd"], i))
        assert p.take("in.jsonl", "--by", "ifd", "--top", "5") == sorted(best[:5])
        assert p.take("in.jsonl", "--by", "ifd", "--top", "25%", "--ranked") == best[:5]
        assert p.take("in.jsonl", "--by", "-ifd", "--top", "3", "--ranked") == \
            sorted(range(20), key=lambda i: (RECORDS[i]["ifd"], i))[:3]
        product = sorted(range(20), key=lambda i: (-(RECORDS[i]["ifd"] * RECORDS[i]["quality"]), i))
        assert p.take("in.jsonl", "--by", "ifd * quality", "--top", "4", "--ranked") == product[:4]
        out = p.sow("select", "in.jsonl", "--by", "ifd", "--top", "20", "--jsonl", "-o", "-").stdout
        assert [json.loads(line) for line in out.splitlines()] == RECORDS, "records are not as they came"


def where():
    with Place() as p:
        p.write("in.jsonl", RECORDS)
        assert p.take("in.jsonl", "--where", 'ifd >= 0.5 and lang == "de"') == \
            [i for i in range(20) if RECORDS[i]["ifd"] >= 0.5 and i % 4 == 0]
        some = [i for i in range(20) if RECORDS[i]["ifd"] < 0.5]
        assert p.take("in.jsonl", "--where", "ifd < 0.5", "--by", "quality", "--top", "50%") == \
            sorted(sorted(some, key=lambda i: (-RECORDS[i]["quality"], i))[:len(some) // 2])
        assert p.take("in.jsonl", "--where", "nothing > 1") == []


def no_score():
    with Place() as p:
        p.write("in.jsonl", [{"id": 1, "instruction": "a", "s": 1}, {"id": 2, "instruction": "b"},
                             {"id": 3, "instruction": "c", "s": "2.5"}, {"id": 4, "instruction": "d", "s": "x"},
                             {"id": 5, "instruction": "e", "s": 0}])
        done = p.sow("select", "in.jsonl", "--by", "s", "--top", "10", "-q", "--jsonl", "-o", "-")
        assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 3, 5]
        assert "2 have no score (s)" in done.stderr, done.stderr
        done = p.sow("select", "in.jsonl", "--by", "1 / s", "--top", "10", "--jsonl", "-o", "-")
        assert "3 of 5" not in done.stderr and "3 have no score" in done.stderr, done.stderr
        why = p.why("in.jsonl", "--by", "s", "--top", "2")
        assert [(w["kept"], w.get("rank"), w.get("reason")) for w in why] == [
            (True, 2, None), (False, None, "no score"), (True, 1, None), (False, None, "no score"),
            (False, None, "rank")], why


def by_chance_and_length():
    with Place() as p:
        p.write("in.jsonl", RECORDS)
        one, two = (p.take("in.jsonl", "--pick", "random", "--top", "8", "--seed", s) for s in ("1", "2"))
        assert len(one) == 8 and one == sorted(one) and one != two
        assert one == p.take("in.jsonl", "--pick", "random", "--top", "8", "--seed", "1")
        assert p.take("in.jsonl", "--pick", "longest", "--top", "5") == [3, 7, 11, 15, 19]
        taken = p.take("in.jsonl", "--pick", "random", "--top", "6", "--balance", "quality")
        assert sorted(i % 3 for i in taken) == [0, 0, 1, 1, 2, 2], taken
        taken = p.take("in.jsonl", "--by", "ifd", "--top", "10", "--balance", "lang")
        assert sorted(i % 4 == 0 for i in taken) == [False] * 5 + [True] * 5, taken
        taken = p.take("in.jsonl", "--by", "ifd", "--top", "14", "--balance", "lang")
        assert sorted(i % 4 == 0 for i in taken) == [False] * 9 + [True] * 5, taken


def by_vectors():
    draw = random.Random(1)
    rows = [[draw.uniform(-1, 1) for _ in range(5)] for _ in range(20)]
    with Place() as p:
        p.write("in.jsonl", RECORDS)
        p.npy("v.npy", rows)
        p.write("field.jsonl", [{**r, "v": [struct.unpack("f", struct.pack("f", x))[0] for x in row]}
                                for r, row in zip(RECORDS, rows)])
        for how in ("kcenter", "facility", "dpp"):
            one = p.take("in.jsonl", "--pick", how, "--vectors", "v.npy", "--top", "6", "--ranked")
            assert len(set(one)) == 6, one
            for threads in ("1", "3"):
                assert one == p.take("field.jsonl", "--pick", how, "--vector", "v", "--top", "6", "--ranked",
                                     "--threads", threads), how
        # only those that may be taken count, and their vectors go with them
        taken = p.take("in.jsonl", "--pick", "kcenter", "--vectors", "v.npy", "--top", "4", "--where",
                       "ifd < 0.5")
        assert all(RECORDS[i]["ifd"] < 0.5 for i in taken) and len(taken) == 4
        p.npy("t.npy", [rows[3], rows[17]])
        assert p.take("in.jsonl", "--pick", "rds", "--vectors", "v.npy", "--towards", "t.npy", "--top",
                      "2", "--ranked") == [3, 17]


def walk():
    rows = [[1, 0], [0.99, 0.1], [0, 1], [-1, 0], [0.1, 0.99]]
    with Place() as p:
        p.write("in.jsonl", [{"id": i, "instruction": "q%d" % i, "s": s} for i, s in enumerate([3, 5, 4, 1, 2])])
        p.npy("v.npy", rows)
        why = p.why("in.jsonl", "--by", "s", "--pick", "deita", "--vectors", "v.npy", "--top", "4")
        assert [w["kept"] for w in why] == [False, True, True, True, False], why
        assert why[0]["near"] == 2 and why[0]["reason"] == "too near" and 0.99 < why[0]["cosine"] < 1, why
        assert why[4]["near"] == 3, why
        assert p.take("in.jsonl", "--by", "s", "--pick", "deita", "--vectors", "v.npy", "--top", "2",
                      "--ranked") == [1, 2]
        assert len(p.take("in.jsonl", "--by", "s", "--pick", "deita", "--vectors", "v.npy", "--threshold",
                          "0.999", "--top", "5")) == 5


def by_tags():
    tags = [["a"], ["a", "b", "c"], ["b", "c"], ["d", "d"], ["a", "d"], [], None, ["e", "a", "b", "c"]]
    with Place() as p:
        p.write("in.jsonl", [{"id": i, "instruction": "q%d" % i, **({} if t is None else {"tags": t})}
                             for i, t in enumerate(tags)])
        # 7 has the most; then only d is new; then another pass
        assert p.take("in.jsonl", "--pick", "instag", "--tags", "tags", "--top", "2", "--ranked") == [7, 4]
        assert p.take("in.jsonl", "--pick", "instag", "--tags", "tags", "--top", "4", "--ranked") == [7, 4, 1, 3]
        done = p.sow("select", "in.jsonl", "--pick", "instag", "--tags", "tags", "--top", "8", "--jsonl", "-o", "-")
        assert len(done.stdout.splitlines()) == 6 and "1 have no score (tags)" in done.stderr, done
        why = p.why("in.jsonl", "--pick", "instag", "--tags", "tags", "--top", "2")
        assert [w.get("score") for w in why] == [1, 3, 2, 1, 2, 0, None, 4], why


def by_clusters():
    with Place() as p:
        p.write("in.jsonl", [{"id": i, "instruction": "q%d" % i, "s": i % 10, "v": [i // 10 * 5 + i / 100, i % 3 / 9]}
                             for i in range(40)])
        args = ["in.jsonl", "--pick", "cluster", "--by", "s", "--vector", "v", "--clusters", "4"]
        assert p.take(*args, "--overall", "0") == [9, 19, 29, 39]
        assert p.take(*args, "--overall", "5", "--each", "2") == [8, 9, 18, 19, 28, 29, 38, 39]
        assert p.take(*args, "--overall", "5", "--each", "0") == [8, 9, 19, 29, 39]
        assert p.take(*args, "--overall", "6", "--threads", "3") == [8, 9, 18, 19, 29, 39]
        assert len(p.take(*args)) == 40


def towards_examples():
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.9, 0.1, 0], [0, 0.9, 0.1], [0.1, 0, 0.9]]
    with Place() as p:
        p.write("in.jsonl", [{"id": i, "instruction": "q%d" % i, "v": v} for i, v in enumerate(rows)])
        p.write("to.jsonl", [{"instruction": "x", "task": "a", "v": [1, 0, 0]}, {"instruction": "y", "task": "b", "v": [0, 0, 1]},
                             {"instruction": "z", "task": "a", "v": [0, 1, 0]}])
        args = ["in.jsonl", "--pick", "rds", "--vector", "v", "--towards", "to.jsonl", "--ranked"]
        assert p.take(*args, "--top", "6") == [0, 2, 1, 3, 5, 4]
        # targets of one task share a turn
        assert p.take(*args, "--top", "4", "--task", "task") == [0, 2, 1, 5]
        os.mkdir(p.path("in"))
        for i, name in enumerate("ab"):
            p.write("in/%s.jsonl" % name, [{"id": k, "instruction": "q%d" % k, "v": rows[k]} for k in range(3 * i, 3 * i + 3)])
        assert p.take("in", *args[1:], "--top", "4", "--task", "task") == [0, 2, 1, 5]


def any_output():
    with Place() as p:
        p.write("in.csv", "id,question,answer,score\n" + "".join("%d,q%d,a%d,%d\n" % (i, i, i, i % 5)
                                                                  for i in range(10)))
        p.sow("select", "in.csv", "--by", "score", "--top", "2", "-o", "out.csv", "-q")
        assert p.read("out.csv") == "id,question,answer,score\n4,q4,a4,4\n9,q9,a9,4\n"
        p.sow("select", "in.csv", "--by", "score", "--top", "2", "-f", "messages", "-o", "out.jsonl", "-q")
        first = json.loads(p.read("out.jsonl").splitlines()[0])
        assert first["messages"][0] == {"role": "user", "content": "q4"}


def refused():
    with Place() as p:
        p.write("in.jsonl", RECORDS)
        p.npy("v.npy", [[1, 2]] * 19)
        p.npy("w.npy", [[1, 2]] * 20)
        p.npy("t.npy", [[1, 2, 3]])
        p.write("bad.npy", "no array")
        p.write("ragged.jsonl", [{"instruction": "a", "v": [1, 2]}, {"instruction": "b", "v": [1]}])
        for status, args, words in [
                (2, [], "--top or --where"), (2, ["--top", "5"], "--by"), (2, ["--by", "ifd +", "--top", "5"], "column"),
                (2, ["--by", "ifd", "--top", "5", "--explain", "./out.jsonl"], "one file"),
                (2, ["--by", "ifd", "--top", "x"], "--top"), (2, ["--by", "ifd", "--top", "101%"], "--top"),
                (2, ["--by", "ifd", "--top", "-1"], "--top"), (2, ["--by", "ifd", "--top", "1.5"], "--top"),
                (2, ["--pick", "kcenter", "--top", "5"], "--vectors"), (2, ["--pick", "deita", "--top", "5"], "--by"),
                (2, ["--by", "ifd", "--top", "5", "--vectors", "w.npy"], "takes no vectors"),
                (2, ["--pick", "rds", "--vectors", "w.npy", "--top", "5"], "--towards"),
                (2, ["--pick", "kcenter", "--vectors", "w.npy", "--balance", "lang", "--top", "5"], "--balance"),
                (2, ["--pick", "kcenter", "--vectors", "w.npy", "--parts", "2", "--top", "5"], "--parts is for --pick facility"),
                (1, ["--pick", "kcenter", "--vectors", "v.npy", "--top", "5"], "19 vectors for 20 records"),
                (1, ["--pick", "kcenter", "--vectors", "bad.npy", "--top", "5"], "NumPy"),
                (1, ["--pick", "rds", "--vectors", "w.npy", "--towards", "t.npy", "--top", "5"], "of 2 numbers"),
                (2, ["--pick", "instag", "--top", "5"], "--tags"), (2, ["--by", "ifd", "--tags", "x", "--top", "5"], "--tags"),
                (2, ["--pick", "cluster", "--vectors", "w.npy"], "--by"),
                (2, ["--pick", "cluster", "--vectors", "w.npy", "--by", "ifd", "--top", "5"], "not --top"),
                (1, ["--pick", "cluster", "--vectors", "w.npy", "--by", "ifd", "--clusters", "21"], "--clusters"),
                (2, ["--pick", "rds", "--vectors", "w.npy", "--towards", "in.jsonl", "--top", "5"], "--vector FIELD"),
                (1, ["--where", "ifd <", "--top", "5", "--by", "ifd"], "where"),
                (1, ["--pick", "kcenter", "--vector", "lang", "--top", "5"], "record 1: lang")]:
            said = p.sow("select", "in.jsonl", *args, "-o", "out.jsonl", status=status).stderr
            assert words in said and said.count("\n") <= 2, (args, said)
            assert not os.path.exists(p.path("out.jsonl"))
        said = p.sow("select", "ragged.jsonl", "--pick", "kcenter", "--vector", "v", "--top", "1", "-o", "out.jsonl",
                     status=1).stderr
        assert "record 2: v: expected a list of 2 numbers, as before, not of 1" in said, said
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl", RECORDS)
        said = p.sow("select", "in", "--pick", "kcenter", "--top", "1", "-o", "out.jsonl", status=2).stderr
        assert "or a run that has vectors" in said and said.count("\n") <= 2, said


sys.exit(tap.run([
    ("by a score", by_score),
    ("by a condition", where),
    ("records without a score", no_score),
    ("by chance, by length, in turns", by_chance_and_length),
    ("by vectors", by_vectors),
    ("the walk", walk),
    ("by tags", by_tags),
    ("the best of clusters", by_clusters),
    ("towards examples", towards_examples),
    ("any output", any_output),
    ("what is refused", refused),
]))
