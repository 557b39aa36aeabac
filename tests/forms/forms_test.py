#!/usr/bin/env python3
"""forms_test.py READ_REPLIES FORMS: what is read of each form in which teachers write. TAP.

FORMS is a table. A form begins with a line "== KIND NAME", where KIND is one of read_replies.c; then
comes the reply, and what is read of it: "=> " before each item, "<= " before the input and "=> "
before the output of an instance, "<- ", "<= " and "=> " before the three parts of a record. A piece
goes on until the next such line. A reply with nothing behind it must read as nothing.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

MARKS = ("<- ", "<= ", "=> ")


def read(program, replies):
    """What the program reads of (kind, text) pairs: a list of items each, an item a tuple."""
    sent = b"".join(("%s\n%s\0" % pair).encode() for pair in replies)
    got = subprocess.run([program], input=sent, capture_output=True, check=True).stdout.decode()
    return [[tuple(item.split("\x1f")) for item in one.split("\x1e")[:-1]]
            for one in got.split("\0")[:-1]]


def parse(path):
    """(kind, name, reply, items) of each form."""
    forms = []
    with open(path, encoding="utf-8") as table:
        for block in table.read().split("\n== ")[1:]:
            head, *lines = block.split("\n")
            kind, name = head.split(" ", 1)
            reply, items = [], []
            for line in lines:
                mark = next((m for m in MARKS if (line + " ").startswith(m)), None)
                if mark:
                    if not items or items[-1][-1][0] == "=> ":
                        items.append([])
                    items[-1].append([mark, line[3:]])
                elif items:
                    items[-1][-1][1] += "\n" + line
                else:
                    reply.append(line)
            text = "\n".join(reply).strip("\n")
            forms.append((kind, name, text.replace("\\u00a0", "\u00a0"),
                          [tuple(piece.rstrip("\n") for _, piece in item) for item in items]))
    return forms


def main():
    forms = parse(sys.argv[2])
    got = read(sys.argv[1], [(kind, reply) for kind, _, reply, _ in forms])
    tests = []
    for (kind, name, _, expected), items in zip(forms, got):
        def test(expected=expected, items=items):
            assert items == expected, "\nexpected %r\n     got %r" % (expected, items)
        tests.append(("%s: %s" % (kind, name), test))

    def enough():
        assert len([form for form in forms if form[0].startswith(("list", "inst"))]) >= 60
    tests.append(("the table has at least 60 forms of lists and instances", enough))
    return tap.run(tests)


if __name__ == "__main__":
    sys.exit(main())
