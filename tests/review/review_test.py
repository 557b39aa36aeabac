#!/usr/bin/env python3
"""review_test.py SOW AXE [NAME…]: `sow review` as people use it, in headless Chromium.

Records of every kind, a run made with `sow mock`, hostile records, a file of 100,000. AXE is
axe-core's file; where it is not there, its check is skipped. TAP on standard output; all is
skipped where there is no Chromium.
"""
import functools
import json
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../report"), os.path.join(HERE, "../support")]
import made  # noqa: E402
import tap  # noqa: E402
from browser import Browser, found  # noqa: E402
from serving import Serving, log_of  # noqa: E402

SOW, AXE = os.path.abspath(sys.argv[1]), sys.argv[2]
ESC, ENTER, RIGHT, CONTROL = "\ue00c", "\ue007", "\ue014", "\ue009"
TITLE = "return document.querySelector('#record .instruction, #record .turn')?.textContent"


class Files:
    """What is reviewed, made when it is first asked for."""

    def __init__(self, scratch):
        self.scratch = scratch

    def path(self, name):
        return os.path.join(self.scratch, name)

    def file(self, name, records):
        return made.write(self.path(name), records)

    def run(self):
        run = self.path("a run")
        return run if os.path.exists(run) else made.run(SOW, run)


def open_page(b, s):
    b.visit("about:blank") # the page before may still ask a server that is gone
    b.settle()
    b.console()
    b.requests()
    b.visit(s.url)
    b.wait("return document.body.classList.contains('ready')")


def shown(b, words):
    b.wait("return document.querySelector('#record .record')?.textContent.includes(%s)" % json.dumps(words))


def show_all(b):
    """All records; returns when the list that was there before is gone."""
    b.run("document.querySelectorAll('.list li').forEach(li => { li.dataset.old = 1; });"
          "const f = document.querySelector('[name=verdict]'); f.value = 'all'; f.dispatchEvent(new Event('change'))")
    b.wait("return !document.querySelector('.list li[data-old]') && !!document.querySelector('.list li')")


def told(b, words):
    b.wait("return document.querySelector('#status').textContent === %s" % json.dumps(words))


def expect_quiet(b, s):
    """Nothing in the console, nothing asked of others, no script of others, no dialog."""
    assert b.dialog() is None
    said = [line for line in b.console() if line[0] != "INFO"]
    assert not said, said
    asked = b.requests()
    assert all(url.startswith(s.url) for url in asked), [url for url in asked if not url.startswith(s.url)][:3]
    assert b.run("return window.__pwned") is None
    assert b.run("return document.querySelectorAll('img, iframe, object, embed, base, #record a, #record form').length") == 0


# -- by keyboard, killed after each ------------------------------------------------------------------

def judge_and_kill(b, path, keys, number):
    """One verdict by keyboard; the server is killed as soon as the page says that it is saved."""
    s = Serving(SOW, path, "--by", "ada")
    try:
        open_page(b, s)
        b.wait("return document.querySelector('#record .record')")
        title = b.run(TITLE)
        for key in keys:
            b.press(key)
        b.wait("return ['Kept', 'Dropped'].includes(document.querySelector('#status').textContent)")
    finally:
        s.kill()
    lines = log_of(path)
    assert len(lines) == number, (number, len(lines))
    return title, lines[-1]


def twenty(b, path):
    seen = []
    ways = (("k",), ("d", "1"), ("d", ENTER), ("f", "y", "y", "y"), ("f", "y", "n", "y"))
    for n in range(20):
        title, line = judge_and_kill(b, path, ways[n % len(ways)], n + 1)
        assert title not in seen, "shown twice: " + title[:60]
        seen.append(title)
        assert line["by"] == "ada" and line["verdict"] == ("keep" if n % 5 in (0, 3) else "drop"), (n, line)
    lines = log_of(path)
    assert len({line["key"] for line in lines}) == 20
    assert lines[1]["reasons"] == ["wrong answer"] and "reasons" not in lines[2]
    assert lines[3]["form"] == {"instruction": True, "input": True, "output": True}
    assert lines[4]["form"]["input"] is False and lines[4]["reasons"] == ["input does not fit"]
    with Serving(SOW, path, "--by", "ada") as s:
        counts = s.ask("progress")["counts"]
        assert (counts["kept"], counts["dropped"]) == (8, 12), counts


def test_twenty_of_a_file_killed_after_each(b, files):
    twenty(b, files.file("twenty.jsonl", made.many(25)))


def test_twenty_of_a_run_killed_after_each(b, files):
    twenty(b, files.run())


# -- kinds of records -----------------------------------------------------------------------------------

def test_kinds(b, files):
    with Serving(SOW, files.file("kinds.jsonl", made.kinds()), "--by", "ada") as s:
        s.wait()
        open_page(b, s)
        show_all(b)
        b.wait("return document.querySelectorAll('.list .row').length === 6")
        b.wait("return document.querySelector('#record .input .text')?.textContent === 'plum, fig, apple'")
        b.press(RIGHT)
        shown(b, "Explain tides")
        boxes = b.run("return [...document.querySelectorAll('.answers.many .answer')].map(a => "
                      "[a.className, a.getBoundingClientRect().top, a.getBoundingClientRect().left])")
        assert [box[0] for box in boxes] == ["answer chosen", "answer rejected"], boxes
        assert boxes[0][1] == boxes[1][1] and boxes[0][2] < boxes[1][2], "not side by side"
        b.press("j")
        shown(b, "coat in Rome")
        roles = b.run("return [...document.querySelectorAll('.turn')].map(t => t.className)")
        assert roles == ["turn system", "turn user", "turn assistant", "turn tool", "turn assistant"], roles
        assert "weather" in b.run("return document.querySelector('.call').textContent")
        assert "What the sky is like" in b.run("return document.querySelector('.tools').textContent")
        assert "24 degrees is warm" in b.run("return document.querySelector('.thought').textContent")
        b.press(" ")
        shown(b, "bird that cannot fly")
        assert b.run("return document.querySelectorAll('.answers.many .answer').length") == 3
        b.press(RIGHT)
        shown(b, "harbour.md")
        assert "bytes 120 to 211" in b.run("return document.querySelector('.source').textContent")
        b.press(RIGHT)
        shown(b, "add-constraint")
        b.wait("return document.querySelector('.nearest')?.textContent.includes('ROUGE-L')")
        expect_quiet(b, s)


def test_hostile_records(b, files):
    with Serving(SOW, files.file("hostile.jsonl", made.hostile()), "--by", made.HOSTILE[1][:40]) as s:
        s.wait()
        open_page(b, s)
        show_all(b)
        b.wait("return document.querySelectorAll('.list .row').length === 20")
        for n in range(20):
            b.run("document.querySelectorAll('.list .row')[arguments[0]].click()", n)
            b.wait("return document.querySelectorAll('.list .row')[%d].getAttribute('aria-current') === 'true'" % n)
            b.settle()
            b.press("e")
            b.press(ESC)
            assert b.run("return document.documentElement.scrollWidth <= innerWidth"), n
        s.ask("verdict", i=0, verdict="drop", by=made.HOSTILE[0], reasons=made.HOSTILE[:4], note=made.HOSTILE[1])
        b.run("document.querySelectorAll('.list .row')[0].click()")
        b.wait("return document.querySelector('.said')?.textContent.includes('onerror')")
        b.run("document.querySelector('[data-view=progress]').click()")
        b.wait("return document.querySelector('#progress table')")
        b.settle()
        expect_quiet(b, s)


# -- mending, notes, undo ------------------------------------------------------------------------------

def exported(path, *options):
    import subprocess
    done = subprocess.run([SOW, "convert", path, "--format", "records", "--jsonl", *options], capture_output=True, text=True,
                          check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_mended_by_keyboard(b, files):
    path = files.file("mend.jsonl", made.kinds())
    with Serving(SOW, path, "--by", "ada") as s:
        s.wait()
        open_page(b, s)
        shown(b, "Sort these words")
        b.press("e")
        b.wait("return document.activeElement.tagName === 'TEXTAREA'")
        b.run("document.activeElement.value = 'Sort these words by length, \"quietly\".'")
        b.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": [
            {"type": "keyDown", "value": CONTROL}, {"type": "keyDown", "value": ENTER},
            {"type": "keyUp", "value": ENTER}, {"type": "keyUp", "value": CONTROL}]}]})
        told(b, "Edit saved")
        b.wait("return document.querySelector('#record ins')?.textContent.includes('quietly')")
        b.press("n")
        b.wait("return document.activeElement.tagName === 'TEXTAREA'")
        b.run("document.activeElement.value = 'mended'; ")
        b.run("[...document.querySelectorAll('.panel button')].find(x => x.textContent.includes('Save')).click()")
        told(b, "Note saved")
        b.press("k")
        told(b, "Kept")
        shown(b, "Explain tides")
        b.press("d", "2")
        told(b, "Dropped")
        shown(b, "coat in Rome")
        b.press("u")
        told(b, "Taken back")
        shown(b, "Explain tides")
    records, said = exported(path)
    assert len(records) == 6, said
    assert records[0]["instruction"] == "Sort these words by length, \"quietly\"."
    assert records[0]["input"] == "plum, fig, apple" and records[0]["accuracy"] == 4.5
    assert records[0]["review"]["by"] == ["ada"] and records[0]["review"]["edited_by"] == "ada"
    assert "review" not in records[1]
    with open(path, encoding="utf-8") as original:
        assert json.loads(original.readline())["instruction"] == "Sort these words by length."
    kept, _ = exported(path, "--reviewed")
    assert [r["id"] for r in kept] == ["plain"]


def test_an_edit_is_not_thrown_away(b, files):
    path = files.file("leave.jsonl", made.many(5))
    with Serving(SOW, path, "--by", "ada") as s:
        s.wait()
        open_page(b, s)
        show_all(b)
        b.wait("return document.querySelectorAll('.list .row').length === 5")
        for n in range(2):
            b.run("document.querySelectorAll('.list .row')[arguments[0]].click()", n)
            b.wait("return document.querySelectorAll('.list .row')[%d].getAttribute('aria-current') === 'true'" % n)
            b.settle()
            b.press("e")
            b.wait("return document.activeElement.tagName === 'TEXTAREA'")
            b.run("document.activeElement.value = 'mended'")
            b.run("document.querySelectorAll('.list .row')[3].click()")
            b.wait("return document.querySelectorAll('.list .row')[3].getAttribute('aria-current') === 'true'")
        assert [line["edit"]["instruction"][1] for line in log_of(path)] == ["mended", "mended"]


def test_two_edit_one_record(b, files):
    path = files.file("both.jsonl", made.many(3))
    with Serving(SOW, path, "--by", "ada") as s:
        s.wait()
        open_page(b, s)
        b.settle()
        shown = s.ask("record", i=0)["record"]["instruction"]
        b.press("e")
        b.wait("return document.activeElement.tagName === 'TEXTAREA'")
        b.run("document.activeElement.value = 'by ada'")
        s.ask("verdict", i=0, by="bo", edit={"instruction": [shown, "by bo"]})
        save = "[...document.querySelectorAll('#judge button')].find(x => x.textContent.includes('Save the edit')).click()"
        b.run(save)
        b.wait("return document.body.textContent.includes('bo edited it meanwhile; look again')")
        assert b.run("return document.querySelector('#record textarea').value") == "by ada"
        b.press(ESC)
        b.wait("return document.querySelector('#record .record')?.textContent.includes('bo')")
        b.wait("return document.querySelector('#record .edited')")
        b.press("e")
        b.wait("return document.querySelector('#record textarea')?.value === 'by bo'")
        b.run("document.querySelector('#record textarea').value = 'by both'")
        b.run(save)
        told(b, "Edit saved")
        assert [line["edit"]["instruction"][1] for line in log_of(path)] == ["by bo", "by both"]


# -- several at once -------------------------------------------------------------------------------------

def test_two_browsers(b, files):
    path = files.file("two.jsonl", made.many(40))
    with Serving(SOW, path) as s, Browser() as other:
        s.wait()
        for one, who in ((b, "ada"), (other, "bo")):
            open_page(one, s)
            one.run("const f = document.querySelector('.who input'); f.value = arguments[0]; f.dispatchEvent(new Event('change'))", who)
            one.wait("return document.querySelector('#record .record')")
            one.settle()
        for n in range(10):
            for one, key in ((b, "k"), (other, "k" if n % 2 else "d")):
                one.run("document.querySelector('#status').textContent = ''")
                one.press(key)
                if key == "d":
                    one.press("3")
                one.wait("return ['Kept', 'Dropped'].includes(document.querySelector('#status').textContent)")
        lines = log_of(path)
        assert len(lines) == 20 and len({(line["by"], line["key"]) for line in lines}) == 20, len(lines)
        p = s.ask("progress")
        assert p["counts"]["disputed"] == 5 and p["counts"]["kept"] == 5, p["counts"]
        assert p["agreement"][0]["both"] == 10 and p["agreement"][0]["same"] == 5, p["agreement"]
        b.run("document.querySelector('[data-view=progress]').click()")
        b.wait("return document.querySelector('#progress')?.textContent.includes('kappa')")


def test_others_show_at_once(b, files):
    """What another process decides shows in a list without being asked for."""
    path = files.file("push.jsonl", made.many(5))
    with Serving(SOW, path, "--by", "ada") as s, Serving(SOW, path, "--by", "bo") as second:
        s.wait()
        second.wait()
        open_page(b, s)
        b.wait("return document.querySelectorAll('.list .row').length === 5")
        second.ask("verdict", i=3, verdict="drop")
        b.wait("return document.querySelectorAll('.list .row')[3].querySelector('.mark.drop')")
        assert s.ask("record", i=3)["review"]["verdict"] == "drop"


# -- many ----------------------------------------------------------------------------------------------------

def test_a_file_of_100000(b, files):
    path = files.file("many.jsonl", made.many(100_000))
    with Serving(SOW, path, "--by", "ada") as s:
        open_page(b, s)
        b.wait("return document.querySelector('#record .record')")
        s.wait("read")
        began = time.monotonic()
        first = s.ask("list", **{"from": 0, "count": 50})
        first_took = time.monotonic() - began
        assert first["of"] == 100_000 and first["matches"] == 100_000 and len(first["items"]) == 50
        last = s.ask("list", **{"from": 99_990, "count": 50})
        assert [r["i"] for r in last["items"]] == list(range(99_990, 100_000))
        worst = s.ask("list", order="worst", order_score="quality", **{"from": 0, "count": 3})
        assert [s.ask("record", i=r["i"])["record"]["fields"]["quality"] for r in worst["items"]] == [0, 0, 0]
        between = s.ask("list", score="quality", low=9.98, high=10, **{"from": 0, "count": 5})
        assert between["matches"] == 200, between["matches"]
        shuffled = [r["i"] for r in s.ask("list", order="random", seed=1, **{"from": 0, "count": 50})["items"]]
        assert shuffled != sorted(shuffled)
        assert shuffled == [r["i"] for r in s.ask("list", order="random", seed=1, **{"from": 0, "count": 50})["items"]]
        found_at, at = [], 0
        while at < 100_000:
            page = s.ask("list", search="NUMBER 99999 and", **{"from": at, "count": 50})
            found_at += [r["i"] for r in page["items"]]
            at = page["next"]
        assert found_at == [99_999], found_at
        b.run("const f = document.querySelector('[name=search]'); f.value = 'number 99998 and'; f.dispatchEvent(new Event('input'))")
        shown(b, "number 99998 and")
        b.press(ESC)
        expect_quiet(b, s)
        return "first page %.0f ms" % (1000 * first_took)


def test_a_sample(b, files):
    path = files.file("sample.jsonl", made.many(1000))
    taken = []
    for _ in range(2):
        with Serving(SOW, path, "--sample", "20", "--seed", "7") as s:
            s.wait("read")
            page = s.ask("list", **{"from": 0, "count": 50})
            assert page["matches"] == 20
            taken.append([r["i"] for r in page["items"]])
            open_page(b, s)
            b.wait("return document.querySelectorAll('.list .row').length === 20")
    assert taken[0] == taken[1]


# -- a run under way ---------------------------------------------------------------------------------------------

def test_a_run_under_way(b, files):
    import subprocess
    run = files.path("under way")
    with made.Mock(SOW, "--latency", "120") as mock:
        with subprocess.Popen([SOW, "self-instruct", "-o", run, "-n", "300", "--teacher", mock.address, "--model", "m",
                               "--concurrency", "2", "-q"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as growing:
            try:
                end = time.monotonic() + 60
                while not os.path.exists(os.path.join(run, "run.db")):
                    assert time.monotonic() < end and growing.poll() is None
                    time.sleep(0.05)
                with Serving(SOW, run, "--serve", command="status") as s:
                    open_page(b, s)
                    b.wait("return document.querySelector('#live .figures')?.textContent.includes('tasks done')")
                    number = "return Number(document.querySelector('#live .figures dd').textContent.replace(/\\D/g, '') || 0)"
                    before = b.run(number)
                    b.wait(number.replace("return ", "return %d < " % before), 60)
                    b.wait("return document.querySelectorAll('#live .latest button').length > 0", 60)
                    assert b.run("return document.querySelector('#live h2').textContent").startswith("The run is under way")
                    b.run("document.querySelector('[data-view=review]').click()")
                    b.wait("return document.querySelector('#record .record')", 60)
                    b.press("k")
                    told(b, "Kept")
                    assert len(log_of(run)) == 1
                    expect_quiet(b, s)
            finally:
                growing.terminate()
                growing.stderr.read()


# -- accessibility -----------------------------------------------------------------------------------------------

def check_axe(b, where):
    with open(AXE, encoding="utf-8") as source:
        script = source.read()
    b.run(script + "; window.axe = axe;")
    found_problems = b.call("POST", "/execute/async", {"args": [], "script": """const done = arguments[0];
        axe.run(document, { resultTypes: ['violations'] }).then(r => done(r.violations.map(v =>
            [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.target.join(' ') + ': ' + n.failureSummary)])), e => done([['error', String(e), []]]))"""})
    serious = [p for p in found_problems if p[0] in ("serious", "critical", "error")]
    assert not serious, (where, serious)
    return len(found_problems)


def test_accessible(b, files):
    if not os.path.exists(AXE):
        raise tap.Skip("no axe-core; tools/setup --ci fetches it")
    minor = 0
    with Serving(SOW, files.file("axe.jsonl", made.kinds()), "--by", "ada") as s:
        s.wait()
        s.ask("verdict", i=0, verdict="drop", reasons=["wrong answer"], form={"output": False}, seconds=3)
        s.ask("verdict", i=0, by="bo", verdict="keep", note="fine", edit={"instruction": ["Sort these words by length.", "Sort them."]})
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 400)):
            b.look(scheme, width)
            open_page(b, s)
            show_all(b)
            b.wait("return document.querySelectorAll('.list .row').length === 6")
            for n in range(6):
                b.run("document.querySelectorAll('.list .row')[arguments[0]].click()", n)
                b.wait("return document.querySelectorAll('.list .row')[%d].getAttribute('aria-current') === 'true'" % n)
                b.settle()
                minor += check_axe(b, (scheme, width, n))
            for key in ("d", "f", "n", "e", "?"):
                b.press(key)
                b.settle()
                minor += check_axe(b, (scheme, width, key))
                b.press(ESC)
            b.run("document.querySelector('#keys').close(); document.querySelector('[data-view=progress]').click()")
            b.wait("return document.querySelector('#progress table')")
            minor += check_axe(b, (scheme, width, "progress"))
            assert b.run("return document.documentElement.scrollWidth <= innerWidth"), (scheme, width)
    with Serving(SOW, files.run(), "--by", "ada") as s:
        s.wait()
        for scheme in ("light", "dark"):
            b.look(scheme, 1280)
            open_page(b, s)
            b.wait("return document.querySelector('#record .record')")
            minor += check_axe(b, (scheme, "run"))
            b.run("document.querySelector('[data-view=live]').click()")
            b.wait("return document.querySelector('#live .figures')")
            minor += check_axe(b, (scheme, "live"))
    b.look("light", 1200)
    return "%d minor remarks" % minor


def main():
    tests = tap.named(globals(), sys.argv[3:])
    if not found():
        print("1..0 # SKIP no chromium, or no chromedriver")
        return 0
    with tempfile.TemporaryDirectory(prefix="sow-review-") as scratch, Browser() as b:
        files = Files(scratch)
        return tap.run([(name, functools.partial(test, b, files)) for name, test in tests])


if __name__ == "__main__":
    sys.exit(main())
