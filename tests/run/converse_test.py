#!/usr/bin/env python3
"""converse_test.py SOW: conversations with a user that a teacher plays.

Who speaks first, what ends a conversation and what is kept of it; each rule drops what it is for, with
its reason; a question that gets no answer is taken back; 20 kills change no byte.
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
random.seed(int(os.environ.get("SEED", "1")))
WORDS = ("amber basil cedar delta ember fjord grove hazel ivory jade kayak lemon maple nectar onyx pearl "
         "quartz river slate topaz umber violet willow yarrow zinnia").split()


def number(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def words_of(text, count):
    n = number(text)
    return " ".join(WORDS[(n >> 3 * i) % 25] for i in range(count))


class Place(Folder):
    def converse(self, server, *args, run="run", status=0):
        return self.sow("converse", "--teacher", server.url, "--model", "m", "--no-cache", "-q", *args,
                        "-o", run, status=status)

    def talks(self, run="run"):
        return [[(m["role"], m["content"]) for m in r["messages"]] for r in self.records(run, "messages")]


def is_user(body):
    return "response_format" in body


def text_of(body):
    return "\n".join(m["content"] for m in body["messages"])


def who_of(body):
    return re.search(r"^(?:Person|The user): .*", text_of(body), re.M)[0].split(": ", 1)[1]


def shown(body):
    """The conversation as the simulated user is shown it, whose own messages are the model's; None: it opens."""
    if "messages that you get are the assistant's" not in body["messages"][0]["content"]:
        return None
    lines = []
    for m in body["messages"][2:]:
        if m["content"].startswith("The assistant says:\n"):
            said = m["content"].split("\n", 1)[1].split("\n\nWhat does the user (", 1)[0]
            lines.append("Assistant: " + said)
        elif m["role"] == "assistant" and m["content"].startswith("{"):  # not one that did not fit
            lines.append("User: " + json.loads(m["content"])["message"])
    return "\n\n".join(lines)


def message(text, then=None):
    return ok(json.dumps(({"next": then} if then else {}) | {"message": text}))


def plain(n, path, headers, body):
    """Two rounds and the goal is met."""
    if not is_user(body):
        said = [m for m in body["messages"] if m["role"] == "user"]
        return ok("Answer %d to: %s" % (len(said), said[-1]["content"]))
    talk = shown(body)
    if talk is None:
        return message("What is a tide?")
    rounds = talk.count("Assistant: ")
    return message("", "leave") if rounds >= 2 else message("And what causes number %d?" % (rounds + 1), "ask")


def who_speaks_first():
    with Place() as p, Fake(plain) as server:
        p.write("in.jsonl", [
            {"persona": "A diver", "goal": "To know the sea", "depth": 7},
            {"instruction": "Why is the sky blue?", "persona": {"name": "Ada"}},
            {"instruction": "Why?", "output": "Because.", "input": "It rains."},
            {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi, why?"}]},
            {"messages": [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "1"},
                          {"role": "user", "content": "Two?"}, {"role": "assistant", "content": "2"}]},
        ])
        p.converse(server, "-i", "in.jsonl", "--system", "Be brief.")
        talks, records = p.talks(), p.records("run", "messages")
        brief = ("system", "Be brief.")
        more = "And what causes number 2?"
        assert talks[0] == [brief, ("user", "What is a tide?"), ("assistant", "Answer 1 to: What is a tide?"),
                            ("user", more), ("assistant", "Answer 2 to: " + more)], talks[0]
        assert talks[1][1] == ("user", "Why is the sky blue?") and len(talks[1]) == 5, talks[1]
        assert talks[2][1:] == [("user", "Why?\n\nIt rains."), ("assistant", "Because."), ("user", more),
                                ("assistant", "Answer 2 to: " + more)], talks[2]
        assert talks[3][:2] == [("system", "Be kind."), ("user", "Hi, why?")] and len(talks[3]) == 5, talks[3]
        assert len(talks[4]) == 5 and talks[4][4] == ("assistant", "2"), talks[4]
        assert [r["ended"] for r in records] == ["goal-met"] * 5, records
        assert records[0]["persona"] == "A diver" and records[0]["depth"] == 7
        users = [b for _, _, b in server.requests if is_user(b)]
        seen = "\n".join(text_of(b) + "\n" + (shown(b) or "") for b in users)
        for b in users:  # turn about, as chat templates want it, and the last word is the assistant's
            roles = [m["role"] for m in b["messages"]]
            assert roles == ["system"] + ["user", "assistant"] * (len(roles) // 2 - 1) + ["user"], roles
            assert shown(b) is None or "What does the user (" in b["messages"][-1]["content"], b["messages"]
        assert "Person: A diver\n" in seen and '{"name":"Ada"}' in seen
        assert "To know the sea" in seen and "Be brief." not in seen and "Be kind." not in seen
        assert "User: Why?\n\nIt rains.\n\nAssistant: Because." in seen, seen
        for _, _, b in server.requests:
            if not is_user(b):
                roles = [m["role"] for m in b["messages"]]
                assert roles == ["system"] + ["user", "assistant"] * (len(roles) // 2 - 1) + ["user"], roles
        p.converse(server, "-i", "in.jsonl", "--system", "Be brief.", "--no-system-out", "--turns", "1", run="one")
        assert [len(t) for t in p.talks("one")] == [2, 2, 2, 3, 4], p.talks("one")
        assert {r["ended"] for r in p.records("one")} == {"turns"}
        status = json.loads(p.sow("status", "run", "--json").stdout)["tallies"][0]
        assert (status["conversations"], status["goal_met"], status["user_turns"]) == (5, 5, 10), status


def parts_by_options():
    with Place() as p, Fake(plain) as server:
        p.write("people.txt", "A diver\nA baker\n")
        p.converse(server, "-i", "people.txt", "--persona", "instruction", "--talks", "2")
        assert len(p.talks()) == 4 and all(t[0] == ("user", "What is a tide?") for t in p.talks())
        assert [r["persona"] for r in p.records("run")] == ["A diver", "A diver", "A baker", "A baker"]
        seeds = [b["seed"] for _, _, b in server.requests if is_user(b) and shown(b) is None]
        assert len(set(seeds)) == 4, "two talks of a record are asked the same"
        p.write("tasks.jsonl", [{"instruction": "Add 2 and 3.", "output": "5", "who": "a child"},
                                {"instruction": "Add.", "who": ""}])
        p.converse(server, "-i", "tasks.jsonl", "--goal", "instruction", "--persona", "{{who}} of ten", run="goals")
        made = p.records("goals")
        assert made[0]["goal"] == "Add 2 and 3." and made[0]["reference"] == "5", made[0]
        seen = [text_of(b) for _, _, b in server.requests if is_user(b)]
        assert any("Person: a child of ten\n" in s and "Add 2 and 3." in s for s in seen)
        p.converse(server, "-i", "tasks.jsonl", "--persona", "who", run="who", status=0)
        assert [(r[0], r[1], r[3]) for r in p.rejects("who")] == [(2, "missing-field", "no text in 'who'")]
        os.makedirs(p.path("mine/converse"))  # a prompt of before the sides were exchanged
        with open(p.path("mine/converse/next.chat.txt"), "w", encoding="utf-8") as f:
            f.write("[user]\nThe talk so far:\n{{conversation}}\n\nWhat now?")
        said = p.converse(server, "-i", "tasks.jsonl", "--prompts", "mine", run="mine", status=1)
        assert "next.chat.txt:3: unknown slot {{conversation}}" in said.stderr, said.stderr
        p.write("ended.jsonl", [{"instruction": "Why?", "ended": "never"}, {"instruction": "How?"}])
        p.converse(server, "-i", "ended.jsonl", run="ended")
        assert [(r[0], r[1]) for r in p.rejects("ended")] == [(1, "field-exists")]
        p.converse(server, "-i", "ended.jsonl", "--replace", run="replaced")
        assert [r["ended"] for r in p.records("replaced")] == ["goal-met"] * 2


SAID = {
    "as-assistant": "Certainly! Here is an overview of the tides.",
    "only-thanks": "Thank you so much, that was very helpful!",
    "self-naming": "As an AI language model I want to know more of it.",
    "repeats-itself": "Tell me everything there is to know about tides.",
    "empty": "   ",
}


def what_the_user_says_wrong():
    def reply(n, path, headers, body):
        if not is_user(body):
            return ok("The moon pulls at the water of all the seas, twice a day.")
        for rule, text in SAID.items():
            if "who is " + rule in who_of(body):
                return message(text, "ask" if shown(body) else None)
        return message("The moon pulls at the water of all the seas, twice a day, you say.",
                       "ask" if shown(body) else None)

    with Place() as p, Fake(reply) as server:
        first = SAID["repeats-itself"]
        p.write("in.jsonl", [{"instruction": first, "persona": "One who is " + rule} for rule in SAID] +
                [{"instruction": first, "persona": "An echo"}])
        p.converse(server, "-i", "in.jsonl")
        rules = list(SAID) + ["as-assistant"]
        assert [r[1] for r in p.rejects("run")] == rules, p.rejects("run")
        assert p.rejects("run")[-1][3] == "repeats the answer", p.rejects("run")
        assert [r["ended"] for r in p.records("run")] == rules, p.records("run")
        assert all(len(t) == 2 for t in p.talks()), p.talks()
        # off, the same is said
        off = [a for rule in rules if rule != "empty" for a in ("--rule", rule + "=off")]
        p.converse(server, "-i", "in.jsonl", "--turns", "2", *off, run="off")
        assert [r[1] for r in p.rejects("off")] == ["empty"] + ["repeats-itself"] * 0, p.rejects("off")
        assert [len(t) for t in p.talks("off")] == [4, 4, 4, 4, 2, 4], p.talks("off")
        # without a first message there is no conversation
        p.write("open.jsonl", [{"persona": "One who is " + rule} for rule in SAID])
        p.converse(server, "-i", "open.jsonl", "--turns", "1", run="open")
        assert [r[1] for r in p.rejects("open")] == ["as-assistant", "only-thanks", "self-naming", "empty"]
        assert [t[0][1] for t in p.talks("open")] == [first]


def what_is_not_answered():
    """A later question is taken back; the record's own is not."""
    def reply(n, path, headers, body):
        if is_user(body):
            rounds = (shown(body) or "").count("Assistant: ")
            return message("More about number %d, please." % rounds, "ask")
        asked = [m["content"] for m in body["messages"] if m["role"] == "user"]
        what = asked[0].split()[-1] if len(asked) == 2 or asked[0].startswith("At once") else ""
        if what == "filtered":
            return err(400, {"error": {"message": "content filter", "code": "content_filter"}})
        if what == "cut":
            return ok("It is", finish="length")
        if what == "refusal":
            return ok("I'm sorry, but I can't help with that.")
        if what == "empty":
            return ok("")
        if what == "calls":
            return ok(None, tool_calls=[{"id": "1", "type": "function",
                                         "function": {"name": "look", "arguments": "{}"}}], finish="tool_calls")
        if what == "again":
            return ok("The first answer, which is said again and again.")
        return ok("The first answer, which is said again and again." if len(asked) == 1 else "An answer.")

    kinds = {"filtered": "refused", "cut": "cut-reply", "refusal": "refusal-opening", "empty": None,
             "calls": "refused", "again": "repeats-itself"}
    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"instruction": "Later comes %s" % k} for k in kinds] +
                [{"instruction": "At once comes %s" % k} for k in kinds if k != "again"] +
                [{"messages": [{"role": "user", "content": "At once comes a"},
                               {"role": "assistant", "content": "b"},
                               {"role": "user", "content": "So?"}], "tail": 1}])
        p.converse(server, "-i", "in.jsonl", "--turns", "3")
        later = p.records("run", "messages")[:len(kinds)]
        for kind, record in zip(kinds, later):
            assert len(record["messages"]) == 2, record
            assert kinds[kind] in (None, record["ended"]), (kind, record)
        rejects = p.rejects("run")
        for i, kind in enumerate(kinds):
            mine = [r for r in rejects if r[0] == i + 1]
            assert len(mine) == 1 and mine[0][2] == "More about number 1, please.", mine
            assert kinds[kind] in (None, mine[0][1]), mine
        failed = [r for r in rejects if len(kinds) < r[0] < 2 * len(kinds)]
        assert [r[1] for r in failed if r[1] in kinds.values()] and len(failed) == len(kinds) - 1, failed
        assert len(p.records("run")) == len(kinds) + 1


def what_does_not_fit():
    asked = {}

    def reply(n, path, headers, body):
        if not is_user(body):
            return ok("An answer to it.")
        who = who_of(body)
        asked[who] = asked.get(who, 0) + 1
        if asked[who] > 1:
            assert body["messages"][-1]["content"].startswith("That did not fit: "), body["messages"]
        if "never" in who or asked[who] < 3:
            return ok("I would rather not.")
        return message("", "leave")

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"instruction": "Why?", "persona": "Second thoughts"},
                             {"instruction": "Why?", "persona": "A never"}, {"persona": "A never at all"}])
        p.converse(server, "-i", "in.jsonl")
        assert [r["ended"] for r in p.records("run")] == ["goal-met", "unfit"]
        assert [(r[0], r[1]) for r in p.rejects("run")] == [(2, "unfit"), (3, "unfit")]
        assert sorted(asked.values()) == [3, 3, 3], asked


def answers_that_stand_beside():
    with Place() as p, Fake(plain) as server:
        p.write("in.jsonl", [{"prompt": "Why?", "chosen": "Good.", "rejected": "Bad."},
                             {"instruction": "How?", "instances": [{"input": "", "output": "A."},
                                                                   {"input": "", "output": "B."}]}])
        p.converse(server, "-i", "in.jsonl", "--turns", "2")
        assert [t[1] for t in p.talks()] == [("assistant", "Good."), ("assistant", "A.")], p.talks()
        others = [("other-answer", "Bad."), ("other-answer", "B.")]
        assert [(r[1], r[2]) for r in p.rejects("run")] == others
        p.converse(server, "-i", "in.jsonl", "--goal", "instruction", run="goals")
        assert [(r["goal"], r["reference"]) for r in p.records("goals")] == [("Why?", "Good."), ("How?", "A.")]
        assert [(r[1], r[2]) for r in p.rejects("goals")] == others
        p.write("inputs.jsonl", [{"instruction": "How?", "instances": [{"input": "x", "output": ""},
                                                                       {"input": "y", "output": "Y."}]}])
        p.converse(server, "-i", "inputs.jsonl", run="inputs")
        assert [(r[1], r[2]) for r in p.rejects("inputs")] == [("other-input", "x")], p.rejects("inputs")
        assert p.talks("inputs")[0][0] == ("user", "How?\n\ny"), p.talks("inputs")


def two_teachers_and_a_budget():
    def play(n, path, headers, body):
        if not is_user(body):
            return plain(n, path, headers, body)
        who = who_of(body)
        rounds = (shown(body) or "").count("Assistant: ")
        return message("" if rounds == 2 else "What of %s, %d?" % (words_of(who + str(rounds), 3), rounds),
                       (None, "ask", "leave")[rounds])

    with Place() as p, Fake(play) as user, Fake(play) as writer:
        p.write("in.jsonl", [{"persona": "A diver"}, {"persona": "A baker"}])
        p.write("r.yaml", """no-cache: true
max-requests: 5
teachers:
  writer: {teacher: "%s", model: w}
  user: {teacher: "%s", model: u}
steps:
  - {method: converse, input: in.jsonl, turns: 3}
""" % (writer.url, user.url))
        p.sow("run", "r.yaml", "-q", "-o", "run", status=3)
        assert len(user.requests) + len(writer.requests) == 5, "each turn is a request"
        with open(p.path("r.yaml"), encoding="utf-8") as recipe:
            p.write("r.yaml", recipe.read().replace("max-requests: 5\n", ""))
        p.sow("run", "r.yaml", "-q", "-o", "run")
        assert all(is_user(b) for _, _, b in user.requests) and not any(is_user(b) for _, _, b in writer.requests)
        lengths = [len(t) for t in p.talks()], len(user.requests), len(writer.requests)
        assert lengths == ([4, 4], 6, 4), lengths
        # a replay knows both by the run, given once or for each, stopped and resumed; and so does one of it
        args = ["converse", "-q", "-i", "in.jsonl", "--turns", "3", "--teacher", "replay:run", "-o", "again"]
        p.sow(*args, "--max-requests", "3", status=3)
        p.sow(*args)
        p.write("both.yaml", "teachers: {writer: {teacher: 'replay:again'}, user: {teacher: 'replay:again'}}\n"
                "steps:\n  - {method: converse, input: in.jsonl, turns: 3}\n")
        p.sow("run", "both.yaml", "-q", "-o", "both")
        assert p.talks("again") == p.talks("both") == p.talks(), p.talks("again")
        assert (len(user.requests), len(writer.requests)) == (6, 4)
        p.write("no.yaml", "teachers: {writer: {teacher: '%s', model: w}, user: {teacher: '%s', model: u}}\n"
                "steps:\n  - {method: respond, input: in.jsonl}\n" % (writer.url, user.url))
        done = p.sow("check", "no.yaml", status=1)
        assert "a user: no step asks one; converse does" in done.stdout + done.stderr, done


def killed_at_any_moment():
    def reply(n, path, headers, body):
        asked = json.dumps(body["messages"]) + str(body.get("seed"))
        time.sleep(number(asked) % 16 / 1000)
        if number(asked + str(n)) % 100 < 4:
            return err(503, {"error": {"message": "busy"}}, Retry_After="0")
        if not is_user(body):
            if number(asked) % 20 == 0:
                return ok("I'm sorry, but I can't help with that.")
            return ok("It is " + words_of(asked, 7))
        if number(asked) % 9 == 0:
            return ok("hm")
        opens = shown(body) is None
        if not opens and number(asked) % 7 == 0:
            return message("", "leave")
        if number(asked) % 11 == 0:
            return message("Thank you!", None if opens else "ask")
        return message("Tell me of " + words_of(asked, 6), None if opens else "ask")

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", [{"persona": "Number %d" % i} if i % 2 else {"instruction": "Tell me of %d." % i}
                             for i in range(40)])
        args = ["converse", "--teacher", server.url, "--model", "m", "--no-cache", "-q", "-i", p.path("in.jsonl"),
                "--turns", "5", "--tries", "2"]
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun

        def made(run):
            return p.records(run, "messages"), sorted(p.rejects(run, "ticket, item, rule, text, detail"))

        expected = made("whole")
        assert len(expected[0]) > 25 and len(expected[1]) > 10, [len(e) for e in expected]

        def check():
            assert made("killed") == expected

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS, seconds / 3,
                               check)


if __name__ == "__main__":
    sys.exit(tap.run([
        ("who speaks first, and what is kept", who_speaks_first),
        ("persona and goal by options", parts_by_options),
        ("a user that falls out of its part", what_the_user_says_wrong),
        ("questions that get no answer", what_is_not_answered),
        ("what does not fit is asked again", what_does_not_fit),
        ("answers that stand beside", answers_that_stand_beside),
        ("two teachers and a budget", two_teachers_and_a_budget),
        ("20 kills at any moment", killed_at_any_moment),
    ]))
