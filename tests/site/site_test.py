#!/usr/bin/env python3
"""site_test - the pages that `make site` makes: links lead somewhere, nothing comes from a network.

    site_test.py SITE

The search is tried by Chromium on the pages as files, if it is installed.
"""
import glob
import html.parser
import os
import re
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../support"), os.path.join(HERE, "../report")]
import browser  # noqa: E402
import tap  # noqa: E402

SITE = os.path.abspath(sys.argv[1])
LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("audio", "src")}
LOADED_LINKS = {"stylesheet", "icon", "preload", "manifest", "modulepreload", "preconnect", "dns-prefetch"}


class Page(html.parser.HTMLParser):
    """The links, the anchors and what is loaded."""

    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.anchors, self.loads = path, [], set(), []
        with open(path, encoding="utf-8") as file:
            self.feed(file.read())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("id"):
            self.anchors.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        for name, value in attrs:
            if value and ((tag, name) in LOADS or
                          (tag == "link" and name == "href" and LOADED_LINKS & set((given.get("rel") or "").split()))):
                self.loads.append(value)


PAGES = {path: Page(path) for path in glob.glob(os.path.join(SITE, "**/*.html"), recursive=True)}


def there(page, link):
    """Path and anchor that a relative link names."""
    parts = urllib.parse.urlsplit(link)
    path = os.path.normpath(os.path.join(os.path.dirname(page), urllib.parse.unquote(parts.path))) \
        if parts.path else page
    return os.path.join(path, "index.html") if os.path.isdir(path) else path, parts.fragment


def is_local(link):
    return not re.match(r"[a-z][a-z0-9+.-]*:|//", link)


def links_lead_somewhere():
    assert len(PAGES) > 25, sorted(PAGES)
    wrong, count = [], 0
    for page, found in PAGES.items():
        if os.path.basename(page) == "404.html":  # its links are from the root of a server
            continue
        for link in filter(is_local, found.links):
            path, anchor = there(page, link)
            count += 1
            if not os.path.exists(path):
                wrong.append("%s: %s" % (os.path.relpath(page, SITE), link))
            elif anchor and path in PAGES and urllib.parse.unquote(anchor) not in PAGES[path].anchors:
                wrong.append("%s: no #%s in %s" % (os.path.relpath(page, SITE), anchor, os.path.relpath(path, SITE)))
    assert count > 500, count
    assert not wrong, "\n# ".join(sorted(set(wrong)))


def nothing_is_loaded_from_elsewhere():
    wrong = []
    for page, found in PAGES.items():
        for load in found.loads:
            if os.path.basename(page) == "404.html" and is_local(load):
                continue
            if not is_local(load) or not os.path.exists(there(page, load)[0]):
                wrong.append("%s: %s" % (os.path.relpath(page, SITE), load))
    assert not wrong, "\n# ".join(sorted(set(wrong)))


# The search is an element of its own, with a tree of its own.
WALK = """const found = [];
const walk = root => { for (const e of root.querySelectorAll(arguments[0] + ', *')) {
        if (e.matches(arguments[0])) found.push(e);
        if (e.shadowRoot) walk(e.shadowRoot); } };
walk(document);
"""


def the_search_finds():
    if not browser.found():
        raise tap.Skip("no Chromium with its driver")
    with browser.Browser() as b:
        b.open(os.path.join(SITE, "docs/guide/data.html"))
        b.wait("return document.querySelector('.md-search__button')")
        b.run("document.querySelector('.md-search__button').click(); return true")
        end = time.monotonic() + 120
        while not b.run(WALK + "return found.length && (found[0].focus(), true)", "[role=combobox]"):
            assert time.monotonic() < end, "no field to search by"
            time.sleep(0.2)
        b.press(*"decontaminate")
        found = ""
        while "novelty.html" not in found:
            assert time.monotonic() < end, found or "nothing was found"
            time.sleep(0.2)
            found = b.run(WALK + "return found.map(a => a.href).join(' ')", "li a")
        asked = [r for r in b.requests() if not r.startswith(("file:", "data:", "blob:", "chrome:"))]
        assert not asked, asked


if __name__ == "__main__":
    sys.exit(tap.run([
        ("links lead somewhere", links_lead_somewhere),
        ("nothing is loaded from elsewhere", nothing_is_loaded_from_elsewhere),
        ("the search finds, in pages that are files", the_search_finds),
    ]))
