#!/usr/bin/env python3
"""merge_test.py SOW: --shard K/N of an input, and sow merge.

The merged run of all shards is, byte for byte in what is exported, the run over the whole input, whatever
happened to a shard; it is retried, replayed and reviewed as one. What does not belong together is refused,
and nothing is written then. TAP; the seed of the random moments can be given in SEED.
"""
import json
import os
import random
import re
import sqlite3
import sys

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from fake import Fake, asked, err, ok  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402
from mock import Mock  # noqa: E402

random.seed(int(os.environ.get("SEED", "1")))
TASKS = [{"instruction": "Explain concept number %d in detail, please." % i, "number": i} for i in range(31)]


class Place(Folder):
    def run(self, url, name, *args, status=0):
        return self.sow(*args, "--teacher", url, "--model", "m", "--no-cache", "-q", "-o", name, status=status)

    def shards(self, url, name, count, *args):
        names = ["%s-%d" % (name, k + 1) for k in range(count)]
        for k, one in enumerate(names):
            self.run(url, one, *args, "--shard", "%d/%d" % (k + 1, count))
        return names

    def merge(self, names, to, status=0):
        return self.sow("merge", *names, "-o", to, status=status).stderr

    def export(self, run):
        return self.sow("export", run, "-f", "records", "--jsonl", "-o", "-").stdout

    def counts(self, run):
        said = json.loads(self.sow("status", run, "--json").stdout)
        assert said["done"], said
        return [step["counts"] for step in said["steps"]]

    def prompts(self, run):
        """Of each place the prompt as it was sent: with the texts of its parts."""
        with sqlite3.connect(os.path.join(self.path(run), "run.db")) as db:
            parts = dict(db.execute("SELECT id, text FROM part"))
            made = {}
            for *place, prompt in db.execute("SELECT step, ticket, item, stage, sample, prompt FROM reply"):
                turns = json.loads(prompt)
                for turn in turns:
                    for name in ("part", "schema"):
                        if name in turn:
                            turn[name] = parts[turn[name]]
                made[tuple(place)] = turns
            return made


METHODS = {
    "respond": ["respond", "-i", "in.jsonl"],
    "evol": ["evol", "-i", "in.jsonl", "--rounds", "2"],
    "persona": ["persona", "-i", "in.jsonl"],
    "map": ["map", "-i", "in.jsonl", "-p", "Say something about {{instruction}}", "--into", "said",
            "--schema", "schema.json"],
    "score": ["score", "-i", "answered.jsonl", "--with", "length,difficulty"],
}


def same_as_the_whole():
    with Place() as p, Mock() as mock:
        p.write("in.jsonl", TASKS)
        p.write("answered.jsonl", [dict(t, output="Answer %d. " % i * (1 + i % 3)) for i, t in enumerate(TASKS)])
        p.write("schema.json", json.dumps({"type": "object", "properties": {"text": {"type": "string"}},
                                           "required": ["text"]}))
        for name, args in METHODS.items():
            p.run(mock.url, name, *args)
            names = p.shards(mock.url, name, 3, *args)
            assert [p.counts(n)[0]["inputs_begun"] for n in names] == [11, 10, 10], name
            said = p.merge(random.sample(names, 3), name + "-all")
            assert "a run of 3 shards" in said, said
            assert p.export(name + "-all") == p.export(name), name
            whole, merged = p.counts(name)[0], p.counts(name + "-all")[0]
            for what in ("inputs", "inputs_begun", "finished", "failed", "replies", "attempts", "completion_tokens"):
                assert whole[what] == merged[what], (name, what, whole, merged)
            assert p.prompts(name + "-all") == p.prompts(name), name
            columns = "step, ticket, item, stage, rule, text, detail"
            assert sorted(p.rejects(name + "-all", columns)) == sorted(p.rejects(name, columns)), name
        # of the first few records, by paths with what means something in the name of a database
        few = p.shards(mock.url, "few?a=1#%41", 2, *METHODS["respond"], "-n", "3")
        p.merge([p.path(n) for n in few], "few")
        assert [r["number"] for r in p.records("few")] == list(range(6))
        p.run(mock.url, "few", *METHODS["respond"])
        assert p.export("few") == p.export("respond")
        # looked at, and resumed as one by the command without a shard
        p.sow("report", "evol-all", "-o", "report.html")
        said = p.run(mock.url, "respond-all", *METHODS["respond"]).stderr
        assert p.export("respond-all") == p.export("respond"), said


def parts_by_other_ids():
    """What requests share is numbered as it comes, which differs from shard to shard."""
    with Place() as p, Mock() as mock:
        p.write("in.jsonl", TASKS)
        names = p.shards(mock.url, "run", 2, *METHODS["evol"])
        sent = [p.prompts(n) for n in names]
        with sqlite3.connect(os.path.join(p.path(names[1]), "run.db")) as db:
            most = db.execute("SELECT max(id) FROM part").fetchone()[0]
            assert most > 1
            # 1 to n becomes n + 1 down to 2
            db.execute("UPDATE part SET id = -id")
            db.execute("UPDATE part SET id = ? + id", (most + 2,))
            for place, prompt in db.execute("SELECT id, prompt FROM reply").fetchall():
                other = re.sub(r'"(part|schema)":(\d+)',
                               lambda m: '"%s":%d' % (m[1], most + 2 - int(m[2])), prompt)
                db.execute("UPDATE reply SET prompt = ? WHERE id = ?", (other, place))
        assert p.prompts(names[1]) == sent[1]
        p.merge(names, "all")
        assert p.prompts("all") == {**sent[0], **sent[1]}


def killed_at_any_moment():
    with Place() as p, Mock() as mock:
        p.write("in.jsonl", TASKS)
        p.run(mock.url, "whole", *METHODS["evol"])
        names = p.shards(mock.url, "run", 2, *METHODS["evol"])
        args = [*METHODS["evol"], "--teacher", mock.url, "--model", "m", "--no-cache", "-q", "--shard", "2/2"]
        args[2] = p.path("in.jsonl")

        def check():
            names[1] = p.path("killed")
            p.merge(names, "all")
            assert p.export("all") == p.export("whole")
            os.rename(p.path("all"), p.path("all%d" % random.randrange(10 ** 9)))

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), 6, 0.3, check)


def refused_and_retried():
    strict = [True]

    def answer(n, path, headers, body):
        number = int(re.search(r"number (\d+)", asked(body))[1])
        if strict[0] and number % 5 == 0:
            return err(400, {"error": {"message": "not this", "code": "content_filter"}})
        return ok("Answer %d." % number)

    with Place() as p, Fake(answer) as server:
        p.write("in.jsonl", TASKS)
        names = p.shards(server.url, "run", 4, *METHODS["respond"])
        said = p.merge(names, "all")
        assert len(p.records("all")) == 24, said
        strict[0] = False
        p.run(server.url, "whole", *METHODS["respond"])
        asked_before = len(server.requests)
        p.sow("retry", "all", "-q")
        assert len(server.requests) == asked_before + 7 and p.export("all") == p.export("whole")


def what_does_not_belong_together():
    with Place() as p, Mock() as mock:
        p.write("in.jsonl", TASKS)
        p.write("other.jsonl", TASKS[:-1])
        names = p.shards(mock.url, "run", 3, *METHODS["respond"])
        p.run(mock.url, "warm", *METHODS["respond"], "--temperature", "0.3", "--shard", "3/3")
        p.run(mock.url, "other", "respond", "-i", "other.jsonl", "--shard", "3/3")
        p.run(mock.url, "whole", *METHODS["respond"])
        p.run(mock.url, "quarter", *METHODS["respond"], "--shard", "3/4")
        p.run(mock.url, "half", *METHODS["respond"], "--shard", "3/3", "--max-requests", "4", status=3)
        p.run(mock.url, "short", *METHODS["respond"], "--shard", "3/3", "-n", "4")
        for runs, words in (([names[0], names[1], "short"], "short: worked on 4 records, and run-1 on 11"),
                            ([names[0], names[1], "warm"], "temperature"),
                            ([names[0], names[1], "other"], "input: in.jsonl"),
                            ([names[0], names[1], "whole"], "not a shard"),
                            ([names[0], names[1], "quarter"], "shard 3/4"),
                            (names[:2], "shard 1/3, and there are 2 runs"),
                            ([names[0], names[1], names[1]], "shard 2/3, as run-2 is"),
                            ([names[0], names[1], "half"], "not done"),
                            ([names[0], names[1], "missing"], "missing")):
            said = p.merge(runs, "all", status=1)
            assert words in said and said.count("\n") == 1, said
            assert not [n for n in os.listdir(p.dir) if n.startswith("all")], os.listdir(p.dir)
        said = p.merge(names, "whole", status=2)
        assert "already exists" in said, said
        # a shard is what it was begun as
        said = p.run(mock.url, names[0], *METHODS["respond"], status=1).stderr
        assert "shard: 1/3 there, none here" in said, said
        said = p.run(mock.url, "whole", *METHODS["respond"], "--shard", "1/3", status=1).stderr
        assert "shard: none there, 1/3 here" in said, said
        for bad in ("0/3", "4/3", "3", "1/3/5", "a/b", "-1/3", "1/0", "99999999999999999999/99999999999999999999"):
            said = p.run(mock.url, "bad", *METHODS["respond"], "--shard", bad, status=2).stderr
            assert "expected K/N" in said and not os.path.exists(p.path("bad")), said
        said = p.run(mock.url, "bad", *METHODS["respond"], "--shard", "40/50", status=1).stderr
        assert "has 31 records" in said and not os.path.exists(p.path("bad")), said
        said = p.run(mock.url, "bad", "score", "-i", "in.jsonl", "--with", "novelty", "--shard", "1/2", status=2).stderr
        assert "--with novelty" in said and not os.path.exists(p.path("bad")), said
        said = p.run(mock.url, "bad", "self-instruct", "--shard", "1/2", status=2).stderr
        assert "--shard" in said and not os.path.exists(p.path("bad")), said


def steps_and_documents():
    """Of several steps the later ones come in another order; of documents the chunks are shared out."""
    with Place() as p, Mock() as mock:
        p.write("in.jsonl", TASKS)
        p.write("recipe.yaml", """
teachers:
  writer: {teacher: "%s", model: m}
no-cache: yes
steps:
  - method: evol
    input: in.jsonl
    rounds: 2
  - method: grade
    rubric: honesty
""" % mock.url)
        p.sow("run", "recipe.yaml", "-q", "-o", "whole")
        for k in "12":
            p.sow("run", "recipe.yaml", "-q", "-o", "run-" + k, "--shard", k + "/2")
        p.merge(["run-1", "run-2"], "all")
        plain = [sorted(json.dumps({k: v for k, v in r.items() if k != "lineage"}, sort_keys=True)
                        for r in p.records(run)) for run in ("whole", "all")]
        assert plain[0] == plain[1] and len(plain[0]) > 31
        whole, merged = p.counts("whole"), p.counts("all")
        assert [c["finished"] for c in whole] == [c["finished"] for c in merged]
        os.mkdir(p.path("docs"))
        for i in range(5):
            p.write("docs/%d.md" % i, "".join("# Part %d\n\n%s\n\n" % (k, "The river %d-%d is long. " % (i, k) * 30)
                                              for k in range(4)))
        names = p.shards(mock.url, "ask", 3, "ask", "--documents", "docs", "--chunk", "100")
        p.merge(names, "asked")
        lines = [line for n in names for line in p.export(n).splitlines()]
        assert sorted(p.export("asked").splitlines()) == sorted(lines) and lines


def what_comes_along():
    """Verdicts of a review; batches; what a replay answers."""
    with Place() as p, Mock() as mock:
        p.write("in.jsonl", TASKS)
        names = p.shards(mock.url, "run", 2, *METHODS["respond"])
        p.run(mock.url, "whole", *METHODS["respond"])
        for name, task in zip(names, ("task_1_1", "task_2_1")):
            p.write(name + "/review.jsonl", [{"at": 1, "by": "ada", "record": task, "key": task, "verdict": "drop"}])
            assert len(p.records(name)) == {1: 15, 2: 14}[int(task[5])]
        p.merge(names, "all/")
        assert p.read("all/review.jsonl").count("\n") == 2
        assert [r["number"] for r in p.records("all")] == list(range(2, 31))
        p.sow("respond", "-i", "in.jsonl", "--teacher", "replay:all", "--no-cache", "-q", "-o", "again")
        assert p.export("again") == p.export("whole")
        names = p.shards(mock.url, "batch", 2, *METHODS["respond"], "--batch")
        p.merge(names, "batches")
        assert p.export("batches") == p.export("whole")
        with sqlite3.connect(os.path.join(p.path("batches"), "run.db")) as db:
            assert db.execute("SELECT count(*), sum(requests) FROM batch").fetchone() == (2, 31)
            assert db.execute("SELECT count(*) FROM batch_request JOIN batch ON batch = id").fetchone() == (31,)


sys.exit(tap.run([
    ("the merged run is the whole run", same_as_the_whole),
    ("parts by other ids", parts_by_other_ids),
    ("a shard killed at any moment", killed_at_any_moment),
    ("refused in a shard, retried in the whole", refused_and_retried),
    ("what does not belong together", what_does_not_belong_together),
    ("several steps, and documents", steps_and_documents),
    ("verdicts, replay, batches", what_comes_along),
]))
