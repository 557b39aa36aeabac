#!/usr/bin/env python3
"""mapping.py BUILD [CURATOR-PYTHON DESIGNER-PYTHON]: a prompt a row and its JSON, ours beside others.

    ninja -C build sow
    python3 -m venv a && a/bin/pip install bespokelabs-curator==0.1.31
    python3 -m venv b && b/bin/pip install data-designer==0.9.7
    bench/mapping.py build a/bin/python b/bin/python

Each asks one prompt about each of 5,000 rows with 256 requests at once, takes an object of a
schema from the reply and writes the rows with it. The server is `sow mock` without latency on the
last core, and gives JSON that fits; the client has the first one to itself. Each is run three
times in turn, and once with 500 rows: the difference is what a further row costs, without imports.
"""
import json
import os
import shutil
import sys
import tempfile

ROWS, FEW, IN_FLIGHT = 5000, 500, 256
PROMPT = ("Write one question about a topic for somebody who has never read about it. Answer as JSON "
          "with two members: question, and level, easy or hard.\n\nTopic: %s")
SCHEMA = {"type": "object", "properties": {"question": {"type": "string"},
                                           "level": {"type": "string", "enum": ["easy", "hard"]}},
          "required": ["question", "level"], "additionalProperties": False}
FORMAT = {"type": "json_schema", "json_schema": {"name": "item", "strict": True, "schema": SCHEMA}}


# -- the peers, each a process of its own: mapping.py --peer NAME URL ROWS FOLDER --------------


def curator(url, rows, folder):
    from importlib.util import find_spec
    from typing import Literal
    # Its tokenizer's table would be fetched; a library it depends on has a copy.
    os.environ["TIKTOKEN_CACHE_DIR"] = os.path.join(
        os.path.dirname(find_spec("litellm").origin), "litellm_core_utils/tokenizers")
    os.environ.update(CURATOR_CACHE_DIR=folder, TELEMETRY_ENABLED="0", CURATOR_VIEWER="0",
                      OPENAI_API_KEY="none", HF_HUB_OFFLINE="1")
    from bespokelabs import curator as library
    from pydantic import BaseModel

    class Item(BaseModel):
        question: str
        level: Literal["easy", "hard"]

    class Ask(library.LLM):
        response_format = Item

        def prompt(self, row):
            return PROMPT % row["topic"]

        def parse(self, row, item):
            return {**row, "question": item.question, "level": item.level}

    ask = Ask(model_name="gpt-4o-mini", backend="openai", backend_params={
        "base_url": url, "max_requests_per_minute": 10**8, "max_tokens_per_minute": 10**12,
        "max_concurrent_requests": IN_FLIGHT})
    with open(rows, encoding="utf-8") as lines:
        made = ask([json.loads(line) for line in lines])
    getattr(made, "dataset", made).to_json(os.path.join(folder, "made.jsonl"))


def designer(url, rows, folder):
    os.environ.update(DATA_DESIGNER_HOME=folder, NEMO_TELEMETRY_ENABLED="false")
    import data_designer.config as dd
    from data_designer.interface import DataDesigner
    with open(rows, encoding="utf-8") as lines:
        count = sum(1 for _ in lines)
    # It asks in words for JSON; the mock gives JSON where the request says so.
    model = dd.ModelConfig(alias="m", model="m", provider="mock", skip_health_check=True,
                           inference_parameters=dd.ChatCompletionInferenceParams(
                               max_parallel_requests=IN_FLIGHT, extra_body={"response_format": FORMAT}))
    builder = dd.DataDesignerConfigBuilder(model_configs=[model])
    builder.with_seed_dataset(dd.LocalFileSeedSource(path=rows))
    builder.add_column(dd.LLMStructuredColumnConfig(
        name="item", model_alias="m", output_format=SCHEMA, prompt=PROMPT % "{{ topic }}"))
    maker = DataDesigner(artifact_path=folder, model_providers=[
        dd.ModelProvider(name="mock", endpoint=url, provider_type="openai", api_key="none")])
    made = maker.create(builder, num_records=count).load_dataset()
    with open(os.path.join(folder, "made.jsonl"), "w", encoding="utf-8") as out:
        for row in made.to_dict("records"):
            item = row["item"] if isinstance(row["item"], dict) else json.loads(row["item"])
            out.write(json.dumps({"topic": row["topic"], **item}) + "\n")


PEERS = {"curator": curator, "designer": designer}
NAMES = {"curator": "curator", "designer": "NeMo Data Designer"}

# -- what is measured ------------------------------------------------------------------------


def write_rows(path, count):
    with open(path, "w", encoding="utf-8") as out:
        for i in range(count):
            out.write(json.dumps({"topic": "number %d of the things that are asked about" % i}) + "\n")
    return path


def check(path, count):
    with open(path, encoding="utf-8") as lines:
        made = [json.loads(line) for line in lines]
    topics = {row["topic"] for row in made}
    assert len(topics) == count and all((row.get("item") or row)["level"] in ("easy", "hard")
                                        for row in made), (path, len(topics))


def ours(servers, build, scratch, url, rows, count):
    run, made = os.path.join(scratch, "run"), os.path.join(scratch, "made.jsonl")
    shutil.rmtree(run, ignore_errors=True)
    sow, schema = os.path.join(build, "sow"), os.path.join(scratch, "schema.json")
    asked = servers.Measured([sow, "map", "-q", "-i", rows, "-p", PROMPT % "{{topic}}", "--schema", schema,
                              "--into", "item", "--no-cache", "--concurrency", str(IN_FLIGHT), "-o", run,
                              "--teacher", url, "--model", "m"], OPENAI_API_KEY="")
    written = servers.Measured([sow, "export", run, "--format", "records", "--jsonl", "-o", made])
    check(made, count)
    asked.seconds += written.seconds
    asked.cpu += written.cpu
    return asked


def theirs(servers, name, python, scratch, url, rows, count):
    folder = os.path.join(scratch, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    done = servers.Measured([python, os.path.abspath(__file__), "--peer", name, url, rows, folder], HOME=folder)
    check(os.path.join(folder, "made.jsonl"), count)
    return done


def main():
    if len(sys.argv) == 6 and sys.argv[1] == "--peer":
        return PEERS[sys.argv[2]](*sys.argv[3:])
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    import servers
    build = os.path.abspath(sys.argv[1])
    pythons = dict(zip(PEERS, [os.path.abspath(path) for path in sys.argv[2:]]))
    scratch = tempfile.mkdtemp(prefix="sow-bench-")
    many, few = (write_rows(os.path.join(scratch, "%d.jsonl" % n), n) for n in (ROWS, FEW))
    with open(os.path.join(scratch, "schema.json"), "w", encoding="utf-8") as out:
        json.dump(SCHEMA, out)
    whole, small = {name: [] for name in ["sow", *pythons]}, {}
    try:
        with servers.Server() as mock:
            for turn in range(servers.REPEATS + 1):
                rows, count = (many, ROWS) if turn else (few, FEW)
                runs = {"sow": ours(servers, build, scratch, mock.url, rows, count)}
                for name, python in pythons.items():
                    runs[name] = theirs(servers, name, python, scratch, mock.url, rows, count)
                for name, run in runs.items():
                    whole[name].append(run) if turn else small.update({name: run})
    finally:
        shutil.rmtree(scratch)
    print(servers.HEAD.replace("requests/s", "rows/s").replace("a request", "a row")
          .replace("MB |\n", "MB | µs a further row |\n") + "---:|")
    for name, runs in whole.items():
        further = [(r.cpu - small[name].cpu) / (ROWS - FEW) * 1e6 for r in runs]
        servers.row(NAMES.get(name, "`sow map`, run.db, and its export"), ROWS, runs, servers.middle(further, 0))


if __name__ == "__main__":
    main()
