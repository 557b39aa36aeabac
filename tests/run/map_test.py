#!/usr/bin/env python3
"""map_test.py SOW: prompts of one's own over records, answered by a server that often gets it wrong.

Whatever the records look like, they keep all that they have; every one ends with its field or with
a reason; what does not fit is asked again so often and no more; a recipe of three steps gives the
same bytes after 20 kills. TAP; the seed of the random moments can be given in SEED.
"""
import hashlib
import json
import os
import re
import random
import sqlite3
import subprocess
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
random.seed(int(os.environ.get("SEED", "1")))


def chance(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2 ** 32


def said(body):
    return body["messages"][-1]["content"]


class Place(Folder):
    def map(self, server, *args, status=0):
        return self.sow("map", "--teacher", server.url, "--model", "m", "--no-cache", *args,
                        status=status)

    def rejects(self, run, columns="rule, text, detail"):
        return super().rejects(run, columns)


def any_shape():
    shapes = [
        {"title": "Rain", "n": 1.50, "nested": {"a": [1, None, {"b": True}]}, "empty": ""},
        {"title": "Snow", "instruction": "What?", "output": "This.", "tags": ["x"]},
        {"title": "Fog", "messages": [{"role": "user", "content": "Hi"},
                                      {"role": "assistant", "content": "Ho"}]},
        {"title": "Hail", "chosen": "a", "rejected": "b", "prompt": "p"},
        {"title": "für \u00a0 \"x\"", "output": 3, "id": 7},
    ]
    with Place() as p, Fake(lambda n, path, h, body: ok("about " + said(body))) as server:
        with open(p.write("in.jsonl", shapes), encoding="utf-8") as lines:
            text = lines.read().replace("1.5,", "1.50,")
        p.write("in.jsonl", text)
        done = p.map(server, "-i", "in.jsonl", "-p", "[{{title}}]", "--into", "x", "-o", "run")
        assert done.stdout.startswith("5 records in, 5 out\n"), done.stdout
        assert "--format records" in done.stdout and "GPT-3" not in done.stdout, done.stdout
        made = p.records("run")
        for before, after in zip(shapes, made):
            assert after == {**before, "x": "about [%s]" % before["title"]}, after
            assert list(after)[:len(before)] == list(before)
        assert '"n":1.50' in p.sow("export", "run", "--format", "records", "--jsonl", "-o", "-").stdout
        # each is what it would be in a file, for those who read it as a record
        out = p.sow("export", "run", "--format", "alpaca", "--jsonl", "-o", "-")
        assert "left out, as alpaca has no place for it: records without a question (2)" in out.stderr, out.stderr
        out = p.sow("convert", "in.jsonl", "--format", "records", "--jsonl", "-o", "-")
        assert [json.loads(line) for line in out.stdout.splitlines()] == shapes
        p.write("data.csv", 'title,"a ""b"""\n"Rain, again",2\nFog,\n')
        p.map(server, "-i", "data.csv", "-p", "{{title}}", "--into", "x", "-o", "csv")
        assert p.records("csv") == [{"title": "Rain, again", 'a "b"': "2", "x": "about Rain, again"},
                                    {"title": "Fog", 'a "b"': "", "x": "about Fog"}]


def a_step_sees_the_fields():
    """Of the step before, of another run, and of a run of another method."""
    with Place() as p, Fake(lambda n, path, h, body: ok("<%s>" % said(body))) as server:
        p.write("in.jsonl", [{"a": 1}, {"a": 2}])
        p.map(server, "-i", "in.jsonl", "-p", "{{ a }}!", "--into", "b", "-o", "first")
        p.map(server, "-i", "first", "-p", "{{ a }} {{ b }}", "--into", "c", "-o", "second")
        assert p.records("second") == [{"a": n, "b": "<%d!>" % n, "c": "<%d <%d!>>" % (n, n)}
                                       for n in (1, 2)]
        p.write("q.txt", "Why?\n")
        p.sow("respond", "-i", "q.txt", "--teacher", server.url, "--model", "m", "-o", "answers")
        p.map(server, "-i", "answers", "-p", "{{instruction}} {{ output }}", "--into", "d", "-o", "third")
        assert p.records("third") == [{"instruction": "Why?", "input": "", "output": "<Why?>",
                                       "d": "<Why? <Why?>>"}]


def wrong_three_times_of_ten(server_replies=None):
    """30 % of the replies are no such JSON: every record ends valid or with its reason."""
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"])
        if chance(asked) < 0.3:
            return ok(["no JSON", '{"answer": ""}', '{"answer": "x"'][n % 3])
        return ok('Sure:\n```json\n{"answer": "because %d"}\n```' % len(asked))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"q": "question %d" % i} for i in range(400)])
        done = p.map(server, "-i", "in.jsonl", "-p", "{{q}}", "--as", "json", "--check",
                     "answer | length > 3", "--tries", "3", "-o", "run")
        made, rejects = p.records("run"), p.rejects("run")
        assert len(made) + len(rejects) == 400 and made and rejects, (len(made), len(rejects))
        assert all(r["answer"].startswith("because") for r in made)
        assert all(rule == "unfit" and text and detail for rule, text, detail in rejects), rejects
        asked = {}
        for _, _, body in server.requests:
            asked.setdefault(body["messages"][0]["content"], []).append(body["messages"])
        assert len(asked) == 400 and max(len(tries) for tries in asked.values()) == 3
        again = next(tries[1] for tries in asked.values() if len(tries) > 1)
        assert [m["role"] for m in again] == ["user", "assistant", "user"] and \
            again[2]["content"].startswith("That did not fit: "), again
        return "%d asked again, %d rejected%s" % (
            sum(len(tries) > 1 for tries in asked.values()), len(rejects), done.stderr and "")


def what_cannot_be_asked():
    with Place() as p, Fake(lambda n, path, h, body: ok("yes")) as server:
        p.write("in.jsonl", [{"a": 1}, {"b": 2}, {"a": 3, "x": 1}])
        p.map(server, "-i", "in.jsonl", "-p", "{{a}}", "--into", "x", "-o", "run")
        assert p.records("run") == [{"a": 1, "x": "yes"}]
        assert p.rejects("run") == [("missing-field", '{"b":2}', "there is no field 'a'"),
                                    ("field-exists", '{"a":3,"x":1}', "there is a field 'x'")]
        p.map(server, "-i", "in.jsonl", "-p", "{{a?}}!", "--into", "x", "--replace", "-o", "all")
        assert p.records("all") == [{"a": 1, "x": "yes"}, {"b": 2, "x": "yes"}, {"a": 3, "x": "yes"}]
        for args, words in (
                (["-p", "{{a"], "prompt:1: expected }}"), (["-p", "{{ a }}"], "missing --into"),
                (["--into", "x"], "missing --prompt"),
                (["-p", "nowhere.txt", "--into", "x"], "nowhere.txt: No such file or directory; a prompt that is not a file"),
                (["-p", "{{a}}", "--into", "x", "--when", "a >"], "when:1: expected the name of a field"),
                (["-p", "{{a}}", "--into", "x", "--map", "answer=a"], "--map is for methods that read"),
                (["-p", "{{a}}", "--into", "x", "--draw", "t"], "draw: expected NAME=A,B"),
                (["-p", "{{a}}", "--into", "x", "--range", "5"], "range: expected LEAST..MOST")):
            done = subprocess.run([SOW, "map", "-i", p.path("in.jsonl"), *args, "-o", p.path("no"),
                                   "--teacher", server.url, "--model", "m"],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
            assert done.returncode in (1, 2) and words in done.stderr, (args, done)
            assert not os.path.exists(p.path("no"))
        # all of it is lost: that is no success
        p.map(server, "-i", "in.jsonl", "-p", "{{z}}", "--into", "x", "-o", "none", status=3)
        done = p.map(server, "-i", "in.jsonl", "-p", "{{z}}", "--into", "x", "-o", "none", status=3)
        assert "status none says why" in done.stderr and "retry" not in done.stderr, done.stderr
        with Fake(lambda n, path, h, body: err(400, "no")) as refusing:
            done = p.map(refusing, "-i", "in.jsonl", "-p", "{{a?}}", "--into", "y", "-o", "refused", status=3)
            assert "to ask again: " in done.stderr and "retry refused" in done.stderr, done.stderr


def another_prompt_is_another_run():
    with Place() as p, Fake(lambda n, path, h, body: ok("yes")) as server:
        p.write("in.jsonl", [{"a": 1}])
        p.write("ask.txt", "About {{a}}?")
        p.map(server, "-i", "in.jsonl", "-p", "ask.txt", "--into", "x", "-o", "run")
        p.map(server, "-i", "in.jsonl", "-p", "About {{a}}?", "--into", "x", "-o", "run")
        p.write("ask.txt", "Of {{a}}?")
        done = p.map(server, "-i", "in.jsonl", "-p", "ask.txt", "--into", "x", "-o", "run", status=1)
        assert "(prompt: ask.txt there, ask.txt here (with other contents))" in done.stderr, done.stderr
        assert len(server.requests) == 1


def the_run_knows_its_prompt():
    """What was refused is asked again without a word of the command; texts in files are the run's."""
    open_for = []

    def reply(n, path, headers, body):
        return ok("yes") if open_for else err(400, {"error": {"message": "not now"}})

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"a": 1}])
        p.write("system.txt", "You know {{a}}.")
        p.write("item.json", '{"type": "object"}')
        prompt = "Two lines,\n'quoted': {{a}}"
        args = ["-i", "in.jsonl", "-p", prompt, "--system", "system.txt", "--choice", "yes", "--choice",
                "no", "--into", "x", "-o", "run"]
        p.map(server, *args, status=3)
        told = p.sow("status", "run").stdout
        assert "Two lines" in told and "built in" not in told, told
        open_for.append(True)
        p.sow("retry", "run")
        assert p.records("run") == [{"a": 1, "x": "yes"}]
        assert server.requests[-1][2]["messages"] == server.requests[0][2]["messages"]
        p.write("system.txt", "You don't know {{a}}.")
        done = p.map(server, *args, status=1)
        assert "(system: system.txt there, system.txt here (with other contents))" in done.stderr, done.stderr
        schema = ["-i", "in.jsonl", "-p", "{{a}}", "--schema", "item.json", "--as", "json", "--into", "x"]
        p.map(server, *schema, "-o", "schema", status=3)
        p.write("item.json", '{"type": "array"}')
        done = p.map(server, *schema, "-o", "schema", status=1)
        assert "(schema: item.json there, item.json here (with other contents))" in done.stderr, done.stderr


def lists_and_choices():
    def reply(n, path, headers, body):
        text = said(body)
        return ok("1. one\n2. two\n3. three" if text.startswith("List") else
                  "Grade: 4" if text.startswith("Grade") else "**Good.**")

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"a": 1}, {"a": 2}])
        p.map(server, "-i", "in.jsonl", "-p", "List {{a}}", "--as", "list", "--into", "item",
              "--explode", "-o", "lists")
        assert p.records("lists") == [{"a": a, "item": item} for a in (1, 2)
                                      for item in ("one", "two", "three")]
        p.map(server, "-i", "lists", "-p", "Grade {{item}}", "--range", "1..5", "--into", "grade", "--when",
              "item != 'two'", "-o", "grades")
        assert [r.get("grade") for r in p.records("grades")] == [4, None, 4] * 2
        p.map(server, "-i", "grades", "-p", "How is {{item}} ({{tone}})?", "--choice", "good", "--choice",
              "bad", "--into", "label", "--draw", "tone=a,b", "-o", "labels")
        assert {r["label"] for r in p.records("labels")} == {"good"}
        assert {r["tone"] for r in p.records("labels")} == {"a", "b"}


RECIPE = """no-cache: true
teachers:
  writer: {teacher: "%s", model: m}
steps:
  - method: map
    input: books.csv
    prompt: "Write a question about {{title}} in {{words}} words."
    into: instruction
    draw: {words: 5..20}
  - method: map
    prompt: "{{instruction}}"
    as: json
    check: "answer | length > 3"
    tries: 4
  - method: map
    prompt: "Grade from 1 to 5: {{answer}}"
    range: 1..5
    into: grade
    when: "words > 8"
outputs:
  - {format: records, file: data.jsonl}
"""


SCHEMA = {"type": "object", "properties": {"answer": {"type": "string", "minLength": 3},
                                           "sure": {"type": "boolean"}},
          "required": ["answer", "sure"], "additionalProperties": False}


def schemas():
    """Sent where the server takes it, and always checked."""
    def reply(n, path, headers, body):
        if "response_format" in body and "refuse" in path:
            return err(400, {"error": {"message": "Unknown parameter: 'response_format'."}})
        asked = body["messages"][0]["content"]
        if asked == "two" and len(body["messages"]) == 1:
            return ok('{"answer": "yes", "sure": "very"}')
        return ok('{"answer": "about %s", "sure": true}' % asked if asked != "three" else "none")

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"q": "one"}, {"q": "two"}, {"q": "three"}])
        p.write("item.json", json.dumps(SCHEMA))
        args = ["-i", "in.jsonl", "-p", "{{q}}", "--schema", "item.json", "--into", "item", "--tries", "2"]
        p.map(server, *args, "-o", "run")
        assert p.records("run") == [{"q": q, "item": {"answer": "about " + q, "sure": True}}
                                    for q in ("one", "two")]
        assert server.requests[0][2]["response_format"]["json_schema"]["schema"] == SCHEMA
        whys = [body["messages"][2]["content"] for _, _, body in server.requests if len(body["messages"]) > 1]
        assert sorted(whys)[0].startswith('That did not fit: sure: expected true or false, not "very"'), whys
        # a server that knows no schemas is asked without, once it has said so
        server.url = server.root + "/refuse/v1"
        done = p.map(server, *args, "-o", "other")
        assert "response_format" in done.stderr, done.stderr
        assert p.records("other") == p.records("run")
        p.write("item.json", '{"type": "object",\n "dependentRequired": {}}')
        done = p.map(server, *args, "-o", "no", status=1)
        assert "item.json:2:" in done.stderr and "dependentRequired" in done.stderr, done.stderr


NESTED = """seed: 1
no-cache: true
teachers:
  writer: {teacher: "%(url)s", model: m}
  judge: {teacher: "%(url)s", model: j}
steps:
  - method: map
    input: books.csv
    prompt: prompts/question.txt
    system: prompts/system.txt
    draw:
      tone: {choice: [friendly, "terse, or so", 3], weights: [3, 1, 1]}
      words: {integer: [20, 80]}
      persona: {from: people.jsonl}
    samples: 2
    output: {text: item.question}
  - method: map
    join: {file: expected.csv, by: title}
    prompt: "{{item.question}} Answer as JSON with one member, answer."
    output: {json: schema.json, into: item.reply}
    check: [{field: item.reply.answer, min-words: 3}, {equal: [item.reply.answer, expected]}]
    tries: 2
  - method: map
    prompt: "Grade from 1 to 5: {{item.reply.answer}}"
    output: {number: grade, from: 1, to: 5}
    duty: judge
  - method: map
    prompt: "How is {{item.reply.answer}}?"
    output: {choice: labels, of: [good, bad]}
    samples: 3
    gather: yes
  - method: map
    prompt: "List what {{title}} is about."
    output: {list: topics}
outputs:
  - {format: records, file: data.jsonl}
"""


def nested(n, path, headers, body):
    asked = said(body)
    if body["model"] == "j":
        return ok("4, I would say")
    if asked.startswith("Write"):
        assert body["messages"][0]["content"].startswith("You are A"), body
        return ok("What, number %d?" % (chance(asked + str(body.get("seed"))) * 1e6))
    if asked.startswith("List"):
        return ok("- one\n- two")
    if body["messages"][0]["content"].startswith("How"):
        return ok("either" if chance(json.dumps(body["messages"]) + str(body.get("seed"))) < 0.4 else "good")
    return ok('{"answer": "%s"}' % ("it is so" if "number" in body["messages"][0]["content"] else "no"))


def nested_place(p, server):
    p.write("books.csv", "title\nRain\nFog\nHail\n")
    p.write("people.jsonl", [{"name": "Ann", "age": 1}, {"name": "Abe"}])
    p.write("expected.csv", "title,expected\nFog,it is not\nRain,it is so\nHail,it is so\n")
    os.mkdir(p.path("prompts"))
    p.write("prompts/question.txt", "Write a question about {{title}} for {{persona.name}} in {{words}} words, {{tone}}.")
    p.write("prompts/system.txt", "You are {{persona.name}}.")
    p.write("schema.json", '{"type": "object", "properties": {"answer": {"type": "string"}}, '
                           '"required": ["answer"]}')
    return p.write("nested.yaml", NESTED % {"url": server.url})


def a_recipe_with_mappings():
    """The forms of a recipe, its files beside it, and a run that is what its files say."""
    with Place() as p, Fake(nested) as server:
        recipe = nested_place(p, server)
        p.sow("check", recipe)
        p.sow("run", recipe, "-o", "run")
        made = [json.loads(line) for line in p.read("run/data.jsonl").splitlines()]
        assert [r["title"] for r in made] == ["Rain", "Rain", "Hail", "Hail"], made
        assert made[0]["item"]["question"] != made[1]["item"]["question"], made
        for r in made:
            assert r["tone"] in ("friendly", "terse, or so", 3) and 20 <= r["words"] <= 80, r
            assert r["persona"] in ({"name": "Ann", "age": 1}, {"name": "Abe"}), r
            assert r["expected"] == r["item"]["reply"]["answer"] == "it is so", r
            assert (r["grade"], set(r["labels"]), r["topics"]) == (4, {"good"}, ["one", "two"]), r
        rejects = [r for r in p.rejects("run") if r[1] != "either"]
        assert [(rule, detail) for rule, _, detail in rejects] == [
            ("unfit", 'equal: item.reply.answer is "it is so", which is not what was expected')] * 2, rejects
        again = [body["messages"][-1]["content"] for _, _, body in server.requests
                 if len(body["messages"]) == 3]
        assert again and all("not what was expected" in text and "it is not" not in text
                             for text in again), again
        # the same from another folder, and another run where its files say something else
        count = len(server.requests)
        subprocess.run([SOW, "run", "../nested.yaml", "-q", "-o", "../run"],
                       cwd=p.path("prompts"), check=True, capture_output=True)
        assert len(server.requests) == count
        for name, text, words in (("people.jsonl", '{"name": "Al"}\n', "draw: "),
                                  ("expected.csv", "title,expected\nRain,x\n", "join of step 2: ")):
            before = p.read(name)
            p.write(name, text)
            done = p.sow("run", recipe, "-o", "run", status=1)
            assert words in done.stderr and "(with other contents)" in done.stderr, done.stderr
            p.write(name, before)
        # the short forms draw the same
        p.map(server, "-i", "books.csv", "-p", "Write about {{title}}", "--system", "You are A", "--draw",
              "words=20..80", "--draw", "persona=from:people.jsonl", "--draw",
              'tone={"choice": ["friendly", "terse, or so", 3], "weights": [3, 1, 1]}', "--into", "x", "-o", "flat")
        for one, other in zip(p.records("flat"), (made[0], None, made[2])):
            assert not other or all(one[f] == other[f] for f in ("words", "persona", "tone")), (one, other)


def mappings_that_are_wrong():
    base = ["steps:", "  - method: map", "    input: in.jsonl", "    prompt: \"{{a}}\""]
    cases = (
        ("    into: x\n    draw: {t: {choice: []}}", "6:15: draw: t: expected choice: a list"),
        ("    into: x\n    draw: {t: {choice: [a], weights: [1, 2]}}", "6:15: draw: t: expected weights: a list"),
        ("    into: x\n    draw:\n      t: {integers: [1, 2]}", "7:10: draw: t: expected choice: […]"),
        ("    into: x\n    draw: {t: {from: nowhere.jsonl}}", "nowhere.jsonl: No such file"),
        ("    into: x\n    draw: {t: a*0}", "6:15: draw: expected NAME=A,B"),
        ("    into: x\n    check: [{field: x, min-word: 3}]", "6:13: check: unknown 'min-word'; expected {field"),
        ("    into: x\n    check:\n      - a > 1\n      - {equal: [x]}", "8:9: check: equal: expected [FIELD, FIELD]"),
        ("    into: x\n    check: \"x >\"", "6:12: check:1: expected the name of a field"),
        ("    output: {number: x, from: 1}", "5:13: output: expected numbers from and to"),
        ("    output: {number: x, from: 5, to: 1}", "range: expected LEAST..MOST, such as 1..5, not '5..1'"),
        ("    output: {choice: x}", "5:13: output: expected of: a list"),
        ("    output: {txt: x}", "5:13: output: expected {text: FIELD}"),
        ("    output: {text: x, of: [a]}", "5:23: output: unknown 'of'"),
        ("    output: x", "5:13: output: expected {text: FIELD}"),
        ("    output: {json: none.json}", "schema: "),
        ("    output: {text: x}\n    into: y", "5:13: output: the step says 'into' as well"),
        ("    into: x\n    join: {file: in.jsonl, on: a}", "6:28: join: unknown 'on'; expected file and by"),
        ("    into: x\n    join: {by: a}", "6:11: join: expected file: FILE"),
        ("    into: x\n    system: none.txt", "6:13: system: "),
        ("    into: x\n    join: in.jsonl", "in.jsonl: record 1 has no field 'id' to join by"))
    with Place() as p:
        p.write("in.jsonl", [{"a": 1}])
        for lines, words in cases:
            recipe = p.write("recipe.yaml", "\n".join(base) + "\n" + lines + "\n")
            done = p.sow("check", recipe, status=1)
            told = done.stdout + done.stderr
            line = [one for one in told.splitlines() if words in one]
            assert line and "recipe.yaml:" in line[0], (lines, told)
        p.write("recipe.yaml", "\n".join(base[:2]).replace("map", "evol") +
                "\n    input: in.jsonl\n    output: {text: x}\n")
        done = p.sow("check", p.path("recipe.yaml"), status=1)
        assert "'output'" in done.stdout + done.stderr, done


def draws_from_files():
    with Place() as p, Fake(lambda n, path, h, body: ok("<%s>" % said(body))) as server:
        p.write("in.jsonl", [{"a": i} for i in range(60)])
        p.write("people.txt", "Ann\nAbe, who is old\n")
        p.write("people.csv", "name,age\nAnn,1\nAbe,2\n")
        p.map(server, "-i", "in.jsonl", "-p", "{{who}}: {{ them.name }}", "--draw", "who=from:people.txt", "--draw",
              "them=from:people.csv", "--into", "x", "-o", "run")
        made = p.records("run")
        assert {r["who"] for r in made} == {"Ann", "Abe, who is old"}, made
        assert {json.dumps(r["them"]) for r in made} == {'{"name": "Ann", "age": "1"}', '{"name": "Abe", "age": "2"}'}
        assert made[0]["x"] == "<%s: %s>" % (made[0]["who"], made[0]["them"]["name"])
        # of a run
        p.map(server, "-i", "in.jsonl", "-p", "{{r.x}}", "--draw", "r=from:run", "--into", "y", "-o", "other")
        assert all(r["r"] in made for r in p.records("other"))
        p.write("empty.jsonl", "")
        p.map(server, "-i", "in.jsonl", "-p", "{{r}}", "--draw", "r=from:empty.jsonl", "--into", "y", "-o",
              "no", status=1)
        assert not os.path.exists(p.path("no"))


def several_answers():
    """A record each, with what it is of, or a list; what does not fit is told either way."""
    def reply(n, path, headers, body):
        text = json.dumps(body["messages"]) + str(body.get("seed"))
        return ok("none" if chance(text) < 0.3 else str(1 + int(chance(text + "x") * 5)))

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"a": i} for i in range(40)])
        args = ["-i", "in.jsonl", "-p", "{{a}}", "--range", "1..5", "--into", "x", "--tries", "2",
                "--draw", "t=1..99", "--samples", "4"]
        p.map(server, *args, "-o", "run")
        made, rejects = p.records("run"), p.rejects("run")
        assert len(made) + len(rejects) == 160 and rejects, (len(made), len(rejects))
        assert len({(r["a"], r["t"]) for r in made}) == 40
        with sqlite3.connect(p.path("run/run.db")) as db:
            of = db.execute("SELECT ticket, item, source, operation FROM unit ORDER BY ticket, item").fetchall()
        assert of == [(t, i, "input_%d" % t, "sample %d" % i) for t in range(1, 41) for i in range(1, 5)], of[:9]
        count = len(server.requests)
        p.map(server, *args, "-o", "run")
        assert len(server.requests) == count
        p.map(server, *args, "--gather", "-o", "lists")
        lists, left = p.records("lists"), p.rejects("lists")
        assert len(lists) == 40 and sum(len(r["x"]) for r in lists) + len(left) == 160, (len(lists), len(left))
        # each is asked for again by itself, so the lists are what the records are
        assert [r["x"] for r in lists] == [[r["x"] for r in made if r["a"] == a] for a in range(40)]
        assert len(server.requests) == 2 * count
        assert {rule for rule, _, _ in left} == {"unfit"}
        p.map(server, "-i", "in.jsonl", "-p", "List {{a}}", "--as", "list", "--into", "x", "--samples", "2",
              "--gather", "--explode", "-o", "no", status=2)
    with Place() as p, Fake(lambda n, path, h, body: ok("- one\n- two\n- three")) as server:
        p.write("in.jsonl", [{"a": 1}])
        p.map(server, "-i", "in.jsonl", "-p", "List {{a}}", "--as", "list", "--into", "x", "--samples", "2",
              "--explode", "-o", "run")
        with sqlite3.connect(p.path("run/run.db")) as db:
            of = db.execute("SELECT item, operation, object FROM unit ORDER BY item").fetchall()
        assert of == [(1 + s + 2 * e, "sample %d" % (s + 1) + (", element %d" % (e + 1) if e else ""),
                       '{"a":1,"x":"%s"}' % x)
                      for e, x in enumerate(("one", "two", "three")) for s in (0, 1)], of


def gathered_none_fits():
    """Where no answer fits the record fails, with each of them."""
    with Place() as p, Fake(lambda n, path, h, body: ok("x" if len(body["messages"]) < 3 or
                                                        body["messages"][0]["content"] == "2" else "4")) as server:
        p.write("in.jsonl", [{"a": 1}, {"a": 2}])
        p.map(server, "-i", "in.jsonl", "-p", "{{a}}", "--as", "number", "--into", "x", "--samples", "3",
              "--gather", "--tries", "2", "-o", "run")
        assert p.records("run") == [{"a": 1, "x": [4, 4, 4]}]
        assert p.rejects("run") == [("unfit", "x", "there is no number in it")] * 3
        assert len(server.requests) == 12


def joins():
    with Place() as p, Fake(lambda n, path, h, body: ok("<%s>" % said(body))) as server:
        p.write("in.jsonl", [{"id": 1, "t": "a"}, {"id": 2, "t": "b"}, {"id": 3, "t": "c"}, {"t": "d"}])
        p.write("more.csv", "id,price,t\n2,9,b\n1,5,other\n7,1,z\n")
        args = ["-i", "in.jsonl", "-p", "{{t}} {{price?}}", "--join", "more.csv", "--into", "x"]
        done = p.sow("map", *args, "-o", "run", "--teacher", server.url, "--model", "m", "--no-cache")
        for text in (done.stdout, p.sow("status", "run").stdout):
            assert re.search(r"records to join +4\n.*had nothing for +2 +50", text), text
        assert p.records("run") == [{"id": 2, "t": "b", "price": "9", "x": "<b 9>"},
                                    {"id": 3, "t": "c", "x": "<c >"}, {"t": "d", "x": "<d >"}]
        rejects = p.rejects("run")
        assert rejects == [("field-exists", '{"id":1,"t":"a"}',
                            "there is a field 't', and more.csv has another")], rejects
        p.map(server, *args, "--replace", "-o", "replaced")
        assert p.records("replaced")[0] == {"id": 1, "t": "other", "price": "5", "x": "<other 5>"}
        p.map(server, "-i", "run", "-p", "+{{price?}}", "--join", "more.csv", "--join-by", "t", "--into", "y",
              "-o", "by")
        assert [r.get("y") for r in p.records("by")] == ["<+9>", "<+>", "<+>"], p.records("by")
        p.write("more.csv", "id,price,t\n2,9,b\n2,5,b\n")
        done = p.map(server, *args, "-o", "twice", status=1)
        assert "records 1 and 2 have the same 'id', which they are joined by: 2" in done.stderr, done.stderr
        done = p.map(server, *args, "-o", "run", status=1)
        assert "join" in done.stderr, done.stderr


def options_of_several_lines():
    open_for = []

    def reply(n, path, headers, body):
        return ok("one\nand two") if open_for else err(400, {"error": {"message": "not now"}})

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"a": 1}])
        args = ["-i", "in.jsonl", "-p", "{{a}}", "--choice", "one\nand two", "--choice", "three", "--check",
                "x != 'a'\nand x != 'b'", "--when", "a == 1\nor a == 2", "--into", "x"]
        p.map(server, *args, "-o", "run", status=3)
        shown = p.sow("status", "run").stdout
        for text in ("one", "and two", "three", "and x != 'b'", "or a == 2"):
            assert text in shown, shown
        open_for.append(True)
        p.sow("retry", "run")
        assert p.records("run") == [{"a": 1, "x": "one\nand two"}]
        count = len(server.requests)
        p.map(server, *args, "-o", "run")
        assert len(server.requests) == count
        done = p.map(server, *args[:6], "--choice", "and two", *args[6:], "-o", "run", status=1)
        assert "(choice: one\\nand two, three there, one\\nand two, and two, three here)" in done.stderr, done.stderr
        done = p.map(server, *args[:2], "-p", "{{a}}\n!", *args[4:], "-o", "run", status=1)
        assert "(prompt: {{a}} there, {{a}}\\n! here)" in done.stderr, done.stderr
        recipe = p.write("recipe.yaml", "no-cache: yes\nteachers:\n  writer: {teacher: \"%s\", model: m}\nsteps:\n"
                         "  - method: map\n    input: in.jsonl\n    prompt: |\n      {{a}}\n    output:\n      choice: x\n"
                         "      of: [\"one\\nand two\", three]\n    check: |-\n      x != 'a'\n      and x != 'b'\n"
                         "outputs: [{format: records, file: data.jsonl}]\n" % server.url)
        p.sow("run", recipe, "-o", "whole")
        assert json.loads(p.read("whole/data.jsonl")) == {"a": 1, "x": "one\nand two"}


def a_damaged_run():
    """A method without a pool does not blame one for what it cannot read."""
    with Place() as p, Fake(lambda n, path, h, body: ok("no JSON")) as server:
        p.write("in.jsonl", [{"title": "Rain"}])
        args = ("-i", "in.jsonl", "-p", "[{{title}}]", "--as", "json", "--into", "x", "-o", "run")
        p.map(server, *args, "--max-requests", "1", status=3)
        with sqlite3.connect(p.path("run/run.db")) as db:
            assert db.execute("UPDATE unit SET context = '{' WHERE context <> ''").rowcount == 1
        db.close()
        done = p.map(server, *args, status=1)
        assert done.stderr == "sow: run/run.db: damaged, or too large for the memory there is\n", done.stderr


def killed_with_mappings():
    with Place() as p, Fake(nested) as server:
        recipe = nested_place(p, server)
        p.write("books.csv", "title\n" + "".join("Rain %d\n" % i for i in range(80)))
        p.write("expected.csv", "title,expected\n" + "".join("Rain %d,it is %s\n" % (i, "so" if i % 3 else "not")
                                                              for i in range(80)))
        begun = time.monotonic()
        p.sow("run", recipe, "-q", "-o", "whole")
        seconds = time.monotonic() - begun
        expected = p.read("whole/data.jsonl")
        assert expected.count("\n") == 106, expected.count("\n")

        def check():
            assert p.read("killed/data.jsonl") == expected

        return kill_and_resume([SOW, "run", recipe, "-q", "-o", p.path("killed")], p.path("killed"), KILLS,
                               seconds / 3, check)


def killed_at_any_moment():
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"])
        time.sleep(chance(asked + "t") / 50)
        if chance(asked + str(n)) < 0.05:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        if "Grade" in asked:
            return ok(str(1 + len(asked) % 5))
        if "Write" in asked:
            return ok("What about %d?" % (chance(asked) * 1e6))
        return ok("{" if chance(asked) < 0.3 else '{"answer": "it is %d"}' % (chance(asked) * 1e6))

    with Place() as p, Fake(reply) as server:
        p.write("books.csv", "title,year\n" + "".join("Book %d,%d\n" % (i, 1900 + i) for i in range(300)))
        recipe = p.write("recipe.yaml", RECIPE % server.url)
        begun = time.monotonic()
        p.sow("run", recipe, "-q", "-o", "whole")
        seconds = time.monotonic() - begun
        expected = p.read("whole/data.jsonl")
        assert expected.count("\n") > 250 and '"grade":' in expected and '"year":"1900"' in expected

        def check():
            assert p.read("killed/data.jsonl") == expected

        return kill_and_resume([SOW, "run", recipe, "-q", "-o", p.path("killed")], p.path("killed"), KILLS,
                               seconds / 3, check)


sys.exit(tap.run([
    ("records of any shape keep all they have", any_shape),
    ("a step sees the fields of what came before", a_step_sees_the_fields),
    ("replies that do not fit", wrong_three_times_of_ten),
    ("records that cannot be asked about, and mistakes", what_cannot_be_asked),
    ("another prompt is another run", another_prompt_is_another_run),
    ("the run knows its prompt", the_run_knows_its_prompt),
    ("lists, numbers, choices, conditions, draws", lists_and_choices),
    ("schemas", schemas),
    ("a recipe with mappings", a_recipe_with_mappings),
    ("mappings that are wrong", mappings_that_are_wrong),
    ("draws from files", draws_from_files),
    ("several answers to a prompt", several_answers),
    ("several answers of which none fits", gathered_none_fits),
    ("joins", joins),
    ("options of several lines", options_of_several_lines),
    ("a damaged run", a_damaged_run),
    ("killed with mappings", killed_with_mappings),
    ("killed at any moment", killed_at_any_moment),
]))
