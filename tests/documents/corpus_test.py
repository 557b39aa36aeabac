#!/usr/bin/env python3
"""corpus_test.py SOW EXAMPLES: the worked recipe over six documents, one in each format.

The files are what corpus.py makes; each record's text is found at its place, in the document as it was
written here; 20 kills change no byte; 200 mutations of each format harm nothing.
TAP; the seed of the random moments can be given in SEED.
"""
import collections
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import zipfile

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "crash", "documents"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import books  # noqa: E402
import corpus  # noqa: E402
import tap  # noqa: E402
from folder import SOW, Folder  # noqa: E402
from killed import kill_and_resume  # noqa: E402

EXAMPLES = os.path.abspath(sys.argv[2])
KILLS = 20
MUTATIONS = 200
HAS_PDF = shutil.which("pdftotext") is not None
random.seed(int(os.environ.get("SEED", "1")))


class Mock:
    def __enter__(self):
        self.process = subprocess.Popen([SOW, "mock", "--until-eof"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class Place(Folder):
    def recipe(self, server, **more):
        """The recipe of the examples beside its documents, with `sow mock` as its teacher."""
        shutil.copytree(os.path.join(EXAMPLES, "documents"), self.path("documents"), dirs_exist_ok=True)
        with open(os.path.join(EXAMPLES, "documents.yaml"), encoding="utf-8") as text:
            recipe = text.read().replace("writer: {}", "writer: {teacher: '%s', model: mock}" % server.url)
        for name, value in more.items():
            recipe, count = re.subn(r"(?m)^( +)#?%s: .*$" % name, r"\g<1>%s: %s" % (name, value), recipe)
            assert count == 1, (name, recipe)
        if not HAS_PDF:
            recipe = recipe.replace("    language: en\n", "    language: en\n    skip-bad: yes\n")
        self.write("recipe.yaml", "no-cache: yes\n" + recipe)
        return ["run", "recipe.yaml", "-q"]


def words(text):
    return re.findall(r"\w+", text)


def written():
    """The words of each document in their order, as they stand in corpus.py."""
    def of_blocks(blocks):
        for kind, text in blocks:
            for line in text if kind == "table" else [[text]]:
                yield from line

    return {
        "ferry.txt": words(corpus.FERRY), "bakery.md": words(corpus.BAKERY),
        "museum.html": words(re.sub(r"(?s)<(head|nav|script)>.*?</\1>|<[^>]*>", " ", corpus.MUSEUM)),
        "weather.pdf": words(corpus.WEATHER), "well.docx": words(" ".join(of_blocks(corpus.WELL))),
        "bees.epub": words(" ".join(text for chapter in corpus.BEES for text in of_blocks(chapter))),
    }


def as_written():
    for name, data in corpus.made().items():
        with open(os.path.join(EXAMPLES, "documents", name), "rb") as there:
            assert there.read() == data, "%s: tests/documents/corpus.py makes another" % name


def holds(whole, part):
    return any(whole[i:i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def at_their_places():
    """Of every record, in all six formats."""
    texts, seen = written(), collections.Counter()
    with Place() as p, Mock() as server:
        p.sow(*p.recipe(server, n="0"), "-o", "run")
        p.sow("map", "-p", "What? {{chunk}}", "--into", "x", "--documents", "documents", "--chunk", "100000", "--skip-bad",
              "--teacher", server.url, "--model", "mock", "--no-cache", "-q", "-o", "whole")
        whole = {os.path.basename(r["document"]): r for r in p.records("whole")}
        for r in p.records("run", "alpaca"):
            name = os.path.basename(r["document"])
            all_of_it = whole[name]
            first = all_of_it["start"]
            assert all_of_it["chunk"][r["start"] - first:r["end"] - first] == r["input"], r
            if name.endswith((".txt", ".md")):
                text = p.read(os.path.join("documents", name))
                assert text[r["start"]:r["end"]] == r["input"], r
            assert holds(texts[name], words(r["input"])), r
            assert r["instruction"] and r["output"] and "heading" in r, r
            seen[name] += 1
        assert set(seen) == set(texts) - (set() if HAS_PDF else {"weather.pdf"}), seen
        # and nothing of them is missing
        for name in seen:
            assert words(whole[name]["chunk"]) == texts[name], name
        headings = {r["heading"] for r in p.records("run")}
        assert {"The wells of Tarn village > Care", "The bees of Lindholm > What they carried home", "The winter",
                "The museum of knots > Visits", "The bakery in Mill Lane > The oven", ""} <= headings, headings
        return ", ".join("%d of %s" % (n, name) for name, n in sorted(seen.items()))


def killed_at_any_moment():
    with Place() as p, Mock() as server:
        args = p.recipe(server, n="60", distractors="3", oracle="0.8")
        begun = time.monotonic()
        p.sow(*args, "-o", "whole")
        seconds = time.monotonic() - begun
        expected = p.read("whole/questions.jsonl")
        assert len(expected.splitlines()) == 60

        def check():
            assert p.read("killed/questions.jsonl") == expected

        os.chdir(p.dir)
        try:
            return kill_and_resume([SOW, *args, "-o", p.path("killed")], p.path("killed"), KILLS, seconds * 1.2, check)
        finally:
            os.chdir(here)


def mutated(data):
    data = bytearray(data)
    for _ in range(random.randrange(1, 9)):
        at, kind = random.randrange(len(data)), random.randrange(4)
        if kind == 0:
            data[at] = random.randrange(256)
        elif kind == 1:
            del data[at:at + random.randrange(1, 40)]
        elif kind == 2:
            data[at:at] = data[random.randrange(len(data)):][:random.randrange(1, 40)]
        else:
            data[at:at + 4] = random.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"<w:p", b"</p>", b"&#0;", b"<!--"])
    return bytes(data)


def reshaped(data):
    """Elements are called as others are, so that it stays XML."""
    names = sorted(set(re.findall(rb"</([\w:]+)>", data)))
    for _ in range(random.randrange(1, 4)):
        if names:
            old, new = random.choice(names), random.choice(names)
            data = re.sub(rb"(</?)%s(?=[ />])" % old, rb"\1" + new, data)
    return re.sub(rb'"[\w/. ]+"', lambda m: b'"%d"' % random.randrange(12) if random.random() < 0.05 else m[0], data)


def mutated_document(name, data):
    """Of archives mostly what is in them: one that is broken itself is told by its checksums."""
    if not name.endswith((".docx", ".epub")) or random.random() < 0.25:
        return mutated(data)
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        parts = [(n, z.read(n)) for n in z.namelist()]
    at = random.choice([i for i, (n, _) in enumerate(parts) if re.search(r"document|styles|rels|html|opf|container", n)])
    parts[at] = parts[at][0], random.choice([mutated, reshaped])(parts[at][1])
    return books.packed(parts, deflated=random.random() < 0.5)


def mutations():
    """Whatever is in a document, the others are read; the messages are one line each."""
    said = []
    with Place() as p, Mock() as server:
        for name, data in corpus.made().items():
            if name.endswith(".pdf") and not HAS_PDF:
                continue
            os.makedirs(p.path("in"))
            for i in range(MUTATIONS):
                p.write("in/%03d%s" % (i, os.path.splitext(name)[1]), mutated_document(name, data))
            p.write("in/zzz.txt", "The last text is read as it is.")
            p.write("recipe.yaml", "teachers: {writer: {teacher: '%s', model: mock}}\nsteps:\n  - {method: map, documents: [in], "
                    "skip-bad: yes, prompt: 'What? {{chunk}}', into: x}\n" % server.url)
            done = p.sow("check", "recipe.yaml")
            assert "fine" in done.stdout, done
            p.sow("map", "-p", "What? {{chunk}}", "--into", "x", "--documents", "in", "--skip-bad", "-n", "1", "-q", "--no-cache",
                  "--teacher", server.url, "--model", "mock", "-o", "run")
            status = json.loads(p.sow("status", "run", "--json").stdout)
            said.append("%s: %s" % (name, status["operation"].get("left out of the documents") or "none left out"))
            shutil.rmtree(p.path("in"))
            shutil.rmtree(p.path("run"))
    return "; ".join(said)


if __name__ == "__main__":
    sys.exit(tap.run([
        ("the files are as they are made", as_written),
        ("each record's text is at its place", at_their_places),
        ("20 kills at any moment", killed_at_any_moment),
        ("200 mutations of each format", mutations),
    ]))
