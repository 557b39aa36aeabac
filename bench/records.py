#!/usr/bin/env python3
"""records - a million records as long as Alpaca's, for what reads whole data sets.

    bench/records.py 1000000 >records.jsonl

Words of our seed tasks in random order: instructions of 5 to 20 words, two inputs in five,
outputs of 1 to 90 words. The same bytes every time.
"""
import json
import os
import random
import sys

SEEDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/seed_tasks.jsonl")


def main():
    draw = random.Random(1)
    with open(SEEDS, encoding="utf-8") as lines:
        words = " ".join(json.loads(line)["instruction"] for line in lines).split()

    def text(least, most):
        count = draw.randint(least, most)
        start = draw.randrange(len(words) - count)
        return draw.choice(words) + " " + " ".join(words[start:start + count])

    for _ in range(int(sys.argv[1])):
        sys.stdout.write(json.dumps({
            "instruction": text(4, 19),
            "input": text(3, 30) if draw.random() < 0.4 else "",
            "output": text(0, 89)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
