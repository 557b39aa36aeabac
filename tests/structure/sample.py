#!/usr/bin/env python3
"""sample - the 200 sentences that labels.tsv labels: 80 of our seed tasks, 80 of those
released with Self-Instruct, 40 real sentences of any kind.

    sample.py SHARED-DATA      prints source, number, hash, first words, for labelling

Drawn once by a seeded generator, before the program could parse anything.
"""
import hashlib
import json
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def instructions(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line)["instruction"].strip() for line in lines]


def sentences(path):
    text = subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True).stdout
    return [line.strip() for line in text.decode("utf-8").split("\n") if line.strip()]


def main():
    shared = sys.argv[1]
    draw = random.Random(2212_10560)
    for name, texts, count in (
            ("own", instructions(os.path.join(HERE, "../../data/seed_tasks.jsonl")), 80),
            ("released", instructions(os.path.join(shared, "seed_tasks.jsonl")), 80),
            ("sentences", sentences(os.path.join(shared, "sentences.txt.zst")), 40)):
        for number in sorted(draw.sample(range(len(texts)), count)):
            digest = hashlib.sha256(texts[number].encode()).hexdigest()[:16]
            print(name, number, digest, " ".join(texts[number].split()), sep="\t")


if __name__ == "__main__":
    main()
