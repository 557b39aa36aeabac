#!/usr/bin/env python3
"""chaos_test.py SOW [FOLDER]: respond against servers that make trouble on purpose and that this
project did not write (PyPI): llmock, which breaks answers at random and gives a verdict on its
clients, and fakellm, which fails as it is told. In FOLDER are the programs, or on the PATH; without
them the tests are skipped.

    python3 -m venv venv && venv/bin/pip install llmock fakellm
    tests/servers/chaos_test.py build/sow venv/bin
"""
import json
import os
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
import foreign  # noqa: E402
from foreign import PORT  # noqa: E402
from place import Place  # noqa: E402

LLMOCK, FAKELLM = foreign.program("llmock"), foreign.program("fakellm")
PROMPTS = 300


def llmock(*faults, args=()):
    """Every prompt is answered, and llmock has nothing to say against it."""
    if not LLMOCK:
        raise tap.Skip("llmock is not installed: tools/setup --ci")
    command = [LLMOCK, "serve", "--port", PORT, "--log-level", "error", *faults]
    with foreign.Server(command, "/_llmock/scenario") as server, Place() as place:
        # Answers repeat the prompt: one of four words has ended before llmock cuts its stream, and
        # is whole although it calls it cut.
        with open(place.prompts, "w", encoding="utf-8") as f:
            f.writelines("What are ten good answers to the question of number %d?\n" % i
                         for i in range(PROMPTS))
        # So few at once that a request which is due again is sent, and does not wait in line: to
        # llmock a wait that does not grow is no backoff.
        done = place.respond(server.root + "/v1", "--concurrency", "8", *args, timeout=300)
        assert done.returncode == 0, done.stderr
        answers = place.answers()
        assert len(answers) == PROMPTS, len(answers)
        assert all("question of number %d?" % i in answer for i, answer in enumerate(answers))
        verdict = json.loads(subprocess.run([LLMOCK, "report", "--url", server.root, "--json"],
                                            capture_output=True, text=True, timeout=60).stdout)
        assert not verdict["findings"], verdict["findings"][:3]
        return "%d faults" % verdict["faults_injected"]


def llmock_errors():
    return llmock("--response-style", "echo", "--error-rate", "429=0.1", "--error-rate", "500=0.1",
                  "--error-rate", "502=0.05", "--error-rate", "503=0.1")


def llmock_broken_streams():
    # Slow enough for llmock to see that a stream is broken off: a request that comes again is
    # another one to it if all of the first had been sent.
    return llmock("--response-style", "echo", "--stream-chunk-delay-ms", "10",
                  "--stream-fault", "truncate=0.03", "--stream-fault", "disconnect=0.03",
                  "--stream-fault", "malformed=0.03", args=["--stream"])


def llmock_limits():
    return llmock("--response-style", "echo", "--rpm", "240")


RULES = """version: 1
rules:
  - {name: busy, when: {turn: 1, messages_contain: limited}, respond: {status: 429, error: Slow down}}
  - {name: fell, when: {turn: 1, messages_contain: broken}, respond: {status: 500, error: Fell over}}
  - {name: over, when: {turn: 2, messages_contain: broken}, respond: {status: 503, error: Overloaded}}
  - {name: never, when: {messages_contain: forbidden}, respond: {status: 400, error: I will not do that}}
  - name: calls
    when: {messages_contain: weather}
    respond: {tool_calls: [{name: weather, arguments: {town: Oslo}}]}
  - {name: rest, respond: {content: "Oslo is the capital of Norway."}}
"""
# what is asked, how often fakellm is asked it, and whether it is answered
KINDS = (("plain", 1, True), ("weather", 1, False), ("limited", 2, True), ("broken", 3, True),
         ("forbidden", 1, False))
EACH = 20


def fakellm(path, *args, kinds=KINDS):
    """Each prompt is asked as often as it takes, and no more."""
    if not FAKELLM:
        raise tap.Skip("fakellm is not installed: tools/setup --ci")
    with Place() as place:
        rules = os.path.join(place.dir, "rules.yaml")
        with open(rules, "w", encoding="utf-8") as f:
            f.write(RULES)
        with open(place.prompts, "w", encoding="utf-8") as f:
            f.writelines("A %s question, number %d?\n" % (kind, i)
                         for i in range(EACH) for kind, _, _ in kinds)
        command = [FAKELLM, "serve", "--port", PORT, "--config", rules]
        with foreign.Server(command, "/_fakellm/stats") as server:
            done = place.respond(server.root + path, *args, timeout=300)
            assert done.returncode == 0, done.stderr
            assert place.answers() == ["Oslo is the capital of Norway."] * EACH * sum(
                answered for _, _, answered in kinds)
            refused = [detail for detail, in place.rows("SELECT detail FROM reject")]
            for kind, _, answered in kinds:
                words = {"forbidden": "I will not do that", "weather": "calls a tool"}.get(kind)
                assert answered or sum(words in detail for detail in refused) == EACH, refused
            with urllib.request.urlopen(server.root + "/_fakellm/stats") as stats:
                asked = json.load(stats)["total_requests"]
            assert asked == EACH * sum(often for _, often, _ in kinds), asked


def fakellm_chat():
    fakellm("/v1")


def fakellm_streams(): # in which it answers what it should refuse
    fakellm("/v1", "--stream", kinds=KINDS[:2])


def fakellm_messages():
    fakellm("/v1/messages")


def fakellm_events():
    fakellm("/v1/messages", "--stream", kinds=KINDS[:2])


sys.exit(tap.run([(t.__name__, t) for t in (
    llmock_errors, llmock_broken_streams, llmock_limits, fakellm_chat, fakellm_streams,
    fakellm_messages, fakellm_events)]))
