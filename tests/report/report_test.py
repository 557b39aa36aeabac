#!/usr/bin/env python3
"""report_test.py SOW SOURCE-ROOT [NAME…]: reports as a browser shows them.

A run of two steps made with `sow mock`, the same with hostile texts in it, hostile records of a
file, a file of ten, one of 100,000, each opened in headless Chromium. TAP on standard output; all
is skipped where there is no Chromium.
"""
import functools
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
from browser import Browser, found  # noqa: E402

SOW, SOURCE = map(os.path.abspath, sys.argv[1:3])
TIMEOUT = 500
TAB, ENTER, SPACE = "\ue004", "\ue007", " "
CHARTS_OF_RUN = {"likeness", "structure", "instruction", "input", "output", "acceptance", "cost"}
CHARTS_OF_FILE = CHARTS_OF_RUN - {"acceptance", "cost"}
MOST = 5_000_000

RECIPE = """
seed: 1
teachers:
  writer: {teacher: "%s", model: m, price-in: 0.15, price-out: 0.60}
steps:
  - {method: self-instruct, n: 120}
  - {method: evol, rounds: 3}
"""

HOSTILE = [
    "</script><script>window.__pwned=1</script>",
    "<img src=x onerror=\"window.__pwned=1\"><svg onload=\"window.__pwned=1\">",
    "javascript:window.__pwned=1 <a href=\"javascript:window.__pwned=1\">here</a>",
    "<!--<script>window.__pwned=1//--></style><style>*{display:none}</style>",
    "\u202eright to left override\u202c \u0645\u0631\u062d\u0628\u0627 \u2028 \u2029 \u2066 isolate",
    "{a|rich} {{parts}} {{policy}} ${window.__pwned=1} %s %n \\u003cscript\\u003e",
    "<iframe srcdoc=\"<script>parent.__pwned=1</script>\"></iframe><base href=//evil/>",
    "x" * 200_000,
    "<" * 50_000,
    "\u0001\u0007\u001b[31m control \ufffd \U0001f331 Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334",
]


class Made:
    """What the tests look at, made when it is first asked for."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(scratch, "cache"))

    def path(self, name):
        return os.path.join(self.scratch, name)

    def sow(self, *args):
        done = subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=TIMEOUT, check=False, env=self.environment)
        assert done.returncode == 0, (args, done.returncode, done.stderr[-500:])
        return done.stdout

    def report(self, of, *options):
        page = of + ".html"
        self.sow("report", of, "-o", page, "-q", *options)
        size = os.path.getsize(page)
        assert size < MOST, "%s: %d bytes" % (page, size)
        return page

    def run(self):
        run = self.path("a run")
        if not os.path.exists(run):
            with subprocess.Popen([SOW, "mock", "--until-eof"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True) as mock:
                with open(self.path("recipe.yaml"), "w", encoding="utf-8") as recipe:
                    recipe.write(RECIPE % mock.stdout.readline().strip())
                self.sow("run", self.path("recipe.yaml"), "-o", run, "-q")
                mock.stdin.close()
        return run

    def hostile_run(self):
        """The run with other texts in its file: nothing in it is to be trusted."""
        run = self.path("<img src=x onerror=window.__pwned=1>")
        if not os.path.exists(run):
            shutil.copytree(self.run(), run)
            with sqlite3.connect(os.path.join(run, "run.db")) as db:
                for table, key, columns in (("unit", "rowid", "instruction operation"),
                                            ("reject", "id", "text detail rule near")):
                    for column in columns.split():
                        for (row,) in db.execute("SELECT %s FROM %s" % (key, table)).fetchall():
                            text = HOSTILE[(row + len(column)) % len(HOSTILE)]
                            db.execute("UPDATE %s SET %s = ? WHERE %s = ? AND %s IS NOT NULL AND %s <> ''"
                                       % (table, column, key, column, column), (text, row))
                for i, text in enumerate(HOSTILE):
                    db.execute("UPDATE instance SET input = ?, output = ? WHERE ticket % ? = ?",
                               (text, text, len(HOSTILE), i))
                db.execute("UPDATE identity SET shown = ? WHERE name IN ('model', 'prompts')", (HOSTILE[0],))
                db.execute("UPDATE operation SET value = ? WHERE name = 'teacher'", (HOSTILE[1],))
        return run

    def file(self, name, records):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as out:
            for record in records:
                out.write(json.dumps(record) + "\n")
        return path

    def many(self):
        path = self.path("many.jsonl")
        if not os.path.exists(path):
            with open(path, "wb") as out:
                subprocess.run([sys.executable, os.path.join(SOURCE, "bench", "records.py"), "100000"],
                               stdout=out, check=True, timeout=TIMEOUT)
        return path


# -- what holds of every page ---------------------------------------------------------------

def open_page(b, page):
    b.console()
    b.requests()
    b.open(page)
    b.settle()


def expect_quiet(b, page):
    """Nothing in the console, nothing fetched, no script of others, no dialog."""
    assert b.dialog() is None
    said = b.console()
    assert not said, said
    asked = b.requests()
    assert len(asked) == 1 and asked[0].startswith("file://"), asked[:5]
    assert b.run("return window.__pwned") is None
    assert b.run("return document.querySelectorAll('img, iframe, object, embed, base, link, form').length") == 0
    assert b.run("return [...document.querySelectorAll('a')].every(a => "
                 "a.getAttribute('href').startsWith('#'))")
    scripts = b.run("return [...document.scripts].map(s => s.type)")
    assert sorted(scripts) == [""] * 5 + ["application/json"] * 6, scripts
    with open(page, encoding="utf-8") as text:
        assert not re.search(r'(src|href)="(?!#)', re.sub(r"(?s)<script.*?</script>", "", text.read()))


def expect_charts(b, wanted):
    charts = b.run("""return Object.fromEntries([...document.querySelectorAll('[data-chart]')].map(f => {
        const place = f.querySelector('.chart'), svg = place.querySelector('svg');
        return [f.dataset.chart, {
            marks: svg.querySelectorAll('path').length, texts: svg.querySelectorAll('text').length,
            fits: Math.abs(svg.getBoundingClientRect().width - place.clientWidth) <= 1,
            width: place.clientWidth, rows: f.querySelectorAll('tbody tr').length,
            label: place.getAttribute('aria-label'), title: f.querySelector('.title').textContent}];
        }))""")
    assert set(charts) == wanted, set(charts) ^ wanted
    for name, chart in charts.items():
        assert chart["marks"] >= 2 and chart["texts"] >= 2, (name, chart)
        assert chart["fits"] and chart["width"] > 150, (name, chart)
        assert chart["rows"] >= 1 and chart["label"] and chart["title"], (name, chart)


def search(b, words):
    b.run("document.querySelector('#browser input').focus();"
          "document.querySelector('#browser input').select()")
    b.press(*words)
    return b.run("return document.querySelector('#browser .count').textContent"), \
        b.run("return [...document.querySelectorAll('#browser .instruction')].map(e => e.textContent)")


# -- the tests ---------------------------------------------------------------------------------

def test_run(b, made):
    page = made.report(made.run(), "--parse", "200")
    open_page(b, page)
    expect_quiet(b, page)
    expect_charts(b, CHARTS_OF_RUN)
    told = b.run("return document.getElementById('figures').textContent")
    for label in ("How many", "How new", "How long", "What kinds", "Why others were rejected",
                  "What it cost"):
        assert label in told, label
    assert "$" in told and "ROUGE-L" in told, told
    assert b.run("return document.querySelectorAll('#reasons tbody tr').length") > 3
    assert b.run("return document.querySelectorAll('#pairs .pair mark').length") > 5
    assert b.run("return document.title") == "a run · sow report"


def test_lineage(b, made):
    """From seeds through the generated instruction to what it evolved into."""
    open_page(b, made.report(made.run(), "--parse", "0"))
    trees = b.run("""return [...document.querySelectorAll('#browser .record')].map(r => {
        const d = r.querySelector('details'); d.open = true; d.dispatchEvent(new Event('toggle'));
        const here = d.querySelector('.here');
        return {id: r.querySelector('.name').textContent, here: here && here.textContent,
                text: r.querySelector('.instruction').textContent,
                seeds: [...d.querySelectorAll('.step')].filter(s => s.textContent.startsWith('seed_')).length,
                steps: [...d.querySelectorAll('.step')].map(s => s.textContent).join('|')}})""")
    assert len(trees) == 10
    for tree in trees:
        assert tree["here"] and tree["text"][:100] in tree["here"], tree
        assert tree["seeds"] >= 6, tree
        assert "generated: task_" in tree["steps"], tree
    assert any("evolved: " in tree["steps"] for tree in trees)


def test_search(b, made):
    open_page(b, made.report(made.run(), "--parse", "0"))
    texts = b.run("return part('records').map(r => r.instruction)")
    word = max(re.findall(r"[a-z]{6,}", texts[-1]), key=lambda w: -sum(w in t for t in texts))
    all_texts = b.run("return part('records').map(r => all_text(r).toLowerCase())")
    right = sum(word in t for t in all_texts)
    told, shown = search(b, word.upper())
    assert told == "%d of %d records here" % (right, len(texts)), (told, right)
    assert len(shown) == min(right, 10)
    told, shown = search(b, "zzzznothing")
    assert told.startswith("0 of") and not shown
    assert b.run("return document.querySelector('#browser .more').hidden")
    b.run("const i = document.querySelector('#browser input'); i.value = ''; "
          "i.dispatchEvent(new Event('input'))")
    b.run("document.querySelector('#browser .more').click()")
    assert b.run("return document.querySelectorAll('#browser .record').length") == min(20, len(texts))
    kinds = b.run("const s = document.querySelector('#pairs select'); s.value = s.options[1].value;"
                  "s.dispatchEvent(new Event('change'));"
                  "return [s.value, ...[...document.querySelectorAll('#pairs .pair b')].map(e => e.textContent)]")
    assert len(kinds) > 1 and len(set(kinds)) == 1, kinds


def test_hostile_run(b, made):
    page = made.report(made.hostile_run(), "--parse", "50")
    open_page(b, page)
    b.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    for _ in range(5):
        b.run("document.querySelectorAll('.more').forEach(m => m.hidden || m.click())")
    b.settle()
    b.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    b.settle()
    expect_quiet(b, page)
    assert b.run("return document.querySelectorAll('.tree li').length") > 10
    shown = b.run("return document.body.textContent")
    for text in HOSTILE[:3]:
        assert text in shown, text
    assert b.run("return document.documentElement.scrollWidth <= innerWidth")


def test_hostile_file(b, made):
    records = [{"instruction": text, "input": text, "output": text, "id": text[:50], "root": text[:50]}
               for text in HOSTILE]
    records.append({"messages": [{"role": "user", "content": HOSTILE[0]},
                                 {"role": "assistant", "content": HOSTILE[1]},
                                 {"role": "user", "content": HOSTILE[2]},
                                 {"role": "assistant", "content": HOSTILE[3]}]})
    page = made.report(made.file("hostile.jsonl", records), "--parse", "50")
    open_page(b, page)
    b.run("document.querySelectorAll('.more').forEach(m => m.click())")
    b.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    b.settle()
    expect_quiet(b, page)
    texts = b.run("return [...document.querySelectorAll('#browser .instruction')].map(e => e.textContent)")
    assert len(texts) == len(records)
    assert texts[:7] == HOSTILE[:7], texts
    assert len(texts[7]) < 2000 and texts[7].startswith("xxx")


def test_policy(b, made):
    """The page's own policy: no script but its own, nothing fetched, whatever gets into it."""
    open_page(b, made.report(made.run(), "--parse", "0"))
    b.run("""const s = document.createElement('script'); s.textContent = 'window.__pwned = 1';
        document.body.append(s);
        const d = document.createElement('div');
        d.innerHTML = '<img src=x onerror="window.__pwned = 2"><a href="javascript:window.__pwned=3">x</a>';
        document.body.append(d); d.querySelector('a').click();""")
    fetched = b.call("POST", "/execute/async", {"args": [], "script":
                     "const done = arguments[0]; fetch('http://127.0.0.1:9/').then(() => done('yes'), () => done('no'))"})
    b.settle()
    assert fetched == "no"
    assert b.run("return window.__pwned") is None
    said = " ".join(message for _, message in b.console())
    assert said.count("Content Security Policy") >= 4, said


def test_many(b, made):
    page = made.report(made.many(), "--parse", "200")
    open_page(b, page)
    expect_quiet(b, page)
    expect_charts(b, CHARTS_OF_FILE)
    assert "100,000" in b.run("return document.getElementById('figures').textContent")
    told, shown = search(b, "task")
    assert re.fullmatch(r"\d+ of 400 records here", told), told
    assert shown


def test_few(b, made):
    ten = [{"instruction": "Write a haiku about the number %d." % i, "output": "A haiku %d." % i}
           for i in range(10)]
    page = made.report(made.file("ten.jsonl", ten))
    open_page(b, page)
    expect_quiet(b, page)
    expect_charts(b, CHARTS_OF_FILE - {"input"})
    page = made.report(made.file("none.jsonl", []))
    open_page(b, page)
    expect_quiet(b, page)


def test_scores(b, made):
    """Numbers among the fields: a chart each, the two that go together most, and both ends."""
    records = [{"instruction": "Name %d lakes." % i, "output": "word " * (i % 40 + 1), "ifd": i / 500,
                "perplexity": 5 + i * i / 100, **({"<b>n\u202e": i * 7 % 11} if i % 3 else {})} for i in range(500)]
    page = made.report(made.file("scored.jsonl", records))
    open_page(b, page)
    expect_quiet(b, page)
    expect_charts(b, CHARTS_OF_FILE - {"input"} | {"score-0", "score-1", "score-2", "score-points"})
    section = "document.querySelector('#scores')"
    assert b.run("return %s.querySelector('h2').textContent" % section) == "3 numbers among the fields"
    titles = b.run("return [...%s.querySelectorAll('.title')].map(t => t.textContent)" % section)
    assert titles[:2] == ["ifd", "perplexity"] and titles[3] == "ifd and perplexity", titles
    ends = b.run("return [...%s.querySelectorAll('#score-ends details:first-of-type tbody tr')]"
                 ".map(r => [...r.children].map(c => c.textContent))" % section)
    assert len(ends) == 6 and ends[0][:2] == ["0.998 (record 500)", "Name 499 lakes."], ends
    assert ends[3][:2] == ["0 (record 1)", "Name 0 lakes."], ends
    stats = json.loads(made.sow("stats", made.path("scored.jsonl"), "--json"))
    assert [s["count"] for s in stats["scores"]] == [500, 500, 333], stats["scores"]
    assert abs(stats["scores"][0]["mean"] - 0.499) < 1e-9 and sum(stats["scores"][0]["bars"]) == 500
    assert stats["score_pairs"][0]["r"] == 1, stats["score_pairs"]


def test_map(b, made):
    """Records by their vectors, in clusters with names, and what was selected of them."""
    kinds = ["Write a poem", "Translate a sentence", "Sort a list", "<b>\u202e</b> xyzzy"]
    records = [{"instruction": "%s." % kinds[i % 4], "output": "%d" % i, "v": [5 * (i % 4 == k) + (i * 7 + k) % 10 / 30
                for k in range(6)]} for i in range(400)]
    scored = made.file("mapped.jsonl", records)
    why, chosen = made.path("why.jsonl"), made.path("chosen.jsonl")
    made.sow("select", scored, "--pick", "kcenter", "--vector", "v", "--top", "30", "--explain", why, "-o", chosen, "-q")
    page = made.report(scored, "--vector", "v", "--selection", why, "--parse", "400")
    open_page(b, page)
    expect_quiet(b, page)
    expect_charts(b, CHARTS_OF_FILE - {"input"} | {"map"})
    assert b.run("return document.querySelector('#map h2').textContent").startswith("20 clusters; the largest is ")
    rows = b.run("return [...document.querySelectorAll('#map tbody tr')].map(r => [...r.children].map(c => c.textContent))")
    assert len(rows) == 20 and sum(int(r[1]) for r in rows) == 400 and sum(int(r[2]) for r in rows) == 30, rows
    names = {r[0] for r in rows}
    assert names >= {"write: poem", "translate: sentence", "sort: list"} and len(names) == 4, names
    again = made.report(scored, "--vector", "v", "--parse", "0", "--threads", "1")
    with open(again, encoding="utf-8") as text:
        data = json.loads(re.search(r'id="data">(.*?)</script>', text.read(), re.S).group(1))["map"]
    assert len(data["x"]) == 400 and min(data["x"]) == 0 and max(data["x"]) == 1000 and not data["has_selection"]


def test_every_figure(b, made):
    """Whatever `sow stats` prints stands in the page: a new figure comes to both at once."""
    open_page(b, made.report(made.run(), "--parse", "0"))
    rows = b.run("return [...document.querySelectorAll('#tables tbody tr')]"
                 ".map(r => [...r.children].map(c => c.textContent))")
    in_page = {"|".join(" ".join(cells).split()) for cells in rows}
    printed = [line for line in made.sow("stats", made.run()).splitlines()
               if line.startswith(("  ", "# of", "ave.")) and not line.startswith("   " * 8)]
    assert len(printed) > 50, printed
    for line in printed:
        words = [w for w in line.split() if not set(w) <= set("▁▂▃▄▅▆▇█")]
        assert any("|".join(words) in row for row in in_page), line


def test_light_and_dark(b, made):
    """Texts can be told from what is behind them, and charts change with the scheme."""
    page = made.report(made.run(), "--parse", "0")
    seen = []
    for scheme in ("light", "dark"):
        b.look(scheme)
        open_page(b, page)
        seen.append(b.run("""
            const style = getComputedStyle(document.documentElement);
            const light = (name) => {
                const c = style.getPropertyValue('--' + name).trim().match(/\\w\\w/g)
                    .map(h => parseInt(h, 16) / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                return .2126 * c[0] + .7152 * c[1] + .0722 * c[2] + .05;
            };
            const contrast = (a, b) => Math.max(light(a), light(b)) / Math.min(light(a), light(b));
            return [contrast('ink', 'paper'), contrast('soft', 'paper'), contrast('accent', 'paper'),
                    contrast('second', 'paper'), contrast('ink', 'mark'),
                    document.querySelector('[data-chart=likeness] svg').outerHTML.includes(
                        style.getPropertyValue('--accent').trim())];"""))
    b.look("light")
    for ink, soft, accent, second, mark, drawn in seen:
        assert ink >= 10 and min(soft, accent, second) >= 4.5 and mark >= 7 and drawn, seen


def test_keyboard(b, made):
    open_page(b, made.report(made.run(), "--parse", "0"))
    where = "const e = document.activeElement; return e.className || e.textContent || e.tagName"
    b.press(TAB)
    assert b.run(where) == "skip"
    b.press(TAB)
    assert b.run(where) == "How new"
    b.run("document.querySelector('[data-chart=likeness] summary').focus()")
    b.press(ENTER)
    assert b.run("return document.querySelector('[data-chart=likeness] details').open")
    assert b.run("const s = getComputedStyle(document.activeElement); return s.outlineStyle") != "none"
    unnamed = b.run("""return [...document.querySelectorAll('input, select, button, summary, a')].filter(e =>
        !(e.labels && e.labels.length) && !e.textContent.trim()).length""")
    assert unnamed == 0
    assert b.run("return [...document.querySelectorAll('h1, h2, h3')].every(h => h.textContent)")


def test_still(b, made):
    """Nothing moves once it is drawn; other widths fit without a scroll bar."""
    page = made.report(made.run(), "--parse", "200")
    open_page(b, page)
    moved = b.call("POST", "/execute/async", {"args": [], "script": """const done = arguments[0]; let sum = 0;
        new PerformanceObserver(l => l.getEntries().forEach(e => sum += e.value))
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done(sum), 200)"""})
    assert moved == 0, moved
    for width in (360, 768, 1200):
        b.look("light", width)
        b.settle()
        assert b.run("return document.documentElement.scrollWidth") <= width, width
        expect_charts(b, CHARTS_OF_RUN)


def test_print(b, made):
    open_page(b, made.report(made.run(), "--parse", "200"))
    b.look("dark")
    path = made.path("print.pdf")
    b.print(path)
    b.settle()
    assert os.path.getsize(path) > 20_000
    expect_charts(b, CHARTS_OF_RUN)
    b.look("light")
    assert b.console() == []


def main():
    tests = tap.named(globals(), sys.argv[3:])
    if not found():
        print("1..0 # SKIP no chromium, or no chromedriver")
        return 0
    with tempfile.TemporaryDirectory(prefix="sow-report-") as scratch, Browser() as b:
        made = Made(scratch)
        return tap.run([(name, functools.partial(test, b, made)) for name, test in tests])


if __name__ == "__main__":
    sys.exit(main())
