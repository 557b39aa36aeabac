#!/usr/bin/env python3
"""llama_server_test.py SOW FOLDER LLAMA-CPP LIBRARIES MODEL: `sow doctor`, respond and map against
llama_cpp.server (PyPI llama-cpp-python) with the embedded model's file. FOLDER has a Python with what
it needs, LLAMA-CPP its sources, LIBRARIES libllama; tools/setup --ci fetches them, and without them
the tests are skipped.
"""
import functools
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
import tap  # noqa: E402
import foreign  # noqa: E402
from foreign import PORT  # noqa: E402
from place import Place  # noqa: E402

FOLDER, SOURCES, LIBRARIES, MODEL = sys.argv[2:6]
PYTHON = os.path.join(FOLDER, "python3")


def doctor(server):
    with Place() as p:
        done = p.sow("doctor", server.root + "/v1", "--json")
        assert done.returncode == 0, (done.stdout, done.stderr)
        said = json.loads(done.stdout)
        assert said["model"] == "small", said
        verdicts = {name: about["verdict"] for name, about in said["can"].items()}
        wanted = {name: "yes" for name in (
            "models", "chat", "usage", "completions", "streaming", "temperature", "top_p",
            "presence_penalty", "seed", "stop", "log-probabilities")}
        # A format of the kind json_schema is refused, with status 500; embeddings only if it is
        # started for nothing else.
        wanted.update({"limits": "no", "json-schema": "no", "rerank": "no", "batches": "no"})
        verdicts.pop("embeddings")
        assert verdicts == wanted, said


def respond(server, *options, prompts=("Question 1?", "Question 2?", "Question 3?")):
    with Place() as p:
        with open(p.prompts, "w", encoding="utf-8") as f:
            f.writelines(prompt + "\n" for prompt in prompts)
        done = p.sow("respond", "-i", p.prompts, "-o", p.run, "--teacher", server.root + "/v1",
                     "--model", "small", "--no-cache", "--max-tokens", "12", "--rule",
                     "cut-reply=off", "--concurrency", "1", *options)
        assert done.returncode == 0, done.stderr
        assert all(p.answers()) and len(p.answers()) == 3, p.answers()
        assert p.rows("SELECT min(completion_tokens) FROM reply")[0][0] > 0


def answers_with_and_without_a_stream(server):
    respond(server)
    respond(server, "--stream")


def a_base_model_goes_on(server):
    """What a small model has something to add to, on any machine: it may end a question at once."""
    respond(server, "--api", "completion", prompts=(
        "Once upon a time there was a", "The capital of France is the city of", "One, two, three,"))


def a_format_refused_is_left_out(server):
    """With status 500, and named: one request is lost by it, not ten for each prompt."""
    with Place(prompts=2) as p:
        schema = os.path.join(p.dir, "schema.json")
        with open(schema, "w", encoding="utf-8") as f:
            json.dump({"type": "object", "properties": {"colour": {"type": "string"}}}, f)
        text = os.path.join(p.dir, "prompt.txt")
        with open(text, "w", encoding="utf-8") as f:
            f.write("Name a colour, as JSON: {{instruction}}\n")
        done = p.sow("map", "-i", p.prompts, "-o", p.run, "--teacher", server.root + "/v1", "--model",
                     "small", "--no-cache", "--max-tokens", "20", "--prompt", text, "--schema",
                     schema, "--concurrency", "1")
        assert "response_format" in done.stderr + p.status(), (done.stderr, p.status())
        replies = p.rows("SELECT count(*) FROM reply WHERE finish != 'error'")
        assert replies[0][0] >= 2, (done.stderr, p.status())


def main():
    if not (os.path.exists(PYTHON) and os.path.isdir(SOURCES) and os.path.exists(MODEL)):
        print("1..0 # SKIP llama_cpp.server is not installed: tools/setup --ci")
        return 0
    command = [PYTHON, os.path.join(HERE, "llama_server.py"), LIBRARIES, "--model", MODEL,
               "--model_alias", "small", "--host", "127.0.0.1", "--port", PORT, "--n_ctx", "1024",
               "--logits_all", "true", "--n_threads", "2"]
    with foreign.Server(command, "/v1/models", PYTHONPATH=SOURCES) as server:
        return tap.run([(t.__name__, functools.partial(t, server)) for t in (
            doctor, answers_with_and_without_a_stream, a_base_model_goes_on,
            a_format_refused_is_left_out)])


sys.exit(main())
