#!/usr/bin/env python3
"""novelty_peers.py SOW SENTENCES [SIZE…]: the filter of Self-Instruct and Alpaca, ours and others'.

    pip install rouge-score rapidfuzz rouge-score-rs

Keeps, of the first SIZE lines of a file, each whose ROUGE-L F1 with every line kept before is
at most 0.7, and counts what is kept: every way must keep the same number. The ways, each a
process of its own, one after the other and all of it several times:

    sow            sow novel, on one core and on two
    rapidfuzz      process.cdist with a cutoff, two workers, blocks of 512; what comes near the
                   cutoff is checked with rouge_score's own arithmetic
    rouge-score-rs score_batch of a line with all kept ones
    alpaca         rouge_score in a pool of processes, as stanford_alpaca does it

The slow ones run on small sizes only (see LIMITS), and a way is not repeated when it has taken
PATIENCE seconds. Prints a Markdown table: seconds by the clock, processor seconds with all
children, peak memory of the largest process; medians, with least and most. What a way takes
is counted whole: start, reading, tokenizing, comparing. RESULTS.md was made with
rouge-score 0.1.2, rapidfuzz 3.14.6 and rouge-score-rs 0.2.1.
"""
import importlib.metadata
import os
import statistics
import sys
import tempfile

from measured import measure

LIMITS = {"alpaca": 2000, "rouge-score-rs": 10000, "rapidfuzz": 75000}
REPEATS = 5
PATIENCE = 20
BLOCK = 512


def f1(lcs, a, b):
    """As rouge_score computes it."""
    if not lcs:
        return 0.0
    p, r = lcs / a, lcs / b
    return 2 * p * r / (p + r)


def tokens_of(lines):
    from rouge_score import tokenizers
    tokenizer = tokenizers.DefaultTokenizer(use_stemmer=False)
    return [tokenizer.tokenize(line) for line in lines]


def rapidfuzz(lines):
    import numpy as np
    from rapidfuzz import process
    from rapidfuzz.distance import Indel, LCSseq
    numbers, texts = {}, []
    for words in tokens_of(lines):  # a word is a character: rapidfuzz is fastest on those
        texts.append("".join(chr(0x100 + (n if n < 0xD000 else n + 0x800)) for n in
                             (numbers.setdefault(w, len(numbers)) for w in words)))
    kept, cutoff = [], 0.7 - 1e-9

    def near(a, b):
        return f1(LCSseq.similarity(a, b), len(b), len(a)) > 0.7

    for start in range(0, len(texts), BLOCK):
        block = texts[start:start + BLOCK]
        old = [False] * len(block)
        if kept:
            scores = process.cdist(block, kept, scorer=Indel.normalized_similarity,
                                   score_cutoff=cutoff, dtype=np.float32, workers=2)
            for i, row in enumerate(scores):
                old[i] = any(near(block[i], kept[j]) for j in np.flatnonzero(row))
        inner = process.cdist(block, block, scorer=Indel.normalized_similarity,
                              score_cutoff=cutoff, dtype=np.float32, workers=2)
        new = []
        for i, text in enumerate(block):
            if not old[i] and not any(near(text, block[j]) for j in new if inner[i][j]):
                new.append(i)
        kept += [block[i] for i in new]
    return len(kept)


def rouge_score_rs(lines):
    from rouge_score_rs import rouge_scorer
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    kept = []
    for line in lines:
        scores = scorer.score_batch(kept, [line] * len(kept)) if kept else []
        if all(s["rougeL"].fmeasure <= 0.7 for s in scores):
            kept.append(line)
    return len(kept)


def alpaca_score(a, b):
    from rouge_score import rouge_scorer
    return rouge_scorer._score_lcs(a, b)


def alpaca(lines):
    from functools import partial
    from multiprocessing import Pool
    kept = []
    for words in tokens_of(lines):
        with Pool(os.cpu_count()) as pool:
            scores = pool.map(partial(alpaca_score, words), kept)
        if all(s.fmeasure <= 0.7 for s in scores):
            kept.append(words)
    return len(kept)


WAYS = {"rapidfuzz": rapidfuzz, "rouge-score-rs": rouge_score_rs, "alpaca": alpaca}


def way(name, sow, path):
    """The command, and how to read the number of kept lines off what it says."""
    if name.startswith("sow"):
        threads = name.split()[1]
        command = [sow, "novel", path, "--lines", "--tokenizer", "ascii", "--threads", threads,
                   "-o", "/dev/null"]
        return command, lambda said: int(said.split("kept ")[1].split()[0])
    return [sys.executable, os.path.abspath(__file__), "--way", name, path], \
        lambda said: int(said.strip("'\"\n ").split("\\n")[0])


def spread(values):
    middle = statistics.median(values)
    if len(values) == 1:
        return "%.3g" % middle
    return "%.3g (%.3g–%.3g)" % (middle, min(values), max(values))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if sys.argv[1] == "--way":
        with open(sys.argv[3], encoding="utf-8") as f:
            print(WAYS[sys.argv[2]](f.read().split("\n")[:-1]))
        return
    sow, sentences = map(os.path.abspath, sys.argv[1:3])
    sizes = [int(size) for size in sys.argv[3:]] or [1000, 2000, 10000, 30000]
    for package in ("rouge-score", "rapidfuzz", "rouge-score-rs"):
        print("%s %s" % (package, importlib.metadata.version(package)))
    print("load before: %s\n" % " ".join("%.1f" % x for x in os.getloadavg()))
    print("| sentences | way | seconds | processor seconds | MiB | kept |")
    print("|---|---|---|---|---|---|")
    with open(sentences, encoding="utf-8") as f:
        lines = f.read().split("\n")[:-1]
    for size in sizes:
        assert size <= len(lines)
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write("\n".join(lines[:size]) + "\n")
            file.flush()
            names = ["sow 1", "sow 2"] + [n for n in WAYS if size <= LIMITS[n]]
            results = {name: [] for name in names}
            for _ in range(REPEATS):
                for name in names:
                    if sum(result[0] for result in results[name]) < PATIENCE:
                        command, read = way(name, sow, file.name)
                        clock, cpu, memory, said = measure(command)
                        results[name].append((clock, cpu, memory, read(said)))
            assert len({result[3] for one in results.values() for result in one}) == 1
            for name in names:
                clock, cpu, memory, kept = zip(*results[name])
                label = "sow, %s core%s" % (name[4:], "s" * (name[4:] != "1")) \
                    if name.startswith("sow") else name
                print("| {:,} | {} | {} | {} | {:.0f} | {:,} |".format(
                    size, label, spread(clock), spread(cpu), max(memory), kept[0]), flush=True)


main()
