#!/usr/bin/env python3
"""score_servers_test.py SOW: scores by servers and judges, over `sow mock`.

How likely a text is comes by vLLM's prompt_logprobs, the echo of completions or SGLang's own call, found by
asking, and is the same by each; digits, rewards, grades and tags likewise become fields. What is computed of
the numbers in run.db is computed anew here. A server that gives no such numbers is asked by one record and no
more. 20 kills change no byte. TAP; the seed of the random moments can be given in SEED.
"""
import json
import math
import os
import random
import sqlite3
import struct
import subprocess
import sys
import time
import urllib.request

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers", "crash"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from fake import JSON, Fake, err, ok  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402

KILLS = 20
LIKELIHOODS = "perplexity,ifd,ifd-perplexity,superfilter"
random.seed(int(os.environ.get("SEED", "1")))

RECORDS = [
    {"instruction": "Name the capital of Norway.", "output": "Oslo is the capital of Norway."},
    {"instruction": "Translate.", "input": "Guten Tag", "output": "Good day\n"},
    {"instruction": "写一首诗", "output": "春天来了，花开了。"},
    {"instruction": "Name a sea.", "output": "\n\nThe naïve answer – “Baltic” – is fine. 🙂"},
    {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
                  {"role": "assistant", "content": "Hello there."}, {"role": "user", "content": "Name a fruit."},
                  {"role": "assistant", "content": "An apple."}]},
]


class Mock:
    def __init__(self, place, *args):
        self.log = place.path("mock%d.log" % random.randrange(10 ** 9))
        self.process = subprocess.Popen([SOW, "mock", "--until-eof", "--log", self.log, *args],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def requests(self):
        with open(self.log) as lines:
            return sum(1 for _ in lines)


def behind(mock, ready):
    """The reply of a Fake that passes on what it is asked, but not before ready() and 0.2 s more."""
    def reply(n, path, headers, body):
        end = time.monotonic() + 60
        if not ready():
            while not ready() and time.monotonic() < end:
                time.sleep(0.01)
            time.sleep(0.2)
        request = urllib.request.Request(mock.url[:-len("/v1")] + path, json.dumps(body).encode(), JSON)
        with urllib.request.urlopen(request) as got:
            return got.status, JSON, got.read()

    return reply


def answer(body):
    return 200, JSON, json.dumps(body).encode()


class Place(Folder):
    def score(self, url, *args, status=0):
        return self.sow("score", "-i", "in.jsonl", "--teacher", url, "--model", "m", "--no-cache", "-q", *args,
                        status=status)

    def numbers(self, run):
        """Of each ticket, in the order they were asked, the numbers and how many tokens were read."""
        with sqlite3.connect(os.path.join(self.path(run), "run.db")) as db:
            found = {}
            for ticket, tokens, blob in db.execute(
                    "SELECT ticket, prompt_tokens, numbers FROM reply WHERE numbers IS NOT NULL "
                    "ORDER BY ticket, stage, sample"):
                found.setdefault(ticket, []).append((tokens, struct.unpack("<%df" % (len(blob) // 4), blob)))
            return found


def some_texts(count):
    words = ["sea", "rain", "sun", "wind", "cloud", "storm", "river", "hill", "snow", "fog"]
    return [{"instruction": " ".join(random.choices(words, k=random.randint(1, 9))),
             "output": " ".join(random.choices(words, k=random.randint(1, 20)))} for _ in range(count)]


def mean_loss(numbers):
    return -sum(numbers) / len(numbers)


def likelihoods_by_any_form():
    without = [[], ["prompt_logprobs"], ["prompt_logprobs", "echo"]]
    with Place() as p:
        p.write("in.jsonl", RECORDS)
        made = []
        for i, gone in enumerate(without):
            with Mock(p, *[arg for name in gone for arg in ("--without", name)]) as mock:
                said = p.score(mock.url, "--with", LIKELIHOODS, "-o", "run%d" % i).stderr
                # 4 texts a record, and the first is asked once more for each form that is not known
                assert mock.requests() == 4 * len(RECORDS) + i, mock.requests()
                assert said.count("gives the log-probabilities of a given text by") == 1, said
                assert ("prompt_logprobs", "echo", "sglang")[i] in said, said
                status = p.sow("status", "run%d" % i).stdout
                assert "gives the log-probabilities" in status, status
            made.append(p.records("run%d" % i))
        assert made[0] == made[1] == made[2], made
        for ticket, record in enumerate(made[0], 1):
            (_, behind), (_, alone), (_, plain), (_, bare) = p.numbers("run0")[ticket]
            assert len(behind) == len(alone) == len(plain) == len(bare) + 1, record
            assert abs(record["perplexity"] - math.exp(mean_loss(behind))) < 1e-9 * record["perplexity"]
            assert abs(record["ifd"] - mean_loss(behind) / mean_loss(alone)) < 1e-9
            assert abs(record["superfilter"] - math.exp(mean_loss(plain) - mean_loss(bare))) < 1e-9
        # said beforehand, a form is not looked for
        with Mock(p) as mock:
            p.score(mock.url, "--with", LIKELIHOODS, "--form", "echo", "-o", "echo")
            assert mock.requests() == 4 * len(RECORDS) and p.records("echo") == made[0]


def none_of_the_forms():
    gone = ["--without", "prompt_logprobs", "--without", "echo", "--without", "generate"]
    with Place() as p, Mock(p, *gone) as mock:
        p.write("in.jsonl", some_texts(50))
        said = p.score(mock.url, "--with", "ifd", "-o", "run", status=3).stderr
        line = said.splitlines()[0]
        assert "does not give the log-probabilities of a given text" in line and "echo" in line, said
        # the call that it does not know is not among these two
        assert mock.requests() == 2, mock.requests()
        said = p.score(mock.url, "--with", "ifd", "--form", "sglang", "-o", "other", status=3).stderr
        assert "asked by sglang" in said and mock.requests() == 2, said
        said = p.score(mock.url, "--with", "ifd", "--form", "telepathy", "-o", "wrong", status=2).stderr
        assert "--form" in said and "prompt_logprobs" in said and not os.path.exists(p.path("wrong")), said
        # a language that has none of it
        said = p.score(mock.url, "--with", "ifd", "--api", "messages", "-o", "wrong", status=2).stderr
        assert "cannot score" in said and not os.path.exists(p.path("wrong")), said


def two_servers():
    """Each is asked in its own form; one that has none is asked no more, and the other does it all."""
    with Place() as p, Mock(p) as one, Mock(p, "--without", "prompt_logprobs") as two:
        p.write("in.jsonl", some_texts(40))
        p.score(one.url, "--with", "ifd", "-o", "alone")
        with Fake(behind(one, lambda: two.requests() > 1)) as late:
            p.score(late.url, "--teacher", two.url, "--with", "ifd", "-o", "both")
        assert p.records("both") == p.records("alone") and two.requests() > 1
        with Fake(lambda *_: err(404, {"error": {"message": "not here"}})) as none, \
                Fake(behind(one, lambda: len(none.requests) > 2)) as late:
            said = p.score(none.url, "--teacher", late.url, "--with", "ifd", "-o", "rest").stderr
            assert p.records("rest") == p.records("alone") and "does not give" in said, said
            assert len(none.requests) == 3, none.requests


def one_hangs():
    """A server that does not answer while its form is looked for holds up its own request alone."""
    held = []

    with Place() as p, Mock(p) as mock:
        def hang(n, path, headers, body):
            end = time.monotonic() + 30
            while mock.requests() < 60 and time.monotonic() < end:
                time.sleep(0.02)
            held.append(time.monotonic() < end)
            return err(404, {"error": {"message": "not here"}})

        p.write("in.jsonl", some_texts(40))
        with Fake(hang) as slow:
            p.score(slow.url, "--teacher", mock.url, "--with", "ifd", "-o", "run")
        assert held and all(held), held
        assert len(p.records("run")) == 40


def a_bad_day():
    """What goes wrong while the form is looked for says nothing about it."""
    faults = [arg for fault in ("429=0.1", "500=0.1", "503=0.05", "reset=0.05", "cut=0.05") for arg in
              ("--fault", fault)]
    with Place() as p, Mock(p, "--retry-after", "none", "--without", "prompt_logprobs", *faults) as mock:
        p.write("in.jsonl", some_texts(60))
        with Mock(p) as fine:
            p.score(fine.url, "--with", LIKELIHOODS, "-o", "fine")
        for seed in "12":
            p.score(mock.url, "--with", LIKELIHOODS, "--seed", seed, "-o", "bad" + seed)
            assert p.records("bad" + seed) == p.records("fine")


def broken_answers():
    """A first answer that is broken, empty or a web page changes no form; a server of such alone is left."""
    page = (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Back soon</body></html>")
    with Place() as p:
        p.write("in.jsonl", some_texts(30))
        for fault, seed in (("empty=0.15", "11"), ("garbage=0.2", "1")):
            gone = ["--without", "echo", "--without", "generate"]
            with Mock(p, *gone, "--fault", fault, "--seed", seed) as mock:
                # the server's words may be no UTF-8
                done = subprocess.run([SOW, "score", "-i", "in.jsonl", "--teacher", mock.url, "--model", "m",
                                       "--no-cache", "-q", "--with", "ifd", "--api", "completion", "-o", fault],
                                      stdin=subprocess.DEVNULL, capture_output=True, timeout=300, cwd=p.dir)
                assert done.returncode == 0, (fault, done.stderr)
            assert len(p.records(fault)) == 30 and "ifd" in p.records(fault)[0]
        # whatever the seed: the first two answers
        for i, bad in enumerate(((200, JSON, b'{"choices": []}'), (200, JSON, b'{"choices": [{"te'), page)):
            def twice(n, path, headers, body):
                if n < 2:
                    return bad
                if path.endswith("/rerank"):
                    return answer({"results": [{"index": 0, "relevance_score": 1}]})
                return answer({"data": [{"index": 0, "score": 0.5}]})

            with Fake(twice) as server:
                said = p.score(server.url, "--with", "reward", "--concurrency", "1", "-o", "twice%d" % i).stderr
                assert "by 'score'" in said, said
                assert [r["reward"] for r in p.records("twice%d" % i)] == [0.5] * 30
        # and no more than a few times
        with Fake(lambda *_: page) as server:
            said = p.score(server.url, "--with", "reward", "--form", "score", "-o", "none", status=3).stderr
            assert "asked by score" in said and len(server.requests) == 4, (said, len(server.requests))


def other_tokens():
    """A server whose tokens are of another text, and one that stops giving them."""
    with Place() as p:
        p.write("in.jsonl", some_texts(3))

        def wrong(n, path, headers, body):
            return answer({"choices": [{"text": "!", "prompt_logprobs": [
                None, {"1": {"logprob": -1, "decoded_token": "nonsense"}}]}]})

        with Fake(wrong) as server:
            p.score(server.url, "--with", "perplexity", "--form", "prompt_logprobs", "-o", "run", status=3)
        assert [r[1] for r in p.rejects("run")] == ["refused"] * 3, p.rejects("run")
        assert "do not make up the text" in p.rejects("run")[0][3], p.rejects("run")


def expectation(logs):
    weights = [math.exp(x) for x in logs]
    return sum((i + 1) * w for i, w in enumerate(weights)) / sum(weights)


def selectit(logs):
    p = [math.exp(x) for x in logs]
    q = [math.exp(x / sum(p)) for x in p]
    q = [x / sum(q) for x in q]
    best = q.index(max(q))
    return (best + 1) * sum(q[best] - x for x in q) / (len(q) - 1)


def digits():
    with Place() as p, Mock(p) as mock:
        p.write("in.jsonl", RECORDS)
        p.score(mock.url, "--with", "deita,deita-quality,selectit,deita-complexity", "-o", "run")
        made, numbers = p.records("run"), p.numbers("run")
        # a conversation of two turns is asked about twice in each way
        assert [len(numbers[t]) for t in range(1, 6)] == [2 + 5] * 4 + [4 + 5], numbers
        for ticket, r in enumerate(made, 1):
            logs = [x for _, x in numbers[ticket]]
            turns = (len(logs) - 5) // 2
            complexity = [expectation(x) for x in logs[:turns]]
            quality = [expectation(x) for x in logs[turns:2 * turns]]
            assert all(len(x) == 6 for x in logs[:2 * turns]) and all(len(x) == 5 for x in logs[2 * turns:])
            assert abs(r["deita_complexity"] - sum(complexity)) < 1e-6, r
            assert abs(r["deita_quality"] - sum(quality)) < 1e-6, r
            assert abs(r["deita"] - sum(c * q for c, q in zip(complexity, quality))) < 1e-6, r
            scores = [selectit(x) for x in logs[2 * turns:]]
            mean = sum(scores) / 5
            sigma = math.sqrt(sum((x - mean) ** 2 for x in scores) / 5)
            assert abs(r["selectit"] - mean / (1 + 0.2 * sigma)) < 1e-6, r
        # raw text, as DEITA's scorers read it: another prompt, other numbers
        p.score(mock.url, "--with", "deita", "--api", "completion", "-o", "raw")
        assert [r["deita"] for r in p.records("raw")] != [r["deita"] for r in made]
        p.sow("select", "run", "--by", "deita_complexity * deita_quality", "--top", "2", "-o", "best.jsonl")
        assert len(p.read("best.jsonl").splitlines()) == 2


def a_list_too_long():
    """A server that lists 5 tokens says so, and is asked for 5; digits that are not among them do not count."""
    listed = []

    def five(n, path, headers, body):
        listed.append(body["top_logprobs"])
        if body["top_logprobs"] > 5:
            return err(400, {"error": {"message": "Invalid 'top_logprobs': integer above maximum value. Expected a "
                                       "value <= 5, but got 20 instead.", "type": "invalid_request_error",
                                       "param": "top_logprobs", "code": "integer_above_max_value"}})
        top = [{"token": t, "logprob": math.log(x)} for t, x in (("2", .5), ("3", .25), (" 3", .1), ("Well", .1))]
        return answer({"choices": [{"message": {"content": "2"}, "finish_reason": "length",
                                      "logprobs": {"content": [{"token": "2", "top_logprobs": top}]}}],
                         "usage": {"prompt_tokens": 9, "completion_tokens": 1}})

    with Place() as p, Fake(five) as server:
        p.write("in.jsonl", some_texts(4))
        p.score(server.url, "--with", "deita-quality", "-o", "run")
        assert listed == [20] + [5] * 4, listed
        assert all(abs(r["deita_quality"] - (2 * .5 + 3 * .35) / .85) < 1e-6 for r in p.records("run"))


def no_digit():
    """Where no digit is among those listed the score is null, and select says so."""
    def words(n, path, headers, body):
        return answer({"choices": [{"message": {"content": "I"}, "finish_reason": "length", "logprobs": {
            "content": [{"token": "I", "top_logprobs": [{"token": "I", "logprob": -0.1}]}]}}]})

    with Place() as p, Fake(words) as server:
        p.write("in.jsonl", some_texts(3))
        p.score(server.url, "--with", "deita,selectit", "-o", "run")
        assert [(r["deita"], r["selectit"]) for r in p.records("run")] == [(None, None)] * 3


def rewards():
    with Place() as p:
        p.write("in.jsonl", RECORDS)
        made = []
        for i, gone in enumerate(([], ["score"], ["score", "rerank"])):
            with Mock(p, *[arg for name in gone for arg in ("--without", name)]) as mock:
                said = p.score(mock.url, "--with", "reward", "-o", "run%d" % i).stderr
                assert "gives a reward model's score by '%s'" % ("score", "rerank", "classify")[i] in said, said
            made.append([r["reward"] for r in p.records("run%d" % i)])
        assert made[0] == made[1] == made[2] and len(set(made[0])) == 5, made
        with Mock(p, "--without", "score", "--without", "rerank", "--without", "classify") as mock:
            said = p.score(mock.url, "--with", "reward", "-o", "none", status=3).stderr
            assert "does not give a reward model's score" in said, said
        # another form may give other numbers: it asks anew, and a run is not resumed in it
        with Mock(p) as mock:
            def ask(form, status=0):
                return p.sow("score", "-i", "in.jsonl", "--teacher", mock.url, "--model", "m", "--cache-dir",
                             p.path("cache"), "-q", "--with", "reward", "--form", form[0], "-o", form[1],
                             status=status).stderr

            for i, form in enumerate((("score", "a"), ("score", "b"), ("classify", "c"))):
                ask(form)
                assert mock.requests() == len(RECORDS) * (1, 1, 2)[i], mock.requests()
            said = ask(("classify", "a"), status=1)
            assert "form=score there" in said and "form=classify here" in said, said


def grades_and_tags():
    with Place() as p, Mock(p) as mock:
        p.write("in.jsonl", RECORDS)
        p.score(mock.url, "--with", "rubric,difficulty,alpagasus,tags", "--rubric", "honesty", "--rubric",
                "tone=1..3 How friendly is it?", "-o", "run")
        for r in p.records("run"):
            assert 1 <= r["honesty"] <= 5 and 1 <= r["tone"] <= 3 and 1 <= r["difficulty"] <= 10, r
            assert 0 <= r["alpagasus"] <= 5, r
            assert all(isinstance(r[name + "_reason"], str) for name in ("honesty", "tone", "difficulty", "alpagasus"))
            assert r["tags"] and r["tag_count"] == len(set(r["tags"])) == len(r["tags"]), r
            assert r["tags"] == [t.lower().replace("-", " ") for t in r["tags"]], r
        # a request for all grades, one for the tags
        assert mock.requests() == 2 * len(RECORDS), mock.requests()
        # by another model beside them
        p.write("in.jsonl", p.records("run"))
        said = p.score(mock.url, "--with", "difficulty", "-o", "again", status=3)
        assert [r[1] for r in p.rejects("again")] == ["field-exists"] * 5, said
        p.score(mock.url, "--with", "difficulty", "--suffix", "_2", "-o", "second")
        assert all(r["difficulty_2"] and r["difficulty_reason_2"] and r["difficulty"]
                   for r in p.records("second"))
        said = p.score(mock.url, "--with", "tags", "--rubric", "honesty", "-o", "wrong", status=2).stderr
        assert "--rubric" in said and "--with rubric" in said, said


def tags_that_do_not_fit():
    """Asked again with what was wrong, then a reject; what was scored before is not asked again."""
    asked = []

    def reply(n, path, headers, body):
        asked.append(body["messages"][-1]["content"])
        return ok(("no tags", '{"tags": []}', '{"tags": ["A-b", "a b", "C"]}')[n % 3])

    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", some_texts(1))
        p.score(server.url, "--with", "tags", "--tries", "2", "--concurrency", "1", "-o", "few", status=3)
        assert [r[1] for r in p.rejects("few")] == ["unfit"] and len(asked) == 2, asked
        del asked[:]
    with Place() as p, Fake(reply) as server:
        p.write("in.jsonl", some_texts(1))
        p.score(server.url, "--with", "tags", "--tries", "3", "--concurrency", "1", "-o", "run")
        assert [(r["tags"], r["tag_count"]) for r in p.records("run")] == [(["a b", "c"], 2)]
        assert "did not fit" in asked[1] and "did not fit" in asked[2], asked


def a_vocabulary():
    """sow tags: by the whole set, so whatever the order of records; everything else is kept."""
    with Place() as p, Mock(p) as mock:
        p.write("in.jsonl", some_texts(300))
        p.score(mock.url, "--with", "tags", "-o", "run")
        scored = p.records("run")
        args = ["--least", "5", "--support", "20", "--confidence", "0.8"]
        said = p.sow("tags", "run", *args, "--explain", "why.jsonl", "-o", "out.jsonl").stderr
        made = [json.loads(line) for line in p.read("out.jsonl").splitlines()]
        fates = {f["tag"]: f["becomes"] for f in map(json.loads, p.read("why.jsonl").splitlines())}
        assert len(made) == 300 and "tags;" in said, said
        assert fates["poems"] == "poem" or fates["poem"] == "poems" or fates["poem"] == fates["poems"], fates
        assert any(f is None for f in fates.values())
        for before, after in zip(scored, made):
            tags = list(dict.fromkeys(fates[t] for t in before["tags"] if fates[t]))
            assert after == dict(before, tags=tags, tag_count=len(tags)), (before, after)
        p.write("shuffled.jsonl", random.sample(scored, len(scored)))
        p.sow("tags", "shuffled.jsonl", *args, "-o", "other.jsonl")
        assert sorted(p.read("other.jsonl").splitlines()) == sorted(p.read("out.jsonl").splitlines())
        said = p.sow("tags", "in.jsonl", "-o", "none.jsonl", status=1).stderr
        assert "'tags'" in said and "--with tags" in said and not os.path.exists(p.path("none.jsonl")), said
        p.write("bad.jsonl", [{"instruction": "a", "tags": ["x", 1]}])
        said = p.sow("tags", "bad.jsonl", "-o", "none.jsonl", status=1).stderr
        assert "record 1" in said and "expected texts" in said, said


def killed_at_any_moment():
    faults = ["--fault", "429=0.03", "--fault", "500=0.03", "--fault", "reset=0.02", "--retry-after", "none"]
    with Place() as p, Mock(p, "--without", "prompt_logprobs", *faults) as mock:
        p.write("in.jsonl", some_texts(150))
        args = ["score", "-q", "-i", p.path("in.jsonl"), "--with", "novelty,ifd,superfilter,deita,selectit,reward,"
                "difficulty,tags", "--teacher", mock.url, "--model", "m", "--no-cache", "--concurrency", "32"]
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun
        expected = p.records("whole")
        assert len(expected) == 150

        def check():
            assert p.records("killed") == expected

        return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS,
                               0.7 * seconds, check)


sys.exit(tap.run([
    ("likelihoods by any form", likelihoods_by_any_form),
    ("a server without any form", none_of_the_forms),
    ("servers of two forms", two_servers),
    ("one of two servers hangs", one_hangs),
    ("faults while a form is looked for", a_bad_day),
    ("broken answers while a form is looked for", broken_answers),
    ("tokens of another text", other_tokens),
    ("DEITA's and SelectIT's digits", digits),
    ("a server that lists few tokens", a_list_too_long),
    ("no digit among them", no_digit),
    ("rewards by any form", rewards),
    ("a judge's grades, and tags", grades_and_tags),
    ("tags that do not fit", tags_that_do_not_fit),
    ("tags as a vocabulary", a_vocabulary),
    ("20 kills at any moment", killed_at_any_moment),
]))
