#!/usr/bin/env python3
"""documents_test.py SOW: documents as records, a chunk each.

Each chunk is found at its place; what cannot be read is told in one line and harms nothing else; the
same documents are the same run, others are refused.
TAP.
"""
import gzip
import json
import os
import re
import shutil
import sys

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import books  # noqa: E402
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


def behind_a_mark():
    """Who reads the file as UTF-8 counts a byte order mark; UTF-16's is gone by then, and of HTML no place is in the file."""
    said = "# The pier\n\nIt is \u00e4lter than the harbour.\n\n## Lamps\n\nThere are two of them.\n"
    with Place() as p, Fake(answer) as server:
        os.makedirs(p.path("in"))
        p.write("in/a.md", "\ufeff" + said)
        p.write("in/b.txt", "\ufeffOne text.\n\nAnd another one.\n")
        p.write("in/c.md.gz", gzip.compress(("\ufeff" + said + "More.").encode()))
        p.write("in/d.txt", "\ufeffA wide text.".encode("utf-16-le"))
        p.write("in/e.html", "\ufeff<p>A page.</p>")
        p.write("in/f.abc", "some words")
        p.read_documents(server, "--documents", "in", "--chunk", "10", "--convert", "printf '\\357\\273\\277'; cat")
        texts = {"in/a.md": text_of(p.path("in/a.md")), "in/b.txt": text_of(p.path("in/b.txt")),
                 "in/c.md.gz": "\ufeff" + said + "More.", "in/d.txt": "A wide text.", "in/e.html": "A page.",
                 "in/f.abc": "\ufeffsome words"}
        made = p.records("run")
        for r in made:
            assert texts[r["document"]][r["start"]:r["end"]] == r["chunk"], r
        assert [r["start"] for r in made if r["document"] in ("in/a.md", "in/b.txt")][:1] == [1], made
        assert [r["heading"] for r in made][:2] == ["The pier", "The pier > Lamps"], made
        assert list(dict.fromkeys(r["document"] for r in made)) == list(texts), made


def bytes_of_other_encodings():
    """HTML in what grew out of its declared encoding, and with a byte that the encoding does not have."""
    with Place() as p, Fake(answer) as server:
        os.makedirs(p.path("in"))
        page = '<meta charset="%s"><p>Before %s after.</p>'
        p.write("in/a.html", (page % ("gb2312", "\u9555")).encode("gb18030"))
        p.write("in/b.html", (page % ("shift_jis", "\u2460")).encode("cp932"))
        p.write("in/c.html", (page % ("windows-1252", "\u00e9")).encode("latin-1"))
        os.symlink(".", p.path("in/again"))
        os.symlink("in", p.path("in/more"))
        p.read_documents(server, "--documents", "in", "--skip-bad")
        assert [r["chunk"] for r in p.records("run")] == [
            "Before \u9555 after.", "Before \u2460 after.", "Before \u00e9 after."], p.records("run")
        p.write("bad.html", (page % ("windows-1252", "\u00e9")).encode("latin-1").replace(b"\xe9", b"\x81"))
        done = p.read_documents(server, "--documents", "bad.html", status=1)
        assert "bytes that its encoding does not have" in done.stderr, done.stderr


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
        p.write("in/x.odt", "text all the same")
        p.write("in/.hidden.txt", "not looked at")
        p.write("in/sub/good.txt", "Another text, one byte of it is bad: \xff.".encode("latin-1") + b" " * 100)
        os.symlink("nowhere", p.path("in/link.md"))
        asked = len(server.requests)
        done = p.read_documents(server, "--documents", "in", status=1)
        assert "in/link.md: No such file or directory, the first of 8 documents that cannot be read; " \
            "--skip-bad leaves them out" in done.stderr and len(server.requests) == asked, done.stderr
        assert not os.path.exists(p.path("run"))
        done = p.read_documents(server, "--documents", "in", "--skip-bad")
        counted = "8 bad documents, 1 with the text of another, 2 empty"
        assert "; left out of the documents: " + counted in done.stdout, done.stdout
        assert "\nLeft out of the documents\n  " + counted in p.sow("status", "run").stdout
        assert json.loads(p.sow("status", "run", "--json").stdout)["operation"]["left out of the documents"] == counted
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
            "in/deep.html: HTML that is nested too deep, has a text of more than 10 MB, or bytes that its "
            "encoding does not have; left out",
            "in/empty.txt: empty; left out",
            "in/half.html: not text, or not UTF-8; left out",
            "in/large.txt: larger than 64 MiB; left out",
            "in/latin.txt: not text, or not UTF-8; left out",
            "in/x.odt: of a kind that is not known; --convert can make text of it; left out"], told
        planned = p.sow("plan", "map", "-p", "{{chunk}} ", "--into", "x", "--documents", "in", "--skip-bad").stderr
        assert planned == done.stderr, planned
        for i in range(30):
            p.write("in/e%02d.txt" % i, "")
        done = p.read_documents(server, "--documents", "in", "--skip-bad", run="many")
        assert len(done.stderr.splitlines()) == 21 and "21 more documents left out" in done.stderr, done.stderr
        p.write("nothing.txt", "")
        for args, why in ((["--documents", "nowhere"], "nowhere: No such file or directory"),
                          (["--documents", "nothing.txt"], "no document can be used"),
                          (["--documents", "in", "-i", "x"], "not both"),
                          (["--documents", "in", "--chunk", "20", "--overlap", "10"], "less than half"),
                          (["--documents", "in", "--map", "x=y"], "are for --input"), ([], "--documents")):
            done = p.sow("map", "-p", "{{chunk}} ", "--into", "x", *args, "-o", "none", "--teacher",
                         server.url, "--model", "m", status=2 if why in (
                             "not both", "less than half", "are for --input", "--documents") else 1)
            assert why in done.stderr, (why, done.stderr)


BLOCKS = [("title", "The lamp"), ("p", "It stands on a reef."), ("h1", "Care & oil"), ("p", "Clean the lens."),
          ("li", "soft linen"), ("li", "no soap"), ("table", [["who", "price"], ["boat", "3"]]),
          ("h2", "Signals"), ("p", "One long tone.")]
SEEN = ["The lamp", "It stands on a reef.", "Care & oil", "Clean the lens.", "- soft linen", "- no soap",
        "who | price\nboat | 3", "Signals", "One long tone."]


def blocks_of(p, run):
    return [b for r in p.records(run) for b in re.split("\n\n|\n(?=- )", r["chunk"])]


def office_files():
    with Place() as p, Fake(answer) as server:
        moved = "<w:p><w:moveFrom><w:r><w:t>not here</w:t></w:r></w:moveFrom><w:del><w:r><w:delText>gone</w:delText>" \
            "</w:r></w:del><w:ins><w:r><w:t>put in</w:t></w:r></w:ins><w:r><w:br/><w:t>a line</w:t><w:tab/>" \
            "<w:t>far</w:t><w:noBreakHyphen/><w:t>off</w:t></w:r></w:p>"
        p.write("a.docx", books.docx(BLOCKS, ["A note on oil."], moved))
        p.read_documents(server, "--documents", "a.docx", "--chunk", "400")
        assert blocks_of(p, "run") == SEEN + ["put in\na line far-off", "A note on oil."], blocks_of(p, "run")
        p.read_documents(server, "--documents", "a.docx", "--chunk", "8", run="small")
        assert [r["heading"] for r in p.records("small")][-1] == "The lamp > Care & oil > Signals"
        p.write("b.epub", books.epub([BLOCKS[:4], BLOCKS[4:]]))
        p.read_documents(server, "--documents", "b.epub", run="book")
        assert blocks_of(p, "book") == SEEN, blocks_of(p, "book")
        # entities of HTML, which XML does not know without its DTD
        page = books.page([("p", "One@two.")]).replace("@", "&nbsp;&mdash;&nbsp;")
        p.write("c.epub", books.epub([page]))
        p.read_documents(server, "--documents", "c.epub", run="entity")
        assert blocks_of(p, "entity") == ["One\u00a0\u2014\u00a0two."], blocks_of(p, "entity")


def bad_archives():
    """Each gets one line, and those beside it are read."""
    with Place() as p, Fake(answer) as server:
        os.makedirs(p.path("in"))
        body = '<w:document xmlns:w="%s"><w:body>%s</w:body></w:document>'
        good = "<w:p><w:r><w:t>Some words.</w:t></w:r></w:p>"

        def word(text, **more):
            return books.packed([("word/document.xml", text)], **more)

        p.write("in/a-good.docx", word(body % (books.W, good)))
        p.write("in/b-not.docx", "no archive")
        p.write("in/c-empty.docx", "")
        p.write("in/d-cut.docx", word(body % (books.W, good))[:-30])
        p.write("in/e-nothing.docx", books.packed([("readme", "no document")]))
        p.write("in/f-bomb.docx", word("<a>" + " " * 60_000_000, deflated=True))
        p.write("in/g-large.docx", books.packed([("word/document.xml", body % (books.W, good)), ("word/_rels/document.xml.rels",
                "<Relationships><Relationship Type='x/styles' Target='s.xml'/></Relationships>"),
                ("word/s.xml", os.urandom(1 << 16) * (65 * 16))]))
        laughs = "<!DOCTYPE a [<!ENTITY a 'ha'>%s]>" % "".join(
            "<!ENTITY %s '%s'>" % (chr(ord("b") + i), ("&%s;" % chr(ord("a") + i)) * 10) for i in range(12))
        p.write("in/h-laughs.docx", word(laughs + body % (books.W, good.replace("Some", "&m;"))))
        outer = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        p.write("in/i-outer.docx", word(outer + body % (books.W, good.replace("Some", "&x;"))))
        p.write("in/j-broken.docx", word(body % (books.W, good + "<w:p>")))
        p.write("in/k-locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
        p.write("in/l-blank.docx", word(body % (books.W, "<w:p/>")))
        p.write("in/m-none.epub", books.packed([("mimetype", "application/epub+zip")]))
        p.write("in/n-spine.epub", books.epub([BLOCKS], spine='<itemref idref="nowhere"/>'))
        locked = '<encryption><EncryptedData><CipherData><CipherReference URI="OPS/ch%201.xhtml"/></CipherData>' \
            "</EncryptedData></encryption>"
        p.write("in/o-sold.epub", books.epub([BLOCKS], [("META-INF/encryption.xml", locked)]))
        font = locked.replace("OPS/ch%201.xhtml", "OPS/font.otf")
        p.write("in/p-font.epub", books.epub([[("p", "Another text.")]], [("META-INF/encryption.xml", font)]))
        p.write("in/q-deep.docx", word(body % (books.W, "<w:p>" * 300 + "x" + "</w:p>" * 300)))
        flags = bytearray(word(body % (books.W, good)))
        flags[6] |= 1
        flags[flags.rindex(b"PK\x01\x02") + 8] |= 1
        p.write("in/r-crypt.docx", bytes(flags))
        done = p.read_documents(server, "--documents", "in", "--skip-bad")
        assert [(r["document"], r["chunk"]) for r in p.records("run")] == [
            ("in/a-good.docx", "Some words."), ("in/p-font.epub", "Another text.")], p.records("run")
        told = [re.match(r"sow: in/(\w)-\w+\.\w+: (.*); left out$", line).groups()
                for line in done.stderr.splitlines()]
        assert "".join(letter for letter, _ in told) == "bcdefghijklmnoqr", done.stderr
        for letter, why in (
                ("b", "not a ZIP archive, or a broken one"), ("c", "empty"), ("d", "not a ZIP archive, or a broken one"),
                ("e", "not a DOCX: it has no word/document.xml"),
                ("f", "word/document.xml: unpacks to more than 250 times its size"),
                ("g", "word/s.xml: more than 64 MiB of text unpacked"), ("h", "declares entities"), ("i", "declares entities"),
                ("j", "broken XML: line 1: "), ("k", "encrypted, or a file of an old Word"), ("l", "no text in it"),
                ("m", "not an EPUB: it has no META-INF/container.xml"), ("n", "names 'nowhere'"), ("o", "encrypted"),
                ("q", "broken XML: line 1: "), ("r", "encrypted")):
            assert why in dict(told)[letter], (letter, dict(told)[letter])


def languages():
    english = "The tower of the lighthouse was built by the people of the town in the year of the great storm. "
    german = "Der Turm wurde von den Leuten der Stadt im Jahr des gro\u00dfen Sturms gebaut und steht noch heute. "
    with Place() as p, Fake(answer) as server:
        def names(run):
            return list(dict.fromkeys(r["document"] for r in p.records(run)))

        os.makedirs(p.path("in"))
        p.write("in/a.txt", english * 3)
        p.write("in/b.txt", german * 3)
        p.write("in/c.md", "# One\n\n%s\n\n# Zwei\n\n%s\n" % (english * 2, german * 2))
        p.write("in/d.txt", "42")
        done = p.read_documents(server, "--documents", "in", "--language", "en", "--chunk", "45")
        assert names("run") == ["in/a.txt", "in/c.md", "in/d.txt"], p.records("run")
        assert "German" not in json.dumps(p.records("run")) and "Turm" not in json.dumps(p.records("run"))
        assert done.stderr.splitlines() == [
            "sow: in/b.txt: in another language (de); left out",
            "sow: in/c.md: 1 of its 2 chunks are in another language (de); left out"], done.stderr
        assert "1 in another language, 3 chunks in other languages" in done.stdout or \
            "1 in another language, 2 chunks in other languages" in done.stdout, done.stdout
        done = p.read_documents(server, "--documents", "in/b.txt", "--language", "en", run="none", status=1)
        assert "in another language (de)" in done.stderr, done.stderr
        p.read_documents(server, "--documents", "in", "--language", "German", "--chunk", "45", run="de")
        done = p.read_documents(server, "--documents", "in", "--language", "xx-none", run="no", status=2)
        assert "expected a language such as en" in done.stderr, done.stderr
        assert names("de") == ["in/b.txt", "in/c.md", "in/d.txt"]


def other_files():
    with Place() as p, Fake(answer) as server:
        p.write("a.md.gz", gzip.compress(b"# A\n\nText."))
        p.write("b.txt", "\ufeffUmlaut \u00e4.".encode("utf-16-le"))
        p.write("c.pdf", books.pdf(["The tower is high."]))
        p.write("d.pdf", books.pdf([""]))
        p.write("e.pdf", books.locked_pdf(["The tower is low."]))
        paths = [p.path(name) for name in ("a.md.gz", "b.txt", "c.pdf", "d.pdf", "e.pdf")]
        done = p.read_documents(server, "--skip-bad", *[a for path in paths for a in ("--documents", path)])
        made = [(os.path.basename(r["document"]), r["heading"], r["chunk"]) for r in p.records("run")]
        assert made[:2] == [("a.md.gz", "A", "# A\n\nText."), ("b.txt", "", "Umlaut \u00e4.")], made
        if not shutil.which("pdftotext"):
            assert done.stderr.count("pdftotext is not installed; left out") == 3, done.stderr
            raise tap.Skip("no pdftotext")
        assert made[2:] == [("c.pdf", "", "The tower is high.")], (made, done.stderr)
        assert "d.pdf: no text in it (scanned?); left out" in done.stderr, done.stderr
        names = ["-x.pdf", "fd:0.pdf", "file:/x.pdf", "a b.pdf"]  # no options, no addresses
        os.makedirs(p.path("file:"))
        for name in names:
            p.write(name, books.pdf(["This is %s." % name]))
        p.read_documents(server, *["--documents=" + name for name in names], run="names")
        assert [r["chunk"] for r in p.records("names")] == ["This is %s." % name for name in names]
        locked = [line for line in done.stderr.splitlines() if "e.pdf" in line]
        assert len(locked) == 1 and "password" in locked[0] and locked[0].endswith("; left out"), done.stderr


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
                                "grep -q more && echo fine || { echo is wrong >&2; exit 3; }", "--skip-bad", run="one")
        assert done.stderr == "sow: a.abc: --convert failed with status 3: is wrong; left out\n", done.stderr
        assert [r["chunk"] for r in p.records("one")] == ["fine"]


if __name__ == "__main__":
    sys.exit(tap.run([
        ("each chunk is found at its place", at_their_places),
        ("behind a byte order mark", behind_a_mark),
        ("HTML in other encodings, and links in circles", bytes_of_other_encodings),
        ("bad documents are told and harm nothing", bad_ones),
        ("compressed, UTF-16, PDF", other_files),
        ("other documents are another run", the_same_run),
        ("what was refused is asked again", what_was_refused_is_asked_again),
        ("a recipe's documents lie beside it", of_a_recipe),
        ("converters", converters),
        ("DOCX and EPUB", office_files),
        ("archives that are bombs, broken, encrypted", bad_archives),
        ("chunks in other languages", languages),
    ]))
