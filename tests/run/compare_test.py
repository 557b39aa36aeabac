#!/usr/bin/env python3
"""compare_test.py SOW: a judge that compares two answers in both orders, and what becomes of that.

An answer wins only if it wins in both orders; the judge's biases are counted; preference data is
turned round where the judge says so, with all that belongs to its two sides; what does not fit is
asked again so often and no more; 20 kills and any order of replies change no byte.
TAP; the seed of the random moments can be given in SEED.
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
        self.dir = tempfile.mkdtemp(prefix="sow-compare-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, records):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))

    def sow(self, *args, status=0):
        done = subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, cwd=self.dir)
        assert done.returncode == status, (args, done.returncode, done.stderr)
        return done

    def compare(self, server, *args, status=0):
        return self.sow("compare", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args,
                        status=status)

    def records(self, run, form="records"):
        out = self.sow("export", run, "--format", form, "--jsonl", "-o", "-").stdout
        return [json.loads(line) for line in out.splitlines()]

    def rejects(self, run):
        with sqlite3.connect(os.path.join(self.path(run), "run.db")) as db:
            return db.execute("SELECT ticket, rule, text, detail FROM reject ORDER BY ticket").fetchall()

    def tallies(self, run):
        return json.loads(self.sow("status", run, "--json").stdout)["tallies"][0]


def shown(body):
    """Question, answer A, answer B, of the first time it was asked."""
    said = [m for m in body["messages"] if m["role"] == "user"][0]["content"]
    return re.search(r"\nQuestion\n(.*)\n\nAnswer A\n(.*)\n\nAnswer B\n(.*)$", said, re.S).groups()


def says(winner, reason="because"):
    return ok(json.dumps({"reason": reason, "winner": winner}))


def for_text(body, better):
    """A judge that knows which text is better, wherever it stands."""
    _, a, b = shown(body)
    return says("A" if a == better else "B" if b == better else "tie", "%s or %s" % (a, b))


def both_orders():
    seen = []

    def reply(n, path, headers, body):
        seen.append(shown(body))
        schema = body["response_format"]["json_schema"]["schema"]
        assert list(schema["properties"]) == ["reason", "winner"], "the reason comes first"
        question, a, b = shown(body)
        if question == "flips":
            return says("A")
        if question == "half":
            return says("A" if a == "good" else "tie")
        return for_text(body, "good")

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [
            {"prompt": "first", "chosen": "good", "rejected": "worse", "tag": [1, None]},
            {"prompt": "second", "chosen": "bad and long", "rejected": "good"},
            {"prompt": "flips", "chosen": "good", "rejected": "worse"},
            {"prompt": "half", "chosen": "good", "rejected": "worse"},
            {"prompt": "tie", "chosen": "x", "rejected": "y"},
            {"prompt": "same", "chosen": "x", "rejected": "x"},
        ])
        p.compare(server, "-i", "in.jsonl", "-o", "run")
        made = p.records("run")
        assert [(r["winner"], r["winner_verdicts"]) for r in made] == [
            ("chosen", ["chosen", "chosen"]), ("rejected", ["rejected", "rejected"]),
            ("tie", ["chosen", "rejected"]), ("tie", ["chosen", "tie"]), ("tie", ["tie", "tie"]),
            ("tie", [])], made
        assert list(made[0])[:4] == ["prompt", "chosen", "rejected", "tag"] and made[0]["tag"] == [1, None]
        assert made[0]["winner_reason"] == ["good or worse", "worse or good"], made[0]
        assert len(seen) == 10 and len(set(seen)) == 10, seen
        told = p.tallies("run")
        assert told == {"step": 1, "compared": 6, "won": 2, "won_first": 1, "won_second": 1, "tied": 1,
                        "flipped": 1, "half_tied": 1, "same_text": 1, "verdicts": 7, "shown_first_won": 5,
                        "verdicts_uneven": 7, "longer_won": 1}, told
        words = p.sow("status", "run").stdout
        assert re.search(r"for the one that was shown first +5 +71\.4 %", words), words
        assert "verdicts for one of the answers" in p.sow("stats", "run").stdout
        closing = p.sow("compare", "--teacher", server.url, "--model", "m", "--no-cache", "-i", "in.jsonl",
                        "-o", "run").stdout
        assert re.search(r"for the longer one +1 +14\.3 %", closing), closing


def biased_judges():
    """Who always takes the first decides nothing; who takes the longer is found out."""
    with Place() as p:
        p.write("in.jsonl", [{"prompt": "q%d" % i, "chosen": "a" * (1 + i % 7), "rejected": "b" * (1 + i % 5)}
                             for i in range(40)])
        with Fake(lambda n, path, headers, body: says("A")) as server:
            p.compare(server, "-i", "in.jsonl", "-o", "first")
        told = p.tallies("first")
        assert told["won"] == 0 and told["flipped"] == told["compared"] == 40, told
        assert told["shown_first_won"] == told["verdicts"] == 80, told
        assert {r["winner"] for r in p.records("first")} == {"tie"}

        def longer(n, path, headers, body):
            _, a, b = shown(body)
            return says("A" if len(a) > len(b) else "B" if len(b) > len(a) else "tie")

        with Fake(longer) as server:
            p.compare(server, "-i", "in.jsonl", "-o", "long")
        told = p.tallies("long")
        assert told["longer_won"] == told["verdicts_uneven"] == told["verdicts"] > 0, told
        assert told["shown_first_won"] * 2 == told["verdicts"], told


def any_shape():
    seen = []

    def reply(n, path, headers, body):
        seen.append(shown(body))
        return for_text(body, "good")

    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"},
             {"role": "user", "content": "Why?"}]
    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [
            {"instruction": "q", "input": "i", "output": "o", "small": "good", "large": {"text": "bad"}},
            {"messages": turns, "small": [{"role": "assistant", "content": "good"}],
             "large": {"text": "bad"}},
            {"instruction": "q", "small": "good", "large": {}},
            {"instruction": "q", "small": "good", "large": {"text": " "}},
            {"a": 1, "small": "good", "large": {"text": "bad"}},
            {"instruction": "q", "small": "good", "large": {"text": "bad"}, "winner": "me"},
        ])
        p.compare(server, "-i", "in.jsonl", "--answers", "small,large.text", "-o", "run")
        made = p.records("run")
        assert [r["winner"] for r in made] == ["small"] * 2, made
        assert ("q\n\ni", "good", "bad") in seen and ("q\n\ni", "bad", "good") in seen, seen
        assert ("[user]\nHi\n\n[assistant]\nHo\n\n[user]\nWhy?", "good", "bad") in seen, seen
        assert [(r[0], r[1]) for r in p.rejects("run")] == [
            (3, "missing-field"), (4, "one-answer"), (5, "empty"), (6, "field-exists")], p.rejects("run")
        p.compare(server, "-i", "in.jsonl", "--answers", "small,large.text", "--into", "best", "--question",
                  "Which is better?", "-o", "asked")
        assert [r["best"] for r in p.records("asked")] == ["small"] * 4, p.records("asked")
        p.compare(server, "-i", "in.jsonl", "--answers", "small,large.text", "--replace", "-o", "again")
        assert p.records("again")[-1]["winner"] == "small"
        for wrong in ("small", "small,", ",large", "small,small", "a,b,c"):
            said = p.compare(server, "-i", "in.jsonl", "--answers", wrong, "-o", "no", status=2).stderr
            assert "--answers" in said, said
        # two samples of one model, and what other programs call a pair
        p.write("known.jsonl", [
            {"instruction": "q", "instances": [{"output": "bad"}, {"output": "good"}]},
            {"input": {"messages": [{"role": "user", "content": "q"}]},
             "preferred_output": [{"role": "assistant", "content": "bad"}],
             "non_preferred_output": [{"role": "assistant", "content": "good"}]},
            {"chosen": turns + [{"role": "assistant", "content": "good"}],
             "rejected": turns + [{"role": "assistant", "content": "bad"}]},
        ])
        p.compare(server, "-i", "known.jsonl", "-o", "known")
        assert [r["winner"] for r in p.records("known")] == ["second", "rejected", "chosen"], p.records("known")


def chosen():
    def reply(n, path, headers, body):
        return for_text(body, "good")

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [
            {"prompt": "kept", "chosen": "good", "rejected": "bad", "score_chosen": 9, "score_rejected": 2},
            {"prompt": "turned", "chosen": "bad", "rejected": "good", "score_chosen": 8, "score_rejected": 3,
             "chosen-model": "x", "rejected-model": "y", "chosen_at": 1},
            {"prompt": "tie", "chosen": "x", "rejected": "y"},
            {"input": {"messages": [{"role": "user", "content": "q"}]},
             "preferred_output": [{"role": "assistant", "content": "bad"}],
             "non_preferred_output": [{"role": "assistant", "content": "good"}]},
            {"prompt": [{"role": "user", "content": "ranked"}], "completions": [
                {"rank": 0, "completion": [{"role": "assistant", "content": "bad"}]},
                {"rank": 1, "completion": [{"role": "assistant", "content": "good"}]}]},
            {"instruction": "listed", "instances": [  # as what sow pairs makes comes
                {"output": "bad", "role": "chosen", "score": 5}, {"output": "middle"},
                {"output": "good", "role": "rejected", "score": 1}], "chosen_model": "x",
             "rejected_model": "y"},
        ])
        p.compare(server, "-i", "in.jsonl", "--choose", "-o", "run")
        made = p.records("run")
        assert [(r["winner"], r["winner_verdicts"], r["winner_swapped"]) for r in made] == [
            ("chosen", ["chosen"] * 2, False), ("chosen", ["chosen"] * 2, True),
            ("chosen", ["chosen"] * 2, True), ("chosen", ["chosen"] * 2, True)], made
        assert made[3]["instances"] == [
            {"output": "bad", "role": "rejected", "score": 5}, {"output": "middle"},
            {"output": "good", "role": "chosen", "score": 1}] and made[3]["chosen_model"] == "y", made[3]
        turned = {k: v for k, v in made[1].items() if not k.startswith("winner")}
        assert list(turned.items()) == list({
            "prompt": "turned", "chosen": "good", "rejected": "bad", "score_chosen": 3, "score_rejected": 8,
            "chosen-model": "y", "rejected-model": "x", "chosen_at": 1}.items()), turned
        assert made[2]["preferred_output"][0]["content"] == "good", made[2]
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(3, "tie"), (5, "missing-field")]
        assert p.tallies("run")["compared"] == 5, "a tie that is dropped is counted"
        pairs = p.records("run", "preference")
        assert [(r["chosen"][0]["content"], r["rejected"][0]["content"]) for r in pairs] == \
            [("good", "bad")] * 4, pairs
        p.write("two.jsonl", [{"instruction": "q", "small": "good", "large": "bad"},
                              {"instruction": "q", "small": "bad", "large": [
                                  {"role": "assistant", "content": "good"}]},
                              {"instruction": "q", "small": "good", "large": "bad", "chosen": "?"}])
        p.compare(server, "-i", "two.jsonl", "--answers", "small,large", "--choose", "-o", "two")
        made = p.records("two")
        assert [(r["winner"], r["chosen"], r["rejected"]) for r in made] == [
            ("small", "good", "bad"), ("large", [{"role": "assistant", "content": "good"}], "bad")], made
        assert [(r[0], r[1]) for r in p.rejects("two")] == [(3, "field-exists")]
        pairs = p.records("two", "preference")
        assert [r["chosen"][0]["content"] for r in pairs] == ["good", "good"], pairs
        labels = p.records("two", "unpaired")
        assert [(r["completion"][0]["content"], r["label"]) for r in labels] == [
            ("good", True), ("bad", False)] * 2, labels
        p.write("odd.jsonl", [{"q": "?", "chosen": "bad", "rejected": "good"}])
        p.compare(server, "-i", "odd.jsonl", "-o", "odd", status=3)
        assert [(r[1], r[3]) for r in p.rejects("odd")] == [
            ("one-answer", "--answers says which fields they are")], p.rejects("odd")
        p.compare(server, "-i", "odd.jsonl", "--answers", "chosen,rejected", "--question", "{{q}}", "--choose",
                  "-o", "odd-2")
        assert [(r["chosen"], r["winner_swapped"]) for r in p.records("odd-2")] == [("good", True)]
        p.write("samples.jsonl", [{"instruction": "q", "instances": [{"output": "bad"}, {"output": "good"}]},
                                  {"prompt": "q", "responses": ["good", "bad"]}])
        p.compare(server, "-i", "samples.jsonl", "--choose", "-o", "samples")
        pairs = p.records("samples", "preference")
        assert [(r["chosen"][0]["content"], r["rejected"][0]["content"]) for r in pairs] == \
            [("good", "bad")] * 2, pairs


def refused():
    """What cannot be judged in one order is not judged, and can be asked again."""
    calm = []

    def reply(n, path, headers, body):
        question, a, b = shown(body)
        if question == "cut" and a == "bad":
            return ok('{"reason": "be', finish="length")
        if question == "refused" and a == "bad" and not calm:
            return err(400, {"error": {"message": "no such thing"}})
        return for_text(body, "good")

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": name, "chosen": "good", "rejected": "bad"}
                             for name in ("cut", "refused", "fine")])
        p.compare(server, "-i", "in.jsonl", "-o", "run")
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(1, "cut-reply"), (2, "refused")]
        calm.append(True)
        p.sow("retry", "run", "-q")
        assert [r["prompt"] for r in p.records("run")] == ["refused", "fine"], p.records("run")


def wrong_replies():
    """30 % of them: each record ends with its winner or with the reason, and nothing is asked more than
    three times in one order."""
    asked = {}

    def reply(n, path, headers, body):
        key = shown(body)
        asked.setdefault(key, []).append(body)
        luck = chance("%s%d" % (key, len(asked[key])))
        if luck < 0.1:
            return ok("I would say A.")
        if luck < 0.2:
            return says("C")
        if luck < 0.3:
            return ok('{"winner": "A"}')
        return for_text(body, "good")

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": "Question %d" % i, "chosen": "good", "rejected": "bad"}
                             for i in range(300)])
        p.compare(server, "-i", "in.jsonl", "-o", "run")
        made, rejects = p.records("run"), p.rejects("run")
        assert len(made) + len(rejects) == 300 and 0 < len(rejects) < 40, (len(made), len(rejects))
        assert {r["winner"] for r in made} == {"chosen"}
        assert all(len(tries) <= 3 for tries in asked.values())
        assert all(r[1] == "unfit" and r[2] and r[3] for r in rejects), rejects
        again = [b for tries in asked.values() for b in tries[1:]]
        assert again and all("did not fit" in b["messages"][-1]["content"] for b in again)
        # what fits in one order is not asked again for the other's sake
        assert all(len(tries) == 1 or chance("%s1" % (key,)) < 0.3 for key, tries in asked.items())


def killed_at_any_moment():
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"])
        time.sleep(chance(asked + str(n)) / 50)  # replies come in another order each time
        if chance(asked + str(n)) < 0.05:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        if chance(asked + "x") < 0.3:
            return ok("hm")
        return says("A" if chance(asked + "y") < 0.4 else "B" if chance(asked + "y") < 0.8 else "tie",
                    asked[-20:])

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"prompt": "Question %d" % i, "chosen": "a" * (i % 5 + 1), "rejected": "bb"}
                             for i in range(150)])
        args = ["compare", "--teacher", server.url, "--model", "m", "--no-cache", "-q", "-i",
                p.path("in.jsonl"), "--choose"]
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun
        expected, told = p.records("whole"), p.tallies("whole")
        assert 20 < len(expected) < 150, len(expected)
        kills = 0
        while kills < KILLS:
            if finishes([SOW, *args, "-o", p.path("killed")], random.uniform(0.01, seconds / 3)):
                assert p.records("killed") == expected
                shutil.rmtree(p.path("killed"))
            else:
                kills += 1
        p.sow(*args, "-o", "killed")
        assert p.records("killed") == expected and p.tallies("killed") == told
        p.sow(*args, "--concurrency", "1", "-o", "slow")
        assert p.records("slow") == expected and p.rejects("slow") == p.rejects("whole")


def planned():
    with Place() as p:
        p.write("in.jsonl", [{"prompt": "q%d" % i, "chosen": "a", "rejected": "b"} for i in range(200)])
        told = json.loads(p.sow("plan", "compare", "-i", "in.jsonl", "--json").stdout)
        assert any("compare: compare" in json.dumps(stage) for stage in told["stages"]), told


sys.exit(tap.run([
    ("an answer wins in both orders, or not at all", both_orders),
    ("biased judges are found out", biased_judges),
    ("records of any shape", any_shape),
    ("the winner as chosen", chosen),
    ("refused and cut off", refused),
    ("30 % wrong replies", wrong_replies),
    ("20 kills at any moment, replies in any order", killed_at_any_moment),
    ("planned", planned),
]))
