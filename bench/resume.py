#!/usr/bin/env python3
"""resume.py SOW RECORD [TASKS [SENTENCES]]: from start to the first request of a large run.

Makes a run of TASKS finished tasks (50,000) by adding rows to a small one, and times `sow`
going on with it, with --max-requests set so that it stops where it would ask. Also times
`sow --version`. Prints the median of nine, with least and most; RECORD is tests/record of
the build folder. Instructions are made of a few hundred words, or are the lines of SENTENCES.
"""
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

SOW, RECORD = sys.argv[1:3]
TASKS = int(sys.argv[3]) if len(sys.argv) > 3 else 50000
WORDS = ["%s%s%s" % (a, b, c) for a in ("ba", "ri", "mo", "ke", "tu", "sha", "vo", "lin")
         for b in ("no", "ra", "mi", "gu", "pe", "dro", "sti") for c in ("k", "l", "n", "s", "ng", "")]


def instructions():
    if len(sys.argv) > 4:
        with open(sys.argv[4], encoding="utf-8") as f:
            yield from map(str.rstrip, f)
    while True:
        yield " ".join(random.choice(WORDS) for _ in range(random.randint(6, 26)))


def grow(run):
    random.seed(1)
    with sqlite3.connect(os.path.join(run, "run.db")) as db:
        last, = db.execute("SELECT max(ticket) FROM ticket").fetchone()
        had, = db.execute("SELECT count(*) FROM unit WHERE state = 1").fetchone()
        db.execute("UPDATE unit SET state = 2 WHERE state = 0")
        for i, text in zip(range(TASKS - had), instructions()):
            ticket, item = last + 1 + i // 4, 1 + i % 4
            if item == 1:
                db.execute("INSERT INTO ticket (step, ticket, examples, accepted, failed) "
                           "VALUES (1, ?, '[]', 4, 0)", (ticket,))
            db.execute("INSERT INTO unit (step, ticket, item, stage, state, instruction, input, "
                       "turns, is_classification, parent, operation, source, nearest, mean_score) "
                       "VALUES (1, ?, ?, 3, 1, ?, '', '', 0, 0, '', '', '[]', 0.1)",
                       (ticket, item, text))
            db.execute("INSERT INTO instance (step, ticket, item, number, input, output) "
                       "VALUES (1, ?, ?, 1, '', ?)", (ticket, item, text))
        db.execute("UPDATE ticket SET accepted = (SELECT count(*) FROM unit u "
                   "WHERE u.step = ticket.step AND u.ticket = ticket.ticket)")
        replies, = db.execute("SELECT count(*) FROM reply").fetchone()
    return replies


def times(command, status):
    seconds = []
    for _ in range(9):
        begun = time.perf_counter()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        seconds.append(time.perf_counter() - begun)
        assert done.returncode == status, done.stderr
    return "median %.4f s (%.4f to %.4f)" % (statistics.median(seconds), min(seconds), max(seconds))


scratch = tempfile.mkdtemp(prefix="sow-bench-")
try:
    recording, run = os.path.join(scratch, "recording"), os.path.join(scratch, "run")
    subprocess.run([RECORD, recording, "5"], check=True)
    shutil.copytree(recording, run)
    replies = grow(run)
    command = [SOW, "self-instruct", "-q", "-n", str(TASKS + 1000), "-o", run, "--no-cache",
               "--teacher", "replay:" + recording, "--max-requests", str(replies)]
    print("start to first request, %d tasks: %s" % (TASKS, times(command, 3)))
    print("sow --version: %s" % times([SOW, "--version"], 0))
finally:
    shutil.rmtree(scratch)
