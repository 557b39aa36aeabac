#!/usr/bin/env python3
"""replies - what reading replies costs, kind by kind.

    ninja -C build tests/read-replies
    bench/replies.py build/tests/read-replies [--other PROGRAM] [--rounds 3]

Each round reads 1,000 invented replies of each kind 100 times over; PROGRAM is the same of another
state of the source, asked in turn. Prints the median of user time, in microseconds a reply.
"""
import argparse
import os
import random
import resource
import statistics
import subprocess

VERBS = "Describe Explain List Summarise Translate Rewrite Compare Invent Estimate Correct Sort".split()
NOUNS = "river lake engine poem recipe letter contract planet violin harbour budget garden".split()
MADE, TIMES = 1000, 100


def text(draw):
    return "%s the %s and say in %d words how its %s differs from a %s that was made before %d." % (
        draw.choice(VERBS), draw.choice(NOUNS), draw.randrange(20, 90), draw.choice(NOUNS),
        draw.choice(NOUNS), draw.randrange(1700, 2000))


KINDS = {
    "list: seven tasks, plain": ("list", lambda d: "\n".join(
        "Task %d: %s" % (9 + i, text(d)) for i in range(7))),
    "list: the same in bold, with introduction and farewell": ("list", lambda d: (
        "Sure! Here are seven:\n\n" + "\n".join("**Task %d:** %s" % (9 + i, text(d)) for i in range(7)) +
        "\n\nLet me know if you need more!")),
    "instances: five examples": ("instances", lambda d: "\n".join(
        "Example %d\nText: %s\nOutput: %s" % (i + 1, text(d), text(d)) for i in range(5))),
    "instances: one with 40 lines of code": ("instances", lambda d: (
        "Example 1\nInput: x\nOutput:\n" + "\n".join("    print(\"%s\");" % text(d) for _ in range(40)))),
    "labels: five": ("labels", lambda d: "\n".join(
        "Class label: l%d\nInput: %s" % (i, text(d)) for i in range(5))),
    "records: sixteen of Alpaca's": ("records", lambda d: "\n###\n".join(
        "%d. Instruction: %s\n%d. Input:\n<noinput>\n%d. Output:\n%s" % (i, text(d), i, i, text(d))
        for i in range(4, 20))),
}


def user_time(program, replies):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([program, str(TIMES)], input=replies, check=True, stdout=subprocess.DEVNULL)
    return (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before) / MADE / TIMES * 1e6


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("program")
    options.add_argument("--other")
    options.add_argument("--rounds", type=int, default=3)
    args = options.parse_args()
    programs = [os.path.abspath(p) for p in (args.other, args.program) if p]
    for name, (kind, write) in KINDS.items():
        draw = random.Random(1)
        replies = b"".join(("%s\n%s\0" % (kind, write(draw))).encode() for _ in range(MADE))
        times = [[user_time(program, replies) for program in programs] for _ in range(args.rounds)]
        print("%-55s %s" % (name, "  ".join("%6.2f" % statistics.median(t) for t in zip(*times))))


main()
