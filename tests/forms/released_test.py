#!/usr/bin/env python3
"""released_test.py READ_REPLIES FORMS: replies read as the released Self-Instruct code reads them. TAP.

The oracle is that code itself, where SOW_SELF_INSTRUCT names a clone of yizhongw/self-instruct (or a
bare one); otherwise all is skipped. Compared are the replies of the table of forms, and thousands that
are made of their pieces. Where a list is in the form that the released code asks for, the tolerant
reader has to read the same.
"""
import os
import random
import re
import subprocess
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../support")]
import tap  # noqa: E402
import forms_test  # noqa: E402

CLONE = os.environ.get("SOW_SELF_INSTRUCT")
MADE = 3000


class Anything:
    """Stands for the modules that the code imports and its parsers do not use."""
    def __getattr__(self, _):
        return Anything()

    def __call__(self, *_, **__):
        return Anything()


def source(name):
    path = os.path.join(CLONE, "self_instruct", name)
    if os.path.exists(path):
        with open(path, encoding="utf-8") as text:
            return text.read()
    return subprocess.run(["git", "-C", CLONE, "show", "HEAD:self_instruct/" + name], check=True,
                          capture_output=True, text=True).stdout


def load(name):
    for module in ("tqdm", "numpy", "pandas", "rouge_score", "gpt3_api"):
        stand_in = types.ModuleType(module)
        stand_in.__getattr__ = lambda _: Anything()
        sys.modules[module] = stand_in
    names = {"__name__": "released"}
    exec(compile(source(name), name, "exec"), names)  # pylint: disable=exec-used
    return names


def response(text):
    return {"response": {"choices": [{"text": text, "finish_reason": "stop"}]}}


def unfiltered(code):
    """Its parsers, without the filters that come behind them."""
    for name in ("filter_invalid_instances", "filter_duplicate_instances"):
        code[name] = lambda instances: instances
    return code


def made(forms):
    """Replies made of pieces of those in the table, and of what the code's expressions look for."""
    draw = random.Random(7)
    lines = [line for _, _, reply, _ in forms for line in reply.split("\n")]
    words = ["Example 1", "Example", " Example 2.", "Example  3", "Output:", "Output 1 :", "Output\u00a02:",
             "Input:", "Input\n1:", "Class label:", "Class label: x", "10. ", "11 . a", "12.b", "\u0669. c",
             "13\u00a0. d", "\u00a0", "\u2003x", "", "a", "b:", "Yes", "\u001c", "9. Write a program x y"]
    for _ in range(MADE):
        picked = [draw.choice(lines if draw.random() < 0.4 else words) for _ in range(draw.randrange(1, 9))]
        yield draw.choice(["\n", "\n", " ", "\n\n"]).join(picked)


def compare(program, kind, replies, expected):
    got = forms_test.read(program, [(kind, reply) for reply in replies])
    for reply, items in zip(replies, got):
        wanted = expected(reply)
        assert items == wanted, "%r: expected %r, got %r" % (reply, wanted, items)
    return "%d replies" % len(replies)


def main():
    program, forms = sys.argv[1], forms_test.parse(sys.argv[2])
    if not CLONE:
        def skipped():
            raise tap.Skip("SOW_SELF_INSTRUCT names no clone")
        return tap.run([("the released code", skipped)])
    prepare = unfiltered(load("prepare_for_finetuning.py"))
    replies = [reply for _, _, reply, _ in forms] + list(made(forms))
    replies = [reply for reply in replies if "\x1e" not in reply and "\0" not in reply]

    def instances():
        return compare(program, "released-instances", replies, lambda reply: [
            (i, o) for _, i, o in prepare["parse_instances_for_generation_task"](reply, "", response(reply))])

    def labels():
        return compare(program, "released-labels", replies, lambda reply: [
            (i, o) for _, i, o in
            prepare["parse_instances_for_classification_task"](reply, "", response(reply))])

    def yes():
        return compare(program, "released-yes", replies + ["Yes", " YES\n", "yes\u00a0", "yEs", "Yes."],
                       lambda reply: [("yes" if reply.strip() in ["Yes", "yes", "YES"] else "no",)])

    # Its list goes through its rules at once: what they keep has to be among what is read.
    listed = load("bootstrap_instructions.py")["post_process_gpt3_response"]

    def kept(text):
        return listed({"choices": [{"text": text, "finish_reason": "stop"}]})

    def lists():
        got = forms_test.read(program, [("released-list", reply) for reply in replies])
        count = 0
        for reply, items in zip(replies, got):
            read = [" ".join(item.split()).capitalize() for item, in items]
            for instruction in kept(reply):
                assert instruction in read, (reply, instruction, read)
                count += 1
            assert len(items) == 1 + sum(1 for _ in heads(reply)), (reply, items)
        return "%d instructions" % count

    def heads(reply):
        return re.finditer(r"\n\d+\s?\. ", reply)

    def plain():
        draw = random.Random(8)
        verbs = ["Name", "Sort", "Explain", "Translate", "Say why", "Compare", "Correct"]
        count = 0
        for _ in range(300):
            tasks = ["%s the %s things of number %d." % (draw.choice(verbs), draw.choice(["red", "nine"]),
                                                        draw.randrange(1000)) for _ in range(7)]
            text = " " + "\n".join("%s%s" % ("%d. " % (9 + i) if i else "", t) for i, t in enumerate(tasks))
            got = forms_test.read(program, [("list-begun", text), ("released-list", text)])
            assert got[0] == got[1] == [(task,) for task in tasks], (text, got)
            assert kept(text) == [task.capitalize() for task in tasks], (text, kept(text))
            count += 7
        return "%d instructions" % count

    return tap.run([("instances", instances), ("labels", labels), ("yes", yes), ("lists", lists),
                    ("a list as it asks for it is read the same by the tolerant reader", plain)])


if __name__ == "__main__":
    sys.exit(main())
