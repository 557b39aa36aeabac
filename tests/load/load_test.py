#!/usr/bin/env python3
"""load_test - do those that data sets are written for read them?

    load_test.py SOW VENV-PYTHON

Writes a small set in every format, as JSON, JSON lines and packed, as Parquet and CSV, and as a
folder, and loads each with datasets.load_dataset, offline. Skipped (77) where VENV-PYTHON or its
datasets are not there: tools/setup --ci fetches them.
"""
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

FORMATS = ("self-instruct", "alpaca", "messages", "sharegpt", "completion", "text", "openai",
           "axolotl", "llama-factory", "nemo", "open-instruct", "trl", "prompt-only", "verl")
PAIRS = ("preference", "preference-implicit", "axolotl-preference", "llama-factory-preference",
         "openai-preference", "nemo-preference", "unpaired")
CHATS = ("messages", "sharegpt", "openai", "axolotl", "llama-factory", "nemo", "open-instruct", "trl")
TASKS = 40


def write_tasks(path):
    with open(path, "w", encoding="utf-8") as out:
        for i in range(TASKS):
            task = {"id": "t%d" % i, "instruction": "Say \"%d\" in wörds." % i,
                    "instances": [{"input": "" if i % 3 else "in %d" % i, "output": "out %d" % i}]}
            out.write(json.dumps(task) + "\n")


def write_pairs(path):
    with open(path, "w", encoding="utf-8") as out:
        for i in range(TASKS):
            out.write(json.dumps({"prompt": "Say %d." % i, "chosen": "out %d" % i,
                                  "rejected": "no", "score_chosen": 8, "score_rejected": 1.5,
                                  "source": "made"}) + "\n")


def write_calls(path):
    """Chats with tools, whose arguments differ from one to the next."""
    with open(path, "w", encoding="utf-8") as out:
        for i in range(TASKS):
            call = {"id": "c%d" % i, "type": "function", "function": {
                "name": "add", "arguments": json.dumps({"a": i, "b%d" % (i % 3): "x"})}}
            out.write(json.dumps({"messages": [
                {"role": "user", "content": "Add %d." % i},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c%d" % i, "content": "%d" % (i + 1)},
                {"role": "assistant", "content": "out %d" % i}],
                "tools": [{"type": "function", "function": {"name": "add", "parameters": {
                    "type": "object", "properties": {"a": {"type": "integer"}}}}}]}) + "\n")


def sow(program, *arguments):
    subprocess.run([program, "convert", *arguments, "-q"], check=True)


def last_words(row):
    """What the answer is, whatever the format."""
    if "chosen" not in row and "messages" in row:
        return row["messages"][-1]["content"]
    if "chosen" not in row and "conversations" in row:
        return row["conversations"][-1]["value"]
    if "completion" in row:
        answer = row["completion"]
        return answer if isinstance(answer, str) else answer[-1]["content"]
    if "chosen" in row or "preferred_output" in row:
        better = row.get("chosen") or row["preferred_output"]
        better = better[-1] if isinstance(better, list) else better
        return better.get("content") or better["value"]
    if "completions" in row:
        return row["completions"][0]["completion"][-1]["content"]
    if "text" in row:
        return re.search("out [0-9]+", row["text"]).group()
    if "answer" in row:
        return row["answer"]
    if "reward_model" in row:
        return row["reward_model"]["ground_truth"]
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
        sow(program, tasks, "-f", name, "--layout", "hf", "--jsonl", "-o", path + "-lines")
        check("hf-%s-lines" % name, load_dataset(path + "-lines", split="train"), wanted)
    load_others(program, folder, wanted, load_dataset)


def load_others(program, folder, wanted, load_dataset):
    pairs, calls = os.path.join(folder, "pairs.jsonl"), os.path.join(folder, "calls.jsonl")
    write_pairs(pairs)
    for name in PAIRS:
        path = os.path.join(folder, name + ".jsonl")
        sow(program, pairs, "-f", name, "-o", path)
        answers = wanted + ["no"] * TASKS if name == "unpaired" else wanted
        check(name, load_dataset("json", data_files=path, split="train"), answers)
        path = os.path.join(folder, name + ".parquet")
        sow(program, pairs, "-f", name, "-o", path)
        check(name + ".parquet", load_dataset("parquet", data_files=path, split="train"), answers)
    check_with_trl(folder, load_dataset)
    write_calls(calls)
    for name in CHATS:
        path = os.path.join(folder, "calls-" + name + ".jsonl")
        sow(program, calls, "-f", name, "-o", path)
        check("calls as " + name, load_dataset("json", data_files=path, split="train"), wanted)
        path = os.path.join(folder, "calls-" + name + ".parquet")
        sow(program, calls, "-f", name, "-o", path)
        rows = load_dataset("parquet", data_files=path, split="train")
        check("calls as %s in Parquet" % name, rows, wanted)
        if "tools" in rows.column_names and not isinstance(rows[0]["tools"], str):
            properties = rows[0]["tools"][0]["function"]["parameters"]["properties"]
            if properties != {"a": {"type": "integer"}}:
                sys.exit("calls as %s: tools are %s" % (name, properties))
    tables_as_they_are(program, folder, load_dataset)


def tables_as_they_are(program, folder, load_dataset):
    """Columns of a CSV, and of Parquet with types of their own."""
    rows = [{"instruction": "Say \"%d\", please\n" % i, "output": "out %d" % i, "n": i, "x": i / 4,
             "b": i % 2 == 0, "tags": ["t%d" % i] * (i % 3)} for i in range(TASKS)]
    path = os.path.join(folder, "columns")
    with open(path + ".jsonl", "w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    for ending in (".csv", ".parquet"):
        sow(program, path + ".jsonl", "-f", "alpaca", "-o", path + ending)
    for row, got in zip(rows, load_dataset("parquet", data_files=path + ".parquet", split="train")):
        if {name: got[name] for name in row} != row:
            sys.exit("Parquet: %s is read as %s" % (row, got))
    for row, got in zip(rows, load_dataset("csv", data_files=path + ".csv", split="train")):
        if got["instruction"] != row["instruction"] or got["n"] != row["n"] or got["x"] != row["x"]:
            sys.exit("CSV: %s is read as %s" % (row, got))
    print("ok columns as they are")


def trl_checks():
    """TRL's own view of a data set, by its file alone: the package itself wants torch."""
    found = importlib.util.find_spec("trl")
    path = os.path.join(os.path.dirname(found.origin), "data_utils.py")
    spec = importlib.util.spec_from_file_location("trl_data_utils", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_with_trl(folder, load_dataset):
    trl = trl_checks()
    for name in ("messages", "trl", "prompt-only", "preference", "preference-implicit", "unpaired"):
        rows = load_dataset("json", data_files=os.path.join(folder, name + ".jsonl"), split="train")
        if not trl.is_conversational(rows[0]):
            sys.exit("%s: TRL does not take it for conversational" % name)
        if name.startswith("preference"):
            row = trl.maybe_extract_prompt(rows[0])
            if [t["role"] for t in row["prompt"]] != ["user"] or len(row["chosen"]) != 1:
                sys.exit("%s: TRL finds another prompt in it: %s" % (name, row))
        if name == "preference":
            apart = trl.maybe_unpair_preference_dataset(rows)
            if len(apart) != 2 * TASKS or sum(apart["label"]) != TASKS:
                sys.exit("%s: TRL does not part its pairs" % name)
        print("ok", name, "by TRL")


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
