#!/usr/bin/env python3
"""serve_test.py SOW: who `sow review` answers, what it keeps, and how it fails. Over HTTP, without a browser.

TAP on standard output.
"""
import base64
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../support")]
import made  # noqa: E402
import tap  # noqa: E402
from serving import Serving, log_of  # noqa: E402

SOW = os.path.abspath(sys.argv[1])
SCRATCH = tempfile.TemporaryDirectory(prefix="sow-review-")


def path(name):
    return os.path.join(SCRATCH.name, name)


def sow(*args):
    return subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300)


# -- who is answered ------------------------------------------------------------------------------------

def test_the_guard():
    with Serving(SOW, made.write(path("guard.jsonl"), made.many(3))) as s:
        host = s.url.split("/")[2]
        assert s.raw("")[0] == 200
        assert s.raw("", Host="localhost:" + host.split(":")[1])[0] == 200
        for name in ("evil.example:80", "evil.example:" + host.split(":")[1], "127.0.0.1:1", "127.0.0.1"):
            assert s.raw("", Host=name)[0] == 403, name
            assert s.raw("api/info", b"{}", Host=name)[0] == 403, name
        for origin in ("http://evil.example", "null", "https://" + host, "http://" + host + ".evil.example"):
            assert s.raw("api/info", b"{}", Origin=origin)[0] == 403, origin
        assert s.raw("api/info", b"{}", Origin="http://" + host)[0] == 200
        assert s.raw("api/info", b"{}", Sec_Fetch_Site="cross-site")[0] == 403
        assert s.raw("api/info", b"{}", Content_Type="text/plain")[0] == 415
        url, token = s.url, s.url.split("/")[3]
        assert len(token) == 32 and int(token, 16) >= 0
        for wrong in ("/", "/x/", "/" + token, "/" + token[:-1] + "/", "/" + token[:-1] + ("0" if token[-1] != "0" else "1") + "/",
                      "//" + token + "/", "/" + token.upper() + "x/", "/style.css", "/api/info"):
            s.url = "http://" + host + wrong
            assert s.raw("")[0] == 404, wrong
        s.url = url
        for missing in ("../review.h", "%2e%2e/%2e%2e/etc/passwd", "html/app.js", "nothing"):
            assert s.raw(missing)[0] == 404, missing
        with Serving(SOW, path("guard.jsonl")) as other:
            assert other.url.split("/")[3] != token


def test_the_headers():
    import urllib.request
    with Serving(SOW, made.write(path("headers.jsonl"), made.many(3))) as s:
        for file in ("", "app.js", "style.css", "icon.svg"):
            with urllib.request.urlopen(s.url + file, timeout=60) as reply:
                policy = reply.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
                assert reply.headers["X-Content-Type-Options"] == "nosniff"
                assert reply.headers["Referrer-Policy"] == "no-referrer"
                assert reply.headers["Cache-Control"] == "no-store"
                text = reply.read().decode()
                assert "<script>" not in text and "onclick=" not in text and "style=\"" not in text, file


def test_a_password():
    with open(path("password"), "w", encoding="utf-8") as out:
        out.write("correct horse\n")
    os.chmod(path("password"), 0o600)
    file = made.write(path("shared.jsonl"), made.many(3))

    def login(name, word):
        return "Basic " + base64.b64encode((name + ":" + word).encode()).decode()

    with Serving(SOW, file, "--host", "127.0.0.1", "--password-file", path("password")) as s:
        assert s.raw("")[0] == 401
        assert s.raw("api/info", b"{}")[0] == 401
        for wrong in (login("ada", "wrong"), login("", "correct horse"), login("ada", ""), "Basic ???", "Bearer x"):
            assert s.raw("", Authorization=wrong)[0] == 401, wrong
        status, info = s.raw("api/info", b"{}", Authorization=login("ada", "correct horse"))
        assert status == 200 and info["by"] == "ada" and info["by_is_fixed"], info
        body = json.dumps({"i": 0, "verdict": "keep", "by": "somebody else"}).encode()
        assert s.raw("api/verdict", body, Authorization=login("ada", "correct horse"))[0] == 200
        assert log_of(file)[0]["by"] == "ada"
    for args, words in ((("--host", "0.0.0.0"), "expected --password-file"),
                        (("--password-file", path("missing")), "No such file"),):
        done = sow("review", file, *args)
        assert done.returncode in (1, 2) and words in done.stderr, done
    with open(path("short"), "w", encoding="utf-8") as out:
        out.write("1234567\n")
    assert "8 characters" in sow("review", file, "--host", "127.0.0.1", "--password-file", path("short")).stderr


def test_bad_requests():
    with Serving(SOW, made.write(path("bad.jsonl"), made.many(3)), "--by", "ada") as s:
        s.wait("read")
        for what, body, words in (
                ("list", {}, "from, count"), ("list", {"from": 0, "count": 1000}, "from, count"),
                ("list", {"from": 0, "count": 1, "order": "upwards"}, "order: unknown 'upwards'"),
                ("list", {"from": 0, "count": 1, "verdict": 7}, None), ("record", {}, "i: expected"), ("record", {"i": 3}, "i: expected"),
                ("record", {"i": -1}, "i: expected"), ("record", {"i": 0.5}, "i: expected"), ("record", {"i": "0"}, "i: expected"),
                ("verdict", {"i": 0}, "expected a verdict"), ("verdict", {"i": 0, "verdict": "perhaps"}, "expected a verdict"),
                ("verdict", {"i": 0, "verdict": "keep", "by": "x" * 65}, "by: expected"),
                ("verdict", {"i": 0, "verdict": "keep", "by": "a\nb"}, "by: expected"),
                ("verdict", {"i": 0, "verdict": "drop", "reasons": [7]}, "reasons: expected"),
                ("verdict", {"i": 0, "verdict": "drop", "reasons": ["x" * 201]}, "reasons: expected"),
                ("verdict", {"i": 0, "edit": {"instruction": ["never said", "b"]}}, "edit: expected"),
                ("verdict", {"i": 0, "edit": {"instruction": ["a"]}}, "edit: expected"),
                ("verdict", {"i": 0, "edit": {"answers": {"7": {"output": ["a", "b"]}}}}, "edit: expected"),
                ("verdict", {"i": 0, "edit": {"answers": {"0": {"output": ["never said", "b"]}}}}, "edit: expected"),
                ("verdict", {"i": 0, "edit": {"answers": {"x": {}}}}, "edit: expected"),
                ("verdict", {"i": 0, "edit": {"turns": {"0": ["a", "b"]}}}, "edit: expected"),
                ("undo", {"i": 0}, "nothing to undo"), ("history", {"id": "task_1_1"}, "expected a run"),
                ("nothing", {}, "nothing answers")):
            status, answer = s.raw("api/" + what, json.dumps(body).encode())
            assert (status == 200) == (words is None), (what, body, status, answer)
            assert words is None or words in answer["error"], (what, body, answer)
        for text in (b"", b"[]", b"{", b"{\"i\":0,}", b"\xff"):
            assert s.raw("api/record", text)[0] == 400, text
        assert s.raw("api/record")[0] == 404 and log_of(path("bad.jsonl")) == []


def test_bad_files():
    for args, words in ((("-",), "kept beside it"), ((path("nowhere"),), "No such file"), ((SCRATCH.name,), "no run here")):
        done = sow("review", *args)
        assert done.returncode in (1, 2) and words in done.stderr, done
    broken = path("broken.jsonl")
    with open(broken, "w", encoding="utf-8") as out:
        out.write("{\"instruction\":\"a\",\"output\":\"b\"}\n{\"instruction\":\n")
    with Serving(SOW, broken) as s:
        end = time.monotonic() + 60
        while "failure" not in s.ask("state")["state"]:
            assert time.monotonic() < end
            time.sleep(0.05)
        state = s.ask("state")["state"]
        assert "broken.jsonl:2" in state["failure"], state
        assert s.ask("record", i=0)["record"]["instruction"] == "a"
    with Serving(SOW, broken, "--skip-bad") as s:
        assert s.wait("read")["bad"] == 1


# -- what is kept ------------------------------------------------------------------------------------------

def test_killed_while_many_judge():
    """Every verdict that was confirmed is in the log, whatever moment the server dies at."""
    file = made.write(path("killed.jsonl"), made.many(2000))
    confirmed = set()
    for round_number in range(5):
        s = Serving(SOW, file)
        s.wait("read")

        def judge(who):
            for n in range(400):
                i = (round_number * 400 + n) % 2000
                try:
                    status, _ = s.raw("api/verdict", json.dumps({"i": i, "verdict": "keep" if n % 3 else "drop", "by": who}).encode())
                except OSError:
                    return
                if status == 200:
                    confirmed.add((who, i + 1))

        threads = [threading.Thread(target=judge, args=(who,)) for who in ("ada", "bo", "cy")]
        for t in threads:
            t.start()
        time.sleep(0.3 + 0.13 * round_number)
        s.kill()
        for t in threads:
            t.join()
    kept = {(line["by"], int(line["record"])) for line in log_of(file)}
    assert confirmed and confirmed <= kept, len(confirmed - kept)
    with Serving(SOW, file) as s:
        s.wait("read")
        p = s.ask("progress", by="ada")
        assert p["mine"] == len({i for who, i in kept if who == "ada"}), p["mine"]
    return "%d confirmed, %d kept" % (len(confirmed), len(kept))


def test_two_servers():
    file = made.write(path("both.jsonl"), made.many(300))
    with Serving(SOW, file, "--by", "ada") as a, Serving(SOW, file, "--by", "bo") as b:
        a.wait("read")
        b.wait("read")

        def judge(s, verdict):
            for i in range(150):
                s.ask("verdict", i=i, verdict=verdict)

        threads = [threading.Thread(target=judge, args=(a, "keep")), threading.Thread(target=judge, args=(b, "drop"))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(log_of(file)) == 300
        a.ask("verdict", i=200, verdict="keep")
        assert a.ask("progress")["counts"]["disputed"] == 150
    done = sow("convert", file, "-f", "records", "--jsonl")
    assert len(done.stdout.splitlines()) == 300 and "150 taken that people disagree on" in done.stderr, done.stderr


def test_alike_records():
    file = made.write(path("alike.jsonl"), [{"instruction": "Same", "output": "Same", "n": 0}] * 3 + list(made.many(2)))
    with Serving(SOW, file) as s:
        s.wait("read")
        s.ask("verdict", i=1, verdict="drop")
        assert [s.ask("record", i=i)["review"].get("verdict") for i in range(3)] == [None, "drop", None]
    with Serving(SOW, file) as s:
        s.wait("read")
        assert [s.ask("record", i=i)["review"].get("verdict") for i in range(3)] == [None, "drop", None]
    done = sow("convert", file, "-f", "records", "--jsonl")
    assert len(done.stdout.splitlines()) == 4, done


def test_a_full_disk():
    """A verdict that cannot be written is refused in words, and the next one can be."""
    file = made.write(path("full.jsonl"), made.many(3))

    def at_most():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))

    with Serving(SOW, file, before=at_most) as s:
        s.wait("read")
        for n in range(3):
            s.ask("verdict", i=n, verdict="keep", note="x" * 1000)
        status, answer = s.raw("api/verdict", json.dumps({"i": 0, "verdict": "drop", "note": "x" * 1000}).encode())
        assert status == 500 and "full.jsonl.review.jsonl: File too large" in answer["error"], answer
        assert s.ask("record", i=0)["review"]["verdict"] == "keep"
        s.ask("verdict", i=1, verdict="drop")
    assert [line["verdict"] for line in log_of(file)] == ["keep", "keep", "keep", "drop"]
    with open(file + ".review.jsonl", "rb") as text:
        assert text.read().endswith(b"}\n")


def test_a_name_that_is_not_utf_8():
    """What goes wrong with such a file is told all the same."""
    file = os.fsencode(path("name-")) + b"\xff.jsonl"
    shutil.copy(made.write(path("name.jsonl"), made.many(1)), file)
    with Serving(SOW, file) as s:
        s.wait("read")
        os.mkdir(file + b".review.jsonl")
        status, answer = s.raw("api/verdict", json.dumps({"i": 0, "verdict": "keep"}).encode())
        assert status == 500 and "not UTF-8" in answer["error"], (status, answer)


def test_a_log_that_is_none():
    file = made.write(path("device.jsonl"), made.many(3))
    os.symlink("/dev/full", file + ".review.jsonl")
    for command in (("review", file), ("convert", file, "-f", "records")):
        done = sow(*command)
        assert done.returncode == 1 and "device.jsonl.review.jsonl: expected a regular file" in done.stderr, done


def test_a_log_that_is_replaced():
    """An editor that renames on save: no verdict goes to the file that is gone."""
    file = made.write(path("replaced.jsonl"), made.many(3))
    with Serving(SOW, file, "--by", "ada") as s:
        s.wait("read")
        s.ask("verdict", i=0, verdict="keep")
        with open(file + ".review.jsonl", "rb") as old, open(path("new"), "wb") as new:
            new.write(old.read())
        os.replace(path("new"), file + ".review.jsonl")
        status, answer = s.raw("api/verdict", json.dumps({"i": 1, "verdict": "drop"}).encode())
        assert status == 500 and "was replaced; start sow review again" in answer["error"], answer
    with Serving(SOW, file, "--by", "ada") as s:
        s.wait("read")
        s.ask("verdict", i=1, verdict="drop")
    assert [line["verdict"] for line in log_of(file)] == ["keep", "drop"]


def test_other_kinds_of_files():
    rows = "question,answer\nWhat is up?,The sky\n\"Two, or three?\",Two\n"
    with open(path("rows.csv"), "w", encoding="utf-8") as out:
        out.write(rows)
    with gzip.open(path("rows.json.gz"), "wt", encoding="utf-8") as out:
        json.dump([{"question": "What is up?", "answer": "The sky"}, {"question": "Two?", "answer": "Two"}], out)
    for name in ("rows.csv", "rows.json.gz"):
        with Serving(SOW, path(name)) as s:
            s.wait("read")
            assert s.ask("record", i=0)["record"]["instruction"] == "What is up?"
            s.ask("verdict", i=0, verdict="drop")
            s.ask("verdict", i=1, verdict="keep", edit={"answers": {"0": {"output": ["Two", "Three"]}}})
        done = sow("convert", path(name), "-f", "alpaca", "--jsonl")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(lines) == 1 and lines[0]["output"] == "Three", done


# -- a run ------------------------------------------------------------------------------------------------

def test_a_run():
    run = made.run(SOW, path("run"))
    before = sow("export", run, "-f", "messages", "--jsonl", "--all").stdout.splitlines()
    with Serving(SOW, run, "--by", "ada") as s:
        s.wait("read")
        info = s.ask("info")
        assert info["kind"] == "run" and info["steps"] == 2 and info["rules"] and info["rounds"] >= 1
        rejected = s.ask("list", rule=info["rules"][0]["name"], **{"from": 0, "count": 1})["items"][0]
        status, answer = s.raw("api/verdict", json.dumps({"i": rejected["i"], "verdict": "keep"}).encode())
        assert status == 400 and "takes no verdict" in answer["error"], answer
        tasks = s.ask("list", rule="", **{"from": 0, "count": 5})
        first = s.ask("record", i=tasks["items"][0]["i"])["record"]
        history = s.ask("history", id=first["id"])["history"]
        assert history["lineage"][-1]["instruction"] == first["instruction"]
        s.ask("verdict", i=tasks["items"][0]["i"], verdict="drop", reasons=["wrong answer"])
        s.ask("verdict", i=tasks["items"][1]["i"], verdict="keep")
        assert s.ask("status")["status"]["done"] is True
    assert log_of(run)[0]["key"] == first["id"]
    done = sow("export", run, "-f", "messages", "--jsonl", "--all")
    assert len(done.stdout.splitlines()) == len(before) - 1 and "1 dropped record left out" in done.stderr, done.stderr
    done = sow("export", run, "-f", "messages", "--jsonl", "--reviewed")
    assert len(done.stdout.splitlines()) == 1, done
    done = sow("export", run, "-f", "messages", "--jsonl", "--all", "--ignore-review")
    assert done.stdout.splitlines() == before
    for command in ("export", "convert"):
        done = sow(command, run, "-f", "records", "--jsonl", "--ignore-review", "--reviewed")
        assert done.returncode == 2 and "not both" in done.stderr
    assert "Reviewed by people" in sow("stats", run).stdout
    page = path("report.html")
    assert sow("report", run, "-o", page, "-q").returncode == 0
    with open(page, encoding="utf-8") as text:
        assert "Reviewed by people" in text.read()


def test_select_and_vectors():
    """Vectors and numbers stay those of their records where a review leaves some out."""
    file = made.write(path("chosen.jsonl"), ({"instruction": "Task %d" % i, "output": "x", "q": i} for i in range(6)))
    with Serving(SOW, file) as s:
        s.wait("read")
        s.ask("verdict", i=5, verdict="drop")
        s.ask("verdict", i=4, verdict="keep", edit={"instruction": ["Task 4", "Task four"]})
    done = sow("select", file, "--by", "q", "--top", "2", "--jsonl", "--explain", path("explained.jsonl"))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(r["instruction"] for r in lines) == ["Task 3", "Task four"], done
    with open(path("explained.jsonl"), encoding="utf-8") as text:
        explained = [json.loads(line) for line in text]
    assert len(explained) == 6 and explained[5]["reason"] == "review" and explained[5]["record"] == 6, explained
    done = sow("select", file, "--by", "q", "--top", "2", "--jsonl", "--reviewed")
    assert [json.loads(line)["instruction"] for line in done.stdout.splitlines()] == ["Task four"], done
    for pick in ("random", "longest"):  # no member of a record is asked for
        done = sow("select", file, "--pick", pick, "--top", "6", "--jsonl")
        chosen = {json.loads(line)["instruction"] for line in done.stdout.splitlines()}
        assert len(chosen) == 5 and "Task 5" not in chosen, done
    assert sow("select", path("guard.jsonl"), "--by", "quality", "--top", "2", "--reviewed").returncode == 1


def test_tags():
    """A vocabulary is made of the records that a review leaves, as it mends them."""
    file = made.write(path("tagged.jsonl"), ({"instruction": "Task %d" % i, "output": "x", "tags": ["t%d" % (i % 2)]}
                                             for i in range(4)))
    with Serving(SOW, file) as s:
        s.wait("read")
        s.ask("verdict", i=0, verdict="drop")
        s.ask("verdict", i=2, verdict="keep", edit={"instruction": ["Task 2", "Task two"]})
    done = sow("tags", file, "--least", "1", "--jsonl")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["instruction"] for r in lines] == ["Task 1", "Task two", "Task 3"], done
    assert [r["tags"] for r in lines] == [["t1"], ["t0"], ["t1"]], lines


def test_it_ends():
    for how in (signal.SIGINT, signal.SIGTERM):
        s = Serving(SOW, made.write(path("end.jsonl"), made.many(3)))
        assert s.end(how) == 0
        assert s.said == "", s.said


def main():
    tests = tap.named(globals(), sys.argv[2:])
    with SCRATCH:
        return tap.run(tests)


if __name__ == "__main__":
    sys.exit(main())
