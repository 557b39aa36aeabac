"""made.py - records of every kind to review, as files, and a run made with `sow mock`."""
import json
import os
import subprocess

HOSTILE = [
    "</script><script>window.__pwned=1</script>",
    "<img src=x onerror=\"window.__pwned=1\"><svg onload=\"window.__pwned=1\">",
    "<a href=\"javascript:window.__pwned=1\">here</a> javascript:window.__pwned=1",
    "<iframe srcdoc=\"<script>parent.__pwned=1</script>\"></iframe><base href=//evil/>",
    "\u202eright to left override\u202c \u0645\u0631\u062d\u0628\u0627 \u2028 \u2029 \u2066 isolate\u200b",
    "${window.__pwned=1} {{constructor.constructor('window.__pwned=1')()}} %s %n \\u003cscript\\u003e",
    "\u0001\u0007\u001b[31m control \ufffd \U0001f331 Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334",
    "x" * 200_000,
    "word " * 20_000,
    "event: verdicts\ndata: [0]\n\n",
]


def write(path, records):
    with open(path, "w", encoding="utf-8") as out:
        for r in records:
            out.write(json.dumps(r, ensure_ascii=False) + "\n")
    return path


def hostile():
    for i, text in enumerate(HOSTILE):
        yield {"instruction": text, "input": text, "output": text, "id": text[:50], text[:60]: text, "n": i}
        yield {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": text, "reasoning_content": text,
               "tool_calls": [{"id": text[:40], "type": "function", "function": {"name": text[:40], "arguments": text}}]},
               {"role": "tool", "tool_call_id": text[:40], "content": text}, {"role": "assistant", "content": text}],
               "tools": [{"type": "function", "function": {"name": text[:40], "description": text}}]}


TOOLS = [{"type": "function", "function": {"name": "weather", "description": "What the sky is like in a city.",
          "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]


def kinds():
    """One record of each kind that people look at."""
    yield {"id": "plain", "instruction": "Sort these words by length.", "input": "plum, fig, apple",
           "output": "fig, plum, apple", "accuracy": 4.5, "style": 3}
    yield {"id": "pair", "prompt": "Explain tides to a child.",
           "chosen": "The moon pulls on the sea, and the sea bulges towards it. As the Earth turns, that bulge passes by.",
           "rejected": "Tides are a thing that the sea does every now and then.", "accuracy": 2}
    yield {"id": "chat", "tools": TOOLS, "messages": [
        {"role": "system", "content": "You help people plan a day outdoors."},
        {"role": "user", "content": "Shall I take a coat in Rome today?"},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "call_1", "type": "function", "function": {
            "name": "weather", "arguments": "{\"city\": \"Rome\"}"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "{\"sky\": \"clear\", \"degrees\": 24}"},
        {"role": "assistant", "content": "No: it is clear, and 24 degrees.", "reasoning_content": "24 degrees is warm."}]}
    yield {"id": "samples", "instruction": "Name a bird that cannot fly.", "responses": ["An ostrich.", "A penguin.", "A sparrow."],
           "scores": {"truth": 3}}
    yield {"id": "piece", "instruction": "What does the harbour master decide?", "output": "Which ships may enter.",
           "document": "harbour.md", "heading": "Rules", "start": 120, "end": 211,
           "chunk": "The harbour master decides which ships may enter, and in which order they are unloaded."}
    yield {"id": "evolved", "instruction": "Sort these words by length, then by their last letter.", "output": "fig, apple, plum",
           "parent": "plain", "operation": "add-constraint", "round": 1}


def many(count):
    for i in range(count):
        yield {"instruction": "Write %d words about the number %d and its neighbour %d." % (i % 7 + 3, i, i * 7919 % 1000003),
               "input": "", "output": "The number %d is %s." % (i, "even" if i % 2 == 0 else "odd"), "quality": i * 37 % 1000 / 100}


RECIPE = """
seed: 1
teachers:
  writer: {teacher: "%s", model: m, price-in: 0.15, price-out: 0.60}
steps:
  - {method: self-instruct, n: 60}
  - {method: evol, rounds: 2}
"""


class Mock:
    """The fake teacher, for as long as it is needed."""

    def __init__(self, sow, *options):
        self.process = subprocess.Popen([sow, "mock", "--until-eof", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.address = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


def run(sow, folder, environment=None):
    """A finished run of two steps."""
    recipe = folder + ".yaml"
    with Mock(sow) as mock:
        with open(recipe, "w", encoding="utf-8") as out:
            out.write(RECIPE % mock.address)
        done = subprocess.run([sow, "run", recipe, "-o", folder, "-q"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, env=environment, timeout=500)
        assert done.returncode == 0, done.stderr[-800:]
    os.remove(recipe)
    return folder
