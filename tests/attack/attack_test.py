#!/usr/bin/env python3
"""attack_test.py SOW RECORD [MODEL]: bad input and bad luck. Whatever is wrong, the program says
so in one line, ends with the right exit status, and loses nothing.

    0 done, 1 failed, 2 wrong usage, 3 stopped and can go on

Replies are replayed from a run of made-up answers (see ../crash); MODEL is a GGUF file, given
where the embedded teacher is built in. What needs a mount of its own is skipped where that is
not allowed. TAP on standard output.
"""
import gzip
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW, RECORD = map(os.path.abspath, sys.argv[1:3])
MODEL = sys.argv[3] if len(sys.argv) > 3 else None
TASKS = 80
SCRATCH = tempfile.mkdtemp(prefix="sow-attack-")
RECORDING = os.path.join(SCRATCH, "recording")
MANGLED = 40  # damaged databases


def under(*names):
    return os.path.join(SCRATCH, *names)


def write(name, content):
    path = under(name)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def sanitized():
    with open(SOW, "rb") as f:
        return b"__asan_init" in f.read() or b"__tsan_init" in f.read()


def finish(process):
    """The outcome of a process, which must have ended by itself and said nothing strange."""
    out, err = process.communicate(timeout=120)
    done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    assert done.returncode in (0, 1, 2, 3), "ended with %d: %s" % (done.returncode, err)
    for word in ("Sanitizer", "runtime error", "Assertion", "terminate", "Backtrace", "#0 "):
        assert word not in err, err
    return done


def start(*args, **options):
    pipes = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pipes.update(options)
    return subprocess.Popen([SOW, *args], text=True, errors="replace", cwd=SCRATCH, **pipes)


def sow(*args, **options):
    return finish(start(*args, **options))


def grow_args(run, *more, n=TASKS, teacher=None):
    return ["self-instruct", "-q", "-n", str(n), "-o", run, "--no-cache",
            "--teacher", teacher or "replay:" + RECORDING, *more]


def grow(run, *more, n=TASKS, teacher=None, **options):
    return sow(*grow_args(run, *more, n=n, teacher=teacher), **options)


def says(done, status, *words):
    """One line, and these words in it."""
    assert done.returncode == status, (done.returncode, done.stderr)
    assert done.stdout == "", done.stdout
    lines = done.stderr.split("\n")
    assert len(lines) == 2 and lines[1] == "" and lines[0].startswith("sow"), done.stderr
    for word in words:
        assert word in lines[0], "%r is not in: %s" % (word, lines[0])


def stopped(done, *words):
    """What was wrong in one line, then where it stopped and the command that goes on."""
    assert done.returncode == 3, (done.returncode, done.stderr)
    lines = done.stderr.split("\n")
    assert len(lines) == 4 and lines[3] == "", done.stderr
    for word in words:
        assert word in lines[0], "%r is not in: %s" % (word, lines[0])
    assert lines[1].startswith("sow: stopped at ") and lines[1].endswith("To resume:"), done.stderr
    assert " self-instruct " in lines[2], done.stderr


def fine(done, messages=0):
    assert done.returncode == 0, (done.returncode, done.stderr)
    assert done.stderr.count("\n") == messages, done.stderr


def exported(run, **options):
    done = sow("export", run, "--format", "self-instruct", "-o", "-", **options)
    fine(done)
    return done.stdout


WHOLE = None  # the export of a run that nothing happened to


def whole():
    global WHOLE
    if not WHOLE:
        fine(grow(under("untouched")))
        WHOLE = exported(under("untouched"))
        assert WHOLE.count("\n") == TASKS
    return WHOLE


def copy_of_run(name):
    whole()
    shutil.rmtree(under(name), ignore_errors=True)
    shutil.copytree(under("untouched"), under(name))
    for end in ("-wal", "-shm"):
        if os.path.exists(under(name, "run.db" + end)):
            os.remove(under(name, "run.db" + end))
    return under(name)


class Mounted:
    """A small file system of its own, so that it can be full, or read-only."""

    def __init__(self, size):
        self.dir = tempfile.mkdtemp(dir=SCRATCH)
        self.size = size

    def __enter__(self):
        if os.geteuid() != 0:
            raise tap.Skip("not root: no mount")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%s" % self.size, "none",
                               self.dir], capture_output=True)
        if done.returncode:
            raise tap.Skip("mount is not allowed here")
        return self

    def remount(self, options):
        subprocess.run(["mount", "-o", "remount," + options, self.dir], check=True)

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.dir], check=True)


# -- seeds --------------------------------------------------------------------------------


def seeds_broken():
    good = '{"instruction": "Name a river."}\n'
    for option in ("--seeds", "--against"):
        for content, words in (
                (good + '{"instruction": oops}\n', (":2:17: expected a value",)),
                (good + "\n{\"instruction\" 1}\n", (":3:16: expected : after the name",)),
                (good + '{"title": "x"}\n', (":2", "no instruction among title")),
                (good + '{"instruction": {"a": 3}}\n', (":2", "is an object", "expected a text")),
                ("[" + good + ",{]", (":2:3: expected a name",)),
                (b"a\0b\n", (":1:2: expected text, not a zero byte",)),
                ("", ("no records in it", "expected JSON")),
                (" \n\n", ("no records in it",)),
                ("{" * 100000, (":1:2: expected a name",)),
                (gzip.compress(good.encode() * 50)[:-20], ("ends in the middle", "gzip")),
                (b"\x28\xb5\x2f\xfd" + b"nonsense" * 9, ("damaged", "zstd"))):
            path = write("broken", content)
            says(grow(under("none"), option, path), 1, path, *words)
            assert not os.path.exists(under("none"))
        says(grow(under("none"), option, under("missing")), 1, "missing: No such file")
        says(grow(under("none"), option, SCRATCH), 1, SCRATCH, "no run here")


def seeds_long_line():
    """100 MB in one line: refused, in bounded memory."""
    path = under("long")
    with open(path, "wb") as f:
        f.write(b"Name a river.\n")
        for _ in range(100):
            f.write(b"a" * 1000000)
    with gzip.open(path + ".gz", "wb", compresslevel=1) as packed, open(path, "rb") as f:
        shutil.copyfileobj(f, packed)
    for seeds in (path, path + ".gz"):
        for option in ("--seeds", "--against"):
            process = start(*grow_args(under("none"), option, seeds), stderr=subprocess.PIPE)
            err = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            process.stdout.close()
            process.stderr.close()
            says(subprocess.CompletedProcess([], process.returncode, "", err), 1,
                 seeds + ":2: longer than 64 MiB")
            assert sanitized() or usage.ru_maxrss < 300 * 1024, usage.ru_maxrss
    os.remove(path)
    os.remove(path + ".gz")


# -- teacher ------------------------------------------------------------------------------


def models_broken():
    if not MODEL or not os.path.exists(MODEL):
        raise tap.Skip("no embedded model")
    size = os.path.getsize(MODEL)
    with open(MODEL, "rb") as f:
        head = f.read(4 << 20)
    huge = head[:8] + b"\xff" * 7 + b"\x0f" + head[16:]
    damaged = bytearray(head)
    rng = random.Random(5)
    for _ in range(2000):
        damaged[rng.randrange(24, len(head) // 2)] ^= 1 << rng.randrange(8)
    with open(under("half.gguf"), "wb") as half, open(MODEL, "rb") as f:
        half.write(f.read(size // 2))
    os.mkdir(under("folder.gguf"))
    for name, content in (("cut.gguf", head[:1000]), ("header.gguf", head[:24]),
                          ("magic.gguf", b"GGUF"), ("huge.gguf", huge), ("half.gguf", None),
                          ("text.gguf", "This is not a model.\n"), ("empty.gguf", ""),
                          ("zeros.gguf", bytes(1 << 16)), ("damaged.gguf", bytes(damaged)),
                          ("folder.gguf", None), ("missing.gguf", None)):
        path = under(name) if content is None else write(name, content)
        says(grow(under("none"), teacher=path), 1, name)
        assert not os.path.exists(under("none"))
    os.remove(under("half.gguf"))


def recordings_broken():
    key = "ab" * 32
    for content, words in (
            ('{"key": "xyz", "text": "a"}\n', (":1", "64 hexadecimal")),
            ('{"model": "m"}\n{"key": "%s"}\n' % key, (":2", "text")),
            ('{"key": "%s", "text": "a", "finish": "soon"}' % key, (":1", "finish")),
            ('{"key"\n', (":1", "expected")),
            (b"\xff\xfe\n", (":1", "expected"))):
        path = write("replies.jsonl", content)
        says(grow(under("none"), teacher="replay:" + path), 1, path, *words)
    says(grow(under("none"), teacher="replay:" + under("missing")), 1, "No such file")
    says(grow(under("none"), teacher="replay:"), 1)
    says(grow(under("none"), teacher="replay:" + SCRATCH), 1, SCRATCH)
    says(grow(under("none"), teacher="notes.txt"), 2, "notes.txt", "expected")
    assert not os.path.exists(under("none"))
    # a recording without the reply that is asked for
    done = grow(under("unanswered"), teacher="replay:" + write("replies.jsonl", ""))
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr


# -- options and prompts --------------------------------------------------------------------


def usage():
    says(sow("self-instrct"), 2, "did you mean 'self-instruct'?")
    says(sow("self-instruct", "--sedes", "x", "-o", "r"), 2, "did you mean '--seeds'?")
    says(sow("self-instruct", "--teachr=x", "-o", "r"), 2, "did you mean '--teacher'?")
    says(sow("export", "--fromat", "alpaca", "r"), 2, "did you mean '--format'?")
    says(sow("export", "r", "--format", "alpca"), 2, "did you mean 'alpaca'?")
    says(sow("status", "--jsn", "r"), 2, "did you mean '--json'?")
    says(grow(under("none"), "--rule", "too-shrt=2"), 2, "did you mean too-short?")
    says(grow(under("none"), "--rule", "too-short=-1"), 2, "too-short", "whole number")
    says(grow(under("none"), "--rule", "empty=off"), 2, "empty")
    says(grow(under("none"), "--seed", "1e99"), 2, "--seed", "1e99")
    says(grow(under("none"), "--topic", os.fsdecode(b"caf\xe9")), 2, "--topic", "UTF-8")
    says(grow(""), 2, "--out")
    says(sow("self-instruct", "-n", "-5", "-o", "none"), 2, "-n", "-5")
    says(sow("self-instruct", "-n"), 2, "-n")
    says(sow("self-instruct", "--" + "x" * 5000, "-o", "none"), 2, "unknown option")
    assert not os.path.exists(under("none"))


def prompts():
    folder = under("prompts")
    os.makedirs(os.path.join(folder, "self_instruct"))
    says(grow(under("none"), "--prompts", folder), 1, folder, "no prompt in there is used")
    for content, words in ((b"One\n{{taks}}\n", ("instructions.txt:2: unknown slot {{taks}}",)),
                           (b"", ("instructions.txt", "empty")),
                           (b"a\nb {{tasks}} caf\xe9", ("instructions.txt:2", "UTF-8", "0xE9")),
                           (b"a\0 {{tasks}}", ("instructions.txt:1", "0x00")),
                           (b"{{tasks}}" * 1000, ("instructions.txt", "more than"))):
        write("prompts/self_instruct/instructions.txt", content)
        says(grow(under("none"), "--prompts", folder), 1, *words)
    os.remove(under("prompts/self_instruct/instructions.txt"))
    write("prompts/self_instruct/input_first.demonstrations.txt", b"caf\xe9")
    says(grow(under("none"), "--prompts", folder), 1, "input_first", "UTF-8", "0xE9")
    says(grow(under("none"), "--prompts", under("missing")), 1, under("missing"))
    assert not os.path.exists(under("none"))


# -- the run directory ---------------------------------------------------------------------


def another_recipe():
    run = copy_of_run("another")
    with open(os.path.join(run, "run.db"), "rb") as f:
        before = f.read()
    seeds = write("seeds.txt", "Name a river in Asia.\nName a lake in Africa.\n")
    known = json.loads(sow("status", run, "--json").stdout)["identity"]
    assert "too-long=150\n" in known["rules in force"], known
    says(grow(run, "--seed", "2"), 1, run, "seed: 1 there, 2 here")
    says(grow(run, "--rule", "too-long=90", "--language", "German"), 1, run,
         "rule too-long: 150 there, 90 here", "rule non-ascii: on there, off here",
         "language: none there, German here")
    says(grow(run, "--seeds", seeds), 1, run, "seeds: built in there, %s here" % seeds)
    says(grow(run, "--seed", "3", teacher="replay:" + write("replies.jsonl", '{"model": "m"}')),
         1, "model", "seed: 1 there, 3 here")
    with open(os.path.join(run, "run.db"), "rb") as f:
        assert f.read() == before, "a refused recipe changed the run"
    fine(grow(run), 1)
    assert exported(run) == whole()


def looks_refused(run, *words):
    says(sow("status", run), 1, *words)
    says(sow("status", run, "--json"), 1, *words)
    says(sow("export", run, "--format", "alpaca", "-o", under("out.json")), 1, *words)
    assert not os.path.exists(under("out.json"))


def all_refused(run, *words):
    looks_refused(run, *words)
    says(grow(run), 1, *words)


def checked(content, *words, more=False):
    """A recipe that is none: one line on standard output that says where and why, quickly."""
    path = write("hostile.yaml", content)
    begun = time.monotonic()
    done = sow("check", path)
    assert done.returncode == 1, (done.returncode, done.stderr, content[:60])
    assert time.monotonic() - begun < 60
    lines = done.stdout.splitlines()
    assert 1 <= len(lines) <= 100 and (more or len(lines) == 1), done.stdout[:1000]
    for line in lines:
        assert re.match(re.escape(path) + r":\d+:\d+: .", line) and len(line) < 1200, line[:300]
    for word in words:
        assert word in lines[0], "%r is not in: %s" % (word, lines[0])
    assert done.stderr.count("\n") == 1 and "problem" in done.stderr, done.stderr
    # and nothing is begun with it
    run = sow("run", path, "-o", under("of-hostile"))
    assert run.returncode == 1 and not os.path.exists(under("of-hostile")), run.stderr


def recipes_hostile():
    steps = "steps: [{method: self-instruct}]\n"
    checked("", "sow init")
    checked(b"\xef\xbb\xbf", "sow init")
    checked(b"\xff\xfes\x00", "expected a recipe")
    checked(steps.encode() + b"\0", "U+0000")
    checked(b"seed: 1\x1b[2J\n" + steps.encode(), "U+001B")
    checked(bytes(random.Random(3).randrange(256) for _ in range(5000)), ":1:")
    checked("[" * 100000, "nested")
    checked("- " * 100000, "nested")
    checked("{a: " * 5000, "nested")
    checked("? " * 100000, "nested")
    says(sow("check", write("long.yaml", "x" * (2 << 20))), 1, "longer than 1048576 bytes")
    checked("a: &a [x]\n" + "".join("%s: &%s [%s]\n" % (b, b, ", ".join(["*" + a] * 10))
                                     for a, b in zip("abcdefghi", "bcdefghij")) + steps, more=True)
    checked("a: &a {%s}\nb: [%s]\n" % (", ".join("k%d: 1" % i for i in range(3000)),
                                       ", ".join(["{<<: *a}"] * 3000)), "100000 items")
    checked("\n".join("k%d: 1" % i for i in range(50000)), more=True)
    checked("steps: [%s]\n" % ", ".join(["{}"] * 50000), more=True)
    checked("seed: %s\n" % ("9" * 100000) + steps, "whole number")
    checked("teachers: {writer: {teacher: \"%s\"}}\n" % ("a" * 5000 + ".gguf") + steps, "teacher: ")
    checked("x" * 900000 + ": 1\n" + steps, "unknown")
    checked("seed: 1\n---\n" + steps, "one document")
    checked("%YAML 9.9\n---\n" + steps, "YAML")
    checked("seed: !!python/object/apply:os.system [id]\n" + steps, "tag")
    checked("a: &a *a\n" + steps, ":1:")
    checked("<<: {<<: {<<: {seed: x}}}\n" + steps, "whole number")
    says(sow("check", SCRATCH), 1, "Is a directory")
    says(sow("check", under("no.yaml")), 1, "No such file")
    says(sow("run", under("no.yaml"), "-o", under("of-hostile")), 1, "No such file")
    # standard input, and a pipe in a file's place
    text = write("good.yaml", steps)
    with open(text, "rb") as f:
        assert sow("check", "-", stdin=f).returncode == 0
    with open(write("bad.yaml", "x"), "rb") as f:
        done = sow("check", "-", stdin=f)
    assert done.stdout.startswith("standard input:1:1: "), done.stdout


def run_db_foreign():
    run = copy_of_run("foreign")
    path = os.path.join(run, "run.db")

    def replace(content):
        for end in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(path + end):
                os.remove(path + end)
        if content is not None:
            with open(path, "wb") as f:
                f.write(content)

    with open(path, "rb") as f:
        good = f.read()
    replace(b"this is no database, but it is long enough to look like a file of some kind\n" * 99)
    all_refused(run, path, "not a database or damaged")
    replace(bytes(random.Random(1).randrange(256) for _ in range(20000)))
    all_refused(run, path, "not a database or damaged")
    for length in (50, 4096, len(good) // 2):
        replace(good[:length])
        all_refused(run, path, "damaged")
        with open(path, "rb") as f:
            assert f.read() == good[:length], "a damaged run was written to"
    # another program's
    replace(None)
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE bookmark (url TEXT)")
    db.close()
    all_refused(run, path, "not a run of sow")
    # a later version's
    replace(good)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    all_refused(run, path, "99")
    # a folder, and a file in the run's place
    replace(None)
    os.mkdir(path)
    all_refused(run, path)
    says(grow(write("file", "x")), 1, under("file"), "expected a folder")
    # nothing at all: a run killed before its tables were made, which begins anew
    os.rmdir(path)
    replace(b"")
    looks_refused(run, path)
    fine(grow(run))
    assert exported(run) == whole()


def run_db_mangled():
    """Pages of noise: refused or not noticed, but never a crash."""
    rng = random.Random(7)
    refused = 0
    for _ in range(MANGLED):
        run = copy_of_run("mangled")
        path = os.path.join(run, "run.db")
        with open(path, "r+b") as f:
            for _ in range(rng.randrange(1, 4)):
                f.seek(rng.randrange(100, os.path.getsize(path) - 64))
                f.write(bytes(rng.randrange(256) for _ in range(rng.randrange(1, 64))))
        for done in (sow("status", run), sow("export", run, "--format", "alpaca"),
                     grow(run, n=TASKS + 5)):
            refused += done.returncode != 0
            assert done.returncode == 0 or 1 <= done.stderr.count("\n") <= 3, done.stderr
    return "%d of %d refused" % (refused, 3 * MANGLED)


def run_db_impossible():
    """Sound tables that tell nonsense: noticed where it matters to going on, or harmless."""
    for tickets, statement in (
            (True, "UPDATE ticket SET ticket = ticket - 5"),
            (True, "UPDATE ticket SET ticket = ticket * 1000000007"),
            (True, "DELETE FROM ticket WHERE ticket = 3"),
            (True, "UPDATE ticket SET step = 2"),
            (True, "UPDATE ticket SET accepted = accepted + 7"),
            (True, "UPDATE ticket SET accepted = -1"),
            (True, "DELETE FROM unit WHERE ticket = 2"),
            (False, "UPDATE unit SET state = 'flying'"),
            (False, "UPDATE unit SET state = 0, stage = 77"),
            (False, "UPDATE unit SET ticket = 1000000 WHERE ticket = 3"),
            (False, "UPDATE unit SET instruction = CAST(x'ff41' AS TEXT) WHERE ticket = 2"),
            (False, "UPDATE unit SET instruction = 1.5 WHERE ticket = 2"),
            (False, "UPDATE instance SET output = x'ff00fe'"),
            (False, "UPDATE identity SET value = x'00ff' WHERE name = 'model'"),
            (False, "DELETE FROM identity"),
            (False, "UPDATE identity SET step = 1000000000 WHERE name = 'method'"),
            (False, "UPDATE operation SET value = 'nonsense' WHERE name = 'outputs'"),
            (False, "UPDATE reply SET key = x'00', text = x'fffe00'"),
            (False, "DROP TABLE reject")):
        run = copy_of_run("impossible")
        db = sqlite3.connect(os.path.join(run, "run.db"))
        db.execute("PRAGMA ignore_check_constraints = 1")
        db.execute(statement)
        db.commit()
        db.close()
        for done in (sow("status", run), sow("export", run, "--format", "alpaca")):
            assert done.returncode == 0 or done.stderr.count("\n") == 1, done.stderr
        done = grow(run, n=TASKS + 5)
        assert done.returncode == 0 or 1 <= done.stderr.count("\n") <= 3, done.stderr
        if tickets:
            says(done, 1, run, "do not fit together")


def caught(run, number):
    """A process that got the signal while it was at the run; on a busy machine it may be done
    before, and then another one tries."""
    for _ in range(20):
        shutil.rmtree(run, ignore_errors=True)
        process = start(*grow_args(run, "--concurrency", "1"))
        while process.poll() is None and not os.path.exists(os.path.join(run, "run.db-wal")):
            time.sleep(0.0005)
        process.send_signal(number)
        time.sleep(0.05)
        if number == signal.SIGSTOP and process.poll() is None:
            return process
        done = finish(process)
        if done.returncode:
            return done
    raise AssertionError("a run was always done before a signal could reach it")


def in_use():
    run = under("in-use")
    first = caught(run, signal.SIGSTOP)
    try:
        says(grow(run), 1, run, "in use by another process (%d)" % first.pid)
    finally:
        first.send_signal(signal.SIGCONT)
    fine(finish(first))
    assert exported(run) == whole()


# -- disks ----------------------------------------------------------------------------------


def limit_files(size):
    """No file of the child may grow past that; SQLite's index of its log takes 32 KiB."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def recording_file():
    """The recording as JSON lines: reading it writes nothing."""
    path = under("recording.jsonl")
    db = sqlite3.connect(os.path.join(RECORDING, "run.db"))
    (model,), = db.execute("SELECT value FROM identity WHERE name = 'model'")
    with open(path, "w", encoding="utf-8") as f:
        f.write(json.dumps({"model": model}) + "\n")
        for key, text, finish in db.execute("SELECT key, text, finish FROM reply"):
            f.write(json.dumps({"key": key.hex(), "text": text, "finish": finish}) + "\n")
    db.close()
    return path


def disk_full_by_limit():
    run = under("limited")
    teacher = "replay:" + recording_file()
    size = os.path.getsize(os.path.join(copy_of_run("sized"), "run.db"))
    for limit in (0, 100, 5000):
        says(grow(run, teacher=teacher, preexec_fn=limit_files(limit)), 1, run, "File too large")
    steps = 0
    for share in (0.3, 0.5, 0.7):
        done = grow(run, teacher=teacher, preexec_fn=limit_files(int(size * share)))
        stopped(done, run, "run.db")
        steps += 1
        looked = sow("status", run)
        assert looked.returncode == 0, looked.stderr
    fine(grow(run, teacher=teacher))
    assert exported(run) == whole()
    return "%d stops" % steps


def disk_full():
    with Mounted("160k") as disk:
        run = os.path.join(disk.dir, "run")
        stopped(grow(run), run, "disk is full")
        says_or_stops = grow(run)
        assert says_or_stops.returncode in (1, 3), says_or_stops.stderr
        disk.remount("size=4m")
        fine(grow(run))
        assert exported(run) == whole()


def disk_full_at_once():
    """No room even for the tables: nothing has begun, and the next try begins."""
    with Mounted("8k") as disk:
        run = os.path.join(disk.dir, "run")
        says(grow(run), 1, run)
        disk.remount("size=4m")
        fine(grow(run))
        assert exported(run) == whole()


def log_on_full_disk():
    whole()
    fine(grow(under("logged")))
    done = grow(under("logged"), "--log", "/dev/full")
    assert done.returncode == 1 and done.stderr.count("\n") == 2, done.stderr
    assert done.stderr.split("\n")[1].startswith("sow: /dev/full: No space left"), done.stderr
    assert exported(under("logged")) == whole()


def export_onto_full_disk():
    run = copy_of_run("to-export")
    db = sqlite3.connect(os.path.join(run, "run.db"))
    db.execute("UPDATE instance SET output = hex(randomblob(1000))")
    db.commit()
    db.close()
    folder = under("exports")
    os.mkdir(folder)
    old = write("exports/old.json", "kept")
    for name in ("new.json", "new.json.gz", "new.jsonl.zst", "old.json"):
        path = os.path.join(folder, name)
        says(sow("export", run, "--format", "alpaca", "-o", path, preexec_fn=limit_files(40000)),
             1, path, "File too large")
        assert os.listdir(folder) == ["old.json"], os.listdir(folder)
    with open(old) as f:
        assert f.read() == "kept"
    says(sow("export", run, "--format", "alpaca", "-o", "/dev/full"), 1, "/dev/full", "No space")
    with open("/dev/full", "w") as full:
        process = start("export", run, "--format", "alpaca", stdout=full)
        done = finish(process)
        assert done.returncode == 1 and "standard output: No space" in done.stderr, done.stderr
    says(sow("export", run, "--format", "alpaca", "-o", under("no", "such", "dir")), 1, "No such")
    says(sow("export", run, "--format", "alpaca", "-o", folder), 1, folder, "directory")


def export_onto_full_file_system():
    run = copy_of_run("to-export")
    with Mounted("8k") as disk:
        path = os.path.join(disk.dir, "out.json")
        says(sow("export", run, "--format", "alpaca", "-o", path), 1, path, "No space left")
        assert os.listdir(disk.dir) == []


def read_only():
    with Mounted("4m") as disk:
        shutil.copytree(copy_of_run("to-lock"), os.path.join(disk.dir, "run"))
        run = os.path.join(disk.dir, "run")
        disk.remount("ro")
        fine(sow("status", run))
        assert exported(run) == whole()
        says(grow(run), 1, run, "Read-only file system")
        says(grow(os.path.join(disk.dir, "new")), 1, "Read-only file system")
        path = os.path.join(disk.dir, "out.json")
        says(sow("export", run, "--format", "alpaca", "-o", path), 1, path, "Read-only")


# -- standard streams and signals ---------------------------------------------------------------


def with_no_reader(*args):
    """Its standard output is a pipe that nobody reads any more: it ends by SIGPIPE, in silence."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = start(*args, stdout=write_end)
    os.close(write_end)
    err = process.communicate(timeout=120)[1]
    assert process.returncode == -signal.SIGPIPE and err == "", (args, process.returncode, err)


def standard_output():
    run = copy_of_run("to-show")
    for args in (("status", run), ("export", run, "--format", "alpaca"), ("help",),
                 ("--version",), ("self-instruct", "--help")):
        process = subprocess.Popen(["sh", "-c", 'exec "$0" "$@" >&-', SOW, *args],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        says(finish(process), 1, "standard output")
        with_no_reader(*args)
    # the run itself is done all the same
    run = under("unseen")
    process = subprocess.Popen(["sh", "-c", 'exec "$0" "$@" >&- 2>&- <&-', SOW,
                                *grow_args(run)])
    assert process.wait(timeout=120) == 1
    assert exported(run) == whole()
    run = under("unread")
    with_no_reader(*grow_args(run))
    assert exported(run) == whole()


def interrupted_twice():
    """The program waits for its seeds; the first Ctrl-C asks, the second ends it."""
    fifo = under("waiting")
    os.mkfifo(fifo)
    process = start(*grow_args(under("none"), "--seeds", fifo))
    end = os.open(fifo, os.O_WRONLY)  # returns when the program has opened it
    process.send_signal(signal.SIGINT)
    said = process.stderr.readline()
    assert "once more stops at once" in said, said
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == -signal.SIGINT, process.returncode
    assert process.stderr.read() == ""
    os.close(end)
    process.stdout.close()
    process.stderr.close()
    os.remove(fifo)


def interrupted_once():
    for number in (signal.SIGINT, signal.SIGTERM):
        run = under("asked-%d" % number)
        done = caught(run, number)
        stopped(done, "stopping when what has arrived is safe")
        fine(grow(run))
        assert exported(run) == whole()


# -- the reply cache -----------------------------------------------------------------------------


def with_cache(run, cache, env=None):
    """What a run says whose made-up replies are kept in a cache: a replay uses none."""
    done = subprocess.run([RECORD, under(run), "60"] + [cache] * bool(cache), env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr


def one_message(err, *words):
    assert err.count("\n") == 1, err
    for word in words:
        assert word in err, err


def cache_dead():
    one_message(with_cache("cache-1", os.path.join(write("file", "x"), "cache")), "file")
    one_message(with_cache("cache-2", "/proc/sow"), "/proc/sow")
    cache = under("cache-3")
    os.mkdir(cache)
    write("cache-3/replies.db", b"garbage " * 1000)
    one_message(with_cache("cache-3-run", cache), "replies.db")
    cache = under("cache-4")
    os.mkdir(cache)
    db = sqlite3.connect(os.path.join(cache, "replies.db"))
    db.execute("PRAGMA user_version = 99")
    db.commit()
    db.close()
    one_message(with_cache("cache-4-run", cache), "replies.db", "another version")
    # a good one says nothing, and a second run is answered from it
    assert with_cache("cache-6-run", under("cache-6")) == ""
    assert with_cache("cache-7-run", under("cache-6")) == ""


def cache_full():
    with Mounted("80k") as disk:
        one_message(with_cache("cache-full", disk.dir), "cache", "disk is full")
    with Mounted("1m") as disk:
        disk.remount("ro")
        one_message(with_cache("cache-read-only", disk.dir), "Read-only file system")


TESTS = [
    ("seeds with mistakes", seeds_broken),
    ("a line of 100 MB", seeds_long_line),
    ("model files that are none", models_broken),
    ("broken recordings", recordings_broken),
    ("wrong usage", usage),
    ("prompts with mistakes", prompts),
    ("recipes that are none", recipes_hostile),
    ("a run of another recipe", another_recipe),
    ("run.db of something else", run_db_foreign),
    ("run.db with noise in it", run_db_mangled),
    ("run.db that tells nonsense", run_db_impossible),
    ("a run in use", in_use),
    ("a limit on file sizes", disk_full_by_limit),
    ("a full disk", disk_full),
    ("a disk that is full at once", disk_full_at_once),
    ("a log on a full disk", log_on_full_disk),
    ("export past a limit", export_onto_full_disk),
    ("export onto a full disk", export_onto_full_file_system),
    ("a read-only directory", read_only),
    ("standard output that is gone", standard_output),
    ("Ctrl-C", interrupted_once),
    ("Ctrl-C twice", interrupted_twice),
    ("a cache that cannot be used", cache_dead),
    ("a cache that is full", cache_full),
]


def main():
    os.environ["XDG_CACHE_HOME"] = under("cache")
    os.environ["LC_ALL"] = "C.UTF-8"
    chosen = [t for t in TESTS if not os.environ.get("ONLY") or os.environ["ONLY"] in t[0]]
    try:
        subprocess.run([RECORD, RECORDING, str(TASKS + 300)], check=True, timeout=300)
        return tap.run(chosen)
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
