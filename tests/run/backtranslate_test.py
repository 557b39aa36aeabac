#!/usr/bin/env python3
"""backtranslate_test.py SOW: instructions that texts answer, and the judge's grades of the pairs.

Where the text is found and what stays with it; what is kept from which grade, by how many votes; each
rule drops what it is for; 20 kills change no byte.
TAP; the seed of the random moments can be given in SEED.
"""
import hashlib
import json
import os
import random
import re
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
ANY_LENGTH = ("--rule", "short-text=1", "--rule", "long-text=off")
random.seed(int(os.environ.get("SEED", "1")))


def number(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


class Place(Folder):
    def translate(self, server, *args, run="run", status=0):
        return self.sow("backtranslate", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args,
                        "-o", run, status=status)


def is_judge(body):
    return "quality" in body["response_format"]["json_schema"]["schema"]["properties"]


def prompt_of(body):
    return body["messages"][1]["content"]


def grade(n, why="so it is"):
    return ok(json.dumps({"quality_reason": why, "quality": n}))


def written(text):
    return ok(json.dumps({"instruction": text}))


def fine(n, path, headers, body):
    if is_judge(body):
        return grade(5)
    return written("What is told of number %d?" % (number(prompt_of(body)) % 9999))


def documents():
    asked = []

    def reply(n, path, headers, body):
        asked.append((is_judge(body), prompt_of(body), body))
        return fine(n, path, headers, body)

    with Place() as p, Fake(reply) as server:
        p.translate(server, "--documents", CORPUS, "--chunk", "60", *ANY_LENGTH)
        made = p.records("run", "alpaca")
        assert len(made) > 10, len(made)
        for r in made:
            assert r["instruction"].startswith("What is told") and r["input"] == "", r
            assert (r["quality"], r["quality_reason"]) == (5, "so it is"), r
            assert "chunk" not in r, r
            if not r["document"].endswith(".html"):
                with open(r["document"], encoding="utf-8", newline="") as text:
                    assert text.read()[r["start"]:r["end"]].strip() == r["output"], r
        writers = [b for judge, _, b in asked if not judge]
        assert all((b["temperature"], b["top_p"]) == (0.7, 0.9) for b in writers)
        assert all(b["temperature"] == 0 for judge, _, b in asked if judge)
        assert any("Headings above the text: The lamp of Lindholm" in said for judge, said, _ in asked if not judge)
        assert all("Question\nWhat is told" in said for judge, said, _ in asked if judge)


def other_inputs():
    long = "A sentence of a text that is the answer. " * 20
    with Place() as p, Fake(fine) as server:
        p.write("in.jsonl", [
            {"instruction": "Old?", "input": "in", "output": long + "a", "page": 7},
            {"text": long + "b", "page": 8},
            {"chunk": long + "c", "instruction": "Old?", "output": "Short."},
            {"instruction": "Old?", "instances": [{"input": "", "output": long + "d"},
                                                  {"input": "", "output": long + "e"}]},
            {"messages": [{"role": "user", "content": "Old?"}, {"role": "assistant", "content": long + "f"}]},
            {"page": 9},
            {"instruction": "Short?", "output": "Short."},
            {"text": long * 5},
            {"text": long + "g", "quality": 3},
        ])
        p.translate(server, "-i", "in.jsonl")
        made = {r["output"].strip()[-1]: r for r in p.records("run", "alpaca")}
        assert sorted(made) == list("abcdef"), sorted(made)
        assert made["a"]["original_instruction"] == "Old?\n\nin" and made["a"]["page"] == 7, made["a"]
        assert made["a"]["input"] == "" and "text" not in made["b"] and made["b"]["page"] == 8, made["b"]
        assert made["c"]["original_output"] == "Short." and "chunk" not in made["c"], made["c"]
        assert made["f"]["original_instruction"] == "Old?", made["f"]
        assert [(r[0], r[1], r[3]) for r in p.rejects("run")] == [
            (6, "missing-field", "no answer, and no text in 'chunk', 'text' or 'output'"),
            (7, "short-text", "6 characters"), (8, "long-text", "4099 characters"),
            (9, "field-exists", "there is a field 'quality'")], p.rejects("run")
        p.translate(server, "-i", "in.jsonl", "--field", "text", "--replace", run="field")
        assert sorted(r["output"].strip()[-1] for r in p.records("field", "alpaca")) == ["b", "g"]
        p.write("in.txt", long + "h\n" + long + "i\n")
        p.translate(server, "-i", "in.txt", run="text")
        made = p.records("text", "alpaca")
        assert [r["output"][-1] for r in made] == ["h", "i"] and "original_instruction" not in made[0], made


def votes_and_grades():
    """Text N is graded N/2 on the average of two votes."""
    def reply(n, path, headers, body):
        if not is_judge(body):
            return written("Text %s?" % re.findall(r"number (\d+)", prompt_of(body))[-1])
        twice = int(re.findall(r"number (\d+)", prompt_of(body))[-1])
        return grade(twice // 2 + (body.get("seed", 0) in odd and twice % 2), "it is %d" % twice)

    odd = set()

    def note(n, path, headers, body):
        if is_judge(body):
            key = prompt_of(body)
            seen.setdefault(key, []).append(body.get("seed"))
            if len(seen[key]) == 2:
                odd.add(body.get("seed"))
        return reply(n, path, headers, body)

    seen = {}
    with Place() as p, Fake(note) as server:
        p.write("in.jsonl", [{"text": "This is a text. " * 40 + "It is number %d." % n} for n in range(6, 11)])
        p.translate(server, "-i", "in.jsonl", "--votes", "2")
        assert [(r["quality"], r["quality_reason"]) for r in p.records("run")] == [
            (4.5, ["it is 9"] * 2), (5, ["it is 10"] * 2)], p.records("run")
        assert [(r[1], r[2], r[3]) for r in p.rejects("run")] == [
            ("low-grade", "Text %d?" % n, "%g: it is %d" % (n / 2, n)) for n in (6, 7, 8)], p.rejects("run")
        assert all(len(set(s)) == 2 for s in seen.values()), "two votes are one request"
        p.translate(server, "-i", "in.jsonl", "--keep", "3", run="lower")
        assert len(p.records("lower")) == 5
        done = p.translate(server, "-i", "in.jsonl", "--votes", "2", "--temperature", "0", run="no", status=2)
        assert "--temperature above 0" in done.stderr, done.stderr
        done = p.translate(server, "-i", "in.jsonl", "--strict-paper", "--keep", "4", run="no", status=2)
        assert "--strict-paper requires the paper's 4.5" in done.stderr, done.stderr


SAID = {
    "refusal-opening": "I'm sorry, but I can't assist with that.",
    "self-naming": "As an AI language model, what do I know of herons?",
    "holds-answer": "The answer is that herons stand in the water and wait.",
    "copies-text": "Say that a heron stands in shallow water and waits for a fish to come by.",
}


def what_is_wrong():
    text = "A heron stands in shallow water and waits for a fish to come by, kind %s. " * 10

    def reply(n, path, headers, body):
        if is_judge(body):
            return grade(5) if "unfit" not in prompt_of(body) else ok("A five, I should say.")
        for rule, said in SAID.items():
            if rule in prompt_of(body):
                return written(said)
        if "cut" in prompt_of(body):
            return ok('{"instruction": "Wh', finish="length")
        if "filtered" in prompt_of(body):
            return err(400, {"error": {"message": "content filter", "code": "content_filter"}})
        return ok("I would rather not.") if "never" in prompt_of(body) else written("What do herons do, unfit?")

    kinds = list(SAID) + ["cut", "filtered", "never", "ungraded"]
    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"text": text.replace("%s", k)} for k in kinds])
        p.translate(server, "-i", "in.jsonl", status=3)
        assert [r[1] for r in p.rejects("run")] == list(SAID) + ["cut-reply", "refused", "unfit", "unfit"], \
            p.rejects("run")
        assert p.rejects("run")[3][3].startswith("a heron stands in shallow water"), p.rejects("run")[3]
        p.translate(server, "-i", "in.jsonl", "--strict-paper", run="strict")
        assert len(p.records("strict")) == len(SAID), p.records("strict")


def about_no_text():
    """A heading, or what speaks of "the text", is asked for again, and dropped without a grade in the end."""
    said = {"Oil": ["Oil", "What does the text say?", "Never"], "Care": ["Care", "How do I look after a lamp?"],
            "Lamps": ["Lamps"], "Reef": ["lamps > reef"]}

    def reply(n, path, headers, body):
        if is_judge(body):
            return grade(5)
        name = next(k for k in said if "Of " + k in prompt_of(body))
        return written(said[name][min(len(body["messages"]) // 2 - 1, len(said[name]) - 1)])

    with Place() as p, Fake(reply) as server:
        p.write("a.md", "".join("%s %s\n\nOf %s there is this to say.\n\n" % ("##" if k == "Reef" else "#", k, k)
                                for k in said))
        args = ["--documents", "a.md", "--chunk", "10", "--tries", "2", *ANY_LENGTH]
        p.translate(server, *args)
        assert [r["instruction"] for r in p.records("run", "alpaca")] == ["How do I look after a lamp?"]
        assert [r[1:] for r in p.rejects("run")] == [
            ("not-alone", "What does the text say?", 'it says "does the text", but who reads it sees no text'),
            ("not-alone", "Lamps", "it is the heading, and no request"),
            ("not-alone", "lamps > reef", "it is the heading, and no request")], p.rejects("run")
        assert len(server.requests) == 8 + 1, len(server.requests)
        p.translate(server, *args, "--rule", "not-alone=off", run="all")
        assert [r["instruction"] for r in p.records("all", "alpaca")] == ["Oil", "Care", "Lamps", "lamps > reef"]


def second_round():
    """All pairs are kept with their grades; a better judge grades them again."""
    graded = [3]

    def reply(n, path, headers, body):
        return grade(graded[0] + number(prompt_of(body)) % 2) if is_judge(body) else fine(n, path, headers, body)

    with Place() as p, Fake(reply) as server:
        p.translate(server, "--documents", CORPUS, "--chunk", "60", "--keep", "1", *ANY_LENGTH, run="all")
        pairs = p.records("all", "alpaca")
        p.sow("select", "all", "--where", "quality >= 4.5", "-f", "alpaca", "-q", "-o", "first.jsonl")
        graded[0] = 4
        p.sow("grade", "-i", "all", "--rubric", "quality", "--replace", "--teacher", server.url, "--model", "tuned",
              "--no-cache", "-q", "-o", "again")
        p.sow("select", "again", "--where", "quality >= 4.5", "-f", "alpaca", "-q", "-o", "second.jsonl")
        first, second = (list(map(json.loads, p.read(name + ".jsonl").splitlines())) for name in ("first", "second"))
        assert first == [] and 0 < len(second) < len(pairs), (len(first), len(second), len(pairs))
        assert all(r["quality"] == 5 for r in second), second
        texts = {(r["instruction"], r["output"]) for r in pairs}
        assert all((r["instruction"], r["output"]) in texts for r in second), second


def killed_at_any_moment():
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"]) + str(body.get("seed"))
        time.sleep(number(asked) % 16 / 1000)
        if number(asked + str(n)) % 100 < 4:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        if number(asked) % 6 == 0:
            return ok("hm")
        return grade(3 + number(asked) % 3) if is_judge(body) else fine(n, path, headers, body)

    with Place() as p, Fake(reply) as server:
        args = ["backtranslate", "--teacher", server.url, "--model", "m", "--no-cache", "-q", "--documents", CORPUS,
                "--chunk", "30", "--votes", "3", "--keep", "4", "--tries", "2", *ANY_LENGTH]
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun

        def made(run):
            return p.records(run), sorted(p.rejects(run, "ticket, item, rule, text, detail"))

        expected = made("whole")
        assert len(expected[0]) > 5 and len(expected[1]) > 4, [len(e) for e in expected]

        def check():
            assert made("killed") == expected

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS, seconds / 3,
                               check)


if __name__ == "__main__":
    sys.exit(tap.run([
        ("documents", documents),
        ("other inputs, and what stays with them", other_inputs),
        ("votes and grades", votes_and_grades),
        ("what is dropped", what_is_wrong),
        ("about no text", about_no_text),
        ("a second round", second_round),
        ("20 kills at any moment", killed_at_any_moment),
    ]))
