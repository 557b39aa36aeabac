#!/usr/bin/env python3
"""screenshots.py FOLDER REPORT.html…: each report as one sees it, for people to look at.

Leaves in FOLDER of each, in pieces from the top, NAME-light-1.png …, NAME-dark-1.png … and
NAME-narrow-1.png …, and besides NAME-tree.png (a record's lineage) and NAME-print.pdf.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser, found  # noqa: E402

PIECE = 1600 # pixels

OPEN = ("document.querySelectorAll('#browser .record details').forEach((d, i) => d.open = i < 3);"
        "document.querySelector('#browser .record details')?.scrollIntoView({block: 'center', behavior: 'instant'})")


def shoot(b, folder, report):
    name = os.path.join(folder, os.path.splitext(os.path.basename(report))[0])
    for kind, scheme, width in (("light", "light", 1280), ("dark", "dark", 1280), ("narrow", "light", 390)):
        b.look(scheme, width)
        b.open(report)
        b.screenshots("%s-%s" % (name, kind), PIECE)
    b.look("light", 1280)
    b.open(report)
    b.print(name + "-print.pdf")
    b.run(OPEN)
    b.screenshot(name + "-tree.png")
    for level, message in b.console():
        print("%s: %s: %s" % (report, level, message))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if not found():
        sys.exit("screenshots: chromium or chromedriver is missing")
    for report in sys.argv[2:]:
        if not os.path.isfile(report):
            sys.exit("screenshots: %s: no such report" % report)
    os.makedirs(sys.argv[1], exist_ok=True)
    with Browser() as b:
        for report in sys.argv[2:]:
            shoot(b, sys.argv[1], report)


if __name__ == "__main__":
    main()
