"""example.py - a recipe of examples/ as a test runs it: a copy of it all, with another teacher.

    path = example.copied("examples/magpie.yaml", scratch, example.on_mock(url))
    path = example.copied("examples/magpie.yaml", scratch, example.on_mock(url), n=60)
    path = example.copied("examples/magpie.yaml", scratch, "{teacher: 'small.gguf'}", n=4)

What a recipe reads lies beside it, and is copied with it. Raises tap.Skip where a recipe needs a
program that is not installed.
"""
import os
import re
import shutil

import tap


def on_mock(url):
    return "{teacher: '%s', model: mock}" % url


def needed(path):
    if os.path.basename(path) == "documents.yaml" and not shutil.which("pdftotext"):
        raise tap.Skip("no pdftotext")


def of_server(text, writer):
    """The other teachers are other models, and a server is told how its model writes turns."""
    text = re.sub(r"^  #(writer-2|judge|user|embedder): .*$", lambda m: "  %s: %s" % (
        m[1], writer.replace("model: mock", "model: mock-" + m[1])), text, flags=re.M)
    text = re.sub(r"^  - method: magpie$", r"\g<0>\n    template: chatml", text, flags=re.M)
    if "method: magpie" in text:
        text = text.replace("model: mock}", "model: mock, api: completion}")
    return text


def copied(path, scratch, writer, n=None):
    """The recipe with this teacher, and n tasks if it is given: its path in `scratch`."""
    needed(path)
    with open(path, encoding="utf-8") as recipe:
        text = recipe.read()
    text, teachers = re.subn(r"^  writer: \{\}$", "  writer: " + writer, text, flags=re.M)
    if "http" in writer:
        text = of_server(text, writer)
    text, counts = re.subn(r"^    n: (\d+)$", lambda m: "    n: %s" % (n or m[1]), text, flags=re.M)
    assert teachers == 1 and counts == 1, text
    examples = os.path.dirname(path)
    for name in os.listdir(examples):
        beside = os.path.join(examples, name)
        if os.path.isdir(beside):
            shutil.copytree(beside, os.path.join(scratch, name))
        elif not name.endswith(".yaml"):
            shutil.copy(beside, scratch)
    copy = os.path.join(scratch, os.path.basename(path))
    with open(copy, "w", encoding="utf-8") as recipe:
        recipe.write(text)
    return copy
