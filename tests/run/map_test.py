#!/usr/bin/env python3
"""map_test.py SOW: prompts of one's own over records, answered by a server that often gets it wrong.

Whatever the records look like, they keep all that they have; every one ends with its field or with
a reason; what does not fit is asked again so often and no more; a recipe of three steps gives the
same bytes after 20 kills. TAP; the seed of the random moments can be given in SEED.
"""
import hashlib
import json
import os
import random
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
                (["-p", "nowhere.txt", "--into", "x"], "nowhere.txt: No such file or directory; a prompt that is no file"),
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
    ("killed at any moment", killed_at_any_moment),
]))
