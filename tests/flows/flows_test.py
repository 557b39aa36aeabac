#!/usr/bin/env python3
"""flows_test - nothing is lost on the way: the files of docs/guide/data.md through every command.

    flows_test.py SOW

A run, a CSV, chats with tools and preference pairs each go through convert, dedup, novel, stats,
view, report, `evol --input` and export, against `sow mock`. Every text of the input has to be found
again where records go through, and what a format has no place for has to be told.
"""
import functools
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW = os.path.abspath(sys.argv[1])

CSV = ('\ufeffquestion,context,response,topic\r\n'
       '"Name a river, please",,The Rhine,geography\r\n'
       '"When did the ""Old Bridge"" open?","It opened in 1932.\r\nNobody knows why.",In 1932,history\r\n'
       'Name a tree.,,"Oak,\nor beech",nature\r\n')
CHATS = [
    {"messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Will it rain in Oslo?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_a", "type": "function",
             "function": {"name": "rain", "arguments": "{\"city\": \"Oslo\"}"}}]},
        {"role": "tool", "tool_call_id": "call_a", "content": "{\"mm\": 4.25}"},
        {"role": "assistant", "content": "Yes, a little.", "reasoning_content": "4.25 mm is little.",
         "weight": 1}],
     "tools": [{"type": "function", "function": {"name": "rain", "description": "Rain of today."}}],
     "source": "weather-7"},
    {"messages": [{"role": "user", "content": "Say    it\n  indented."},
                  {"role": "assistant", "content": "    indented\n", "weight": 0}],
     "source": "code-3"},
]
PAIRS = [{"prompt": "Name a lake. (%d)" % i, "chosen": "Lake Garda %d" % i, "rejected": "The moon %d" % i,
          "score_chosen": 8.5, "score_rejected": 2, "annotator": "ann-%d" % i} for i in range(3)]


class Scratch:
    def __init__(self, folder):
        self.folder = folder
        self.mock = subprocess.Popen([SOW, "mock"], stdout=subprocess.PIPE, text=True,
                                     stdin=subprocess.DEVNULL)
        self.url = next(word for word in self.mock.stdout.readline().split() if "://" in word)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8", newline="") as out:
            out.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as text:
            return text.read()

    def sow(self, *arguments, status=0):
        done = subprocess.run([SOW, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == status, (arguments, done.returncode, done.stderr[-600:])
        return done.stdout, done.stderr

    def close(self):
        self.mock.terminate()
        self.mock.wait()
        self.mock.stdout.close()


def scratch(test):
    @functools.wraps(test)
    def run():
        with tempfile.TemporaryDirectory(prefix="sow-flows-") as folder:
            s = Scratch(folder)
            try:
                return test(s)
            finally:
                s.close()
    return run


def leaves(value):
    """Every text and number in it; of JSON in a text what it holds."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in ("role", "type", "weight"):
                yield from leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member)
    elif isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            inner = None
        if isinstance(inner, (dict, list)):
            yield from leaves(inner)
        else:
            yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield json.dumps(value)


def all_texts(text):
    """The texts of JSON lines, of a JSON array or of one, one behind the other."""
    text = text.strip()
    values = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.split("\n")]
    return "\n".join(leaf for value in values for leaf in leaves(value))


def holds(where, text, wanted):
    held = all_texts(text)
    lost = [leaf for leaf in wanted if leaf not in held]
    assert not lost, "%s: lost %s" % (where, lost)


def through_all(s, name, texts, format_back):
    """What each command makes of a file or a run."""
    out, _ = s.sow("convert", name, "-f", "self-instruct")
    holds("self-instruct", out, texts)
    s.write("all.jsonl", out)
    out, _ = s.sow("convert", "all.jsonl", "-f", format_back, "--jsonl")
    holds("and back as " + format_back, out, texts)
    for command in ("dedup", "novel"):
        out, _ = s.sow(command, name, "-t", "1", "-q") if command == "novel" else s.sow(command, name, "-q")
        holds(command, out, texts)
    s.sow("stats", name, "--json")
    out, _ = s.sow("view", name, "--json")
    holds("view --json", out, texts)
    s.sow("report", name, "-o", "page.html", "-q", "--parse", "0")
    assert os.path.getsize(s.path("page.html")) > 100000


def evolve(s, name, texts):
    s.sow("evol", "--input", name, "--rounds", "1", "--teacher", s.url, "--model", "m",
          "--no-cache", "-q", "-o", "evolved")
    out, _ = s.sow("export", "evolved", "-f", "self-instruct", "--all")
    holds("evol --input " + name, out, texts)
    s.sow("dedup", "evolved", "-q", "-o", "unique.jsonl")
    s.sow("stats", "evolved")


def csv_texts():
    return ["Name a river, please", "The Rhine", "geography", "When did the \"Old Bridge\" open?",
            "It opened in 1932.\r\nNobody knows why.", "In 1932", "history", "Name a tree.",
            "Oak,\nor beech", "nature"]


@scratch
def csv(s):
    s.write("tasks.csv", CSV)
    through_all(s, "tasks.csv", csv_texts(), "alpaca")
    evolve(s, "tasks.csv", csv_texts())


@scratch
def chats(s):
    s.write("chats.jsonl", "".join(json.dumps(chat) + "\n" for chat in CHATS))
    texts = list(leaves(CHATS))
    through_all(s, "chats.jsonl", texts, "messages")
    for name in ("openai", "sharegpt", "trl", "llama-factory"):
        _, said = s.sow("convert", "chats.jsonl", "-f", name, "--jsonl")
        assert name in ("trl",) or "left out" in said, (name, said)
    evolve(s, "chats.jsonl", texts)


@scratch
def pairs(s):
    s.write("pairs.jsonl", "".join(json.dumps(pair) + "\n" for pair in PAIRS))
    texts = list(leaves(PAIRS))
    through_all(s, "pairs.jsonl", texts, "preference")
    evolve(s, "pairs.jsonl", texts)


def as_table(s, rows, format_name, ending):
    """The file of rows through a table, and what is read of that again."""
    s.write("rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    s.sow("convert", "rows.jsonl", "-f", format_name, "-o", "rows" + ending)
    out, _ = s.sow("convert", "rows" + ending, "-f", format_name, "--jsonl")
    return out


@scratch
def tables(s):
    for rows, format_name in ((CHATS, "messages"), (CHATS, "self-instruct"), (PAIRS, "preference")):
        texts = list(leaves(rows))
        plain, _ = s.sow("convert", s.write("plain.jsonl", "".join(json.dumps(r) + "\n" for r in rows)),
                         "-f", format_name, "--jsonl")
        back = as_table(s, rows, format_name, ".parquet")
        assert [json.loads(line) for line in back.split("\n") if line] == \
            [json.loads(line) for line in plain.split("\n") if line], (back, plain)
        through_all(s, "rows.parquet", texts, format_name)
        for ending in (".csv", ".tsv.zst"):
            holds(ending, as_table(s, rows, format_name, ending), texts)
    for command in ("dedup", "novel", "decontaminate"):
        more = {"novel": ["-t", "1"], "decontaminate": ["--against", "chats.jsonl"]}.get(command, [])
        s.write("chats.jsonl", "".join(json.dumps(row) + "\n" for row in CHATS))
        for ending in (".parquet", ".csv"):
            s.sow(command, "rows.parquet", *more, "-q", "-o", "kept" + ending)
            out, _ = s.sow("convert", "kept" + ending, "-f", format_name)
            holds(command + " to " + ending, out, texts)
    evolve(s, "rows.parquet", texts)
    _, said = s.sow("convert", "rows.jsonl", "-f", "preference", "-o", "x.csv")
    assert "written as JSON in their columns: prompt, chosen, rejected" in said, said
    with open(s.path("rows.parquet"), "rb") as file:
        done = subprocess.run([SOW, "convert", "-", "-f", "preference"], stdin=file, cwd=s.folder,
                              capture_output=True, text=True, check=True)
        whole = done.stdout
    done = subprocess.run("gzip -c rows.parquet | '%s' convert - -f preference" % SOW, shell=True,
                          cwd=s.folder, capture_output=True, text=True, check=True)
    assert done.stdout == whole and whole.count("\n") == len(PAIRS), done


@scratch
def parquet_that_cannot_be(s):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                           "../../fuzz/corpus/parquet/bytes.parquet"), "rb") as file:
        image = file.read()
    with open(s.path("image.parquet"), "wb") as out:
        out.write(image)
    _, said = s.sow("convert", "image.parquet", "-f", "alpaca", status=1)
    assert "image.parquet:1: column 'image' holds bytes that are not UTF-8" in said, said
    with open(s.path("cut.parquet"), "wb") as out:
        out.write(image[:-20])
    _, said = s.sow("convert", "cut.parquet", "-f", "alpaca", status=1)
    assert "cut.parquet: not Parquet that can be read" in said, said
    s.write("twice.jsonl", '{"instruction": "a", "b\\u0000": 1}\n')
    _, said = s.sow("convert", "twice.jsonl", "-f", "alpaca", "-o", "twice.parquet", status=1)
    assert "no column can be called so" in said and not os.path.exists(s.path("twice.parquet")), said
    _, said = s.sow("convert", "twice.jsonl", "-f", "alpaca", "-o", "x.parquet.gz", status=2)
    assert "Parquet is compressed inside" in said, said


@scratch
def a_run(s):
    s.sow("self-instruct", "-n", "5", "--teacher", s.url, "--model", "m", "--no-cache", "-q",
          "-o", "grown")
    out, _ = s.sow("export", "grown", "-f", "self-instruct")
    texts = [task["instruction"] for task in map(json.loads, out.strip().split("\n"))]
    assert len(texts) == 5
    through_all(s, "grown", texts, "messages")
    evolve(s, "grown", texts)


@scratch
def answered_prompts_stay(s):
    """respond leaves answers alone, and says how many there are."""
    s.write("some.jsonl", json.dumps({"question": "Name a river.", "answer": "The Rhine", "id": "q1"}) +
            "\n" + json.dumps({"question": "Name a lake.", "id": "q2"}) + "\n")
    _, said = s.sow("respond", "--input", "some.jsonl", "--teacher", s.url, "--model", "m",
                    "--no-cache", "-o", "answered")
    line = "sow: some.jsonl: 1 of 2 records with an answer already: left alone without --again"
    assert line in said.split("\n"), said
    out, _ = s.sow("export", "answered", "-f", "messages", "--jsonl")
    assert "The Rhine" in out and out.count("\n") == 2, out
    holds("ids", out, ["q1", "q2"])


@scratch
def graded_answers_become_pairs(s):
    s.write("prompts.txt", "Name a river.\nName a lake.\nName a tree.\n")
    s.sow("respond", "--input", "prompts.txt", "--best-of", "4", "--teacher", s.url, "--model", "m",
          "--no-cache", "-q", "-o", "best")
    out, said = s.sow("export", "best", "-f", "preference")
    rows = [json.loads(line) for line in out.strip().split("\n")] if out.strip() else []
    for row in rows:
        assert row["score_chosen"] > row["score_rejected"], row
        assert row["chosen"] != row["rejected"], row
    ties = re.search(r"\bties \((\d+)\)", said)
    assert rows and len(rows) + (int(ties.group(1)) if ties else 0) == 3, (out, said)


@scratch
def a_thought_alone_stays(s):
    """An answer that is a thought and no text is an answer."""
    s.write("some.jsonl", json.dumps({"messages": [
        {"role": "user", "content": "Name a river."},
        {"role": "assistant", "content": "", "reasoning_content": "The Rhine is one."}]}) + "\n" +
            json.dumps({"question": "Name a lake."}) + "\n")
    s.sow("respond", "--input", "some.jsonl", "--teacher", s.url, "--model", "m", "--no-cache", "-q",
          "-o", "answered")
    out, _ = s.sow("export", "answered", "-f", "messages", "--jsonl", "--all")
    holds("thoughts", out, ["The Rhine is one."])


OWN_PROMPTS = {
    "self_instruct/instructions": "Denk dir Neues aus, wie diese {{count}}.\n{{tasks}}\nWeiter bis {{last}}.",
    "self_instruct/classification": "Geht es darum, etwas einzuordnen?\n\n{{instruction}}",
    "self_instruct/input_first": "Schreibe Beispiele dazu.\n\n{{instruction}}",
    "self_instruct/output_first": "Schreibe zu jeder Klasse ein Beispiel.\n\n{{instruction}}",
    "evol/add-constraint": "Mach das schwerer: {{instruction}}",
    "evol/deepen": "Mach das tiefer: {{instruction}}",
    "evol/concretize": "Mach das genauer: {{instruction}}",
    "evol/reasoning": "Mach, dass man mehr denken muss: {{instruction}}",
    "evol/in-breadth": "Schreibe etwas ganz anderes als das: {{instruction}}",
    "evol/equal": "Ist das dasselbe?\nA: {{first}}\nB: {{second}}",
}


@scratch
def prompts_of_ones_own_are_forecast_alike(s):
    for name, text in OWN_PROMPTS.items():
        os.makedirs(os.path.dirname(s.path("own/" + name)), exist_ok=True)
        s.write("own/%s.chat.txt" % name, "[user]\n%s\n" % text)
    s.write("few.txt", "".join("Name a river that is longer than %d km.\n" % n for n in range(12)))
    for command in [["self-instruct", "-n", "40"], ["evol", "--input", s.path("few.txt")]]:
        ours = json.loads(s.sow("plan", *command, "--json")[0])
        theirs = json.loads(s.sow("plan", *command, "--json", "--prompts", s.path("own"))[0])
        for a, b in zip(ours["stages"], theirs["stages"]):
            assert a["stage"] == b["stage"], (a, b)
            assert 0.6 < (b["requests"] + 5) / (a["requests"] + 5) < 1.6, (a, b)


@scratch
def what_is_lost_is_said(s):
    s.write("one.jsonl", json.dumps({"messages": [{"role": "user", "content": "why", "name": "Ada"},
                                                  {"role": "assistant", "content": "so"}],
                                     "lang": "en"}) + "\n")
    _, said = s.sow("convert", "one.jsonl", "-f", "openai", "-q", "-o", "lines.jsonl")
    assert "lang" in said, said
    out, _ = s.sow("convert", "one.jsonl", "-f", "messages", "--only-fields", "lang,id")
    holds("fields", out, ["en"])
    _, said = s.sow("convert", "one.jsonl", "-f", "messages", "--only-fields", "lagn", status=1)
    assert "lagn: no record has such a field" in said, said
    s.write("half.jsonl", json.dumps({"instruction": "a", "output": "b"}) + "\n" +
            json.dumps({"instruction": "c"}) + "\n")
    _, said = s.sow("convert", "half.jsonl", "-f", "openai")
    assert "records without an answer (1)" in said, said
    s.write("mapped.csv", "instruction,extra\na,1\na,2\n")
    _, said = s.sow("dedup", "mapped.csv", "--map", "context=extr", status=1)
    assert "no record has 'extr'" in said, said
    _, said = s.sow("view", "mapped.csv", "--map", "context=extra")
    assert "2 records of CSV: extra → context" in said, said
    _, said = s.sow("view", ".", "--map", "context=extra", status=2)
    assert "--map is for a file; . is none" in said, said


if __name__ == "__main__":
    sys.exit(tap.run([
        ("a CSV through every command", csv),
        ("chats with tools", chats),
        ("preference pairs", pairs),
        ("Parquet, CSV and TSV", tables),
        ("Parquet that cannot be", parquet_that_cannot_be),
        ("a run", a_run),
        ("respond leaves answers alone", answered_prompts_stay),
        ("graded answers become pairs", graded_answers_become_pairs),
        ("a thought alone stays", a_thought_alone_stays),
        ("a plan of prompts of one's own", prompts_of_ones_own_are_forecast_alike),
        ("what is lost is said", what_is_lost_is_said),
    ]))
