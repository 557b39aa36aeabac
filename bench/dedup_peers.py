#!/usr/bin/env python3
"""dedup_peers.py SOW DOCUMENTS TRUTH [WAY…]: near-duplicates among documents, ours and others'.

    pip install rensa datasketch "datatrove[processing]" spacy

The ways are sow, rensa, datatrove, datasketch; all, if none is named.

DOCUMENTS and TRUTH come from bench/documents. Every way looks for copies by word 1-grams, the
others between blanks (datatrove's own tokenizer, of spaCy, takes five times as long); the
others with 128 hashes in 16 bands of 8 rows, and what shares a band with one before is
removed, as they are commonly used; sow with what it chooses for 0.7. A planted copy that is
removed is found: recall is their share of all planted copies. Precision is the share of what
is removed that is a planted copy. Prints a Markdown table: seconds by the clock, processor
seconds with all children, peak memory of the largest process. RESULTS.md was made with rensa
0.5.0, datatrove 0.10.1 and datasketch 2.0.0.
"""
import importlib.metadata
import json
import os
import sys
import tempfile

from measured import measure

REPEATS = {"sow": 3}
BANDS, ROWS = 16, 8


def documents(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            yield json.loads(line)["text"]


def rensa(path):
    from rensa import RMinHash, RMinHashLSH
    index = RMinHashLSH(threshold=0.7, num_perm=BANDS * ROWS, num_bands=BANDS)
    removed = []
    for i, text in enumerate(documents(path)):
        m = RMinHash(num_perm=BANDS * ROWS, seed=42)
        m.update(text.split())
        if index.query(m):
            removed.append(i + 1)
        else:
            index.insert(i, m)
    return removed


def datasketch(path):
    from datasketch import MinHash, MinHashLSH
    index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
    removed = []
    for i, text in enumerate(documents(path)):
        m = MinHash(num_perm=BANDS * ROWS)
        m.update_batch([w.encode() for w in set(text.split())])
        if index.query(m):
            removed.append(i + 1)
        else:
            index.insert(i, m)
    return removed


class Blanks:
    """A tokenizer for datatrove."""
    def word_tokenize(self, text):
        return text.split()


def datatrove(path):
    from datatrove.data import Document
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (MinhashDedupBuckets, MinhashDedupCluster,
                                          MinhashDedupFilter, MinhashDedupSignature)
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.hashing import HashConfig
    config = MinhashConfig(n_grams=1, num_buckets=BANDS, hashes_per_bucket=ROWS,
                           hash_config=HashConfig(precision=64))
    count = sum(1 for _ in documents(path))
    with tempfile.TemporaryDirectory() as scratch:
        def at(name):
            return os.path.join(scratch, name)

        def read(data, rank=0, world_size=1):
            for i, text in enumerate(documents(path)):
                if i * world_size // count == rank: # of several, the first file's is kept
                    yield Document(text=text, id=str(i + 1))

        def run(*steps, tasks=2):
            LocalPipelineExecutor(pipeline=list(steps), tasks=tasks, workers=min(tasks, 2),
                                  start_method="fork",
                                  logging_dir=at("logs-%d" % len(os.listdir(scratch)))).run()

        def note(data, rank=0, world_size=1):
            kept = {int(document.id) for document in data}
            with open(at("kept-%d" % rank), "w") as f:
                f.write("\n".join(map(str, sorted(kept))))
            yield from ()

        sign = MinhashDedupSignature(output_folder=at("sig"), config=config)
        sign.word_tokenizer = Blanks()
        run(read, sign)
        run(MinhashDedupBuckets(input_folder=at("sig"), output_folder=at("buckets"),
                                config=config), tasks=BANDS)
        run(MinhashDedupCluster(input_folder=at("buckets"), output_folder=at("remove"),
                                config=config), tasks=1)
        run(read, MinhashDedupFilter(input_folder=at("remove")), note)
        kept = set()
        for rank in range(2):
            with open(at("kept-%d" % rank)) as f:
                kept.update(map(int, f.read().split()))
        removed = [i + 1 for i, _ in enumerate(documents(path)) if i + 1 not in kept]
    return removed


WAYS = {"rensa": rensa, "datatrove": datatrove, "datasketch": datasketch}


def removed_by_sow(path):
    with open(path, encoding="utf-8") as f:
        return [line["line"] for line in map(json.loads, f) if not line["kept"]]


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    if sys.argv[1] == "--way":
        removed = WAYS[sys.argv[2]](sys.argv[3])
        with open(sys.argv[4], "w") as f:
            json.dump(removed, f)
        return
    sow, path, truth_path = map(os.path.abspath, sys.argv[1:4])
    chosen = sys.argv[4:] or ["sow", *WAYS]
    for package in WAYS:
        print("%s %s" % (package, importlib.metadata.version(package)))
    print("load before: %s\n" % " ".join("%.1f" % x for x in os.getloadavg()))
    print("| way | seconds | processor seconds | MiB | removed | recall | precision |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        with open(truth_path) as f:
            planted = {int(line.split()[0]) for line in f}
        found = os.path.join(scratch, "found")
        for name in [n for n in ["sow 1", "sow 2", *WAYS] if n.split()[0] in chosen]:
            for _ in range(REPEATS.get(name.split()[0], 1)):
                if name.startswith("sow"):
                    figures = measure([sow, "dedup", path, "--field", "text", "-m", "minhash",
                                       "--shingle", "1", "--threads", name[4:], "--explain",
                                       found, "-o", os.path.join(scratch, "out"), "-q"])
                    removed = removed_by_sow(found)
                else:
                    figures = measure([sys.executable, os.path.abspath(__file__), "--way", name,
                                       path, found])
                    with open(found) as f:
                        removed = json.load(f)
                hits = len(planted & set(removed))
                print("| {} | {:.1f} | {:.1f} | {:,.0f} | {:,} | {:.3f} | {:.3f} |".format(
                    name, *figures[:3], len(removed), hits / len(planted),
                    hits / max(1, len(removed))), flush=True)


if __name__ == "__main__":
    main()
