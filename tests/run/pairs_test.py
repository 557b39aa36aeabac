#!/usr/bin/env python3
"""pairs_test.py SOW: answers of one writer or several, graded, and the preference pairs of them.

The best answer is chosen and a worse one rejected, never one of the same grade or the same text; who
was asked first has no advantage; every answer that is not used and every prompt without a pair has its
reason; what does not fit is asked again so often and no more; 20 kills and any order of replies change
no byte. TAP; the seed of the random moments can be given in SEED.
"""
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from fake import Fake, err, ok  # noqa: E402
from killed import finishes  # noqa: E402

SOW = os.path.abspath(sys.argv[1])
KILLS = 20
random.seed(int(os.environ.get("SEED", "1")))


def chance(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2 ** 32


class Place:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="sow-pairs-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, records):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(records if isinstance(records, str) else
                      "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))

    def sow(self, *args, status=0):
        done = subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, cwd=self.dir)
        assert done.returncode == status, (args, done.returncode, done.stdout, done.stderr)
        return done

    def pairs(self, server, *args, status=0):
        return self.sow("pairs", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args,
                        status=status)

    def recipe(self, server, writers, step, run, *args, status=0):
        names = ["writer"] + ["writer-%d" % (i + 2) for i in range(len(writers) - 1)]
        text = "no-cache: yes\nteachers:\n"
        for name, model in list(zip(names, writers)) + [("judge", "judge")]:
            text += "  %s: {teacher: '%s', model: %s}\n" % (name, server.url, model)
        self.write("recipe.yaml", text + "steps:\n  - method: pairs\n    input: in.jsonl\n" +
                   "".join("    %s\n" % line for line in step) +
                   "outputs:\n  - {format: preference, file: pairs.jsonl}\n")
        return self.sow("run", "recipe.yaml", "-q", "-o", run, *args, status=status)

    def records(self, run, form="preference"):
        out = self.sow("export", run, "--format", form, "--jsonl", "-o", "-").stdout
        return [json.loads(line) for line in out.splitlines()]

    def rejects(self, run):
        with sqlite3.connect(os.path.join(self.path(run), "run.db")) as db:
            return db.execute("SELECT ticket, rule, text, detail FROM reject "
                              "ORDER BY ticket, stage, rule").fetchall()

    def tallies(self, run):
        return json.loads(self.sow("status", run, "--json").stdout)["tallies"][0]


def is_grading(body):
    return "response_format" in body


def shown(body):
    """Question and answer, of the first time a grade was asked for."""
    said = [m for m in body["messages"] if m["role"] == "user"][0]["content"]
    return re.search(r"\nQuestion\n(.*)\n\nAnswer\n(.*)$", said, re.S).groups()


def grade(body, number):
    names = body["response_format"]["json_schema"]["schema"]["properties"]
    return ok(json.dumps({name: "because" if name.endswith("_reason") else number for name in names}))


def texts(pair):
    return pair["chosen"][-1]["content"], pair["rejected"][-1]["content"]


def best_and_worst():
    counts = {}

    def reply(n, path, headers, body):
        if is_grading(body):
            assert body["temperature"] == 0
            return grade(body, int(shown(body)[1][-1]))
        question = body["messages"][-1]["content"]
        counts[question] = counts.get(question, 0) + 1
        return ok("answer %d" % ((counts[question] * 2) % 5 + 1))  # 3, 5, 2, 4

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": "q%d" % i, "tag": [i, None]} for i in range(5)])
        p.pairs(server, "-i", "in.jsonl", "--rubric", "helpfulness", "-o", "run")
        made = p.records("run")
        assert [texts(r) for r in made] == [("answer 5", "answer 2")] * 5, made
        assert [(r["score_chosen"], r["score_rejected"]) for r in made] == [(5, 2)] * 5, made
        assert made[1]["tag"] == [1, None] and made[1]["prompt"] == [{"role": "user", "content": "q1"}]
        assert made[0]["chosen_grades"] == {"helpfulness_reason": "because", "helpfulness": 5}, made[0]
        assert made[0]["chosen_model"] == made[0]["rejected_model"] == "m", made[0]
        labels = [(r["completion"][0]["content"], r["label"]) for r in p.records("run", "unpaired")]
        assert labels == [("answer 5", True), ("answer 2", False)] * 5, labels
        assert [r["messages"][-1]["content"] for r in p.records("run", "messages")] == ["answer 5"] * 5
        told = p.tallies("run")
        assert told["pairs"] == told["chosen_of_writer"] == 5 and told["pairs_uneven"] == 0, told
        done = p.sow("pairs", "--teacher", server.url, "--model", "m", "--no-cache", "-i", "in.jsonl",
                     "--rubric", "helpfulness", "-o", "run")
        assert re.search(r"preference pairs +5\n", done.stdout), done.stdout
        assert "--format preference" in done.stdout
        # written and read back, it is the same data
        p.sow("export", "run", "--format", "records", "--jsonl", "-o", "records.jsonl")
        p.sow("convert", "records.jsonl", "--format", "preference", "-o", "again.jsonl")
        with open(p.path("again.jsonl"), encoding="utf-8") as again:
            assert [texts(json.loads(line)) for line in again] == [texts(r) for r in made]


def random_and_margin():
    def reply(n, path, headers, body):
        if is_grading(body):
            return grade(body, int(shown(body)[1][-1]))
        return ok("answer %d" % (1 + int(chance(str(body["seed"])) * 5)))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": "q%d" % i} for i in range(120)])
        args = ["-i", "in.jsonl", "--samples", "8"]
        p.pairs(server, *args, "-o", "worst")
        p.pairs(server, *args, "--rejected", "random", "-o", "random")
        worst = {r["prompt"][0]["content"]: r for r in p.records("worst")}
        drawn = {r["prompt"][0]["content"]: r for r in p.records("random")}
        assert worst.keys() == drawn.keys() and len(worst) > 100
        assert all(r["score_chosen"] > r["score_rejected"] for r in drawn.values())
        assert all(drawn[q]["score_rejected"] >= worst[q]["score_rejected"] for q in drawn)
        assert 10 < sum(drawn[q]["score_rejected"] > worst[q]["score_rejected"] for q in drawn) < 110
        p.pairs(server, *args, "--rejected", "random", "--margin", "3", "-o", "far")
        far = p.records("far")
        assert far and all(r["score_chosen"] - r["score_rejected"] >= 3 for r in far)
        assert {r[1] for r in p.rejects("far")} >= {"small-margin", "duplicate-instance"}
        assert len(far) + sum(r[1] in ("small-margin", "same-grade", "one-answer")
                              for r in p.rejects("far")) == 120
        p.pairs(server, *args, "--least", "5", "-o", "good")
        assert all(r["score_chosen"] == 5 for r in p.records("good"))
        assert any(r[1] == "low-grade" and r[3] == "4" for r in p.rejects("good")), p.rejects("good")


def no_pair():
    """Equal grades, equal texts, one answer, no answer: never a pair, always a reason."""
    def reply(n, path, headers, body):
        if is_grading(body):
            return grade(body, 4)
        question = body["messages"][-1]["content"]
        if question == "same text" or (question == "one" and body["seed"] % 2):
            return ok("the same")
        if question == "refused":
            return err(400, {"error": {"message": "no such thing"}})
        if question == "silent":
            return ok("  ")
        return ok("text %d" % body["seed"])

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": q} for q in ("same grade", "same text", "refused", "silent")] +
                [{"prompt": "taken", "chosen_model": "x"}])
        p.pairs(server, "-i", "in.jsonl", "-o", "run", status=3)
        by = {}
        for ticket, rule, text, detail in p.rejects("run"):
            by.setdefault(ticket, []).append((rule, detail))
        assert by[1] == [("same-grade", "4")], by
        assert sorted(by[2]) == [("duplicate-instance", "the same")] * 3 + [("one-answer", "there is one")], by
        assert [r[0] for r in by[3]] == ["one-answer"] + ["refused"] * 4, by
        assert [r[0] for r in by[4]] == ["one-answer"] + ["refused"] * 4, by
        assert [r[0] for r in by[5]] == ["field-exists"], by
        assert p.records("run") == []


def several_writers():
    """A model each; the better one is chosen wherever it stands, and of equals each as often."""
    def reply(n, path, headers, body):
        if is_grading(body):
            assert body["model"] == "judge"
            question, answer = shown(body)
            name = answer.split()[0]
            return grade(body, {"small": 2, "large": 5, "third": 2}[name] if "differ" in question else
                         {"small": 4, "large": 4, "third": 1}[name])
        return ok("%s says %d" % (body["model"], body["seed"] % 1000))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": "differ %d" % i} for i in range(10)])
        p.recipe(server, ["small", "large"], ["samples: 1"], "run")
        with open(p.path("run/pairs.jsonl"), encoding="utf-8") as pairs:
            made = [json.loads(line) for line in pairs]
        assert len(made) == 10
        assert all((r["chosen_model"], r["rejected_model"]) == ("large", "small") for r in made), made
        told = p.tallies("run")
        assert told["chosen_of_writer"] == 0 and told["chosen_of_writer_2"] == 10, told
        assert "chosen of writer-3" not in p.sow("status", "run").stdout
        # of equally good answers, who was asked first has no advantage
        p.write("in.jsonl", [{"prompt": "equal %d" % i} for i in range(200)])
        p.recipe(server, ["small", "large", "third"], ["samples: 1"], "equal")
        made = p.records("equal")
        first = sum(r["chosen_model"] == "small" for r in made)
        assert len(made) == 200 and 70 < first < 130, first
        assert {r["rejected_model"] for r in made} == {"third"}
        # the writers are part of what the run is
        said = p.recipe(server, ["small", "large"], ["samples: 1"], "equal", status=1).stderr
        assert "writers" in said or "model of writer-3" in said, said
        said = p.recipe(server, ["small", "large", "third", "large"], ["samples: 1"], "equal", status=1).stderr
        assert "writer" in said, said
        # a second writer whom no step asks
        p.write("bad.yaml", "teachers:\n  writer-2: {model: x}\nsteps:\n  - {method: respond, input: in.jsonl}\n")
        said = p.sow("check", "bad.yaml", status=1).stdout
        assert "2:3" in said and "no step asks" in said, said


def own_answers():
    def reply(n, path, headers, body):
        if is_grading(body):
            return grade(body, 5 if shown(body)[1] == "mine" else 2)
        return ok("a new answer %d" % body["seed"])

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"instruction": "q", "input": "i", "output": "mine"},
                             {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
                                           {"role": "user", "content": "c"},
                                           {"role": "assistant", "content": "mine"}]}])
        p.pairs(server, "-i", "in.jsonl", "--samples", "1", "--own-answers", "-o", "run")
        made = p.records("run")
        assert [r["chosen_model"] for r in made] == ["input", "input"], made
        assert [r["rejected_model"] for r in made] == ["m", "m"], made
        assert made[0]["prompt"][0]["content"] == "q\n\ni" and texts(made[0])[0] == "mine", made[0]
        assert [t["content"] for t in made[1]["prompt"]] == ["a", "b", "c"], made[1]
        assert p.tallies("run")["chosen_of_input"] == 2
        p.pairs(server, "-i", "in.jsonl", "--system", "Be kind.", "-o", "new", status=3)
        assert all(r[1] == "same-grade" for r in p.rejects("new")), p.rejects("new")


def wrong_rubrics():
    with Place() as p, Fake(lambda n, path, headers, body: ok("x")) as server:
        p.write("in.jsonl", [{"prompt": "q"}])
        for args, word in ((["--rubric", "helpfulness", "--rubric", "accuracy"], "scale"),
                           (["--rubric", "helpfulness", "--rubric", "helpfulness"], "twice"),
                           (["--rubric", "tome"], "--rubric"), (["--temperature", "0"], "--temperature"),
                           (["--samples", "1"], "--samples")):
            said = p.pairs(server, "-i", "in.jsonl", *args, "-o", "no", status=2).stderr
            assert word in said, said


def lost_grades():
    """An answer whose grade is refused or cut off is left out and told; the others make a pair. What
    failed for a refusal can be asked again."""
    calm, graded = [], threading.Event()

    def reply(n, path, headers, body):
        if not is_grading(body):
            return ok("answer %d" % (body["seed"] % 10 ** 6))
        question, answer = shown(body)
        luck = chance(answer)
        if question == "all" and not calm:
            # a format that was answered before is not what a refusal is about
            graded.wait(60)
            time.sleep(0.2)
            return err(400, {"error": {"message": "no such thing"}})
        if question == "cut" and luck < 0.5:
            return ok('{"helpfulness_reason": "be', finish="length")
        graded.set()
        return grade(body, 1 + int(luck * 5))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": "cut"}, {"prompt": "all"}])
        p.pairs(server, "-i", "in.jsonl", "--samples", "8", "-o", "run")
        rules = [(r[0], r[1]) for r in p.rejects("run")]
        assert (1, "cut-reply") in rules and rules.count((2, "refused")) == 8 and (2, "one-answer") in rules
        assert [r["prompt"][0]["content"] for r in p.records("run")] == ["cut"]
        assert all(r["score_rejected"] >= 3 for r in p.records("run")), "half of the answers have no grade"
        calm.append(True)
        p.sow("retry", "run", "-q")
        assert [r["prompt"][0]["content"] for r in p.records("run")] == ["cut", "all"]
        assert {r[0] for r in p.rejects("run")} == {1}, p.rejects("run")


def wrong_replies():
    """30 % of them: each prompt ends with a pair or a reason, each answer is graded, or told as unfit."""
    asked = {}

    def reply(n, path, headers, body):
        if not is_grading(body):
            return ok("answer %d" % body["seed"])
        key = shown(body)
        asked.setdefault(key, []).append(body)
        luck = chance("%s%d" % (key, len(asked[key])))
        if luck < 0.1:
            return ok("I would say 4.")
        if luck < 0.2:
            return grade(body, 9)
        if luck < 0.3:
            return ok('{"helpfulness": 4}')
        return grade(body, 1 + int(chance(key[1]) * 5))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": "Question %d" % i} for i in range(150)])
        p.pairs(server, "-i", "in.jsonl", "--samples", "3", "-o", "run")
        made, rejects = p.records("run"), p.rejects("run")
        ended = [r for r in rejects if r[1] in ("same-grade", "one-answer")]
        unfit = [r for r in rejects if r[1] == "unfit"]
        assert len(made) + len(ended) == 150 and len(made) > 120, (len(made), len(ended))
        assert 0 < len(unfit) < 40 and all(r[2] and r[3] for r in unfit), unfit
        assert len(unfit) == sum(len(tries) == 3 and chance("%s3" % (key,)) < 0.3
                                 for key, tries in asked.items())
        assert all(len(tries) <= 3 for tries in asked.values())
        again = [b for tries in asked.values() for b in tries[1:]]
        assert again and all("did not fit" in b["messages"][-1]["content"] for b in again)
        assert all(len(tries) == 1 or chance("%s1" % (key,)) < 0.3 for key, tries in asked.items())
        graded = {key[1]: 1 + int(chance(key[1]) * 5) for key in asked}
        assert all((graded[texts(r)[0]], graded[texts(r)[1]]) == (r["score_chosen"], r["score_rejected"])
                   for r in made), "a grade of another answer"


def killed_at_any_moment():
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"]) + str(body["seed"]) + body["model"]
        time.sleep(chance(asked + str(n)) / 50)  # replies come in another order each time
        if chance(asked + str(n)) < 0.05:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        if not is_grading(body):
            return ok("%s %d" % (body["model"], int(chance(asked) * 9)))
        return ok("hm") if chance(asked + "x") < 0.3 else grade(body, 1 + int(chance(asked + "y") * 4))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": "Question %d" % i} for i in range(60)])
        step = ["samples: 2", "rejected: random"]
        begun = time.monotonic()
        p.recipe(server, ["small", "large"], step, "whole")
        seconds = time.monotonic() - begun
        expected, told, rejects = p.records("whole"), p.tallies("whole"), p.rejects("whole")
        assert 20 < len(expected) < 60, len(expected)
        args = [SOW, "run", p.path("recipe.yaml"), "-q", "-o", p.path("killed")]
        kills = 0
        while kills < KILLS:
            if finishes(args, random.uniform(0.01, seconds / 3)):
                assert p.records("killed") == expected
                shutil.rmtree(p.path("killed"))
            else:
                kills += 1
        p.recipe(server, ["small", "large"], step, "killed")
        assert p.records("killed") == expected and p.tallies("killed") == told
        assert p.rejects("killed") == rejects
        p.recipe(server, ["small", "large"], step, "slow", "--concurrency", "1")
        assert p.records("slow") == expected and p.rejects("slow") == rejects


def planned():
    with Place() as p:
        p.write("in.jsonl", [{"prompt": "q%d" % i} for i in range(200)])
        told = json.loads(p.sow("plan", "pairs", "-i", "in.jsonl", "--json").stdout)
        assert [s["stage"] for s in told["stages"]] == ["pairs: answer", "pairs: grade"], told


sys.exit(tap.run([
    ("the best with the worst", best_and_worst),
    ("with any that is worse, and the margin", random_and_margin),
    ("no pair", no_pair),
    ("several writers", several_writers),
    ("the record's own answers", own_answers),
    ("wrong options", wrong_rubrics),
    ("grades that are not to be had", lost_grades),
    ("30 % wrong replies", wrong_replies),
    ("20 kills at any moment, replies in any order", killed_at_any_moment),
    ("planned", planned),
]))
