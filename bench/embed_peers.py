#!/usr/bin/env python3
"""Vectors by sow's embedding model beside onnxruntime's or torch's, in turn, in one run.

    ninja -C build bench/embed
    bench/embed_peers.py build/bench/embed TEXTS MODEL.onnx TOKENIZER.json [COUNT [ROUNDS]]
    bench/embed_peers.py build/bench/embed TEXTS MODEL_FOLDER [COUNT [ROUNDS]]

Needs numpy, and onnxruntime with tokenizers or torch with transformers. TEXTS has a text a line; the model is
all-MiniLM-L6-v2 in 32-bit floating point, as ONNX or as a folder that transformers reads. The peer is asked as
sentence-transformers asks its own: sorted by length, batches of 32, padded; and a text at a time.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

LONGEST = 256


class Onnx:
    name = "onnxruntime"

    def __init__(self, model, tokenizer, threads):
        import onnxruntime
        from tokenizers import Tokenizer

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


class Torch:
    name = "torch"

    def __init__(self, folder, threads):
        import torch
        from transformers import AutoModel, AutoTokenizer

        self.torch, self.threads = torch, threads
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    def embed(self, texts, batch):
        torch = self.torch
        torch.set_num_threads(self.threads)
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        out = [None] * len(texts)
        with torch.inference_mode():
            for at in range(0, len(order), batch):
                some = order[at:at + batch]
                given = self.tokenizer([texts[i] for i in some], padding=True, truncation=True,
                                       max_length=LONGEST, return_tensors="pt")
                tokens, mask = self.model(**given).last_hidden_state, given["attention_mask"][:, :, None]
                means = (tokens * mask).sum(1) / mask.sum(1)
                for i, v in zip(some, torch.nn.functional.normalize(means).numpy()):
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
    program, path, model = sys.argv[1:4]
    is_folder = os.path.isdir(model)
    numbers = [int(n) for n in sys.argv[4 if is_folder else 5:]]
    count = numbers[0] if numbers else 500
    rounds = numbers[1] if len(numbers) > 1 else 3
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with open(path, encoding="utf-8") as f:
        texts = [line.rstrip("\n") for line in f][:count]
    peers = {n: Torch(model, n) if is_folder else Onnx(model, sys.argv[4], n) for n in (1, 2)}
    name = peers[1].name
    vectors = {}
    print("%-34s %8s %8s %10s %10s" % ("", "s", "CPU s", "texts/s", "texts/CPU s"))
    for _ in range(rounds):
        for threads in (1, 2):
            rows = [("sow", lambda: ours(program, texts, threads)),
                    (name + ", sorted, 32", lambda: timed(
                        lambda: peers[threads].embed(texts, 32))),
                    (name + ", one at a time", lambda: timed(
                        lambda: peers[threads].embed(texts, 1)))]
            for row, work in rows:
                clock, cpu, made = work()
                vectors[row] = made
                print("%-34s %8.2f %8.2f %10.0f %10.0f" % ("%s, %d threads" % (row, threads), clock, cpu,
                                                          count / clock, count / cpu), flush=True)
    cosine = (vectors["sow"] * vectors[name + ", sorted, 32"]).sum(axis=1)
    print("cosine with the peer over %d texts: least %.7f, mean %.7f" % (count, cosine.min(), cosine.mean()))


if __name__ == "__main__":
    main()
