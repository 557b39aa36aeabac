#!/usr/bin/env python3
"""mpi.py SOW DOCUMENTS [--rounds N] [--ranks 1,2] [--single] - dedup by one process and by ranks, in turn

DOCUMENTS is what bench/documents makes. Of each way: seconds by the clock, processor seconds of all
its processes, the most memory of one, and what ranks sent, as their index.json has it. The median of
the rounds; all have to keep the same bytes. --single adds near-duplicates by single words, whose groups
of candidates are large and hold few that are alike.
"""
import argparse
import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time


def digest(path):
    names = [path] if os.path.isfile(path) else \
        [os.path.join(path, n) for n in sorted(os.listdir(path)) if n.startswith("part-")]
    whole = hashlib.sha256()
    for name in names:
        with open(name, "rb") as data:
            for block in iter(lambda: data.read(1 << 20), b""):
                whole.update(block)
    return whole.hexdigest()


def measure(command, out):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.path.join(out, "index.json"), encoding="utf-8") as text:
        shards = json.load(text)["shards"]
    return (seconds, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
            max(s["memory_bytes"] for s in shards), sum(s["sent_bytes"] for s in shards))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sow")
    parser.add_argument("documents")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", default="1,2")
    parser.add_argument("--single", action="store_true")
    args = parser.parse_args()
    with open(args.documents, "rb") as data:
        count = sum(block.count(b"\n") for block in iter(lambda: data.read(1 << 20), b""))
    print("%d documents; seconds, processor seconds, MB at most a process, MB sent" % count)
    folder = tempfile.mkdtemp(prefix="sow-bench-")
    out = os.path.join(folder, "out")
    for method in [["exact"], ["minhash"]] + [["minhash", "--shingle", "1"]] * args.single:
        ways = {"one process, 2 threads": [args.sow, "dedup", "--threads", "2"]}
        for n in args.ranks.split(","):
            ways["%s ranks, 1 thread each" % n] = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", n,
                                                   args.sow, "dedup", "--threads", "1"]
        seen = {way: [] for way in ways}
        digests = set()
        for _ in range(args.rounds):
            for way, command in ways.items():
                seen[way].append(measure(command + [args.documents, "--field", "text", "--method", *method,
                                                    "-o", out + "/"], out))
                digests.add(digest(out))
                shutil.rmtree(out)
        assert len(digests) == 1, "they do not keep the same"
        for way, rows in seen.items():
            middle = [statistics.median(column) for column in zip(*rows)]
            print("%-22s %-24s %6.2f %6.2f %7.1f %7.1f" % (" ".join(method), way, middle[0], middle[1],
                                                           middle[2] / 1e6, middle[3] / 1e6), flush=True)
    shutil.rmtree(folder)


main()
