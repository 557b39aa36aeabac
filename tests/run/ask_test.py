#!/usr/bin/env python3
"""ask_test.py SOW: questions about documents, their answers, and the judge's checks of them.

A record knows where its chunk stands; each check that is not passed is a reject with the judge's
reason; what does not fit is asked again; 20 kills change no byte.
TAP; the seed of the random moments can be given in SEED.
"""
import hashlib
import json
import os
import random
import re
import sqlite3
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from fake import Fake, err, ok  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402

KILLS = 20
CORPUS = os.path.join(here, "../fixtures/documents")
CHECKS = {"supported": "unsupported", "answers": "off-question", "alone": "not-alone"}
KINDS = {"one fact": "fact", "not written anywhere": "reasoning", "short account": "summary",
         "compares two": "comparison", "does not answer": "unanswerable"}
random.seed(int(os.environ.get("SEED", "1")))


def chance(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2 ** 32


class Place(Folder):
    def ask(self, server, *args, run="run", status=0, novel=False):
        if not novel:  # most tests ask the same again and again
            args += ("--rule", "near-duplicate=off")
        return self.sow("ask", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args,
                        "-o", run, status=status)


def wanted(body):
    """The members that the reply has."""
    return list(body["response_format"]["json_schema"]["schema"]["properties"])


def prompt_of(body):
    return body["messages"][1]["content"]


def kind_of(body):
    said = prompt_of(body)
    return next(kind for words, kind in KINDS.items() if words in said.split("\n")[-1])


def verdict(**no):
    return json.dumps({k: v for name in CHECKS for k, v in
                       ((name + "_reason", no.get(name, "fine")), (name, name not in no))})


def reply_to(body, checks="{}"):
    what = wanted(body)
    if what == ["question"]:
        return json.dumps({"question": "A %s question?" % kind_of(body)})
    if what == ["answer"]:
        return json.dumps({"answer": "An answer to: %s" % prompt_of(body).rsplit("Question\n", 1)[1]})
    return verdict(**json.loads(checks))


def where_it_stands():
    shown = []

    def reply(n, path, headers, body):
        shown.append((wanted(body)[-1], prompt_of(body), body.get("temperature")))
        return ok(reply_to(body))

    with Place() as p, Fake(reply) as server:
        p.ask(server, "--documents", CORPUS, "--chunk", "60", "--questions", "5")
        made = p.records("run", "alpaca")
        assert len(made) > 40 and len(made) % 5 == 0, len(made)
        for r in made:
            assert r["output"] == "An answer to: " + r["instruction"], r
            if not r["document"].endswith(".html"):
                with open(r["document"], encoding="utf-8", newline="") as text:
                    assert text.read()[r["start"]:r["end"]] == r["input"], r
        for i in range(0, len(made), 5):
            assert {r["kind"] for r in made[i:i + 5]} == set(KINDS.values()), made[i:i + 5]
            assert all(r["instruction"] == "A %s question?" % r["kind"] for r in made[i:i + 5])
        assert {r["heading"] for r in made} >= {"The lamp of Lindholm > Care > Signals"}
        assert all(t == 0 for what, _, t in shown if what == "alone")
        assert all(t == 0.7 for what, _, t in shown if what != "alone")
        meant = [said for what, said, _ in shown if what == "alone" and "A unanswerable question?" in said]
        assert meant and all("is meant to have no answer in the text" in said for said in meant)
        assert all(re.search(r"Headings: .*\nText\n", said) for _, said, _ in shown)
        short = [r for r in p.rejects("run") if r[1] != "short-chunk"]
        assert not short, short
        bare = [json.loads(line) for line in p.sow("export", "run", "--format", "messages", "--jsonl", "--no-context",
                                                   "-o", "-").stdout.splitlines()]
        assert [r["messages"][0]["content"] for r in bare] == [r["instruction"] for r in made]
        p.ask(server, "--documents", CORPUS, "--chunk", "60", "--closed-book", run="closed")
        closed = p.records("closed", "alpaca")
        assert closed and all(r["input"] == "" and r["chunk"] in [m["input"] for m in made] for r in closed)
        p.ask(server, "--documents", CORPUS, "--chunk", "60", "--distractors", "2", run="among")
        assert all("chunk" in r and r["input"] for r in p.records("among", "alpaca"))
        for run in ("run", "closed", "among"):
            for form in ("alpaca", "records", "messages"):
                bare = p.sow("export", run, "--format", form, "--jsonl", "--no-context", "-o", "-").stdout
                for r in map(json.loads, bare.splitlines()):
                    assert "chunk" not in r and not r.get("input") and r["document"] and r["end"], (run, form, r)
                    assert "<DOCUMENT>" not in json.dumps(r), (run, form, r)


def checks():
    def reply(n, path, headers, body):
        said = prompt_of(body)
        no = {}
        for i, name in enumerate(CHECKS):
            if "number %d" % i in said:
                no[name] = "it is number %d" % i
        return ok(reply_to(body, json.dumps(no)))

    with Place() as p, Fake(reply) as server:
        os.makedirs(p.path("in"))
        for i in range(5):
            p.write("in/%d.txt" % i, "This is text number %d. " % i + "It says some things. " * 6)
        p.write("in/short.txt", "Too short to ask about.")
        p.ask(server, "--documents", "in")
        assert [r["document"] for r in p.records("run")] == ["in/3.txt", "in/4.txt"]
        assert [(r[0], r[1], r[3]) for r in p.rejects("run")] == [
            (i + 1, rule, "it is number %d" % i) for i, rule in enumerate(CHECKS.values())
        ] + [(6, "short-chunk", "5 words")], p.rejects("run")
        p.ask(server, "--documents", "in", "--rule", "unsupported=off", "--rule", "short-chunk=3", run="less")
        assert [r["document"] for r in p.records("less")] == [
            "in/0.txt", "in/3.txt", "in/4.txt", "in/short.txt"]
        before = len(server.requests)
        p.ask(server, "--documents", "in", *[a for r in CHECKS.values() for a in ("--rule", r + "=off")],
              run="none")
        assert len(p.records("none")) == 5 and len(server.requests) - before == 10, "a check was asked for"


def about_no_text():
    """A question about "the text" is asked for again, and costs nothing else where it stays so."""
    def reply(n, path, headers, body):
        if wanted(body) != ["question"]:
            return ok(reply_to(body))
        said, tries = json.dumps(body["messages"]), len(body["messages"])
        if "number 0" in said:
            return ok(json.dumps({"question": "Who is named in the text?"}))
        if "number 1" in said and tries == 2:
            return ok(json.dumps({"question": "According to this passage, who sings?"}))
        return ok(json.dumps({"question": "Who sings on Skarv?" if "number 1" in said else "What is the well of Tarn?"}))

    with Place() as p, Fake(reply) as server:
        os.makedirs(p.path("in"))
        for i in range(3):
            p.write("in/%d.txt" % i, "This is text number %d. " % i + "It says some things. " * 6)
        p.ask(server, "--documents", "in", "--tries", "2")
        assert [(r["document"], r["instruction"]) for r in p.records("run", "alpaca")] == [
            ("in/1.txt", "Who sings on Skarv?"), ("in/2.txt", "What is the well of Tarn?")]
        assert [r[:3] for r in p.rejects("run")] == [(1, "not-alone", "Who is named in the text?")], p.rejects("run")
        assert 'it says "in the text"' in p.rejects("run")[0][3], p.rejects("run")
        assert len(server.requests) == 2 + 4 + 3, len(server.requests)
        p.ask(server, "--documents", "in", "--rule", "not-alone=off", run="all")
        assert p.records("all", "alpaca")[0]["instruction"] == "Who is named in the text?"


def what_does_not_fit():
    asked = {}

    def reply(n, path, headers, body):
        key = (prompt_of(body), wanted(body)[0])
        asked[key] = asked.get(key, 0) + 1
        last = body["messages"][-1]["content"]
        if len(body["messages"]) > 2:
            assert last.startswith("That did not fit: "), last
        if "misfits" in prompt_of(body).rsplit("Text\n", 1)[1]:
            return ok("I would rather not.")
        return ok("Hm." if asked[key] < 3 else reply_to(body))

    with Place() as p, Fake(reply) as server:
        p.write("a.txt", "Words of a text that is read. " * 5)
        p.write("b.txt", "Words of misfits alone, of every kind. " * 5)
        p.ask(server, "--documents", "a.txt", "--documents", "b.txt")
        assert [r["document"] for r in p.records("run")] == ["a.txt"]
        assert list(asked.values()).count(3) == 4, asked
        assert [(r[0], r[1], r[2]) for r in p.rejects("run")] == [(2, "unfit", "I would rather not.")]


def other_inputs():
    def reply(n, path, headers, body):
        return ok(reply_to(body))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"chunk": "A text of some words. " * 6, "page": 7, "kind": "x"}, {"text": "none"}])
        p.ask(server, "-i", "in.jsonl", "--kinds", "summary", "--replace")
        made = p.records("run", "alpaca")
        assert [(r["page"], r["kind"]) for r in made] == [(7, "summary")], made
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(2, "missing-field")]
        # without --replace no member of the user's is written over, nor a second one of that name beside it
        p.write("own.jsonl", [{"chunk": "A text of some words. " * 6, "kind": "x"},
                              {"chunk": "Other words of a text. " * 6, "oracle": "y"},
                              {"chunk": "What stands here is a text. " * 6, "page": 1}])
        p.ask(server, "-i", "own.jsonl", "--kinds", "summary", "--distractors", "1", run="own")
        assert [r["page"] for r in p.records("own", "alpaca")] == [1]
        assert [(r[0], r[1]) for r in p.rejects("own")] == [(1, "field-exists"), (2, "field-exists")]
        for kinds, why in (("facts", "expected fact"), ("fact*0", "above 0"), ("fact,,summary", "expected fact"),
                           ("fact*x", "above 0")):
            done = p.sow("ask", "-i", "in.jsonl", "--kinds", kinds, "-o", "no", "--teacher", server.url,
                         "--model", "m", status=2)
            assert why in done.stderr, done.stderr
        done = p.sow("ask", "-o", "no", "--teacher", server.url, "--model", "m", status=2)
        assert "--documents PATH" in done.stderr, done.stderr


NAMES = "lamp tower reef boat oil keeper storm harbour".split()


def varied(body):
    """One of a few hundred questions, some of which are near to each other."""
    asked = json.dumps(body["messages"][:2]) + str(body.get("seed"))
    words = [NAMES[int(chance(asked + str(i)) * len(NAMES))] for i in range(4)]
    return json.dumps({"question": "How is the %s of the %s, with %s and %s?" % tuple(words)})


def new_ones_alone():
    """What is kept depends on the order of the units, and not on that of the replies."""
    def reply(n, path, headers, body):
        time.sleep(random.random() / 30)
        return ok(varied(body) if wanted(body) == ["question"] else reply_to(body))

    def words(text):
        return re.findall(r"\w+", text.lower())

    def rouge(a, b):
        row = [0] * (len(b) + 1)
        for x in a:
            before = 0
            for j, y in enumerate(b):
                before, row[j + 1] = row[j + 1], before + 1 if x == y else max(row[j + 1], row[j])
        return 2 * row[-1] / (len(a) + len(b))

    with Place() as p, Fake(reply) as server:
        p.write("old.jsonl", [{"instruction": "How is the lamp of the tower, with reef and boat?"}])
        args = ["--documents", CORPUS, "--chunk", "40", "--questions", "5", "--against", "old.jsonl",
                "--rule", "near-duplicate=0.85"]
        p.ask(server, *args, novel=True)
        made = p.records("run")
        dropped = p.rejects("run", "ticket, item, text, near, score, rule")
        dropped = [d[:5] for d in dropped if d[5] == "near-duplicate"]
        assert len(made) > 10 and len(dropped) > 10, (len(made), len(dropped))
        # the same again, in the order of the units
        places = {(d[0], d[1]): d for d in dropped}
        with sqlite3.connect(p.path("run/run.db")) as db:
            units = db.execute("SELECT ticket, item, instruction FROM unit WHERE instruction <> '' "
                               "ORDER BY ticket, item").fetchall()
        kept = [("old.jsonl:1", words("How is the lamp of the tower, with reef and boat?"))]
        for ticket, item, text in units:
            best = max(rouge(words(text), other) for _, other in kept)
            assert ((ticket, item) in places) == (best > 0.85), (ticket, item, text, best)
            if (ticket, item) in places:
                _, _, said, near, score = places[ticket, item]
                assert said == text and abs(score - best) < 1e-9 and near in [name for name, _ in kept]
            else:
                kept.append(("task_%d_%d" % (ticket, item), words(text)))
        assert "old.jsonl:1" in [d[3] for d in dropped] or all(
            rouge(w, kept[0][1]) <= 0.85 for _, w in kept[1:])
        p.ask(server, *args, run="again", novel=True)
        assert p.records("again") == made and sorted(p.rejects("again", "ticket, item, near, score")) == \
            sorted(p.rejects("run", "ticket, item, near, score"))
        done = p.sow("ask", "--documents", CORPUS, "-o", "run", "--teacher", server.url, "--model", "m", status=1)
        assert "against" in done.stderr or "chunk" in done.stderr, done.stderr
        return "%d kept, %d dropped" % (len(made), len(dropped))


def as_many_as_wanted():
    def reply(n, path, headers, body):
        time.sleep(random.random() / 50)
        no = {"alone": "no"} if chance(json.dumps(body["messages"])) < 0.3 else {}
        return ok(reply_to(body, json.dumps(no)))

    with Place() as p, Fake(reply) as server:
        args = ["--documents", CORPUS, "--chunk", "40", "--questions", "3"]
        p.ask(server, *args, run="all")
        everything = p.records("all")
        for n in (1, 7, 20):  # the same run goes on
            p.ask(server, *args, "-n", str(n))
            assert p.records("run") == everything[:n], n
            status = json.loads(p.sow("status", "run", "--json").stdout)
            assert status["done"] and status["target"] == n, status
            assert "run: %d tasks, done" % n in p.sow("status", "run").stdout
        for more, requests in ((["-n", "20"], 60), (["-n", "90"], 270), ([], 162)):
            # a rehearsal has every question pass, and three chunks of 21 are too short
            plan = json.loads(p.sow("plan", "ask", *args, *more, "--json").stdout)
            assert 0.9 * requests <= plan["requests"]["likely"] <= 1.1 * requests, (plan, requests)
        asked = len(server.requests)
        p.ask(server, *args, "-n", "20")
        assert len(server.requests) == asked
        done = p.ask(server, *args, "-n", "500", status=3)
        assert "%d fewer than -n asks for" % (500 - len(everything)) in done.stderr, done.stderr
        assert p.records("run") == everything
        assert json.loads(p.sow("status", "run", "--json").stdout)["done"]
        p.ask(server, *args, "-n", "9", "--shuffle", run="mixed")
        mixed = p.records("mixed")
        assert len(mixed) == 9 and mixed != everything[:9]
        assert len({r["document"] for r in mixed}) > len({r["document"] for r in everything[:9]})
        p.ask(server, *args, "-n", "9", "--shuffle", run="same")
        assert p.records("same") == mixed
        p.ask(server, *args, "-n", "9", "--shuffle", "--seed", "2", run="other")
        assert p.records("other") != mixed


def among_others():
    def reply(n, path, headers, body):
        return ok(reply_to(body))

    with Place() as p, Fake(reply) as server:
        args = ["--documents", CORPUS, "--chunk", "40", "--overlap", "10", "--questions", "5"]
        p.ask(server, *args, run="plain")
        chunks = {(r["document"], r["start"]): r["input"] for r in p.records("plain", "alpaca")}
        p.ask(server, *args, "--distractors", "3", "--oracle", "0.8")
        made = p.records("run", "alpaca")
        assert len(made) > 60
        for r in made:
            shown = re.findall(r"<DOCUMENT>\n(.*?)\n</DOCUMENT>", r["input"], re.S)
            assert len(shown) == 4 and "\n".join("<DOCUMENT>\n%s\n</DOCUMENT>" % s for s in shown) == r["input"]
            assert len(set(shown)) == 4, "one is shown twice"
            assert len(r["distractors"]) == (3 if r["oracle"] else 4), r
            # those shown are its own, at its place, and the others
            assert (shown[r["oracle"] - 1] == r["chunk"]) if r["oracle"] else r["chunk"] not in shown
            assert sorted(shown) == sorted([chunks.get((d["document"], d["start"]), "") or d["document"]
                                            for d in r["distractors"]] + [r["chunk"]] * (r["oracle"] > 0)) or \
                any((d["document"], d["start"]) not in chunks for d in r["distractors"])
            for d in r["distractors"]:  # none shares text with it
                assert d["document"] != r["document"] or d["end"] <= r["start"] or r["end"] <= d["start"], r
        share = sum(r["oracle"] > 0 for r in made) / len(made)
        assert 0.65 < share < 0.92, share
        assert {r["oracle"] for r in made} == {0, 1, 2, 3, 4}
        p.ask(server, *args, "--distractors", "3", "--oracle", "0.8", run="again")
        assert p.records("again", "alpaca") == made
        for oracle, expected in (("0", {False}), ("1", {True})):
            p.ask(server, *args, "--distractors", "2", "--oracle", oracle, run="of-" + oracle)
            assert {r["oracle"] > 0 for r in p.records("of-" + oracle)} == expected
        p.write("one.txt", "A short text that has some twenty words in it, or some more, as many as are needed for a question.")
        for more, why in ((["--closed-book"], "not both"), (["--documents", "one.txt"], "5 chunks or more")):
            done = p.sow("ask", *(args if more[0] == "--closed-book" else []), "--distractors", "3", *more, "-o", "no",
                         "--teacher", server.url, "--model", "m", status=2)
            assert why in done.stderr, done.stderr
        return "%.0f %% with their own" % (100 * share)


def killed_at_any_moment(*more):
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"]) + str(body.get("seed"))
        time.sleep(chance(asked) / 50)
        if chance(asked + str(n)) < 0.05:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        if chance(asked + "x") < 0.2:
            return ok("hm")
        no = {name: "no" for name in CHECKS if chance(asked + name) < 0.15}
        return ok(varied(body) if wanted(body) == ["question"] else reply_to(body, json.dumps(no)))

    with Place() as p, Fake(reply) as server:
        args = ["ask", "--teacher", server.url, "--model", "m", "--no-cache", "-q", "--documents", CORPUS,
                "--chunk", "40", "--overlap", "10", "--questions", "5", "--tries", "2",
                "--rule", "near-duplicate=0.85", *more]
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun

        def outcome(run):
            # past -n as many more are begun as replies are under way
            rejects = [] if "-n" in more else sorted(p.rejects(run, "ticket, item, rule, text, detail, near, score"))
            return p.records(run), rejects

        expected = outcome("whole")
        assert len(expected[0]) > 20 and ("-n" in more or len(expected[1]) > 10), [len(e) for e in expected]
        rules = {r[2] for r in expected[1]}
        assert "-n" in more or {"near-duplicate", "unfit", "not-alone"} <= rules, rules

        def check():
            assert outcome("killed") == expected

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS, seconds / 3,
                               check)


def killed_with_all_options():
    return killed_at_any_moment("-n", "30", "--shuffle", "--distractors", "2", "--oracle", "0.5")


if __name__ == "__main__":
    sys.exit(tap.run([
        ("records know where their chunk stands", where_it_stands),
        ("checks", checks),
        ("about no text", about_no_text),
        ("what does not fit is asked again", what_does_not_fit),
        ("records of another kind, and mistakes", other_inputs),
        ("new questions alone, in their order", new_ones_alone),
        ("-n finished questions", as_many_as_wanted),
        ("among other chunks", among_others),
        ("20 kills at any moment", killed_at_any_moment),
        ("20 kills, with -n, --shuffle and --distractors", killed_with_all_options),
    ]))
