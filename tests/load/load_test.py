#!/usr/bin/env python3
"""load_test - do those that data sets are written for read them?

    load_test.py SOW VENV-PYTHON

Writes a small set in every format, as JSON, JSON lines and packed, and as a folder, and
loads each with datasets.load_dataset, offline. Skipped (77) where VENV-PYTHON or its
datasets are not there: tools/setup --ci fetches them.
"""
import json
import os
import subprocess
import sys
import tempfile

FORMATS = ("self-instruct", "alpaca", "messages", "sharegpt", "completion", "openai", "axolotl",
           "llama-factory", "trl")
TASKS = 40


def write_tasks(path):
    with open(path, "w", encoding="utf-8") as out:
        for i in range(TASKS):
            task = {"id": "t%d" % i, "instruction": "Say \"%d\" in wörds." % i,
                    "instances": [{"input": "" if i % 3 else "in %d" % i, "output": "out %d" % i}]}
            out.write(json.dumps(task) + "\n")


def sow(program, *arguments):
    subprocess.run([program, "convert", *arguments, "-q"], check=True)


def last_words(row):
    """What the answer is, whatever the format."""
    if "messages" in row:
        return row["messages"][-1]["content"]
    if "conversations" in row:
        return row["conversations"][-1]["value"]
    if "completion" in row:
        answer = row["completion"]
        return answer if isinstance(answer, str) else answer[-1]["content"]
    return row["output"] if "output" in row else row["instances"][-1]["output"]


def check(what, rows, wanted):
    got = sorted(last_words(row) for row in rows)
    if got != sorted(wanted):
        sys.exit("%s: read %d records, and not those that were written" % (what, len(got)))
    print("ok", what)


def load_all(program, folder):
    from datasets import load_dataset
    wanted = ["out %d" % i for i in range(TASKS)]
    tasks = os.path.join(folder, "tasks.jsonl")
    write_tasks(tasks)
    for name in FORMATS:
        for ending in (".json", ".jsonl", ".jsonl.gz", ".jsonl.zst"):
            if name == "llama-factory" and ending.count(".") > 1:
                continue        # it knows files by their ending
            path = os.path.join(folder, name + ending)
            sow(program, tasks, "-f", name, "-o", path, "--shuffle")
            check(name + ending, load_dataset("json", data_files=path, split="train"), wanted)
        path = os.path.join(folder, "hf-" + name)
        sow(program, tasks, "-f", name, "--layout", "hf", "-o", path, "--validation", "0.3")
        both = load_dataset(path)
        if sorted(both) != ["train", "validation"]:
            sys.exit("hf-%s: splits are %s" % (name, sorted(both)))
        check("hf-" + name, list(both["train"]) + list(both["validation"]), wanted)


def main():
    program, python = os.path.abspath(sys.argv[1]), sys.argv[2]
    if os.environ.get("SOW_LOAD_INSIDE"):
        with tempfile.TemporaryDirectory(prefix="sow-load-") as folder:
            os.environ["HF_HOME"] = os.path.join(folder, "home")
            load_all(program, folder)
        return
    if not os.access(python, os.X_OK):
        print("skipped: no", python)
        sys.exit(77)
    environment = dict(os.environ, SOW_LOAD_INSIDE="1", HF_HUB_OFFLINE="1",
                       HF_DATASETS_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")
    for name in ("LD_PRELOAD", "MALLOC_PERTURB_"):
        environment.pop(name, None)
    sys.exit(subprocess.run([python, __file__, program, python], env=environment,
                            check=False).returncode)


if __name__ == "__main__":
    main()
