#!/usr/bin/env python3
"""pages - how many pages of documents a second are read and cut into chunks, format by format.

    bench/pages.py build/sow [--documents 10] [--pages 50] [--rounds 3]

A page is 500 words, in paragraphs of 100 below a heading. Each round has every format's documents read
once, by `sow check` of a recipe, in turn, and once a recipe with one short text, whose time is taken
off. Prints the median of wall and processor time, which includes that of pdftotext.
"""
import argparse
import os
import random
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/support"))
import books  # noqa: E402
from measured import measure  # noqa: E402

WORDS, PARAGRAPHS = 100, 5


def blocks(draw, pages):
    vocabulary = ["".join(draw.choice("abcdefghiklmnoprstuvw") for _ in range(draw.randrange(2, 10))) for _ in range(5000)]
    for page in range(pages):
        yield "h2", "Page %d" % (page + 1)
        for _ in range(PARAGRAPHS):
            words = draw.choices(vocabulary, k=WORDS)
            yield "p", " ".join(w + "." if i % 12 == 11 else w for i, w in enumerate(words))


def plain(made, mark=""):
    return "".join("%s%s\n\n" % (mark if kind == "h2" else "", text) for kind, text in made).encode()


def pdf(made):
    """All on one page, which is long: pdftotext goes by its lines."""
    lines = []
    for _, text in made:
        words = text.split()
        lines += [" ".join(words[i:i + 12]) for i in range(0, len(words), 12)] + [""]
    return books.pdf(lines)


FORMATS = {
    "text": (".txt", plain), "Markdown": (".md", lambda made: plain(made, "## ")),
    "HTML": (".html", lambda made: books.page(made).encode()),
    "DOCX": (".docx", lambda made: books.docx(made, deflated=True)),
    "EPUB": (".epub", lambda made: books.epub([made], deflated=True)), "PDF, by pdftotext": (".pdf", pdf),
}


def write_recipe(folder, name, documents):
    path = os.path.join(folder, name + ".yaml")
    with open(path, "w", encoding="utf-8") as out:
        out.write("steps:\n  - {method: map, documents: ['%s'], prompt: 'What? {{chunk}}', into: x}\n" % documents)
    return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sow")
    parser.add_argument("--documents", type=int, default=10)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    draw, taken, size = random.Random(1), {}, {}
    with tempfile.TemporaryDirectory(prefix="sow-pages-") as folder:
        recipes = {}
        for name, (ending, make) in FORMATS.items():
            place = os.path.join(folder, ending[1:])
            os.mkdir(place)
            for i in range(arguments.documents):
                with open(os.path.join(place, "%02d%s" % (i, ending)), "wb") as out:
                    out.write(make(list(blocks(draw, arguments.pages))))
            size[name] = sum(e.stat().st_size for e in os.scandir(place))
            recipes[name] = write_recipe(folder, ending[1:], place)
        with open(os.path.join(folder, "one.txt"), "w", encoding="utf-8") as out:
            out.write("One text.")
        recipes[""] = write_recipe(folder, "one", os.path.join(folder, "one.txt"))
        for _ in range(arguments.rounds):
            for name, recipe in recipes.items():
                taken.setdefault(name, []).append(measure([arguments.sow, "check", recipe]))
    pages = arguments.documents * arguments.pages
    middle = {name: [statistics.median(run[i] for run in runs) for i in range(3)] for name, runs in taken.items()}
    print("| | KB | wall s | processor s | pages a processor second | MB |\n|---|---:|---:|---:|---:|---:|")
    for name in FORMATS:
        wall, processor = (max(middle[name][i] - middle[""][i], 1e-3) for i in range(2))
        print("| %s | %d | %.2f | %.2f | %d | %.0f |" % (name, size[name] // 1000, wall, processor, pages / processor,
                                                        middle[name][2]))


if __name__ == "__main__":
    main()
