#!/usr/bin/env python3
"""choice_test.py SOW: select as a step of recipes. It takes what sow select takes of the records that the
step before made, in one recipe or of a run, whatever picks; chooses again where there are more, and refuses
where that would take back what is in use. TAP."""
import contextlib
import json
import os
import sqlite3
import sys

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers", "review"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from folder import SOW, Folder  # noqa: E402,F401
from mock import Mock  # noqa: E402
from serving import Serving  # noqa: E402

TASKS = 40
# steps behind the first two, each with what sow select is told
PICKS = [
    ("top: 10, by: length", ["--top", "10", "--by", "length"]),
    ("top: 25%, by: 'novelty * length', ranked: true", ["--top", "25%", "--by", "novelty * length", "--ranked"]),
    ("where: 'length > 15 and refusal == 0'", ["--where", "length > 15 and refusal == 0"]),
    ("top: 9, pick: random", ["--top", "9", "--pick", "random"]),
    ("top: 9, pick: longest, balance: refusal, where: length > 9",
     ["--top", "9", "--pick", "longest", "--balance", "refusal", "--where", "length > 9"]),
    ("top: 12, pick: kcenter, ranked: true", ["--top", "12", "--pick", "kcenter", "--ranked"]),
    ("top: 12, pick: facility, where: length > 15", ["--top", "12", "--pick", "facility", "--where", "length > 15"]),
    ("pick: deita, by: length, threshold: 0.3", ["--pick", "deita", "--by", "length", "--threshold", "0.3"]),
    ("top: 5, pick: dpp", ["--top", "5", "--pick", "dpp"]),
    ("pick: cluster, by: length, overall: 3, each: 2, clusters: 4",
     ["--pick", "cluster", "--by", "length", "--overall", "3", "--each", "2", "--clusters", "4"]),
]


class Place(Folder):
    def __init__(self, server):
        super().__init__()
        self.server = server

    def recipe(self, name, *steps, n=TASKS, more=""):
        self.write(name, "seed: 7\nno-cache: true\n%steachers:\n  writer: {teacher: '%s', model: m}\n"
                   "  embedder: {teacher: '%s', model: e}\nsteps:\n%s" % (
                       more, self.server.url, self.server.url,
                       "".join("  - {%s}\n" % step.replace("N", str(n)) for step in steps)))
        return name

    def grow(self, run, *steps, status=0, **options):
        return self.sow("run", self.recipe(run + ".yaml", *steps, **options), "-q", "-o", run, status=status)

    def exported(self, run):
        return self.sow("export", run, "-f", "records", "--jsonl", "-o", "-").stdout

    def selected(self, run, args):
        return self.sow("select", run, *args, "-q", "--seed", "7", "--jsonl", "-o", "-").stdout


GROW = "method: self-instruct, n: N"
SCORE = "method: score, with: [length, refusal, novelty, embed]"


def as_sow_select():
    """Whichever picks."""
    with Mock() as server, Place(server) as p:
        p.grow("grown", GROW)
        p.write("grown.jsonl", p.exported("grown"))
        score = SCORE + ", input: grown.jsonl"
        p.grow("scored", score)
        for number, (step, args) in enumerate(PICKS):
            run, wanted = "run-%d" % number, p.selected("scored", args)
            assert wanted.count("\n") in range(1, TASKS), (step, wanted)
            p.grow(run, score, "method: select, " + step)
            assert p.exported(run) == wanted, step
            p.sow("run", run + ".yaml", "-q", "-o", run)
            assert p.exported(run) == wanted, step
        p.grow("whole", GROW, SCORE, "method: select, " + step)
        assert p.exported("whole") == wanted, step
        # and the run has the vectors of the chosen
        with_vectors = ["--pick", "kcenter", "--top", "3"]
        p.write("whole.jsonl", wanted)
        p.grow("again", SCORE.replace("refusal, novelty, ", "") + ", input: whole.jsonl, replace: true")
        assert p.selected("whole", with_vectors).count("\n") == 3
        assert open(p.path("whole/embed.npy"), "rb").read() == open(p.path("again/embed.npy"), "rb").read()


def targets():
    """Records with vectors of their own, towards others: their file is part of what the run is."""
    with Mock() as server, Place(server) as p:
        p.write("in.jsonl", [{"instruction": "Ask %d" % i, "output": "x", "v": [i % 7, i % 5, 1], "id": "r%d" % (i // 2)}
                             for i in range(30)])
        p.write("to.jsonl", [{"v": [6, 4, 1], "kind": "a"}, {"v": [0, 1, 1], "kind": "b"}, {"v": [1, 0, 1], "kind": "b"}])
        p.grow("run", "method: select, input: in.jsonl, pick: rds, vector: v, towards: to.jsonl, task: kind, top: 6, "
               "ranked: true")
        wanted = p.selected("in.jsonl", ["--pick", "rds", "--vector", "v", "--towards", "to.jsonl", "--task", "kind",
                                         "--top", "6", "--ranked"])
        # a record's id is the run's then; two of the file have the same
        def strip(text):
            return [{k: v for k, v in json.loads(line).items() if k != "id"} for line in text.splitlines()]
        assert strip(p.exported("run")) == strip(wanted) and wanted.count("\n") == 6
        p.write("to.jsonl", [{"v": [6, 4, 2], "kind": "a"}])
        done = p.sow("run", "run.yaml", "-q", "-o", "run", status=1)
        assert "towards: " in done.stderr and "(with other contents)" in done.stderr, done.stderr


def left_out():
    """Each with its reason, its score, and what it is near to."""
    with Mock() as server, Place(server) as p:
        p.write("in.jsonl", [{"id": "a", "instruction": "A", "output": "x", "s": 3, "v": [1, 0]},
                             {"id": "b", "instruction": "B", "output": "x", "s": 2, "v": [1, 0.1]},
                             {"id": "c", "instruction": "C", "output": "x", "v": [0, 1]},
                             {"id": "d", "instruction": "D", "output": "x", "s": 1.5, "v": [-1, 0]},
                             {"id": "e", "instruction": "E", "output": "x", "s": 0, "v": [-1, 1]},
                             {"id": "f", "instruction": "F", "output": "x", "s": 1, "v": [0, -1]}])
        p.grow("run", "method: select, input: in.jsonl, where: s != 0, by: s, pick: deita, vector: v, top: 2")
        assert [r["instruction"] for r in p.records("run")] == ["A", "D"]
        near = p.rejects("run", "ticket, rule, text, detail, near, round(score, 3)")
        assert near == [(2, "too-near", "B", "score 2", "a", 0.995),
                        (3, "no-score", "C", "no number in the field 's'", None, None),
                        (5, "not-where", "E", "score 0", None, None),
                        (6, "low-rank", "F", "score 1", None, None)], near
        status = json.loads(p.sow("status", "run", "--json").stdout)
        assert status["rejects"] == {"too-near": 1, "no-score": 1, "low-rank": 1, "not-where": 1}, status["rejects"]
        assert status["done"] and status["counts"]["replies"] == 0
        p.sow("report", "run", "-o", "report.html")
        assert "too-near" in p.read("report.html")
        assert "too similar" in p.sow("view", "run", "task_2_1").stdout


def goes_on():
    """What follows works on the chosen alone, in the order of the choice."""
    with Mock() as server, Place(server) as p:
        p.grow("scored", GROW, SCORE)
        p.grow("run", GROW, SCORE, "method: select, by: length, top: 6, ranked: true",
               "method: map, prompt: '{{instruction}}', into: more")
        wanted = [json.loads(line) for line in
                  p.selected("scored", ["--by", "length", "--top", "6", "--ranked"]).splitlines()]
        records = p.records("run")
        assert all(r.pop("more") for r in records) and records == wanted
        assert json.loads(p.sow("status", "run", "--json").stdout)["steps"][3]["counts"]["replies"] == 6


def chooses_again():
    """With a larger n, as a run of that n from the start; each record keeps its id."""
    step = "method: select, pick: kcenter, top: 40%"
    with Mock() as server, Place(server) as p:
        p.grow("run", GROW, SCORE, step, n=20)
        few = p.exported("run")
        p.sow("run", "run.yaml", "-q", "-o", "run")
        assert p.exported("run") == few and few.count("\n") == 8
        p.grow("run", GROW, SCORE, step, n=TASKS)
        p.grow("fresh", GROW, SCORE, step, n=TASKS)
        assert p.exported("run") == p.exported("fresh") != few
        assert p.rejects("run", "step, ticket, rule, near, score") == p.rejects("fresh", "step, ticket, rule, near, score")
        p.grow("run", GROW, SCORE, step, n=10)  # nothing is taken away
        assert p.exported("run") == p.exported("fresh")


def is_refused():
    """Where what is chosen is in use, or has its order; before anything more is asked."""
    with Mock() as server, Place(server) as p:
        chosen = (GROW, SCORE, "method: select, by: length, top: 5", "method: map, prompt: '{{instruction}}', into: more")
        ranked = (GROW, SCORE, "method: select, by: length, top: 5, ranked: true")


        def replies(run):
            return [s["counts"]["replies"] for s in json.loads(p.sow("status", run, "--json").stdout)["steps"]]
        for steps, why in (chosen, "the step after it works on its choice"), (ranked, "has ranked them already"):
            p.grow("run", *steps, n=15)
            before, asked = p.exported("run"), replies("run")
            done = p.grow("run", *steps, n=16, status=1)
            assert why in done.stderr and done.stderr.count("\n") == 1, done.stderr
            p.grow("run", *steps, n=15)
            p.grow("run", *steps, n=14)
            assert p.exported("run") == before and replies("run") == asked
            os.rename(p.path("run"), p.path("run-" + why[:3]))


def asked_again():
    """What the step before refused may come later, in between: it is chosen from as well."""
    step = "method: select, by: length, top: 50%"

    def scored():
        return json.loads(p.sow("status", "run", "--json").stdout)["steps"][0]["counts"]
    with Mock("--fault", "filter=0.5") as server, Place(server) as p, Mock() as writer:
        p.server = writer
        p.grow("few", GROW, n=20)
        p.server = server
        p.write("few.jsonl", p.exported("few"))
        p.grow("run", "method: score, input: few.jsonl, with: [length, embed]", step)
        first, tries = scored(), 0
        assert 0 < first["failed"] < 20, first
        while scored()["failed"] and tries < 40:
            tries += 1
            p.sow("retry", "run", "-q")
        assert scored()["finished"] == 20
        kept = [r["instruction"] for r in p.records("run")]
        p.sow("score", "-i", "few", "--with", "length", "-q", "-o", "all")
        wanted = [json.loads(line)["instruction"] for line in
                  p.selected("all", ["--by", "length", "--top", "50%"]).splitlines()]
        assert sorted(kept) == sorted(wanted), (kept, wanted)


def stands():
    """A choice that is in use stays what it is, whatever is asked again before it."""
    with Mock("--fault", "filter=0.5") as server, Place(server) as p:
        p.write("in.jsonl", [{"instruction": "Ask %d" % i, "output": "word " * i} for i in range(30)])
        steps = ("method: score, input: in.jsonl, with: [length, embed]", "method: select, by: length, top: 50%")
        for run, last in ("followed", ["method: score, with: refusal"]), ("ranked", []):
            p.grow(run, steps[0], steps[1] + ("" if last else ", ranked: true"), *last)
            before, told = p.exported(run), ""
            for _ in range(3):
                told += p.sow("retry", run, "-q").stderr
            assert p.exported(run) == before
            assert "step 2 (select): " in told and "came after it had chosen, and are left out" in told, told


def misfits():
    """Said by check, and before a run begins."""
    cases = [
        (2, "method: select", "expected --top or --where"),
        (2, "method: select, top: 5", "--top: by what?"),
        (2, "method: select, top: many, by: length", "--top: expected a whole number"),
        (2, "method: select, top: 5, by: 'length +'", "--by"),
        (2, "method: select, pick: kcenter, top: 5", "this pick wants vectors"),
        (2, "method: select, top: 5, pick: random, vector: v", "--vector is for picks that compare vectors"),
        (2, "method: select, pick: rds, top: 5, vector: v", "expected --towards FILE"),
        (1, "method: select, top: 5, pick: random, temperature: 1", "temperature"),
    ]
    with Mock() as server, Place(server) as p:
        for status, step, why in cases:
            name = p.recipe("bad.yaml", GROW, "method: score, with: length", step)
            done = p.sow("check", name, status=1)
            assert why in done.stdout and "bad.yaml:9:" in done.stdout, (step, done.stdout)
            p.sow("run", name, "-o", "run", status=status)
            assert not os.path.exists(p.path("run"))
        p.write("in.jsonl", [{"instruction": "Ask", "output": str(i)} for i in range(9)])
        name = p.recipe("shard.yaml", "method: score, input: in.jsonl, with: length", "method: select, by: length, top: 3")
        done = p.sow("run", name, "--shard", "1/2", "-o", "run", status=2)
        assert "the best of each shard are not the best of all" in done.stderr, done.stderr
        p.sow("select-it", status=2)
        done = p.sow("init", "--method", "select", "-", status=2)
        assert "not 'select'" in done.stderr, done.stderr


def batches_and_replays():
    """The same records where requests go in batches, and out of what a run has recorded."""
    steps = "".join("  - {%s}\n" % step for step in (GROW.replace("N", str(TASKS)), SCORE,
                                                     "method: select, pick: kcenter, top: 40%"))

    def grow(run, writer, embedder):
        p.write(run + ".yaml", "seed: 7\nno-cache: true\nteachers:\n  writer: {%s}\n  embedder: {%s}\nsteps:\n"
                % (writer, embedder) + steps)
        p.sow("run", run + ".yaml", "-q", "-o", run)
        return p.exported(run), p.rejects(run, "step, ticket, rule, near, score")
    with Mock() as server, Place(server) as p:
        by_m = "teacher: '%s', model: m" % server.url
        wanted = grow("run", by_m, by_m)
        assert wanted[0].count("\n") == 16
        assert grow("again", "teacher: replay:run", "teacher: replay:run") == wanted
        assert grow("batch", by_m + ", batch: yes, batch-size: 16", by_m) == wanted


def reviewed():
    """What was left out is shown with its reason; a verdict on what was chosen holds when it is chosen again."""
    steps = (GROW, SCORE, "method: select, by: length, top: 50%")
    with Mock() as server, Place(server) as p:
        p.grow("run", *steps, n=20)
        chosen = p.records("run")
        with Serving(SOW, p.path("run"), "--by", "ada", "--no-open") as s:
            s.wait()
            rules = {r["name"]: r["count"] for r in s.ask("info")["rules"]}
            assert rules["low-rank"] == 10, rules
            left = s.ask("list", rule="low-rank", **{"from": 0, "count": 20})["items"]
            assert len(left) == 10, left
            listed = s.ask("list", rule="", **{"from": 0, "count": 20})["items"]
            assert len(listed) == 10
            s.ask("verdict", i=listed[0]["i"], verdict="drop")
        assert p.records("run") == chosen[1:]
        p.grow("run", *steps, n=TASKS)
        p.grow("fresh", *steps, n=TASKS)
        assert p.records("run") == [r for r in p.records("fresh") if r["instruction"] != chosen[0]["instruction"]]


def damaged():
    """A run whose step before has lost what was chosen from."""
    with Mock() as server, Place(server) as p:
        p.write("in.jsonl", [{"instruction": "Ask %d" % i, "output": "word " * i} for i in range(1, 31)])
        steps = ("method: score, input: in.jsonl, with: length", "method: select, by: length, top: 50%")
        p.grow("run", *steps)
        with contextlib.closing(sqlite3.connect(p.path("run/run.db"))) as db, db:
            db.execute("DELETE FROM unit WHERE step = 1 AND ticket < 20")
        done = p.grow("run", *steps, status=1)
        assert "damaged: step 2 (select) has begun 30 records, of 11" in done.stderr, done.stderr


def none():
    """Nothing is chosen: said, and the status is not 0."""
    with Mock() as server, Place(server) as p:
        p.write("in.jsonl", [{"instruction": "Ask", "output": str(i)} for i in range(9)])
        done = p.grow("run", "method: select, input: in.jsonl, where: output == 'x'", status=3)
        assert "none of the 9 inputs was chosen" in done.stderr, done.stderr


def planned():
    """A forecast says how many go on, and asks for what follows of so many."""
    with Mock() as server, Place(server) as p:
        follow = "method: map, prompt: '{{instruction}}', into: more"
        for step, most in (("top: 10%, by: length", 40), ("top: 30, by: length, where: length > 9000", 30),
                           ("where: length > 9000", 400), ("pick: cluster, by: length, overall: 50, each: 2, clusters: 5", 60)):
            name = p.recipe("plan.yaml", GROW, SCORE, "method: select, " + step, follow, n=400)
            plan = json.loads(p.sow("plan", name, "--json").stdout)
            assert len(plan["choices"]) == 1 and plan["choices"][0]["step"] == 3, plan["choices"]
            asked = [s for s in plan["stages"] if s["step"] == 4]
            of = plan["choices"][0]["of"] / 400  # of the rehearsal's tasks a few fail
            assert abs(plan["choices"][0]["most"] - most) <= most * abs(1 - of) + 1, (step, plan["choices"])
            assert abs(asked[0]["requests"] - plan["choices"][0]["most"]) < 1, (step, asked)
            assert not [s for s in plan["stages"] if s["step"] == 3]
        assert "go on" in p.sow("plan", name).stdout


TESTS = [("as sow select", as_sow_select), ("towards targets", targets), ("what is left out", left_out),
         ("what follows", goes_on), ("a larger n chooses again", chooses_again), ("refused", is_refused),
         ("asked again", asked_again), ("stands", stands), ("misfits", misfits), ("batches and replays", batches_and_replays),
         ("reviewed", reviewed), ("damaged", damaged), ("none", none), ("planned", planned)]
sys.exit(tap.run(TESTS))
