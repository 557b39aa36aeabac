#!/usr/bin/env python3
"""Vectors by sow's embedding model beside onnxruntime's, in turn, in one run.

    ninja -C build bench/embed
    bench/embed_peers.py build/bench/embed TEXTS MODEL.onnx TOKENIZER.json [COUNT [ROUNDS]]

Needs numpy, onnxruntime and tokenizers. TEXTS has a text a line; MODEL.onnx is all-MiniLM-L6-v2 in
32-bit floating point. The peer is asked as sentence-transformers asks its own: sorted by length, batches of
32, padded; and a text at a time, as sow does.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

LONGEST = 256


class Peer:
    def __init__(self, model, tokenizer, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.names = [i.name for i in self.session.get_inputs()]
        self.tokenizer = Tokenizer.from_file(tokenizer)
        self.tokenizer.enable_truncation(LONGEST)
        self.tokenizer.enable_padding()

    def embed(self, texts, batch):
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        out = [None] * len(texts)
        for at in range(0, len(order), batch):
            some = order[at:at + batch]
            encoded = self.tokenizer.encode_batch([texts[i] for i in some])
            ids = np.array([e.ids for e in encoded], dtype=np.int64)
            mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
            given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            tokens = self.session.run(None, {n: given[n] for n in self.names})[0]
            sums = (tokens * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]
            for i, v in zip(some, sums / np.linalg.norm(sums, axis=1)[:, None]):
                out[i] = v
        return np.array(out)


def timed(work):
    clock, cpu = time.monotonic(), time.process_time()
    made = work()
    return time.monotonic() - clock, time.process_time() - cpu, made


def ours(program, texts, threads):
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run([program, "-t", str(threads), "-o", out.name], input="\n".join(texts) + "\n",
                              capture_output=True, text=True, check=True)
        clock, cpu = map(float, re.search(r": ([\d.]+) s, ([\d.]+) CPU s", done.stdout).groups())
        return clock, cpu, np.fromfile(out.name, np.float32).reshape(len(texts), -1)


def main():
    program, path, model, tokenizer = sys.argv[1:5]
    count = int(sys.argv[5]) if len(sys.argv) > 5 else 500
    rounds = int(sys.argv[6]) if len(sys.argv) > 6 else 3
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with open(path, encoding="utf-8") as f:
        texts = [line.rstrip("\n") for line in f][:count]
    peers = {n: Peer(model, tokenizer, n) for n in (1, 2)}
    vectors = {}
    print("%-34s %8s %8s %10s %10s" % ("", "s", "CPU s", "texts/s", "texts/CPU s"))
    for _ in range(rounds):
        for threads in (1, 2):
            rows = [("sow", lambda: ours(program, texts, threads)),
                    ("onnxruntime, sorted, 32", lambda: timed(
                        lambda: peers[threads].embed(texts, 32))),
                    ("onnxruntime, one at a time", lambda: timed(
                        lambda: peers[threads].embed(texts, 1)))]
            for name, work in rows:
                clock, cpu, made = work()
                vectors[name] = made
                print("%-34s %8.2f %8.2f %10.0f %10.0f" % ("%s, %d threads" % (name, threads), clock, cpu,
                                                          count / clock, count / cpu), flush=True)
    cosine = (vectors["sow"] * vectors["onnxruntime, sorted, 32"]).sum(axis=1)
    print("cosine with the peer over %d texts: least %.7f, mean %.7f" % (count, cosine.min(), cosine.mean()))


if __name__ == "__main__":
    main()
