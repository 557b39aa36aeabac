#!/usr/bin/env python3
"""documents_test.py SOW: documents as records, a chunk each.

Each chunk is found at its place; what cannot be read is told in one line and harms nothing else; the
same documents are the same run, others are refused.
TAP.
"""
import gzip
import json
import os
import shutil
import sys

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import tap  # noqa: E402
from fake import Fake, err, ok  # noqa: E402
from folder import Folder  # noqa: E402

CORPUS = os.path.join(here, "../fixtures/documents")


class Place(Folder):
    """Maps documents with a prompt that shows a chunk; a chunk a record comes of it."""

    def read_documents(self, server, *args, run="run", status=0):
        return self.sow("map", "-p", "What is this? {{chunk}}", "--into", "said", "--teacher", server.url,
                        "--model", "m", "--no-cache", "-q", *args, "-o", run, status=status)


def answer(n, path, headers, body):
    return ok("A text.")


def text_of(path):
    with open(path, encoding="utf-8", newline="") as text:
        return text.read()


def at_their_places():
    with Place() as p, Fake(answer) as server:
        for chunk, overlap in ((400, 0), (40, 0), (40, 15), (12, 5)):
            run = "run-%d-%d" % (chunk, overlap)
            p.read_documents(server, "--documents", CORPUS, "--chunk", str(chunk), "--overlap", str(overlap),
                             run=run)
            made = p.records(run)
            names = [os.path.relpath(r["document"], CORPUS) for r in made]
            assert list(dict.fromkeys(names)) == ["diary.txt", "lamp.md", "more/skarv.html"], names
            for name in ("diary.txt", "lamp.md"):
                text, before = text_of(os.path.join(CORPUS, name)), 0
                for r in [r for r, n in zip(made, names) if n == name]:
                    assert text[r["start"]:r["end"]] == r["chunk"], r
                    gap = text[before:r["start"]].strip()
                    assert not gap or r["start"] < before or gap.startswith("---"), gap
                    before = r["end"]
                assert not text[before:].strip(), text[before:]
            page = [r for r, n in zip(made, names) if n == "more/skarv.html"]
            seen = " ".join(r["chunk"] for r in page)
            assert "Home" not in seen and "not this" not in seen and "color" not in seen, seen
            assert "who | price" in seen and "boat:  08:30" in seen and "— nobody" in seen, seen
        headings = {r["heading"] for r in p.records("run-12-5")}
        assert "The lamp of Lindholm > Care > Signals" in headings, headings
        assert "The tower of Skarv > Visits" in headings, headings
        return "%d chunks" % len(p.records("run-12-5"))


def bad_ones():
    with Place() as p, Fake(answer) as server:
        os.makedirs(p.path("in/sub"))
        p.write("in/a.md", "# One\n\nA text.\n")
        p.write("in/b.md", "# One\n\nA text.\n")
        p.write("in/empty.txt", "")
        p.write("in/blank.md", " \n\n")
        p.write("in/bin.txt", b"text\0more")
        p.write("in/half.html", b"<p>One.</p>\0<p>Two.</p>")
        p.write("in/deep.html", "<div>" * 1000 + "x")
        p.write("in/large.txt", b"a large text " * 6000000)
        p.write("in/latin.txt", "äöü".encode("latin-1") * 50)
        p.write("in/broken.pdf", "no pdf")
        p.write("in/x.docx", "text all the same")
        p.write("in/.hidden.txt", "not looked at")
        p.write("in/sub/good.txt", "Another text, one byte of it is bad: \xff.".encode("latin-1") + b" " * 100)
        os.symlink("nowhere", p.path("in/link.md"))
        done = p.read_documents(server, "--documents", "in")
        made = p.records("run")
        assert [(r["document"], r["chunk"]) for r in made] == [
            ("in/a.md", "# One\n\nA text."),
            ("in/sub/good.txt", "Another text, one byte of it is bad: \ufffd.")], made
        told = [line.removeprefix("sow: ") for line in done.stderr.splitlines()]
        assert told[:4] == [
            "in/link.md: No such file or directory; left out",
            "in/b.md: the same text as in/a.md; left out",
            "in/bin.txt: not text, or not UTF-8; left out",
            "in/blank.md: empty; left out"], told
        assert told[4].startswith("in/broken.pdf: pdftotext ") and told[4].endswith("; left out"), told
        assert told[5:] == [
            "in/deep.html: HTML that is nested too deep, or has a text of more than 10 MB; left out",
            "in/empty.txt: empty; left out",
            "in/half.html: not text, or not UTF-8; left out",
            "in/large.txt: larger than 64 MiB; left out",
            "in/latin.txt: not text, or not UTF-8; left out",
            "in/x.docx: of a kind that is not known; --convert can make text of it; left out"], told
        for i in range(30):
            p.write("in/e%02d.txt" % i, "")
        done = p.read_documents(server, "--documents", "in", run="many")
        assert len(done.stderr.splitlines()) == 21 and "21 more documents left out" in done.stderr, done.stderr
        p.write("nothing.txt", "")
        for args, why in ((["--documents", "nowhere"], "nowhere: No such file or directory"),
                          (["--documents", "nothing.txt"], "no document can be used"),
                          (["--documents", "in", "-i", "x"], "not both"),
                          (["--documents", "in", "--chunk", "20", "--overlap", "10"], "less than half"),
                          (["--documents", "in", "--skip-bad"], "are for --input"), ([], "--documents")):
            done = p.sow("map", "-p", "{{chunk}} ", "--into", "x", *args, "-o", "none", "--teacher",
                         server.url, "--model", "m", status=2 if why in (
                             "not both", "less than half", "are for --input", "--documents") else 1)
            assert why in done.stderr, (why, done.stderr)


def pdf(text):
    """A page with a line of text."""
    line = b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % text.encode()
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
             b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
             b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
             b"<</Length %d>>stream\n%s\nendstream" % (len(line), line)]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    return out + b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        b"".join(b"%010d 00000 n \n" % place for place in places), len(out))


def other_files():
    with Place() as p, Fake(answer) as server:
        p.write("a.md.gz", gzip.compress(b"# A\n\nText."))
        p.write("b.txt", "\ufeffUmlaut \u00e4.".encode("utf-16-le"))
        p.write("c.pdf", pdf("The tower is high."))
        p.write("d.pdf", pdf(""))
        paths = [p.path(name) for name in ("a.md.gz", "b.txt", "c.pdf", "d.pdf")]
        done = p.read_documents(server, *[a for path in paths for a in ("--documents", path)])
        made = [(os.path.basename(r["document"]), r["heading"], r["chunk"]) for r in p.records("run")]
        assert made[:2] == [("a.md.gz", "A", "# A\n\nText."), ("b.txt", "", "Umlaut \u00e4.")], made
        if not shutil.which("pdftotext"):
            assert done.stderr.count("pdftotext is not installed; left out") == 2, done.stderr
            raise tap.Skip("no pdftotext")
        assert made[2:] == [("c.pdf", "", "The tower is high.")], (made, done.stderr)
        assert "d.pdf: no text in it (scanned?); left out" in done.stderr, done.stderr


def the_same_run():
    with Place() as p, Fake(answer) as server:
        os.makedirs(p.path("in"))
        for i in range(5):
            p.write("in/%d.txt" % i, "Text number %d.\n" % i)
        p.read_documents(server, "--documents", "in", "-n", "2")
        assert len(p.records("run")) == 2
        p.read_documents(server, "--documents", "in")
        assert [r["chunk"] for r in p.records("run")] == ["Text number %d." % i for i in range(5)]
        p.write("in/3.txt", "Another.\n")
        done = p.read_documents(server, "--documents", "in", status=1)
        assert "with other contents" in done.stderr, done.stderr
        p.write("in.jsonl", [{"chunk": "x"}])
        done = p.sow("map", "-p", "What is this? {{chunk}}", "--into", "said", "--teacher", server.url,
                     "--model", "m", "--no-cache", "-q", "-i", "in.jsonl", "-o", "run", status=1)
        assert "input" in done.stderr and "documents" in done.stderr, done.stderr


def what_was_refused_is_asked_again():
    refuse = [True]

    def reply(n, path, headers, body):
        if refuse[0] and "number 1" in json.dumps(body):
            return err(400, {"error": {"message": "content filter"}})
        return ok("A text.")

    with Place() as p, Fake(reply) as server:
        for i in range(3):
            p.write("%d.txt" % i, "Text number %d.\n" % i)
        p.read_documents(server, "--documents", "0.txt", "--documents", "1.txt", "--documents", "2.txt",
                         "--chunk", "50")
        assert [r[1] for r in p.rejects("run")] == ["refused"] and len(p.records("run")) == 2
        refuse[0] = False
        p.sow("retry", "run", "-q")
        assert [r["document"] for r in p.records("run")] == ["0.txt", "1.txt", "2.txt"]


def of_a_recipe():
    with Place() as p, Fake(answer) as server:
        os.makedirs(p.path("sub/in"))
        p.write("sub/in/a.txt", "One text.")
        p.write("sub/b.md", "# Another")
        p.write("sub/recipe.yaml", "teachers:\n  writer: {teacher: %s, model: m}\nno-cache: yes\nsteps:\n"
                "  - method: map\n    documents: [in, b.md]\n    prompt: 'What? {{chunk}}'\n    into: said\n"
                % server.url)
        p.sow("run", "sub/recipe.yaml", "-o", "run", "-q")
        assert [r["document"] for r in p.records("run")] == ["sub/in/a.txt", "sub/b.md"], p.records("run")
        p.write("sub/bad.yaml", "steps:\n  - method: ask\n    documents: [nowhere]\n  - method: ask\n")
        done = p.sow("check", "sub/bad.yaml", status=1)
        assert "sub/nowhere: No such file" in done.stdout + done.stderr, (done.stdout, done.stderr)


def converters():
    with Place() as p, Fake(answer) as server:
        p.write("a.abc", "some words")
        p.write("b.abc", "more words")
        p.read_documents(server, "--documents", "a.abc", "--documents", "b.abc", "--convert",
                         "echo x >>ran; tr a-z A-Z")
        assert [r["chunk"] for r in p.records("run")] == ["SOME WORDS", "MORE WORDS"]
        assert p.read("ran") == "x\nx\n", "each is converted once"
        done = p.read_documents(server, "--documents", "a.abc", "--documents", "b.abc", "--convert",
                                "grep -q more && echo fine || { echo is wrong >&2; exit 3; }", run="one")
        assert done.stderr == "sow: a.abc: --convert failed with status 3: is wrong; left out\n", done.stderr
        assert [r["chunk"] for r in p.records("one")] == ["fine"]


if __name__ == "__main__":
    sys.exit(tap.run([
        ("each chunk is found at its place", at_their_places),
        ("bad documents are told and harm nothing", bad_ones),
        ("compressed, UTF-16, PDF", other_files),
        ("other documents are another run", the_same_run),
        ("what was refused is asked again", what_was_refused_is_asked_again),
        ("a recipe's documents lie beside it", of_a_recipe),
        ("converters", converters),
    ]))
