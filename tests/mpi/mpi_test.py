#!/usr/bin/env python3
"""mpi_test.py SOW yes|no [others|select]: commands under mpirun write, together, the bytes of one process. TAP."""
import gzip
import json
import os
import random
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
from folder import Folder, SOW  # noqa: E402

MPIRUN = shutil.which("mpirun") if sys.argv[2] == "yes" else None
RANKS = [1, 2, 3, 8]  # src/clean/spread_test.c has more, with threads as ranks
FEW = [2, 3]


# Ranks that wait give way to those that work.
os.environ["OMPI_MCA_mpi_yield_when_idle"] = "1"


class Place(Folder):
    def command(self, n, *args):
        if not MPIRUN:
            raise tap.Skip("no mpirun, or built without MPI")
        return [MPIRUN, "--allow-run-as-root", "--oversubscribe", "-n", str(n), SOW, *args]

    def mpirun(self, n, *args, status=0, timeout=120):
        """The lines that sow itself says."""
        env = dict(self.env, TMPDIR=self.dir)  # a session of mpirun is a path of a socket: short
        done = subprocess.run(self.command(n, *args), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, cwd=self.dir, env=env)
        assert done.returncode == status, (n, args, done.returncode, done.stdout, done.stderr)
        return [line for line in done.stderr.splitlines() if line.startswith("sow")]

    def printed(self, n, *args):
        """What the first of several prints."""
        done = subprocess.run(self.command(n, *args), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, cwd=self.dir, env=dict(self.env, TMPDIR=self.dir))
        assert done.returncode == 0, (n, args, done.stdout, done.stderr)
        return done.stdout

    def shards(self, name, unpack=None):
        """All of a folder of shards, which its index describes."""
        with open(self.path(name + "/index.json"), encoding="utf-8") as text:
            index = json.load(text)
        assert sorted(s["file"] for s in index["shards"]) == [s["file"] for s in index["shards"]]
        assert sorted(os.listdir(self.path(name))) == ["index.json"] + [s["file"] for s in index["shards"]]
        whole = b""
        for shard in index["shards"]:
            with open(os.path.join(self.path(name), shard["file"]), "rb") as data:
                part = data.read()
            assert len(part) == shard["bytes"]
            part = unpack(part) if unpack else part
            assert part.count(b"\n") == shard["records"] or "why" in name
            whole += part
        assert whole.count(b"\n") == index["records"] or "why" in name
        return whole

    def bytes(self, name):
        with open(self.path(name), "rb") as data:
            return data.read()

    def same(self, ranks, operands, *args, unpack=None, command="dedup"):
        """What one process keeps and explains, and any number of ranks."""
        self.sow(command, *operands, *args, "-q", "-o", "one.jsonl", "--explain", "one-why.jsonl")
        kept, why = self.bytes("one.jsonl"), self.bytes("one-why.jsonl")
        assert kept and why.count(b'"kept":false') > 10, "nothing to see"
        for n in ranks:
            said = self.mpirun(n, command, *operands, *args, "-o", "out/", "--explain", "why/")
            assert "kept %d of" % kept.count(b"\n") in said[-1], said
            assert self.shards("out", unpack) == kept, (n, args)
            assert self.shards("why", unpack) == why, (n, args)
            assert len(os.listdir(self.path("out"))) == n + 1
            shutil.rmtree(self.path("out"))
            shutil.rmtree(self.path("why"))


def documents(count, seed=1):
    """Records of which a third are copies of others, whole or with some words changed, and many share
    most of their words with a few, so that groups of candidates have several that are kept."""
    rng = random.Random(seed)
    words = ["w%d" % i for i in range(400)]
    bases = [[rng.choice(words[:60]) for _ in range(30)] for _ in range(8)]
    texts = []
    for i in range(count):
        kind = rng.randrange(6)
        if kind == 0 and texts:
            text = list(rng.choice(texts))
        elif kind == 1 and texts:
            text = list(rng.choice(texts))
            for _ in range(rng.randrange(1, 6)):
                text[rng.randrange(len(text))] = rng.choice(words)
        elif kind == 2:
            text = list(rng.choice(bases))
            for _ in range(rng.randrange(2, 12)):
                text[rng.randrange(len(text))] = rng.choice(words[:60])
        else:
            text = [rng.choice(words) for _ in range(rng.randrange(20, 40))]
        texts.append(text)
    return [{"id": i, "instruction": " ".join(t), "n": rng.randrange(5)} for i, t in enumerate(texts)]


def lines(records):
    """With blank lines and lines that end otherwise, as files have them."""
    rng = random.Random(2)
    return "".join(json.dumps(r) + rng.choice(["\n", "\n", "\r\n", "\n\n", "\n \n"]) for r in records)


NEAR = ["--method", "minhash", "--shingle", "1", "--bands", "40", "--rows", "2"]


def one_file():
    with Place() as p:
        p.write("in.jsonl", lines(documents(3000)).rstrip("\n"))
        p.same(RANKS, ["in.jsonl"])
        p.same(RANKS, ["in.jsonl"], *NEAR)


def by_preference():
    with Place() as p:
        p.write("in.jsonl", lines(documents(1500)))
        p.same([3], ["in.jsonl"], "--keep", "longest")
        p.same(FEW, ["in.jsonl"], *NEAR, "--keep", "best", "--score", "n", "--threads", "2")


def many_files():
    """A folder of files of several kinds; a line that cannot be read is left out and told once."""
    with Place() as p:
        records = documents(1200)
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl.gz", gzip.compress(lines(records[:300]).encode()))
        p.write("in/b.jsonl", lines(records[300:700]) + "{broken\n" + lines(records[700:900]))
        p.write("in/c.csv", "instruction,n\n" + "".join("\"%s\",1\n" % r["instruction"] for r in records[900:1100]))
        p.write("in/d.json", json.dumps(records[1100:], indent=1))
        p.same(FEW, ["in"], *NEAR, "--skip-bad", unpack=gzip.decompress)
        bad = "in/b.jsonl:%d:2: " % (lines(records[300:700]).count("\n") + 1)
        said = p.mpirun(3, "dedup", "in", "--skip-bad", "-o", "out")
        assert [bad in line for line in said].count(True) == 1, said
        said = p.mpirun(3, "dedup", "in", "-o", "none", status=1)
        assert len(said) == 2 and bad in said[0] and "--skip-bad" in said[1], said
        assert not [name for name in os.listdir(p.dir) if name.startswith("none")], os.listdir(p.dir)


def benchmark():
    with Place() as p:
        records = documents(1000)
        p.write("items.jsonl", [{"instruction": r["instruction"]} for r in records[::40]] + [{"instruction": "short"}])
        p.write("in.jsonl", lines(records))
        args = ["--against", "items.jsonl", "--rule", "8-gram-share", "--rule", "13-gram"]
        p.same([8], ["in.jsonl"], *args, command="decontaminate")
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl", lines(records[:500]))
        p.write("in/b.jsonl", "{broken\n" + lines(records[500:]))
        p.same([3], ["in"], *args, "--skip-bad", command="decontaminate")
        said = p.mpirun(2, "decontaminate", "in.jsonl", *args, "-o", "out")
        assert [line for line in said if "1 of 26 items are too short" in line] == said[:2], said


def meaning():
    """Vectors in a field or a file: greedy, exact, in the order of the input; several blocks of some ranks."""
    with Place() as p:
        rng = random.Random(7)
        rows = []
        for _ in range(2600):
            if rows and rng.random() < 0.5:
                row = [x + rng.gauss(0, 0.35) for x in rng.choice(rows[-400:] if rng.random() < 0.5 else rows)]
            else:
                row = [rng.gauss(0, 1) for _ in range(24)]
            rows.append([round(x, 3) for x in row] if rng.random() < 0.95 or not rows else rng.choice(rows))
        records = [{"instruction": "text %d" % i, "v": row} for i, row in enumerate(rows)]
        p.write("in.jsonl", lines(records))
        p.write("v.npy", npy(rows))
        semantic = ["--method", "semantic", "-t", "0.9"]
        p.same([1, 2, 8], ["in.jsonl"], *semantic, "--vector", "v")
        p.same([3], ["in.jsonl"], *semantic, "--vectors", "v.npy", "--threads", "2")
        p.write("items.jsonl", [{"instruction": "item %d" % i, "v": row} for i, row in enumerate(rows[::40])])
        p.write("items.npy", npy(rows[::40]))
        against = [*semantic, "--against", "items.jsonl"]
        p.same([3], ["in.jsonl"], *against, "--vector", "v", command="decontaminate")
        p.same([2], ["in.jsonl"], *against, "--vectors", "v.npy", "--against-vectors", "items.npy", command="decontaminate")
        p.write("short.npy", npy(rows[:-1]))
        said = p.mpirun(2, "dedup", "in.jsonl", *semantic, "--vectors", "short.npy", "-o", "none", status=1)
        assert len(said) == 1 and "short.npy: 2599 vectors for 2600 records" in said[0], said
        p.write("bad.jsonl", lines(records) + '{"instruction": "a", "v": [1, 2]}\n')
        said = p.mpirun(3, "dedup", "bad.jsonl", *semantic, "--vector", "v", "-o", "none", status=1)
        assert len(said) == 1 and "v: expected a list of 24 numbers, as before, not of 2" in said[0], said
        p.write("even.jsonl", b"".join(b'{"instruction":"a%d","v":[1,2%s3]}\n' % (i, b"," if i < 5 else b"0") for i in range(10)))
        for command in [["dedup", *semantic], ["select", "--pick", "kcenter", "--top", "5"]]:  # each half is of one length
            args = [command[0], "even.jsonl", *command[1:], "--vector", "v"]
            said = p.sow(*args, "-o", "none.jsonl", status=1).stderr.splitlines()
            want = [line for line in said if "6: v: expected a list of 3 numbers, as before, not of 2" in line]
            assert len(want) == 1 and p.mpirun(2, *args, "-o", "none", status=1) == want, (said, want)
        assert not [name for name in os.listdir(p.dir) if name.startswith("none")]


def npy(rows):
    """As NumPy writes an array of float32."""
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() +
            b"".join(struct.pack("<%df" % len(row), *row) for row in rows))


def new_ones():
    with Place() as p:
        records = documents(3000)
        p.write("known.jsonl", lines(records[2500:]))
        p.write("in.jsonl", lines(records[:2500]))
        p.same([2, 8], ["in.jsonl"], "-t", "0.5", "--threads", "2", command="novel")
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl", lines(records[:1200]))
        p.write("in/b.jsonl", "{broken\n" + lines(records[1200:2500]))
        p.same([3], ["in"], "-t", "0.4", "--against", "known.jsonl", "--skip-bad", command="novel")
        said = p.mpirun(3, "novel", "in", "-o", "out", status=1)
        assert len(said) == 2 and "in/b.jsonl:1:2: " in said[0], said
        assert not os.path.exists(p.path("out"))


def best():
    """What is taken by score, with equal scores at the edge, and what is not --where or has no score."""
    with Place() as p:
        records = documents(2000)
        for r in records[::9]:
            del r["n"]
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl", lines(records[:700]))
        p.write("in/b.jsonl.gz", gzip.compress(lines(records[700:1100]).encode()))
        p.write("in/c.jsonl", lines(records[1100:]))
        for args in [["--by", "n", "--top", "700"], ["--by", "1 - n", "--top", "30%", "--where", "id > 20"],
                     ["--by", "n * words(instruction)", "--top", "1"], ["--by", "n", "--top", "0"],
                     ["--pick", "longest", "--top", "20%"], ["--where", "n == 3"]]:
            said = p.sow("select", "in", *args, "-o", "one.jsonl").stderr.splitlines()
            for n in RANKS[1:] if args[-1] == "700" else [3]:
                got = p.mpirun(n, "select", "in", *args, "-o", "out/")
                assert p.shards("out") == p.bytes("one.jsonl"), (n, args)
                told = [line for line in got if "processes sent" not in line]
                assert told == [line.replace("one.jsonl", "out") for line in said], (told, said)
                shutil.rmtree(p.path("out"))
        p.sow("select", "in", "--by", "n", "--top", "50", "-o", "out/")
        p.sow("select", "in/a.jsonl", "in/b.jsonl.gz", "in/c.jsonl", "--by", "n", "--top", "50", "-o", "one.jsonl")
        assert p.shards("out") == p.bytes("one.jsonl")
        p.write("in/b.jsonl", lines(records[:3]) + "{broken\n" + lines(records[:3]))
        said = p.mpirun(3, "select", "in", "--by", "n", "--top", "5", "-o", "none/", status=1)
        assert "in/b.jsonl:%d:2: " % (lines(records[:3]).count("\n") + 1) in said[0] and not [n for n in os.listdir(p.dir) if "none" in n], said
        for args, words in [(["--pick", "instag", "--tags", "t", "--top", "5"], "each record depends on the tags of all"),
                            (["--by", "n", "--ranked", "-f", "alpaca"], "--ranked under MPI: expected --format records")]:
            said = p.mpirun(2, "select", "in", *args, "-o", "none/", status=2)
            assert words in said[0], said


def chosen(p, ranks, *args):
    """What one process takes, says and explains, and any number of ranks."""
    said = p.sow("select", *args, "-o", "one.jsonl", "--explain", "one-why.jsonl").stderr.splitlines()
    kept, why = p.bytes("one.jsonl"), p.bytes("one-why.jsonl")
    for n in ranks:
        got = p.mpirun(n, "select", *args, "-o", "out/", "--explain", "why/")
        assert p.shards("out") == kept, (n, args)
        assert p.shards("why") == why, (n, args)
        told = [line for line in got if "processes sent" not in line]
        assert told == [line.replace("one.jsonl", "out") for line in said], (told, said)
        shutil.rmtree(p.path("out"))
        shutil.rmtree(p.path("why"))
    return kept, said


def in_order():
    """Why, by chance, in the order of taking, and in turns: with equal scores, and values that some ranks lack."""
    with Place() as p:
        records = documents(900)
        for i, r in enumerate(records):
            r["data"] = [{"of": i}]  # is no list of records when it is read again
            r["kind"] = [["a", 1], "b\n", {"c": None}, 7.50, "only the first %d" % (i // 300)][min(i * 7 % 11, 4)]
        for r in records[::9]:
            del r["n"], r["kind"]
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl", lines(records[:400]))
        p.write("in/b.jsonl.gz", gzip.compress(lines(records[400:600]).encode()))
        p.write("in/c.jsonl", lines(records[600:]) + '"a text"\n')
        chosen(p, [3], "in", "--by", "n", "--top", "300")
        chosen(p, [3], "in", "--by", "n * words(instruction) / 3", "--where", "id > 20", "--top", "40%", "--ranked")
        chosen(p, [2], "in", "--pick", "random", "--top", "100", "--seed", "5", "--by", "n")
        chosen(p, RANKS, "in", "--by", "n", "--balance", "kind", "--top", "300", "--ranked")
        chosen(p, [2], "in", "--pick", "longest", "--balance", "n", "--top", "3")
        chosen(p, [3], "in", "--pick", "random", "--balance", "kind", "--ranked")
        p.sow("select", "in/a.jsonl", "--by", "n", "--ranked", "-o", "one.csv")
        p.mpirun(3, "select", "in/a.jsonl", "--by", "n", "--ranked", "-o", "out.csv/", "--explain", "why")
        shards = [p.bytes("out.csv/part-0000%d.csv" % k).split(b"\n", 1) for k in range(3)]
        assert shards[0][0] + b"\n" + b"".join(s[1] for s in shards) == p.bytes("one.csv")
        assert len(p.shards("why").splitlines()) == 400
        p.sow("select", "in", "--by", "n", "--top", "5", "-o", "alone/", "--explain", "alone-why/")
        p.sow("select", "in", "--by", "n", "--top", "5", "-o", "one.jsonl", "--explain", "one-why.jsonl")
        assert p.shards("alone-why") == p.bytes("one-why.jsonl")


def write_vectors(p, seed, kinds, count):
    """Records with vectors, of which some are alike, and these by themselves."""
    rng = random.Random(seed)
    rows = [[round(rng.gauss(0, 1), 2) for _ in range(17)] for _ in range(kinds)]
    rows = [rng.choice(rows) for _ in range(count)]
    records = [{"instruction": "text %d" % i, "n": rng.randrange(9), "v": row} for i, row in enumerate(rows)]
    p.write("in.jsonl", lines(records))
    p.write("v.npy", npy(rows))
    return records


def facilities():
    """Facility location: exact, and in two rounds, whose parts do not depend on who has which records."""
    with Place() as p:
        records = write_vectors(p, 14, 500, 900)
        pick = ["in.jsonl", "--pick", "facility", "--top"]
        exact, said = chosen(p, [1, 8], *pick, "60", "--vector", "v")
        assert "cover" not in said[-1], said
        one, said = chosen(p, [3], *pick, "60", "--vector", "v", "--parts", "1")
        assert one == exact and said[-1].endswith("; they cover at least 72.1 % of what the best choice of as many can"), said
        rounds, said = chosen(p, RANKS, *pick, "60", "--vector", "v", "--parts", "5")
        assert rounds != exact and 30 < float(said[-1].split("at least ")[1].split(" %")[0]) < 72.1, said
        chosen(p, [3], *pick, "5%", "--vectors", "v.npy", "--parts", "4", "--where", "n > 2", "--ranked", "--seed", "3")
        chosen(p, [2], *pick, "8%", "--vectors", "v.npy", "--by", "n", "--ranked")
        p.write("few.jsonl", lines(records[:3]))
        chosen(p, [8], "few.jsonl", *pick[1:], "2", "--vector", "v")
        chosen(p, [8], "few.jsonl", *pick[1:], "2", "--vector", "v", "--parts", "9")
        chosen(p, [2], "few.jsonl", *pick[1:], "0", "--vector", "v", "--parts", "9")
        p.write("bad.jsonl", lines(records) + '{"instruction": "a", "v": [1, 2]}\n')
        said = p.mpirun(3, "select", "bad.jsonl", *pick[1:], "5", "--vector", "v", "-o", "none/", status=1)
        assert len(said) == 1 and "record 901: v: expected" in said[0], said


def centres():
    """k-center, step by step as one process: with copies, so that distances are equal and run out."""
    with Place() as p:
        records = write_vectors(p, 4, 150, 600)
        for args in [["--vector", "v", "--top", "60"], ["--vectors", "v.npy", "--top", "200", "--by", "n"],
                     ["--vector", "v", "--top", "40%", "--by", "n", "--where", "n > 4"]]:
            p.sow("select", "in.jsonl", "--pick", "kcenter", *args, "-o", "one.jsonl")
            for n in RANKS[1:] if "60" in args else [3]:
                p.mpirun(n, "select", "in.jsonl", "--pick", "kcenter", *args, "-o", "out/")
                assert p.shards("out") == p.bytes("one.jsonl"), (n, args)
                shutil.rmtree(p.path("out"))
        p.sow("select", "in.jsonl", "--by", "n", "--top", "80", "-o", "one.csv")
        p.mpirun(3, "select", "in.jsonl", "--by", "n", "--top", "80", "-o", "out.csv/")
        shards = [p.bytes("out.csv/part-0000%d.csv" % k).split(b"\n", 1) for k in range(3)]
        assert shards[0][0] + b"\n" + b"".join(s[1] for s in shards) == p.bytes("one.csv")
        kcenter = ["--pick", "kcenter", "--top", "5", "-o", "none/"]
        p.write("few.jsonl", lines(records[:2]))
        said = p.mpirun(3, "select", "few.jsonl", *kcenter, "--vectors", "v.npy", status=1)
        assert "v.npy: 600 vectors for 2 records" in said[0], said
        p.write("bad.jsonl", lines(records) + '{"instruction": "a", "v": [1, 2]}\n')
        said = p.mpirun(3, "select", "bad.jsonl", *kcenter, "--vector", "v", status=1)
        alone = p.sow("select", "bad.jsonl", *kcenter[:4], "--vector", "v", "-o", "none.jsonl", status=1).stderr
        assert said == alone.splitlines()[-1:] and "record 601: v: expected" in said[0], (said, alone)
        said = p.mpirun(2, "select", "in.jsonl", *kcenter, status=2)
        assert "expected --vectors FILE.npy, --vector FIELD" in said[0], said


def walks():
    """DEITA's walk, which stops or comes to the end; a determinantal point process until nothing is left; targets."""
    with Place() as p:
        rng = random.Random(15)
        rows = [[round(rng.gauss(0, 1), 2) for _ in range(9)] for _ in range(700)]
        for i in range(60, 1500):
            rows[i:i] = [[round(x + rng.gauss(0, 0.2), 2) for x in rng.choice(rows[:60])]] if i % 2 else []
        records = [{"instruction": "text %d" % i, "n": rng.randrange(4), "v": row} for i, row in enumerate(rows)]
        p.write("in.jsonl", lines(records))
        p.write("v.npy", npy(rows))
        deita = ["in.jsonl", "--pick", "deita", "--by", "n"]
        chosen(p, [1, 2, 8], *deita, "--vector", "v", "--top", "500", "--threshold", "0.8")
        assert p.bytes("one-why.jsonl").count(b"too near") > 100
        chosen(p, [3], *deita, "--vectors", "v.npy", "--ranked", "--where", "n > 0")
        chosen(p, [2], *deita, "--vectors", "v.npy", "--top", "0", "--threshold", "0.5")
        for args in ["--top", "40"], ["--top", "7", "--by", "n + 1", "--where", "n < 3", "--ranked"]:
            chosen(p, [1, 8] if "40" in args else [3], "in.jsonl", "--pick", "dpp", "--vector", "v", *args)
        p.write("less.jsonl", lines([dict(r, n=None) if i % 300 < 30 else r for i, r in enumerate(records)]))
        chosen(p, [2, 3], "less.jsonl", "--pick", "dpp", "--vector", "v", "--by", "n + 1", "--top", "40")
        p.write("to.npy", npy([[rng.gauss(0, 1) for _ in range(9)] for _ in range(5)]))
        p.write("to.jsonl", [{"instruction": "a", "task": i % 3, "v": row} for i, row in enumerate(rows[::90])])
        rds = ["in.jsonl", "--pick", "rds", "--vector", "v"]
        chosen(p, [1, 8], *rds, "--towards", "to.npy", "--top", "900", "--ranked")
        chosen(p, [3], *rds, "--towards", "to.jsonl", "--task", "task", "--top", "30", "--where", "n > 1")
        p.write("few.jsonl", lines(records[:2]))
        for args in ["deita", "--by", "n"], ["dpp", "--top", "2"], ["rds", "--towards", "to.npy", "--top", "1"]:
            chosen(p, [8], "few.jsonl", "--vector", "v", "--pick", *args)


def where_it_fails():
    """The line that a part cannot read has the number that it has in the file."""
    with Place() as p:
        text = lines(documents(400))
        p.write("in.jsonl", text + "{broken\n" + text)
        bad = "in.jsonl:%d:2: " % (text.count("\n") + 1)
        assert bad in p.sow("dedup", "in.jsonl", "-o", "out.jsonl", status=1).stderr
        for n in FEW:
            said = p.mpirun(n, "dedup", "in.jsonl", *NEAR, "-o", "out", status=1)
            assert len(said) == 2 and bad in said[0] and "nothing was written" in said[1], said
            assert not [name for name in os.listdir(p.dir) if name.startswith("out")]


def answered(count):
    """Records of several shapes, of which some have no answer, or two of which one is better."""
    rng = random.Random(5)
    text = lambda n: " ".join("w%d" % rng.randrange(300) for _ in range(n))  # noqa: E731
    shapes = [lambda: {"instruction": text(8), "input": text(rng.randrange(3)), "output": text(9), "extra": rng.random()},
              lambda: {"messages": [{"role": r, "content": text(5)} for r in ["user", "assistant"] * 2]},
              lambda: {"instruction": text(6), "kind": text(1),
                       "instances": [{"input": "", "output": text(4), "score": s} for s in rng.sample(range(9), 4)]},
              lambda: {"question": text(6), "kind": text(1)}]
    return [rng.choice(shapes)() for _ in range(count)]


def other_formats():
    """convert, also where a line depends on how many come before it."""
    with Place() as p:
        records = answered(500)
        p.write("in.jsonl", lines(records))
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl.gz", gzip.compress(lines(records[:200]).encode()))
        p.write("in/b.json", json.dumps(records[200:300]))
        p.write("in/c.jsonl", lines(records[300:]) + "{broken\n")
        for ranks, name, args in [(RANKS, "in.jsonl", ["completion"]), ([8], "in.jsonl", ["messages", "--drop-fields"]),
                                  ([3], "in.jsonl", ["preference", "--rejected", "random", "--only-fields", "extra,kind"]),
                                  ([3], "in", ["verl", "--skip-bad"])]:
            want = p.sow("convert", name, "-f", *args, "-o", "one.jsonl").stderr.splitlines()
            for n in ranks:
                said = p.mpirun(n, "convert", name, "-f", *args, "-o", "out.jsonl/")
                assert p.shards("out.jsonl") == p.bytes("one.jsonl"), (n, args)
                said = [line.replace("out.jsonl", "one.jsonl") for line in said if " to each other" not in line]
                assert said == want, (said, want)
                shutil.rmtree(p.path("out.jsonl"))
        p.sow("convert", "in", "-f", "alpaca", "--skip-bad", "-o", "out/")  # alone
        p.sow("convert", "in", "-f", "alpaca", "--jsonl", "--skip-bad", "-o", "one.jsonl")
        assert p.shards("out", gzip.decompress) == p.bytes("one.jsonl")
        said = p.mpirun(3, "convert", "in", "-f", "alpaca", "-o", "none", status=1)
        assert len(said) == 1 and "in/c.jsonl:%d:2: " % (lines(records[300:]).count("\n") + 1) in said[0], said
        said = p.mpirun(2, "convert", "in.jsonl", "-f", "preference", "--only-fields", "extra,knd", "-o", "none", status=1)
        assert len(said) == 1 and "--only-fields knd: no record has such a field" in said[0], said
        p.write("plain.jsonl", [{"question": "a %d" % i} for i in range(40)])
        said = p.mpirun(2, "convert", "plain.jsonl", "-f", "openai", "-o", "none", status=1)
        assert len(said) == 1 and "none of 40 records can be written as openai" in said[0], said
        assert not [name for name in os.listdir(p.dir) if name.startswith("none")], os.listdir(p.dir)


def tables():
    """The columns of every shard are those of all records, in their order."""
    with Place() as p:
        records = answered(300)
        records[290]["late"] = {"x": [1, 2]}
        for i, record in enumerate(records):
            record["n"] = 0.5 if i == 280 else i  # a double, as the last rank alone can know
        p.write("in.jsonl", lines(records))
        p.sow("convert", "in.jsonl", "-f", "records", "-o", "one.csv")
        p.sow("convert", "in.jsonl", "-f", "records", "-o", "one.parquet")
        want = p.sow("convert", "one.parquet", "-f", "records", "--jsonl").stdout
        head, _, rows = p.bytes("one.csv").partition(b"\n")
        for n in [2, 8]:
            p.mpirun(n, "convert", "in.jsonl", "-f", "records", "-o", "out.csv/")
            parts = [p.bytes("out.csv/part-%05d.csv" % k).partition(b"\n") for k in range(n)]
            assert {part[0] for part in parts} == {head}
            assert b"".join(part[2] for part in parts) == rows
            shutil.rmtree(p.path("out.csv"))
        p.mpirun(3, "convert", "in.jsonl", "-f", "records", "-o", "out.parquet/")
        assert p.sow("convert", "out.parquet", "-f", "records", "--jsonl").stdout == want
        assert '"n":1.0' in want, want[:400]


def figures():
    """stats: sums, distinct texts, exact quantiles, and of records' own numbers means, ranks and pairs."""
    with Place() as p:
        rng = random.Random(6)
        records = answered(400)
        for i, record in enumerate(records):
            record.update({"a": rng.random(), "b": rng.randrange(5), "n%d" % (i // 20): i})  # more names than are shown
        records += records[:50]
        p.write("in.jsonl", lines(records))
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl", lines(records[:333]))
        p.write("in/b.json", json.dumps(records[333:]))
        for name, ranks in [("in.jsonl", RANKS), ("in", FEW)]:
            want = p.sow("stats", name, "--json").stdout
            assert '"duplicate_instructions":50' in want.replace(" ", ""), want
            for n in ranks:
                assert p.printed(n, "stats", name, "--json") == want, n
        assert p.printed(3, "stats", "in.jsonl") == p.sow("stats", "in.jsonl").stdout
        p.write("bad.jsonl", lines(records) + "{broken\n")
        said = p.mpirun(2, "stats", "bad.jsonl", status=1)
        assert len(said) == 1 and "bad.jsonl:%d:2: " % (lines(records).count("\n") + 1) in said[0], said


def scored():
    """score without a model: the run of one process, made of a shard a rank."""
    with Place() as p:
        records = answered(100)
        p.write("in.jsonl", lines(records))
        score = ["score", "-i", "in.jsonl", "--with", "length,repetition,refusal,language", "-o"]
        written = ["--all", "--jsonl", "-f", "records", "-o"]
        p.sow(*score, "one", "-q")
        p.sow("export", "one", *written, "one.jsonl")
        rejects = p.sow("status", "one", "--json").stdout.split('"rejected"')[1:]
        for n in RANKS[1:]:
            said = p.mpirun(n, *score, "run/", "--log", "log")
            assert said[0] in p.bytes("log").decode()
            os.remove(p.path("log"))
            assert len(said) == 1 and "in.jsonl: %d records" % len(records) in said[0], said
            p.sow("export", "run", *written, "run.jsonl")
            assert p.bytes("run.jsonl") == p.bytes("one.jsonl"), n
            assert p.sow("status", "run", "--json").stdout.split('"rejected"')[1:] == rejects
            assert sorted(os.listdir(p.dir)) == ["in.jsonl", "one", "one.jsonl", "run", "run.jsonl"]
            if n == 3:
                said = p.mpirun(n, *score, "run", status=2)
                assert len(said) == 1 and "run: already exists; expected a new directory" in said[0], said
            shutil.rmtree(p.path("run"))
        p.write("few.jsonl", lines(records[:2]))
        said = p.mpirun(3, *["few.jsonl" if a == "in.jsonl" else a for a in score], "run", status=1)
        assert "few.jsonl has 2 records" in said[-1], said
        shutil.rmtree(p.path("run.work"))
        os.makedirs(p.path("run.work/mine"))
        p.mpirun(2, *score, "run")
        assert os.listdir(p.path("run.work")) == ["mine"]


def notices():
    """What one process says of its input, the first of several says once, of all."""
    with Place() as p:
        p.write("bytes.jsonl", b"".join(b'{"question": "a w%d b", "response": "x"}\n' % i if i % 50 != 7 else
                                        b'{"question": "a \xff%d", "response": "x"}\n' % i for i in range(200)))
        os.mkdir(p.path("in"))
        for name in "ab":
            p.write("in/%s.json" % name, json.dumps({"license": 1, "of " + name: 2, "data": [
                {"question": "%s %d" % (name, i)} for i in range(9)]}))
        p.write("blank.jsonl", "".join('\n{"%s": "a text %d"}\n' % ("question" if 800 <= i < 900 else "instruction", i)
                                       for i in range(1200)))  # what is told is of the first 1,000 records
        p.write("items.jsonl", [{"instruction": " ".join("w%d" % i for i in range(99))}])
        for command in ["dedup"], ["novel"], ["decontaminate", "--against", "items.jsonl"]:
            for name in ["bytes.jsonl", "in", "blank.jsonl"]:
                want = p.sow(command[0], name, *command[1:], "-o", "one.jsonl").stderr.splitlines()
                said = p.mpirun(3, command[0], name, *command[1:], "-o", "out")
                assert len(want) == 2 and [line for line in said if " to each other" not in line] == want, (want, said)
                shutil.rmtree(p.path("out"))


def refused():
    with Place() as p:
        p.write("in.jsonl", documents(50))
        os.mkdir(p.path("full"))
        p.write("full/file", "")
        for args, words in [
                (["score", "-i", "in.jsonl", "-o", "run", "--with", "ifd"], "--shard K/N and its own run, and join them"),
                (["respond", "-i", "in.jsonl", "-o", "run"], "where a teacher is asked"),
                (["score", "-i", "in.jsonl", "-o", "run", "--with", "length", "--shard", "1/2"], "--shard: under MPI"),
                (["score", "-i", "in.jsonl", "-o", "run", "--with", "length", "-n", "5"], "-n: under MPI all"),
                (["score", "-i", "-", "-o", "run", "--with", "length"], "- is standard input"),
                (["self-instruct", "-n", "1", "-o", "run"], "sow self-instruct: does not run under MPI yet"),
                (["dedup", "in.jsonl", "--method", "semantic", "-o", "out"], "semantic under MPI: expected --vectors FILE.npy"),
                (["dedup", "in.jsonl"], "standard output is one, and 2 processes write; give -o DIR"),
                (["dedup", "in.jsonl", "-o", "out.jsonl"], "out.jsonl: 2 processes write, a file each; expected a folder"),
                (["dedup", "in.jsonl", "-o", "out", "--explain", "./out/"], "out: expected two folders, for what is kept"),
                (["dedup", "-", "-o", "out"], "- is standard input, which one process reads"),
                (["convert", "in.jsonl", "-f", "alpaca", "-o", "out", "--shuffle"], "--shuffle needs all records in one process"),
                (["stats", "in.jsonl", "--structure"], "--structure parses a sample, which one process does"),
                (["convert", "in.jsonl", "-f", "axolotl", "-o", "out"], "axolotl has a file beside it"),
                (["dedup", "in.jsonl", "-o", "full"], "full: expected a folder that is new or empty")]:
            said = p.mpirun(2, *args, status=2)
            assert len(said) == 1 and words in said[0], said
        assert sorted(os.listdir(p.dir)) == ["full", "in.jsonl"]
        assert p.mpirun(2, "--version") == []
        other = p.command(1, "dedup", "in.jsonl", "-o", "out") + [":", "-n", "1", SOW, "dedup", "in.jsonl", "-o", "else"]
        done = subprocess.run(other, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, cwd=p.dir)
        assert done.returncode == 2 and "rank 1 is sow" in done.stderr and "with other options" in done.stderr, done
        assert sorted(os.listdir(p.dir)) == ["full", "in.jsonl"]


def one_process():
    """Many files and a folder of shards need no mpirun."""
    with Place() as p:
        records = documents(300)
        os.mkdir(p.path("in"))
        p.write("in/b.jsonl", lines(records[150:]))
        p.write("in/a.jsonl", lines(records[:150]))
        p.write("all.jsonl", lines(records))
        for args in [], NEAR:
            p.sow("dedup", "all.jsonl", *args, "-o", "want.jsonl")
            said = p.sow("dedup", "in", *args, "-o", "out/").stderr
            assert said.startswith("sow: in: kept "), said
            assert p.shards("out") == p.bytes("want.jsonl")
            said = p.sow("dedup", "in/a.jsonl", "in/b.jsonl", *args, "-o", "out.jsonl").stderr
            assert said.startswith("sow: 2 files: kept "), said
            assert p.bytes("out.jsonl") == p.bytes("want.jsonl")
            shutil.rmtree(p.path("out"))
        said = p.sow("dedup", "in/a.jsonl", "-", "-o", "out", status=2).stderr
        assert "- is standard input, and cannot be one of several" in said, said


CLEANING = [
    ("many files, one process", one_process),
    ("one file", one_file),
    ("by preference", by_preference),
    ("many files", many_files),
    ("a benchmark", benchmark),
    ("what is new", new_ones),
    ("where it fails", where_it_fails),
    ("what is refused", refused),
]
OTHERS = [
    ("what it means", meaning),
    ("other formats", other_formats),
    ("tables", tables),
    ("figures", figures),
    ("scores", scored),
    ("what is told of the input", notices),
]
SELECT = [
    ("the best", best),
    ("in order", in_order),
    ("centres", centres),
    ("facilities", facilities),
    ("walks", walks),
]

if __name__ == "__main__":
    sys.exit(tap.run({"others": OTHERS, "select": SELECT}.get("".join(sys.argv[3:]), CLEANING)))
