"""Are the embedded model's log-probabilities those of a plain forward pass, and at which cost?

    bench/likelihood.py SOW MODEL.gguf RECORDS.jsonl [N]

The peer is Hugging Face transformers on the same weights, dequantized to 32 bits, one text at a time as the
released scripts of IFD and Superfiltering have it, and as a good user has it, in batches by length with the
logits of answers alone: needs torch, transformers, accelerate and gguf. The same weights are
also written as a GGUF file of 32 bits, so that what quantized arithmetic changes is seen apart. All processor
times are of one thread.
"""
import json
import os
import resource
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time

os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")

ALPACA = ("Below is an instruction that describes a task. Write a response that appropriately completes the "
          "request.\n\n### Instruction:\n{0}\n\n### Response:")
ALPACA_INPUT = ("Below is an instruction that describes a task, paired with an input that provides further "
                "context. Write a response that appropriately completes the request.\n\n### Instruction:\n{0}"
                "\n\n### Input:\n{1}\n\n### Response:")


def cpu():
    own, child = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + child.ru_utime + child.ru_stime


def widen(source, target):
    """The same model with every tensor in 32 bits."""
    import gguf

    reader = gguf.GGUFReader(source)
    arch = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, arch)
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        if kind == gguf.GGUFValueType.ARRAY:
            writer.add_array(name, field.contents())
        else:
            writer.add_key_value(name, field.contents(), kind)
    for t in reader.tensors:
        # the reader's shapes are the file's, the other way round
        data = gguf.quants.dequantize(t.data, t.tensor_type).astype("float32")
        writer.add_tensor(t.name, data.reshape([int(n) for n in reversed(t.shape)]))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def ours(sow, model, records, folder):
    """Log-probabilities by (record, text), the scores, and processor seconds."""
    before, began = cpu(), time.time()
    subprocess.run([sow, "score", "-q", "-i", records, "--with", "ifd,superfilter", "--teacher", model, "--threads",
                    "1", "--parallel", "8", "--no-cache", "-o", folder], check=True, stdout=subprocess.DEVNULL)
    took, clock = cpu() - before, time.time() - began
    db = sqlite3.connect(folder + "/run.db")
    logs = {}
    for ticket, sample, blob in db.execute("SELECT ticket, sample, numbers FROM reply"):
        if blob is not None:
            logs[ticket, sample] = struct.unpack("<%df" % (len(blob) // 4), blob)
    out = subprocess.run([sow, "export", folder, "--format", "records", "--jsonl", "-o", "-"], check=True,
                         capture_output=True, text=True).stdout
    return logs, [json.loads(line) for line in out.splitlines()], took, clock


BATCH = 8


class Peer:
    def __init__(self, source):
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(1)
        self.torch = torch
        folder, name = os.path.split(os.path.abspath(source))
        self.tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
        self.model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()

    def texts(self, records):
        """(record, text), its tokens, and from which on they are scored; how many tokens those that are not have."""
        ids_of = lambda text: self.tokenizer(text, add_special_tokens=False)["input_ids"] if text else []
        found, unscored = [], 0
        for ticket, r in enumerate(records, 1):
            instruction, given, answer = r["instruction"], r.get("input", ""), r["output"]
            template = ALPACA_INPUT if given else ALPACA
            plain = instruction + "\n" + (given + "\n" if given else "")
            texts = ((template.format(instruction, given), 512), ("### Response:", 512), (plain, 1024), ("", 1024))
            for sample, (prompt, most) in enumerate(texts):
                p = ids_of(prompt)
                ids = (p + ids_of(answer))[:max(most, len(p))]
                if len(ids) < 2 or len(ids) == len(p):
                    unscored += len(ids)
                else:
                    found.append(((ticket, sample), ids, max(len(p), 1)))
        return found, unscored

    def logs(self, logits, ids):
        rows = self.torch.log_softmax(logits.float(), -1)
        return rows.gather(1, self.torch.tensor(ids)[:, None])[:, 0].tolist()

    def one_by_one(self, texts):
        return {key: self.logs(self.model(self.torch.tensor([ids])).logits[0, from_ - 1:-1], ids[from_:])
                for key, ids, from_ in texts}

    def batched(self, texts):
        """By length, padded at the end, with the logits of the scored tokens alone."""
        found, texts = {}, sorted(texts, key=lambda t: -len(t[1]))
        for at in range(0, len(texts), BATCH):
            some = texts[at:at + BATCH]
            longest = len(some[0][1])
            ids = self.torch.tensor([t[1] + [0] * (longest - len(t[1])) for t in some])
            mask = self.torch.tensor([[1] * len(t[1]) + [0] * (longest - len(t[1])) for t in some])
            hidden = self.model.model(ids, attention_mask=mask).last_hidden_state
            for i, (key, own, from_) in enumerate(some):
                found[key] = self.logs(self.model.lm_head(hidden[i, from_ - 1:len(own) - 1]), own[from_:])
        return found


def theirs(source, records):
    peer = Peer(source)
    with peer.torch.no_grad():
        for name, work in (("batched", peer.batched), ("one by one", peer.one_by_one)):
            before, began = cpu(), time.time()
            texts, unscored = peer.texts(records)
            logs = work(texts)
            took, tokens = cpu() - before, unscored + sum(len(ids) for _, ids, _ in texts)
            print("transformers, %-10s %6d tokens in %.1f CPU s, %.1f s: %.0f tokens/CPU s"
                  % (name, tokens, took, time.time() - began, tokens / took), flush=True)
    return logs, tokens


def compare(name, mine, other, took, clock, tokens):
    away, odd = [], 0
    for key, logs in other.items():
        if len(mine.get(key, ())) != len(logs):
            odd += 1
            continue
        away += [abs(a - b) for a, b in zip(mine[key], logs)]
    ratio = lambda logs, t: statistics.fmean(logs[t, 0]) / statistics.fmean(logs[t, 1])
    both = [t for t, sample in other if sample == 0 and all((t, s) in logs for s in (0, 1) for logs in (mine, other))]
    pairs = [(ratio(mine, t), ratio(other, t)) for t in both]
    away.sort()
    print("%-12s %6d log-probabilities, %d texts cut otherwise; apart: mean %.5f, 99%% %.5f, most %.5f; "
          "IFD r %.6f, most apart %.5f; %.1f CPU s, %.1f s, %.0f tokens/CPU s"
          % (name, len(away), odd, statistics.fmean(away), away[int(len(away) * .99)], away[-1],
             statistics.correlation(*zip(*pairs)), max(abs(a - b) for a, b in pairs), took, clock, tokens / took))


def main():
    sow, source, path = sys.argv[1:4]
    most = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    records = []
    for line in open(path, encoding="utf-8"):
        r = json.loads(line)
        if "instances" in r:
            r.update(input=r["instances"][0]["input"], output=r["instances"][0]["output"])
        if r.get("output", "").strip() and len(records) < most:
            records.append({k: r[k] for k in ("instruction", "input", "output") if r.get(k)})
    with tempfile.TemporaryDirectory() as folder:
        data, wide = folder + "/data.jsonl", folder + "/f32.gguf"
        with open(data, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(r) + "\n" for r in records)
        widen(source, wide)
        reference, tokens = theirs(source, records)
        for name, model in (("quantized", source), ("32 bits", wide)):
            logs, _, took, clock = ours(sow, model, data, folder + "/" + name.replace(" ", ""))
            compare(name, logs, reference, took, clock, tokens)


main()
