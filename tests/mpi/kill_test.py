#!/usr/bin/env python3
"""kill_test.py SOW yes|no [others]: a rank is killed at 20 moments, and the same command started again resumes
and writes the bytes of one process; what --resume insists on. TAP."""
import gzip
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mpi_test import Place, answered, documents, lines, tap  # noqa: E402

KILLS = 20
PATIENCE = 300  # seconds, of a busy machine
CLEANING = [["dedup"], ["dedup", "--method", "minhash", "--shingle", "1"], ["novel", "-t", "0.5"]]
NOVEL = 2
DECONTAMINATE = ["decontaminate", "--against", "items.jsonl", "--rule", "8-gram-share", "--rule", "13-gram"]
CONVERT = ["convert", "-f", "messages", "--skip-bad"]
SELECT = ["select", "--by", "n * words(instruction)", "--top", "30%"]


def names(path):
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def left(p):
    """What is there of the job's outputs."""
    return [name for name in names(p.dir) if name.startswith(("out", "why"))]


def checkpoints(p, *kinds):
    return sum(name.split("-")[0] in (kinds or ("decided", "written")) for name in names(p.path("out.work")))


# A moment is reached when this is true: of the job's folder and the number of ranks. The last ones are
# short, so that a job may end before it is killed.
MOMENTS = [
    lambda p, n: True,
    lambda p, n: True,
    lambda p, n: "command" in names(p.path("out.work")),
    lambda p, n: checkpoints(p) > 0,
    lambda p, n: checkpoints(p) >= n,
    lambda p, n: "index.json" in names(p.path("why.work/shards")) + names(p.path("out.work/shards")),
    lambda p, n: os.path.exists(p.path("why")) or os.path.exists(p.path("out")),
]


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as ids:
            return [int(i) for i in ids.read().split()]
    except OSError:
        return []


def stop_at(p, rng, n, args, moment):
    """Starts a job and kills one of its ranks. True if it was killed before its end."""
    env = dict(p.env, TMPDIR=p.dir)
    job = subprocess.Popen(p.command(n, *args), cwd=p.dir, env=env, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    late = rng.choice([0, 0, rng.random() * 0.3])
    while job.poll() is None and not (len(children(job.pid)) >= n and moment(p, n)):
        time.sleep(0.001)
    time.sleep(late)
    ranks = children(job.pid)
    if ranks and job.poll() is None:
        try:
            os.kill(rng.choice(ranks), signal.SIGKILL)
        except ProcessLookupError:
            pass
    return job.wait(timeout=PATIENCE) != 0


def whole(p, want, n, unpack=None):
    """The shards of each folder together are those bytes; and nothing else is left."""
    for name, text in want.items():
        assert p.shards(name, unpack) == text, name
        assert len(names(p.path(name))) == n + 1
    assert left(p) == sorted(want), names(p.dir)


def clear(p, want):
    for name in want:
        shutil.rmtree(p.path(name))


def killed():
    rng = random.Random(20)
    deaths = resumed = 0
    with Place() as p:
        p.write("in.jsonl", lines(documents(1500)))
        wants = []
        for command in CLEANING:
            p.sow(command[0], "in.jsonl", *command[1:], "-q", "-o", "one", "--explain", "one-why")
            wants.append({"out": p.bytes("one"), "why": p.bytes("one-why")})
        tries = list(itertools.product(MOMENTS, range(len(CLEANING))))[:KILLS]
        for moment, which in tries:
            n = rng.choice([2, 3])
            args = [CLEANING[which][0], "in.jsonl", *CLEANING[which][1:], "-o", "out/", "--explain", "why/"]
            died = stop_at(p, rng, n, args, moment)
            deaths += died
            if os.path.exists(p.path("out")):  # killed when it had done all
                p.mpirun(n, *args, status=2, timeout=PATIENCE)  # removes what it left
            else:
                assert died
                ready = checkpoints(p, "decided")
                said = p.mpirun(n, *args, timeout=PATIENCE)
                told = [line for line in said if "out.work: resuming: " in line and "decided" in line]
                resumed += len(told)
                assert len(told) == 1 or ready < n and (ready == 0 or which != NOVEL), (which, said)
            whole(p, wants[which], n)
            clear(p, wants[which])
    assert deaths >= KILLS // 2 and resumed >= 2, (deaths, resumed)
    return "%d died, %d resumed" % (deaths, resumed)


def make_input(p):
    """A file that one rank reads alone, and takes longer than the others."""
    records = documents(6000)
    os.mkdir(p.path("in"))
    p.write("in/a.jsonl.gz", gzip.compress(lines(records[:5000]).encode()))
    p.write("in/b.jsonl", lines(records[5000:]))
    p.write("items.jsonl", [{"instruction": r["instruction"]} for r in records[::100]])


def killed_others(command, folders, kind):
    """Of one command: `folders` are its options and what they name, `kind` its checkpoints."""
    rng = random.Random(21)
    deaths = resumed = 0
    with Place() as p:
        make_input(p)
        alone = [command[0], "in", *command[1:]]
        p.sow(*alone, "-q", *[a for option, name in folders for a in (option, "one-%s.jsonl" % name)])
        want = {name: p.bytes("one-%s.jsonl" % name) for _, name in folders}
        args = alone + [a for option, name in folders for a in (option, name + "/")]
        for i in range(KILLS):
            n = rng.choice([2, 3])
            died = stop_at(p, rng, n, args, MOMENTS[i % len(MOMENTS)])
            deaths += died
            if os.path.exists(p.path("out")):
                p.mpirun(n, *args, status=2, timeout=PATIENCE)
            else:
                assert died
                ready = checkpoints(p, kind)
                told = [line for line in p.mpirun(n, *args, timeout=PATIENCE) if "out.work: resuming: " in line]
                resumed += ready > 0
                if kind == "written" and ready:
                    assert len(told) == 1 and "%d of %d parts are written" % (ready, n) in told[0], (ready, told)
                else:
                    assert len(told) == (ready == n), (ready, told)
            whole(p, want, n, gzip.decompress)
            clear(p, want)
    assert deaths >= KILLS // 2 and resumed >= 2, (deaths, resumed)
    return "%d died, %d had something finished" % (deaths, resumed)


def killed_score():
    """The runs of the shards go on, and what is exported is that of one process."""
    rng = random.Random(23)
    moments = [lambda p, n: True, lambda p, n: any(names(p.path("out.work/%s" % k)) for k in names(p.path("out.work"))),
               lambda p, n: len([k for k in names(p.path("out.work")) if "run.db" in names(p.path("out.work/" + k))]) == n,
               lambda p, n: bool([name for name in left(p) if name.startswith("out.new")])]
    deaths = 0
    with Place() as p:
        p.write("in.jsonl", lines(answered(2000)))
        score = ["score", "-i", "in.jsonl", "--with", "length,repetition,language", "-q", "-o"]
        written = ["-q", "--jsonl", "-f", "records", "-o"]
        p.sow(*score, "one")
        p.sow("export", "one", *written, "one.jsonl")
        for i in range(KILLS):
            n = rng.choice([2, 3])
            deaths += stop_at(p, rng, n, [*score, "out"], moments[i % len(moments)])
            if not os.path.exists(p.path("out")):
                p.mpirun(n, *score, "out", timeout=PATIENCE)
            p.sow("export", "out", *written, "out.jsonl")
            assert p.bytes("out.jsonl") == p.bytes("one.jsonl")
            for name in left(p):
                (os.remove if name == "out.jsonl" else shutil.rmtree)(p.path(name))
    assert deaths >= KILLS // 2, deaths
    return "%d died" % deaths


def killed_stats():
    """stats keeps nothing, and leaves nothing."""
    rng = random.Random(22)
    deaths = 0
    with Place() as p:
        make_input(p)
        before, want = names(p.dir), p.sow("stats", "in", "--json").stdout
        for _ in range(KILLS):
            n = rng.choice([2, 3])
            deaths += stop_at(p, rng, n, ["stats", "in", "--json"], MOMENTS[0])
            assert p.printed(n, "stats", "in", "--json") == want
            assert [name for name in names(p.dir) if not name.startswith("ompi")] == before, names(p.dir)
    assert deaths >= KILLS // 2, deaths
    return "%d died" % deaths


class Stopped:
    """A job that can write all but cannot put its folder in place, so that it keeps its checkpoints: a link to
    nothing is no folder. Behind that the link is gone."""
    def __init__(self, p, n, args):
        os.symlink("nowhere", p.path("out"))
        self.said = p.mpirun(n, *args, status=1)
        os.remove(p.path("out"))
        assert left(p)[:1] == ["out.work"] and "why" not in left(p), left(p)
        assert any("what was decided stays in out.work" in line for line in self.said), self.said


def insists():
    """--resume goes on with the same job alone; without it another one takes its place, and says so."""
    with Place() as p:
        p.write("in.jsonl", lines(documents(600)))
        p.sow("dedup", "in.jsonl", "-q", "-o", "one", "--explain", "one-why")
        want = {"out": p.bytes("one"), "why": p.bytes("one-why")}
        args = ["dedup", "in.jsonl", "-o", "out/", "--explain", "why/"]
        said = p.mpirun(2, *args, "--resume", status=1)
        assert len(said) == 1 and "out.work: no job was stopped here" in said[0] and not left(p), said
        Stopped(p, 2, args)
        for n, more in [(3, []), (2, ["--method", "minhash"])]:
            said = p.mpirun(n, *args, *more, "--resume", status=1)
            assert len(said) == 1 and "out.work: --resume: the job that was stopped here is another" in said[0], said
        said = p.mpirun(2, *args, "--resume")
        assert [line.split("resuming: ")[1] for line in said if "resuming" in line] == \
            ["every record is decided", "2 of 2 parts are written"], said
        whole(p, want, 2)
        clear(p, want)
        Stopped(p, 2, args)
        said = p.mpirun(3, *args)
        assert "out.work: another job was stopped here" in said[0], said
        assert not [line for line in said if "resuming" in line], said
        whole(p, want, 3)
        clear(p, want)
        said = p.sow(*args, "--resume", status=2).stderr
        assert "--resume: one process has nothing to go on with" in said and not left(p), said


def unfinished():
    """A shard that is not as its checkpoint knows it is written again, the others stay; what is told is the same."""
    with Place() as p:
        records = documents(900)
        os.mkdir(p.path("in"))
        p.write("in/a.jsonl", lines(records[:300]) + "{broken\n" + lines(records[300:500]))
        p.write("in/b.jsonl", lines(records[500:]) + "{broken\n")
        p.write("items.jsonl", [{"instruction": r["instruction"]} for r in records[::40]])
        for command in [DECONTAMINATE + ["--skip-bad", "--explain", "why/"], ["dedup", "--skip-bad"],
                        CONVERT + ["--only-fields", "id"], ["convert", "-f", "completion", "--skip-bad"]]:
            args = [command[0], "in", *command[1:], "-o", "out/"]
            want = p.mpirun(3, *args)
            files = {name: p.bytes(name) for name in shards_of(p)}
            for name in left(p):
                shutil.rmtree(p.path(name))
            Stopped(p, 3, args)
            with open(p.path("out.work/shards/part-00001.jsonl"), "ab") as shard:
                shard.write(b"{}\n")
            said = p.mpirun(3, *args)
            told = [line for line in said if "out.work: resuming: " in line and "parts are written" in line]
            assert len(told) == 1 and "2 of 3 parts" in told[0], said
            said, want = ([line for line in text if "resuming" not in line and "to each other" not in line]
                          for text in (said, want))
            assert said == want, (said, want)
            assert {name: p.bytes(name) for name in shards_of(p)} == files
            for name in left(p):
                shutil.rmtree(p.path(name))


def shards_of(p):
    return [os.path.join(folder, name) for folder in left(p) for name in names(p.path(folder)) if name != "index.json"]


def columns():
    """A table's shards have the columns of all records, also of those that were written before."""
    with Place() as p:
        records = [{"instruction": "text %d" % i, "n": i} for i in range(300)]
        records[290]["late"] = True
        p.write("in.jsonl", lines(records))
        p.sow("convert", "in.jsonl", "-f", "records", "-o", "one.csv")
        head, _, rows = p.bytes("one.csv").partition(b"\n")
        args = ["convert", "in.jsonl", "-f", "records", "-o", "out.csv/"]
        os.symlink("nowhere", p.path("out.csv"))
        p.mpirun(3, *args, status=1)
        os.remove(p.path("out.csv"))
        with open(p.path("out.csv.work/shards/part-00000.csv"), "ab") as shard:
            shard.write(b"\n")
        said = p.mpirun(3, *args)
        assert any("2 of 3 parts are written" in line for line in said), said
        parts = [p.bytes("out.csv/part-%05d.csv" % k).partition(b"\n") for k in range(3)]
        assert {part[0] for part in parts} == {head} and b"late" in head
        assert b"".join(part[2] for part in parts) == rows


def in_order():
    """A choice whose order is written is not kept: killed, it is made again."""
    rng = random.Random(21)
    args = ["select", "in.jsonl", "--pick", "facility", "--top", "200", "--vector", "v", "--parts", "6", "--ranked"]
    with Place() as p:
        p.write("in.jsonl", lines([{"instruction": "text %d" % i, "v": [round(rng.gauss(0, 1), 3) for _ in range(40)]}
                                   for i in range(3000)]))
        p.sow(*args, "-q", "-o", "one.jsonl", "--explain", "one-why")
        want = {"out": p.bytes("one.jsonl"), "why": p.bytes("one-why")}
        args += ["-o", "out/", "--explain", "why/"]
        for _ in range(KILLS):  # a job that ends before it is killed is started again
            died = stop_at(p, rng, 3, args, MOMENTS[2])
            if died and not os.path.exists(p.path("out")):
                break
            clear(p, want)
        assert died and "out.work" in names(p.dir), names(p.dir)
        assert not [line for line in p.mpirun(2, *args, timeout=PATIENCE) if "resuming: the choice" in line]
        whole(p, want, 2)
        assert left(p) == ["out", "why"], left(p)


def kills(command, kind, why=False):
    folders = [("-o", "out")] + [("--explain", "why")] * why
    return ("%s, killed at %d moments" % (command[0], KILLS), lambda: killed_others(command, folders, kind))


CLEANED = [
    ("what --resume insists on", insists),
    ("a rank is killed at %d moments" % KILLS, killed),
]
OTHERS = [
    ("what is not whole is written again", unfinished),
    ("columns of a table", columns),
    kills(DECONTAMINATE, "written", why=True),
    kills(CONVERT, "written"),
    kills(SELECT, "decided"),
    ("a choice in order is made again", in_order),
    ("score, killed at %d moments" % KILLS, killed_score),
    ("stats, killed at %d moments" % KILLS, killed_stats),
]

sys.exit(tap.run(OTHERS if sys.argv[3:] == ["others"] else CLEANED))
