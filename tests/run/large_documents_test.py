#!/usr/bin/env python3
"""large_documents_test.py SOW: documents of 500 MB, in fact or unpacked.

Each gets one line, the document beside it is read, and the program takes no more memory than the 64 MiB
of a document that it would read and some. The files are sparse or packed, so little lies on the disk. A PDF
is of 300 MB, which pdftotext looks through in seconds. TAP.
"""
import functools
import gzip
import io
import os
import shutil
import subprocess
import sys
import zipfile

here = os.path.dirname(os.path.abspath(__file__))
for folder in ("support", "servers"):
    sys.path.insert(0, os.path.join(here, "..", folder))
import books  # noqa: E402
import tap  # noqa: E402
from fake import Fake, ok  # noqa: E402
from folder import SOW, Folder  # noqa: E402

MB = 1 << 20
SIZE = 500 * MB
READ = 65 * MB  # of a file that is too large: more is not looked at
MEMORY = 256    # MiB
TOO_LARGE = "larger than 64 MiB"
UNPACKED = ": more than 64 MiB of text unpacked"
PARAGRAPH = " ".join("The lamp number %d burns oil." % i for i in range(60))
GOOD = '<w:document xmlns:w="%s"><w:body><w:p><w:r><w:t>Some words.</w:t></w:r></w:p></w:body></w:document>' % books.W


class Holes(io.FileIO):
    """A file in which blocks of zeros take no room."""

    def write(self, data):
        if len(data) < MB or bytes(data).count(0) < len(data):
            return super().write(data)
        self.seek(len(data), os.SEEK_CUR)
        return len(data)


def repeated(before, unit, after=""):
    def write(path):
        with open(path, "wb") as out:
            out.write(before.encode())
            out.write(unit.encode() * (READ // len(unit)))
            out.truncate(SIZE)
            out.seek(0, os.SEEK_END)
            out.write(after.encode())
    return write


def compressed(path):
    with open(path, "wb") as out:
        out.write(gzip.compress((PARAGRAPH + "\n\n").encode() * (10 * MB // len(PARAGRAPH)), 1) * 50)


def among_nothing(path):
    with open(path, "wb") as out:
        out.write(books.pdf(["Some words."]))
        out.truncate(300 * MB)


def archive(kind, *members):
    """A DOCX; a member is its name, how it begins, and what then comes 500 times."""
    def write(path):
        with Holes(path, "w+") as raw, zipfile.ZipFile(raw, "w") as z:
            for name, before, again in members:
                info = zipfile.ZipInfo(name, books.TIME)
                info.compress_type = kind
                with z.open(info, "w") as member:
                    member.write(before)
                    for _ in range(SIZE // MB if again else 0):
                        member.write(again)
    return write


def same_page_again(path):
    """A book of 50 pages of 10 MB, which are one member."""
    page = books.page([("p", PARAGRAPH)] * (10 * MB // len(PARAGRAPH)))
    with open(path, "wb") as out:
        out.write(books.epub([page], spine='<itemref idref="c0"/>' * 50, deflated=True))


CASES = [
    ("text", "a.txt", repeated("", PARAGRAPH + "\n\n"), TOO_LARGE),
    ("one line", "a.txt", repeated("", "word "), TOO_LARGE),
    ("Markdown", "a.md", repeated("# One\n\n", PARAGRAPH + "\n\n"), TOO_LARGE),
    ("HTML", "a.html", repeated("<body>", "<p>%s</p>\n" % PARAGRAPH, "</body>"), TOO_LARGE),
    ("compressed text", "a.txt.gz", compressed, TOO_LARGE),
    ("DOCX that is a bomb", "a.docx",
     archive(zipfile.ZIP_DEFLATED, ("word/document.xml", b"<a>", b" " * MB)),
     "word/document.xml" + UNPACKED),
    ("DOCX that is stored", "a.docx",
     archive(zipfile.ZIP_STORED, ("word/document.xml", b"<a>", bytes(MB))),
     "word/document.xml" + UNPACKED),
    ("DOCX with a film", "a.docx",
     archive(zipfile.ZIP_STORED, ("word/media/film.mp4", b"", bytes(MB)), ("word/document.xml", GOOD.encode(), b"")),
     None),
    ("PDF before nothing", "a.pdf", among_nothing, None),
    ("EPUB", "a.epub", same_page_again, "OPS/ch 1.xhtml" + UNPACKED),
]


# A small process starts the program, since a child's peak begins with its parent's size.
MEASURED = """import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)
sys.exit(status)"""


def read(p, server):
    """A run over the folder: what it said of the documents, and the memory that the program took, MiB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, SOW, "map", "--documents", "in", "--skip-bad", "-p", "What? {{chunk}}",
         "--into", "said", "--teacher", server.url, "--model", "m", "--no-cache", "-q", "-o", "run"], cwd=p.dir,
        env=p.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stderr, int(done.stdout)


def beside_a_good_one(name, write, why):
    with Folder() as p, Fake(lambda *_: ok("A text.")) as server:
        os.mkdir(p.path("in"))
        p.write("in/z.txt", "A short text.")
        path = p.path("in/" + name)
        if name.endswith(".pdf") and not shutil.which("pdftotext"):
            raise tap.Skip("no pdftotext")
        write(path)
        said, memory = read(p, server)
        assert said == ("sow: in/%s: %s; left out\n" % (name, why) if why else ""), said
        chunks = [r["chunk"] for r in p.records("run")]
        assert chunks == ([] if why else ["Some words."]) + ["A short text."], chunks
        assert memory < MEMORY, memory
        return "%d MB on disk, %d MB of memory" % (os.stat(path).st_blocks * 512 // MB, memory)


sys.exit(tap.run([(what, functools.partial(beside_a_good_one, *case)) for what, *case in CASES]))
