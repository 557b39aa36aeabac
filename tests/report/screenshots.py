#!/usr/bin/env python3
"""screenshots.py FOLDER REPORT.html…: each report as one sees it, for people to look at.

Leaves NAME-light.png, NAME-dark.png, NAME-narrow.png, NAME-tree.png (a record's lineage) and
NAME-print.pdf of each in FOLDER.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser, found  # noqa: E402

OPEN = ("document.querySelectorAll('#browser .record details').forEach((d, i) => d.open = i < 3);"
        "document.querySelector('#browser .record details')?.scrollIntoView({block: 'center'})")


def shoot(b, folder, report):
    name = os.path.join(folder, os.path.splitext(os.path.basename(report))[0])
    for kind, scheme, width in (("light", "light", 1280), ("dark", "dark", 1280), ("narrow", "light", 390)):
        b.look(scheme, width)
        b.open(report)
        b.screenshot("%s-%s.png" % (name, kind))
    b.look("light", 1280)
    b.open(report)
    b.print(name + "-print.pdf")
    b.run(OPEN)
    b.screenshot(name + "-tree.png", whole=False)
    for level, message in b.console():
        print("%s: %s: %s" % (report, level, message))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if not found():
        sys.exit("screenshots: chromium or chromedriver is missing")
    os.makedirs(sys.argv[1], exist_ok=True)
    with Browser() as b:
        for report in sys.argv[2:]:
            shoot(b, sys.argv[1], report)


if __name__ == "__main__":
    main()
