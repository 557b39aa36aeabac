#!/usr/bin/env python3
"""mpi.py SOW DOCUMENTS [JOB…] [--rounds N] [--ranks 1,2]: jobs by one process and by ranks, in turn

DOCUMENTS is what bench/documents makes. One process has two threads, each rank one. Of each way: seconds by the clock, processor seconds of all
its processes, the most memory of one, and what ranks sent, as their index.json has it. The median of
the rounds; all ways have to write the same bytes. JOBs are those below, or all but the last two:
near-duplicates by single words, whose groups of candidates are large and hold few that are alike, and
novelty, which takes minutes for a million.

The records that jobs other than dedup read are made of DOCUMENTS: an instruction, an output, a number
at random; a benchmark of a thousandth of them; and 64 numbers at random for each.
"""
import argparse
import array
import hashlib
import json
import os
import random
import shutil
import statistics
import struct
import tempfile

from measured import measure

DEDUP = ["dedup", "DOCUMENTS", "--field", "text", "--method"]
VECTORS = ["--vectors", "vectors.npy"]
JOBS = {
    "exact": DEDUP + ["exact"],
    "minhash": DEDUP + ["minhash"],
    "decontaminate": ["decontaminate", "records.jsonl", "--against", "items.jsonl"],
    "convert": ["convert", "records.jsonl", "-f", "alpaca"],
    "stats": ["stats", "records.jsonl", "--json"],
    "top": ["select", "records.jsonl", "--by", "n", "--top", "10%"],
    "kcenter": ["select", "records.jsonl", "--pick", "kcenter", "--top", "300"] + VECTORS,
    "semantic": ["dedup", "records.jsonl", "--method", "semantic", "-t", "0.5"] + VECTORS,
    "single words": DEDUP + ["minhash", "--shingle", "1"],
    "novel": ["novel", "records.jsonl"],
}


def digest(path):
    whole = hashlib.sha256()
    for name in sorted(os.listdir(path)):
        if name.startswith("part-"):
            with open(os.path.join(path, name), "rb") as data:
                for block in iter(lambda: data.read(1 << 20), b""):
                    whole.update(block)
    return whole.hexdigest()


def make_records(documents, folder):
    rng = random.Random(1)
    count = 0
    with open(documents, encoding="utf-8") as source, \
            open(os.path.join(folder, "records.jsonl"), "w", encoding="utf-8") as records, \
            open(os.path.join(folder, "items.jsonl"), "w", encoding="utf-8") as items:
        for line in source:
            words = json.loads(line)["text"].split()
            record = json.dumps({"instruction": " ".join(words[:20]), "output": " ".join(words[20:]),
                                 "n": rng.random()}) + "\n"
            records.write(record)
            if count % 1000 == 500:
                items.write(record)
            count += 1
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 64), }" % count
    head = head.ljust(117) + "\n"
    with open(os.path.join(folder, "vectors.npy"), "wb") as vectors:
        vectors.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        for _ in range(count):
            array.array("f", [rng.gauss(0, 1) for _ in range(64)]).tofile(vectors)


def run(command, out):
    """What one way took, and the digest of what it wrote."""
    if "stats" in command:  # it prints
        seconds, processor, memory, said = measure(command)
        return (seconds, processor, memory, 0.0), said
    seconds, processor, memory, _ = measure(command + ["-o", out + "/"])
    with open(os.path.join(out, "index.json"), encoding="utf-8") as text:
        shards = json.load(text)["shards"]
    wrote = digest(out)
    shutil.rmtree(out)
    return (seconds, processor, max(s["memory_bytes"] for s in shards) / 2 ** 20,
            sum(s["sent_bytes"] for s in shards) / 1e6), wrote


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sow", type=os.path.abspath)
    parser.add_argument("documents", type=os.path.abspath)
    parser.add_argument("job", nargs="*", default=list(JOBS)[:-2], metavar="JOB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", default="1,2")
    args = parser.parse_args()
    os.environ.update({"OMPI_MCA_mpi_yield_when_idle": "1"})
    with open(args.documents, "rb") as data:
        count = sum(block.count(b"\n") for block in iter(lambda: data.read(1 << 20), b""))
    with tempfile.TemporaryDirectory(prefix="sow-bench-") as folder:
        os.chdir(folder)
        if any("DOCUMENTS" not in JOBS[job] for job in args.job):
            make_records(args.documents, folder)
        print("| %d documents | seconds | processor seconds | MiB at most a process | MB sent |" % count)
        print("|---|---:|---:|---:|---:|")
        for job in args.job:
            command = [args.documents if word == "DOCUMENTS" else word for word in JOBS[job]]
            threads = ["--threads"] * (job != "convert")  # it has one
            ways = {"one process": [args.sow] + command + threads + ["2"] * len(threads)}
            for n in args.ranks.split(","):
                ways["ranks: " + n] = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", n, args.sow] + \
                    command + threads + ["1"] * len(threads)
            seen, wrote = {way: [] for way in ways}, set()
            for _ in range(args.rounds):
                for way, words in ways.items():
                    took, text = run(words, "out")
                    seen[way].append(took)
                    wrote.add(text)
            assert len(wrote) == 1, job + ": they do not write the same"
            for way, rows in seen.items():
                print("| %s, %s | %.1f | %.1f | %.0f | %.1f |" % (
                    job, way, *[statistics.median(column) for column in zip(*rows)]), flush=True)


main()
