#!/usr/bin/env python3
"""selection.py SOW: sow select beside numpy as a good user writes it, in one run.

Vectors are made from a fixed seed: 52,002 of 384 numbers around 2,000 centres, of length 1, as
embeddings of instructions are. Times are processor seconds of whole processes for sow, which read
and write as well, and of the picking alone for numpy. Needs numpy; one thread each unless said.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np  # noqa: E402

SOW = os.path.abspath(sys.argv[1])
N, DIMS = 52002, 384


def make(n):
    draw = np.random.default_rng(1)
    centres = draw.normal(size=(2000, DIMS))
    v = centres[draw.integers(0, 2000, n)] + 0.7 * draw.normal(size=(n, DIMS))
    copies = draw.permutation(n)[:n // 10]  # a tenth are near copies of others
    v[copies] = v[draw.integers(0, n, n // 10)] + draw.random((n // 10, 1)) / 2 * draw.normal(size=(n // 10, DIMS))
    return (v / np.linalg.norm(v, axis=1, keepdims=True)).astype(np.float32)


def kcenter(v, k):
    norms = (v * v).sum(1)
    least, at, taken = np.full(len(v), np.inf, np.float32), 0, []
    for _ in range(k):
        taken.append(at)
        least = np.minimum(least, np.maximum(norms + norms[at] - 2 * (v @ v[at]), 0))
        least[taken[-1]] = -1
        at = int(least.argmax())
    return taken


def facility(v, k):
    like = 1 / (1 + np.sqrt(np.maximum(2 - 2 * (v @ v.T), 0)))
    best, gain, taken = np.zeros(len(v), np.float32), like.sum(0, dtype=np.float64), []
    for _ in range(k):
        while True:
            at = int(gain.argmax())
            gain[at] = np.maximum(like[at] - best, 0).sum(dtype=np.float64)
            if gain[at] >= gain.max():
                break
        taken.append(at)
        best = np.maximum(best, like[at])
        gain[at] = -1
    return taken


def deita(v, score, k):
    kept = np.empty((k, v.shape[1]), np.float32)
    count, taken = 0, []
    for at in np.argsort(-score, kind="stable"):
        if count == k:
            break
        if count and (kept[:count] @ v[at]).max() > 0.9:
            continue
        kept[count] = v[at]
        count += 1
        taken.append(int(at))
    return taken


def dedup(v, threshold):
    """Greedy, blocks of rows with all kept before them."""
    kept, rows = [], np.empty_like(v)
    for begin in range(0, len(v), 1024):
        block, before = v[begin:begin + 1024], len(kept)
        best = np.full(len(block), -2, np.float32)
        for at in range(0, before, 8192):
            best = np.maximum(best, (block @ rows[at:min(before, at + 8192)].T).max(1))
        own = block @ block.T
        for i in np.nonzero(best < threshold)[0]:
            local = np.array(kept[before:], int) - begin
            if len(local) and own[i, local].max() >= threshold:
                continue
            rows[len(kept)] = block[i]
            kept.append(begin + int(i))
    return kept


def sow(folder, n, threads, *args):
    out = os.path.join(folder, "out.jsonl")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    command = ["dedup"] if "--method" in args else ["select", "--ranked"]
    subprocess.run([SOW, *command, os.path.join(folder, "%d.jsonl" % n), "--vectors",
                    os.path.join(folder, "%d.npy" % n), "--threads", str(threads), "-q", "-o",
                    out, *args], check=True)
    wall = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(out, encoding="utf-8") as lines:
        taken = [json.loads(line)["id"] for line in lines]
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def show(name, peer, ours):
    taken, cpu, wall = ours
    line = "%-40s sow %6.2f s CPU, %6.2f s" % (name, cpu, wall)
    if peer:
        begun = time.process_time()
        other = peer()
        seconds = time.process_time() - begun
        same = sum(a == b for a, b in zip(taken, other))
        line += "; numpy %6.2f s CPU; the same in %d of %d places" % (seconds, same, len(other))
    print(line, flush=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for n in (10000, N):
            v = make(n)
            score = np.random.default_rng(2).random(n)
            np.save(os.path.join(folder, "%d.npy" % n), v)
            with open(os.path.join(folder, "%d.jsonl" % n), "w", encoding="utf-8") as out:
                for i in range(n):
                    out.write(json.dumps({"id": i, "instruction": "q", "s": float(score[i])}) + "\n")
        print("nothing but reading and writing, %d records: %.2f s CPU" % (
            N, sow(folder, N, 1, "--pick", "kcenter", "--top", "0")[1]))
        for threads in (1, 2):
            show("k-center, 1,000 of 52,002, %d threads" % threads, threads == 1 and (lambda: kcenter(v, 1000)),
                 sow(folder, N, threads, "--pick", "kcenter", "--top", "1000"))
        show("DEITA's walk to 6,000 of 52,002", lambda: deita(v, score, 6000),
             sow(folder, N, 1, "--pick", "deita", "--by", "s", "--top", "6000"))
        show("semantic dedup at .95, 52,002", lambda: dedup(v, 0.95), sow(folder, N, 1, "--method", "semantic"))
        show("semantic dedup at .95, 2 threads", None, sow(folder, N, 2, "--method", "semantic"))
        small = make(10000)
        show("facility location, 1,000 of 10,000", lambda: facility(small, 1000),
             sow(folder, 10000, 1, "--pick", "facility", "--top", "1000"))
        show("facility location, 1,000 of 52,002, 2 threads", None,
             sow(folder, N, 2, "--pick", "facility", "--top", "1000"))


main()
