#!/usr/bin/env python3
"""screenshots.py SOW FOLDER: the reviewer's page as one sees it, for people to look at.

Leaves in FOLDER of each view, in light, dark and 400 px narrow: NAME-light.png, NAME-dark.png and
NAME-narrow.png; and says what the console said.
"""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../report")]
import made  # noqa: E402
from browser import Browser, found  # noqa: E402
from serving import Serving  # noqa: E402

LOOKS = (("light", "light", 1360, 900), ("dark", "dark", 1360, 900), ("narrow", "light", 400, 860))
OPEN = "[...document.querySelectorAll('.list .row')].find(r => r.textContent.includes(arguments[0])).click()"
SHOWS = "return document.querySelector('#record .record')?.textContent.includes(arguments[0])"


def shoot(b, folder, name, act=lambda: None):
    for kind, scheme, width, height in LOOKS:
        b.look(scheme, width, height)
        b.settle()
        act()
        b.settle()
        b.screenshot(os.path.join(folder, "%s-%s.png" % (name, kind)))


def opened(b, words, shows):
    b.run(OPEN, words)
    for _ in range(100):
        if b.run(SHOWS, shows):
            return
        b.settle()
    raise AssertionError("not shown: " + shows)


def of_file(b, sow, scratch, folder):
    path = made.write(os.path.join(scratch, "tasks.jsonl"), made.kinds())
    with Serving(sow, path, "--by", "ada") as s:
        s.wait()
        s.ask("verdict", i=3, by="bo", verdict="keep", note="Two of three are birds that cannot fly.", form={
            "instruction": True, "input": True, "output": True}, seconds=4)
        s.ask("verdict", i=3, by="ada", verdict="drop", reasons=["wrong answer"], form={
            "instruction": True, "input": True, "output": False}, seconds=9)
        s.ask("verdict", i=0, by="bo", verdict="keep", form={"instruction": True, "input": True, "output": True}, seconds=5)
        s.ask("verdict", i=0, by="ada", verdict="keep", form={"instruction": True, "input": False, "output": True}, seconds=5)
        s.ask("verdict", i=5, by="bo", edit={"instruction": ["Sort these words by length, then by their last letter.",
              "Sort these words by length, and words of one length by their last letter."]})
        b.visit(s.url)
        b.wait("return document.body.classList.contains('ready')")
        b.run("document.querySelector('[name=verdict]').value = 'all'; "
              "document.querySelector('[name=verdict]').dispatchEvent(new Event('change'))")
        b.wait("return document.querySelectorAll('.list .row').length === 6")
        for words, shows in (("tides", "Explain tides"), ("coat", "coat in Rome"), ("bird", "ostrich"), ("harbour", "harbour.md"),
                             ("last letter", "their last letter")):
            opened(b, words, shows)
            shoot(b, folder, words.replace(" ", "-"))
        opened(b, "bird", "ostrich")
        shoot(b, folder, "reasons", lambda: (b.press("\ue00c"), b.press("d")))
        shoot(b, folder, "form", lambda: (b.press("\ue00c"), b.press("f")))
        shoot(b, folder, "edit", lambda: (b.press("\ue00c"), b.press("e")))
        b.press("\ue00c")
        shoot(b, folder, "keys", lambda: b.run("document.querySelector('#keys').open || document.querySelector('.who button:last-child').click()"))
        b.run("document.querySelector('#keys').close(); document.querySelector('[data-view=progress]').click()")
        b.wait("return document.querySelector('#progress table')")
        shoot(b, folder, "progress")


def of_run(b, sow, scratch, folder):
    run = made.run(sow, os.path.join(scratch, "a run"))
    with Serving(sow, run, "--by", "ada") as s:
        s.wait()
        b.visit(s.url)
        b.wait("return document.querySelector('#record .chain')")
        shoot(b, folder, "run-record")
        b.run("document.querySelector('[data-view=live]').click()")
        b.wait("return document.querySelector('#live .figures')")
        shoot(b, folder, "run-live")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if not found():
        sys.exit("screenshots: chromium or chromedriver is missing")
    sow, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, Browser(1360, 900) as b:
        of_file(b, sow, scratch, folder)
        of_run(b, sow, scratch, folder)
        for level, message in b.console():
            print("%s: %s" % (level, message))


if __name__ == "__main__":
    main()
